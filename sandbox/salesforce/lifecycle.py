"""What Salesforce users do to people: merge two, convert a lead; each is one transaction."""

import sqlite3

from sandbox.salesforce.database import quoted
from sandbox.salesforce.ids import make_ids, normalise
from sandbox.salesforce.org import Org
from sandbox.salesforce.schema import SObject


class LifecycleError(Exception):
    """The records cannot be merged or converted, and why."""


def _alive(connection: sqlite3.Connection, sobject: SObject, record_id: str) -> str:
    whole = normalise(record_id) or ""
    sql = f"SELECT 1 FROM {quoted(sobject.name)} WHERE Id = ? AND IsDeleted = 0"
    if connection.execute(sql, (whole,)).fetchone() is None:
        raise LifecycleError(f"{sobject.name} {record_id} does not exist")
    return whole


def merge(org: Org, survivor_id: str, loser_id: str) -> None:
    """Delete the loser in the survivor's favour: its children move, its row says who stands for it.

    Raises LifecycleError.
    """
    sobject = org.schema.by_prefix(survivor_id)
    if sobject is None or sobject.find("MasterRecordId") is None or loser_id[:3] != sobject.prefix:
        raise LifecycleError("only two Accounts, two Contacts or two Leads can be merged")
    now = org.clock.system_stamp()
    with org.database.writing() as connection:
        survivor, loser = (_alive(connection, sobject, item) for item in (survivor_id, loser_id))
        if survivor == loser:
            raise LifecycleError("a record cannot be merged with itself")
        _drop_double_memberships(connection, sobject, (survivor, loser), now)
        for child, lookup in org.schema.children(sobject.name):
            if lookup.createable or lookup.updateable:
                column = quoted(lookup.name)
                sql = f"UPDATE {quoted(child.name)} SET {column} = ?, SystemModstamp = ? WHERE {column} = ?"
                connection.execute(sql, (survivor, now, loser))
        table = quoted(sobject.name)
        stamps = "LastModifiedDate = ?, SystemModstamp = ?"
        sql = f"UPDATE {table} SET IsDeleted = 1, MasterRecordId = ?, {stamps} WHERE Id = ?"
        connection.execute(sql, (survivor, now, now, loser))
        sql = f"UPDATE {table} SET {stamps} WHERE Id = ?"
        connection.execute(sql, (now, now, survivor))


def _drop_double_memberships(connection: sqlite3.Connection, sobject: SObject, pair: tuple[str, str], now: str) -> None:
    """A person is a member of a campaign once: the loser's membership goes where the survivor has one."""
    column = {"Contact": "ContactId", "Lead": "LeadId"}.get(sobject.name)
    if column is None:
        return
    survivor, loser = pair
    connection.execute(
        f"UPDATE CampaignMember SET IsDeleted = 1, SystemModstamp = ? WHERE {column} = ? AND IsDeleted = 0"
        f" AND CampaignId IN (SELECT CampaignId FROM CampaignMember WHERE {column} = ? AND IsDeleted = 0)",
        (now, loser, survivor),
    )


def convert(org: Org, lead_id: str, contact_id: str | None = None) -> str:
    """Convert a lead to a contact, a new one unless named; the contact's id. Raises LifecycleError.

    Rows of custom objects that look up to the lead stay with it; campaign memberships gain the contact.
    """
    now = org.clock.system_stamp()
    with org.database.writing() as connection:
        lead = _alive(connection, org.schema.get("Lead"), lead_id)
        sql = "SELECT IsConverted FROM Lead WHERE Id = ?"
        if connection.execute(sql, (lead,)).fetchone()[0]:
            raise LifecycleError("the lead is converted already")
        contact = _alive(connection, org.schema.get("Contact"), contact_id) if contact_id else ""
        contact = contact or _contact_of(org, connection, lead, now)
        (account,) = connection.execute("SELECT AccountId FROM Contact WHERE Id = ?", (contact,)).fetchone()
        connection.execute(
            "UPDATE Lead SET IsConverted = 1, Status = 'Closed - Converted', ConvertedDate = ?, ConvertedContactId = ?,"
            " ConvertedAccountId = ?, LastModifiedDate = ?, SystemModstamp = ? WHERE Id = ?",
            (now[:10], contact, account, now, now, lead),
        )
        connection.execute(
            "UPDATE CampaignMember SET ContactId = ?, LastModifiedDate = ?, SystemModstamp = ? WHERE LeadId = ?",
            (contact, now, now, lead),
        )
    return contact


def _contact_of(org: Org, connection: sqlite3.Connection, lead: str, now: str) -> str:
    account = next(make_ids("001", org.database.reserve("001"), 1))
    contact = next(make_ids("003", org.database.reserve("003"), 1))
    stamps = "CreatedDate, LastModifiedDate, SystemModstamp"
    connection.execute(
        f"INSERT INTO Account (Id, Name, OwnerId, {stamps}) SELECT ?, Company, OwnerId, ?, ?, ? FROM Lead WHERE Id = ?",
        (account, now, now, now, lead),
    )
    copied = (
        "FirstName, LastName, Salutation, Title, Email, Phone, MobilePhone, Fax, LeadSource, Description,"
        " HasOptedOutOfEmail, HasOptedOutOfFax, DoNotCall, OwnerId"
    )
    connection.execute(
        f"INSERT INTO Contact (Id, AccountId, {copied}, {stamps})"
        f" SELECT ?, ?, {copied}, ?, ?, ? FROM Lead WHERE Id = ?",
        (contact, account, now, now, now, lead),
    )
    return contact

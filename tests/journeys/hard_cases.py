"""An org with people who hurt in one Campaign: put there as Salesforce users would, before anything of ours runs."""

from dataclasses import dataclass
from pathlib import Path

from sandbox import ids, people
from sandbox.salesforce.lifecycle import convert, merge
from sandbox.salesforce.org import Org
from sandbox.salesforce.removal import delete_rows
from sandbox.salesforce.seed import load_rows, seed

CAMPAIGN, STATUS, OTHER_STATUS = "Spring Conference", "Registered", "Attended"
BAD_ADDRESS, FORMULA = "no..body@members.example", "=1+1"
_ROOM = 900_000
"""Numbers of memberships that the ordinary seed never reaches."""


@dataclass(frozen=True)
class HardCases:
    """Who is who among the Campaign's members."""

    shared: tuple[str, str, str]
    """A Contact and two Leads of one address."""
    twins: tuple[str, str]
    """Two Contacts whose ids of 15 characters differ in the case of a letter only."""
    converted: tuple[str, str]
    """A Lead and the Contact that it became as a member."""
    merged: tuple[str, str]
    """The Contact that is gone, and the one that stands for both."""
    deleted: str
    opted_out: tuple[str, str]
    """A Contact who opted out, and a Lead of the same address who did not."""
    invalid: str
    without_address: str
    formula: str
    elsewhere: str
    """A member of a status that is not chosen."""

    @property
    def gone(self) -> frozenset[str]:
        """Ids that must reach no group."""
        return frozenset((self.converted[0], self.merged[0], self.deleted))


def make_org(folder: Path) -> HardCases:
    """Make the org of the demo in a folder, with the hard cases among the members of its first Campaign."""
    org = Org(folder)
    try:
        seed(org)
        return _plant(org, people.build())
    finally:
        org.close()


def _plant(org: Org, everyone: people.People) -> HardCases:
    contact = [person.id for person in everyone.contacts[:32]]
    lead = [person.id for person in everyone.leads[:48]]
    shared = everyone.cases.shared_address
    cases = HardCases(
        shared=(shared.contact_id, *shared.lead_ids),
        twins=everyone.cases.case_twins,
        converted=(lead[40], ""),
        merged=(contact[21], contact[20]),
        deleted=contact[22],
        opted_out=(contact[23], lead[24]),
        invalid=contact[25],
        without_address=contact[26],
        formula=contact[27],
        elsewhere=contact[28],
    )
    _change(org, "Contact", cases.opted_out[0], HasOptedOutOfEmail=1, Email="shared.no@club.example")
    _change(org, "Lead", cases.opted_out[1], Email="Shared.No@club.example")
    _change(org, "Contact", cases.invalid, Email=BAD_ADDRESS)
    _change(org, "Contact", cases.without_address, Email=None)
    _change(org, "Contact", cases.formula, FirstName=None, LastName=FORMULA)
    members = (
        *(*cases.shared, *cases.twins, lead[40], *cases.merged, cases.deleted, *reversed(cases.opted_out)),
        *(cases.invalid, cases.without_address, cases.formula),
    )
    _join(org, everyone.campaigns[0].id, members, STATUS)
    _join(org, everyone.campaigns[0].id, (cases.elsewhere,), OTHER_STATUS, len(members))
    merge(org, cases.merged[1], cases.merged[0])
    with org.database.writing() as connection:
        delete_rows(org, connection, org.schema.get("Contact"), [cases.deleted])
    return HardCases(**{**vars(cases), "converted": (lead[40], convert(org, lead[40]))})


def _join(org: Org, campaign: str, members: tuple[str, ...], status: str, first: int = 0) -> None:
    """Members of this status, whatever they were before."""
    with org.database.writing() as connection:
        for person in members:
            sql = "DELETE FROM CampaignMember WHERE CampaignId = ? AND (ContactId = ? OR LeadId = ?)"
            connection.execute(sql, (campaign, person, person))
    rows = [
        (
            ids.make_id(ids.CAMPAIGN_MEMBER, _ROOM + number),
            campaign,
            person if person.startswith(ids.CONTACT) else None,
            person if person.startswith(ids.LEAD) else None,
            status,
        )
        for number, person in enumerate(members, first)
    ]
    load_rows(org, "CampaignMember", ("Id", "CampaignId", "ContactId", "LeadId", "Status"), rows)


def _change(org: Org, table: str, person: str, **columns: object) -> None:
    sets = ", ".join(f"{name} = ?" for name in columns)
    with org.database.writing() as connection:
        connection.execute(f"UPDATE {table} SET {sets} WHERE Id = ?", (*columns.values(), person))  # noqa: S608  # ours

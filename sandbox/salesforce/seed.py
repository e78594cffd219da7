"""Fills a new org with the people both stand-ins agree on, their cases and campaigns, and a few reports."""

from collections.abc import Iterable

from sandbox import crowd, people
from sandbox.salesforce.ids import make_ids
from sandbox.salesforce.list_view_seed import load_list_views
from sandbox.salesforce.loading import BORN, load_rows
from sandbox.salesforce.org import Org
from sandbox.salesforce.person_rows import PERSON, address, person, place
from sandbox.salesforce.report_seed import load_reports

__all__ = ["load_people", "load_rows", "seed", "seed_crowd"]


def load_people(org: Org, crowd: people.People) -> None:
    """Everyone, with what has already happened to them: merges, deletions, conversions."""
    load_rows(
        org,
        "Account",
        ("Id", "Name", "Phone", "BillingCity", "BillingCountry"),
        ((item.id, item.name, item.phone, item.city, item.country) for item in crowd.accounts),
    )
    _load_contacts(org, crowd.contacts)
    _load_leads(org, crowd.leads)
    _load_campaigns(org, crowd)
    _give_sources(org)
    load_reports(org)
    load_list_views(org)


def _give_sources(org: Org) -> None:
    """Where people came from, in turn; one in six came from nowhere."""
    names = ",".join(f"WHEN {place} THEN '{name}'" for place, name in enumerate(_SOURCES))
    with org.database.writing() as connection:
        for table in ("Contact", "Lead"):
            connection.execute(f"UPDATE {table} SET LeadSource = CASE row % 6 {names.replace(',', ' ')} END")


_SOURCES = ("Web", "Trade Show", "Partner Referral", "Phone Inquiry", "Word of mouth")


def _load_contacts(org: Org, contacts: Iterable[people.Contact]) -> None:
    columns = (*PERSON, *address("Mailing"), "AccountId")
    rows = ((*person(item), *place(item), item.account_id or None) for item in contacts)
    load_rows(org, "Contact", columns, rows)


def _load_leads(org: Org, leads: Iterable[people.Lead]) -> None:
    columns = (
        *PERSON, *address(""), "Company", "Status", "IsConverted", "ConvertedDate", "ConvertedContactId",
        "ConvertedAccountId",
    )  # fmt: skip
    rows = (
        (
            *(*person(item), *place(item), item.company, item.status, item.is_converted),
            *(BORN[:10] if item.is_converted else None, item.converted_contact_id or None),
            item.converted_account_id or None,
        )
        for item in leads
    )
    load_rows(org, "Lead", columns, rows)


def _load_campaigns(org: Org, crowd: people.People) -> None:
    load_rows(
        org,
        "Campaign",
        ("Id", "Name", "Type", "IsActive", "Status", "StartDate"),
        ((item.id, item.name, item.type, item.is_active, "In Progress", BORN[:10]) for item in crowd.campaigns),
    )
    statuses = [(campaign.id, status) for campaign in crowd.campaigns for status in campaign.member_statuses]
    ids = make_ids("01Y", org.database.reserve("01Y", len(statuses)), len(statuses))
    load_rows(
        org,
        "CampaignMemberStatus",
        ("Id", "CampaignId", "Label", "SortOrder", "IsDefault", "HasResponded"),
        (
            (record_id, campaign_id, status.label, status.sort_order, status.is_default, status.has_responded)
            for record_id, (campaign_id, status) in zip(ids, statuses, strict=True)
        ),
    )
    load_rows(
        org,
        "CampaignMember",
        ("Id", "CampaignId", "ContactId", "LeadId", "Status"),
        (
            (item.id, item.campaign_id, item.contact_id or None, item.lead_id or None, item.status)
            for item in crowd.members
        ),
    )


def seed_crowd(org: Org, number: int, contacts: int) -> None:
    """Fill an org once with nothing but Contacts, as many as a benchmark wants."""
    if org.setting("seeded", "") == "":
        with org.database.writing():
            _load_contacts(org, crowd.contacts(number, contacts))
            _spread_stamps(org)
            org.set_setting("seeded", str(number))


def _spread_stamps(org: Org) -> None:
    """Nobody changes fifty thousand Contacts in one instant: here one was changed each minute, the last in 2025."""
    with org.database.writing() as connection:
        connection.execute(
            "UPDATE Contact SET SystemModstamp = strftime('%Y-%m-%dT%H:%M:%S.000+0000', '2025-03-03', "
            "'-' || rowid || ' minutes')"
        )


def seed(org: Org, number: int = 1, contacts: int = 2_400, leads: int = 900) -> None:
    """Fill an org once; a second call finds its people there and does nothing."""
    if org.setting("seeded", "") == "":
        with org.database.writing():
            load_people(org, people.build(number, contacts, leads))
            org.set_setting("seeded", str(number))

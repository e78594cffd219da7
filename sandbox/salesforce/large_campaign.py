"""Adds one Campaign of any size, with people who are in nothing else, and reports over them; for demo and bench.

Real Magnet's stand-in does not know these people: none of them is a recipient before somebody uploads them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain

from sandbox import crowd
from sandbox.salesforce.clock import stamp
from sandbox.salesforce.ids import make_ids
from sandbox.salesforce.loading import load_rows
from sandbox.salesforce.org import Org
from sandbox.salesforce.person_rows import PERSON, address, person, place
from sandbox.salesforce.report_seed import load_reports

ASSOCIATION = 9_000
"""So many of the people joined before 2024: the rows of the report *All members of the association*."""
_STATUSES = (("Sent", False), ("Pledged", True), ("Given", True), ("Declined", True))
_FIRST, _FIRST_OF_BENCH = 100_000, 1_000_000  # numbers that the ordinary seed never reaches
_JOINED, _JOINED_LATER = datetime(2019, 1, 7, 9, tzinfo=UTC), datetime(2024, 1, 8, 9, tzinfo=UTC)
_SPAN, _SPAN_LATER = timedelta(days=1_800), timedelta(days=400)
_STAMPS = ("CreatedDate", "LastModifiedDate", "SystemModstamp")
_MEMBER = ("Id", "CampaignId", "ContactId", "LeadId", "Status")
_BEFORE_2024 = [{"column": "CREATED_DATE", "operator": "lessThan", "value": "2024-01-01"}]
_REPORTS = {
    "All members of the association": {
        "reportType": "ContactList",
        "reportFormat": "TABULAR",
        "detailColumns": ["CONTACT_ID", "FIRST_NAME", "LAST_NAME", "EMAIL"],
        "reportFilters": _BEFORE_2024,
    },
    "The association by name": {
        "reportType": "ContactList",
        "reportFormat": "TABULAR",
        "detailColumns": ["FULL_NAME", "EMAIL", "CREATED_DATE"],
        "reportFilters": _BEFORE_2024,
    },
    "Annual Appeal by answer": {
        "reportType": "CampaignWithCampaignMembers",
        "reportFormat": "SUMMARY",
        "detailColumns": ["RELATED_RECORD_ID", "FIRST_NAME", "LAST_NAME", "EMAIL"],
        "groupingsDown": [{"name": "MEMBER_STATUS", "sortOrder": "Asc"}],
        "reportFilters": [{"column": "CAMPAIGN_NAME", "operator": "equals", "value": "Annual Appeal"}],
    },
}


@dataclass(frozen=True)
class _Share:
    """How the members of a Campaign are made up. ``guests`` Contacts are members through the Lead they once were."""

    members: int
    leads: int = 0
    guests: int = 0

    @property
    def contacts(self) -> int:
        return self.members - self.leads + self.guests


def add_annual_appeal(org: Org, seed: int, members: int) -> None:
    """Add the demo's large Campaign once, with every case that hurts: one in twenty members is a Lead."""
    if org.setting("large_campaign", ""):
        return
    leads = members // 20
    share = _Share(members, leads, guests=leads // 40)
    with org.database.writing():
        contacts = [_hurt(item, number) for number, item in enumerate(_contacts(org, seed, share.contacts, _FIRST))]
        _share_addresses(contacts)
        some_leads = list(crowd.leads(seed, leads, _FIRST))
        for number in range(share.guests):
            guest = contacts[number]
            lead = replace(some_leads[40 * number], status="Closed - Converted", converted_contact_id=guest.id)
            some_leads[40 * number] = replace(lead, converted_account_id=guest.account_id)
        _load_contacts(org, contacts, min(ASSOCIATION, members // 4))
        _load_leads(org, some_leads)
        joining = chain(
            ((item.id, None) for item in contacts[share.guests :]),
            ((item.converted_contact_id or None, item.id) for item in some_leads),
        )
        _load_campaign(org, "Annual Appeal", members, joining)
        load_reports(org, _REPORTS)
        org.set_setting("large_campaign", str(members))


def add_bench_campaign(org: Org, seed: int, members: int) -> None:
    """Add a benchmark's Campaign once: Contacts only, streamed, no case but those of the crowd."""
    if org.setting("bench_campaign", ""):
        return
    with org.database.writing():
        ids: list[str] = []
        _load_contacts(org, _noted(_contacts(org, seed, members, _FIRST_OF_BENCH), ids), 0)
        _load_campaign(org, "Benchmark Campaign", members, ((found, None) for found in ids))
        org.set_setting("bench_campaign", str(members))


def _contacts(org: Org, seed: int, count: int, start: int) -> Iterator[crowd.Contact]:
    """They belong to the accounts that are there already."""
    return crowd.contacts(seed, count, start, max(1, org.count("Account")))


def _noted(contacts: Iterator[crowd.Contact], ids: list[str]) -> Iterator[crowd.Contact]:
    """The same Contacts, whose ids are kept as they pass."""
    for item in contacts:
        ids.append(item.id)
        yield item


def _hurt(item: crowd.Contact, number: int) -> crowd.Contact:
    """Addresses that Salesforce takes and no mail server would: one in 97."""
    if number % 97 != 11 or not item.email:
        return item
    bad = ("no..body{}@members.example", "trailing.{}.@example.org", "under_score{}@exam_ple.org")[number % 3]
    return replace(item, email=bad.format(number))


def _share_addresses(contacts: list[crowd.Contact]) -> None:
    """One in fifty shares the address of the person before, half of them in other letter case."""
    for number in range(60, len(contacts), 50):
        email = contacts[number - 1].email
        contacts[number] = replace(contacts[number], email=email.upper() if number % 100 < 50 else email)


def _load_contacts(org: Org, contacts: "Iterator[crowd.Contact] | list[crowd.Contact]", members: int) -> None:
    """The first ``members`` of every fourth Contact joined before 2024, evenly; the others since."""

    has_accounts = org.count("Account") > 0

    def rows() -> Iterator[tuple[object, ...]]:
        joined = 0
        for number, item in enumerate(contacts):
            early = number % 4 == 0 and joined < members
            if early:
                moment = stamp(_JOINED + _SPAN * (joined / ASSOCIATION))
                joined += 1
            else:
                moment = stamp(_JOINED_LATER + _SPAN_LATER * (number % 9_973 / 9_973))
            source = ("Web", "Trade Show", None)[number % 3]
            yield (
                *person(item),
                *place(item),
                item.account_id if has_accounts else None,
                source,
                moment,
                moment,
                moment,
            )

    load_rows(org, "Contact", (*PERSON, *address("Mailing"), "AccountId", "LeadSource", *_STAMPS), rows())


def _load_leads(org: Org, leads: list[crowd.Lead]) -> None:
    columns = (
        *PERSON, *address(""), "Company", "Status", "IsConverted", "ConvertedDate", "ConvertedContactId",
        "ConvertedAccountId", "LeadSource",
    )  # fmt: skip
    rows = (
        (
            *(*person(item), *place(item), item.company, item.status, item.is_converted),
            *("2025-03-03" if item.is_converted else None, item.converted_contact_id or None),
            *(item.converted_account_id or None, "Web"),
        )
        for item in leads
    )
    load_rows(org, "Lead", columns, rows)


def _load_campaign(org: Org, name: str, size: int, joining: Iterator[tuple[str | None, str | None]]) -> None:
    """The Campaign, its statuses, and a member row for each pair of Contact and Lead."""
    database = org.database
    campaign = next(make_ids("701", database.reserve("701"), 1))
    columns = ("Id", "Name", "Type", "IsActive", "Status", "StartDate")
    load_rows(org, "Campaign", columns, [(campaign, name, "Email", True, "In Progress", "2025-03-03")])
    ids = make_ids("01Y", database.reserve("01Y", len(_STATUSES)), len(_STATUSES))
    load_rows(
        org,
        "CampaignMemberStatus",
        ("Id", "CampaignId", "Label", "SortOrder", "IsDefault", "HasResponded"),
        (
            (status_id, campaign, label, order, order == 1, responded)
            for order, (status_id, (label, responded)) in enumerate(zip(ids, _STATUSES, strict=True), start=1)
        ),
    )
    numbered = zip(make_ids("00v", database.reserve("00v", size), size), joining, strict=True)
    rows = (
        (member_id, campaign, contact, lead, _STATUSES[number * 7 // 3 % 9 % len(_STATUSES)][0])
        for number, (member_id, (contact, lead)) in enumerate(numbered)
    )
    load_rows(org, "CampaignMember", _MEMBER, rows)

"""Who should be in a group, worked out from the stand-in's own tables in plain Python; knows nothing of our code."""

import json
import re
import urllib.request
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
_ADDRESS = re.compile(r"[A-Za-z0-9_+'-]+(\.[A-Za-z0-9_+'-]+)*@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}")
_PERSON = "Id,FirstName,LastName,Email,HasOptedOutOfEmail,IsDeleted"


@dataclass(frozen=True)
class Wanted:
    """What an upload of a source must come to. People are pairs of Salesforce id and address in small letters."""

    rows: int
    with_address: int
    distinct: int
    people: frozenset[tuple[str, str]]
    lost: frozenset[str]
    """Everybody who is in the source and must not be in the group."""

    @property
    def steps(self) -> list[int]:
        """The numbers of the waterfall."""
        return [self.rows, self.with_address, self.distinct, len(self.people)]


@dataclass(frozen=True)
class Org:
    """Everybody in Salesforce, straight from its tables."""

    people: dict[str, Row]
    members: list[Row]

    def of_campaign(self, name: str, *statuses: str) -> Wanted:
        """The members of a Campaign with one of these statuses, or with any."""
        found = [row for row in self.members if row["campaign"] == name]
        chosen = [row for row in found if not statuses or row["Status"] in statuses]
        return wanted(self.people[row["ContactId"] or row["LeadId"]] for row in chosen)

    def of_people(self, kind: str, condition: Callable[[Row], bool]) -> Wanted:
        """Contacts or Leads who are not in the recycle bin."""
        alive = (row for row in self.people.values() if row["kind"] == kind and not row["IsDeleted"])
        return wanted(row for row in alive if condition(row))


def look(salesforce_url: str) -> Org:
    """Read all of it."""
    contacts = [{**row, "kind": "Contact", "IsConverted": False} for row in rows(salesforce_url, "Contact", _PERSON)]
    leads = [{**row, "kind": "Lead"} for row in rows(salesforce_url, "Lead", f"{_PERSON},IsConverted")]
    names = {row["Id"]: row["Name"] for row in rows(salesforce_url, "Campaign", "Id,Name")}
    members = rows(salesforce_url, "CampaignMember", "Id,CampaignId,ContactId,LeadId,Status,IsDeleted")
    return Org(
        {row["Id"]: row for row in (*contacts, *leads)},
        [{**row, "campaign": names[row["CampaignId"]]} for row in members if not row["IsDeleted"]],
    )


def rows(salesforce_url: str, table: str, fields: str) -> list[Row]:
    """Every row of an object, deleted ones too."""
    with urllib.request.urlopen(f"{salesforce_url}/_sandbox/rows/{table}?fields={fields}") as answer:
        return [json.loads(line) for line in answer]


def wanted(people: Iterable[Row]) -> Wanted:
    """The rules, one after the other, over rows in the order of their source."""
    source = list(people)
    refused = {_key(row) for row in source if row["HasOptedOutOfEmail"]}
    reachable = [row for row in source if not row["IsDeleted"] and not row["IsConverted"] and _good(row["Email"])]
    first: dict[str, Row] = {}
    for row in reachable:
        first.setdefault(_key(row), row)
    mailable = frozenset((row["Id"], address) for address, row in first.items() if address not in refused)
    lost = {row["Id"] for row in source} - {person for person, _address in mailable}
    return Wanted(len(source), len(reachable), len(first), mailable, frozenset(lost))


def group_members(realmagnet_url: str, name: str) -> list[tuple[str, str]]:
    """Who is in the group of this name in Real Magnet."""

    def read(path: str) -> Sequence[Row]:
        with urllib.request.urlopen(f"{realmagnet_url}/_sandbox/groups{path}") as answer:
            return json.load(answer)

    (number,) = [group["id"] for group in read("") if group["name"] == name]
    return sorted((row["custom_id"], row["email"].lower()) for row in read(f"/{number}/members"))


def _key(row: Row) -> str:
    return str(row["Email"] or "").strip().lower()


def _good(address: str | None) -> bool:
    return bool(address) and _ADDRESS.fullmatch(str(address).strip()) is not None

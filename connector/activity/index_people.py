"""The local index of Contacts and Leads, brought up to date: what changed, was deleted, merged or converted since."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from connector.activity.night import Night
from connector.activity.owners import name_owners
from connector.errors import Temporary
from connector.model.people import address, id18
from connector.model.runs import Phase
from connector.store import orgs, people
from connector.store.database import chunks

OVERLAP = timedelta(minutes=5)
"""Salesforce stamps rows before they are committed: a little is read twice."""
ATTEMPTS = 3

QUERIES = {
    "Contact": "SELECT Id, Name, Email, IsDeleted, MasterRecordId, CreatedDate, SystemModstamp, OwnerId FROM Contact",
    "Lead": (
        "SELECT Id, Name, Email, IsDeleted, ConvertedContactId, CreatedDate, SystemModstamp, MasterRecordId, "
        "OwnerId FROM Lead"
    ),
}


def index_people(night: Night) -> None:
    """Read what changed and work out who became whom."""
    for kind, soql in QUERIES.items():
        night.report(Phase.PEOPLE)
        with night.database.read() as connection:
            mark = people.watermark(connection, night.org_id, kind)
        newest = _index(night, kind, soql, mark)
        with night.write() as connection:
            people.follow(connection, night.org_id, night.run_id)
            orgs.note_salesforce(connection, night.org_id)
            if newest:
                people.set_watermark(connection, night.org_id, kind, newest)
    name_owners(night)
    night.reached("people indexed")


def _index(night: Night, kind: str, soql: str, mark: str | None) -> str:
    for attempt in range(ATTEMPTS):
        newest = mark or ""
        done = 0
        try:
            for chunk in chunks(_changed(night, soql, mark)):
                newest = max(newest, *(str(row[6]) for row in chunk))
                with night.write() as connection:
                    people.upsert(connection, night.org_id, night.run_id, rows_of(kind, chunk))
                done += len(chunk)
                night.report(Phase.PEOPLE, done)
        except Temporary:
            if attempt == ATTEMPTS - 1:
                raise
            night.wait(Phase.PEOPLE, attempt + 1)
        else:
            return newest
    return mark or ""


def _changed(night: Night, soql: str, mark: str | None) -> Iterator[Sequence[Any]]:
    if mark is None:
        return night.salesforce.bulk_query(
            soql, include_deleted=True, wait=lambda seconds: night.wait(Phase.PEOPLE, seconds)
        )
    since = (datetime.fromisoformat(mark) - OVERLAP).strftime("%Y-%m-%dT%H:%M:%SZ")
    return night.salesforce.query(f"{soql} WHERE SystemModstamp >= {since}", include_deleted=True)


def rows_of(kind: str, chunk: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    """Answers of `QUERIES` as the index keeps them."""
    for row in chunk:
        deleted = row[3] in {True, "true"}
        owner = id18(str(row[-1] or ""))[:18]
        became = row[4] or (row[7] if kind == "Lead" else None) or None
        created = str(row[5])
        person = (id18(str(row[0])), kind, str(row[1] or "")[:255], address(row[2] or ""))
        yield (*person, deleted, became, created, owner)

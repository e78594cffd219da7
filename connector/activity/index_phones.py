"""Telephone numbers of Contacts and Leads, read once somebody is known by a number only; nobody else's org is asked."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from connector.activity.index_people import OVERLAP
from connector.activity.night import Night
from connector.errors import Refused
from connector.model.addresses import dialled
from connector.model.people import id18
from connector.model.runs import Phase
from connector.store import people, people_phones, runs
from connector.store.database import chunks

KINDS = ("Contact", "Lead")
HIDDEN = (
    "Telephone numbers of people are hidden from the connected user, so that whoever is known by a number only is not "
    "found: a Salesforce admin lets the user read Phone and Mobile of Contacts and Leads."
)


def index_phones(night: Night) -> None:
    """Read the numbers that changed, where any recipient is known by one."""
    with night.database.read() as connection:
        if not people_phones.needed(connection, night.org_id):
            return
    try:
        for kind in KINDS:
            night.report(Phase.PEOPLE)
            _index(night, kind)
    except Refused:
        with night.write() as connection:
            runs.note(connection, night.run_id, HIDDEN)
    night.reached("phones indexed")


def _index(night: Night, kind: str) -> None:
    subject = f"phones of {kind}"
    with night.database.read() as connection:
        mark = people.watermark(connection, night.org_id, subject)
    newest = mark or ""
    for chunk in chunks(_changed(night, kind, mark)):
        newest = max(newest, *(str(row[3]) for row in chunk))
        with night.write() as connection:
            people_phones.put(connection, night.org_id, night.run_id, _ids(chunk), _dialled(chunk))
    if newest:
        with night.write() as connection:
            people.set_watermark(connection, night.org_id, subject, newest)


def _changed(night: Night, kind: str, mark: str | None) -> Iterator[Sequence[Any]]:
    soql = f"SELECT Id, Phone, MobilePhone, SystemModstamp FROM {kind}"  # noqa: S608  # SOQL, our own names
    if mark is None:
        return night.salesforce.bulk_query(soql, wait=lambda seconds: night.wait(Phase.PEOPLE, seconds))
    since = (datetime.fromisoformat(mark) - OVERLAP).strftime("%Y-%m-%dT%H:%M:%SZ")
    return night.salesforce.query(f"{soql} WHERE SystemModstamp >= {since}")


def _ids(chunk: Iterable[Sequence[Any]]) -> Iterator[str]:
    return (id18(str(row[0])) for row in chunk)


def _dialled(chunk: Iterable[Sequence[Any]]) -> Iterator[tuple[str, str]]:
    for row in chunk:
        numbers = {dialled(str(told), "") for told in row[1:3] if told}
        yield from ((id18(str(row[0])), number) for number in sorted(numbers) if number)

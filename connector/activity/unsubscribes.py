"""Unsubscribes: one question about the whole account says which messages have any; their own reports give the rows.

GetUnsubscribes names a message but not its id, and its shape is assumed; the report of a message is proven. Only an
unsubscribe that names no message of ours is taken from the account's list itself.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from connector import clock
from connector.activity.night import Night
from connector.activity.reading import FactRow, Subject, instants, read_whole
from connector.model.activity import ActivityGroup
from connector.model.people import address, id18
from connector.model.runs import Phase
from connector.model.tracking import Message, Period, Report, Unsubscribe
from connector.store import ledger, people
from connector.store.database import chunks
from connector.store.ledger import Reading

OVERLAP_DAYS = 2
"""Request dates carry no zone, and today's figures are provisional: each night asks about these days again."""
NO_MESSAGE = 0
ACTIVITY = "Unsubscribed"


def collect_unsubscribes(night: Night, messages: Sequence[Message], window: Period) -> None:
    """Bring unsubscribes up to date."""
    night.report(Phase.COLLECT, len(messages), len(messages))
    with night.database.read() as connection:
        mark = people.watermark(connection, night.org_id, "unsubscribes")
    first = max(window.first, date.fromisoformat(mark) - timedelta(days=OVERLAP_DAYS)) if mark else window.first
    found = night.realmagnet.unsubscribes(Period(first, window.last))
    by_name: dict[str, list[Message]] = defaultdict(list)
    for message in messages:
        by_name[message.name].append(message)
    for name in sorted({row.message_name for row in found}):
        for message in by_name.get(name, []):
            _read_message(night, message, window)
    _keep(night, [row for row in found if row.message_name not in by_name])
    with night.write() as connection:
        today = clock.now().astimezone(clock.EASTERN).date()
        people.set_watermark(connection, night.org_id, "unsubscribes", today.isoformat())


def _read_message(night: Night, message: Message, window: Period) -> None:
    found = read_whole(lambda: night.realmagnet.tracking(message.id, Report.UNSUBSCRIBED, window))
    if found.total < 0:
        return
    subject = Subject(night.realmagnet.account, message.id, ActivityGroup.UNSUBSCRIBED)
    today = clock.now().astimezone(clock.EASTERN).date().toordinal()
    for chunk in chunks(found.rows):
        known = {row[0]: (row[0], address(row[1]), id18(row[2].strip())) for row in chunk}
        with night.write() as connection:
            ledger.upsert_recipients(connection, night.org_id, night.run_id, list(known.values()))
    for chunk in chunks(instants(subject, found.rows, ACTIVITY)):
        with night.write() as connection:
            ledger.upsert_facts(connection, night.org_id, night.run_id, chunk)
    with night.write() as connection:
        ledger.set_reading(connection, night.org_id, message.id, Reading(Report.UNSUBSCRIBED, found.total, today))
    found.rows.close()


def _keep(night: Night, rows: Sequence[Unsubscribe]) -> None:
    subject = Subject(night.realmagnet.account, NO_MESSAGE, ActivityGroup.UNSUBSCRIBED)

    def facts() -> Iterator[FactRow]:
        for recipient, at, _name in rows:
            yield subject.row(recipient.id, f"{at}.1", ACTIVITY, at, "")

    unique = {row[0]: row for row in facts()}
    known = {r.id: (r.id, address(r.email), id18(r.custom_id.strip())) for r, _at, _name in rows}
    for chunk in chunks(list(known.values())):
        with night.write() as connection:
            ledger.upsert_recipients(connection, night.org_id, night.run_id, chunk)
    for chunk in chunks(list(unique.values())):
        with night.write() as connection:
            ledger.upsert_facts(connection, night.org_id, night.run_id, chunk)

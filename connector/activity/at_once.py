"""Some messages brought up to date because somebody wants them now: by the same calls and the same keys as the night's.

It may go on beside a night, or twice at once. What an older reading overwrites differs from the vendor's totals, so the
next night reads it again.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta

from connector import clock
from connector.activity.collect import MessageAtWork, channels_of, collect_message, life
from connector.activity.haul import Haul
from connector.activity.night import Night
from connector.activity.unsubscribes import read_message
from connector.model.activity import ActivityGroup
from connector.model.runs import Phase
from connector.model.tracking import Message, Period, Report
from connector.store import ledger, message_books, orgs, upload_terms

FIRST_DAY = date(2000, 1, 1)
"""Nothing of Real Magnet's is older."""


@contextmanager
def counted(night: Night) -> Generator[None]:
    """Add the calls made inside to the run's, however it ends."""
    try:
        yield
    finally:
        with night.write() as connection:
            calls = (night.salesforce.calls.total(), night.realmagnet.calls.total())
            upload_terms.count_calls(connection, night.run_id, *calls)


def ever() -> Period:
    """From the beginning until tomorrow: request dates carry no zone."""
    return Period(FIRST_DAY, clock.now().astimezone(clock.EASTERN).date() + timedelta(days=1))


def collect_now(night: Night, wanted: Sequence[Message], also: Mapping[int, Sequence[str]] | None = None) -> None:
    """Collect these messages, in this order; those that this run has read already stay as they are.

    `also` names channels that a message was sent by beside those that have been found.
    """
    with night.write() as connection:
        orgs.note_account(connection, night.org_id, night.realmagnet.account)
        rows = [(m.id, m.name, clock.milliseconds(m.last_sent) if m.last_sent else None) for m in wanted]
        ledger.upsert_messages(connection, night.org_id, night.run_id, rows)
    with night.database.read() as connection:
        finished = ledger.read_in(connection, night.org_id, night.run_id)
    for position, message in enumerate(wanted):
        night.report(Phase.COLLECT, position, len(wanted))
        if message.id not in finished:
            _collect(night, message, (also or {}).get(message.id, ()))
            night.reached("message collected")
    night.report(Phase.COLLECT, len(wanted), len(wanted))


def _collect(night: Night, message: Message, also: Sequence[str]) -> None:
    """Unsubscribes come first: the rest notes that the message is read."""
    with night.database.read() as connection:
        held = message_books.held(connection, night.org_id, message.id)
        asked = message_books.asked_on(connection, night.org_id, message.id)
        channels = message_books.channels(connection, night.org_id, message.id)
    period = life(message, ever())
    haul = Haul(message.id, clock.now().astimezone(clock.EASTERN).toordinal())
    work = MessageAtWork(message, period, period.last - timedelta(days=1), held, asked, haul, at_once=True)
    if night.realmagnet.total(message.id, Report.UNSUBSCRIBED, period) != work.held_of(ActivityGroup.UNSUBSCRIBED):
        read_message(night, message, period)
    collect_message(night, work, sorted({*(channels or channels_of(night, work)), *map(str, also)}))
    with night.write() as connection:
        now = message_books.held(connection, night.org_id, message.id)
        found = {kind: sum(of.values()) - sum(held.get(kind, {}).values()) for kind, of in now.items()}
        message_books.count_found(connection, night.run_id, found)

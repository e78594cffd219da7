"""Unsubscribes: one question about the whole account says which messages have any; their own reports give the rows.

GetUnsubscribes names a message but not its id, and its shape is assumed; the report of a message is proven. Only an
unsubscribe that names no message of ours is taken from the account's list itself.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from connector import clock
from connector.activity.haul import Haul
from connector.activity.night import Night
from connector.activity.reading import Subject, instants, read_whole
from connector.model.activity import ActivityGroup
from connector.model.runs import Phase
from connector.model.tracking import Message, Period, Report, Unsubscribe
from connector.store import people

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
    if not found:
        night.realmagnet.login()  # a session that has ended may answer with an empty list
        found = night.realmagnet.unsubscribes(Period(first, window.last))
    by_name: dict[str, list[Message]] = defaultdict(list)
    for message in messages:
        by_name[message.name].append(message)
    named = sorted({row.message_name for row in found})
    whole = [read_message(night, message, window) for name in named for message in by_name.get(name, [])]
    keep_nameless(night, [row for row in found if row.message_name not in by_name])
    if all(whole):
        with night.write() as connection:
            people.set_watermark(connection, night.org_id, "unsubscribes", _today().isoformat())


def read_message(night: Night, message: Message, window: Period) -> bool:
    """Read a message's report. Answers whether it was read whole; where not, the same days are asked about again."""
    found = read_whole(lambda: night.realmagnet.tracking(message.id, Report.UNSUBSCRIBED, window))
    subject = Subject(night.realmagnet.account, message.id, ActivityGroup.UNSUBSCRIBED)
    haul = Haul(message.id, _today().toordinal())
    haul.keep_recipients(night, found.rows)
    haul.add_facts(instants(subject, found.rows, ACTIVITY))
    total = found.total if found.total >= 0 else night.realmagnet.total(message.id, Report.UNSUBSCRIBED, window)
    haul.note(Report.UNSUBSCRIBED, total, whole=found.whole)
    haul.keep(night)
    found.rows.close()
    return found.whole


def keep_nameless(night: Night, rows: Sequence[Unsubscribe]) -> None:
    """Those that name no message of ours; the two days' overlap may bring one twice."""
    subject = Subject(night.realmagnet.account, NO_MESSAGE, ActivityGroup.UNSUBSCRIBED)
    facts = [subject.row(row.recipient.id, f"{row.at}.1", ACTIVITY, row.at, "") for row in rows]
    haul = Haul(NO_MESSAGE, _today().toordinal())
    haul.keep_recipients(night, (tuple(row.recipient) for row in rows))
    haul.add_facts({fact[0]: fact for fact in facts}.values())
    haul.keep(night)


def _today() -> date:
    return clock.now().astimezone(clock.EASTERN).date()

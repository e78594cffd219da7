"""Collect: what Real Magnet knows that the ledger does not, asked with as few calls as will find it.

Each report of a message is probed for its total; only one whose total differs from the ledger's own count is read. What
was misread or dropped one night therefore differs again the next, and is read again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text

from connector import clock
from connector.activity.links import read_clicks
from connector.activity.night import Night
from connector.activity.reading import FactRow, Subject, instants, read_whole, sends
from connector.activity.unsubscribes import collect_unsubscribes
from connector.model.activity import BOUNCES, DELIVERED, FAX_FAILED, FAX_SUCCESSFUL, IN_PROGRESS, ActivityGroup, Channel
from connector.model.people import address, id18
from connector.model.runs import Phase
from connector.model.tracking import Message, Period, Report
from connector.store import ledger, people
from connector.store.database import chunks
from connector.store.ledger import Reading

YOUNG_DAYS = 7
"""Sends of a message settle within days: until then its deliveries and bounces are probed every night."""
OPENED_DAYS = 30
"""Opens and clicks come for weeks: so long they are probed every night."""
FLOOR_DAYS = 7
"""However old a message is, each of its reports is probed at least this often."""


@dataclass
class MessageAtWork:
    """One message with what the ledger holds of it and what was read just now."""

    message: Message
    period: Period
    today: date
    held: dict[str, dict[str, int]]
    asked: dict[str, int]
    readings: list[Reading] = field(default_factory=list[Reading])

    def held_of(self, group: ActivityGroup, *activities: str) -> int:
        """How many facts of a group the ledger holds, of all activities or of some."""
        found = self.held.get(group, {})
        return sum(found.values()) if not activities else sum(found.get(activity, 0) for activity in activities)

    def due(self, report: Report, nightly_for: int) -> bool:
        """Whether to probe: never asked, young enough, or not asked for a week."""
        asked_on = self.asked.get(report)
        if asked_on is None:
            return True
        sent = self.message.last_sent
        age = (self.today - sent.astimezone(clock.EASTERN).date()).days if sent else FLOOR_DAYS
        return age < nightly_for or self.today.toordinal() - asked_on >= FLOOR_DAYS

    def note(self, report: Report, total: int) -> None:
        """Remember what the vendor said."""
        self.readings.append(Reading(report, total, self.today.toordinal()))


def collect(night: Night) -> None:
    """Bring the ledger up to date with the account. Goes on where an interrupted attempt of the same run stopped."""
    started = clock.now()
    today = started.astimezone(clock.EASTERN).date()
    period = Period(today - timedelta(days=night.settings.look_back_days), today + timedelta(days=1))
    night.report(Phase.COLLECT)
    found = night.realmagnet.messages(period)
    with night.write() as connection:
        rows = [(m.id, m.name, clock.milliseconds(m.last_sent) if m.last_sent else None) for m in found]
        ledger.upsert_messages(connection, night.org_id, night.run_id, rows)
    held, asked, finished = _what_we_hold(night)
    for position, message in enumerate(found, start=1):
        night.report(Phase.COLLECT, position, len(found))
        if message.id in finished:
            continue
        own = {group: counts for (number, group), counts in held.items() if number == message.id}
        work = MessageAtWork(message, _life(message, period), today, own, asked.get(message.id, {}))
        _collect_message(night, work)
        night.reached("message collected")
    collect_unsubscribes(night, found, period)
    with night.write() as connection:
        people.set_watermark(connection, night.org_id, "collected", str(clock.milliseconds(started)))


def _life(message: Message, window: Period) -> Period:
    born = min((moment for moment in (message.created, message.last_sent) if moment), default=None)
    first = born.astimezone(clock.EASTERN).date() - timedelta(days=1) if born else window.first
    return Period(first, window.last)


def _what_we_hold(night: Night) -> tuple[dict[tuple[int, str], dict[str, int]], dict[int, dict[str, int]], set[int]]:
    with night.database.read() as connection:
        held = ledger.counts_by_activity(connection, night.org_id)
        asked: dict[int, dict[str, int]] = {}
        statement = text("SELECT message_id, report, asked_on FROM readings WHERE org_id = :org")
        for message, report, day in connection.execute(statement, {"org": night.org_id}):
            asked.setdefault(int(message), {})[str(report)] = int(day)
        statement = text("SELECT id FROM messages WHERE org_id = :org AND read_run = :run")
        finished = set(connection.execute(statement, {"org": night.org_id, "run": night.run_id}).scalars())
    return held, asked, finished


def _collect_message(night: Night, work: MessageAtWork) -> None:
    channels = _channels(night, work)
    if Channel.EMAIL in channels:
        _collect_sends(night, work, EMAIL)
        _collect_opens(night, work)
        if work.due(Report.LINKS, OPENED_DAYS):
            probe = night.realmagnet.total(work.message.id, Report.LINKS, work.period)
            if probe != work.held_of(ActivityGroup.CLICKED):
                probe = read_clicks(night, work.message.id, work.period)
            work.note(Report.LINKS, probe)
    if Channel.FAX in channels:
        _collect_sends(night, work, FAX)
    with night.write() as connection:
        for reading in work.readings:
            ledger.set_reading(connection, night.org_id, work.message.id, reading)
        connection.execute(
            text("UPDATE messages SET read_run = :run, channels = :channels WHERE org_id = :org AND id = :id"),
            {
                "run": night.run_id,
                "org": night.org_id,
                "id": work.message.id,
                "channels": ",".join(sorted(channels)),
            },
        )


def _channels(night: Night, work: MessageAtWork) -> set[str]:
    with night.database.read() as connection:
        statement = text("SELECT channels FROM messages WHERE org_id = :org AND id = :id")
        known = connection.execute(statement, {"org": night.org_id, "id": work.message.id}).scalar_one()
    if known:
        return set(str(known).split(","))
    return {str(channel) for channel in night.realmagnet.channels(work.message.id, work.period)}


@dataclass(frozen=True)
class SendReports:
    """The reports of one way of sending: the one with every send, and those that tell of a change of status."""

    every: Report
    group: ActivityGroup
    probes: tuple[tuple[Report, tuple[str, ...]], ...]


EMAIL = SendReports(Report.SENT, ActivityGroup.SENT, ((Report.BOUNCED, BOUNCES), (Report.DELIVERED, (DELIVERED,))))
FAX = SendReports(
    Report.FAX_SENT,
    ActivityGroup.FAX_SENT,
    ((Report.FAX_DELIVERED, (FAX_SUCCESSFUL,)), (Report.FAX_FAILED, (FAX_FAILED,))),
)


def _collect_sends(night: Night, work: MessageAtWork, reports: SendReports) -> None:
    if not _sends_moved(night, work, reports):
        return
    found = read_whole(lambda: night.realmagnet.tracking(work.message.id, reports.every, work.period))
    if found.total < 0:
        return
    subject = Subject(night.realmagnet.account, work.message.id, reports.group)
    keep_recipients(night, found.rows)
    keep_facts(night, sends(subject, found.rows))
    work.note(reports.every, found.total)
    found.rows.close()


def _sends_moved(night: Night, work: MessageAtWork, reports: SendReports) -> bool:
    """In Progress → Delivered does not move the total of all sends, so the outcomes are probed apart from it."""
    if reports.every not in work.asked:
        return True
    unsettled = work.held_of(reports.group, IN_PROGRESS) > 0
    short = night.realmagnet.total(work.message.id, reports.every, work.period) if _sent_again(work, reports) else None
    if short is not None and short != work.held_of(reports.group):
        return True
    for report, activities in reports.probes:
        if not unsettled and not work.due(report, YOUNG_DAYS):
            continue
        total = night.realmagnet.total(work.message.id, report, work.period)
        work.note(report, total)
        if total != work.held_of(reports.group, *activities):
            return True
    return False


def _sent_again(work: MessageAtWork, reports: SendReports) -> bool:
    """Whether the message went out on or after the day on which all its sends were last read."""
    sent = work.message.last_sent
    return sent is not None and sent.astimezone(clock.EASTERN).date().toordinal() >= work.asked[reports.every]


def _collect_opens(night: Night, work: MessageAtWork) -> None:
    if not work.due(Report.OPENED, OPENED_DAYS):
        return
    if Report.OPENED in work.asked:
        total = night.realmagnet.total(work.message.id, Report.OPENED, work.period)
        work.note(Report.OPENED, total)
        if total == work.held_of(ActivityGroup.OPENED):
            return
    found = read_whole(lambda: night.realmagnet.tracking(work.message.id, Report.OPENED, work.period))
    if found.total < 0:
        return
    subject = Subject(night.realmagnet.account, work.message.id, ActivityGroup.OPENED)
    keep_facts(night, instants(subject, found.rows, "Opened"))
    work.note(Report.OPENED, found.total)
    found.rows.close()


def keep_facts(night: Night, rows: Iterable[FactRow]) -> None:
    """Put facts into the ledger, ten thousand at a time."""
    for chunk in chunks(rows):
        with night.write() as connection:
            ledger.upsert_facts(connection, night.org_id, night.run_id, chunk)


def keep_recipients(night: Night, rows: Iterable[tuple[Any, ...]]) -> None:
    """Remember the recipients of spooled rows, ten thousand at a time, each once a time."""
    for chunk in chunks(rows):
        found = {row[0]: (row[0], address(row[1]), id18(row[2].strip())) for row in chunk}
        with night.write() as connection:
            ledger.upsert_recipients(connection, night.org_id, night.run_id, list(found.values()))

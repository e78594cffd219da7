"""Collect: what Real Magnet knows that the ledger does not, asked with as few calls as will find it.

Each report of a message is probed for its total; only one whose total differs from the ledger's own count is read. What
was misread or dropped one night therefore differs again the next, and is read again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from connector import clock
from connector.activity.consents import collect_consents
from connector.activity.haul import Haul
from connector.activity.links import read_clicks
from connector.activity.messages import remember
from connector.activity.night import Night
from connector.activity.reading import ReadSet, Subject, instants, read_whole, sends
from connector.activity.unsubscribes import collect_unsubscribes
from connector.errors import CredentialsRefused
from connector.model.activity import BOUNCES, DELIVERED, FAX_FAILED, FAX_SUCCESSFUL, IN_PROGRESS, ActivityGroup, Channel
from connector.model.runs import Phase
from connector.model.tracking import Message, Period, Report
from connector.store import ledger, orgs, people

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
    haul: Haul
    at_once: bool = False
    """Somebody asked for this very message: every report of it is probed, however old it is."""

    def held_of(self, group: ActivityGroup, *activities: str) -> int:
        """How many facts of a group the ledger holds, of all activities or of some."""
        found = self.held.get(group, {})
        return sum(found.values()) if not activities else sum(found.get(activity, 0) for activity in activities)

    def due(self, report: Report, nightly_for: int) -> bool:
        """Whether to probe: never answered whole, young enough, not asked for a week, or wanted at once."""
        asked_on = self.asked.get(report)
        if not asked_on or self.at_once:
            return True
        sent = self.message.last_sent
        age = (self.today - sent.astimezone(clock.EASTERN).date()).days if sent else FLOOR_DAYS
        return age < nightly_for or self.today.toordinal() - asked_on >= FLOOR_DAYS


def collect(night: Night) -> None:
    """Bring the ledger up to date with the account. Goes on where an interrupted attempt of the same run stopped."""
    started = clock.now()
    today = started.astimezone(clock.EASTERN).date()
    period = Period(today - timedelta(days=night.settings.look_back_days), today + timedelta(days=1))
    night.report(Phase.COLLECT)
    found = messages(night, period)
    with night.write() as connection:
        orgs.note_account(connection, night.org_id, night.realmagnet.account)
    remember(night, found)
    with night.database.read() as connection:
        held = ledger.counts_by_activity(connection, night.org_id)
        asked = ledger.asked_on(connection, night.org_id)
        channels = ledger.channels(connection, night.org_id)
        finished = ledger.read_in(connection, night.org_id, night.run_id)
    for position, message in enumerate(found, start=1):
        night.report(Phase.COLLECT, position, len(found))
        if message.id in finished:
            continue
        own = held.get(message.id, {})
        haul = Haul(message.id, today.toordinal())
        work = MessageAtWork(message, life(message, period), today, own, asked.get(message.id, {}), haul)
        collect_message(night, work, channels.get(message.id) or channels_of(night, work))
        night.reached("message collected")
    collect_unsubscribes(night, found, period)
    collect_consents(night, period)
    with night.write() as connection:
        people.set_watermark(connection, night.org_id, "collected", str(clock.milliseconds(started)))


def messages(night: Night, period: Period) -> list[Message]:
    """The messages of the look-back. A refused login is noted where Home shows it."""
    try:
        return night.realmagnet.messages(period)
    except CredentialsRefused as error:
        with night.write() as connection:
            orgs.note_refusal(connection, night.org_id, str(error))
        raise


def life(message: Message, window: Period) -> Period:
    """The days in which something can have happened to a message: its whole life."""
    born = min((moment for moment in (message.created, message.last_sent) if moment), default=None)
    first = born.astimezone(clock.EASTERN).date() - timedelta(days=1) if born else window.first
    return Period(first, window.last)


def collect_message(night: Night, work: MessageAtWork, channels: Sequence[str]) -> None:
    """Bring one message up to date: what is due is probed, and read where the totals differ."""
    if Channel.EMAIL in channels:
        _collect_sends(night, work, EMAIL)
        _collect_opens(night, work)
        if work.due(Report.LINKS, OPENED_DAYS):
            total = night.realmagnet.total(work.message.id, Report.LINKS, work.period)
            if total != work.held_of(ActivityGroup.CLICKED):
                total = read_clicks(night, work.haul, work.period, total)
            work.haul.note(Report.LINKS, total)
    if Channel.FAX in channels:
        _collect_sends(night, work, FAX)
    work.haul.keep(night, channels)


def channels_of(night: Night, work: MessageAtWork) -> list[str]:
    """Found once: the list of messages does not tell e-mail from fax."""
    return [str(channel) for channel in night.realmagnet.channels(work.message.id, work.period)]


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
    found = _read(night, work, reports.every)
    if found is None:
        return
    subject = Subject(night.realmagnet.account, work.message.id, reports.group)
    work.haul.keep_recipients(night, found.rows)
    work.haul.add_facts(sends(subject, found.rows))
    work.haul.note(reports.every, found.total, whole=found.whole)
    found.rows.close()


def _sends_moved(night: Night, work: MessageAtWork, reports: SendReports) -> bool:
    """In Progress → Delivered does not move the total of all sends, so the outcomes are probed apart from it."""
    if not work.asked.get(reports.every):
        return True
    if work.held_of(reports.group, IN_PROGRESS) and work.due(reports.every, YOUNG_DAYS):
        return True  # no probe tells of a send that failed in the end
    if _sent_again(work, reports):
        total = night.realmagnet.total(work.message.id, reports.every, work.period)
        if total != work.held_of(reports.group):
            return True
    for report, activities in reports.probes:
        if not work.due(report, YOUNG_DAYS):
            continue
        total = night.realmagnet.total(work.message.id, report, work.period)
        work.haul.note(report, total)
        if total != work.held_of(reports.group, *activities):
            return True
    return False


def _sent_again(work: MessageAtWork, reports: SendReports) -> bool:
    """Whether the message went out on or after the day on which all its sends were last read."""
    sent = work.message.last_sent
    if work.at_once:
        return True
    return sent is not None and sent.astimezone(clock.EASTERN).date().toordinal() >= work.asked[reports.every]


def _collect_opens(night: Night, work: MessageAtWork) -> None:
    if not work.due(Report.OPENED, OPENED_DAYS):
        return
    if Report.OPENED in work.asked:
        total = night.realmagnet.total(work.message.id, Report.OPENED, work.period)
        work.haul.note(Report.OPENED, total)
        if total == work.held_of(ActivityGroup.OPENED):
            return
    found = _read(night, work, Report.OPENED)
    if found is None:
        return
    subject = Subject(night.realmagnet.account, work.message.id, ActivityGroup.OPENED)
    work.haul.keep_recipients(night, found.rows)  # today's opens may be told before their sends are
    work.haul.add_facts(instants(subject, found.rows, "Opened"))
    work.haul.note(Report.OPENED, found.total, whole=found.whole)
    found.rows.close()


def _read(night: Night, work: MessageAtWork, report: Report) -> ReadSet | None:
    """A report as it holds still; None, and its total noted so that the books stay open, when it never did."""
    found = read_whole(lambda: night.realmagnet.tracking(work.message.id, report, work.period))
    if found.total >= 0:
        return found
    work.haul.note(report, night.realmagnet.total(work.message.id, report, work.period), whole=False)
    return None

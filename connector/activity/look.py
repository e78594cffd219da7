"""Look: what a night would write, found with the cheapest questions there are. It writes nothing into Salesforce."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from connector import clock
from connector.activity.collect import life, messages
from connector.activity.night import Night
from connector.activity.write import FEW, FILE_BYTES
from connector.model.activity import IN_HISTORY, IN_SUMMARY, ActivityGroup, Mode
from connector.model.lists import LIST_OF, SummaryList
from connector.model.runs import WOULD_BE_WRITTEN, Phase
from connector.model.tracking import Message, Period, Report
from connector.store import orgs, runs

ROW_KILOBYTES = 2
"""What Salesforce counts for a row of nearly every object, however little is in it."""
ROW_BYTES = 500
"""About so long is a row on its way there."""
CALLS_BESIDE = 40
"""Reading people, asking for limits and counting what stands."""
CALLS_A_JOB = 15
"""A bulk job: made, filled, looked at until it is over, its answers read."""

REPORTS = {
    ActivityGroup.SENT: Report.SENT,
    ActivityGroup.OPENED: Report.OPENED,
    ActivityGroup.CLICKED: Report.LINKS,
    ActivityGroup.UNSUBSCRIBED: Report.UNSUBSCRIBED,
    ActivityGroup.FAX_SENT: Report.FAX_SENT,
}
"""Which report's total says how many of a group there are."""


@dataclass(frozen=True)
class Seen:
    """What was found: rows by activity group or list, messages, people, and the megabytes that Salesforce has left."""

    rows: Counter[str]
    messages: int
    people: tuple[int, int]
    free: int | None

    @property
    def megabytes(self) -> int:
        """What the rows take in Salesforce, rounded up."""
        return -(-self.rows.total() * ROW_KILOBYTES // 1000)

    @property
    def fits(self) -> bool:
        """Whether Salesforce has room for them; True where it does not say."""
        return self.free is None or self.megabytes <= self.free

    @property
    def calls(self) -> int:
        """About how many calls the night would take of the org's day."""
        rows = self.rows.total()
        return CALLS_BESIDE + (0 if rows <= FEW else CALLS_A_JOB * -(-rows * ROW_BYTES // FILE_BYTES))


def run_look(night: Night) -> bool:
    """Count, and say it in the run's note. True when it fits into Salesforce's storage."""
    today = clock.now().astimezone(clock.EASTERN).date()
    period = Period(today - timedelta(days=night.settings.look_back_days), today + timedelta(days=1))
    night.report(Phase.LOOK)
    with night.database.read() as connection:
        chosen = orgs.choices(connection, night.org_id)
    kinds = {g: Mode(chosen[g][1]) for g in REPORTS if chosen[g][0] and chosen[g][1] != Mode.LIVE}
    people = (_people(night, "Contact"), _people(night, "Lead"))
    found = messages(night, period)
    rows = Counter[str](dict.fromkeys((group for group in kinds if _in_history(group, kinds[group])), 0))
    for position, message in enumerate(found):
        night.report(Phase.LOOK, position, len(found))
        rows.update(rows_of(_totals(night, message, period, list(kinds)), kinds))
    seen = Seen(rows, len(found), people, night.salesforce.limits().get("DataStorageMB", (0, None))[1])
    with night.write() as connection:
        counts = [(name, WOULD_BE_WRITTEN, count) for name, count in rows.items()]
        runs.set_counts(connection, night.run_id, counts)
        runs.note(connection, night.run_id, told(seen, night.settings.look_back_days))
        orgs.note_account(connection, night.org_id, night.realmagnet.account)
        orgs.note_salesforce(connection, night.org_id)
    return seen.fits


def _people(night: Night, kind: str) -> int:
    return night.salesforce.count(f"SELECT COUNT() FROM {kind} WHERE Email != null")  # noqa: S608  # SOQL, our own names


def _totals(night: Night, message: Message, period: Period, kinds: list[ActivityGroup]) -> dict[ActivityGroup, int]:
    days = life(message, period)
    return {group: night.realmagnet.total(message.id, REPORTS[group], days) for group in kinds}


def rows_of(totals: Mapping[ActivityGroup, int], kinds: Mapping[ActivityGroup, Mode]) -> Counter[str]:
    """The rows that the activities of one message make, by activity group or list.

    A list has a row for each person, and nobody has told how many those are: where two kinds share a row, the larger
    total is as many as there can be as a rule. Links are counted when their clicks are read.
    """
    rows = Counter[str]({str(group): total for group, total in totals.items() if _in_history(group, kinds[group])})
    for group, total in totals.items():
        if kinds[group] in IN_SUMMARY and group in LIST_OF:
            rows[LIST_OF[group]] = max(rows[LIST_OF[group]], total)
            rows[SummaryList.MESSAGES] = 1 if total else rows[SummaryList.MESSAGES]
    return rows


def _in_history(group: ActivityGroup, mode: Mode) -> bool:
    return mode in IN_HISTORY or (mode in IN_SUMMARY and group not in LIST_OF)


def told(seen: Seen, days: int) -> str:
    """What was found, for a person."""
    contacts, leads = seen.people
    first = (
        f"The night would write about {seen.rows.total():,} rows ({seen.megabytes:,} MB): it reads {seen.messages:,} "
        f"messages of the last {days} days, for {contacts:,} Contacts and {leads:,} Leads with an address. "
        "Activity of anybody else is kept here and not written, so it may be fewer."
    )
    lines = [first, f"It takes about {seen.calls:,} Salesforce calls."]
    if seen.free is not None:
        lines.append(f"Salesforce has {seen.free:,} MB of data storage free.")
    if not seen.fits:
        lines.append("That is not enough: choose fewer kinds in Manage Data, or get more storage first.")
    return " ".join(lines)

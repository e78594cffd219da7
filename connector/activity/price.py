"""What a back-fill costs before it begins: rows and megabytes in Salesforce, calls and minutes. It only asks."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from connector.activity.at_once import ever
from connector.activity.collect import life
from connector.activity.look import CALLS_A_JOB, CALLS_BESIDE, REPORTS, ROW_BYTES, ROW_KILOBYTES
from connector.activity.night import Night
from connector.activity.write import FEW, FILE_BYTES
from connector.model.activity import IN_HISTORY, IN_SUMMARY, NOT_SELECTED, ActivityGroup
from connector.model.lists import LIST_OF, SummaryList
from connector.model.runs import WOULD_BE_WRITTEN, Phase
from connector.model.tracking import Message
from connector.realmagnet.gateway import PAGE
from connector.store import message_books, orgs

CALLS_A_MESSAGE = 8
"""Its channels, and a probe of each report."""
CALLS_A_MINUTE = 150
"""Real Magnet answers one after the other; a page of 2,000 rows takes about as long as a probe (assumed)."""
ROWS_A_MINUTE = 50_000
"""So many a bulk job takes in about a minute."""


@dataclass(frozen=True)
class Price:
    """The rows that would come, by where they stand: a kind in *Activity History*, or one of Version 1's lists."""

    rows: Counter[str]
    messages: int
    events: int
    free: int | None

    @property
    def megabytes(self) -> int:
        """What the rows take in Salesforce, rounded up."""
        return -(-self.rows.total() * ROW_KILOBYTES // 1000)

    @property
    def salesforce_calls(self) -> int:
        """About how many calls it takes of the org's day."""
        rows = self.rows.total()
        return CALLS_BESIDE + (0 if rows <= FEW else CALLS_A_JOB * -(-rows * ROW_BYTES // FILE_BYTES))

    @property
    def realmagnet_calls(self) -> int:
        """About how many questions to Real Magnet."""
        return 2 + self.messages * CALLS_A_MESSAGE + self.events // PAGE

    @property
    def minutes(self) -> int:
        """About how long, reading and writing together."""
        return max(1, -(-self.realmagnet_calls // CALLS_A_MINUTE) + self.rows.total() // ROWS_A_MINUTE)

    @property
    def fits(self) -> bool:
        """Whether Salesforce has room for the rows; True where it does not say."""
        return self.free is None or self.megabytes <= self.free

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """As a run counts them."""
        return [(where, WOULD_BE_WRITTEN, rows) for where, rows in self.rows.items() if rows]

    @property
    def advice(self) -> str:
        """What there is to decide."""
        if not self.fits:
            return "That is more than Salesforce has free: choose a shorter range, or fewer kinds in Manage Data."
        return "Start it, or cancel it: nothing has been read yet."

    def told(self) -> str:
        """The price, for a person."""
        room = "" if self.free is None else f" Salesforce has {self.free:,} MB of data storage free."
        return (
            f"{self.messages:,} messages with {self.events:,} activities: up to {self.rows.total():,} new rows "
            f"({self.megabytes:,} MB) in Salesforce, about {self.salesforce_calls:,} Salesforce calls and "
            f"{self.realmagnet_calls:,} to Real Magnet, about {self.minutes:,} min.{room} "
            "Activity of people who are not in Salesforce is kept here and not written, so it may be fewer rows."
        )


def of(night: Night, found: Sequence[Message]) -> Price:
    """Ask for the totals of every message, and leave out what is known already: it would change nothing."""
    with night.database.read() as connection:
        chosen = orgs.choices(connection, night.org_id)
    modes = {group: mode for group, (selected, mode) in chosen.items() if selected}
    rows, events = Counter[str](), 0
    for position, message in enumerate(found):
        night.report(Phase.LOOK, position, len(found))
        period = life(message, ever())
        totals = {g: night.realmagnet.total(message.id, report, period) for g, report in REPORTS.items()}
        with night.database.read() as connection:
            settled = message_books.settled(connection, night.org_id, message.id, NOT_SELECTED)
        events += sum(totals.values())
        rows.update(_rows(totals, modes, settled))
    free = night.salesforce.limits().get("DataStorageMB", (0, None))[1]
    return Price(rows, len(found), events, free)


def _rows(totals: dict[ActivityGroup, int], modes: dict[str, str], settled: dict[str, int]) -> Counter[str]:
    """Of one message. A list has a row a recipient at most: an open adds none to the row of its send."""
    wanted = Counter[str]()
    for group, total in totals.items():
        mode = modes.get(group)
        if mode in IN_HISTORY:
            wanted[str(group)] = total
        if mode in IN_SUMMARY and group in LIST_OF and total:
            people = totals[ActivityGroup.SENT] if group is ActivityGroup.OPENED else total
            wanted[LIST_OF[group]] = max(wanted[LIST_OF[group]], people)
            wanted[SummaryList.MESSAGES] = 1
    return Counter({where: max(0, total - settled.get(where, 0)) for where, total in wanted.items()})

"""Reconcile: do the books close? Three ways, per message and kind.

The vendor's total equals the facts; facts equal placed, live, unmatched, held and filtered together; and what should
stand in Salesforce equals what Salesforce counts. A page never read or a row deleted behind our back must show.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields

from sqlalchemy import Connection, text

from connector.activity.layouts import HISTORY, LAYOUTS, Layout, asked_for
from connector.activity.night import Night
from connector.model.activity import ActivityGroup, Decision
from connector.model.runs import Phase
from connector.model.tracking import Report
from connector.salesforce.soql import quoted
from connector.store import orgs, runs

ALL_MESSAGES = 0
MOST_DIGITS = 18
LONGEST_GROUP = 40
PAGE = 2000
"""Salesforce answers a grouped query with at most so many groups and goes no further."""

TOTALS = {
    Report.SENT: ActivityGroup.SENT,
    Report.OPENED: ActivityGroup.OPENED,
    Report.LINKS: ActivityGroup.CLICKED,
    Report.UNSUBSCRIBED: ActivityGroup.UNSUBSCRIBED,
    Report.FAX_SENT: ActivityGroup.FAX_SENT,
}
"""Which report's total is the vendor's word on which kind."""


@dataclass
class Sums:
    """One line of the books. `vendor` is None where the vendor names no total."""

    vendor: int | None = None
    facts: int = 0
    placed: int = 0
    live: int = 0
    unmatched: int = 0
    held: int = 0
    filtered: int = 0
    expected: int = 0
    salesforce: int = 0

    @property
    def closes(self) -> bool:
        """Whether all three ways agree."""
        explained = self.placed + self.live + self.unmatched + self.held + self.filtered
        return self.vendor in {None, self.facts} and self.facts == explained and self.expected == self.salesforce


Books = dict[tuple[int, str], Sums]


def reconcile(night: Night) -> bool:
    """Write the closing sums of the run; answers whether every line closes."""
    night.report(Phase.RECONCILE)
    books: Books = defaultdict(Sums)
    with night.database.read() as connection:
        _read_ledger(connection, night.org_id, books)
        layouts = _in_use(connection, night.org_id)
    first = night.salesforce.query_several([_grouped(layout) for layout in layouts])
    for layout, rows in zip(layouts, first, strict=True):
        for message, group, count in _count_in_salesforce(night, layout, rows):
            books[message, group].salesforce += count
    closes = all(line.closes for line in books.values())
    with night.write() as connection:
        _keep(connection, night.run_id, books)
        runs.set_counts(connection, night.run_id, _outcomes(connection, night))
        connection.execute(
            text("UPDATE runs SET closes = :closes WHERE id = :id"), {"closes": closes, "id": night.run_id}
        )
    night.reached("reconciled")
    return closes


def _read_ledger(connection: Connection, org_id: int, books: Books) -> None:
    org = {"org": org_id}
    statement = text("SELECT message_id, report, total FROM readings WHERE org_id = :org")
    for message, report, total in connection.execute(statement, org):
        if (group := TOTALS.get(report)) is not None:
            books[int(message), group].vendor = int(total)
    statement = text(
        "SELECT message_id, activity_group, decision, count(*) FROM facts WHERE org_id = :org "
        "GROUP BY message_id, activity_group, decision"
    )
    for message, group, decision, count in connection.execute(statement, org):
        line = books[int(message), str(group)]
        line.facts += int(count)
        name = str(decision or Decision.HELD)  # what an update learned just now waits for the write that follows it
        setattr(line, name, getattr(line, name) + int(count))
    statement = text(
        "SELECT message_id, activity_group, count(*) FROM placements WHERE org_id = :org "
        "AND salesforce_id IS NOT NULL AND state <> 'deleted' GROUP BY message_id, activity_group"
    )
    for message, group, count in connection.execute(statement, org):
        books[int(message), str(group)].expected += int(count)


def _in_use(connection: Connection, org_id: int) -> list[Layout]:
    """The objects that an org may have rows in: those it chose, and those that rows still stand in."""
    statement = text("SELECT 1 FROM placements WHERE org_id = :org AND object = :object LIMIT 1")
    wanted = asked_for(orgs.choices(connection, org_id))
    return [
        layout
        for layout in LAYOUTS
        if layout in wanted or connection.execute(statement, {"org": org_id, "object": layout.object_name}).first()
    ]


def _grouped(layout: Layout, after: str = "") -> str:
    """The question how many rows each message has in an object, from a message on. History tells the group of each."""
    by = "Message_Id__c, Activity_Group__c" if layout is HISTORY else "Message_Id__c"
    return (
        f"SELECT {by}, COUNT(Id) FROM {layout.object_name} "  # noqa: S608  # SOQL
        + (f"WHERE Message_Id__c >= {quoted(after)} " if after else "")
        + f"GROUP BY {by} ORDER BY {by} LIMIT {PAGE}"
    )


def _count_in_salesforce(
    night: Night, layout: Layout, first: Sequence[Sequence[object]]
) -> Iterator[tuple[int, str, int]]:
    """(Message, group, rows) of an object, whose first groups are known; a list is one group by its label."""
    after = ""
    while True:
        told = night.salesforce.query(_grouped(layout, after)) if after else first
        rows = [_counted(layout, row) for row in told]
        whole = rows if len(rows) < PAGE else [row for row in rows if row[0] != rows[-1][0]]
        yield from ((_message(m), g, n) for m, g, n in whole)
        if len(rows) < PAGE or rows[-1][0] in {"", after}:
            break  # the end, or more groups of one message than an answer holds: then the books stay open
        after = rows[-1][0]
        night.report(Phase.RECONCILE)


def _counted(layout: Layout, row: Sequence[object]) -> tuple[str, str, int]:
    message, *groups, count = row
    group = str(groups[0])[:LONGEST_GROUP] if groups else layout.label
    return str(message or ""), group, int(str(count))


def _message(told: str) -> int:
    """The message of a row as Salesforce has it, where people may have put something else."""
    return int(told) if told.isdecimal() and len(told) <= MOST_DIGITS else ALL_MESSAGES


def _keep(connection: Connection, run_id: int, books: Books) -> None:
    """The sums of each kind, and every line that does not close."""
    totals: dict[str, Sums] = defaultdict(Sums)
    open_lines: set[str] = set()
    for (_message, group), line in books.items():
        total = totals[group]
        for part in fields(Sums):
            value = getattr(line, part.name)
            if value is not None:
                setattr(total, part.name, (getattr(total, part.name) or 0) + value)
        if not line.closes:
            open_lines.add(group)
    lines = {key: (line, False) for key, line in books.items() if not line.closes and key[0] != ALL_MESSAGES}
    lines |= {(ALL_MESSAGES, group): (line, group not in open_lines) for group, line in totals.items()}
    connection.execute(text("DELETE FROM reconciliations WHERE run_id = :id"), {"id": run_id})
    names = [part.name for part in fields(Sums)]
    rows = [
        {"run_id": run_id, "message_id": message, "activity_group": group, "closes": closes}
        | dict(zip(names, astuple(line), strict=True))
        for (message, group), (line, closes) in lines.items()
    ]
    if rows:
        connection.execute(runs.reconciliations.insert(), rows)


def _outcomes(connection: Connection, night: Night) -> list[tuple[str, str, int]]:
    values = {"org": night.org_id, "run": night.run_id}
    written = text(
        "SELECT activity_group, outcome, count(*) FROM placements WHERE org_id = :org AND run_id = :run "
        "AND outcome IS NOT NULL GROUP BY activity_group, outcome"
    )
    kept = text(
        "SELECT activity_group, decision, count(*) FROM facts WHERE org_id = :org AND changed_run = :run "
        "AND decision IN ('unmatched', 'held', 'filtered') GROUP BY activity_group, decision"
    )
    rows = [*connection.execute(written, values), *connection.execute(kept, values)]
    return [(str(group), str(word).capitalize(), int(count)) for group, word, count in rows]

"""`make compare`: every figure on the screens and in Salesforce against an independent count over Real Magnet's data.

The count is made from the stand-ins' own files and shares no code with the product. It is repeated after late opens, a
second run, a deletion and a restore. The exit code is 1 if anything differs, and each difference is named.
"""

import argparse
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from connector.model.runs import ENDED, RunState
from tools import comparing, screens_say
from tools.comparing import Report
from tools.house import House, open_house, plan_on_free_ports
from tools.night import turn_clock
from tools.processes import ROOT, end_on_sigterm, wait_until
from tools.visiting import VisitError, Visitor

CHANNELS = ("Sent", "Fax Sent")
RUN_SECONDS = 600.0


class CompareError(Exception):
    """What was to be compared did not come about; the message is fit to be read."""


@dataclass
class Story:
    """One house, looked at again and again."""

    house: House
    visitor: Visitor
    report: Report
    most_people: int | None = None
    deleted: frozenset[int] = frozenset()

    def tell(self) -> None:
        """All of it: every moment at which everything has to be equal."""
        everything_everywhere(self.house)
        turn_clock(self.house.plan, {"runs": False})  # nothing may happen between a night and its count
        self.night("After the first night")
        turn_clock(self.house.plan, {"advance_days": 1})
        self.night("After late opens, a day later")
        self.night("After a run once more, with nothing new")
        for group in CHANNELS:
            self.delete(self.largest(group))
        turn_clock(self.house.plan, {"advance_days": 0.4})
        self.night("After a message of each channel was deleted, and a night with news of it")
        for message in sorted(self.deleted):
            self.restore(message)
        self.look("After both were restored")
        self.night("After a night on top of it")

    def night(self, moment: str) -> None:
        """Run one, then compare."""
        run_id = self.house.ask()
        self._insist(run_id)
        self.look(moment)

    def look(self, moment: str) -> None:
        """Compare everything with the account as it is."""
        told = comparing.look(self.house)
        self.report.add(moment, comparing.salesforce(self.house, told, self.deleted))
        self.report.add(f"{moment}, on the screens", comparing.screens(self.visitor, told, self.most_people))

    def largest(self, group: str) -> int:
        """The message with the most activities of a group."""
        found = comparing.look(self.house).of_messages
        return max(found, key=lambda number: sum(1 for one in found[number] if one.group == group))

    def delete(self, message: int) -> None:
        """*Delete from Salesforce*, with the words that it wants typed."""
        rows = comparing.rows_of(self.house, message)
        preview = self.visitor.open(f"/deletions/new?message={message}")
        word = re.search(r"Type (\S+)", preview.text)
        if word is None:
            raise CompareError(f"The preview of message {message} asks for no word: {preview.text[:300]}")
        self.visitor.post("/deletions", {**preview.fields, "message": str(message), "typed": word[1]})
        self._until_done()
        self.deleted |= {message}
        receipt = self.visitor.open(f"/deletions/{self._deletion(message)}")
        said = {(name,): screens_say.rows_said(page) for name, page in (("preview", preview), ("receipt", receipt))}
        found = comparing.compare("Rows of it", dict.fromkeys(said, rows), said)
        self.report.add(f"Message {message} was deleted", [found])

    def restore(self, message: int) -> None:
        """*Restore*, from the receipt."""
        self.visitor.post(f"/deletions/{self._deletion(message)}/restore", {})
        self._until_done()
        self.deleted -= {message}

    def _deletion(self, message: int) -> int:
        statement = text("SELECT max(d.id) FROM deletions d JOIN scopes s ON s.id = d.scope_id WHERE s.message_id = :m")
        with self.house.database.read() as connection:
            return int(connection.execute(statement, {"m": message}).scalar_one())

    def _insist(self, run_id: int) -> None:
        state = self.house.wait(run_id)
        row = self.house.row(run_id)
        if state != RunState.COMPLETED or not row["closes"]:
            raise CompareError(f"Run {run_id} is {state}, books close: {row['closes']}. {row['reason']}")

    def _until_done(self) -> None:
        """Wait for every run that was asked for, and for the one that follows it."""
        for process in self.house.processes.dead():
            raise CompareError(f"{process.name} ended:\n{process.last_words()}")
        wait_until("every run to end", self._is_done, None, RUN_SECONDS)

    def _is_done(self) -> bool:
        ended = ", ".join(f"'{state}'" for state in ENDED)
        waiting = (
            f"SELECT count(*) FROM runs WHERE state NOT IN ({ended})",  # noqa: S608  # our own words
            "SELECT count(*) FROM facts WHERE decision IS NULL",
            "SELECT count(*) FROM placements WHERE state IN ('to write', 'in flight', 'to delete')",
        )
        with self.house.database.read() as connection:
            return not any(connection.execute(text(statement)).scalar_one() for statement in waiting)


def everything_everywhere(house: House) -> None:
    """Let every kind stand in both kinds of lists, as the demo has it."""
    with house.database.write() as connection:
        connection.execute(text("UPDATE kind_choices SET selected = true, mode = 'Summary and History'"))


def main() -> int:
    end_on_sigterm()
    parser = argparse.ArgumentParser(prog="python -m tools.compare", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "var" / "compare", help="folder for everything; emptied")
    parser.add_argument("--people", type=int, help="look at so many people's panels only")
    chosen = parser.parse_args()
    if (chosen.data / "real-magnet.db").exists():
        shutil.rmtree(chosen.data)
    report = Report()
    try:
        with open_house(plan_on_free_ports(chosen.data)) as house:
            Story(house, Visitor(house.plan), report, chosen.people).tell()
    except (RuntimeError, CompareError, VisitError) as trouble:
        print(trouble, file=sys.stderr)
        return 1
    compared = sum(line.compared for line in report.lines)
    print(f"\n{compared:,} figures were compared, {report.differ:,} differ.")
    return 1 if report.differ else 0


if __name__ == "__main__":
    sys.exit(main())

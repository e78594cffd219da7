"""A run's progress on a terminal: one line that counts, or one line a phase where nobody watches."""

import shutil
import sys
from collections.abc import Mapping
from typing import Any, TextIO

WIDTH = 30


class ProgressBar:
    """Call it with the run's row as often as you like; `finish` ends its line."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._live = self._out.isatty()
        self._last = ""

    def __call__(self, row: Mapping[str, Any]) -> None:
        line = describe(row) if self._live else str(row["phase"])
        if line == self._last or not line:
            return
        self._last = line
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            self._out.write(f"\r\x1b[2K{line[:width]}")
        else:
            self._out.write(f"  {line} …\n")
        self._out.flush()

    def finish(self) -> None:
        if self._live and self._last:
            self._out.write("\n")
            self._out.flush()


def describe(row: Mapping[str, Any]) -> str:
    """One line: the phase, a bar and the counts; no bar while nobody knows the total."""
    phase, done, total = str(row["phase"] or row["state"]), int(row["done"]), int(row["total"])
    if not total:
        return f"  {phase} … {done:,}" if done else f"  {phase} …"
    filled = min(WIDTH, WIDTH * done // total)
    return f"  {phase}  [{'█' * filled}{'·' * (WIDTH - filled)}]  {done:,} of {total:,}"


def table(counts: Mapping[str, Mapping[str, int]]) -> str:
    """What became of each activity group, as lines and columns."""
    if not counts:
        return "  nothing new"
    outcomes = sorted({outcome for found in counts.values() for outcome in found}, key=_order)
    head = f"  {'':<16}" + "".join(f"{outcome:>12}" for outcome in outcomes)
    lines = [
        f"  {group:<16}" + "".join(f"{counts[group].get(outcome, 0):>12,}" for outcome in outcomes)
        for group in sorted(counts)
    ]
    sums = [sum(found.get(outcome, 0) for found in counts.values()) for outcome in outcomes]
    return "\n".join([head, *lines, f"  {'all':<16}" + "".join(f"{count:>12,}" for count in sums)])


def total(counts: Mapping[str, Mapping[str, int]], outcome: str) -> int:
    """How many came to this outcome, over all groups."""
    return sum(found.get(outcome, 0) for found in counts.values())


def _order(outcome: str) -> tuple[int, str]:
    known = ("Written", "Skipped", "Rejected", "Unmatched", "Held", "Filtered")
    return (known.index(outcome) if outcome in known else len(known), outcome)

"""`make bench`: nights of growing size over both stand-ins, measured from outside, held against the budgets.

Each step runs in a process of its own, whose CPU seconds and peak memory the operating system accounts for. The
stand-ins have their own processes, so their work is not counted. Only a figure over its budget fails.
"""

import argparse
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from connector import bootstrap, settings
from connector.model.activity import Mode
from connector.model.runs import Trigger
from connector.store import claims
from connector.store.claims import Asked
from tools.bench_screens import measure_screens, over_budget
from tools.bench_steps import rows_as_csv
from tools.house import House, Plan, open_house, plan_on_free_ports
from tools.processes import ROOT, end_on_sigterm

PEOPLE = 50_000
MESSAGES = 400
SCREENS_FROM = 100_000
"""Below that some message has nothing to show of a kind."""


@dataclass(frozen=True)
class Cost:
    """What one process cost: CPU seconds, peak megabytes, and for nights the calls to each vendor."""

    cpu: float
    megabytes: float
    salesforce_calls: int = 0
    realmagnet_calls: int = 0


@dataclass
class Report:
    """The rows of the table and the budgets that were missed."""

    lines: list[str] = field(default_factory=list[str])
    missed: list[str] = field(default_factory=list[str])

    def row(self, size: int, name: str, cost: Cost) -> None:
        """One line, printed at once."""
        calls = f"{cost.salesforce_calls:>6,} {cost.realmagnet_calls:>8,}" if cost.realmagnet_calls else f"{'':15}"
        line = f"{size:>11,}  {name:<26} {cost.cpu:>8.1f} {cost.megabytes:>8.0f}  {calls}"
        self.say(line)

    def say(self, line: str) -> None:
        """A line of the table, kept and printed."""
        self.lines.append(line)
        print(line, flush=True)

    def hold(self, what: str, figure: float, budget: float) -> None:
        """A figure against its budget."""
        if figure > budget:
            self.missed.append(f"{what}: {figure:,.2f}, budget {budget:,.2f}")


def main() -> int:
    end_on_sigterm()
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("sizes", type=int, nargs="+", help="how many activities")
    parser.add_argument("--data", type=Path, default=ROOT / "var" / "bench")
    parser.add_argument("--lists", action="store_true", help="keep every kind in both ways; nothing is held")
    parser.add_argument("--skip-library", action="store_true", help="do not measure simple-salesforce beside us")
    chosen = parser.parse_args()
    report = Report()
    print(f"{'activities':>11}  {'step':<26} {'CPU s':>8} {'peak MB':>8}  {'calls to Salesforce, Real Magnet'}")
    for size in chosen.sizes:
        if chosen.lists:
            _with_lists(chosen.data, size, report)
        else:
            _size(chosen.data, size, report, library=not chosen.skip_library)
    for line in report.missed:
        print(f"Over budget: {line}", file=sys.stderr)
    return 1 if report.missed else 0


def _with_lists(data: Path, size: int, report: Report) -> None:
    """What nights cost that keep each kind in both ways."""
    with open_house(_plan(data / str(size), size), say=lambda _text: None) as house:
        with house.database.write() as connection:
            connection.execute(text("UPDATE kind_choices SET mode = :mode"), {"mode": Mode.BOTH})
        for name in ("lists too, everything new", "lists too, nothing new"):
            report.row(size, name, _night(house)[0])
    shutil.rmtree(data / str(size), ignore_errors=True)


def _plan(folder: Path, size: int) -> Plan:
    shutil.rmtree(folder, ignore_errors=True)
    return plan_on_free_ports(
        folder,
        web=False,
        workers=0,
        environ={"POLL_SECONDS": "5", "LOG_LEVEL": "WARNING"},
        realmagnet_arguments=("--bench", str(size), "--recipients", str(PEOPLE), "--messages", str(MESSAGES)),
        salesforce_arguments=("--crowd", str(PEOPLE)),
    )


def _size(data: Path, size: int, report: Report, *, library: bool) -> None:
    folder = data / str(size)
    with open_house(_plan(folder, size), say=lambda _text: None) as house:
        first, run_id = _night(house)
        report.row(size, "night, everything new", first)
        quiet, _run = _night(house)
        report.row(size, "night, nothing new", quiet)
        _hold_nights(size, first, quiet, report)
        if size >= SCREENS_FROM:
            _screens(house, size, report)
        _again(house)
        ours = measure(house, "write", str(run_id))
        report.row(size, "write step", ours)
        if library:
            _beside_library(house, size, ours, report)
    shutil.rmtree(folder, ignore_errors=True)


def _hold_nights(size: int, first: Cost, quiet: Cost, report: Report) -> None:
    share = size / 1_000_000
    report.hold(f"{size:,}: CPU seconds of a night", first.cpu, 90 * share if size >= 1_000_000 else 90)
    report.hold(f"{size:,}: peak MB of a night", first.megabytes, 250 if size <= 1_000_000 else 300)
    report.hold(f"{size:,}: Salesforce calls of a night", first.salesforce_calls, 150 * max(1, share))
    report.hold(f"{size:,}: CPU seconds of a quiet night", quiet.cpu, 6 * max(1, share))
    report.hold(f"{size:,}: Salesforce calls of a quiet night", quiet.salesforce_calls, 10)
    report.hold(f"{size:,}: Real Magnet calls of a quiet night", quiet.realmagnet_calls, 4 * MESSAGES)


def _screens(house: House, size: int, report: Report) -> None:
    found = measure_screens(house)
    for figure in found:
        report.say(
            f"{size:>11,}  {figure.name:<26} {figure.mean:>8.1f} ms a request, {figure.p95:.1f} at the 95th of 100"
        )
    for what, figure, budget in over_budget(found):
        report.hold(f"{size:,}: {what}", figure, budget)


def _beside_library(house: House, size: int, write_step: Cost, report: Report) -> None:
    """The bulk client on the same rows, ours and the library's; and the whole write step, which keeps books besides."""
    path = house.plan.data / "rows.csv"
    rows_as_csv(bootstrap.services(settings.from_env(house.environ)), path)
    for source in ("file", "records"):
        ours = measure(house, f"client-{source}", str(path))
        report.row(size, f"our client, {source}", ours)
        theirs = measure(house, f"library-{source}", str(path))
        report.row(size, f"simple-salesforce, {source}", theirs)
        for name, cost in (("client", ours), ("write step", write_step)):
            share = 100 * cost.megabytes / theirs.megabytes
            report.say(
                f"{'':>13}our {name} beside it: {cost.cpu / theirs.cpu:.2f} of its CPU, {share:.0f} % of its memory"
            )
        if size >= 1_000_000:
            report.hold(f"{size:,}: our client's CPU beside the library's, {source}", ours.cpu / theirs.cpu, 0.5)
            report.hold(
                f"{size:,}: our client's memory beside the library's, {source}", ours.megabytes / theirs.megabytes, 0.1
            )


def _night(house: House) -> tuple[Cost, int]:
    with house.database.write() as connection:
        run_id = claims.claim(connection, house.org_id, Asked(Trigger.HAND)).run_id
    cost = measure(house, "night", str(run_id))
    row = house.row(run_id)
    if row["state"] != "Completed":
        raise RuntimeError(f"The night ended {row['state']}: {row['reason']}")
    return Cost(cost.cpu, cost.megabytes, row["salesforce_calls"], row["realmagnet_calls"]), run_id


def _again(house: House) -> None:
    """Let every placement wait once more, as if nothing had been written."""
    with house.database.write() as connection:
        connection.execute(text("UPDATE placements SET state = 'to write', content_hash = '', outcome = NULL"))


def measure(house: House, step: str, argument: str) -> Cost:
    """What one step of `bench_steps` costs. Raises `RuntimeError` when it fails."""
    environ = {**os.environ, **house.environ}
    peak = house.plan.data / "peak"
    words = [sys.executable, "-m", "tools.bench_steps", step, argument, str(peak)]
    process = subprocess.Popen(words, cwd=ROOT, env=environ)
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"The step {step} failed.")
    return Cost(usage.ru_utime + usage.ru_stime, float(peak.read_text()))


if __name__ == "__main__":
    sys.exit(main())

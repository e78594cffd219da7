"""`make night`: three nights without a screen, each held against an independent count; 0 only if the books close."""

import argparse
import json
import shutil
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from connector.model.activity import Outcome
from connector.model.runs import RunState
from tools import independent
from tools.house import House, Plan, open_house, plan_on_free_ports
from tools.independent import Snapshot
from tools.processes import ROOT, end_on_sigterm
from tools.progress import ProgressBar, table

ENOUGH = 20_000
"""Activities that the first night must at least collect."""


class NightFailedError(Exception):
    """A night did not do what the independent count says; the message is fit to be read."""


def main() -> int:
    end_on_sigterm()
    plan = _plan()
    try:
        with open_house(plan) as house:
            _three_nights(house)
    except (RuntimeError, NightFailedError) as trouble:
        print(trouble, file=sys.stderr)
        return 1
    print("\nThree nights, and the books close.")
    return 0


def _plan() -> Plan:
    parser = argparse.ArgumentParser(prog="python -m tools.night", description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=ROOT / "var" / "night", help="folder for everything; emptied first"
    )
    data: Path = parser.parse_args().data
    if (data / "real-magnet.db").exists():
        shutil.rmtree(data)
    return plan_on_free_ports(data, web=False)


def _three_nights(house: House) -> None:
    turn_clock(house.plan, {"runs": False})  # nothing may happen between a night and its count
    first = _count(house)
    if sum(first.by_group().values()) + first.unmatched < ENOUGH:
        raise NightFailedError(f"The stand-in's account has fewer than {ENOUGH:,} activities.")
    _night(house, "The first night", first, first.by_group())
    _night(house, "The second night, with nothing new", first, {})
    print("  Nothing was written: Salesforce has everything already.")
    turn_clock(house.plan, {"advance_days": 1})
    second = _count(house)
    news = second.since(first)
    if not news:
        raise NightFailedError("A day passed at Real Magnet and nothing happened: this proves nothing.")
    _night(house, "The third night, a day later", second, news)


def _night(house: House, name: str, expected: Snapshot, news: Mapping[str, int]) -> None:
    """Run one night and hold it against what an independent count expects of it."""
    print(f"\n{name}:")
    run_id, bar = house.ask(), ProgressBar()
    state = house.wait(run_id, bar)
    bar.finish()
    row, counts = house.row(run_id), house.counts(run_id)
    print(table(counts))
    if state != RunState.COMPLETED:
        raise NightFailedError(f"{name} is {state}: {row['reason']} {row['advice']}")
    written = {group: found.get(Outcome.WRITTEN, 0) for group, found in counts.items()}
    _same(f"{name} wrote other rows than an independent count finds new", written, news)
    stands, wanted = independent.standing(house.plan.data / "salesforce"), expected.by_person()
    if stands != wanted:
        wrong = (stands - wanted) + (wanted - stands)
        raise NightFailedError(f"After {name.lower()} {wrong.total():,} rows in Salesforce are too many or missing.")
    if not row["closes"]:
        raise NightFailedError(f"{name} does not close.")
    print(f"  {state}: {sum(written.values()):,} rows written, as an independent count expects; the books close.")


def _same(complaint: str, found: Mapping[str, int], expected: Mapping[str, int]) -> None:
    wrong = [
        f"  {group}: {found.get(group, 0):,} instead of {expected.get(group, 0):,}"
        for group in sorted({*found, *expected})
        if found.get(group, 0) != expected.get(group, 0)
    ]
    if wrong:
        raise NightFailedError("\n".join([f"{complaint}:", *wrong]))


def _count(house: House) -> Snapshot:
    return independent.take(house.plan.data / "realmagnet", house.plan.data / "salesforce")


def turn_clock(plan: Plan, change: Mapping[str, object]) -> None:
    """Move, start or stop the clock of the Real Magnet stand-in."""
    request = urllib.request.Request(f"{plan.realmagnet_url}/_sandbox/clock", json.dumps(change).encode())  # noqa: S310  # a loopback address of our own
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  # the same
        answer.read()


if __name__ == "__main__":
    sys.exit(main())

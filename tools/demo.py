"""`make demo`: everything on this machine, a first night with its progress, then it stays up until Ctrl-C."""

import argparse
import sys
import time
from pathlib import Path

from connector.model.activity import Outcome
from connector.model.runs import RunState
from tools.house import House, Plan, open_house
from tools.processes import ROOT, end_on_sigterm
from tools.progress import ProgressBar, table, total


def main() -> int:
    end_on_sigterm()
    plan = _plan()
    try:
        with open_house(plan) as house:
            return _show(house)
    except KeyboardInterrupt:
        print("\nEverything has ended.")
        return 0
    except BlockingIOError:
        print(f"The demo is running already, over {plan.data}: end that one first.", file=sys.stderr)
    except RuntimeError as trouble:
        print(trouble, file=sys.stderr)
    return 1


def _plan() -> Plan:
    parser = argparse.ArgumentParser(prog="python -m tools.demo", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "var" / "demo", help="folder that keeps everything")
    parser.add_argument("--salesforce-port", type=int, default=8001)
    parser.add_argument("--realmagnet-port", type=int, default=8002)
    parser.add_argument("--web-port", type=int, default=8000)
    chosen = parser.parse_args()
    return Plan(chosen.data, chosen.salesforce_port, chosen.realmagnet_port, chosen.web_port)


def _show(house: House) -> int:
    print("The night:")
    run_id, bar = house.ask(), ProgressBar()
    state = house.wait(run_id, bar)
    bar.finish()
    row, counts = house.row(run_id), house.counts(run_id)
    print(f"\n{state} in {(row['ended_at'] - row['started_at']) / 1000:.1f} s. What became of each activity:\n")
    print(table(counts))
    if state not in (RunState.COMPLETED, RunState.COMPLETED_WITH_ERRORS):
        print(f"\n{row['reason']} {row['advice']}", file=sys.stderr)
        return 1
    written = total(counts, Outcome.WRITTEN)
    print("\nThe books close." if row["closes"] else "\nThe books do NOT close: see the run's page.")
    print(f"{written:,} rows were written to Salesforce." if written else "Nothing was new, so nothing was written.")
    _where(house)
    while not house.processes.dead():
        time.sleep(1)
    for process in house.processes.dead():
        print(f"{process.name} ended by itself:\n{process.last_words()}", file=sys.stderr)
    return 1


def _where(house: House) -> None:
    print(
        f"\nOpen {house.plan.salesforce_url}/\n"
        "  · the tab Real Magnet is the app: log in as demo / demo, then Sync now, Manage Data and Runs\n"
        "  · a Contact or Lead has the list Real Magnet Activity History\n"
        f"Logs are in {house.processes.logs}. Ctrl-C ends everything.\n",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())

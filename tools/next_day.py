"""`make day`: a day passes at the Real Magnet stand-in of a running demo, whose clock otherwise stands still."""

import argparse
import json
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

from tools.demo import DATA, USUAL
from tools.house import Plan
from tools.night import turn_clock

DAY = timedelta(days=1)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.next_day", description=__doc__)
    parser.add_argument("--realmagnet-port", type=int, default=USUAL.realmagnet_port)
    plan = Plan(DATA, realmagnet_port=parser.parse_args().realmagnet_port)
    try:
        if _now(plan) + DAY > datetime.now(UTC):  # what happens later than our own clock is not asked about
            print("Real Magnet's clock has caught up with today: `make demo-fresh` begins days ago.", file=sys.stderr)
            return 1
        turn_clock(plan, {"advance_days": 1})
    except urllib.error.HTTPError:  # somebody answers, but not our stand-in
        print(f"The program on port {plan.realmagnet_port} is no Real Magnet stand-in.", file=sys.stderr)
        return 1
    except OSError:
        print(f"No demo answers on port {plan.realmagnet_port}: start one with `make demo`.", file=sys.stderr)
        return 1
    print("A day has passed at Real Magnet. Choose Sync now in the app: it brings back what happened in that day.")
    return 0


def _now(plan: Plan) -> datetime:
    with urllib.request.urlopen(f"{plan.realmagnet_url}/_sandbox/clock", timeout=10) as answer:  # noqa: S310  # a loopback address of our own
        return datetime.fromisoformat(json.load(answer)["now"])


if __name__ == "__main__":
    sys.exit(main())

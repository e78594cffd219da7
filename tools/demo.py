"""`make demo`: everything on this machine, a first night with its progress, then it stays up until Ctrl-C."""

import argparse
import shlex
import shutil
import sys
import time
from pathlib import Path

from sqlalchemy import text

from connector.model.activity import Outcome
from connector.model.runs import RunState
from tools.house import House, Plan, open_house
from tools.processes import ROOT, end_on_sigterm, free_port, taken
from tools.progress import ProgressBar, table, total
from tools.redis_server import RedisServer

DATA = ROOT / "var" / "demo"
BARE = ROOT / "var" / "demo-bare"
MEMBERS = 40_000
USUAL = Plan(DATA, salesforce_arguments=("--large-campaign", str(MEMBERS)))


def main() -> int:
    end_on_sigterm()
    plan, fresh = _chosen()
    try:
        _insist_on_ports(plan)
        if fresh:
            forget(plan.data)
        kept = _has_data(plan.data)
        with open_house(plan) as house:
            return _welcome(house) if plan.bare else _show(house, kept=kept)
    except KeyboardInterrupt:
        print("\nEverything has ended.")
        return 0
    except BlockingIOError:
        print(f"The demo is running already, over {plan.data}: end that one first.", file=sys.stderr)
    except RuntimeError as trouble:
        print(trouble, file=sys.stderr)
    return 1


def _chosen() -> tuple[Plan, bool]:
    parser = argparse.ArgumentParser(prog="python -m tools.demo", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder that keeps everything")
    parser.add_argument("--bare", action="store_true", help="an organization that you set up by yourself, from a code")
    parser.add_argument("--fresh", action="store_true", help="forget what the folder keeps, and begin anew")
    parser.add_argument("--salesforce-port", type=int, default=USUAL.salesforce_port)
    parser.add_argument("--realmagnet-port", type=int, default=USUAL.realmagnet_port)
    parser.add_argument("--web-port", type=int, default=USUAL.web_port)
    parser.add_argument("--members", type=int, default=MEMBERS, help="of the Campaign Annual Appeal; 0 leaves it out")
    chosen = parser.parse_args()
    ports = (chosen.salesforce_port, chosen.realmagnet_port, chosen.web_port)
    large = ("--large-campaign", str(chosen.members)) if chosen.members else ()
    data = chosen.data or (BARE if chosen.bare else DATA)
    return Plan(data, *ports, salesforce_arguments=large, storage="everything", bare=chosen.bare), chosen.fresh


def _insist_on_ports(plan: Plan) -> None:
    """Raises `RuntimeError` with a command that will do when another program uses one of our ports."""
    busy = [port for port in plan.ports if taken(port)]
    if not busy:
        return
    wanted = {
        "--web-port": plan.web_port,
        "--salesforce-port": plan.salesforce_port,
        "--realmagnet-port": plan.realmagnet_port,
    }
    options = [f"{name} {free_port() if port in busy else port}" for name, port in wanted.items()]
    bare = ("--bare",) if plan.bare else ()
    raise RuntimeError(
        f"Port {busy[0]} is in use by another program, perhaps by another demo: end that one, or choose other ports:\n"
        f"  .venv/bin/python -m tools.demo {' '.join((*bare, *options, *_data_option(plan.data)))}"
    )


def _data_option(data: Path) -> tuple[str, ...]:
    return () if data in (DATA, BARE) else ("--data", shlex.quote(str(data)))


def _has_data(data: Path) -> bool:
    return (data / "secret-keys").exists()  # nothing worth keeping is made before it


def forget(data: Path) -> None:
    """Empty the folder, if it is a demo's. Raises `BlockingIOError` while another demo runs over it."""
    if _has_data(data):
        RedisServer(data / "redis").close()  # takes its lock for a moment
        shutil.rmtree(data)


def _show(house: House, *, kept: bool) -> int:
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
    _where(house, kept=kept)
    return _stay(house)


def _welcome(house: House) -> int:
    """What an administrator is told who sets up an organization by himself."""
    plan = house.plan
    print(
        f"\nA fresh organization: nothing of Real Magnet is in it yet. Open {plan.web_url}/set-up\n"
        f"  · the set-up code is {house.invite()}\n"
        f"  · {plan.salesforce_url}/lightning/setup tells the organization's id and My Domain, and deploys a package\n"
        "  · log in to Salesforce as admin@salesforce.example / sandbox-password, to Real Magnet as demo / demo\n"
        f"Logs are in {house.processes.logs}. Ctrl-C ends everything.\n",
        flush=True,
    )
    return _stay(house)


def _stay(house: House) -> int:
    while not house.processes.dead():
        time.sleep(1)
    for process in house.processes.dead():
        print(f"{process.name} ended by itself:\n{process.last_words()}", file=sys.stderr)
    return 1


def _where(house: House, *, kept: bool) -> None:
    plan = house.plan
    usual = plan.realmagnet_port == USUAL.realmagnet_port
    day = "make day" if usual else f".venv/bin/python -m tools.next_day --realmagnet-port {plan.realmagnet_port}"
    print(
        f"\nOpen {plan.salesforce_url}/\n"
        "  · the tab Real Magnet is the app: log in as demo / demo, then Sync now, Upload Jobs, Manage Data, Runs, "
        "Connection and Access\n"
        "  · a Contact or Lead has the list Real Magnet Activity History and the button Real Magnet, such as\n"
        f"    {_busiest(house)}\n"
        "  · a Campaign has the panel Upload to Real Magnet\n"
        f"The vendors' clock stands still: in another terminal, `{day}` makes a day pass, so that Sync now finds news."
    )
    if kept:
        print(f"These are the data of an earlier demo: {_afresh(plan)} starts afresh.")
    print(f"Logs are in {house.processes.logs}. Ctrl-C ends everything.\n", flush=True)


def _busiest(house: House) -> str:
    """The page of the person of whom most is known."""
    statement = text(
        "SELECT m.person_id FROM matches m JOIN facts f ON f.org_id = m.org_id AND f.recipient_id = m.recipient_id "
        "GROUP BY m.person_id ORDER BY count(*) DESC, m.person_id LIMIT 1"
    )
    with house.database.read() as connection:
        found = connection.execute(statement).scalar()
    return f"{house.plan.salesforce_url}/lightning/r/{found}/view" if found else f"{house.plan.salesforce_url}/"


def _afresh(plan: Plan) -> str:
    if plan == USUAL:
        return "`make demo-fresh`"
    return "the same command with --fresh"


if __name__ == "__main__":
    sys.exit(main())

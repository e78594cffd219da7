"""`python -m sandbox.realmagnet`: make the account if the folder is empty, then serve it."""

import argparse
import contextlib
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from sandbox.realmagnet.account import DAY, Account, wall_now
from sandbox.realmagnet.app import create_app
from sandbox.realmagnet.bench_seed import BenchPlan, seed_bench
from sandbox.realmagnet.seed import Plan, seed_demo
from sandbox.realmagnet.server import make_http_server
from sandbox.realmagnet.wire import read_instant


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.realmagnet", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that keeps the account")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8002)
    parser.add_argument("--seed", type=int, default=1, help="another seed, other people")
    parser.add_argument("--start", default="", help="US Eastern instant the clock starts at; default: two days ago")
    parser.add_argument("--runs", action="store_true", help="let the clock run on from where it stands")
    parser.add_argument("--bench", type=int, default=0, metavar="N", help="about N activities instead of the demo")
    parser.add_argument("--recipients", type=int, default=50_000, help="with --bench: how many people")
    parser.add_argument("--messages", type=int, default=400, help="with --bench: how many messages")
    parser.add_argument(
        "--identifier", choices=("email", "custom_id"), default="email", help="what tells recipients apart"
    )
    parser.add_argument("--username", default="demo")
    parser.add_argument("--password", default="demo")
    return parser.parse_args()


def open_account(options: argparse.Namespace) -> Account:
    """A folder that holds an account is served as it is, whatever the options say."""
    account = Account(options.data)
    if account.exists:
        return account
    start = read_instant(options.start) if options.start else wall_now() - 2 * DAY
    plan = Plan(
        seed=options.seed,
        start=start,
        username=options.username,
        password=options.password,
        by_custom_id=options.identifier == "custom_id",
    )
    if options.bench:
        seed_bench(account, BenchPlan(plan, options.bench, options.recipients, options.messages))
    else:
        seed_demo(account, plan)
    return account


def main() -> None:
    options = arguments()
    account = open_account(options)
    if options.runs:
        account.set_clock(account.now(), running=True)
    server = make_http_server(create_app(account), options.host, options.port)

    def stop(_number: int, _frame: FrameType | None) -> None:
        """From a thread of its own: shutdown waits for the loop that this signal interrupted."""
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    sys.stdout.write(f"Real Magnet stand-in at http://{options.host}:{server.server_port}/ApiAdapter/Rest/\n")
    sys.stdout.flush()
    with contextlib.closing(server.socket):
        server.serve_forever()


if __name__ == "__main__":
    main()

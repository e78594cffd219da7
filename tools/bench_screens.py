"""`make bench`, the screens: what each costs over the ledger that a night of the benchmark left, against the budgets.

The screens are asked for in a process of its own, without a server around them: the figure is the CPU time of one
request, which does not move with what else the machine does.
"""

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from flask import Flask
from sqlalchemy import Connection, text

from connector import logs
from connector.model.rights import Area, Level
from connector.store import rights, users
from connector.store.database import Database
from connector.store.users import Identity
from tools.house import House
from tools.processes import ROOT

TIMES = 20
"""So often each screen is asked for, of another message or person each time."""
MILLISECONDS = 150.0
FREE_REPORT_MILLISECONDS = 2000.0
OK = 200
A_SECOND = 20
"""Requests that come in a second; together they may keep both cores busy, and not more."""
CORES = 2.0


FREE = (
    *("rows=message&columns=activity", "rows=link&columns=month", "rows=activity&columns=day", "rows=day&columns=none"),
    *("rows=owner&columns=group", "rows=person&columns=week", "rows=group&columns=month&count=people"),
    *(
        "rows=message&columns=group&count=people",
        "rows=link&columns=person&count=people",
        "rows=campaign&columns=group",
    ),
)
"""Questions of every kind; those about people have to look at every single activity."""


@dataclass(frozen=True)
class Screen:
    """A screen by its name, its addresses and words that it shows; a free report is one that somebody put together."""

    name: str
    addresses: Sequence[str]
    shows: str
    free: bool = False


@dataclass(frozen=True)
class Figure:
    """What a screen cost: CPU milliseconds of a request, on average and at the 95th percentile."""

    name: str
    mean: float
    p95: float
    free: bool


def measure_screens(house: House) -> list[Figure]:
    """Ask for every screen in a process of its own. Raises `RuntimeError` if one of them fails."""
    environ = {**os.environ, **house.environ, "LOG_LEVEL": "ERROR"}
    words = [sys.executable, "-m", "tools.bench_screens"]
    done = subprocess.run(words, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise RuntimeError("The screens could not be measured.")
    return [Figure(**row) for row in json.loads(done.stdout)]


def over_budget(found: Sequence[Figure]) -> Iterator[tuple[str, float, float]]:
    """Each figure with its budget: what, how much, how much it may be."""
    for figure in found:
        budget = FREE_REPORT_MILLISECONDS if figure.free else MILLISECONDS
        yield f"CPU milliseconds of {figure.name}", figure.p95, budget
    usual = [figure.mean for figure in found if not figure.free]
    yield f"cores that {A_SECOND} requests a second keep busy", A_SECOND * sum(usual) / len(usual) / 1000, CORES


def main() -> int:
    logs.configure("ERROR")
    from webapp import create_app

    app = create_app()
    database = Database(os.environ["DATABASE_URL"])
    token = _log_in(app, database)
    with database.read() as connection:
        screens = _screens(connection)
    json.dump([vars(_measure(app, token, screen)) for screen in screens], sys.stdout)
    return 0


def _log_in(app: Flask, database: Database) -> str:
    """A user with every right, and a token of a session of his."""
    from webapp import sessions
    from webapp.canvas.signed_request import CanvasContext

    with database.write() as connection:
        org_id = int(connection.execute(text("SELECT min(id) FROM orgs")).scalar_one())
        user_id = users.welcome(connection, org_id, Identity("005000000000001AAA", "Ada Example", "en_US", "UTC"))
        users.link(connection, user_id, "bench")
        rights.give(connection, user_id, dict.fromkeys(Area, Level.FULL))
    context = CanvasContext("", "", "", "en_US", "UTC", "", "", "none", {}, {})
    with app.test_request_context():
        return sessions.begin(context, user_id, "https://bench.my.salesforce.com")


def _screens(connection: Connection) -> list[Screen]:
    """Messages and people spread over all that there are."""
    messages = _some(connection, "SELECT id FROM messages ORDER BY id")
    people = _some(connection, "SELECT DISTINCT person_id FROM matches ORDER BY person_id")
    pairs = [(row[0], row[1]) for row in connection.execute(text(_PAIRS)).all()]
    return [
        Screen("Home", ["/home"], "Sync now"),
        Screen("Messages", ["/messages", "/messages?sort=opened_people", "/messages?q=0399"], "Bench message"),
        Screen("one message", [f"/messages/{number}" for number in messages], "Recipients"),
        Screen("a message's recipients", [f"/messages/{one}/recipients?did=opened" for one in messages], "Opened"),
        Screen("person panel", [f"/people/{person}" for person in people], "Bench message"),
        Screen("Why?", [f"/why?recipient={who}&message={message}" for who, message in pairs], "Received"),
        Screen("Manage Data", ["/manage-data"], "Clicked"),
        Screen("preview of a deletion", [f"/deletions/new?message={number}" for number in messages], "Together"),
        Screen("free reports", [f"/report?{query}&period=all" for query in FREE], "each number leads", free=True),
        Screen("free reports, once more", [f"/report?{query}&period=all" for query in FREE], "each number leads"),
        Screen("Activity Report", ["/report"], "each number leads"),
    ]


_PAIRS = "SELECT DISTINCT recipient_id, message_id FROM facts ORDER BY 1 DESC LIMIT 20"


def _some(connection: Connection, statement: str) -> list[str]:
    found = [str(value) for value in connection.execute(text(statement)).scalars()]
    return found[:: max(1, len(found) // TIMES)][:TIMES]


def _measure(app: Flask, token: str, screen: Screen) -> Figure:
    client = app.test_client(use_cookies=False)
    headers = {"Authorization": f"Bearer {token}", "HX-Request": "true"}

    def ask(address: str) -> float:
        began = time.process_time()
        answer = client.get(address, headers=headers)
        spent = time.process_time() - began
        if answer.status_code != OK or screen.shows not in answer.text:
            raise SystemExit(f"{address} was answered {answer.status_code} and shows no {screen.shows!r}.")
        return 1000 * spent

    if not screen.free:
        ask(screen.addresses[0])  # templates are read and statements prepared once in a process's life
    asked = screen.addresses if screen.free else islice(cycle(screen.addresses), TIMES)
    spent = sorted(ask(address) for address in asked)
    return Figure(screen.name, sum(spent) / len(spent), spent[math.ceil(0.95 * len(spent)) - 1], screen.free)


if __name__ == "__main__":
    sys.exit(main())

"""A small world with everything real in it, and the faults that a test may order there."""

import ast
import fcntl
import json
import shutil
import sqlite3
import time
import urllib.request
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from connector.model.runs import RunState
from tools.house import House, open_house, plan_on_free_ports
from tools.processes import ROOT, Launch, Process, wait_until

LEASE, TICK = 1.5, 0.3
QUICK = {"LEASE_SECONDS": str(LEASE), "TICK_SECONDS": str(TICK), "POLL_SECONDS": "0.2", "UPLOAD_GRACE_SECONDS": "1"}
BATCH_SECONDS = 0.3
"""How long Salesforce takes for a bulk job: long enough to be caught at it."""
LOCKED = 60
"""Rows that lose their lock at first: the second round is small and goes by collections."""
OBJECT = "Real_Magnet_Activity__c"
OWN = frozenset({"row", "Id", "Name", "CreatedDate", "LastModifiedDate", "SystemModstamp", "Run_Id__c"})
"""Columns in which a row may differ from its like in another run."""

Row = dict[str, Any]


def named_points(folder: str = "activity") -> list[str]:
    """Every point that the night names, or the work of another folder, read from its source: so that no new one is
    forgotten here."""
    found: set[str] = set()
    beside = {*("again", "at_once", "backfill", "delete_jobs", "deleting", "gap", "putting_back", "restoring")}
    beside |= {"updating", "index_phones", "prior"}  # what other runs do, or not every night
    for path in (one for one in (ROOT / "connector" / folder).rglob("*.py") if one.stem not in beside):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "reached":
                (name,) = node.args
                found.add(ast.literal_eval(name))
    return sorted(found)


@dataclass(frozen=True)
class Fault:
    """What a worker does when it comes to a point for the `count`th time; see `faulty_worker`."""

    point: str
    deed: str
    count: int = 1


@dataclass(frozen=True)
class World:
    """A prepared data folder, and what an undisturbed run over it leaves behind."""

    data: Path
    rows: list[Row]
    points: list[str]


@dataclass
class Scene:
    house: House
    faults: Path
    workers: list[Process] = field(default_factory=list[Process])

    def worker(self, fault: Fault | None = None) -> Process:
        """A worker that listens. One without a fault still keeps the tally."""
        environ = {**self.house.environ, "FAULT_FOLDER": str(self.faults)}
        if fault is not None:
            environ |= {"FAULT_POINT": fault.point, "FAULT_DEED": fault.deed, "FAULT_COUNT": str(fault.count)}
        name = f"worker-{len(self.workers) + 1}"
        started = self.house.processes.start(name, "tests.faults.faulty_worker", environ=environ)
        self.workers.append(started)
        wait_until("the worker to listen", lambda: started.said("Listening on"), started)
        return started

    def tick(self) -> Process:
        return self.house.processes.start("another-tick", "worker.tick", environ=self.house.environ)

    @property
    def ticks(self) -> list[Process]:
        return [process for process in self.house.processes.running if "tick" in process.name and process.alive]

    def told(self, what: str) -> list[tuple[int, float]]:
        """Process and instant, each time that a worker told so."""
        path = self.faults / what
        lines = path.read_text().splitlines() if path.exists() else []
        return [(int(pid), float(at)) for pid, at in (line.split() for line in lines)]

    def horses(self) -> list[psutil.Process]:
        """Whoever works at a run just now."""
        return [horse for worker in self.workers for horse in worker.horses()]

    def wait_for_strike(self, what: str = "struck") -> int:
        """The process id of the horse that the fault has just struck; it may be gone by now."""
        wait_until("the fault to strike", lambda: bool(self.told(what)), timeout=40)
        return self.told(what)[0][0]

    def let_go(self) -> None:
        """Of a worker that holds."""
        (self.faults / "let go").touch()

    def points(self) -> list[str]:
        """The points that any worker came to."""
        return sorted(path.name.removeprefix("reached ") for path in self.faults.glob("reached *"))

    def recovery(self) -> float:
        """Seconds from the strike to the next beginning."""
        (_, struck), *_ = self.told("struck")
        return next(at for _, at in self.told("begun") if at > struck) - struck

    def see_through(
        self, run_id: int, disturb: Callable[[], None] | None = None, timeout: float = 60
    ) -> Mapping[str, Any]:
        """Wait until the run is over; where no worker is left a new one comes, as on a platform."""
        deadline = time.monotonic() + timeout
        while not RunState((row := self.house.row(run_id))["state"]).over:
            assert time.monotonic() < deadline, (row, [worker.last_words() for worker in self.workers])
            if not any(worker.alive for worker in self.workers):
                self.worker()
            if disturb is not None:
                disturb()
            time.sleep(0.03)
        return row

    def wake(self, sleepers: Sequence[int]) -> None:
        """Let stopped horses go on, and wait until each has ended."""
        horses = [psutil.Process(pid) for pid in sleepers]
        for horse in horses:
            horse.resume()
        wait_until("the horses to end", lambda: not any(_at_work(horse) for horse in horses))

    def rows(self) -> list[Row]:
        """What stands in Salesforce, by external key, without what each run gives its own."""
        with closing(sqlite3.connect(self.house.plan.data / "salesforce" / "org.db")) as org:
            org.row_factory = sqlite3.Row
            found = org.execute(f"SELECT * FROM {OBJECT} WHERE IsDeleted = 0 ORDER BY External_Key__c").fetchall()  # noqa: S608  # our own constant name
        return [{name: row[name] for name in row.keys() if name not in OWN} for row in found]  # noqa: SIM118  # a sqlite3.Row

    def bulk_jobs(self) -> list[str]:
        """The states of the bulk jobs that Salesforce was given, oldest first."""
        with closing(sqlite3.connect(self.house.plan.data / "salesforce" / "org.db")) as org:
            statement = "SELECT state FROM sandbox_bulk_job WHERE job_type = 'V2Ingest' ORDER BY number"
            return [str(state) for (state,) in org.execute(statement)]

    def store(self) -> list[str]:
        """Everything in our database, as SQL."""
        with closing(sqlite3.connect(self.house.plan.data / "real-magnet.db")) as ours:
            return list(ours.iterdump())

    def org_runs(self) -> list[tuple[int, str]]:
        """Org and state of every run."""
        with closing(sqlite3.connect(self.house.plan.data / "real-magnet.db")) as ours:
            return list(ours.execute("SELECT org_id, state FROM runs ORDER BY org_id, id"))

    def salesforce_has(self, kind: str, **options: object) -> None:
        """A bad day at Salesforce."""
        send(f"{self.house.plan.salesforce_url}/_sandbox/switches", {"kind": kind, **options})

    def realmagnet_has(self, **switches: object) -> None:
        """Bad days at Real Magnet."""
        send(f"{self.house.plan.realmagnet_url}/_sandbox/switches", switches)

    def salesforce_spent(self) -> bool:
        """Whether every bad day there has struck as often as it should."""
        return not _asked(f"{self.house.plan.salesforce_url}/_sandbox/switches")["switches"]

    def realmagnet_spent(self) -> bool:
        """The same of Real Magnet's."""
        switches = _asked(f"{self.house.plan.realmagnet_url}/_sandbox/switches").values()
        return not any(rule["times"] for rules in switches if isinstance(rules, list) for rule in rules)

    def token_calls(self) -> int:
        """How often Salesforce was asked for a token."""
        return int(_asked(f"{self.house.plan.salesforce_url}/_sandbox/calls")["calls"]["POST /services/oauth2/token"])


def send(address: str, body: Mapping[str, object]) -> None:
    request = urllib.request.Request(address, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status in {200, 201}, answer.read()


def _asked(address: str) -> dict[str, Any]:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return json.load(answer)


@contextmanager
def open_scene(data: Path, folder: Path, launch: Launch) -> Generator[Scene]:
    """A scene over a copy of a prepared data folder; whatever happens, nothing of it goes on afterwards."""
    faults = folder / "faults"
    faults.mkdir(parents=True)
    shutil.copytree(data, folder / "house", ignore=shutil.ignore_patterns("redis", "logs", "work"))
    plan = plan_on_free_ports(folder / "house", web=False, workers=0, environ=QUICK)
    with closing(sqlite3.connect(folder / "house" / "real-magnet.db", isolation_level=None)) as ours:
        statement = "UPDATE salesforce_connections SET login_url = ?1, instance_url = ?1, access_token = ''"
        ours.execute(statement, (plan.salesforce_url,))
    with open_house(plan, lambda _words: None, launch) as house:
        try:
            yield Scene(house, faults)
        finally:
            for process in house.processes.running:  # nobody here waits for good-byes
                process.popen.kill()


def _at_work(horse: psutil.Process) -> bool:
    try:
        return horse.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def prepare(folder: Path, launch: Launch) -> World:
    """The world of all tests here, made once, whoever of several test processes comes first."""
    with (folder / "world.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        reference = folder / "reference.json"
        if not reference.exists():
            _seed(folder / "world", launch)
            reference.write_text(json.dumps(_undisturbed(folder, launch)))
        return World(folder / "world", **json.loads(reference.read_text()))


def _seed(data: Path, launch: Launch) -> None:
    plan = plan_on_free_ports(
        data,
        web=False,
        workers=0,
        environ=QUICK,
        realmagnet_arguments=("--bench", "2500", "--recipients", "300", "--messages", "4"),
        salesforce_arguments=("--contacts", "300", "--leads", "64"),
    )
    with open_house(plan, lambda _words: None, launch) as house:
        send(f"{house.plan.salesforce_url}/_sandbox/settings", {"bulk_seconds": BATCH_SECONDS})


def _undisturbed(folder: Path, launch: Launch) -> dict[str, Any]:
    with open_scene(folder / "world", folder / "undisturbed", launch) as scene:
        scene.salesforce_has("lock_storm", times=LOCKED)
        row = scene.see_through(scene.house.ask())
        assert (row["state"], row["closes"], row["interruptions"]) == (RunState.COMPLETED, 1, 0), row
        return {"rows": scene.rows(), "points": scene.points()}

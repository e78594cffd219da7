"""The whole product on one machine: embedded Redis, both stand-ins, web, workers and tick, with one org connected."""

import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import text

from connector import queues, settings
from connector.model.runs import RunState, Trigger
from connector.queues import Job
from connector.store import claims, runs
from connector.store.claims import Asked
from connector.store.database import Database
from tools.operating import Vendors, command, connect, invitation, private_file
from tools.processes import Launch, Processes, answers, free_port, launch, taken, wait_until
from tools.redis_server import RedisServer, embedded_redis

REALMAGNET_USER = "demo"
REALMAGNET_PASSWORD = "demo"
"""What the stand-in knows us by; it guards nothing."""


@dataclass(frozen=True)
class Plan:
    """Where everything lies. A stand-in keeps its data folder, so a second start goes on where the first one ended."""

    data: Path
    salesforce_port: int = 8001
    realmagnet_port: int = 8002
    web_port: int = 8000
    web: bool = True
    workers: int = 1
    environ: Mapping[str, str] = field(default_factory=dict[str, str])
    """Settings of ours that differ from the plan's."""
    realmagnet_arguments: tuple[str, ...] = ()
    salesforce_arguments: tuple[str, ...] = ()
    storage: str = "history"
    """Where a new organization keeps its activity: a choice of `real-magnet org create --storage`."""
    bare: bool = False
    """A fresh organization: nothing of ours is in it and nobody connected it, so that a person sets it up."""

    @property
    def salesforce_url(self) -> str:
        return f"http://localhost:{self.salesforce_port}"

    @property
    def realmagnet_url(self) -> str:
        return f"http://127.0.0.1:{self.realmagnet_port}"

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def ports(self) -> tuple[int, ...]:
        return (self.salesforce_port, self.realmagnet_port, *((self.web_port,) if self.web else ()))


def plan_on_free_ports(data: Path, **changes: Any) -> Plan:
    """A plan whose ports nobody uses just now."""
    return Plan(data, free_port(), free_port(), free_port(), **changes)


@dataclass(frozen=True)
class House:
    """Everything running. `ask` and `wait` do what a person in front of *Sync now* does."""

    plan: Plan
    environ: Mapping[str, str]
    database: Database
    redis: RedisServer
    processes: Processes

    @property
    def org_id(self) -> int:
        """The organization's number. Raises `LookupError` while nobody has set it up."""
        found = _connected(self.database, self.plan)
        if found is None:
            raise LookupError("No organization is connected yet.")
        return found

    def invite(self) -> str:
        """A set-up code, as an operator gets it."""
        return invitation(self.processes, self.environ)

    def ask(self) -> int:
        """*Sync now*; answers the run's id."""
        with self.database.write() as connection:
            claim = claims.claim(connection, self.org_id, Asked(Trigger.HAND))
        if claim.fresh:
            job_id = queues.run_job_id(claim.run_id, claim.attempt)
            queues.enqueue(queues.connect(self.redis.url), Job.NIGHT, claim.run_id, job_id=job_id)
        return claim.run_id

    def row(self, run_id: int) -> Mapping[str, Any]:
        """The run as it stands."""
        with self.database.read() as connection:
            found = runs.get(connection, run_id)
        if found is None:
            raise LookupError(f"There is no run {run_id}.")
        return {str(name): value for name, value in found.items()}

    def counts(self, run_id: int) -> dict[str, dict[str, int]]:
        """Activity group → outcome → count."""
        with self.database.read() as connection:
            return runs.counts(connection, run_id)

    def wait(self, run_id: int, show: Callable[[Mapping[str, Any]], None] | None = None, timeout: float = 1800) -> str:
        """Wait until the run is over or paused, showing its row as it goes; answers its state."""
        deadline = time.monotonic() + timeout
        while True:
            row = self.row(run_id)
            if show is not None:
                show(row)
            state = RunState(row["state"])
            if state.over or state == RunState.PAUSED:
                return state
            for process in self.processes.dead():
                raise RuntimeError(f"{process.name} ended:\n{process.last_words()}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"The run is still {state} after {timeout:g} s.")
            time.sleep(0.1)


@contextmanager
def open_house(plan: Plan, say: Callable[[str], None] = print, launch: Launch = launch) -> Generator[House]:
    """Start everything in order; whatever happens, end everything in reverse.

    Raises `RuntimeError`, fit to be read, when something does not start.
    """
    for port in plan.ports:
        if taken(port):
            raise RuntimeError(f"Port {port} is in use by another program: end that one first.")
    plan.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with embedded_redis(plan.data / "redis") as redis, Processes(plan.data / "logs", launch) as processes:
        environ = _environ(plan, redis.url)
        say("Starting the Salesforce and Real Magnet stand-ins …")
        _start_stand_ins(plan, processes)
        command(processes, environ, "migrate")
        database = Database(environ["DATABASE_URL"])
        try:
            if not plan.bare and _connected(database, plan) is None:
                vendors = Vendors(plan.salesforce_url, REALMAGNET_USER, REALMAGNET_PASSWORD)
                connect(vendors, plan.data, processes, environ, plan.storage)
            say("Starting web, worker and tick …" if plan.web else "Starting worker and tick …")
            _start_ours(plan, processes, environ)
            yield House(plan, environ, database, redis, processes)
        finally:
            database.dispose()


def _environ(plan: Plan, redis_url: str) -> dict[str, str]:
    keys = plan.data / "secret-keys"
    if not keys.exists():
        private_file(keys, Fernet.generate_key().decode())
    return {
        "DATABASE_URL": f"sqlite:///{plan.data.resolve()}/real-magnet.db",
        "REDIS_URL": redis_url,
        "SECRET_KEYS": keys.read_text().strip(),
        "PUBLIC_URL": plan.web_url,
        "REALMAGNET_URL": f"{plan.realmagnet_url}/ApiAdapter/Rest/",
        "WORK_DIR": str(plan.data.resolve() / "work"),
        "TICK_SECONDS": "2",
        "WATCH_SECONDS": "5",
        "POLL_SECONDS": "1",
        "SALESFORCE_HOSTS": ",".join((*settings.SALESFORCE_HOSTS, "localhost")),
        **plan.environ,
    }


def _start_stand_ins(plan: Plan, processes: Processes) -> None:
    realmagnet = processes.start(
        "realmagnet",
        "sandbox.realmagnet",
        *("--data", str(plan.data / "realmagnet"), "--port", str(plan.realmagnet_port)),
        *("--username", REALMAGNET_USER, "--password", REALMAGNET_PASSWORD),
        *plan.realmagnet_arguments,
    )
    salesforce = processes.start(
        "salesforce",
        "sandbox.salesforce",
        *("--data", str(plan.data / "salesforce"), "--port", str(plan.salesforce_port)),
        *("--app-url", plan.web_url),
        *(("--bare",) if plan.bare else ()),
        *plan.salesforce_arguments,
    )
    wait_until("Real Magnet to answer", lambda: answers(plan.realmagnet_url), realmagnet)
    wait_until("Salesforce to answer", lambda: answers(f"{plan.salesforce_url}/services/data/"), salesforce)


def _start_ours(plan: Plan, processes: Processes, environ: Mapping[str, str]) -> None:
    if plan.web:
        bind = f"127.0.0.1:{plan.web_port}"
        gunicorn = (sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--workers", "2", "--threads", "8")
        web = processes.run("web", [*gunicorn, "--no-control-socket", "--bind", bind, "webapp:create_app()"], environ)
        wait_until("the app to answer", lambda: answers(plan.web_url), web)
    for number in range(plan.workers):
        worker = processes.start(f"worker-{number + 1}", "worker", environ=environ)
        wait_until("the worker to listen", lambda: worker.said("Listening on"), worker)  # noqa: B023  # used at once
    if plan.web:  # a person who waits for a preview does not wait for a night
        processes.start("uploads", "worker", "--queues", "previews", "uploads", environ=environ)
    processes.start("tick", "worker.tick", environ=environ)
    if plan.web:  # who only works through a night has nobody to tell
        processes.start("watch", "worker.watch", environ=environ)


def _connected(database: Database, plan: Plan) -> int | None:
    """The organization that is connected to this Salesforce: not the one of an earlier start, on another port."""
    statement = text("SELECT id FROM orgs JOIN salesforce_connections ON org_id = id WHERE instance_url = :url")
    with database.read() as connection:
        found = connection.execute(statement, {"url": plan.salesforce_url}).scalar()
    return None if found is None else int(found)

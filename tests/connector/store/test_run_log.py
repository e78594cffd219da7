"""Old runs go with all that belongs to them, a few at a time; what something still needs stays, however old."""

from typing import Any

import pytest
from sqlalchemy import text

from connector import clock
from connector.model.runs import RunKind, RunState, Trigger
from connector.store import run_log, runs
from connector.store.database import Database, new_id
from connector.store.run_log import DAY, Wanted

OLD, NEW = 500, 10
COMPLETED, FAILED = RunState.COMPLETED, RunState.FAILED


def ran(database: Database, org_id: int, days: int = OLD, **values: Any) -> int:
    at = clock.milliseconds(clock.now()) - days * DAY
    whole = {"kind": RunKind.WRITE, "trigger": Trigger.SCHEDULE, "state": COMPLETED} | values
    with database.write() as connection:
        made = runs.runs.insert().values(org_id=org_id, queued_at=at, started_at=at, ended_at=at, **whole)
        run_id = new_id(connection.execute(made))
        runs.set_counts(connection, run_id, [("Sent", "Written", 3)])
    return run_id


def left(database: Database) -> list[int]:
    with database.read() as connection:
        return [int(number) for number in connection.execute(text("SELECT id FROM runs ORDER BY id")).scalars()]


def sql(database: Database, statement: str, **values: Any) -> Any:
    with database.write() as connection:
        result = connection.execute(text(statement), values)
        return result.scalar() if result.returns_rows else None


@pytest.fixture
def database(sqlite_url: str) -> Any:
    found = Database(sqlite_url)
    yield found
    found.dispose()


def test_old_runs_go_with_all_that_belongs_to_them_and_new_ones_stay(database: Database, org_id: int) -> None:
    old, new = ran(database, org_id), ran(database, org_id, NEW)
    for run_id in (old, new):
        sql(
            database,
            "INSERT INTO reconciliations (run_id, message_id, activity_group, facts, placed, live, unmatched, held, "
            "filtered, expected, salesforce, closes) VALUES (:run, 0, 'Sent', 1, 1, 0, 0, 0, 0, 1, 1, 1)",
            run=run_id,
        )
    assert run_log.forget_old(database, 400) == 1
    assert left(database) == [new]
    for table in ("run_counts", "reconciliations"):
        assert sql(database, f"SELECT count(*) FROM {table}") == 1  # noqa: S608  # our own words
    assert run_log.forget_old(database, 400) == 0


def test_a_few_go_at_a_time_and_0_days_keep_every_run(database: Database, org_id: int) -> None:
    made = [ran(database, org_id) for _ in range(5)]
    assert run_log.forget_old(database, 0) == 0
    assert run_log.forget_old(database, 400, 3) == 3
    assert left(database) == made[3:]
    assert run_log.forget_old(database, 400, 3) == 1, "the last one of its kind stays"
    assert left(database) == made[4:]


NEEDED: list[tuple[str, dict[str, Any], str]] = [
    ("under way", {"state": RunState.PAUSED}, ""),
    ("held", {"state": RunState.HELD, "subject_id": 2}, ""),
    (
        "rows on their way",
        {},
        "INSERT INTO bulk_jobs (org_id, run_id, object, operation, state, created_at) VALUES (1, :run, '', '', '', 1)",
    ),
    ("people still shown", {"kind": RunKind.UPLOAD}, "INSERT INTO audience (run_id, place) VALUES (:run, 1)"),
    (
        "a group left half filled",
        {"kind": RunKind.UPLOAD, "state": FAILED},
        "INSERT INTO upload_chunks (run_id, number, first_place, last_place, rows) VALUES (:run, 1, 1, 1, 1)",
    ),
]


@pytest.mark.parametrize(("_why", "values", "statement"), NEEDED, ids=[why for why, *_ in NEEDED])
def test_a_run_that_something_needs_stays_however_old(
    database: Database, org_id: int, _why: str, values: dict[str, Any], statement: str
) -> None:
    needed = ran(database, org_id, **values)
    later = ran(database, org_id, NEW, **(values | {"state": COMPLETED}))
    if statement:
        sql(database, statement, run=needed)
    run_log.forget_old(database, 400)
    assert left(database) == [needed, later]


def test_the_last_of_each_deletion_and_upload_job_and_the_last_whole_night_stay(
    database: Database, org_id: int
) -> None:
    night = ran(database, org_id, kind=RunKind.ACTIVITY)
    deletions = [ran(database, org_id, kind=RunKind.DELETION, subject_id=n) for n in (1, 1, 2)]
    uploads = [ran(database, org_id, kind=RunKind.UPLOAD, subject_id=n) for n in (1, 1, 2)]
    ran(database, org_id, kind=RunKind.UPDATE, subject_id=1)
    failed = ran(database, org_id, kind=RunKind.ACTIVITY, state=FAILED)
    run_log.forget_old(database, 400)
    assert left(database) == [night, *deletions[1:], *uploads[1:], failed]


def test_runs_are_listed_by_kind_and_days_newest_first(database: Database, org_id: int) -> None:
    old, new = ran(database, org_id), ran(database, org_id, NEW)
    night = ran(database, org_id, NEW, kind=RunKind.ACTIVITY)
    since = clock.milliseconds(clock.now()) - 400 * DAY
    with database.read() as connection:
        found = [
            [int(row["id"]) for row in run_log.listed(connection, wanted, 2**31 - 1, 10)]
            for wanted in (
                Wanted(org_id, ["write", "activity"]),
                Wanted(org_id, ["write"], from_at=since),
                Wanted(org_id, ["write"], before_at=since),
                Wanted(org_id + 1, ["write"]),
            )
        ]
    assert found == [[night, new, old], [new], [old], []]

"""What rows of an audience have in common is found by sets, on either database, in pieces and without reading twice."""

from collections.abc import Iterator, Sequence
from random import Random

import pytest
from sqlalchemy import event, text

from connector.model.audience import Reason
from connector.model.runs import RunState, Trigger, preview_of, upload_of
from connector.store import attempts, audience_counts, audiences, claims
from connector.store.audiences import AudienceRow
from connector.store.database import Database

JOB = 1


def row(place: int, identity: str, reason: str = "", *, out: bool = False, address: str = "") -> AudienceRow:
    return AudienceRow(place, "", "Ωμέγα 😀", address or identity, identity, reason, "", "line", out)


@pytest.fixture
def run_id(database: Database, org_id: int) -> int:
    return begin(database, org_id)


def begin(database: Database, org_id: int) -> int:
    with database.write() as connection:
        return claims.claim(connection, org_id, claims.Asked(Trigger.RUN_NOW), upload_of(JOB, 7)).run_id


def end(database: Database, run_id: int, state: RunState = RunState.COMPLETED) -> None:
    with database.write() as connection:
        attempts.begin(connection, run_id)
        attempts.end(connection, run_id, state)


def put(database: Database, run_id: int, rows: Sequence[AudienceRow]) -> None:
    with database.write() as connection:
        assert audiences.add(connection, run_id, rows) == len(rows)


def reasons(database: Database, run_id: int) -> list[str]:
    """Each row's reason, in order."""
    with database.read() as connection:
        statement = text("SELECT reason FROM audience WHERE run_id = :run ORDER BY place")
        return list(connection.execute(statement, {"run": run_id}).scalars())


def take_out(database: Database, run_id: int, size: int, count: int) -> None:
    for step in (audiences.take_out_duplicates, audiences.take_out_opted_out):
        for first in range(1, count + 1, size):
            with database.write() as connection:
                step(connection, run_id, range(first, first + size))


def slowly(rows: Sequence[AudienceRow]) -> list[str]:
    """The same by looking at every row beside every other."""
    out = {who.identity for who in rows if who.opted_out} | {who.address.lower() for who in rows if who.opted_out}
    seen: set[str] = set()
    found: list[str] = []
    for who in rows:
        reason = who.reason or (Reason.DUPLICATE if who.identity in seen else "")
        if not reason:
            seen.add(who.identity)
            if who.opted_out or who.identity in out or who.address.lower() in out:
                reason = Reason.OPTED_OUT
        found.append(str(reason))
    return found


@pytest.mark.parametrize("size", [1, 3, 1_000])
def test_duplicates_and_consent_are_those_a_slow_look_finds(database: Database, run_id: int, size: int) -> None:
    dice = Random(size)
    rows = [
        row(
            place,
            f"m-{dice.randrange(30)}",
            dice.choice(["", "", "", Reason.INVALID]),
            out=dice.random() < 0.08,
            address=f"{dice.choice('Aa')}{dice.randrange(40)}@example.org",
        )
        for place in range(1, 101)
    ]
    put(database, run_id, rows)
    take_out(database, run_id, size, len(rows))
    assert reasons(database, run_id) == slowly(rows)
    assert {Reason.DUPLICATE, Reason.OPTED_OUT, Reason.INVALID, ""} == set(slowly(rows))


def test_other_runs_take_nobody_out(database: Database, org_id: int, run_id: int) -> None:
    put(database, run_id, [row(1, "a@example.org", out=True)])
    end(database, run_id)
    other = begin(database, org_id)
    put(database, other, [row(1, "a@example.org")])
    take_out(database, other, 10, 1)
    assert reasons(database, other) == [""]


def test_who_joined_and_who_left_is_told_by_identity(database: Database, org_id: int, run_id: int) -> None:
    put(database, run_id, [row(1, "a"), row(2, "b"), row(3, "c", Reason.OPTED_OUT)])
    end(database, run_id)
    other = begin(database, org_id)
    put(database, other, [row(1, "b"), row(2, "c"), row(3, "d"), row(4, "a", Reason.DELETED)])
    with database.read() as connection:
        assert audiences.moved(connection, other, run_id) == audiences.Moved(run_id, joined=2, left=1, had=2)


def test_an_audience_is_kept_once_its_numbers_are_and_an_empty_one_too(database: Database, run_id: int) -> None:
    with database.write() as connection:
        assert not audience_counts.kept(connection, run_id)
        audience_counts.keep_audience(connection, run_id, audiences.counts(connection, run_id), None)
        assert audience_counts.kept(connection, run_id)
        assert audience_counts.audience(connection, run_id).rows == 0


def test_old_rows_go_in_pieces_and_unfinished_runs_keep_theirs(
    database: Database, org_id: int, run_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audiences, "CHUNK", 2)
    put(database, run_id, [row(place, "a") for place in (3, 4, 5, 9, 10)])
    end(database, run_id)
    with database.write() as connection:
        preview = claims.claim(connection, org_id, claims.Asked(Trigger.RUN_NOW), preview_of(JOB)).run_id
    put(database, preview, [row(1, "a")])
    newest = begin(database, org_id)
    put(database, newest, [row(1, "a")])
    end(database, newest)
    gone: list[int] = []
    while not gone or gone[-1]:
        with database.write() as connection:
            gone.append(audiences.forget_older(connection, org_id, JOB, [newest]))
    assert (sum(gone), max(gone)) == (5, 2)
    with database.read() as connection:
        assert [audiences.counts(connection, run).rows for run in (run_id, preview, newest)] == [0, 1, 1]


# -- how they are found ----------------------------------------------------------------------------------------


@pytest.fixture
def asked(sqlite_url: str) -> Iterator[tuple[Database, list[tuple[str, object]]]]:
    database, found = Database(sqlite_url), list[tuple[str, object]]()
    event.listen(
        database.engine, "before_cursor_execute", lambda _c, _u, said, values, *_more: found.append((said, values))
    )
    yield database, found
    database.dispose()


def test_sqlite_looks_everybody_up_by_identity_though_it_knows_no_statistics(
    asked: tuple[Database, list[tuple[str, object]]],
) -> None:
    """Without it each row would be compared with every other: an hour for 200,000."""
    database, said = asked
    with database.write() as connection:
        audiences.take_out_duplicates(connection, 1)
        audiences.take_out_opted_out(connection, 1)
        audiences.moved(connection, 1, 2)
    plans: list[str] = []
    with database.engine.connect() as connection:
        for statement, values in [item for item in said if "identity" in item[0]]:
            found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            plans += [str(line[3]) for line in found]
    inner = [plan for plan in plans if "first" in plan or plan.startswith(("SEARCH b", "SEARCH o"))]
    assert len(inner) == 5
    assert all("INDEX ix_audience_identity" in plan or "INDEX ix_audience_opted_out" in plan for plan in inner)

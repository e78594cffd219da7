"""The people behind a number, and the tickets by which their list leaves the house, on either database."""

from collections.abc import Sequence

import pytest

from connector import clock
from connector.model.audience import LOST_AT, Reason, Step, waterfall
from connector.model.runs import Trigger, upload_of
from connector.model.uploads import JobState
from connector.store import (
    audience_counts,
    audience_people,
    audiences,
    claims,
    tickets,
    upload_jobs,
    upload_runs,
    users,
)
from connector.store.audience_people import Move, Number, Wanted
from connector.store.audiences import AudienceRow, Moved
from connector.store.claims import Asked
from connector.store.database import Database
from connector.store.tickets import Ticket
from connector.store.users import Identity

LOST = [Reason.NO_ADDRESS, Reason.NOBODY, Reason.DUPLICATE, Reason.OPTED_OUT, Reason.OPTED_OUT]


@pytest.fixture
def run_id(database: Database, org_id: int) -> int:
    with database.write() as connection:
        job_id = upload_jobs.create_draft(connection, org_id, None)
        return claims.claim(connection, org_id, Asked(Trigger.RUN_NOW), upload_of(job_id, 4)).run_id


def read(database: Database, run_id: int, mailable: Sequence[str], moved: Moved | None = None) -> None:
    reasons = [(name, "") for name in mailable] + [(f"lost{n}", str(reason)) for n, reason in enumerate(LOST)]
    found = [AudienceRow(n, "", who, who, who, why, "", "") for n, (who, why) in enumerate(reasons, 1)]
    with database.write() as connection:
        audiences.add(connection, run_id, found)
        audience_counts.keep_audience(connection, run_id, audiences.counts(connection, run_id), moved)


def names(database: Database, wanted: Wanted, **limits: int) -> list[str]:
    with database.read() as connection:
        return [str(row["name"]) for row in audience_people.people(connection, wanted, **limits)]


def test_each_number_has_as_many_people_as_it_says(database: Database, run_id: int) -> None:
    read(database, run_id, ["a", "b", "c"])
    with database.read() as connection:
        counts = audiences.counts(connection, run_id)
        numbers: dict[Number, int] = {**dict(waterfall(counts.rows, counts.lost)), **dict.fromkeys(Reason, 0)}
        numbers |= {Reason(reason): number for reason, number in counts.lost.items()}
        assert {number: audience_people.count(connection, run_id, number) for number in numbers} == numbers
    assert {number: len(names(database, Wanted(run_id, number))) for number in numbers} == numbers
    assert set(LOST_AT) | {Step.ROWS} == set(Step)


def test_the_people_of_a_number_come_in_pages(database: Database, run_id: int) -> None:
    read(database, run_id, ["a", "b", "c"])
    wanted = Wanted(run_id, Step.MAILABLE)
    assert names(database, wanted, after=1, limit=1) == ["b"]
    assert names(database, wanted, after=3) == []


def test_who_joined_and_left_is_told_by_identity(database: Database, org_id: int, run_id: int) -> None:
    read(database, run_id, ["a", "b"])
    with database.write() as connection:
        later = claims.claim(connection, org_id, Asked(Trigger.RUN_NOW), upload_of(999, 4)).run_id
    read(database, later, ["b", "c", "d"], Moved(run_id, 2, 1, 2))
    with database.read() as connection:
        before = audience_people.before_run(connection, later)
        assert audience_people.count(connection, later, Move.JOINED) == 2
        assert audience_people.count(connection, later, Move.LEFT) == 1
    assert names(database, Wanted(later, Move.JOINED, before)) == ["c", "d"]
    assert names(database, Wanted(later, Move.LEFT, before)) == ["a"]


def test_the_newest_run_of_each_job_is_found_and_deleted_jobs_keep_their_names(
    database: Database, org_id: int, run_id: int
) -> None:
    with database.write() as connection:
        job_id = upload_jobs.create_draft(connection, org_id, None)
        upload_jobs.enter(connection, job_id, "Spring", {}, None)
        claims.request_cancel(connection, run_id)
        newest = claims.claim(connection, org_id, Asked(Trigger.RUN_NOW), upload_of(job_id, 4)).run_id
        upload_jobs.set_state(connection, job_id, JobState.DELETED)
        assert upload_runs.latest(connection, org_id)[job_id]["id"] == newest
        assert upload_runs.job_names(connection, org_id, [job_id, 12345]) == {job_id: "Spring"}
        assert upload_runs.job_names(connection, org_id, []) == {}
        assert upload_runs.job_names(connection, org_id + 1, [job_id]) == {}
        assert [row["id"] for row in upload_runs.of_job(connection, org_id, job_id)] == [newest]
        assert dict(upload_runs.chunk_numbers(connection, newest)) == {"chunks": 0, "begun": 0, "done": 0}


def test_a_ticket_is_used_up_and_runs_out(database: Database, org_id: int, run_id: int) -> None:
    with database.write() as connection:
        user_id = users.welcome(connection, org_id, Identity("005", "Ada", "en_US", "UTC"))
        ticket = Ticket(org_id, user_id, run_id, "mailable")
        name = tickets.issue(connection, ticket)
        assert tickets.use(connection, name) == ticket
        assert tickets.use(connection, name) is None
        late = tickets.issue(connection, ticket)
        past = clock.milliseconds(clock.now()) - 1
        connection.execute(tickets.tickets.update().values(expires_at=past))
        assert tickets.use(connection, late) is None
        assert tickets.use(connection, "nonsense") is None

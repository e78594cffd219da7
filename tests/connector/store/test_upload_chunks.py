"""An audience is cut into uploads, sent, compared with its group and forgotten: the statements, on either database."""

import pytest
from sqlalchemy import text

from connector.model.groups import GroupSize, UploadStatus
from connector.model.runs import Trigger, upload_of
from connector.store import (
    audience_counts,
    audiences,
    claims,
    memberships,
    upload_chunks,
    upload_runs,
    upload_terms,
    uploads_under_way,
)
from connector.store.audiences import AudienceRow
from connector.store.database import Database
from connector.store.memberships import membership
from connector.store.upload_chunks import Chunk, ChunkState
from connector.store.uploads_under_way import Sent

BEFORE = GroupSize(5, 0, 0, None)


def person(place: int, reason: str = "") -> AudienceRow:
    address = f"p{place}@example.org"
    return AudienceRow(place, "", f"P {place}", address, address, reason, "", "" if reason else f"line {place}")


@pytest.fixture
def run_id(database: Database, org_id: int) -> int:
    """Seven rows, two of them not mailable, in uploads of two."""
    with database.write() as connection:
        run = claims.claim(connection, org_id, claims.Asked(Trigger.RUN_NOW), upload_of(1, 7)).run_id
        rows = [person(place, "duplicate" if place in {2, 5} else "") for place in range(1, 8)]
        audiences.add(connection, run, rows)
        audience_counts.keep_audience(connection, run, audiences.counts(connection, run), None)
        while upload_chunks.cut_next(connection, run, 2, replaces=True):
            pass
    return run


def opened(database: Database, run_id: int) -> Chunk:
    with database.read() as connection:
        found = upload_chunks.next_open(connection, run_id)
    assert found is not None
    return found


def sent(database: Database, run_id: int) -> Sent:
    with database.read() as connection:
        return uploads_under_way.sent(connection, run_id)


def finish(database: Database, run_id: int, status: UploadStatus) -> None:
    with database.write() as connection:
        chunk = opened(database, run_id)
        upload_chunks.ask(connection, chunk, BEFORE)
        upload_chunks.take(connection, chunk, 1)
        upload_chunks.finish(connection, chunk, status)


def test_every_mailable_row_is_in_one_upload_in_the_order_of_the_source(database: Database, run_id: int) -> None:
    found: list[tuple[bool, str]] = []
    for _ in range(3):
        chunk = opened(database, run_id)
        with database.read() as connection:
            found.append((chunk.replaces, upload_chunks.data(connection, chunk)))
        finish(database, run_id, UploadStatus(done=True, good=chunk.rows, added=chunk.rows))
    assert found == [(True, "line 1\nline 3"), (False, "line 4\nline 6"), (False, "line 7")]
    assert sent(database, run_id) == Sent(rows=5, done=5, good=5, added=5, begun=3)


def test_nothing_is_cut_anew_once_missing_rows_were_sent_again(database: Database, run_id: int) -> None:
    with database.write() as connection:
        upload_chunks.cut_again(connection, run_id, [1])
        assert not upload_chunks.cut_next(connection, run_id, 2, replaces=True)
        assert len(upload_runs.chunks(connection, run_id)) == 4


def test_an_upload_stands_where_it_was_left(database: Database, run_id: int) -> None:
    with database.write() as connection:
        upload_chunks.ask(connection, opened(database, run_id), BEFORE)
    chunk = opened(database, run_id)
    assert (chunk.state, chunk.group_members, chunk.asked_at is None) == (ChunkState.ASKED, 5, False)
    assert not chunk.changed(BEFORE)
    assert chunk.changed(GroupSize(2, 0, 0, None))
    assert not chunk.changed(GroupSize(6, 0, 0, None)), "it holds more than two rows can leave there"
    assert sent(database, run_id).under_way == 2
    with database.write() as connection:
        upload_chunks.turn(connection, chunk, ChunkState.WAITING)
    assert opened(database, run_id).asked_at is None


def test_who_is_missing_in_the_group_is_sent_again_and_then_refused(database: Database, run_id: int) -> None:
    for _ in range(3):
        finish(database, run_id, UploadStatus(done=True, good=1))
    with membership(database) as members:
        members.add(f"p{place}@example.org" for place in (1, 4, 6))
        members.add(["stranger@example.org"])
        assert members.strangers(run_id) == 1
        assert members.missing(run_id, extra=False, after=0, limit=1) == [3]
        assert members.missing(run_id, extra=False, after=3, limit=5) == [7]
        with database.write() as connection:
            upload_chunks.cut_again(connection, run_id, [3, 7])
        assert members.missing(run_id, extra=False, after=0, limit=5) == []
        assert members.missing(run_id, extra=True, after=0, limit=5) == [3, 7]
    with database.write() as connection:
        assert upload_chunks.data(connection, opened(database, run_id)) == "line 3\nline 7"
        memberships.refuse(connection, run_id, [7], "no")
        assert memberships.refused(connection, run_id) == 1
    assert sent(database, run_id).good == 3


def test_refused_people_are_there_for_another_run_page_by_page(database: Database, org_id: int, run_id: int) -> None:
    with database.write() as connection:
        memberships.refuse(connection, run_id, [3, 7], "no")
        again = claims.claim(connection, org_id, claims.Asked(Trigger.RETRY, about_run=run_id), upload_of(2, 7)).run_id
        for after, expected in ((0, [(3, "P 3")]), (3, [(7, "P 7")]), (7, [])):
            found = memberships.refused_people(connection, run_id, after, 1)
            assert [(row["place"], row["name"]) for row in found] == expected
        assert upload_terms.of(connection, again).about_run == run_id
        memberships.forgive(connection, run_id)
        assert memberships.refused(connection, run_id) == 0


def test_the_books_say_what_else_there_is_to_say(database: Database, run_id: int) -> None:
    def note() -> str:
        with database.read() as connection:
            statement = text("SELECT note FROM runs WHERE id = :run")
            return str(connection.execute(statement, {"run": run_id}).scalar_one())

    for words, said in (("", ""), ("First.", "First."), ("Then.", "First. Then.")):
        with database.write() as connection:
            upload_terms.close(connection, run_id, closes=not words, words=words)
        assert note() == said
    with database.read() as connection:
        assert upload_terms.of(connection, run_id).closes is False
        assert memberships.distinct(connection, run_id) == 5

"""A group is being refreshed, partly filled or fresh, by the runs that touched it."""

from typing import Any

import pytest

from connector import clock
from connector.model.audience import Source, SourceKind
from connector.model.groups import GroupSize
from connector.model.runs import RunState, Trigger, upload_of
from connector.model.uploads import Definition, How, Target
from connector.store import attempts, audiences, claims, upload_chunks, upload_terms
from connector.store.audiences import AudienceRow
from connector.store.database import Database
from connector.store.group_states import GroupState, states
from connector.store.upload_chunks import ChunkState

GROUP = 7


class Runs:
    """Runs of upload jobs into one group, one after the other."""

    def __init__(self, database: Database, org_id: int) -> None:
        self.database = database
        self.org_id = org_id

    def run(self, state: RunState, *, job: int = 1, **had: Any) -> int:
        """A run that came to this state; `begun`: Real Magnet may have some of it, `replaces`: it replaced members."""
        with self.database.write() as connection:
            asked = claims.Asked(had.get("trigger", Trigger.RUN_NOW))
            run_id = claims.claim(connection, self.org_id, asked, upload_of(job, GROUP)).run_id
            audiences.add(connection, run_id, [AudienceRow(1, "", "", "a@example.org", "a@example.org", "", "", "x")])
            upload_chunks.cut_next(connection, run_id, 10, replaces=had.get("replaces", False))
            if had.get("begun", True):
                chunk = upload_chunks.next_open(connection, run_id)
                assert chunk is not None
                upload_chunks.ask(connection, chunk, GroupSize(0, 0, 0, None))
                upload_chunks.turn(connection, chunk, had.get("chunk", ChunkState.DONE))
            attempts.begin(connection, run_id)
            if state.over:
                attempts.end(connection, run_id, state)
        return run_id

    @property
    def state(self) -> GroupState:
        with self.database.read() as connection:
            return states(connection, self.org_id)[GROUP]


@pytest.fixture
def runs(database: Database, org_id: int, monkeypatch: pytest.MonkeyPatch) -> Runs:
    monkeypatch.setattr(clock, "now", lambda: clock.from_milliseconds(1_773_331_200_000))
    return Runs(database, org_id)


def test_it_is_fresh_since_the_last_run_that_went_through(runs: Runs) -> None:
    runs.run(RunState.COMPLETED)
    assert runs.state == GroupState(fresh_since=1_773_331_200_000)
    assert runs.state.usable


def test_it_is_refreshing_while_a_run_is_under_way(runs: Runs) -> None:
    runs.run(RunState.COMPLETED_WITH_ERRORS)
    run_id = runs.run(RunState.RUNNING, begun=False)
    assert runs.state == GroupState(refreshing=run_id, fresh_since=1_773_331_200_000)
    assert not runs.state.usable


@pytest.mark.parametrize("state", [RunState.CANCELLED, RunState.FAILED])
@pytest.mark.parametrize("chunk", [ChunkState.ASKED, ChunkState.TAKEN, ChunkState.DONE, ChunkState.LOST])
def test_it_is_partly_filled_by_a_run_that_broke_off(runs: Runs, state: RunState, chunk: ChunkState) -> None:
    run_id = runs.run(state, chunk=chunk)
    assert runs.state == GroupState(partly_filled=run_id)


@pytest.mark.parametrize("state", [RunState.CANCELLED, RunState.FAILED, RunState.HELD])
@pytest.mark.parametrize("chunk", [ChunkState.DONE, ChunkState.REFUSED])
def test_a_run_that_was_begun_anew_leaves_it_partly_filled_if_real_magnet_had_anything(
    runs: Runs, state: RunState, chunk: ChunkState
) -> None:
    run_id = runs.run(RunState.RUNNING, chunk=chunk)
    definition = Definition(Source(SourceKind.CAMPAIGN), Target(GROUP, "Members", How.ADD), (), ())
    with runs.database.write() as connection:
        for _beginning in range(2):
            upload_terms.keep(connection, run_id, definition)
        audiences.clear(connection, run_id)
        if state is RunState.HELD:
            attempts.hold(connection, run_id, "", "")
        else:
            attempts.end(connection, run_id, state)
    with runs.database.read() as connection:
        found = states(connection, runs.org_id).get(GROUP, GroupState())
    assert found == GroupState(partly_filled=run_id if chunk is ChunkState.DONE else None)


@pytest.mark.parametrize("chunk", [ChunkState.WAITING, ChunkState.REFUSED])
def test_a_run_that_broke_off_before_real_magnet_took_anything_leaves_it_as_it_was(
    runs: Runs, chunk: ChunkState
) -> None:
    runs.run(RunState.COMPLETED)
    runs.run(RunState.FAILED, chunk=chunk)
    assert runs.state == GroupState(fresh_since=1_773_331_200_000)


def test_the_same_job_mends_it(runs: Runs) -> None:
    runs.run(RunState.CANCELLED)
    runs.run(RunState.COMPLETED)
    assert runs.state.usable


def test_another_job_mends_it_only_by_replacing_everybody(runs: Runs) -> None:
    run_id = runs.run(RunState.CANCELLED, job=1)
    runs.run(RunState.COMPLETED, job=2)
    assert runs.state.partly_filled == run_id
    runs.run(RunState.COMPLETED, job=2, replaces=True)
    assert runs.state.usable


def test_rejected_rows_tried_again_neither_fill_nor_mend_it(runs: Runs) -> None:
    run_id = runs.run(RunState.CANCELLED)
    runs.run(RunState.COMPLETED, trigger=Trigger.RETRY, replaces=True)
    assert runs.state == GroupState(partly_filled=run_id)

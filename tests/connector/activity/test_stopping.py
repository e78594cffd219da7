"""A night that stops anywhere, for whatever reason, goes on from there: the same rows, none twice."""

import pytest
import requests

from connector.errors import Cancelled, LeaseLost, LimitReached
from connector.model.runs import RunState
from connector.store import claims
from tests.connector.activity.crowd import furnish
from tests.connector.activity.world import World

BEFORE_WRITING = ("people indexed", "message collected", "matched", "decided")
ON_THE_WAY = (
    "row set committed",
    "bulk job created",
    "bulk job committed",
    "uploaded",
    "upload complete",
    "successes settled",
    "bulk job settled",
)
LAST = "reconciled"


class CrashedError(BaseException):
    """As if the process had been killed: nothing in the product may catch it."""


class At:
    """Does something the nth time that a point is reached."""

    def __init__(self, point: str, deed: object, *, after: int = 0) -> None:
        self.point, self.deed, self.left = point, deed, after
        self.reached = False

    def __call__(self, point: str) -> None:
        if point != self.point or self.reached:
            return
        if self.left:
            self.left -= 1
            return
        self.reached = True
        if isinstance(self.deed, type) and issubclass(self.deed, BaseException):
            raise self.deed
        assert callable(self.deed)
        self.deed()


def open_bulk_jobs(world: World) -> int:
    with world.org.database.reading() as connection:
        statement = "SELECT count(*) FROM sandbox_bulk_job WHERE state NOT IN ('JobComplete', 'Aborted', 'Failed')"
        return int(connection.execute(statement).fetchone()[0])


def as_if_undisturbed(world: World, run_id: int) -> None:
    expected = world.naive()
    done = world.done(run_id)
    assert world.standing() == expected.by_group()
    assert done.closes
    assert open_bulk_jobs(world) == 0
    assert world.sql("SELECT count(*) FROM bulk_jobs WHERE org_id = :org AND settled_at IS NULL") == [(0,)]
    assert world.sql("SELECT count(*) FROM placements WHERE org_id = :org AND state <> 'written'") == [(0,)]


class TestACrash:
    @pytest.mark.parametrize("point", [*BEFORE_WRITING, *ON_THE_WAY, LAST])
    def test_anywhere_the_run_goes_on_and_ends_as_if_nothing_had_been(self, world: World, point: str) -> None:
        furnish(world)
        run_id, crash = world.begin(), At(point, CrashedError, after=int(point == "message collected"))
        with pytest.raises(CrashedError):
            world.work(run_id, crash)
        assert world.work(run_id)
        as_if_undisturbed(world, run_id)
        assert world.done(run_id).of("Written") == world.naive().by_group()

    def test_between_salesforces_answer_to_collections_and_our_note_of_it(self, world: World) -> None:
        furnish(world, size=20)
        run_id, crash = world.begin(), At("collections answered", CrashedError)
        with pytest.raises(CrashedError):
            world.work(run_id, crash)
        assert world.work(run_id)
        as_if_undisturbed(world, run_id)

    def test_at_every_point_one_after_the_other(self, world: World) -> None:
        furnish(world)
        run_id = world.begin()
        for point in (*BEFORE_WRITING, *ON_THE_WAY, LAST):
            crash = At(point, CrashedError)
            try:
                world.work(run_id, crash)
            except CrashedError:
                assert crash.reached
        assert world.work(run_id)
        as_if_undisturbed(world, run_id)

    def test_with_more_news_before_the_run_goes_on(self, world: World) -> None:
        furnish(world)
        run_id = world.begin()
        with pytest.raises(CrashedError):
            world.work(run_id, At("upload complete", CrashedError))
        world.later(20)
        world.work(run_id)
        world.end(run_id, RunState.COMPLETED)
        assert world.night().closes
        assert world.standing() == world.naive().by_group()

    def test_what_was_collected_is_not_asked_for_again(self, world: World) -> None:
        furnish(world)
        run_id = world.begin()
        with pytest.raises(CrashedError):
            world.work(run_id, At("matched", CrashedError))
        requests.delete(f"{world.realmagnet_url}/_sandbox/calls", timeout=5)
        world.work(run_id)
        calls = requests.get(f"{world.realmagnet_url}/_sandbox/calls", timeout=5).json()["calls"]
        of_the_account = {"GetUnsubscribes", "GetSubscribers", "GetSuppressedRecipients"}
        assert set(calls) <= {"Authenticate", "GetMessageList"} | of_the_account


class TestACancel:
    @pytest.mark.parametrize("point", [*BEFORE_WRITING, *ON_THE_WAY])
    def test_is_heard_in_every_phase_and_the_next_run_goes_on(
        self, world: World, point: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("connector.work.REPORT_EVERY", 0.0)
        furnish(world)
        run_id = world.begin()

        def cancel() -> None:
            with world.services.database.write() as connection:
                assert claims.request_cancel(connection, run_id)

        with pytest.raises(Cancelled):
            world.work(run_id, At(point, cancel))
        world.end(run_id, RunState.CANCELLED)
        done = world.night()
        as_if_undisturbed(world, done.run_id)


class TestALimit:
    def test_of_calls_stops_the_run_and_its_reset_lets_it_go_on(self, world: World) -> None:
        furnish(world)
        run_id = world.begin()
        world.switches.set("request_limit", path="jobs/ingest", times=None)
        with pytest.raises(LimitReached):
            world.work(run_id)
        assert world.rows() == []
        world.switches.clear()
        assert world.work(run_id)
        as_if_undisturbed(world, run_id)


class TestALostLease:
    @pytest.mark.parametrize("point", ["people indexed", "decided", "row set committed", "uploaded"])
    def test_the_late_worker_changes_nothing_more(self, world: World, point: str) -> None:
        furnish(world)
        run_id = world.begin()
        seen: list[object] = []

        def take_over() -> None:
            world.sql("UPDATE leases SET fence = fence + 1, owner = 'another' WHERE org_id = :org")
            seen.append(state(world))

        with pytest.raises(LeaseLost):
            world.work(run_id, At(point, take_over))
        assert state(world) == seen[0]
        assert world.rows() == []
        world.sql("UPDATE leases SET expires_at = 0 WHERE org_id = :org")
        assert world.work(run_id)
        as_if_undisturbed(world, run_id)


def state(world: World) -> list[object]:
    return [
        world.sql("SELECT count(*), max(changed_run) FROM facts WHERE org_id = :org"),
        world.sql("SELECT state, count(*) FROM placements WHERE org_id = :org GROUP BY state ORDER BY state"),
        world.sql("SELECT state, count(*) FROM bulk_jobs WHERE org_id = :org GROUP BY state ORDER BY state"),
        world.sql("SELECT subject, value FROM watermarks WHERE org_id = :org ORDER BY subject"),
    ]

"""Each kind of trouble is told once when it begins and once when it is over, by mail and by webhook alike."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import RowMapping

from connector import clock
from connector.errors import LimitReached
from connector.model.notices import Wants
from connector.model.runs import ACTIVITY, WRITE, RunState, Subject, Trigger, again_of, deletion_of, gap_of, upload_of
from connector.notices import deliver
from connector.store import attempts, claims, notice_book, notice_deliveries, notice_hearts, notice_settings, schedule
from connector.store.claims import Asked
from connector.store.notice_settings import Chosen
from tests.connector.notices.conftest import Place

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def later(**span: float) -> int:
    return clock.milliseconds(clock.now() + timedelta(**span))


def run(place: Place, state: RunState, subject: Subject = ACTIVITY) -> int:
    """One run that has just come to this state; a held or paused one goes on."""
    with place.database.write() as connection:
        found = claims.claim(connection, place.org, Asked(Trigger.HAND), subject)
        connection.exec_driver_sql("UPDATE runs SET state = 'Queued' WHERE state = 'Held'")
        attempts.begin(connection, found.run_id)
        if state is RunState.HELD:
            attempts.hold(connection, found.run_id, "Half of the group would go.", "")
        elif state is RunState.PAUSED:
            attempts.put_off(connection, found.run_id, state, 3600, LimitReached("No calls are left."))
        elif state.over:
            attempts.end(connection, found.run_id, state, reason="It said why." if state is RunState.FAILED else "")
    return found.run_id


def ends(state: RunState, subject: Subject = ACTIVITY) -> Callable[[Place], object]:
    return lambda place: run(place, state, subject)


def night(minutes: float) -> Callable[[Place], object]:
    """A night whose time comes in so many minutes."""

    def set_it(place: Place) -> None:
        with place.database.write() as connection:
            schedule.plan(connection, place.org, enabled=True, local_time="02:00", zone="UTC")
        place.run("UPDATE nights SET next_run_at = :at WHERE org_id = :org", at=later(minutes=minutes), org=place.org)

    return set_it


def tick(minutes: float) -> Callable[[Place], object]:
    def beat(place: Place) -> None:
        place.run("DELETE FROM heartbeats WHERE name = 'tick'")
        place.run("INSERT INTO heartbeats VALUES ('tick', :at)", at=later(minutes=minutes))

    return beat


def salesforce(reason: str) -> Callable[[Place], object]:
    def note(place: Place) -> None:
        place.run("DELETE FROM salesforce_connections")
        place.run(
            "INSERT INTO salesforce_connections (org_id, kind, login_url, instance_url, secrets, refused) "
            "VALUES (:org, 'jwt', '', '', '', :why)",
            org=place.org,
            why=reason,
        )

    return note


def went_through(hours: float) -> Callable[[Place], object]:
    def note(place: Place) -> None:
        run(place, RunState.COMPLETED)
        place.run("UPDATE runs SET started_at = :at", at=later(hours=-hours))
        night(60)(place)

    return note


def nobody_works(place: Place) -> None:
    number = run(place, RunState.RUNNING)
    place.run("UPDATE runs SET state = 'Queued', enqueued_at = :at WHERE id = :id", at=later(minutes=-16), id=number)


UPLOAD = upload_of(7, 41)

TROUBLES = {
    "failed": (ends(RunState.FAILED), "The nightly activity failed", ends(RunState.COMPLETED)),
    "failed upload": (ends(RunState.FAILED, UPLOAD), "Upload job 7 failed", ends(RunState.COMPLETED, UPLOAD)),
    "partial": (
        ends(RunState.COMPLETED_WITH_ERRORS),
        "The nightly activity completed with errors",
        ends(RunState.COMPLETED),
    ),
    "partial, then written": (
        ends(RunState.COMPLETED_WITH_ERRORS),
        "The nightly activity completed with errors",
        ends(RunState.COMPLETED, WRITE),
    ),
    "partial, then filled": (
        ends(RunState.COMPLETED_WITH_ERRORS),
        "The nightly activity completed with errors",
        ends(RunState.COMPLETED, gap_of(3)),
    ),
    "run again in part, then the night": (
        ends(RunState.COMPLETED_WITH_ERRORS, again_of(4)),
        "Running again completed with errors",
        ends(RunState.COMPLETED),
    ),
    "held": (ends(RunState.HELD, UPLOAD), "Upload job 7 waits for a decision", ends(RunState.COMPLETED, UPLOAD)),
    "paused": (ends(RunState.PAUSED), "The nightly activity paused", ends(RunState.COMPLETED)),
    "missed": (night(-6), "The nightly activity did not run", night(60)),
    "no worker": (nobody_works, "The nightly activity did not run", ends(RunState.COMPLETED)),
    "tick": (tick(-6), "Nothing begins by itself: the schedule stands still", tick(0)),
    "credentials": (salesforce("Bad key."), "Salesforce no longer accepts the connection", salesforce("")),
    "freshness": (went_through(27), "Activity in Salesforce is older than 26 hours", went_through(0)),
}


@pytest.mark.parametrize("kind", TROUBLES)
def test_a_trouble_and_its_end_are_told_once(kind: str, place: Place) -> None:
    begin, words, end = TROUBLES[kind]
    place.round()
    assert place.told() == []
    begin(place)
    place.round()
    assert place.told() == [words]
    (notice,) = open_ones(place)
    assert notice["advice"]
    begin(place)
    place.round()
    place.round()
    assert place.told() == []
    end(place)
    place.round()
    assert place.told() == [f"Over: {words}"]
    place.round()
    assert place.told() == []
    assert not open_ones(place)
    begin(place)
    place.round()
    assert place.told() == [words]


def goes_on(place: Place, time: time_machine.Traveller, **span: float) -> None:
    """Time goes on, and the tick with it."""
    time.shift(timedelta(**span))
    tick(0)(place)


def open_ones(place: Place) -> Sequence[RowMapping]:
    with place.database.read() as connection:
        return notice_book.open_ones(connection, place.org)


def test_a_tick_that_stops_is_told_of_within_ten_minutes(place: Place) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        tick(0)(place)
        heard: list[int] = []
        for minute in range(1, 11):
            time.shift(60)
            place.round()
            heard += [minute for _ in place.told()]
    assert heard == [6]


def test_a_tick_that_never_began_is_told_of_too(place: Place) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        place.round()
        time.shift(6 * 60)
        place.round()
    assert place.told() == ["Nothing begins by itself: the schedule stands still"]


def test_what_failed_and_was_mended_between_two_looks_is_told_with_its_end(place: Place) -> None:
    place.round()
    run(place, RunState.FAILED)
    run(place, RunState.COMPLETED)
    place.round()
    assert place.told() == ["The nightly activity failed", "Over: The nightly activity failed"]


def test_a_paused_run_that_looks_again_every_hour_is_told_of_once(place: Place) -> None:
    for state in (RunState.PAUSED, RunState.RUNNING, RunState.PAUSED, RunState.RUNNING):
        run(place, state)
        place.round()
    assert place.told() == ["The nightly activity paused"]


def test_a_run_that_somebody_cancelled_is_no_news(place: Place) -> None:
    run(place, RunState.PAUSED)
    place.round()
    run(place, RunState.CANCELLED)
    place.round()
    assert place.told() == ["The nightly activity paused"]
    assert not open_ones(place)


def test_two_watches_at_once_tell_once(place: Place) -> None:
    for state in (RunState.FAILED, RunState.COMPLETED):
        run(place, state)
        run(place, state, UPLOAD)
        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(place.look) for _ in range(4)]:
                done.result()
        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(deliver.deliver_due, place.out) for _ in range(4)]:
                done.result()
    words = ["The nightly activity failed", "Upload job 7 failed"]
    assert sorted(place.box.subjects) == sorted([*words, *(f"Over: {one}" for one in words)])


def test_a_watch_that_dies_between_sending_and_noting_tells_once_more_and_no_more(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        run(place, RunState.FAILED)
        with monkeypatch.context() as broken:
            broken.setattr(notice_deliveries, "sent", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                place.round()
        goes_on(place, time, minutes=1)
        place.round()
        assert len(place.box.mails) == 1
        assert len(place.hook.posts) == 1
        goes_on(place, time, seconds=notice_deliveries.TAKEN)
        place.round()
        goes_on(place, time, hours=1)
        place.round()
    first, second = place.box.mails
    assert first["Message-ID"] == second["Message-ID"]


@pytest.mark.parametrize(
    ("wants", "told"),
    [
        (Wants.NEVER, []),
        (Wants.ERRORS, ["The nightly activity failed", "Over: The nightly activity failed"]),
        (
            Wants.ALWAYS,
            ["The nightly activity failed", "Over: The nightly activity failed", "The nightly activity completed"],
        ),
    ],
)
def test_an_address_hears_what_it_wants(wants: Wants, told: list[str], place: Place) -> None:
    place.want(wants)
    for state in (RunState.FAILED, RunState.COMPLETED, RunState.RUNNING):
        run(place, state)
        place.round()
    assert place.told() == told


def test_what_never_comes_again_is_over_once_it_is_seen(place: Place) -> None:
    run(place, RunState.FAILED, deletion_of(3))
    run(place, RunState.FAILED, UPLOAD)
    place.round()
    with place.database.write() as connection:
        for notice in notice_book.open_ones(connection, place.org):
            assert notice_book.see(connection, place.org, notice["id"])
            assert not notice_book.see(connection, place.org + 1, notice["id"])
    assert [notice["about"] for notice in open_ones(place)] == ["upload 7"]
    with place.database.read() as connection:
        assert notice_book.unseen(connection, place.org) == []


def test_the_daily_report_comes_at_its_local_time_once_and_says_when_nothing_failed(place: Place) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        with place.database.write() as connection:
            schedule.plan(connection, place.org, enabled=False, local_time="02:00", zone="America/New_York")
            notice_settings.choose(connection, place.org, Chosen(report=True, report_time="08:30"))
        place.round()
        assert place.told() == []
        goes_on(place, time, minutes=31)  # 08:31 in New York, where the clocks have changed two days ago
        place.round()
        place.round()
        assert place.told() == ["Failure report: no run failed"]
        run(place, RunState.FAILED)
        number = run(place, RunState.COMPLETED_WITH_ERRORS, UPLOAD)
        place.run("INSERT INTO run_counts VALUES (:run, 'Sent', 'Unmatched', 12)", run=number)
        place.round()
        place.told()
        goes_on(place, time, hours=23.9)
        place.round()
        assert "Failure report: 2 runs failed or had errors" not in place.told()
        goes_on(place, time, hours=0.2)
        run(place, RunState.FAILED, deletion_of(3))
        place.round()
    report = next(mail for mail in place.box.mails if "report" in mail["Subject"]).get_content()
    assert "- The nightly activity" not in report  # more than 24 hours ago
    assert "- Deletion 3 (run 3): Failed. It said why." in report


def test_a_heart_is_heard_however_often_it_beats(place: Place) -> None:
    with place.database.write() as connection:
        for _ in range(2):
            notice_hearts.beat(connection, notice_hearts.TICK)
        assert notice_hearts.silent(connection) == {}

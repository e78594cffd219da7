"""Collecting over a vendor whose pages move, go missing, or do not tell all of today yet."""

import pytest

from sandbox.realmagnet import tracking
from sandbox.realmagnet.account import DAY, HOUR, SECOND
from sandbox.realmagnet.kinds import Kind
from tests.connector.activity.crowd import furnish
from tests.connector.activity.world import MINUTE, World


@pytest.fixture(autouse=True)
def _short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten rows a page: every report of a small world has several."""
    monkeypatch.setattr("connector.realmagnet.gateway.PAGE", 10)


def send_to_many(world: World, count: int = 35) -> int:
    message = world.message("Newsletter, first issue")
    for number in range(count):
        email = f"person{number}@example.org"
        world.person(email)
        who = world.recipient(email)
        world.send(message, who, world.now - 5 * HOUR + number * SECOND)
        world.open(message, who, world.now - 4 * HOUR + number * SECOND)
    return message


def open_lines(world: World, run_id: int) -> list[tuple[int, str]]:
    """Message and group of every line that the run's books leave open; message 0 sums a group up."""
    found = world.sql(
        "SELECT message_id, activity_group FROM reconciliations WHERE run_id = :run AND NOT closes ORDER BY 1, 2",
        run=run_id,
    )
    return [(int(message), str(group)) for message, group in found]


class TestMovingPages:
    def test_events_that_come_between_two_pages_are_neither_lost_nor_doubled(self, world: World) -> None:
        send_to_many(world)
        world.bad_day(shift={"events": 3, "times": 2})
        done = world.night()
        assert world.standing() == world.naive().by_group()
        assert world.standing().total() > 70
        assert done.closes

    def test_a_report_that_never_holds_still_leaves_the_books_open_until_it_does(self, world: World) -> None:
        message = send_to_many(world)
        world.bad_day(shift={"events": 1, "times": -1})
        done = world.night()
        assert not done.closes
        assert open_lines(world, done.run_id) == [(0, "Opened"), (0, "Sent"), (message, "Opened"), (message, "Sent")]
        world.good_day()
        assert world.night().closes
        assert world.standing() == world.naive().by_group()


class TestAMissingPage:
    @pytest.mark.parametrize(("report", "group"), [("email_sent", "Sent"), ("email_opened", "Opened")])
    def test_it_keeps_the_books_open_and_they_name_message_and_kind(
        self, world: World, report: str, group: str
    ) -> None:
        message = send_to_many(world)
        world.bad_day(drop_page={"page": 2, "report": report, "times": -1})
        done = world.night()
        assert not done.closes
        assert not done.clean
        assert open_lines(world, done.run_id) == [(0, group), (message, group)]
        assert world.standing()[group] == 25

    @pytest.mark.parametrize("report", ["email_sent", "email_opened"])
    def test_the_next_night_fetches_it(self, world: World, report: str) -> None:
        send_to_many(world)
        world.bad_day(drop_page={"page": 2, "report": report, "times": -1})
        world.night()
        world.good_day()
        done = world.night()
        assert sum(done.of("Written").values()) == 10
        assert done.closes
        assert world.standing() == world.naive().by_group()

    def test_sends_without_an_outcome_are_fetched_too_though_no_probe_tells_of_them(self, world: World) -> None:
        message = world.message(hours_ago=24 * 9)
        for number in range(15):
            world.person(f"person{number}@example.org")
            who = world.recipient(f"person{number}@example.org")
            world.send(message, who, world.now - 9 * DAY + number * SECOND, status=8)
        world.bad_day(drop_page={"page": 2, "report": "email_sent", "times": -1})
        assert not world.night().closes
        world.good_day()
        assert world.night().closes
        assert world.standing() == {"Sent": 15}

    def test_a_page_that_is_missing_only_once_is_simply_asked_for_again(self, world: World) -> None:
        send_to_many(world)
        world.bad_day(drop_page={"page": 2, "report": "email_sent"})
        assert world.night().closes
        assert world.standing() == world.naive().by_group()

    def test_leavings_that_were_not_read_whole_are_asked_about_until_they_are(self, world: World) -> None:
        message = world.message(hours_ago=24 * 5)
        for number in range(15):
            world.person(f"person{number}@example.org")
            world.event(message, Kind.UNSUBSCRIBED, world.recipient(f"person{number}@example.org"), world.now - number)
        world.bad_day(drop_page={"page": 2, "report": "unsubscribed", "times": -1})
        done = world.night()
        assert open_lines(world, done.run_id) == [(0, "Unsubscribed"), (message, "Unsubscribed")]
        world.later(24 * 4)
        assert not world.night().closes
        world.good_day()
        assert world.night().closes
        assert world.standing() == {"Unsubscribed": 15}


class TestToday:
    def test_what_today_does_not_tell_yet_comes_when_it_is_over(self, world: World) -> None:
        send_to_many(world)
        world.bad_day(today_incomplete=True)
        world.night()
        told = world.standing().total()
        assert 0 < told < world.naive().by_group().total()
        world.later(14)
        assert world.night().closes
        assert world.standing() == world.naive().by_group()

    def test_an_open_without_a_known_send_finds_its_person(self, world: World) -> None:
        person = world.person("ada@example.org")
        world.open(world.message(), world.recipient("ada@example.org"), world.now - HOUR)
        world.night()
        assert [row["Contact__c"] for row in world.rows()] == [person]


class TestLongAfter:
    def test_an_open_three_weeks_late_is_found(self, world: World) -> None:
        message = send_to_many(world, 3)
        world.night()
        world.later(24 * 21)
        who = world.recipient("late@example.org")
        world.person("late@example.org")
        world.open(message, who, world.now - MINUTE)
        assert world.night().of("Written") == {"Opened": 1}

    def test_a_message_that_is_old_when_we_first_meet_it_is_read_whole(self, world: World) -> None:
        message, who = world.message(hours_ago=24 * 60), world.recipient("ada@example.org")
        world.person("ada@example.org")
        world.send(message, who, world.now - 60 * DAY)
        world.open(message, who, world.now - 20 * DAY)
        assert world.night().of("Written") == {"Sent": 1, "Opened": 1}

    def test_clicks_of_many_pages_are_read_whole_even_two_in_one_instant(self, world: World) -> None:
        message = world.message(urls=("https://example.org/a", "https://example.org/b"))
        world.person("ada@example.org")
        who = world.recipient("ada@example.org")
        for number in range(33):
            world.click(message, who, world.now - HOUR + number // 2 * SECOND, number % 5 // 4)
        done = world.night()
        assert done.of("Written") == {"Clicked": 33}
        assert done.closes
        assert {row["Link_URL__c"] for row in world.rows()} == {"https://example.org/a", "https://example.org/b"}


class TestOddAnswers:
    @pytest.mark.parametrize(("spelled", "label"), [("numbers", "9"), ("names", "Quarantined")])
    def test_a_status_nobody_has_heard_of_is_kept_and_written_as_it_came(
        self, world: World, monkeypatch: pytest.MonkeyPatch, spelled: str, label: str
    ) -> None:
        from enum import IntEnum

        odd = IntEnum("Odd", {"Quarantined": 9})
        monkeypatch.setattr(tracking, "_EMAIL_STATUSES", (*tracking._EMAIL_STATUSES, odd(9)))
        world.person("ada@example.org")
        message, who = world.message(), world.recipient("ada@example.org")
        world.event(message, Kind.EMAIL_SENT, who, world.now - HOUR, status=9)
        world.bad_day(statuses_as=spelled)
        assert world.night().closes
        assert [(row["Activity_Group__c"], row["Activity__c"]) for row in world.rows()] == [("Sent", label)]

    def test_a_session_that_dies_in_mid_reading_changes_nothing(self, world: World) -> None:
        furnish(world)
        world.bad_day(expire=[{"op": "GetDetailed", "after": 5}, {"op": "GetDetailed", "after": 9}, {"op": "Execute"}])
        done = world.night()
        assert done.closes
        assert done.of("Written") == world.naive().by_group()

    def test_cut_and_half_answers_change_nothing(self, world: World) -> None:
        furnish(world)
        world.bad_day(
            cut={"after_bytes": 900, "op": "GetDetailed", "after": 3, "times": 2},
            half_body={"op": "ExecuteReport", "times": 1},
        )
        done = world.night()
        assert done.closes
        assert done.of("Written") == world.naive().by_group()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


class TestLongTexts:
    def test_what_is_longer_than_our_columns_stops_no_night(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        person = world.person("ada@example.org")
        detail = tracking._detail
        monkeypatch.setattr(tracking, "_detail", lambda call, row: {**detail(call, row), "Remarks": "r" * 3000})
        message = world.message("N" * 400, urls=("https://example.org/" + "u" * 2500,))
        world.send(message, world.recipient("ada@example.org", "c" * 200), world.now - HOUR)
        world.send(message, world.recipient("e" * 400 + "@example.org", person), world.now - HOUR)
        world.click(message, world.recipient("x@example.org", person), world.now - HOUR)
        assert world.night().closes
        assert world.standing() == {"Sent": 2, "Clicked": 1}

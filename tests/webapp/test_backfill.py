"""Back-fill: its price comes first, a person starts it or gives it up, and a range that is none says why."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from connector import clock
from connector.model.runs import RunKind
from connector.store import attempts, runs
from tests.webapp.conftest import House
from webapp.backfill import words


def held(house: House) -> int:
    """The worker has counted: the run waits with its price."""
    run_id = house.outside.claims[-1].run_id
    with house.database.write() as connection:
        attempts.begin(connection, run_id)
        runs.set_counts(connection, run_id, [("Sent", "Would be written", 1234)])
        attempts.hold(connection, run_id, "3 messages: up to 1,234 new rows.", "Start it, or cancel it.")
    return run_id


def test_the_price_comes_first_and_a_person_starts_it(house: House) -> None:
    frame = house.linked().go("/backfill")
    day = words.today() - timedelta(days=400)
    for _ in range(2):
        frame.submit("/backfill", first=day.isoformat(), last=(day + timedelta(days=30)).isoformat())
    assert [claim.kind for claim in house.outside.claims] == [RunKind.BACKFILL]
    run_id = held(house)
    page = frame.go("/backfill/status").page
    assert "up to 1,234 new rows" in page.text
    assert "Sent1,234" in page.text
    assert frame.submit("/backfill/start", run=run_id).status == 200
    assert [(claim.run_id, claim.attempt) for claim in house.outside.claims] == [(run_id, 1), (run_id, 2)]
    assert "Waiting for a worker to begin" in frame.page.text


def test_one_that_costs_too_much_is_given_up(house: House) -> None:
    frame = house.linked()
    frame.submit("/backfill", first=words.today().isoformat(), last=words.today().isoformat())
    run_id = held(house)
    page = frame.submit("/backfill/cancel", run=run_id).page
    assert "nothing was read" in page.text
    assert page.find("#backfill-cost"), "another range may be asked about"
    with house.database.read() as connection:
        assert connection.execute(text("SELECT state FROM runs")).scalar() == "Cancelled"


@pytest.mark.parametrize(
    ("first", "last", "problem"),
    [
        (10, 20, "The last day lies before the first one."),
        (800, 20, "reaches back two years"),
        (10, -2, "still to come"),
        (None, 3, "Enter the first day"),
    ],
)
def test_a_range_that_is_none_says_why_and_keeps_what_was_entered(
    house: House, first: int | None, last: int, problem: str
) -> None:
    entered = {"first": "31.1." if first is None else str(words.today() - timedelta(days=first))}
    frame = house.linked().submit("/backfill", **entered, last=str(words.today() - timedelta(days=last)))
    assert frame.status == 422
    assert problem in frame.page.text
    assert frame.page.find("#first")[0].attributes["value"] == entered["first"]
    assert house.outside.claims == []


@pytest.mark.parametrize(
    ("first", "last", "locale", "read"),
    [
        ("2026-01-01", "2026-04-01", "en_GB", "1 Jan to 31 Mar 2026"),
        ("2025-12-31", "2026-02-01", "en_US", "Dec 31, 2025 to Jan 31, 2026"),
        ("2026-03-08", "2026-03-09", "de_DE", "8 Mar 2026"),
    ],
)
def test_a_range_reads_short(first: str, last: str, locale: str, read: str) -> None:
    begin, end = (datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=clock.EASTERN) for day in (first, last))
    assert words.days(clock.milliseconds(begin), clock.milliseconds(end), locale) == read

"""Budgets shows what is used, saves what can be understood, says in words what cannot, and shows before it deletes."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector import clock
from connector.errors import CallsUsedUp
from connector.model.budgets import Budget, Use, calls_left, storage_left
from connector.model.rights import Area, Level
from connector.model.runs import RunState, Trigger
from connector.salesforce.transport import usage_of
from connector.store import attempts, audit, budget_retention, budgets, rights, runs
from tests.webapp.conftest import House
from webapp.budgets import curve, form

CEILINGS = {
    "calls_percent": "70",
    "calls_most": "5,000",
    "consent_calls": "300",
    "storage_percent": "90",
    "storage_most_mb": "",
}


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.sampled_from(["", "per-app-api-usage=17/250(appName=x); "]))
def test_the_header_of_an_answer_tells_what_is_used_of_what(used: int, allowed: int, before: str) -> None:
    told = {"Sforce-Limit-Info": f"{before}api-usage={used}/{allowed}; per-app-api-usage=9/9(appName=y)"}
    assert usage_of(told) == (used, allowed)


@given(st.text(max_size=40))
def test_any_other_header_says_nothing_and_breaks_nothing(words: str) -> None:
    assert usage_of({"Sforce-Limit-Info": words}) is None or "api-usage=" in words
    assert usage_of({}) is None


@given(st.builds(Budget, st.integers(1, 100), st.none() | st.integers(0, 9999), st.integers(0, 9999)), st.data())
def test_no_ceiling_is_ever_passed_by_what_is_left_under_it(budget: Budget, data: st.DataObject) -> None:
    use = Use(*(data.draw(st.integers(0, 20_000)) for _ in range(3)))
    left = calls_left(budget, use)
    assert left == 0 or use.used + left <= min(use.allowed * budget.calls_percent // 100, use.allowed)
    assert left == 0 or budget.calls_most is None or use.ours + left <= budget.calls_most
    assert left == 0 or use.used + left + budget.consent_calls <= use.allowed
    assert calls_left(budget, use, consent=True) >= left
    assert storage_left(budget, use) <= max(0, use.allowed - use.used)


def test_the_ceilings_are_saved_with_who_changed_what_and_runs_that_wait_look_again(house: House) -> None:
    with house.database.write() as connection:
        run_id = runs.create(connection, house.org_id, Trigger.HAND)
        attempts.begin(connection, run_id)
        attempts.put_off(connection, run_id, RunState.PAUSED, 3600, CallsUsedUp("Full.", advice="Wait."))
    frame = house.linked()
    for address in ("/home", "/runs", f"/runs/{run_id}"):
        assert "Paused \N{EN DASH} API budget" in frame.go(address).page.text
    frame.submit("/budgets", **CEILINGS)
    assert frame.status == 200
    with house.database.read() as connection:
        assert [found.run_id for found in attempts.waiting(connection, timedelta())] == [run_id]
    assert "The ceilings are saved." in frame.page.text
    with house.database.read() as connection:
        assert budgets.budget(connection, house.org_id) == Budget(70, 5000, 300, 90, None)
        entry = next(e for e in audit.entries(connection, house.org_id) if e["action"] == "Changed Budgets")
    assert '"calls_percent": 80' in entry["before"]
    assert '"calls_percent": 70' in entry["after"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("calls_percent", ""),
        ("calls_percent", "101"),
        ("calls_most", "twelve"),
        ("consent_calls", "-1"),
        ("storage_percent", "0"),
        ("storage_most_mb", "1.5"),
    ],
)
def test_a_mistake_is_told_beside_its_field_and_nothing_is_lost_or_saved(house: House, name: str, value: str) -> None:
    frame = house.linked().submit("/budgets", **{**CEILINGS, name: value})
    assert frame.status == 422
    assert form.CEILINGS[name].words in frame.page.text
    values = {e.attributes.get("name"): e.attributes.get("value") for e in frame.page.find("input")}
    assert {**CEILINGS, name: value}.items() <= values.items()
    with house.database.read() as connection:
        assert budgets.budget(connection, house.org_id) == Budget()


def test_the_gauge_says_what_salesforce_said_and_home_has_one_line_of_it(house: House) -> None:
    with house.database.write() as connection:
        budgets.note_allowance(connection, house.org_id, (12_345, 15_000), (100, 10_240))
        budgets.count_calls(connection, house.org_id, {"bulk": 11, "query": 4, "token": 2})
        budgets.count_calls(connection, house.org_id, {"bulk": 9})
    frame = house.linked()
    text = frame.go("/budgets").page.text
    assert "12,345 of 15,000" in text
    assert "We stop at 12,000: runs that need Salesforce wait" in text
    assert "Ours: 24." in text  # logging in is no call of the allowance
    assert "Rows in bulk: 20" in text
    assert "100 of 10,240 MB" in text
    assert "12,345 of 15,000 API calls used in 24 hours" in frame.go("/home").page.text
    assert "No row of ours stands in Salesforce yet." in frame.go("/budgets/storage").page.text


def test_what_would_be_deleted_is_shown_before_it_is_saved(house: House) -> None:
    frame = house.linked()
    shown = frame.go("/budgets/keep?keep+Sent=365").page.text
    assert "Nothing in Salesforce is older now." in shown
    assert "Sent: Enter a whole number from 1 to 3,650" in frame.go("/budgets/keep?keep+Sent=soon").page.text
    assert frame.submit("/budgets/keep", **{"keep Sent": "soon"}).status == 422
    frame.submit("/budgets/keep", **{"keep Sent": "365", "keep Opened": ""})
    with house.database.read() as connection:
        assert budget_retention.days(connection, house.org_id) == {"Sent": 365}
        assert [due.org_id for due in budget_retention.due(connection)] == [house.org_id]


def test_rows_are_kept_for_a_time_only_by_whoever_may_delete(house: House) -> None:
    frame = house.linked()
    with house.database.write() as connection:
        rights.give(connection, 1, {area: Level.FULL if area is Area.SETTINGS else Level.NONE for area in Area})
    assert "takes the rights Settings: Full and Deletion: Full" in frame.go("/budgets/keep?keep+Sent=1").page.text
    assert frame.submit("/budgets/keep", **{"keep Sent": "1"}).status == 403
    with house.database.read() as connection:
        assert budget_retention.days(connection, house.org_id) == {}


def test_the_curve_has_every_call_of_the_last_day_once() -> None:
    now = clock.milliseconds(clock.now())
    hour = now // budgets.HOUR
    found = curve.of({(hour, "bulk"): 3, (hour - 23, "query"): 5, (hour - 1, "something new"): 1}, now)
    assert found is not None
    assert sum(row[2] for row in found.rows) == found.total == 9
    assert next((line.label, line.total) for line in found.lines) == ("Reading and counting rows", 5)
    assert all(len(line.points.split()) == 24 for line in found.lines)
    assert curve.of({}, now) is None

"""Manage Data says where each kind is kept, what that costs, and what a change leaves behind or lacks."""

import json
from urllib.parse import urlencode

import pytest
from sqlalchemy import text

from connector import clock
from connector.model.activity import COLLECTED, Mode
from connector.model.lists import HISTORY_OBJECT, LIST_OF
from connector.model.runs import RunKind
from connector.model.storage import everything, recommended
from connector.store import audit, choices, codes_off, orgs
from connector.store.forecast import Forecast, Pace, forecast, standing
from connector.store.ledger import messages
from tests.webapp.conftest import House
from webapp.manage_data import form

GOOD = {"enabled": "on", "local_time": "02:00", "zone": "America/New_York", "kinds": [str(one) for one in COLLECTED]}
DAY = 86_400_000


def modes(house: House) -> dict[str, str]:
    with house.database.read() as connection:
        return {group: mode for group, (_on, mode) in orgs.choices(connection, house.org_id).items()}


@pytest.fixture
def busy(house: House) -> House:
    """900 sent and 300 opened by 200 people, of one message of last month; History holds the 900, the lists nothing."""
    now = clock.milliseconds(clock.now())
    with house.database.write() as connection:
        connection.execute(messages.insert().values(org_id=house.org_id, id=7, name="June", last_sent=now - 30 * DAY))
        connection.execute(
            text("INSERT INTO figures (org_id, message_id, activity_group, activity, count, people) "
                 "VALUES (:org, 7, :group, '', :count, :people)"),
            [
                {"org": house.org_id, "group": "Sent", "count": 900, "people": 900},
                {"org": house.org_id, "group": "Opened", "count": 300, "people": 200},
            ],
        )  # fmt: skip
        connection.execute(
            text("INSERT INTO placements (org_id, object, external_key, message_id, activity_group, person_id, state, "
                 "run_id, salesforce_id) VALUES (:org, :object, :key, 7, 'Sent', '003', 'written', 1, 'a00')"),
            [{"org": house.org_id, "object": HISTORY_OBJECT, "key": f"k{number}"} for number in range(900)],
        )  # fmt: skip
    return house


def test_each_kind_is_kept_as_chosen_and_the_audit_log_says_so(house: House) -> None:
    house.linked().submit("/manage-data", **GOOD, **{"mode Sent": "Summary", "mode Opened": "Live"})
    assert modes(house) == {**dict.fromkeys(COLLECTED, "History"), "Sent": "Summary", "Opened": "Live"}
    with house.database.read() as connection:
        (entry,) = (e for e in audit.entries(connection, house.org_id) if e["action"] == "Changed Manage Data")
    assert json.loads(entry["after"]).items() >= {"Sent": "Summary", "Opened": "Live"}.items()


@pytest.mark.parametrize("entered", ["Nonsense", ""])
def test_a_mode_that_there_is_not_changes_nothing(house: House, entered: str) -> None:
    house.linked().submit("/manage-data", **GOOD, **{"mode Sent": entered})
    assert modes(house)["Sent"] == Mode.HISTORY


@pytest.mark.parametrize(("preset", "expected"), [("everything", everything()), ("recommended", recommended())])
def test_a_ready_made_choice_fills_the_form_and_saves_nothing(
    house: House, preset: str, expected: dict[str, Mode]
) -> None:
    entered = {**GOOD, "kinds": ["Sent"], "local_time": "4:15", "preset": preset}
    page = house.linked().submit("/manage-data", **entered).page
    assert "Nothing is saved until you choose Save" in page.text
    assert [e.attributes["value"] for e in page.find("option") if "selected" in e.attributes] == list(expected.values())
    assert len(
        [e for e in page.find("input") if e.attributes.get("name") == "kinds" and "checked" in e.attributes]
    ) == len(COLLECTED)
    assert "04:15" in {e.attributes.get("value") for e in page.find("input")}
    assert set(modes(house).values()) == {Mode.HISTORY}


def test_the_forecast_is_of_what_is_entered(busy: House) -> None:
    frame = busy.linked()
    asked = {"kinds": ["Sent", "Opened"], "mode Sent": "Summary", "mode Opened": "Live"}
    told = frame.go(f"/manage-data/forecast?{urlencode(asked, doseq=True)}").page.text
    assert "All together about 300 rows and 0.6 MB a month." in told
    assert "Sent in Real Magnet Activity History: 900 rows (1.8 MB) stay as they are" in told
    assert "MagnetMail Email Tracking: up to 900 rows" in told
    same = frame.go(f"/manage-data/forecast?{urlencode({'kinds': GOOD['kinds']}, doseq=True)}").page.text
    assert "When you save this" not in same


def test_rows_that_share_a_list_are_counted_once() -> None:
    found = Forecast({"Sent": Pace(900, 900), "Opened": Pace(300, 200)}, messages=2, links=5)
    assert found.total({"Sent": "Summary", "Opened": "Summary"}) == 907
    assert found.total({"Sent": "Summary and History", "Opened": "History"}) == 900 + 907 + 300
    assert found.total({"Sent": "Live"}) == 0


def test_until_figures_are_added_up_the_facts_are_counted(busy: House) -> None:
    now = clock.milliseconds(clock.now())
    with busy.database.write() as connection:
        connection.execute(text("DELETE FROM figures"))
        connection.execute(
            text("INSERT INTO facts (org_id, key, message_id, recipient_id, activity_group, activity, occurred_at, "
                 "changed_run) VALUES (:org, :key, 7, :who, 'Opened', 'Opened', :at, 1)"),
            [{"org": busy.org_id, "key": f"{n:032x}", "who": n % 3, "at": now - DAY} for n in range(12)],
        )  # fmt: skip
        assert forecast(connection, busy.org_id, now).paces["Opened"] == Pace(4, 1)
        assert standing(connection, busy.org_id).whole["Opened"] == 12


def test_after_saving_a_list_is_filled_by_a_run_of_its_own_and_another_cleared(busy: House) -> None:
    with busy.database.write() as connection:
        connection.execute(
            text("INSERT INTO facts (org_id, key, message_id, recipient_id, activity_group, activity, occurred_at, "
                 "changed_run, decision) VALUES (:org, :key, 7, 1, :group, 'x', 1, 1, :decision)"),
            [
                {"org": busy.org_id, "key": f"{n:032x}", "group": group, "decision": decision}
                for n, (group, decision) in enumerate(
                    [("Sent", "placed"), ("Opened", "live"), ("Clicked", "unmatched")]
                )
            ],
        )  # fmt: skip
    frame = busy.linked().submit("/manage-data", **GOOD, **{"mode Sent": "Summary"})
    assert "Rows that nothing keeps up any more" in frame.page.text
    assert "Clear 900 rows" in frame.go("/manage-data/clear", kind="Sent").page.text
    assert frame.go("/manage-data/clear", kind="Opened").status == 404
    frame.submit("/manage-data/clear", kind="Sent")
    frame.submit("/manage-data/fill")
    with busy.database.read() as connection:
        kinds = set(connection.execute(text("SELECT kind FROM runs WHERE trigger = 'Manage Data'")).scalars())
        (ordered,) = connection.execute(
            text("SELECT d.expected, d.tombstone, s.activity_group, s.object FROM deletions d "
                 "JOIN scopes s ON s.id = d.scope_id")
        )  # fmt: skip
        assert choices.to_fill(connection, busy.org_id) == {"Sent": "", "Opened": ""}
        actions = [entry["action"] for entry in audit.entries(connection, busy.org_id)]
    assert kinds == {RunKind.DELETION, RunKind.WRITE}
    assert tuple(ordered) == (900, False, "Sent", HISTORY_OBJECT)
    assert {"Cleared a list in Salesforce", "Filled lists in Salesforce"} <= set(actions)


def test_every_kind_offers_the_ways_that_there_are() -> None:
    ways = {kind.group: len(kind.modes) for kind in form.offered()}
    assert list(ways) == list(COLLECTED)
    assert {group for group, number in ways.items() if number == len(Mode)} == set(LIST_OF)
    assert {number for group, number in ways.items() if group not in LIST_OF} == {2}


def test_a_single_activity_can_be_left_out_and_comes_back(house: House) -> None:
    frame = house.linked()
    every = [form.code(activity) for kind in form.offered() for activity in kind.activities]
    without = [name for name in every if name != "Sent: Delivered"]
    assert "8 of 9 activities" in frame.submit("/manage-data", **GOOD, codes_shown="yes", codes=without).page.text
    with house.database.read() as connection:
        assert codes_off.of_org(connection, house.org_id) == {"Sent": {"Delivered"}}
    assert "Saved" in frame.submit("/manage-data", **GOOD, codes_shown="yes", codes=every).page.text
    with house.database.read() as connection:
        assert codes_off.of_org(connection, house.org_id) == {}


def test_a_kind_without_any_of_its_activities_is_told(house: House) -> None:
    answer = house.linked().submit("/manage-data", **GOOD, codes_shown="yes", codes=[])
    assert answer.status == 422
    assert form.CODE_WORDS in answer.page.text
    with house.database.read() as connection:
        assert codes_off.of_org(connection, house.org_id) == {}

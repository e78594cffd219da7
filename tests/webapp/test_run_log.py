"""The list of runs as a file: of the kinds and days that were chosen, as far as its reader may read them."""

import csv
import io
import json
from typing import Any

import pytest
from sqlalchemy import text

from connector.model.rights import Area, Level
from connector.model.runs import RunState, Trigger
from connector.store import attempts, claims, rights, runs
from connector.store.claims import Asked
from tests.webapp.conftest import House
from tests.webapp.pages import Frame
from tests.webapp.upload_story import Story


@pytest.fixture
def with_runs(house: House) -> House:
    with house.database.write() as connection:
        run_id = claims.claim(connection, house.org_id, Asked(Trigger.HAND)).run_id
        attempts.begin(connection, run_id)
        runs.set_counts(connection, run_id, [("Sent", "Written", 3), ("Opened", "Written", 4), ("Sent", "New", 2)])
        attempts.end(connection, run_id, RunState.FAILED, reason='=HYPERLINK("x")', advice="Try again.")
    Story(house).ran(Story(house).job("Spring"), 1)
    return house


def exported(house: House, frame: Frame, **asked: str) -> str:
    answer = frame.submit("/runs/export", **asked)
    assert answer.status == 204
    address = answer.headers["HX-Redirect"]
    got = house.app.test_client().get(address)
    assert got.status_code == 200
    assert "attachment" in got.headers["Content-Disposition"]
    assert house.app.test_client().get(address).status_code == 404, "a ticket is good once"
    return got.get_data(as_text=True)


def test_a_csv_has_a_line_a_run_with_its_rows_by_outcome_and_no_formula(with_runs: House) -> None:
    text_ = exported(with_runs, with_runs.linked(), **{"as": "csv"})
    upload, night = csv.DictReader(io.StringIO(text_.removeprefix("\ufeff")))
    assert (night["Kind"], night["State"], night["Trigger"]) == ("activity", "Failed", "Sync now")
    assert (night["Written"], night["Rejected"], night["Other counts"]) == ("7", "0", "New 2")
    assert night["Reason"] == '\'=HYPERLINK("x")'
    assert night["Advice"] == "Try again."
    assert (upload["Kind"], upload["About"]) == ("upload", "Spring")


def test_json_says_the_same(with_runs: House) -> None:
    upload, night = json.loads(exported(with_runs, with_runs.linked(), **{"as": "json"}))
    assert upload["about"] == "Spring"
    assert night["rows"] == {"Written": 7, "New": 2}
    assert night["seconds"] >= 0
    assert night["queued"] <= night["started"] <= night["ended"]
    [one] = json.loads(exported(with_runs, with_runs.linked(), **{"as": "json"}, kind="upload"))
    assert one["kind"] == "upload"


def test_days_are_those_of_the_visitors_zone_and_the_last_one_counts(with_runs: House) -> None:
    with with_runs.database.write() as connection:  # 2026-01-01T03:00Z is New Year's Eve in New York
        connection.execute(text("UPDATE runs SET queued_at = 1767236400000 WHERE kind = 'activity'"))

    def kinds(first: str, last: str) -> list[Any]:
        return [one["kind"] for one in json.loads(exported(with_runs, frame, **{"as": "json"}, first=first, last=last))]

    frame = with_runs.linked()
    assert kinds("2025-12-31", "2025-12-31") == ["activity"]
    assert kinds("2026-01-01", "") == ["upload"]
    assert kinds("", "2025-12-30") == []


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("yesterday", "", "Enter a day such as"),
        ("", "2026-02-30", "Enter a day such as"),
        ("0001-01-01", "", "Enter a day such as"),
        ("2026-02-02", "2026-02-01", "before the first one"),
    ],
)
def test_a_day_that_is_none_is_told_beside_its_field_and_nothing_is_lost(
    house: House, first: str, last: str, words: str
) -> None:
    frame = house.linked().submit("/runs/export", first=first, last=last, kind="activity")
    assert frame.status == 422
    assert words in frame.page.text
    assert [e.attributes["value"] for e in frame.page.find("input[type='date']")] == [first, last]


def test_a_reader_gets_the_kinds_that_he_may_read_when_the_file_is_fetched(with_runs: House) -> None:
    frame = with_runs.linked()
    address = frame.submit("/runs/export", **{"as": "json"}).headers["HX-Redirect"]
    other = frame.submit("/runs/export", **{"as": "json"}, kind="upload").headers["HX-Redirect"]
    with with_runs.database.write() as connection:
        user = int(connection.execute(text("SELECT id FROM users")).scalar_one())
        rights.give(connection, user, dict.fromkeys(Area, Level.NONE) | {Area.TRACKING: Level.READ})
    client = with_runs.app.test_client()
    assert [one["kind"] for one in json.loads(client.get(address).text)] == ["activity"]
    assert client.get(other).status_code == 404


def test_a_run_that_is_not_there_says_that_it_may_be_kept_no_longer(house: House) -> None:
    frame = house.linked().go("/runs/4711")
    assert frame.status == 404
    assert "no longer kept" in frame.page.text

"""Settings as a file on the screen: what it would change is seen first, then done; every state is kept."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from connector.housekeeping import settings_check
from connector.store import schedule
from tests.webapp.conftest import House
from tests.webapp.pages import Frame
from tests.webapp.test_manage_data import GOOD


def downloaded(house: House, frame: Frame) -> dict[str, Any]:
    address = frame.submit("/settings-file/download").headers["HX-Redirect"]
    got = house.app.test_client().get(address)
    assert got.mimetype == "application/json"
    assert house.app.test_client().get(address).status_code == 404, "a ticket is good once"
    return json.loads(got.text)


def checked(frame: Frame, raw: bytes) -> Frame:
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="s.json"\r\n\r\n'
    body, kind = part + raw + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"
    headers = {"HX-Request": "true", "Authorization": f"Bearer {frame.token}"}
    return frame.seen(frame.client.post("/settings-file/check", data=body, content_type=kind, headers=headers))


def applied(frame: Frame) -> Frame:
    hidden = {e.attributes["name"]: e.attributes["value"] for e in frame.page.find("input[type='hidden']")}
    return frame.submit("/settings-file/apply", **hidden)


def local_time(house: House) -> str:
    with house.database.read() as connection:
        night = schedule.night(connection, house.org_id)
    assert night is not None
    return night.local_time


def test_a_file_is_shown_before_it_is_applied_and_the_state_before_comes_back(house: House) -> None:
    frame = house.linked()
    document = downloaded(house, frame)
    assert document["night"]["local_time"] == "02:00"
    document["night"]["local_time"] = "04:30"
    checked(frame, json.dumps(document).encode())
    assert "1 setting would change" in frame.page.text
    assert "02:00 04:30" in frame.page.text
    assert local_time(house) == "02:00"
    applied(frame)
    assert "Done. 1 setting changed." in frame.page.text
    assert local_time(house) == "04:30"
    newest, first = (e.attributes["href"] for e in frame.page.find("a") if "/states/" in e.attributes["href"])
    assert "02:00 04:30" in frame.go(newest).page.text
    assert "There is none before it" in frame.go(first).page.text
    assert "04:30 02:00" in frame.go(first, **{"with": newest.rpartition("/")[2]}).page.text
    frame.submit(f"{first}/check")
    assert "04:30 02:00" in frame.page.text
    applied(frame)
    assert local_time(house) == "02:00"
    assert [row.text.partition("Ada Example ")[2] for row in frame.page.find("tr")[1:3]] == [
        f"Rolled back to state {first.rpartition('/')[2]}",
        "Applied settings from a file",
    ]


def test_whatever_changes_a_setting_leaves_a_state_with_who_and_by_what(house: House) -> None:
    frame = house.linked()
    frame.submit("/manage-data", **GOOD)
    frame.submit("/manage-data", **GOOD)
    frame.submit("/manage-data", **{**GOOD, "local_time": "03:00"})
    frame.go("/settings-file")
    rows = [e.text for e in frame.page.find("tr")][1:]
    assert len(rows) == 3
    assert ["Changed Manage Data" in row for row in rows] == [True, True, False]
    assert "As they were found" in rows[2]
    assert ["Ada Example" in row for row in rows] == [True, True, False]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"PK\x03\x04", "not JSON"),
        (b'{"format": "real-magnet-settings", "version": 9}', "version: must be 1"),
        (b" " * (settings_check.MOST_BYTES + 1), "larger than 1 MB"),
        (b" " * (4 * settings_check.MOST_BYTES), "larger than 1 MB"),
    ],
)
def test_a_bad_file_is_refused_with_the_reason(house: House, raw: bytes, words: str) -> None:
    frame = checked(house.linked(), raw)
    assert frame.status == 422
    assert "Nothing was changed" in frame.page.text
    assert words in frame.page.text


def test_no_file_is_asked_for(house: House) -> None:
    frame = house.linked().submit("/settings-file/check")
    assert frame.status == 422
    assert "Choose a file first" in frame.page.text


def test_what_somebody_changed_meanwhile_is_shown_anew_and_nothing_is_done(house: House) -> None:
    frame = house.linked()
    document = downloaded(house, frame)
    document["night"]["local_time"] = "04:30"
    checked(frame, json.dumps(document).encode())
    with house.database.write() as connection:
        connection.execute(text("UPDATE nights SET enabled = NOT enabled"))
    applied(frame)
    assert frame.status == 422
    assert "changed a setting meanwhile" in frame.page.text
    assert "2 settings would change" in frame.page.text
    assert local_time(house) == "02:00"
    assert "Done. 2 settings changed." in applied(frame).page.text


def test_a_file_with_thousands_of_names_comes_through_whole(house: House) -> None:
    frame = house.linked()
    document = downloaded(house, frame)
    levels = {"Uploads": "Read", "Tracking": "Full"}
    document["rights"]["defaults"] += [
        {"holder": "profile", "name": f"Profile “{n}” & <friends> {'x' * 60}", "levels": levels} for n in range(2000)
    ]
    checked(frame, json.dumps(document, ensure_ascii=False).encode())
    assert "4000 settings would change" in frame.page.text
    assert "Done. 4000 settings changed." in applied(frame).page.text

"""What other programs send is kept before they are answered, row by row, and whatever is wrong gets a reason."""

import gzip
import hashlib
import hmac
import json
from typing import Any

import pytest
from sqlalchemy import text

from connector import clock
from connector.model.activity import ACTIVITIES
from connector.store import audit
from tests.webapp.conftest import ORG, Frame, House
from webapp.intake import asking, views

ADDRESS = f"/intake/{ORG}"
JSON_LINES = "application/x-ndjson"


def row(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": f"event-{number}",
        "kind": "SMS Sent",
        "activity": "SMS Sent",
        "at": "2026-03-11T14:30:00Z",
        "phone": "+12025550100",
        "message": "Reminder",
        **more,
    }


def lines(*rows: object) -> bytes:
    return "\n".join(json.dumps(one) for one in rows).encode()


@pytest.fixture
def key(house: House) -> tuple[str, str]:
    """A key as its maker reads it once: its number and itself."""
    page = house.linked().submit("/intake/keys", name="Texting").page
    secret = page.find("#made-key")[0].text if page.find("#made-key") else ""
    with house.database.read() as connection:
        public_id, sealed = connection.execute(text("SELECT public_id, secret FROM intake_keys")).one()
    secret = house.vault.open(str(house.org_id), "intake.key", sealed)
    assert secret in page.text
    return str(public_id), secret


def send(house: House, body: bytes, secret: str, *, address: str = ADDRESS, **headers: str) -> Any:
    told = {"Authorization": f"Bearer {secret}", "Content-Type": JSON_LINES}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    return house.app.test_client(use_cookies=False).post(address, data=body, headers=told)


def signed(house: House, body: bytes, key: tuple[str, str], *, at: float | None = None, **changes: str) -> Any:
    stamp = str(int(clock.now().timestamp() if at is None else at))
    told = hmac.new(key[1].encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = {
        "X-Real-Magnet-Key": key[0],
        "X-Real-Magnet-Timestamp": stamp,
        "X-Real-Magnet-Signature": f"v1={told}",
        "Content-Type": JSON_LINES,
    }
    headers |= {name.replace("_", "-"): value for name, value in changes.items()}
    return house.app.test_client(use_cookies=False).post(ADDRESS, data=body, headers=headers)


def uploaded(frame: Frame, raw: bytes) -> Frame:
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="activities.jsonl"\r\n\r\n'
    body, kind = part + raw + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"
    headers = {"HX-Request": "true", "Authorization": f"Bearer {frame.token}"}
    return frame.seen(frame.client.post("/intake/files", data=body, content_type=kind, headers=headers))


def kept(house: House) -> int:
    with house.database.read() as connection:
        return int(connection.execute(text("SELECT count(*) FROM facts")).scalar_one())


def test_each_row_is_answered_and_in_the_store_by_then(house: House, key: tuple[str, str]) -> None:
    answer = send(house, lines(row(1), row(2, kind="Nonsense"), row(1)), key[1])
    assert answer.status_code == 200
    told = answer.get_json()
    assert [(one["line"], one["result"]) for one in told["rows"]] == [(1, "accepted"), (2, "refused"), (3, "duplicate")]
    assert "is no kind of activity" in told["rows"][1]["reason"]
    assert (told["accepted"], told["refused"], told["duplicate"]) == (1, 1, 1)
    assert kept(house) == 1


def test_sending_again_changes_nothing_and_news_of_an_event_change_it(house: House, key: tuple[str, str]) -> None:
    send(house, lines(row(1)), key[1])
    assert send(house, lines(row(1)), key[1]).get_json()["duplicate"] == 1
    assert send(house, lines(row(1, activity="Phone Number Invalid")), key[1]).get_json()["accepted"] == 1
    with house.database.read() as connection:
        assert connection.execute(text("SELECT activity FROM facts")).scalars().all() == ["Phone Number Invalid"]


@pytest.mark.parametrize("one", ACTIVITIES, ids=lambda one: f"{one.group}: {one.label}")
def test_every_activity_may_come(house: House, key: tuple[str, str], one: Any) -> None:
    with house.database.write() as connection:
        connection.execute(text("UPDATE realmagnet_connections SET account = 'ACME'"))
    told = row(1, kind=str(one.group), activity=one.label)
    assert send(house, lines(told), key[1]).get_json()["accepted"] == 1


def test_a_table_is_taken_like_lines(house: House, key: tuple[str, str]) -> None:
    body = b"id,kind,activity,at,email,message\nA1,Event Signup,,2026-03-11T14:30:00+00:00,a@example.org,Gala\n"
    answer = send(house, gzip.compress(body), key[1], Content_Type="text/csv", Content_Encoding="gzip")
    assert answer.get_json()["accepted"] == 1
    with house.database.read() as connection:
        found = connection.execute(text("SELECT f.activity, m.name, m.channels FROM facts f JOIN messages m "
                                        "ON m.org_id = f.org_id AND m.id = f.message_id")).one()  # fmt: skip
    assert tuple(found) == ("Signed Up", "Gala", "Event")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"id": ""}, "“id” is missing"),
        ({"at": "yesterday"}, "no instant"),
        ({"at": "2026-03-11T14:30:00"}, "no zone"),
        ({"at": "9999-03-11T14:30:00Z"}, "in the future"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "“at”"),
        ({"phone": "", "email": ""}, "It names nobody"),
        ({"phone": "12"}, "no telephone number"),
        ({"email": "nobody"}, "no e-mail address"),
        ({"salesforce_id": "001000000000001AAA"}, "no id of a Contact"),
        ({"recipient": -1}, "no number of a Real Magnet recipient"),
        ({"activity": ""}, "has several"),
        ({"channel": "Pigeon"}, "is no channel"),
        ({"colour": "red"}, "is no name that is known"),
        ({"detail": ["x"]}, "a text or a whole number"),
        ({"detail": "\u202e\x07"}, "cannot be shown"),
        ({"message": "x" * 256}, "more than 255"),
        ({"id": True}, "a text or a whole number"),
    ],
)
def test_a_row_that_is_wrong_says_why(house: House, key: tuple[str, str], changes: dict[str, Any], words: str) -> None:
    told = send(house, lines({**row(1), **changes}), key[1]).get_json()["rows"]
    assert told[0]["result"] == "refused"
    assert words in told[0]["reason"]
    assert kept(house) == 0


def test_an_activity_nobody_has_heard_of_is_kept_as_it_came(house: House, key: tuple[str, str]) -> None:
    assert send(house, lines(row(1, activity="Carrier Pigeon Lost")), key[1]).get_json()["accepted"] == 1
    with house.database.read() as connection:
        assert connection.execute(text("SELECT activity FROM facts")).scalar() == "Carrier Pigeon Lost"


@pytest.mark.parametrize(
    ("body", "headers", "status", "words"),
    [
        (b"\xff\xfe", {}, 400, "not UTF-8"),
        (b"\x1f\x8b\x08broken", {"Content_Encoding": "gzip"}, 400, "gzip"),
        (gzip.compress(b"{}")[:-4], {"Content_Encoding": "gzip"}, 400, "breaks off"),
        (gzip.compress(b"x" * 11_000_000), {"Content_Encoding": "gzip"}, 413, "10 MB"),
        (b"x" * (10 * 1024 * 1024 + 1), {}, 413, "10 MB"),
        (b"{}", {"Content_Encoding": "br"}, 415, "gzip"),
        (b"{}", {"Content_Type": "application/json"}, 415, JSON_LINES),
        (b"a,b\n1,2\n", {"Content_Type": "text/csv"}, 400, "must name the columns"),
        (b'id,kind,at\n"open', {"Content_Type": "text/csv"}, 400, "no CSV"),
        (b"{}\n" * 10_001, {}, 400, "at most 10,000 rows"),
    ],
    ids=["utf-8", "gzip", "half", "bomb", "large", "encoding", "type", "header", "csv", "rows"],
)
def test_a_body_that_cannot_be_read_is_refused_whole(  # noqa: PLR0917  # a row of the table
    house: House, key: tuple[str, str], body: bytes, headers: dict[str, str], status: int, words: str
) -> None:
    answer = send(house, body, key[1], **headers)
    assert (answer.status_code, kept(house)) == (status, 0)
    assert words in answer.get_json()["error"]


class TestWhoSends:
    def test_a_signature_over_the_very_body_lets_in_once(self, house: House, key: tuple[str, str]) -> None:
        assert signed(house, lines(row(1)), key).status_code == 200
        answer = signed(house, lines(row(1)), key)
        assert (answer.status_code, answer.get_json()["error"]) == (409, asking.AGAIN)

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"X_Real_Magnet_Signature": f"v1={'0' * 64}"}, asking.WRONG),
            ({"X_Real_Magnet_Signature": "nonsense"}, asking.WRONG),
            ({"X_Real_Magnet_Key": "f" * 16}, asking.WRONG),
            ({"X_Real_Magnet_Timestamp": "0"}, asking.STALE),
            ({"X_Real_Magnet_Timestamp": "tomorrow"}, asking.STALE),
        ],
    )
    def test_forged_and_stale_ones_do_not(
        self, house: House, key: tuple[str, str], changes: dict[str, str], words: str
    ) -> None:
        answer = signed(house, lines(row(1)), key, **changes)
        assert (answer.status_code, answer.get_json()["error"], kept(house)) == (401, words, 0)

    def test_another_organization_s_address_is_closed_to_a_key(self, house: House, key: tuple[str, str]) -> None:
        answer = send(house, lines(row(1)), key[1], address="/intake/00D0000000000AAAAA")
        assert (answer.status_code, answer.get_json()["error"]) == (401, asking.WRONG)

    @pytest.mark.parametrize("secret", ["", "rmi_nonsense", "rmk_nonsense", "ünïcode"])
    def test_no_key_and_a_wrong_one_are_refused(self, house: House, secret: str) -> None:
        answer = send(house, lines(row(1)), secret)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"

    def test_a_renewed_key_opens_beside_the_new_one_and_a_revoked_one_does_not(
        self, house: House, key: tuple[str, str]
    ) -> None:
        frame = house.linked()
        with house.database.read() as connection:
            number = connection.execute(text("SELECT id FROM intake_keys")).scalar_one()
        assert "Copy both now" in frame.submit(f"/intake/keys/{number}/renew").page.text
        assert send(house, lines(row(1)), key[1]).status_code == 200
        frame.submit(f"/intake/keys/{number}/revoke")
        assert send(house, lines(row(1)), key[1]).status_code == 401
        with house.database.read() as connection:
            done = {entry["action"] for entry in audit.entries(connection, house.org_id)}
        assert {"Made a key for intake", "Renewed a key for intake", "Revoked a key for intake"} <= done


class TestByHand:
    def test_a_file_is_taken_and_its_refused_rows_are_shown(self, house: House) -> None:
        body = lines(row(1), row(2, at="never"))
        frame = house.linked()
        uploaded(frame, body)
        assert frame.status == 200
        assert "“at” is no instant" in frame.page.text
        assert kept(house) == 1

    def test_a_file_that_is_none_is_told(self, house: House) -> None:
        frame = house.linked()
        uploaded(frame, b"\x89PNG\xff")
        assert (frame.status, kept(house)) == (422, 0)
        assert "not UTF-8" in frame.page.text

    @pytest.mark.parametrize(("name", "words"), [("", views.NO_NAME), ("x" * 81, views.LONG_NAME)])
    def test_a_key_without_a_good_name_is_not_made(self, house: House, name: str, words: str) -> None:
        frame = house.linked().submit("/intake/keys", name=name)
        assert frame.status == 422
        assert words in frame.page.text

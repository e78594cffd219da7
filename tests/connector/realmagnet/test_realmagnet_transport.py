"""What comes over the wire: spoiled texts cost nothing but themselves, and nothing is read without end."""

import gzip
import json
from collections.abc import Iterator

import pytest
import responses

from connector.errors import UnexpectedAnswer
from connector.realmagnet import transport, wire
from connector.realmagnet.transport import Transport
from connector.settings import Settings

ROOT = "https://real-magnet.example.org/"


@pytest.fixture
def vendor() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def answer(vendor: responses.RequestsMock, body: bytes, **headers: str) -> object:
    vendor.post(f"{ROOT}GetMessageList/", body=body, headers=headers)
    return Transport(Settings(realmagnet_url=ROOT)).post("GetMessageList", {})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (rb'[{"a": "cut \ud83d", "b": "whole \ud83d\ude00"}]', [{"a": "cut ?", "b": "whole 😀"}]),
        (rb'[{"a": "\ude00 cut", "b": 1}]', [{"a": "? cut", "b": 1}]),
        (b'[{"a": "not UTF-8 \xff"}]', [{"a": "not UTF-8 \ufffd"}]),
        (rb'[{"a": "null \u0000 and \\u0000"}]', [{"a": "null \ufffd and \\ufffd"}]),
    ],
)
def test_a_spoiled_text_does_not_cost_its_page(
    vendor: responses.RequestsMock, body: bytes, expected: list[dict[str, object]]
) -> None:
    assert answer(vendor, body) == expected


@pytest.mark.parametrize("body", [b"<html>", b'[{"a": "b', b"[" * 100_000, b"[NaN]", b"", b"\xff\xfe"])
def test_what_is_no_json_stays_unreadable(vendor: responses.RequestsMock, body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        answer(vendor, body)


def test_an_answer_that_never_ends_is_not_read_to_its_end(
    vendor: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MOST_BYTES", 1_000_000)
    bomb = gzip.compress(json.dumps(["x" * 30_000_000]).encode())
    assert len(bomb) < 100_000
    with pytest.raises(UnexpectedAnswer):
        answer(vendor, bomb, **{"Content-Encoding": "gzip"})


@pytest.mark.parametrize("text", ["/Date(253402300799999)/", "/Date(99999999999999999999)/", "/Date(-62135578800000)/"])
def test_the_first_and_the_last_date_there_are_mean_none(text: str) -> None:
    assert wire.instant(text) == 0
    assert wire.moment(text) is None

"""What is logged is JSON, says whose it is, and never holds a secret or an address."""

import json
import logging
from collections.abc import Generator

import pytest
import structlog

from connector import logs


@pytest.fixture(autouse=True)
def plain_logging() -> Generator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


SECRETS = (
    "00D5e000000abcdEAA!AQ8AQKx9.secret_Part-x",
    "Bearer abc.def-ghi",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "gAAAAABm3-some-fernet-token-that-is-long==",
    "ada.okonkwo+list@mail.example.org",
    "+1 (202) 555-0143",
    "+442079460018",
)


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_inside_a_text_is_hidden_wherever_it_lies(secret: str) -> None:
    event = {"event": f"got {secret} here", "deep": {"list": [f"x={secret}"], "error": ValueError(secret)}}
    text = json.dumps(logs.drop_secrets(None, "info", event))
    assert secret not in text
    assert logs.HIDDEN in text


@pytest.mark.parametrize(
    "name",
    ["password", "client_secret", "access_token", "Authorization", "Cookie", "signed_request", "sessionId", "email"],
)
def test_what_is_named_like_a_secret_is_hidden(name: str) -> None:
    assert logs.drop_secrets(None, "info", {name: "x", "inner": {name: 5}}) == {
        name: logs.HIDDEN,
        "inner": {name: logs.HIDDEN},
    }


def test_a_password_in_an_address_is_hidden() -> None:
    assert logs.clean("redis://user:pw@host:6379/0?token=abc") == "redis://[hidden]host:6379/0?token=[hidden]"


def test_the_row_that_a_database_error_repeats_is_hidden() -> None:
    error = ValueError(
        "duplicate key\nDETAIL:  Key (org_id, name)=(1, Ada Example) already exists.\nCONTEXT:  COPY people"
    )
    assert logs.clean(error) == "duplicate key\nDETAIL:  [hidden]\nCONTEXT:  [hidden]"


def test_counts_and_ids_stay_readable() -> None:
    event = {
        "event": "written",
        "count": 12,
        "share": 0.5,
        "key": "a3f09c",
        "ok": True,
        "job": "run-1-2",
        "at": "2026-11-23T02:00:00+00:00 12",
    }
    assert logs.drop_secrets(None, "info", event) == event


def test_every_log_of_the_process_becomes_one_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO")
    with structlog.contextvars.bound_contextvars(org=7, run=3):
        structlog.get_logger("ours").info("begun", token="x")
        logging.getLogger("theirs").warning("from a library to %s", "ada@example.org")
        logging.getLogger("theirs").error("broke", exc_info=ValueError("password=hunter2"))
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["event"], line["org"], line["run"]) for line in lines] == [
        ("begun", 7, 3),
        ("from a library to [hidden]", 7, 3),
        ("broke", 7, 3),
    ]
    assert lines[0]["token"] == logs.HIDDEN
    assert "hunter2" not in lines[2]["exception"]
    assert "ValueError" in lines[2]["exception"]


def test_a_person_who_reads_along_sees_the_same_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", "console")
    with structlog.contextvars.bound_contextvars(org=7, run=3):
        structlog.get_logger("ours").info("begun", token="x", to="ada@example.org")
        logging.getLogger("theirs").error("broke", exc_info=ValueError("password=hunter2"))
    first, second, *_trace = capsys.readouterr().err.splitlines()
    assert "info ours begun" in first
    assert {"org=7", "run=3", f"token={logs.HIDDEN}", f"to={logs.HIDDEN}"} <= set(first.split())
    assert "error theirs broke" in second
    assert "hunter2" not in "".join(_trace)
    assert "ValueError" in "".join(_trace)


@pytest.mark.parametrize(("level", "form", "named"), [("LOUD", "json", "LOUD"), ("INFO", "xml", "xml")])
def test_a_level_or_form_that_is_none_is_refused(level: str, form: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        logs.configure(level, form)

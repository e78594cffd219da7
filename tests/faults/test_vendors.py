"""Bad days of both vendors in the middle of a night: it ends with the same rows, or says who must do what."""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

import pytest

from connector.model.runs import RunState
from tests.faults.scene import LOCKED, Fault, Scene, send
from tools.processes import wait_until

pytestmark = pytest.mark.faults

Survived = Callable[[Mapping[str, Any]], None]

INGEST = "/jobs/ingest"
ANY = "GET|PUT|PATCH"
SALESFORCE: dict[str, list[dict[str, object]]] = {
    "the upload is cut, then its answer is lost": [
        {"kind": "cut_request", "method": "PUT", "path": INGEST, "after_bytes": 20_000},
        {"kind": "cut_response", "method": "PUT", "path": INGEST, "times": 2},
    ],
    "people, results and books are cut while they are read": [
        {"kind": "cut_response", "method": "GET", "path": "/results", "after_bytes": 5_000},
        {"kind": "cut_response", "method": "GET", "path": "/successfulResults", "after_bytes": 5_000, "times": 2},
        {"kind": "cut_response", "method": "GET", "path": "/query", "after_bytes": 100},
    ],
    "a token is refused at every turn": [
        {"kind": "unauthorized", "method": method, "path": INGEST} for method in ("POST", "PUT", "PATCH", "GET")
    ],
    "it is under maintenance, asks for patience and fails inside": [
        {"kind": "unavailable", "method": ANY, "times": 3},
        {"kind": "too_many", "method": ANY, "path": INGEST, "seconds": 1, "times": 2},
        {"kind": "server_error", "method": ANY, "path": "/query", "times": 2},
    ],
    "rows lose their locks and a bulk job fails half way": [
        {"kind": "lock_storm", "times": 3_000},
        {"kind": "bulk_fails_half_way"},
    ],
}
REALMAGNET: dict[str, dict[str, object]] = {
    "bodies are halved and cut": {
        "half_body": {"op": "GetDetailedTracking", "after": 5},
        "cut": [
            {"op": "GetDetailedTracking", "after_bytes": 3_000, "after": 9},
            {"op": "GetMessageLinkTracking", "after_bytes": 10, "after": 3},
        ],
    },
    "it is under maintenance and asks for patience": {
        "fail": [
            {"op": "GetDetailedTracking", "status": 503, "after": 4, "times": 2},
            {"op": "ExecuteReport", "status": 429, "retry_after": 1, "after": 1},
        ]
    },
    "the session ends, and it answers with a page": {"expire": {"op": "GetDetailedTracking", "after": 6}},
    "the session ends, and it answers with nulls": {
        "expired_answer": "null",
        "expire": [{"op": "GetDetailedTracking", "after": 6}, {"op": "GetMessageList"}],
    },
    "the session ends, and it answers with empty lists": {
        "expired_answer": "empty",
        "expire": [
            {"op": "GetMessageLinkTracking", "after": 3},
            {"op": "ExecuteReport", "after": 2},
            {"op": "GetUnsubscribes"},
        ],
    },
}


@pytest.mark.parametrize("trouble", SALESFORCE)
def test_trouble_at_salesforce_is_overcome_within_the_run(scene: Scene, survived: Survived, trouble: str) -> None:
    for switch in SALESFORCE[trouble]:
        scene.salesforce_has(**switch)
    scene.worker()
    row = scene.see_through(scene.house.ask())
    assert scene.salesforce_spent()
    assert (row["interruptions"], row["failures"]) == (0, 0)
    survived(row)


@pytest.mark.parametrize("trouble", REALMAGNET)
def test_trouble_at_real_magnet_is_overcome_within_the_run(scene: Scene, survived: Survived, trouble: str) -> None:
    scene.realmagnet_has(**REALMAGNET[trouble])
    scene.worker()
    row = scene.see_through(scene.house.ask())
    assert scene.realmagnet_spent()
    assert (row["interruptions"], row["failures"]) == (0, 0)
    survived(row)


def test_trouble_that_lasts_puts_the_run_off_and_it_goes_on(scene: Scene, survived: Survived) -> None:
    scene.realmagnet_has(half_body={"op": "GetDetailedTracking", "after": 8, "times": 4})
    scene.salesforce_has("unavailable", method="GET", path=INGEST, times=6)
    scene.worker()
    row = scene.see_through(scene.house.ask())
    assert scene.realmagnet_spent()
    assert scene.salesforce_spent()
    assert row["failures"] == row["attempts"] - 1 >= 2
    assert row["interruptions"] == 0
    survived(row)


@pytest.mark.parametrize("kind", ["cut_response", "unavailable", "too_many"])
def test_a_bulk_job_that_may_or_may_not_have_been_made_is_made_again_later(
    scene: Scene, survived: Survived, kind: str
) -> None:
    scene.salesforce_has(kind, method="POST", path=f"{INGEST}$")
    scene.worker()
    row = scene.see_through(scene.house.ask())
    assert row["failures"] == 1
    survived(row)
    assert scene.bulk_jobs() == (["Aborted"] if kind == "cut_response" else []) + ["JobComplete"]


def test_a_few_rows_whose_answer_is_lost_are_sent_again(scene: Scene, survived: Survived) -> None:
    scene.salesforce_has("lock_storm", times=LOCKED)
    scene.salesforce_has("cut_response", method="PATCH", path="/composite/sobjects")
    scene.worker()
    row = scene.see_through(scene.house.ask())
    assert scene.salesforce_spent()
    survived(row)


@pytest.mark.parametrize("point", ["message collected", "uploaded"])
def test_an_expired_token_is_renewed_once(scene: Scene, survived: Survived, point: str) -> None:
    scene.worker(Fault(point, "hold"))
    run_id = scene.house.ask()
    scene.wait_for_strike()
    before = scene.token_calls()
    scene.salesforce_has("expire_tokens")
    scene.let_go()
    row = scene.see_through(run_id)
    assert scene.token_calls() == before + 1
    assert row["failures"] == 0
    survived(row)


def test_a_revoked_connection_fails_the_run_and_says_who_must_do_what(scene: Scene, survived: Survived) -> None:
    scene.worker(Fault("decided", "hold"))
    run_id = scene.house.ask()
    scene.wait_for_strike()
    salesforce = scene.house.plan.salesforce_url
    send(f"{salesforce}/_sandbox/app-installed", {"installed": False})
    scene.salesforce_has("expire_tokens")
    scene.let_go()
    row = scene.see_through(run_id)
    assert row["state"] == RunState.FAILED
    assert row["reason"] == "The app Real Magnet is not installed in this Salesforce organization."
    assert row["advice"].startswith("A Salesforce administrator deploys the Real Magnet package")
    send(f"{salesforce}/_sandbox/app-installed", {"installed": True})
    survived(scene.see_through(scene.house.ask()))


def test_a_changed_password_at_real_magnet_fails_the_run_and_says_who_must_do_what(
    scene: Scene, survived: Survived
) -> None:
    scene.worker(Fault("message collected", "hold", count=2))
    run_id = scene.house.ask()
    scene.wait_for_strike()
    _change_password(scene, "another")
    scene.realmagnet_has(expire_sessions=True)
    scene.let_go()
    row = scene.see_through(run_id)
    assert (row["state"], row["reason"], row["advice"]) == (
        RunState.FAILED,
        "Real Magnet does not accept this user name and password.",
        "Someone with the right to Settings enters them again: Connection → Connect Real Magnet.",
    )
    _change_password(scene, "demo")
    survived(scene.see_through(scene.house.ask()))


@pytest.mark.parametrize("point", ["people indexed", "row set committed", "upload complete"])
def test_a_used_up_allowance_pauses_the_run_and_it_goes_on(scene: Scene, survived: Survived, point: str) -> None:
    scene.worker(Fault(point, "hold"))
    run_id = scene.house.ask()
    scene.wait_for_strike()
    scene.salesforce_has("request_limit")
    scene.let_go()
    wait_until("the run to pause", lambda: scene.house.row(run_id)["state"] == RunState.PAUSED)
    paused = scene.house.row(run_id)
    assert "Limit exceeded" in paused["reason"]
    assert paused["advice"].startswith("The work goes on when Salesforce's allowance is renewed.")
    row = scene.see_through(run_id)
    assert (row["attempts"], row["failures"]) == (2, 0)
    survived(row)


def _change_password(scene: Scene, password: str) -> None:
    with closing(sqlite3.connect(scene.house.plan.data / "realmagnet" / "realmagnet.sqlite3")) as account:
        account.execute("UPDATE login SET password = ?", (password,))
        account.commit()

"""Figures for a monitor: true to the store, for whoever carries the key, and for nobody where there is none."""

from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy import text

from connector import clock, queues
from connector.errors import Temporary
from connector.model.runs import RunState, Trigger
from connector.settings import Settings
from connector.store import attempts, claims, runs
from connector.store.claims import Asked
from tests.webapp.conftest import House, make_house

LABELS = ("org", "kind", "state", "outcome", "vendor", "purpose", "name", "queue")
KEY = "a key of forty letters that nobody guesses"


@pytest.fixture
def measured(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(queues, "depths", lambda _redis: {"nights": 2, "uploads": 0})
    return make_house(replace(settings, metrics_key=KEY))


def figures(house: House) -> dict[tuple[str, ...], float]:
    answer = house.app.test_client().get("/metrics", headers={"Authorization": f"Bearer {KEY}"})
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain")
    found: dict[tuple[str, ...], float] = {}
    for family in text_string_to_metric_families(answer.text):
        assert family.documentation
        for sample in family.samples:
            labels = [sample.labels[name] for name in LABELS if name in sample.labels]
            found[(sample.name.removeprefix("real_magnet_"), *labels)] = sample.value
    return found


def test_a_monitor_reads_what_the_store_holds(measured: House) -> None:
    org, now = measured.org_id, clock.milliseconds(clock.now())
    with measured.database.write() as connection:
        run_id = claims.claim(connection, org, Asked(Trigger.HAND)).run_id
        attempts.begin(connection, run_id)
        runs.set_counts(connection, run_id, [("Sent", "Written", 3), ("Opened", "Written", 4), ("Sent", "Rejected", 1)])
        attempts.end(connection, run_id, RunState.COMPLETED)
        for statement in (
            "UPDATE runs SET salesforce_calls = 9, realmagnet_calls = 5, started_at = :hour_ago",
            "INSERT INTO runs (org_id,kind,trigger,state,queued_at) VALUES (:org, 'write', '', 'Queued', :hour_ago)",
            "INSERT INTO heartbeats (name, at) VALUES ('tick', :hour_ago)",
            "INSERT INTO notices (org_id, kind, opened_at, headline) VALUES (:org, 'missed night', 1, 'x')",
            "INSERT INTO call_counts (org_id, hour, purpose, calls) VALUES (:org, :hour, 'write', 7), (:org, 1, '', 9)",
        ):
            values = {"org": org, "hour_ago": now - 3_600_000, "hour": now // 3_600_000}
            connection.execute(text(statement), {name: v for name, v in values.items() if f":{name}" in statement})
    found, own = figures(measured), str(org)
    assert found["runs", own, "activity", "Completed"] == 1
    assert found["runs", own, "write", "Queued"] == 1
    assert found["rows", own, "activity", "Written"] == 7
    assert found["rows", own, "activity", "Rejected"] == 1
    assert found["vendor_calls", own, "activity", "salesforce"] == 9
    assert found["vendor_calls", own, "activity", "realmagnet"] == 5
    assert found["salesforce_calls_day", own, "write"] == 7
    assert found["open_notices", own, "missed night"] == 1
    assert found["queue_depth", "nights"] == 2
    for name in (("queued_seconds",), ("fresh_seconds", own), ("heartbeat_seconds", "tick")):
        assert 3600 <= found[name] < 3660, name


def test_the_other_figures_are_told_while_redis_is_away(measured: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_redis: object) -> Any:
        raise Temporary("away")

    monkeypatch.setattr(queues, "depths", away)
    found = figures(measured)
    assert found["queued_seconds",] == 0
    assert not [name for name in found if name[0] == "queue_depth"]


def test_a_redis_that_is_away_is_a_passing_trouble() -> None:
    class Away:
        def llen(self, _name: str) -> int:
            raise RedisAway

    with pytest.raises(Temporary):
        queues.depths(Away())  # type: ignore[arg-type]  # as much of a Redis as is asked


@pytest.mark.parametrize("header", [None, "Bearer ", "Bearer wrong", f"Basic {KEY}", f"Bearer {KEY}x", "Bearer ä"])
def test_nobody_reads_them_without_the_key(measured: House, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header.encode().decode("latin-1")}
    assert measured.app.test_client().get("/metrics", headers=headers).status_code == 401


def test_without_a_key_there_is_no_such_address(house: House) -> None:
    assert house.app.test_client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404

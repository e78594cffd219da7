"""Bad days: each switch strikes the calls it names, as often as asked, and then stops."""

import threading
import time
from collections.abc import Iterator

import pytest
import requests
from flask import Flask, Response, request
from werkzeug.serving import make_server

from sandbox.salesforce.bad_days import BadDays
from sandbox.salesforce.switches import Switches, blueprint, endpoint_of

PATH = "/services/data/v66.0/query"


@pytest.fixture
def received() -> list[bytes]:
    return []


@pytest.fixture
def server(received) -> Iterator[str]:
    app, switches = Flask(__name__), Switches()
    app.register_blueprint(blueprint(switches, expire_tokens=lambda: 3))

    @app.route("/services/<path:rest>", methods=["GET", "PUT"])
    def answer(rest: str) -> Response:
        received.append(request.get_data())
        return Response((b"x" * 1000 for _ in range(10)), mimetype="text/plain")

    http = make_server("127.0.0.1", 0, BadDays(app, switches), threaded=True)
    thread = threading.Thread(target=http.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    thread.join()
    http.server_close()


def turn_on(server: str, **switch: object) -> None:
    assert requests.post(f"{server}/_sandbox/switches", json=switch, timeout=10).status_code == 201


def status(server: str, path: str = PATH) -> int:
    return requests.get(server + path, timeout=10).status_code


class TestAnswers:
    def test_an_expired_session_is_an_array_with_its_code(self, server):
        turn_on(server, kind="unauthorized")
        reply = requests.get(server + PATH, timeout=10)
        assert reply.status_code == 401
        assert reply.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]

    def test_the_daily_limit_is_403(self, server):
        turn_on(server, kind="request_limit")
        reply = requests.get(server + PATH, timeout=10)
        assert (reply.status_code, reply.json()[0]["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")

    def test_429_says_when_to_come_back(self, server):
        turn_on(server, kind="too_many", seconds=7)
        reply = requests.get(server + PATH, timeout=10)
        assert (reply.status_code, reply.headers["Retry-After"]) == (429, "7")

    def test_maintenance_is_a_page_not_json(self, server):
        turn_on(server, kind="unavailable")
        reply = requests.get(server + PATH, timeout=10)
        assert reply.status_code == 503
        assert reply.text.startswith("<!DOCTYPE html>")

    def test_a_switch_strikes_as_often_as_asked_and_then_stops(self, server):
        turn_on(server, kind="server_error", times=2)
        assert [status(server) for _ in range(3)] == [500, 500, 200]

    def test_a_switch_without_times_strikes_until_it_is_cleared(self, server):
        turn_on(server, kind="server_error", times=None)
        assert [status(server) for _ in range(3)] == [500, 500, 500]
        assert requests.delete(f"{server}/_sandbox/switches", timeout=10).status_code == 204
        assert status(server) == 200

    def test_only_the_calls_it_names_are_struck(self, server):
        turn_on(server, kind="server_error", method="PUT", path="/batches$")
        assert status(server) == 200
        assert requests.put(f"{server}/services/data/v66.0/jobs/ingest/1/batches", timeout=10).status_code == 500

    def test_without_a_path_the_token_address_is_spared(self, server):
        turn_on(server, kind="unauthorized")
        assert status(server, "/services/oauth2/token") == 200

    def test_slow_calls_take_their_time(self, server):
        turn_on(server, kind="slow", seconds=0.3)
        began = time.monotonic()
        assert status(server) == 200
        assert time.monotonic() - began >= 0.3


class TestCutConnections:
    def test_an_answer_is_cut_after_so_many_bytes_and_the_client_notices(self, server, received):
        turn_on(server, kind="cut_response", after_bytes=1500)
        got: list[bytes] = []
        with requests.get(server + PATH, stream=True, timeout=10) as reply:
            assert reply.status_code == 200
            with pytest.raises(requests.exceptions.ChunkedEncodingError):
                got.extend(reply.iter_content(None))
        assert len(b"".join(got)) <= 1500
        assert received == [b""]

    def test_an_answer_cut_at_once_has_still_been_worked_for(self, server, received):
        turn_on(server, kind="cut_response", after_bytes=0)
        with pytest.raises(requests.exceptions.ConnectionError):
            requests.get(server + PATH, timeout=10)
        assert received == [b""]

    def test_a_request_body_is_cut_before_the_server_has_it_all(self, server, received):
        turn_on(server, kind="cut_request", after_bytes=4096)
        with pytest.raises(requests.exceptions.ConnectionError):
            requests.put(server + PATH, data=b"y" * 5_000_000, timeout=10)
        assert received == []
        assert status(server) == 200


class TestAdmin:
    def test_the_state_names_what_is_on_and_what_there_is(self, server):
        turn_on(server, kind="lock_storm", times=40)
        state = requests.get(f"{server}/_sandbox/switches", timeout=10).json()
        assert [(switch["kind"], switch["times"]) for switch in state["switches"]] == [("lock_storm", 40)]
        assert "expire_tokens" in state["known"]

    @pytest.mark.parametrize("wrong", [{"kind": "rain"}, {"kind": "slow", "hours": 1}, {"kind": "slow", "path": "("}])
    def test_a_switch_nobody_knows_is_refused(self, server, wrong):
        reply = requests.post(f"{server}/_sandbox/switches", json=wrong, timeout=10)
        assert reply.status_code == 400
        assert requests.get(f"{server}/_sandbox/switches", timeout=10).json()["switches"] == []

    def test_expiring_tokens_says_how_many_sessions_ended(self, server):
        reply = requests.post(f"{server}/_sandbox/switches", json={"kind": "expire_tokens"}, timeout=10)
        assert reply.json() == {"expired": 3}

    def test_calls_are_counted_by_endpoint_and_struck_calls_count_too(self, server):
        turn_on(server, kind="unavailable")
        for job in ("7506g00000DhRA2AAN", "7506g00000DhRA3AAN"):
            status(server, f"/services/data/v66.0/jobs/ingest/{job}")
        counted = requests.get(f"{server}/_sandbox/calls", timeout=10).json()
        assert counted == {"calls": {"GET /services/data/jobs/ingest/{id}": 2}, "total": 2}
        requests.delete(f"{server}/_sandbox/calls", timeout=10)
        assert requests.get(f"{server}/_sandbox/calls", timeout=10).json()["total"] == 0


class TestRows:
    def test_rows_are_taken_until_none_are_left(self):
        switches = Switches()
        switches.set("lock_storm", times=5)
        assert [switches.take("lock_storm", 3) for _ in range(3)] == [3, 2, 0]


@pytest.mark.parametrize(
    ("path", "endpoint"),
    [
        ("/services/data/v66.0/jobs/query/7506g00000DhRA2AAN/results", "/services/data/jobs/query/{id}/results"),
        ("/services/data/v66.0/sobjects/Contact/0036g00000DhRA2", "/services/data/sobjects/Contact/{id}"),
        (
            "/services/data/v66.0/sobjects/X__c/External_Key__c/ab/c",
            "/services/data/sobjects/X__c/External_Key__c/{value}",
        ),
        ("/services/data/v66.0/composite/sobjects", "/services/data/composite/sobjects"),
        ("/services/data/v66.0/query/01gRO0000016PIAYA2-500", "/services/data/query/{locator}"),
        ("/services/data/", "/services/data/"),
    ],
)
def test_an_endpoint_is_an_address_without_what_differs_from_call_to_call(path, endpoint):
    assert endpoint_of(path) == endpoint

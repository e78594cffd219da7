import http.client
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.realmagnet.conftest import START


@pytest.fixture
def process(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "sandbox.realmagnet", "--data", str(tmp_path), "--port", "0"]
    with subprocess.Popen([*command, *request.param], stdout=subprocess.PIPE, text=True) as running:
        yield running
        running.kill()


def address(process: subprocess.Popen[str]) -> http.client.HTTPConnection:
    assert process.stdout is not None
    found = re.search(r"http://127\.0\.0\.1:(\d+)/ApiAdapter/Rest/", process.stdout.readline())
    assert found is not None
    return http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=20)


def ask(link: http.client.HTTPConnection, path: str, **members: object) -> object:
    link.request("POST" if members else "GET", path, json.dumps(members) if members else None, {"Accept": "text/json"})
    return json.loads(link.getresponse().read())


@pytest.mark.parametrize(
    "process",
    [["--start", "2026-03-12T12:00:00", "--username", "ann", "--password", "secret", "--runs"]],
    indirect=True,
)
def test_it_seeds_serves_and_ends_at_a_signal_even_with_a_connection_open(process: subprocess.Popen[str]):
    link = address(process)
    triple = ask(link, "/ApiAdapter/Rest/Authenticate/", UserName="ann", Password="secret")
    assert isinstance(triple, dict)
    assert triple["SessionID"]
    clock = ask(link, "/_sandbox/clock")
    assert isinstance(clock, dict)
    assert clock["runs"] is True
    assert START <= clock["now_ms"] < START + 60_000
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    link.close()


@pytest.mark.parametrize(
    "process",
    [["--bench", "3000", "--recipients", "200", "--messages", "10", "--identifier", "custom_id"]],
    indirect=True,
)
def test_a_bench_account_has_as_many_messages_as_asked_and_the_identifier_named(process: subprocess.Popen[str]):
    link = address(process)
    truth = ask(link, "/_sandbox/truth")
    assert isinstance(truth, dict)
    assert len(truth["messages"]) == 10
    assert 2_500 < truth["activities"] < 3_500
    triple = ask(link, "/ApiAdapter/Rest/Authenticate/", UserName="demo", Password="demo")
    assert isinstance(triple, dict)
    without_id = ask(link, "/ApiAdapter/Rest/AddRecipient/", Email="new@example.org", **triple)
    assert isinstance(without_id, dict)
    assert without_id["ErrorObject"]["ErrorCode"] == "NO_CUSTOM_ID"
    link.close()

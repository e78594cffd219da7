"""The stand-in as its own process: it tells its address, keeps connections, takes chunked bodies, and ends cleanly."""

import re
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
import requests


@pytest.fixture
def server(tmp_path: Path) -> Generator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "sandbox.salesforce", "--data", str(tmp_path), "--port", "0"]
    options = ["--contacts", "64", "--leads", "64", "--consumer-key", "the-key", "--consumer-secret", "the-secret"]
    root = Path(__file__).parents[3]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found is not None
            yield found[0], process
        finally:
            process.terminate()


def signed_in(base: str) -> requests.Session:
    session = requests.Session()
    form = {"grant_type": "client_credentials", "client_id": "the-key", "client_secret": "the-secret"}
    token = session.post(f"{base}/services/oauth2/token", data=form, timeout=10).json()["access_token"]
    session.headers["Authorization"] = f"Bearer {token}"
    return session


def in_chunks() -> Iterator[bytes]:
    yield b'{"Activity__c": '
    yield b'"Opened"}'


def test_a_day_of_a_server(server: tuple[str, subprocess.Popen[str]]) -> None:
    base, process = server
    with signed_in(base) as session:
        data = f"{base}/services/data/v66.0"
        for _ in range(50):  # one connection, one call right after the other
            answer = session.get(f"{data}/query", params={"q": "SELECT COUNT() FROM Contact"}, timeout=10)
            assert "close" not in answer.headers.get("Connection", "")
        assert answer.json()["totalSize"] > 0
        path = f"{data}/sobjects/Real_Magnet_Activity__c/External_Key__c/k"
        headers = {"Content-Type": "application/json"}
        for status in (201, 200):
            written = session.patch(path, data=in_chunks(), headers=headers, timeout=10)
            assert written.status_code == status
        refused = session.post(f"{data}/sobjects/Contact", data=b"x" * 3_000_000, headers=headers, timeout=10)
        assert refused.status_code == 400
        assert session.get(f"{data}/limits", timeout=10).status_code == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0

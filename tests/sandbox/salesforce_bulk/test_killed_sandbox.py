"""A sandbox that is killed in the middle of a bulk job goes on with it when it starts again."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.sandbox.salesforce_bulk.bulk_caller import KEY, Caller, to_csv

ROWS = 40_000
ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.faults


def start(data: Path) -> tuple[subprocess.Popen[str], Caller]:
    command = [sys.executable, "-m", "sandbox.salesforce", "--data", str(data), "--port", "0", "--seed", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    url = re.findall(r"http://\S+", process.stdout.readline())[0]
    settings = {"bulk_seconds": 0.3}
    requests.post(f"{url}/_sandbox/settings", json=settings, timeout=10)
    form = {"grant_type": "client_credentials"}
    keys = ("3MVG9sandboxConsumerKey", "4815162342108SANDBOX")
    token = requests.post(f"{url}/services/oauth2/token", data=form, auth=keys, timeout=10).json()["access_token"]
    return process, Caller(url, token)


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_a_job_killed_between_its_batches_ends_as_an_undisturbed_one(tmp_path):
    process, caller = start(tmp_path)
    try:
        job = caller.create()
        caller.put(job, to_csv([[KEY], *([f"k{number:06d}"] for number in range(ROWS))]))
        caller.close(job)
        until = time.monotonic() + 30
        while not (processed := caller.status(job)["numberRecordsProcessed"]) and time.monotonic() < until:
            time.sleep(0.01)
        assert 0 < processed < ROWS
    finally:
        end(process)
    process, caller = start(tmp_path)
    try:
        status = caller.wait(job)
        assert (status["state"], status["numberRecordsProcessed"], status["numberRecordsFailed"]) == (
            "JobComplete",
            ROWS,
            0,
        )
        results = caller.results(job)
        assert len({row["sf__Id"] for row in results}) == len({row[KEY] for row in results}) == len(results) == ROWS
        assert all(row["sf__Created"] == "true" for row in results)
        counted = caller.call("GET", "/query", params={"q": "SELECT COUNT() FROM Real_Magnet_Activity__c"}).json()
        assert counted["totalSize"] == ROWS
    finally:
        end(process)

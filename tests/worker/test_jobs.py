"""Jobs are named by strings: these hold what no import could."""

import importlib
import inspect
import re
from pathlib import Path

import pytest

from connector.queues import QUEUES, Job

PROCFILE = (Path(__file__).parents[2] / "Procfile").read_text()


@pytest.mark.parametrize("job", Job)
def test_every_job_names_a_function_of_ids(job: Job) -> None:
    module, _, name = job.value.function.rpartition(".")
    function = getattr(importlib.import_module(module), name)
    parameters = inspect.signature(function).parameters.values()
    assert parameters
    assert all(parameter.annotation is int and parameter.name.endswith("_id") for parameter in parameters)


def test_every_queue_has_a_worker_in_the_procfile() -> None:
    lines = re.findall(r"^\w+: python -m worker(?: --queues (.+))?$", PROCFILE, re.MULTILINE)
    assert {queue for line in lines for queue in (line.split() or QUEUES)} == set(QUEUES)


@pytest.mark.parametrize("line", ["release: real-magnet migrate", "web: ", "tick: python -m worker.tick"])
def test_the_procfile_starts_every_process(line: str) -> None:
    assert re.search(f"^{re.escape(line)}", PROCFILE, re.MULTILINE)

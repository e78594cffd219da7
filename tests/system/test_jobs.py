"""What the web names by a string exists, takes ids and nothing else, and is listened for."""

import importlib
import inspect
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from connector.queues import QUEUES, Job
from tests.system.tree import modules, read
from tools.processes import ROOT


@pytest.mark.parametrize("job", Job)
def test_every_job_is_a_function_of_ids(job: Job):
    module, _, name = job.value.function.rpartition(".")
    parameters = inspect.signature(getattr(importlib.import_module(module), name)).parameters.values()
    assert parameters
    assert [p.name for p in parameters if p.annotation is not int or not p.name.endswith("_id")] == []
    assert module.startswith("worker.jobs.")
    assert job.value.timeout.total_seconds() > 0


def test_every_function_of_the_jobs_is_a_job():
    functions = {
        f"{module.__name__}.{name}"
        for module in modules("worker.jobs")
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }
    assert functions == {job.value.function for job in Job}


def test_a_worker_of_the_procfile_listens_to_every_queue():
    listened = {
        queue
        for line in read("Procfile").splitlines()
        if "python -m worker " in f"{line} " and "worker.tick" not in line and "worker.watch" not in line
        for queue in (line.partition("--queues ")[2].split() or QUEUES)
    }
    assert listened == set(QUEUES)


def test_the_procfile_starts_everything():
    names = re.findall(r"^(\w+):", read("Procfile"), re.MULTILINE)
    assert names == ["release", "web", "worker", "uploads", "tick", "watch"]


@pytest.mark.parametrize(("name", "question"), [("release", "--help"), ("web", "--check-config"), ("worker", "--help")])
def test_what_the_procfile_starts_is_there(name: str, question: str, tmp_path: Path):
    line = re.search(rf"^{name}: (.+)$", read("Procfile"), re.MULTILINE)
    assert line is not None
    program, *words = shlex.split(line[1].replace("${PORT:-8000}", "0"))
    environ = {
        **os.environ,
        "SECRET_KEYS": Fernet.generate_key().decode(),
        "DATABASE_URL": f"sqlite:///{tmp_path}/a.db",
    }
    command = [str(Path(sys.executable).with_name(program)), *words, question]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_job_is_documented():
    page = read("docs/jobs.md")
    for job in Job:
        assert f"| `{job.name}` | `{job.value.function}` | `{job.value.queue}` |" in page

"""`make demo` as a person meets it: it comes up, shows a night, stays, and is gone after Ctrl-C."""

import json
import re
import signal
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from tools.demo import forget
from tools.processes import ROOT, Process, Processes, answers, free_port, wait_until
from tools.redis_server import embedded_redis

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


def start(processes: Processes, data: Path, ports: tuple[int, int, int]) -> Process:
    names = ("--salesforce-port", "--realmagnet-port", "--web-port")
    chosen = [word for name, port in zip(names, ports, strict=True) for word in (name, str(port))]
    arguments = ("--data", str(data), "--members", "0", *chosen)
    return processes.start(f"demo-{len(processes.running)}", "tools.demo", *arguments)


def started_by(demo: Process) -> list[psutil.Process]:
    return psutil.Process(demo.pid).children(recursive=True)


def clock_of(port: int) -> datetime:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/_sandbox/clock", timeout=10) as answer:
        return datetime.fromisoformat(json.load(answer)["now"])


AFRESH = "These are the data of an earlier demo: the same command with --fresh starts afresh."
NOTHING_NEW = "Nothing was new, so nothing was written."


def test_the_demo_shows_a_night_and_ends_whole_and_keeps_its_data(processes: Processes, tmp_path: Path) -> None:
    """One night for all that is to be said of a demo: it is the dear part."""
    data, ports = tmp_path / "demo", (free_port(), free_port(), free_port())
    demo, words = shown(processes, data, ports)
    total = re.search(r"^  all\s+([\d,]+)", words, re.MULTILINE)
    assert total is not None
    assert int(total[1].replace(",", "")) >= 20_000
    assert "an earlier demo" not in words
    assert AFRESH not in words
    assert NOTHING_NEW not in words
    assert all(answers(f"http://127.0.0.1:{port}/") for port in ports[1:])

    other = start(processes, data, (free_port(), free_port(), free_port()))
    assert other.popen.wait(60) == 1
    assert "running already" in other.last_words()
    ends_whole(demo)

    ports = (free_port(), free_port(), free_port())
    demo, words = shown(processes, data, ports)
    assert AFRESH in words
    assert NOTHING_NEW in words
    days_pass(ports[1], words)
    ends_whole(demo)


def shown(processes: Processes, data: Path, ports: tuple[int, int, int]) -> tuple[Process, str]:
    """A demo that has shown a night, and all that it said."""
    demo = start(processes, data, ports)
    wait_until("where to click", lambda: "Ctrl-C ends everything" in demo.last_words(), demo, 200)
    words = demo.log.read_text()
    assert "The books close." in words
    assert f"Open http://localhost:{ports[0]}/" in words
    return demo, words


def ends_whole(demo: Process) -> None:
    children = started_by(demo)
    assert len(children) >= 7
    demo.signal(signal.SIGINT)
    assert demo.popen.wait(60) == 0
    assert [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE] == []


def days_pass(port: int, words: str) -> None:
    """As the demo says, until its Real Magnet has caught up with today."""
    day = f"-m tools.next_day --realmagnet-port {port}"
    assert f"`.venv/bin/python {day}`" in words
    before = clock_of(port)
    done = subprocess.run([sys.executable, *day.split()], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Choose Sync now" in done.stdout
    assert clock_of(port) - before == timedelta(days=1)
    for _ in range(3):
        done = subprocess.run([sys.executable, *day.split()], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "caught up with today: `make demo-fresh`" in done.stderr
    assert clock_of(port) < datetime.now(UTC)


def test_a_port_in_use_is_said_plainly(processes: Processes, tmp_path: Path) -> None:
    port = free_port()
    processes.start("squatter", "http.server", str(port), "--bind", "127.0.0.1")
    wait_until("the squatter", lambda: answers(f"http://127.0.0.1:{port}/"))
    demo = start(processes, tmp_path / "demo", (free_port(), free_port(), port))
    assert demo.popen.wait(60) == 1
    said = demo.last_words()
    assert f"Port {port} is in use" in said
    offered = re.search(
        r"\.venv/bin/python (-m tools\.demo (?:--(?:web|salesforce|realmagnet)-port \d+ ?){3}--data \S+)", said
    )
    assert offered is not None
    assert f"-port {port} " not in offered[1]


def test_a_day_passes_only_where_a_demo_is() -> None:
    port = str(free_port())
    words = [sys.executable, "-m", "tools.next_day", "--realmagnet-port", port]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == f"No demo answers on port {port}: start one with `make demo`.\n"


def test_starting_afresh_empties_the_folder_of_a_demo_and_no_other(tmp_path: Path) -> None:
    ours, other = tmp_path / "ours", tmp_path / "other"
    for folder in (ours, other):
        folder.mkdir()
        (folder / "thesis").touch()
    (ours / "secret-keys").touch()
    with embedded_redis(ours / "redis"), pytest.raises(BlockingIOError):
        forget(ours)
    assert (ours / "thesis").exists()
    for folder in (ours, other):
        forget(folder)
    assert not ours.exists()
    assert (other / "thesis").exists()

"""`make demo` as a person meets it: it comes up, shows a night, stays, and is gone after Ctrl-C."""

import re
import signal
from pathlib import Path

import psutil
import pytest

from tools.processes import Process, Processes, answers, free_port, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


def start(processes: Processes, data: Path, ports: tuple[int, int, int]) -> Process:
    names = ("--salesforce-port", "--realmagnet-port", "--web-port")
    chosen = [word for name, port in zip(names, ports, strict=True) for word in (name, str(port))]
    return processes.start(f"demo-{len(processes.running)}", "tools.demo", "--data", str(data), *chosen)


def started_by(demo: Process) -> list[psutil.Process]:
    return psutil.Process(demo.pid).children(recursive=True)


def test_the_demo_shows_a_night_and_ends_whole(processes: Processes, tmp_path: Path) -> None:
    data, ports = tmp_path / "demo", (free_port(), free_port(), free_port())
    demo = start(processes, data, ports)
    wait_until("where to click", lambda: "Ctrl-C ends everything" in demo.last_words(), demo, 200)
    words = demo.log.read_text()
    total = re.search(r"^  all\s+([\d,]+)", words, re.MULTILINE)
    assert total is not None
    assert int(total[1].replace(",", "")) >= 20_000
    assert "The books close." in words
    assert f"Open http://localhost:{ports[0]}/" in words
    assert all(answers(f"http://127.0.0.1:{port}/") for port in ports[1:])

    other = start(processes, data, (free_port(), free_port(), free_port()))
    assert other.popen.wait(60) == 1
    assert "running already" in other.last_words()

    children = started_by(demo)
    assert len(children) >= 7
    demo.signal(signal.SIGINT)
    assert demo.popen.wait(60) == 0
    assert [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE] == []


def test_a_port_in_use_is_said_plainly(processes: Processes, tmp_path: Path) -> None:
    port = free_port()
    processes.start("squatter", "http.server", str(port), "--bind", "127.0.0.1")
    wait_until("the squatter", lambda: answers(f"http://127.0.0.1:{port}/"))
    demo = start(processes, tmp_path / "demo", (free_port(), free_port(), port))
    assert demo.popen.wait(60) == 1
    assert f"Port {port} is in use" in demo.last_words()

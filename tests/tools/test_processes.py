"""What our programs start ends with them, whatever ends them."""

import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import psutil
import pytest

from tools.processes import Processes, answers, deaf, free_port, taken, wait_until

pytestmark = pytest.mark.faults

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
PARENT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {STUBBORN!r}], process_group=0).wait()"
LAUNCHER = """
import sys, time
from pathlib import Path
from tools.processes import Processes, end_on_sigterm
end_on_sigterm()
with Processes(Path(sys.argv[1])) as running:
    for name in ("one", "two"):
        print(running.run(name, [sys.executable, "-c", "import time; time.sleep(60)"]).pid, flush=True)
    print("up", flush=True)
    time.sleep(60)
"""


def python(running: Processes, code: str, name: str = "it") -> int:
    process = running.run(name, [sys.executable, "-c", code])
    wait_until("it to be up", lambda: "up" in process.last_words(), process)
    return process.pid


def gone(*pids: int) -> bool:
    return not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in pids)


def test_stopping_ends_orphans_and_the_stubborn_too(processes: Processes) -> None:
    python(processes, PARENT)
    (process,) = processes.running
    family = [member.pid for member in process.family()]
    assert len(family) == 2
    assert [horse.pid for horse in process.horses()] == [pid for pid in family if pid != process.pid]
    process.popen.kill()
    process.stop(grace=0.2)
    assert gone(*family)


def test_an_exception_ends_them_all(tmp_path: Path) -> None:
    pids: list[int] = []

    def break_down() -> None:
        with Processes(tmp_path) as running:
            pids.extend(python(running, "import time; print('up', flush=True); time.sleep(60)", name) for name in "ab")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_down()
    assert len(pids) == 2
    assert gone(*pids)


@pytest.fixture
def launcher(tmp_path: Path) -> Generator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as started:
        yield started
        started.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_launcher_ends_them_all(launcher: subprocess.Popen[str], number: int) -> None:
    assert launcher.stdout is not None
    lines = [launcher.stdout.readline().strip() for _ in range(3)]
    assert lines[-1] == "up"
    launcher.send_signal(number)
    launcher.wait(20)
    assert launcher.returncode != 0
    assert gone(*map(int, lines[:2]))


def test_waiting_for_a_process_that_ended_tells_its_last_words(processes: Processes) -> None:
    process = processes.run("short", [sys.executable, "-c", "print('I cannot'); raise SystemExit(3)"])
    with pytest.raises(RuntimeError, match="short ended before it was up:\nI cannot"):
        wait_until("it was up", lambda: False, process)
    assert processes.dead() == [process]


def test_waiting_has_an_end() -> None:
    with pytest.raises(RuntimeError, match=r"Waited 0.1 s for the rain"):
        wait_until("the rain", lambda: False, timeout=0.1)


def test_while_ending_another_signal_is_not_heard() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in the background of a shell are deaf to it
    with deaf():
        signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_port_is_taken_or_free(processes: Processes) -> None:
    port = free_port()
    assert not taken(port)
    assert not answers(f"http://127.0.0.1:{port}/")
    processes.start("web", "http.server", str(port), "--bind", "127.0.0.1")
    wait_until("an answer", lambda: answers(f"http://127.0.0.1:{port}/nothing-here"))
    assert taken(port)

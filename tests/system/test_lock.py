"""The pinned dependencies are whole: every one hashed, none with an address, all of `pyproject.toml` among them."""

import ast
import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, packages_distributions, requires

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.system.tree import OURS, SHIPPED, parsed, read

PINNED = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", re.MULTILINE)


def declared() -> list[Requirement]:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    extras = project["optional-dependencies"].values()
    return [Requirement(text) for text in (*project["dependencies"], *(text for extra in extras for text in extra))]


def test_every_dependency_has_hashes():
    entries = re.split(r"\n(?=[A-Za-z0-9])", read("requirements.lock").strip())
    assert len(entries) > 50
    assert [entry.split()[0] for entry in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}", entry)] == []


def test_no_dependency_has_an_address():
    lock = read("requirements.lock")
    assert "://" not in lock
    assert "--index" not in lock
    assert "--find-links" not in lock


@pytest.mark.parametrize("wanted", declared(), ids=str)
def test_every_declared_dependency_is_pinned_within_its_bounds(wanted: Requirement):
    pins = [version for name, version in PINNED.findall(read("requirements.lock")) if same(name, wanted.name)]
    assert pins
    assert [pin for pin in pins if not wanted.specifier.contains(pin, prereleases=True)] == []


def same(one: str, other: str) -> bool:
    return canonicalize_name(one) == canonicalize_name(other)


def installed_with(names: list[str]) -> set[str]:
    """These distributions and whatever they bring along."""
    found: set[str] = set()
    waiting = [Requirement(name) for name in names]
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if name in found:
            continue
        found.add(name)
        try:
            further = [Requirement(text) for text in requires(name) or []]
        except PackageNotFoundError:
            continue  # for another system than this one
        extras = wanted.extras or {""}
        waiting += [one for one in further if not one.marker or any(one.marker.evaluate({"extra": e}) for e in extras)]
    return found


def imported_by(*packages: str) -> set[str]:
    """Top-level names of other people's modules that our packages import."""
    found: set[str] = set()
    for name, tree in parsed():
        if name.split("/")[0] in packages:
            for node in ast.walk(tree):
                if isinstance(node, ast.Import):
                    found |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - set(OURS)


@pytest.mark.parametrize(("packages", "extras"), [(SHIPPED, ()), (("sandbox",), ("sandbox",))], ids=["ours", "sandbox"])
def test_nothing_that_runs_needs_what_is_for_development(packages: tuple[str, ...], extras: tuple[str, ...]):
    project = tomllib.loads(read("pyproject.toml"))["project"]
    declared_names = [*project["dependencies"]]
    for extra in extras:
        declared_names += project["optional-dependencies"][extra]
    there, owners = installed_with(declared_names), packages_distributions()
    used = imported_by(*packages)
    assert len(used) > 3
    missing = {name for name in used if not {canonicalize_name(owner) for owner in owners.get(name, [])} & there}
    assert missing == set()

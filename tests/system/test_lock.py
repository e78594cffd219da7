"""The pinned dependencies are whole: every one hashed, none with an address, all of `pyproject.toml` among them."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.system.tree import read

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

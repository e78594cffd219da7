"""The project's files say nothing of the machine they were written on, and lead nowhere that does not exist."""

import re

import pytest

from tests.system.tree import read, texts
from tools.processes import ROOT

# put together here, so that this file does not hold what it forbids
MACHINE_PATHS = re.compile(r"(?<![\w.~$}>-])/(?:wo" + r"rk/|fa" + r"rm/|ro" + r"ot/|ho" + r"me/\w+/|Us" + r"ers/\w)")
REGISTRIES = re.compile(
    "py" + r"pi\.org|python" + "hosted|npm" + r"js\.(?:org|com)|deb\.deb" + "ian|git" + "hub\\.com/"
)
ISSUES = re.compile(r"\bissues?\s#?\d|\bGH-\d|(?:^|[\s(])#\d+\b", re.IGNORECASE | re.MULTILINE)
LEFTOVERS = re.compile("TO" + "DO|FIX" + "ME|XX" + r"X\b|NotImplemented" + "Error")
KINDS_WITH_PROSE = (".py", ".md", ".toml", ".html", ".js", ".xml", "")


def found(pattern: re.Pattern[str], *suffixes: str) -> list[str]:
    return [
        f"{name}:{text.count(chr(10), 0, hit.start()) + 1}: {hit[0].strip()}"
        for name, text in texts(*suffixes)
        for hit in pattern.finditer(text)
        if not name.startswith("static/")
    ]


def test_no_file_names_a_path_of_a_machine():
    assert found(MACHINE_PATHS) == []


def test_no_file_names_the_address_of_a_registry():
    assert found(REGISTRIES) == []


def test_no_file_names_an_issue():
    assert found(ISSUES, *KINDS_WITH_PROSE) == []


def test_nothing_is_left_to_be_done_later():
    assert found(LEFTOVERS, ".py", ".js", ".html") == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (MACHINE_PATHS, "cd /wo" + "rk/main"),
        (REGISTRIES, "https://py" + "pi.org/simple"),
        (ISSUES, "see iss" + "ue 12"),
        (ISSUES, "Closes " + chr(35) + "12"),
        (LEFTOVERS, "# TO" + "DO later"),
    ],
)
def test_the_search_finds_what_it_looks_for(pattern: re.Pattern[str], text: str):
    assert pattern.search(text)


def test_every_link_of_a_document_leads_somewhere():
    broken = []
    for name, text in texts(".md"):
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if "://" in target or target.startswith("#"):
                continue
            if not (ROOT / name).parent.joinpath(target.split("#")[0]).exists():
                broken.append(f"{name}: {target}")
    assert broken == []


def test_every_command_of_a_document_exists():
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    named = {
        (name, word)
        for name, text in texts(".md")
        for word in re.findall(r"(?:^ {4}|`)make ([a-z-]+)", text, re.MULTILINE)
    }
    assert {word for _, word in named} >= {"demo", "test", "night", "bench"}
    assert {(name, word) for name, word in named if word not in targets} == set()


def test_every_command_of_the_makefile_explains_itself():
    makefile = read("Makefile")
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert phony is not None
    explained = set(re.findall(r"^([a-z-]+):.*## \w", makefile, re.MULTILINE))
    assert set(phony[1].split()) == explained


def test_every_assumption_of_a_stand_in_is_listed():
    page = read("docs/sandbox.md")
    assuming = [name for name, text in texts(".py") if name.startswith("sandbox/") and "assumed" in text.lower()]
    assert len(assuming) > 20
    listed = set(re.findall(r"`(sandbox/[\w/]+(?:\.py|/))`", page))
    assert [name for name in assuming if not {name, f"{name.rpartition('/')[0]}/"} & listed] == []
    assert [place for place in listed if not any(name.startswith(place) for name in assuming)] == [], "assumes nothing"

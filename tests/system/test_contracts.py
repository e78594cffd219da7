"""The tree keeps its own rules: import contracts, sizes, names that tell what a module is for."""

import ast
import re
import subprocess
import sys
from pathlib import Path

from tests.system.tree import files, parsed, read, texts
from tools.processes import ROOT

MOST_LINES = 300
MOST_FUNCTION_LINES = 45
SWITCHED_OFF = re.compile(r"# (?:noqa|type: ignore|pyright: ignore)")
WITH_REASON = re.compile(r"# (?:noqa: [A-Z]+\d|(?:type|pyright): ignore\[\w)[^#]*?(?:# |- )\w")
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "manager", "handler", "handlers", "base", "misc", "common"}


def test_the_import_contracts_are_kept():
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(program), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


def test_no_module_is_too_long_to_be_read():
    assert len(parsed()) > 100
    lengths = {name: len(read(name).splitlines()) for name, _ in parsed()}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_function_is_too_long_to_be_read():
    too_long = {
        f"{name}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for name, tree in parsed()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= MOST_FUNCTION_LINES
    }
    assert too_long == {}


def test_every_module_opens_with_what_it_is_for():
    assert [name for name, tree in parsed() if tree.body and not ast.get_docstring(tree)] == []


def test_no_module_has_a_name_that_says_nothing():
    assert [str(path) for path in files() if path.suffix == ".py" and path.stem in SAYS_NOTHING] == []


def test_no_rule_is_switched_off_without_its_code_and_a_reason():
    bare = [
        f"{name}:{number}"
        for name, text in texts(".py")
        if "/migrations/" not in name
        for number, line in enumerate(text.splitlines(), start=1)
        if SWITCHED_OFF.search(line) and not WITH_REASON.search(line)
    ]
    assert bare == []


def test_nothing_but_tests_imports_the_launcher():
    importing = {
        name
        for name, tree in parsed()
        if not name.startswith("tools/")
        for node in ast.walk(tree)
        for imported in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
        if imported.split(".")[0] == "tools"
    }
    assert importing == set()

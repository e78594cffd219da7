"""Secrets and people stay out of `repr` and out of logs: every class that carries one, every place that logs."""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from tests.system.tree import SHIPPED, modules, parsed
from tools.processes import ROOT

SECRET = re.compile(
    r"(?:^|_)(?:password|passphrase|secrets?|secret_keys|(?:access_|refresh_|oauth_|session_|security_)?token|"
    r"private_key|assertion|credentials?|session_id|signed_request|verifier|session_identifier)$"
)
PERSONAL = re.compile(r"(?:^|_)(?:e?mail|email_address|phone|full_name)$")
OF_A_PERSON = re.compile(
    r"(?:^|_)(?:e?mails?|addresses|address|email_address|phone|fax|first_name|last_name|full_name|user_?name|login|custom_id|lines?)$"
)
WITH_THEM = {"name", "label", "value", "values"}
"""What is a person's in a class that has anything of a person's; alone it may be a Campaign's or a setting's."""

SOMEBODY = {"Identity", "Visitor", "Cell"}
"""Classes that are about a person, or may be, though no name of a field says so."""

LOGGERS = {"log", "_log", "logger", "_logger", "logging"}
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
PLANTED = "planted-9d1c"


def carriers(*packages: str, of: Callable[[type[Any]], Sequence[str]]) -> list[type[Any]]:
    """Dataclasses and named tuples of ours that have such fields."""
    found: dict[str, type[Any]] = {}
    for module in modules(*packages):
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == module.__name__ and of(value):
                found[f"{value.__module__}.{value.__qualname__}"] = value
    return [found[name] for name in sorted(found)]


def names_of(kind: type[Any]) -> list[str]:
    if is_dataclass(kind):
        return [field.name for field in fields(kind)]
    return [name for name in getattr(kind, "_fields", ()) if isinstance(name, str)]


def secret_fields(kind: type[Any]) -> list[str]:
    return [name for name in names_of(kind) if SECRET.search(name)]


def personal_fields(kind: type[Any]) -> list[str]:
    found = [name for name in names_of(kind) if OF_A_PERSON.search(name)]
    return [*found, *WITH_THEM.intersection(names_of(kind))] if found or kind.__name__ in SOMEBODY else []


def planted(kind: type[Any], of: Callable[[type[Any]], Sequence[str]]) -> Any:
    """One of them whose fields of that kind all hold the planted word, and nothing else does."""
    secret = set(of(kind))
    if not is_dataclass(kind):
        return kind(*(PLANTED if name in secret else "" for name in kind._fields))
    one = object.__new__(kind)
    for field in fields(kind):
        object.__setattr__(one, field.name, PLANTED if field.name in secret else "")
    return one


CARRIERS = carriers(*SHIPPED, "sandbox", "tools", of=secret_fields)
PEOPLE = carriers(*SHIPPED, of=personal_fields)


def named(kind: type[Any]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def test_there_are_classes_that_carry_secrets():
    assert {"Settings", "Connection", "AccessToken"} <= {kind.__name__ for kind in CARRIERS}


@pytest.mark.parametrize("kind", CARRIERS, ids=named)
def test_no_secret_is_in_a_repr(kind: type[Any]):
    assert PLANTED not in repr(planted(kind, secret_fields))


def test_there_are_classes_that_carry_people():
    expected = {"PersonRef", "Member", "Recipient", "AudienceRow", "Entry", *SOMEBODY}
    assert expected <= {kind.__name__ for kind in PEOPLE}


@pytest.mark.parametrize("kind", PEOPLE, ids=named)
def test_nobody_is_in_a_repr(kind: type[Any]):
    assert PLANTED not in repr(planted(kind, personal_fields))


def logged() -> list[tuple[str, ast.Call]]:
    """Every call that logs, with its place."""
    return [
        (f"{name}:{node.lineno}", node)
        for name, tree in parsed()
        if name.split("/")[0] in SHIPPED
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in LEVELS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in LOGGERS
    ]


def words_of(call: ast.Call) -> set[str]:
    """Every name that a call mentions: of its keywords, variables and attributes."""
    inside = [node for argument in (*call.args, *call.keywords) for node in ast.walk(argument)]
    return (
        {node.id for node in inside if isinstance(node, ast.Name)}
        | {node.attr for node in inside if isinstance(node, ast.Attribute)}
        | {node.arg for node in inside if isinstance(node, ast.keyword) and node.arg}
    )


def test_no_log_call_mentions_a_secret_or_a_person():
    assert len(logged()) > 10
    telling = {
        place: sorted(word for word in words_of(call) if SECRET.search(word) or PERSONAL.search(word))
        for place, call in logged()
    }
    assert {place: words for place, words in telling.items() if words} == {}


def test_a_log_event_is_a_fixed_text():
    """What varies goes into named values, where the log's filter sees what it is."""
    varying = [place for place, call in logged() if call.args and not isinstance(call.args[0], ast.Constant)]
    assert varying == []


def test_the_search_sees_a_secret_in_a_log_call():
    call = ast.parse("log.info('connected', who=connection.access_token)").body[0]
    assert isinstance(call, ast.Expr)
    assert isinstance(call.value, ast.Call)
    assert any(SECRET.search(word) for word in words_of(call.value))


def test_nothing_that_ships_prints_but_the_operators_commands():
    printing = {
        name
        for name, tree in parsed()
        if name.split("/")[0] in SHIPPED
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }
    commands = "__init__", "invitation", "keys", "organization"
    assert printing == {f"connector/commands/{name}.py" for name in commands}


def test_the_web_process_logs_json_without_secrets(tmp_path: Path):
    """As gunicorn starts it: from the environment, with nothing else said."""
    program = (
        "import structlog, webapp; webapp.create_app(); "
        f"structlog.get_logger('webapp').warning('seen', password='{PLANTED}', who='ada@example.org')"
    )
    environ = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path}/app.db",
        "SECRET_KEYS": Fernet.generate_key().decode(),
    }
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    event = json.loads(done.stderr.strip().splitlines()[-1])
    assert (event["event"], event["password"]) == ("seen", "[hidden]")
    assert PLANTED not in done.stderr
    assert "ada@" not in done.stderr

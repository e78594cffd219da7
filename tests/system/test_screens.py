"""Templates compile and are used, views are closed unless they say why, the content policy needs nothing inline."""

import re
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from jinja2 import Environment

from connector.settings import Settings
from sandbox.salesforce.app import close_app
from sandbox.salesforce.app import create_app as create_org_app
from sandbox.salesforce.options import AppOptions
from sandbox.salesforce.org import Org
from tests.system.tree import parsed, read, texts
from webapp import create_app
from webapp.guard import OPEN

OPEN_ENDPOINTS = {
    "activity_report.fetch",  # whoever has its one-use ticket
    "deletions.fetch_receipt",  # the same
    *("messages.fetch", "run_log.fetch", "settings_file.fetch"),  # the same
    "metrics.show",  # whoever has the operator's key for it; without one it is not there
    "prepare.fetch_package",  # whoever has its signed ticket; it holds no secret
    *("door.launch", "door.explain", "health.alive", "health.ready"),
    *("api.jobs", "api.start", "api.run", "audience.fetch"),
    "errors_list.fetch",  # whoever has its one-use ticket
    "intake_door.take",  # whoever has a key of the org, or signs with one
    *("set_up.show", "set_up.begin", "set_up.mend", "set_up.download", "set_up.download_source"),
    *("set_up.connect", "set_up.leave", "popup.start", "popup.callback"),
    *("renewal.renew", "approval.wait"),
}
"""Reviewed: whoever opens another view must say so here."""


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    key = Fernet.generate_key().decode()
    return create_app(Settings(database_url=f"sqlite:///{tmp_path}/app.db", secret_keys=(key,)))


def compile_all(environment: Environment) -> list[str]:
    names = environment.list_templates(extensions=["html"])
    for name in names:
        environment.get_template(name)  # raises for bad syntax, unknown filters and unknown tests
    return names


def test_every_template_of_the_app_compiles(app: Flask):
    assert len(compile_all(app.jinja_env)) >= len([1 for name, _ in texts(".html") if name.startswith("templates/")])


def test_every_template_of_the_stand_in_compiles(tmp_path: Path):
    served = create_org_app(Org(tmp_path / "org"), AppOptions())
    try:
        inside = getattr(served, "app", served)
        for wrapper in ("_app", "app", "wsgi_app"):
            if isinstance(inside, Flask):
                break
            inside = getattr(inside, wrapper, inside)
        assert isinstance(inside, Flask)
        assert compile_all(inside.jinja_env)
    finally:
        close_app(served)


def test_every_template_is_used():
    code = "\n".join(text for name, text in texts(".py", ".html") if name.startswith(("webapp/", "templates/")))
    templates = [name.removeprefix("templates/") for name, _ in texts(".html") if name.startswith("templates/")]
    assert [name for name in templates if f'"{name}"' not in code and f"'{name}'" not in code] == []


def test_no_template_has_script_or_style_that_the_content_policy_refuses():
    inline = [
        f"{name}: {hit[0]}"
        for name, text in texts(".html")
        if name.startswith("templates/")
        for hit in re.finditer(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:|\|\s*safe\b", text)
    ]
    assert inline == []


def test_every_view_is_closed_unless_reviewed(app: Flask):
    opened = {name for name, view in app.view_functions.items() if hasattr(view, OPEN)}
    assert opened == OPEN_ENDPOINTS
    assert [name for name in opened if len(getattr(app.view_functions[name], OPEN)) < 20] == []


def test_no_closed_view_answers_a_stranger(app: Flask):
    client = app.test_client()
    answers = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint in OPEN_ENDPOINTS:
            continue
        path = re.sub(r"<[^>]+>", "1", rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answers[f"{method} {path}"] = client.open(path, method=method).status_code
    assert len(answers) > 8
    assert set(answers.values()) == {401}


def test_nothing_in_the_app_speaks_of_cookies_or_local_storage():
    """Browsers may keep neither in our frame."""
    words = ("set_cookie", "dump_cookie", "parse_cookie", "Set-Cookie", "HTTP_COOKIE", '"Cookie"')
    names = {name for name, _ in parsed() if name.startswith("webapp/") and any(word in read(name) for word in words)}
    names -= {"webapp/cookies.py"}  # of the pages outside the frame
    scripts = {name for name, text in texts(".js") if name == "static/js/frame.js" and "torage." in text}
    assert names | scripts == set()
    assert not re.search(r"\b(?:alert|confirm|prompt)\(|document\.cookie", read("static/js/frame.js"))

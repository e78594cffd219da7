"""What holds for every answer and for the app as it is started: files, health, limits, errors, settings."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from flask import Flask
from sqlalchemy import text

from connector import logs
from connector.errors import CredentialsRefused, LimitReached, Misconfigured, NotFound, Refused, Temporary
from connector.settings import Settings
from connector.store.migrate import newest
from tests.webapp.conftest import INSTANCE, ORG, House, document, make_house, signed
from webapp.framing import ancestors, any_ancestor, trusted_origin
from webapp.guard import for_everybody
from webapp.pages import STATIC, asset

FILES = ("css/slds.css", "css/app.css", "js/htmx.min.js", "js/frame.js")


@pytest.mark.parametrize("path", FILES)
def test_our_files_are_served_for_ever_under_their_contents_hash(house: House, path: str) -> None:
    answer = house.app.test_client().get(asset(path))
    answer.close()
    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers


def test_the_look_is_small_and_names_no_other_site() -> None:
    css = "".join((STATIC / path).read_text() for path in FILES[:2])
    assert len((STATIC / FILES[0]).read_bytes()) <= 60_000
    assert "@import" not in css
    assert "url(http" not in css.replace(" ", "")
    assert (STATIC / "licenses" / "slds.txt").exists()
    assert (STATIC / "licenses" / "htmx.txt").exists()


def test_every_class_that_a_template_uses_of_salesforces_look_is_in_the_file() -> None:
    css = (STATIC / "css" / "slds.css").read_text()
    templates = [*Path(STATIC.parent / "templates").rglob("*.html")]
    used = {word for path in templates for word in path.read_text().replace('"', " ").split() if word[:5] == "slds-"}
    assert len(used) > 20
    missing = {name for name in used if f".{name}" not in css and "{" not in name}
    assert missing == set()


def test_health_says_alive_and_ready_says_what_is_away_or_old_and_when_the_tick_was_seen(house: House) -> None:
    client, answered = house.app.test_client(), {"database": True, "redis": True, "tick_seconds_ago": None}
    assert client.get("/health").json == {"status": "alive"}
    answer = client.get("/ready")
    assert (answer.status_code, answer.json) == (503, {**answered, "migrations": False})
    with house.database.write() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": newest()})
        connection.execute(text("INSERT INTO heartbeats (name, at) VALUES ('tick', 0)"))
    answer = client.get("/ready")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["tick_seconds_ago"] > 1_000_000
    assert answer.json["migrations"] is True
    house.outside.away = True
    answer = client.get("/ready")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["redis"] is False
    assert client.get("/health").status_code == 200


def test_what_is_logged_in_a_request_names_it_and_whose_it_is_by_our_own_numbers(house: House) -> None:
    frame = house.linked()
    frame.go("/home")
    mine = structlog.contextvars.get_contextvars()
    assert mine.keys() == {"request", "org", "user"}
    assert (mine["org"], mine["user"]) == (house.org_id, 1)
    house.app.test_client().get("/health")
    strangers = structlog.contextvars.get_contextvars()
    assert strangers.keys() == {"request"}
    assert strangers["request"] != mine["request"]


def test_the_door_cannot_be_hammered_and_says_so_inside_the_frame(settings: Settings) -> None:
    house = make_house(replace(settings, door_rate="3 per minute"))
    statuses = [house.frame().post_launch(ORG, "nonsense").status for _ in range(4)]
    assert statuses == [403, 403, 403, 429]
    answer = house.app.test_client().post(f"/canvas/{ORG}", data={"signed_request": signed(document())})
    assert "https://*.my.salesforce.com" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (NotFound("The message is gone."), 404, "The message is gone."),
        (CredentialsRefused("Salesforce refused us.", advice="Connect again."), 409, "Connect again."),
        (LimitReached("No calls left."), 503, "No calls left."),
        (Refused("It said no."), 409, "It said no."),
        (Temporary("It was away."), 503, "It was away."),
        (Misconfigured("SECRET_KEYS is empty."), 500, "The operator of this connector"),
        (ZeroDivisionError("secret detail"), 500, "Something went wrong on our side"),
    ],
)
def test_an_error_becomes_a_notice_over_the_page_that_stays(
    house: House, error: Exception, status: int, words: str
) -> None:
    fail_on(house.app, error)
    frame = house.linked().go("/runs")
    assert frame.status == status
    assert words in frame.page.text
    assert "secret detail" not in frame.page.html
    assert (frame.headers["HX-Retarget"], frame.headers["HX-Reswap"]) == ("#notice", "innerHTML")


def fail_on(app: Flask, error: Exception) -> None:
    """Let the runs' list fail, as it would in production: without Flask's own debugging."""

    @for_everybody("it fails")
    def failing() -> Any:
        raise error

    app.testing = False
    app.view_functions["runs.index"] = failing


def test_an_address_that_does_not_exist_is_told_in_words(house: House) -> None:
    frame = house.linked().go("/nowhere")
    assert frame.status == 404
    assert "There is no such page" in frame.page.text
    assert house.linked().submit("/home").status == 405


def test_a_request_too_large_is_refused_in_words(house: House) -> None:
    frame = house.linked().submit("/manage-data", zone="x" * 300_000)
    assert frame.status == 413
    assert "Nothing was saved" in frame.page.text


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        (INSTANCE, INSTANCE),
        (f"{INSTANCE}/path?query", INSTANCE),
        ("HTTPS://Example-Org.My.Salesforce.com", INSTANCE),
        ("http://localhost:8001", "http://localhost:8001"),
        ("http://127.0.0.1:8001", None),
        (INSTANCE.replace("https", "http"), None),
        ("https://my.salesforce.com.example.org", None),
        ("https://evilmy.salesforce.com.", None),
        ("ftp://localhost", None),
        ("https://x.my.salesforce.com:99999", None),
        ("", None),
    ],
)
def test_only_listed_hosts_have_an_origin_that_is_trusted(address: str, origin: str | None) -> None:
    assert trusted_origin(address, (".my.salesforce.com", "localhost")) == origin


def test_a_sandbox_orgs_other_sites_are_worked_out_from_its_my_domain() -> None:
    found = ancestors("https://acme--uat.sandbox.my.salesforce.com").split()
    assert "https://acme--uat.sandbox.lightning.force.com" in found
    assert "https://acme--uat--c.sandbox.vf.force.com" in found


def test_a_page_of_no_org_may_be_framed_by_the_listed_sites_only() -> None:
    assert any_ancestor((".my.salesforce.com", "localhost")) == "https://*.my.salesforce.com http://localhost:*"
    assert any_ancestor(()) == "'none'"


def test_the_app_starts_from_the_environment_as_gunicorn_starts_it(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    from webapp import create_app

    monkeypatch.setattr(logs, "configure", lambda _level, _form: None)
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SECRET_KEYS", settings.secret_keys[0])
    assert create_app().test_client().get("/health").status_code == 200


def test_a_static_file_that_is_not_there_is_not_there_for_anybody(house: House) -> None:
    assert house.frame().go("/static/no-such.js").status == 404
    assert house.linked().go("/static/no-such.js").status == 404
    assert house.linked().go("/static/../connector/settings.py").status == 404

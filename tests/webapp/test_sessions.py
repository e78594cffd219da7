"""A session is a token in a header: short-lived, renewed by every answer, worth nothing once it is revoked."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer

from connector.model.runs import Trigger
from connector.store import claims, users
from connector.store.claims import Asked
from tests.webapp.conftest import House
from webapp.guard import OPEN

BEGINNING = 1_795_392_000


def test_every_address_is_closed_without_a_session_unless_it_says_why(house: House) -> None:
    adapter = house.app.url_map.bind("localhost")
    checked = 0
    for rule in house.app.url_map.iter_rules():
        view = house.app.view_functions[rule.endpoint]
        values = {**dict.fromkeys(rule.arguments, 1), **(rule.defaults or {})}
        if hasattr(view, OPEN):
            assert len(getattr(view, OPEN)) > 20, f"{rule} does not say why it is open"
            continue
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}:
            answer = house.app.test_client().open(adapter.build(rule.endpoint, values, method), method=method)
            assert answer.status_code == 401, f"{method} {rule} is open"
            checked += 1
    assert checked >= 10


def test_the_open_addresses_are_these(house: House) -> None:
    views = house.app.view_functions.items()
    assert {name for name, view in views if hasattr(view, OPEN)} == {
        "activity_report.fetch",
        "deletions.fetch_receipt",
        "messages.fetch",
        "prepare.fetch_package",
        "door.launch",
        "door.explain",
        "health.alive",
        "health.ready",
        "metrics.show",
        "run_log.fetch",
        "settings_file.fetch",
        "api.jobs",
        "api.start",
        "api.run",
        "intake_door.take",
        "errors_list.fetch",
        "audience.fetch",
        "set_up.show",
        "set_up.begin",
        "set_up.mend",
        "set_up.download",
        "set_up.download_source",
        "set_up.connect",
        "set_up.leave",
        "popup.start",
        "popup.callback",
        "renewal.renew",
        "approval.wait",
    }


def test_every_answer_renews_the_token(house: House, time_machine: Any) -> None:
    time_machine.move_to(BEGINNING)
    frame = house.linked()
    for minutes in (25, 50, 75):
        time_machine.move_to(BEGINNING + minutes * 60)
        assert frame.go("/home").status == 200


def test_a_token_that_was_not_used_for_long_is_worth_nothing(house: House, time_machine: Any) -> None:
    time_machine.move_to(BEGINNING)
    frame = house.linked()
    time_machine.move_to(BEGINNING + 31 * 60)
    assert frame.go("/home").status == 401
    assert frame.headers["Session-Over"] == "true"


def test_no_session_lives_for_ever(house: House, time_machine: Any) -> None:
    time_machine.move_to(BEGINNING)
    frame = house.linked()
    seen = [(time_machine.move_to(BEGINNING + m * 60), frame.go("/home").status)[1] for m in range(20, 760, 20)]
    assert seen[0] == 200
    assert seen[-1] == 401


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer ",
        "Bearer nonsense",
        "Basic {token}",
        "Bearer {token}x",
        "Bearer x{token}",
        "bearer {token}",
    ],
)
def test_anything_but_the_token_itself_opens_nothing(house: House, header: str) -> None:
    token = house.linked().token
    answer = house.app.test_client().get("/home", headers={"Authorization": header.format(token=token)})
    assert answer.status_code == 401


def test_a_token_signed_with_another_key_opens_nothing(house: House) -> None:
    forged = URLSafeTimedSerializer(["another key"], salt="frame session").dumps("identifier")
    assert get(house.app.test_client(), forged) == 401


def test_a_well_signed_token_without_its_session_opens_nothing(house: House) -> None:
    keys = list(house.settings.secret_keys)
    signed = URLSafeTimedSerializer(keys, salt="frame session").dumps("no such session")
    assert get(house.app.test_client(), signed) == 401


def test_a_revoked_session_ends_with_the_next_request(house: House) -> None:
    frame = house.linked()
    with house.database.write() as connection:
        name = connection.exec_driver_sql("SELECT id_hash FROM sessions").scalar_one()
        users.revoke(connection, name)
    assert frame.go("/home").status == 401


def test_a_user_disabled_in_salesforce_is_out_within_ten_minutes(house: House, time_machine: Any) -> None:
    time_machine.move_to(BEGINNING)
    frame = house.linked(client__oauthToken="ada's")
    house.outside.tokens["ada's"] = {**house.outside.userinfo("", ""), "active": False}
    time_machine.move_to(BEGINNING + 9 * 60)
    assert frame.go("/home").status == 200
    time_machine.move_to(BEGINNING + 10 * 60 + 1)
    assert frame.go("/home").status == 401
    del house.outside.tokens["ada's"]
    assert frame.go("/home").status == 401


def test_salesforce_is_asked_again_every_ten_minutes_and_not_oftener(house: House, time_machine: Any) -> None:
    time_machine.move_to(BEGINNING)
    frame = house.linked()
    for minutes in (1, 11, 12, 20, 22):
        time_machine.move_to(BEGINNING + minutes * 60)
        assert frame.go("/home").status == 200
    assert len(house.outside.asked) == 3


def test_while_salesforce_cannot_be_asked_nothing_is_shown_and_nothing_is_lost(house: House, time_machine: Any) -> None:
    time_machine.move_to(BEGINNING)
    frame = house.linked()
    time_machine.move_to(BEGINNING + 11 * 60)
    house.outside.away = True
    assert frame.go("/home").status == 503
    assert frame.headers["HX-Retarget"] == "#notice"
    house.outside.away = False
    assert frame.go("/home").status == 200


def test_a_cookie_is_not_even_looked_at(house: House) -> None:
    client = house.app.test_client()
    for name in ("session", "remember_token"):
        client.set_cookie(name, "anything")
    answer = client.get("/home")
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("address", ["/runs/{}", "/runs/{}/rejected", "/runs/{}/unmatched", "/runs/{}/cancel"])
def test_another_orgs_run_does_not_exist(house: House, address: str) -> None:
    with house.database.write() as connection:
        foreign = claims.claim(connection, house.org_id + 1, Asked(Trigger.HAND)).run_id
    frame = house.linked()
    assert frame.go(address.format(foreign)).status == 404
    if address.endswith("cancel"):
        assert frame.submit(address.format(foreign)).status == 404
        with house.database.read() as connection:
            assert connection.exec_driver_sql("SELECT cancel_requested FROM runs").scalar_one() == 0


def test_an_address_opened_by_itself_says_where_the_app_is(house: House) -> None:
    frame = house.frame().open("/runs")
    assert frame.status == 401
    assert "opens inside Salesforce" in frame.page.text


def get(client: FlaskClient, token: str) -> int:
    return client.get("/home", headers={"Authorization": f"Bearer {token}"}).status_code

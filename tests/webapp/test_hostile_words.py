"""Whatever vendors and strangers put into our tables or send us is shown as words, and only to its own organization."""

from sqlalchemy import text

from connector.model.runs import RunState, Trigger
from connector.store import claims, ledger, people, placements, runs
from connector.store.claims import Asked
from tests.webapp.conftest import OTHER_ORG, House
from tests.webapp.pages import Frame
from tests.webapp.test_runs import PERSON, add, ended

HOSTILE = '"><img src=x onerror=alert(1)><script>alert(1)</script><b hx-get="/x" hx-trigger="load">\'{{ 7 * 7 }}'
KEY = f"{1:032}"


def harmless(frame: Frame) -> bool:
    """Whether no part of the words became an element, an attribute or a number."""
    names = {element.name for element in frame.page.elements}
    attributes = {name for element in frame.page.elements for name in element.attributes}
    return not ({"img", "b"} & names or "onerror" in attributes or "'49" in frame.page.html)


def poison(house: House, run_id: int) -> None:
    """Every text that a screen shows."""
    with house.database.write() as connection:
        runs.set_counts(connection, run_id, [(HOSTILE[:40], "Rejected", 1), ("Sent", "Unmatched", 1)])
        add(connection, people.people, org_id=1, id=PERSON, kind="Contact", name=HOSTILE)
        add(connection, ledger.messages, org_id=1, id=7, name=HOSTILE)
        add(connection, ledger.recipients, org_id=1, id=5, email=HOSTILE, custom_id=HOSTILE)
        what = {"org_id": 1, "message_id": 7, "activity_group": HOSTILE, "reason": HOSTILE}
        fact = {"key": KEY, "recipient_id": 5, "activity": HOSTILE, "occurred_at": 1, "decision": "unmatched"}
        add(connection, ledger.facts, **what, **fact, changed_run=run_id)
        row = {"object": "A__c", "external_key": KEY, "fact_key": KEY, "person_id": PERSON, "state": "rejected"}
        add(connection, placements.placements, **what, **row, code=HOSTILE, run_id=run_id)
        sums = dict.fromkeys(("placed", "live", "unmatched", "held", "filtered", "expected", "salesforce"), 0)
        for message in (0, 7):
            line = {"run_id": run_id, "message_id": message, "activity_group": HOSTILE, "facts": 1, "closes": False}
            add(connection, runs.reconciliations, **line, **sums)
        words = {"words": HOSTILE}
        for statement in (
            "UPDATE runs SET reason = :words, advice = :words, phase = :words, trigger = :words",
            "UPDATE orgs SET name = :words",
            (
                "INSERT INTO salesforce_connections (org_id, kind, login_url, instance_url, secrets, refused) "
                "VALUES (1, 'jwt', '', 'https://' || :words, '', :words)"
            ),
            (
                "INSERT INTO realmagnet_connections (org_id, username, password, account, refused) "
                "VALUES (1, :words, '', 'ACME', :words)"
            ),
        ):
            connection.execute(text(statement), words)


def test_no_screen_lets_words_become_markup(house: House) -> None:
    run_id = ended(house, RunState.COMPLETED_WITH_ERRORS)
    poison(house, run_id)
    who = {"context__user__fullName": HOSTILE, "context__user__locale": HOSTILE, "context__user__timeZone": HOSTILE}
    frame = house.linked(**who, client__instanceId=HOSTILE)
    for address in ("/home", "/home/status", "/runs", f"/runs/{run_id}"):
        assert "onerror=alert" in frame.go(address).page.html, address  # it is shown, as words
        assert harmless(frame), address
    for part in ("rejected", "unmatched"):
        assert harmless(frame.go(f"/runs/{run_id}/{part}"))
    assert harmless(frame.submit("/manage-data", zone=HOSTILE, local_time=HOSTILE, enabled=HOSTILE, kinds=HOSTILE))
    assert harmless(house.launch(**who, client__instanceId=HOSTILE))


def test_a_login_is_given_back_as_words(house: House) -> None:
    frame = house.launch().submit("/login", username=HOSTILE, password=HOSTILE)
    assert frame.status == 422
    assert harmless(frame)


def test_no_address_shows_or_stops_a_run_of_another_organization(house: House) -> None:
    with house.database.write() as connection:
        other = connection.execute(
            text("SELECT id FROM orgs WHERE salesforce_id = :id"), {"id": OTHER_ORG}
        ).scalar_one()
        run_id = claims.claim(connection, other, Asked(Trigger.HAND)).run_id
    frame = house.linked()
    for address in ("", "/cancel", "/rejected", "/unmatched"):
        assert frame.go(f"/runs/{run_id}{address}").status == 404
    assert frame.submit(f"/runs/{run_id}/cancel").status == 404
    assert f"Run {run_id}" not in frame.go("/runs").page.text
    with house.database.read() as connection:
        assert not runs.cancel_requested(connection, run_id)

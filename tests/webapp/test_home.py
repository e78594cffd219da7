"""Home tells whether it works, what the last run did and when the next is; Sync now starts one run, never two."""

import pytest

from connector.errors import LimitReached, Temporary
from connector.model.rights import USUAL, Holder
from connector.model.runs import Phase, RunState, Trigger
from connector.store import attempts, audit, claims, rights, runs
from connector.store.claims import Asked
from tests.webapp.conftest import House


def test_a_new_org_is_told_that_nothing_ran_yet_and_when_it_will(house: House) -> None:
    page = house.linked().go("/home").page
    assert "No run yet" in page.text
    assert "No activity has been brought to Salesforce yet" in page.text
    assert [e.attributes["class"] for e in page.find("ol")] == ["rm-checklist", "rm-list"]
    assert "Not connected" in page.text


def test_sync_now_commits_a_run_and_then_asks_the_workers_once(house: House) -> None:
    frame = house.linked()
    first = frame.submit("/runs")
    assert first.status == 200
    assert "Waiting for a worker to begin" in first.page.text
    frame.submit("/runs")
    house.linked().submit("/runs")
    assert [claim.run_id for claim in house.outside.claims] == [1]
    with house.database.read() as connection:
        row = runs.get(connection, 1)
        entries = audit.entries(connection, house.org_id)
    assert row is not None
    assert (row["trigger"], row["requested_by"]) == (Trigger.HAND, 1)
    assert entries[0]["action"] == "Sync now"


def test_a_queue_that_is_away_loses_nothing(house: House) -> None:
    frame = house.linked()
    house.outside.away = True
    assert "Waiting for a worker" in frame.submit("/runs").page.text


def begun(house: House, phase: Phase = Phase.WRITE, done: int = 12_400, total: int = 31_050) -> int:
    with house.database.write() as connection:
        run_id = claims.claim(connection, house.org_id, Asked(Trigger.HAND)).run_id
        attempts.begin(connection, run_id)
        runs.progress(connection, run_id, phase, done, total)
    return run_id


def test_progress_shows_its_phase_and_a_counted_bar_and_asks_for_itself_again(house: House) -> None:
    begun(house)
    page = house.linked().go("/home").page
    assert "Writing to Salesforce" in page.text
    assert "12,400 of 31,050" in page.text
    (bar,) = page.find("progress")
    assert (bar.attributes["value"], bar.attributes["max"]) == ("12400", "31050")
    (poll,) = page.find("div[hx-get='/home/status']")
    assert poll.attributes["hx-trigger"] == "every 1s"
    assert any(e.attributes.get("role") == "status" and e.text == Phase.WRITE for e in page.elements)


def test_an_unknown_total_is_a_bar_without_a_share(house: House) -> None:
    begun(house, Phase.COLLECT, 0, 0)
    (bar,) = house.linked().go("/home/status").page.find("progress")
    assert "value" not in bar.attributes


def test_when_the_run_is_over_nothing_polls_any_more(house: House) -> None:
    run_id = begun(house)
    with house.database.write() as connection:
        attempts.end(connection, run_id, RunState.COMPLETED)
        runs.set_counts(connection, run_id, [("Sent", "Written", 17_078), ("Sent", "Unmatched", 930)])
    page = house.linked().go("/home/status").page
    assert not page.find("div[hx-get='/home/status']")
    assert "17,078" in page.text
    assert "930" in page.text
    assert "today's figures are provisional" in page.text
    assert page.find("#sync-now")


def test_a_failed_run_says_why_and_what_to_do(house: House) -> None:
    run_id = begun(house)
    with house.database.write() as connection:
        reason, advice = "Salesforce was away for an hour.", "Choose Sync now."
        attempts.end(connection, run_id, RunState.FAILED, reason=reason, advice=advice)
    assert "Salesforce was away for an hour. Choose Sync now." in house.linked().go("/home").page.text


def test_a_run_that_tries_again_says_why(house: House) -> None:
    run_id = begun(house)
    with house.database.write() as connection:
        why = Temporary("Salesforce could not be reached.")
        attempts.put_off(connection, run_id, RunState.QUEUED, 30, why)
    text = house.linked().go("/home").page.text
    assert "It goes on by itself soon. Salesforce could not be reached. Next try at " in text


def test_cancelling_asks_first_and_then_stops_at_the_next_safe_place(house: House) -> None:
    run_id = begun(house)
    frame = house.linked()
    asked = frame.go(f"/runs/{run_id}/cancel").page
    assert asked.find("dialog")
    assert "nothing is lost" in asked.text
    after = frame.submit(f"/runs/{run_id}/cancel").page
    assert "Stopping at the next safe place" in after.text
    assert not after.find("#sync-cancel")
    with house.database.read() as connection:
        assert runs.cancel_requested(connection, run_id)
        assert audit.entries(connection, house.org_id)[0]["action"] == "Cancelled a run"


def test_a_refused_connection_is_shown_with_what_to_do(house: House) -> None:
    with house.database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO realmagnet_connections (org_id, username, password, account, refused) "
            "VALUES (1, 'sync', '', 'ACME', 'The password was changed.')"
        )
    page = house.linked().go("/home").page
    assert "Refused" in page.text
    assert "Real Magnet no longer accepts this connection: The password was changed. Connect again" in page.text
    (link,) = page.find("#connect-real-magnet")
    assert link.attributes["hx-get"] == "/connection/realmagnet"
    with house.database.write() as connection:
        rights.set_defaults(connection, house.org_id, Holder.EVERYBODY, "", USUAL)
    page = house.linked().go("/home").page
    assert "The password was changed. Tell someone with the right to Settings." in page.text
    assert not page.find("#connect-real-magnet")


def test_a_connection_that_the_run_found_refused_is_shown_with_the_runs_end(house: House) -> None:
    run_id = begun(house)
    frame = house.linked()
    (card,) = frame.go("/home").page.find("#connections")
    assert "hx-swap-oob" not in card.attributes
    with house.database.write() as connection:
        attempts.end(connection, run_id, RunState.FAILED, reason="Real Magnet refused the login.")
        connection.exec_driver_sql(
            "INSERT INTO realmagnet_connections (org_id, username, password, account, refused) "
            "VALUES (1, 'sync', '', 'ACME', 'The password was changed.')"
        )
    (card,) = frame.go("/home/status").page.find("#connections")
    assert card.attributes["hx-swap-oob"] == "outerMorph"
    assert "Refused" in card.text


def test_what_was_not_written_is_told_by_what_kept_it_out(house: House) -> None:
    run_id = begun(house)
    with house.database.write() as connection:
        attempts.end(connection, run_id, RunState.COMPLETED_WITH_ERRORS)
        counts = [("Sent", "Written", 9), ("Sent", "Rejected", 2600), ("Opened", "Rejected", 84)]
        counts += [("Sent", "Unmatched", 148), ("Clicked", "Filtered", 931)]
        runs.set_counts(connection, run_id, counts)
        connection.execute(runs.runs.update().values(closes=True))
    page = house.linked().go("/home").page
    (left_out,) = page.find("#left-out")
    assert left_out.text == (
        "2,684 refused by Salesforce: the next run tries again148 without a person931 of kinds that are switched off"
    )
    assert "Errors, because Salesforce refused rows of it." in page.text
    assert "Every activity is accounted for; 2,684 still wait." in page.text


def test_a_run_whose_figures_differ_says_that_this_is_the_error(house: House) -> None:
    run_id = begun(house)
    with house.database.write() as connection:
        attempts.end(connection, run_id, RunState.COMPLETED_WITH_ERRORS)
        connection.execute(runs.runs.update().values(closes=False))
    text = house.linked().go("/home").page.text
    assert "Errors, because some figures do not agree." in text
    assert "The books do not close" in text


@pytest.mark.parametrize(
    ("unmatched", "filtered", "words"),
    [
        (148, 931, "931 activities of kinds you switched off and 148 without a person are kept here"),
        (148, 0, "Nothing was new. 148 activities without a person are kept here"),
        (0, 931, "Nothing was new. 931 activities of kinds you switched off are kept here"),
        (0, 0, "Nothing had changed: everything already stands in Salesforce."),
    ],
)
def test_home_says_what_is_kept_here_when_nothing_was_new(
    house: House, unmatched: int, filtered: int, words: str
) -> None:
    run_id = begun(house)
    line = {"vendor": None, "facts": 2000, "placed": 9, "live": 0, "held": 0, "expected": 9, "salesforce": 9}
    line |= {"run_id": run_id, "message_id": 0, "activity_group": "Sent", "closes": True}
    with house.database.write() as connection:
        attempts.end(connection, run_id, RunState.COMPLETED)
        connection.execute(runs.reconciliations.insert().values(unmatched=unmatched, filtered=filtered, **line))
    assert words in house.linked().go("/home").page.text


@pytest.mark.parametrize("address", ["/home", "/runs/1"])
def test_a_run_that_waits_for_salesforces_allowance_says_until_when(house: House, address: str) -> None:
    run_id = begun(house)
    with house.database.write() as connection:
        why = LimitReached("Salesforce: TotalRequests Limit exceeded.")
        attempts.put_off(connection, run_id, RunState.PAUSED, 900, why)
        connection.execute(runs.runs.update().values(retry_at=1795446420000))
    text = house.linked().go(address).page.text
    assert "Salesforce's API calls of today are used up. The run looks again at 10:07 AM." in text


@pytest.mark.parametrize(
    ("locale", "zone", "words"),
    [
        ("en_US", "America/New_York", "Nov 23, 2026, 2:00 AM EST"),
        ("en_GB", "Europe/London", "23 Nov 2026, 07:00 GMT"),
        ("de_DE", "Europe/Berlin", "23 Nov 2026, 08:00 CET"),
        ("pt_BR", "America/Sao_Paulo", "23 Nov 2026, 04:00 GMT-03:00"),
    ],
)
def test_times_are_in_the_users_own_zone_and_form(house: House, locale: str, zone: str, words: str) -> None:
    run_id = begun(house)
    with house.database.write() as connection:
        attempts.end(connection, run_id, RunState.COMPLETED)
        connection.exec_driver_sql("UPDATE runs SET started_at = 1795417200000, ended_at = 1795417236000")
    frame = house.linked(context__user__locale=locale, context__user__timeZone=zone)
    page = frame.go("/home").page
    assert words in page.text
    assert "took 36 s" in page.text
    assert all(e.attributes["datetime"].endswith("Z") for e in page.find("time"))

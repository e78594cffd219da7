"""Runs: a line each, and behind it steps, counts, refused and unmatched rows, and whether the books close."""

from typing import Any

import pytest
from sqlalchemy import Connection, Table, text

from connector import clock
from connector.model.rights import Area, Level
from connector.model.runs import (
    WRITE,
    Phase,
    RunState,
    Trigger,
    backfill_of,
    deletion_of,
    single_send_of,
    update_of,
    upload_of,
)
from connector.model.scope import Scope
from connector.store import (
    attempts,
    claims,
    ledger,
    message_books,
    people,
    placements,
    rights,
    runs,
    scopes,
)
from connector.store.claims import Asked
from tests.webapp.conftest import House

PERSON = "003000000000001AAA"
REFUSED = "FIELD_CUSTOM_VALIDATION_EXCEPTION"


def add(connection: Connection, table: Table, **values: Any) -> None:
    connection.execute(table.insert().values(**values))


def ended(house: House, state: RunState = RunState.COMPLETED) -> int:
    with house.database.write() as connection:
        run_id = claims.claim(connection, house.org_id, Asked(Trigger.SCHEDULE)).run_id
        attempts.begin(connection, run_id)
        runs.progress(connection, run_id, Phase.RECONCILE, 1, 1)
        attempts.end(connection, run_id, state)
    return run_id


def refuse(house: House, run_id: int, count: int, code: str = REFUSED, reason: str = "Too many") -> None:
    with house.database.write() as connection:
        runs.set_counts(connection, run_id, [("Sent", "Rejected", count)])
        add(connection, people.people, org_id=1, id=PERSON, kind="Contact", name="Grace Example")
        add(connection, ledger.messages, org_id=1, id=7, name="May newsletter")
        for number in range(count):
            add(
                connection,
                placements.placements,
                org_id=1,
                object="Real_Magnet_Activity__c",
                external_key=f"{number:032}",
                message_id=7,
                activity_group="Sent",
                person_id=PERSON,
                state="rejected",
                code=code,
                reason=reason,
                run_id=run_id,
                outcome="Rejected",
            )


def leave_unmatched(house: House, run_id: int, count: int) -> None:
    with house.database.write() as connection:
        runs.set_counts(connection, run_id, [("Opened", "Unmatched", count)])
        add(connection, ledger.recipients, org_id=1, id=5, email="nobody@example.org")
        for number in range(count):
            add(
                connection,
                ledger.facts,
                org_id=1,
                key=f"{number:032}",
                message_id=7,
                recipient_id=5,
                activity_group="Opened",
                activity="Opened",
                occurred_at=clock.milliseconds(clock.now()),
                decision="unmatched",
                reason="nobody with this id or address",
                changed_run=run_id,
            )


def test_an_empty_list_says_how_it_fills(house: House) -> None:
    page = house.linked().go("/runs").page
    assert "No run yet" in page.text
    assert page.find("a[href='/home']")


def test_each_run_has_a_line_with_its_state_in_words_and_its_counts(house: House) -> None:
    run_id = ended(house, RunState.COMPLETED_WITH_ERRORS)
    with house.database.write() as connection:
        counts = [("Sent", "Written", 1200), ("Opened", "Written", 34), ("Sent", "Rejected", 5)]
        runs.set_counts(connection, run_id, counts)
    page = house.linked().go("/runs").page
    assert "Completed with errors" in page.text
    assert "Nightly schedule" in page.text
    cells = {e.attributes["data-label"]: e.text for e in page.find("td")}
    assert (cells["Written"], cells["Rejected"], cells["Unmatched"]) == ("1,234", "5", "0")


def test_older_runs_are_a_page_away(house: House) -> None:
    for _ in range(27):
        ended(house)
    frame = house.linked()
    first = frame.go("/runs").page
    assert len(first.find("tr")) == 1 + 25
    (older,) = first.find("a[href='/runs?before=3']")
    second = frame.go(older.attributes["hx-get"]).page
    assert len(second.find("tr")) == 1 + 2
    assert "No older runs" in frame.go("/runs?before=1").page.text
    assert frame.go("/runs?before=nonsense").status == 200


def test_a_refused_row_says_who_why_and_what_to_do_with_salesforces_words_folded(house: House) -> None:
    run_id = ended(house)
    refuse(house, run_id, 1)
    page = house.linked().go(f"/runs/{run_id}").page
    assert "Grace Example" in page.text
    assert "May newsletter" in page.text
    assert "A validation rule of your org stopped it." in page.text
    folded = next(e for e in page.find("details") if REFUSED in e.text)
    assert "Too many" in folded.text


def test_a_reason_without_plain_words_is_shown_as_salesforce_said_it(house: House) -> None:
    run_id = ended(house)
    refuse(house, run_id, 1, "SOMETHING_NEW", "<b>Odd</b> things")
    page = house.linked().go(f"/runs/{run_id}").page
    assert "Salesforce said: <b>Odd</b> things" in page.text
    assert not page.find("b")


def test_refused_rows_come_in_pages(house: House) -> None:
    run_id = ended(house)
    refuse(house, run_id, 51)
    frame = house.linked()
    (more,) = [b for b in frame.go(f"/runs/{run_id}").page.find("button") if b.text == "More"]
    rest = frame.go(more.attributes["hx-get"]).page
    assert len(rest.find("tr")) == 1 + 1
    assert not [b for b in rest.find("button") if b.text == "More"]


def test_unmatched_activity_names_the_address_and_comes_in_pages(house: House) -> None:
    run_id = ended(house)
    leave_unmatched(house, run_id, 53)
    frame = house.linked()
    page = frame.go(f"/runs/{run_id}").page
    assert "nobody@example.org" in page.text
    assert "Nobody with this id or address." in page.text
    (more,) = [b for b in page.find("button") if b.text == "More"]
    assert len(frame.go(more.attributes["hx-get"]).page.find("tr")) == 1 + 3


def sums(house: House, run_id: int, message: int, **changes: Any) -> None:
    values = {"vendor": 100, "facts": 100, "placed": 90, "live": 0, "unmatched": 10, "held": 0, "filtered": 0}
    values |= {"expected": 90, "salesforce": 90, "closes": True} | changes
    with house.database.write() as connection:
        add(connection, runs.reconciliations, run_id=run_id, message_id=message, activity_group="Sent", **values)
        closes = values["closes"]
        connection.execute(runs.runs.update().values(closes=closes))


def test_books_that_close_are_shown_sum_by_sum(house: House) -> None:
    run_id = ended(house)
    sums(house, run_id, 0)
    text = house.linked().go(f"/runs/{run_id}").page.text
    assert "100 = 100" in text
    assert "100 = 90 have a place + 10 unmatched" in text
    assert "90 = 90" in text
    assert "Every activity that Real Magnet counts is accounted for" in text
    assert "Does not close" not in text


def test_books_that_do_not_close_say_which_message_and_by_how_much(house: House) -> None:
    run_id = ended(house, RunState.COMPLETED_WITH_ERRORS)
    refuse(house, run_id, 0)
    sums(house, run_id, 0, salesforce=88, vendor=103, closes=False)
    sums(house, run_id, 7, salesforce=88, vendor=103, closes=False)
    text = house.linked().go(f"/runs/{run_id}").page.text
    assert "103 ≠ 100" in text
    assert "90 ≠ 88" in text
    assert (
        "May newsletter, Sent: Real Magnet counts 103, read here 100; confirmed by Salesforce 90, counted there 88."
        in text
    )


def test_what_was_placed_but_refused_is_said_beside_the_sum(house: House) -> None:
    run_id = ended(house, RunState.COMPLETED_WITH_ERRORS)
    sums(house, run_id, 0, expected=87, salesforce=87)
    text = house.linked().go(f"/runs/{run_id}").page.text
    assert "87 = 87 3 more have a place and are not there yet" in text
    assert "Every activity is accounted for; 3 still wait." in text


def test_rows_that_a_later_run_sent_again_are_not_called_taken(house: House) -> None:
    run_id = ended(house, RunState.COMPLETED_WITH_ERRORS)
    with house.database.write() as connection:
        runs.set_counts(connection, run_id, [("Sent", "Rejected", 2775)])
    frame = house.linked()
    page = frame.go(f"/runs/{run_id}").page
    assert "2,775 were refused; a later run has sent them again." in page.text
    assert "Salesforce took every row" not in page.text
    assert "a later run has sent them again" in frame.go(f"/runs/{run_id}/rejected").page.text


def test_some_rows_that_a_later_run_sent_again_are_told_beside_the_rest(house: House) -> None:
    run_id = ended(house, RunState.COMPLETED_WITH_ERRORS)
    refuse(house, run_id, 2)
    with house.database.write() as connection:
        runs.set_counts(connection, run_id, [("Sent", "Rejected", 7)])
    page = house.linked().go(f"/runs/{run_id}").page
    assert "5 more were refused; a later run has sent them again." in page.text
    assert len(page.find("details")) >= 2


def test_activity_that_a_later_run_looked_at_again_is_not_called_matched(house: House) -> None:
    run_id = ended(house)
    with house.database.write() as connection:
        runs.set_counts(connection, run_id, [("Sent", "Unmatched", 12)])
    text = house.linked().go(f"/runs/{run_id}").page.text
    assert "12 were without a person; a later run has looked at them again." in text
    assert "every recipient" not in text


@pytest.mark.parametrize("state", [RunState.CANCELLED, RunState.FAILED])
def test_a_run_that_ended_before_it_counted_claims_nothing(house: House, state: RunState) -> None:
    run_id = ended(house, state)
    text = house.linked().go(f"/runs/{run_id}").page.text
    assert text.count("This run ended before it came to that.") == 4
    for claim in ("took every row", "every recipient", "Nothing had changed", "Nothing was new"):
        assert claim not in text


def test_a_run_with_nothing_at_all_left_out_says_so(house: House) -> None:
    run_id = ended(house)
    sums(house, run_id, 0, unmatched=0, placed=100, expected=100, salesforce=100)
    text = house.linked().go(f"/runs/{run_id}").page.text
    assert "Nothing had changed: everything already stands in Salesforce." in text
    assert "None: Salesforce took every row of this run." in text
    assert "None: every recipient of this run is a Contact or a Lead." in text


def test_a_run_without_anything_new_owns_up_to_what_earlier_runs_left_out(house: House) -> None:
    run_id = ended(house)
    sums(house, run_id, 0, facts=2576, vendor=2576, unmatched=1555, filtered=931)
    text = house.linked().go(f"/runs/{run_id}").page.text
    assert "No new ones in this run; 1,555 from earlier runs are still without a person." in text
    assert (
        "Nothing was new. 931 activities of kinds you switched off and 1,555 without a person are kept here and not "
        "in Salesforce."
    ) in text
    assert "everything already stands" not in text


def test_a_run_without_anything_new_does_not_hide_what_still_waits(house: House) -> None:
    run_id = ended(house)
    sums(house, run_id, 0, expected=86, salesforce=86)
    text = house.linked().go(f"/runs/{run_id}").page.text
    assert "Nothing was new. 4 still wait to be written: the next run tries again. 10 activities without" in text


def test_a_run_under_way_says_when_its_figures_come(house: House) -> None:
    with house.database.write() as connection:
        run_id = claims.claim(connection, house.org_id, Asked(Trigger.HAND)).run_id
        attempts.begin(connection, run_id)
    assert house.linked().go(f"/runs/{run_id}").page.text.count("Shown when the run is over.") == 4


def test_a_vendor_without_a_total_is_said_so(house: House) -> None:
    run_id = ended(house)
    sums(house, run_id, 0, vendor=None)
    assert "Real Magnet gives no total" in house.linked().go(f"/runs/{run_id}").page.text


def test_the_steps_show_where_a_run_stopped(house: House) -> None:
    with house.database.write() as connection:
        run_id = claims.claim(connection, house.org_id, Asked(Trigger.HAND)).run_id
        attempts.begin(connection, run_id)
        runs.progress(connection, run_id, Phase.WRITE, 5, 10)
    frame = house.linked()
    assert "Writing to Salesforce under way" in frame.go(f"/runs/{run_id}").page.text
    with house.database.write() as connection:
        attempts.end(connection, run_id, RunState.FAILED, reason="It broke.", advice="Choose Sync now.")
    text = frame.go(f"/runs/{run_id}").page.text
    assert "Writing to Salesforce stopped here" in text
    assert "Reading people from Salesforce done" in text
    assert "Checking that the books close not reached" in text
    assert "It broke. Choose Sync now." in text


def test_a_run_that_is_not_there_is_not_there(house: House) -> None:
    frame = house.linked()
    assert frame.go("/runs/999").status == 404
    assert "There is no run of this number" in frame.page.text


def test_numbers_and_keys_that_no_row_has_are_not_there_or_not_said(house: House) -> None:
    run_id = ended(house)
    frame = house.linked()
    huge = "9" * 30
    for address in (f"/runs/{huge}", f"/runs/{huge}/cancel", f"/runs/{huge}/rejected", f"/runs/{huge}/unmatched"):
        assert frame.go(address).status == 404
    assert f"Run {run_id}" in frame.go("/runs", before=huge).page.text
    assert frame.go(f"/runs/{run_id}/rejected", after=huge).status == 200
    assert frame.go(f"/runs/{run_id}/unmatched", after="\0'").status == 200


@pytest.mark.parametrize("rows", ["rejected", "unmatched"])
def test_the_rows_behind_an_upload_are_not_asked_for_as_those_of_a_night(house: House, rows: str) -> None:
    with house.database.write() as connection:
        claim = claims.claim(connection, house.org_id, Asked(Trigger.RUN_NOW), upload_of(1, 1))
    assert house.linked().go(f"/runs/{claim.run_id}/{rows}").status == 404


def test_runs_of_every_kind_have_a_name_a_page_and_a_right_of_their_own(house: House) -> None:
    frame = house.linked()
    subjects = [
        update_of(_scope(house, Scope(message_id=7))),
        update_of(_scope(house, Scope(person_id="003000000000001AAA"))),
        backfill_of(_scope(house, Scope(from_at=1_767_243_600_000, before_at=1_775_016_000_000))),
        WRITE,
        deletion_of(5),
        single_send_of(6),
    ]
    with house.database.write() as connection:
        found = [claims.claim(connection, house.org_id, Asked(Trigger.UPDATE), one).run_id for one in subjects]
        message_books.count_found(connection, found[0], {"Opened": 3})
    listed = frame.go("/runs").page.text
    for words in ("Update now: message 7", "Update now: 003", "Back-fill Jan 1 to Mar 31, 2026", "Writing what waits"):
        assert words in listed
    pages = [frame.go(f"/runs/{run_id}").page for run_id in found]
    assert "Opened3" in pages[0].text
    assert pages[4].find("a[href='/deletions/5']")
    assert pages[5].find("a[href='/single-sends/6']")
    assert frame.go(f"/runs/{found[3]}/unmatched").status == 200
    with house.database.write() as connection:
        user = int(connection.execute(text("SELECT id FROM users")).scalar_one())
        rights.give(connection, user, dict.fromkeys(Area, Level.NONE) | {Area.TRACKING: Level.READ})
    assert [frame.go(f"/runs/{run_id}").status for run_id in found] == [200, 200, 200, 200, 403, 403]


def _scope(house: House, scope: Scope) -> int:
    with house.database.write() as connection:
        return scopes.keep(connection, house.org_id, scope)

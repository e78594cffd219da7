"""Undo of a run on its screens: what it would do first, the typed word, its own receipt, and the way back."""

import csv
import io

from connector.model.runs import RunKind
from tests.webapp.conftest import House
from tests.webapp.pages import Frame
from tests.webapp.test_deletions import Story, buttons
from tests.webapp.test_run_again import night, sql

KEPT = "a01000000000002AAA"


def told(house: House) -> int:
    """A run that made two rows and changed one, which is told of as it was before."""
    story = Story(house)
    story.tell()
    run = night(house)
    sql(house, "UPDATE runs SET ended_at = 4102444800000 WHERE id = :run", run=run)
    sql(house, "UPDATE placements SET created_run = :run WHERE salesforce_id <> :kept", run=run, kept=KEPT)
    sql(
        house,
        "INSERT INTO prior_rows (run_id, placement_id, org_id, object, salesforce_id, content_hash, content, kept_at) "
        "SELECT :run, id, org_id, object, salesforce_id, 'h', '{}', 1 FROM placements WHERE salesforce_id = :kept",
        run=run,
        kept=KEPT,
    )
    return run


def links(frame: Frame) -> set[str]:
    return {e.text for e in frame.page.find("a")}


def test_a_run_is_undone_once_after_the_typed_word_and_run_again_from_there(house: House) -> None:
    run, frame = told(house), house.linked()
    assert {"Undo this run", "Run again"} <= links(frame.go(f"/runs/{run}"))
    seen = frame.go(f"/runs/{run}/undo").page
    assert [e.text for e in seen.find("td[data-label='Rows']")] == ["1", "1", "1"]
    assert "put back as they were" in seen.text
    for wrong in ("", "DELETE"):
        assert frame.submit(f"/runs/{run}/undo", typed=wrong).status == 422
        assert "Nothing has been changed." in frame.page.find("#typed-problem")[0].text
        assert frame.page.find("#typed")[0].attributes["value"] == wrong
    assert house.outside.claims == []

    frame.submit(f"/runs/{run}/undo", typed=" undo")
    assert f"Undo of run {run}" in frame.page.text
    assert [claim.kind for claim in house.outside.claims] == [RunKind.DELETION]
    assert "undone already" in frame.submit(f"/runs/{run}/undo", typed="UNDO").page.text
    assert "Being undone, asked for by Ada Example" in frame.go(f"/runs/{run}").page.text
    assert not {"Undo this run", "Run again", "Run it again"} & links(frame)
    assert "It is being undone" in frame.go("/run-again/check", what="night", run=str(run)).page.text
    assert frame.submit("/run-again", what="night", run=str(run)).status == 200
    assert len(house.outside.claims) == 1, "nothing runs while it is being undone"

    ((number,),) = sql(house, "SELECT id FROM deletions")
    Story(house).deleted(number)
    sql(house, "UPDATE prior_rows SET undo_id = :id, outcome = 'Put back'", id=number)
    shown = frame.go(f"/deletions/{number}").page
    assert "They say again what they said before the run." in shown.text
    assert "Run it again" in links(frame)
    assert "Restore" not in buttons(frame)
    assert f"Undo of run {run}" in frame.go("/deletions").page.text
    assert "Run it again" in links(frame.go(f"/runs/{run}"))
    frame.submit("/run-again", what="night", run=str(run))
    assert house.outside.claims[-1].kind is RunKind.AGAIN


def test_the_receipt_has_each_row_with_what_became_of_it(house: House) -> None:
    run, frame = told(house), house.linked()
    frame.submit(f"/runs/{run}/undo", typed="undo")
    ((number,),) = sql(house, "SELECT id FROM deletions")
    Story(house).deleted(number)
    sql(house, "UPDATE prior_rows SET undo_id = :id, outcome = 'Rejected', code = 'X', reason = 'no'", id=number)
    frame.submit(f"/deletions/{number}/download")
    file = house.app.test_client(use_cookies=False).get(frame.headers["HX-Redirect"])
    rows = list(csv.DictReader(io.StringIO(file.text.removeprefix("\ufeff"))))
    assert [(r["External key"], r["What was done"], r["Reason"]) for r in rows] == [
        ("key1", "Deleted", ""),
        ("key2", "Deleted", ""),
        ("key2", "Rejected", "X no"),
    ]


def test_what_cannot_be_undone_says_why(house: House) -> None:
    run, frame = told(house), house.linked()
    for change, said in (
        ("UPDATE placements SET created_run = NULL", "No row that it made or changed"),
        ("UPDATE runs SET ended_at = 1000", "It ended more than 30 days ago."),
        ("UPDATE runs SET ended_at = NULL, state = 'Running'", "It is not over yet."),
    ):
        sql(house, change)
        sql(house, "DELETE FROM prior_rows")
        assert said in frame.go(f"/runs/{run}/undo").page.text
        assert said in frame.submit(f"/runs/{run}/undo", typed="undo").page.text
        assert "Undo this run" not in links(frame.go(f"/runs/{run}")) or "No row" in said
    assert house.outside.claims == []

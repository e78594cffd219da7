"""Delete from Salesforce on its screens: what would go, the typed word, the receipt as a file, and Restore."""

import csv
import io
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from connector.model.runs import RunKind
from connector.store import leases
from tests.webapp.conftest import House
from tests.webapp.pages import Frame

PERSON = "003000000000001AAA"


@dataclass
class Story:
    """An org with one message to one person: two rows of history and one summary stand, one row waits."""

    house: House

    def sql(self, statement: str, **values: Any) -> list[Any]:
        with self.house.database.write() as connection:
            found = connection.execute(text(statement), {"org": self.house.org_id, **values})
            return list(found) if found.returns_rows else []

    def row(self, number: int, group: str, object_name: str, salesforce_id: str | None) -> None:
        state = "written" if salesforce_id else "to write"
        self.sql(
            "INSERT INTO placements (org_id, object, external_key, fact_key, message_id, activity_group, person_id, "
            "state, salesforce_id, run_id) VALUES (:org, :object, :key, :key, 7, :group, :person, :state, :id, 1)",
            object=object_name,
            key=f"key{number}",
            group=group,
            person=PERSON,
            state=state,
            id=salesforce_id,
        )

    def tell(self) -> None:
        self.sql("INSERT INTO messages (org_id, id, name, last_sent) VALUES (:org, 7, 'Spring <News>', 1000)")
        self.sql(
            "INSERT INTO people (org_id, id, kind, name, email, survivor_id, created_at, changed_run) "
            "VALUES (:org, :id, 'Contact', '=Ada', '', :id, 0, 1)",
            id=PERSON,
        )
        self.row(1, "Sent", "Real_Magnet_Activity__c", "a01000000000001AAA")
        self.row(2, "Opened", "Real_Magnet_Activity__c", "a01000000000002AAA")
        self.row(3, "MagnetMail Email Tracking", "MagnetMail_Email_Tracking__c", "a02000000000003AAA")
        self.row(4, "Opened", "Real_Magnet_Activity__c", None)

    def deleted(self, number: int) -> None:
        """As its run would have done it, but for one row that Salesforce kept."""
        self.sql(
            "INSERT INTO deleted_rows SELECT :id, id, object, external_key, salesforce_id, person_id, message_id, "
            "activity_group, 1000 FROM placements WHERE salesforce_id < 'a02'",
            id=number,
        )
        self.sql(
            "UPDATE placements SET deletion_id = :id, state = CASE WHEN salesforce_id >= 'a02' THEN 'to delete' "
            "ELSE 'deleted' END, outcome = CASE WHEN salesforce_id >= 'a02' THEN 'Rejected' END, "
            "code = 'INSUFFICIENT_ACCESS_OR_READONLY', reason = 'no'",
            id=number,
        )
        self.sql("UPDATE runs SET state = 'Completed with errors', ended_at = 5 WHERE kind = 'deletion'")


@pytest.fixture
def story(house: House) -> Story:
    found = Story(house)
    found.tell()
    return found


def buttons(frame: Frame) -> set[str]:
    return {e.text for e in frame.page.find("button")}


def test_a_message_is_shown_first_and_deleted_once_after_the_typed_word(story: Story) -> None:
    frame = story.house.linked()
    assert "Nothing has been deleted" in frame.go("/deletions").page.text
    assert "Spring <News>" in frame.go("/deletions/new").page.text
    seen = frame.go("/deletions/new", message="7").page
    assert [e.text for e in seen.find("td[data-label='Rows']")] == ["1", "1", "1", "3"]
    assert "1 more waits to be written and will not be." in seen.text
    assert "Delete 3 rows" in buttons(frame)

    for wrong in ("", "delet", "Spring"):
        assert frame.submit("/deletions", message="7", typed=wrong).status == 422
        assert frame.page.find("#typed")[0].attributes["value"] == wrong
        assert "Nothing has been deleted." in frame.page.find("#typed-problem")[0].text
    assert story.sql("SELECT count(*) FROM deletions") == [(0,)]

    lease = leases.acquire(story.house.database, story.house.org_id, "a night", 60)
    assert lease is not None
    frame.submit("/deletions", message="7", typed="spring <NEWS> ")
    assert "Another run is writing to Salesforce just now." in frame.page.text
    leases.release(story.house.database, lease)
    assert [claim.kind for claim in story.house.outside.claims] == [RunKind.DELETION]
    frame.submit("/deletions", message="7", typed="DELETE")
    assert "This is being deleted already." in frame.page.text
    ((number, expected, asked_by),) = story.sql("SELECT id, expected, made_by FROM deletions")
    assert (expected, asked_by) == (3, 1)
    assert "still being deleted" in frame.submit(f"/deletions/{number}/restore").page.text


def test_what_was_deleted_has_a_receipt_and_can_be_restored_once(story: Story) -> None:
    frame = story.house.linked()
    frame.submit("/deletions", message="7", typed="DELETE")
    ((number,),) = story.sql("SELECT id FROM deletions")
    story.deleted(number)
    assert {"Try again", "Download receipt as CSV", "Restore"} <= buttons(frame.go(f"/deletions/{number}"))
    assert [e.text for e in frame.page.find("td[data-label='Rows']")] == ["1", "1", "2", "1"]
    assert "The connected user may not change this record." in frame.page.text
    assert "Message “Spring <News>”" in frame.go("/deletions").page.text

    frame.submit(f"/deletions/{number}/download")
    address = frame.headers["HX-Redirect"]
    file = story.house.app.test_client(use_cookies=False).get(address)
    rows = list(csv.DictReader(io.StringIO(file.text.removeprefix("\ufeff"))))
    assert [(r["External key"], r["Salesforce ID"], r["Person"], r["Kind"]) for r in rows] == [
        ("key1", "a01000000000001AAA", "'=Ada", "Sent"),
        ("key2", "a01000000000002AAA", "'=Ada", "Opened"),
    ]
    assert story.house.app.test_client(use_cookies=False).get(address).status_code == 404

    frame.go(f"/deletions/{number}/restore")
    frame.submit(f"/deletions/{number}/restore")
    assert "Being restored" in frame.page.text
    assert story.house.outside.claims[-1].kind is RunKind.WRITE
    assert "nothing to restore" in frame.submit(f"/deletions/{number}/restore").page.text
    assert frame.submit(f"/deletions/{number}/again").status == 409
    actions = [action for (action,) in story.sql("SELECT action FROM audit ORDER BY id")]
    assert actions[-3:] == ["Deleted from Salesforce", "Downloaded a receipt", "Restored a deletion"]


NONSENSE = (
    ({"message": "seven"}, "There is no such message."),
    ({"message": "9" * 30}, "There is no such message."),
    ({"person": "001000000000001AAA"}, "There is no such Contact or Lead."),
    ({"run": "-1"}, "There is no such run."),
    ({"kind": "Eaten"}, "There is no such kind."),
    ({"before": "yesterday"}, "Enter a day"),
    ({"before": "9999-12-31"}, "Choose today or a day in the past."),
)


def test_what_makes_no_sense_is_told_and_deletes_nothing(story: Story) -> None:
    frame = story.house.linked()
    for asked, said in NONSENSE:
        assert frame.go("/deletions/new", **asked).status == 422
        assert said in frame.page.text
        assert frame.submit("/deletions", **asked, typed="DELETE").status == 422
    assert story.sql("SELECT count(*) FROM deletions") == [(0,)]


def test_every_way_to_ask_finds_its_rows(story: Story) -> None:
    frame = story.house.linked()
    for asked, rows in (
        ({"person": PERSON[:15]}, "3"),
        ({"run": "1"}, ""),  # no run says that it wrote them
        ({"kind": "Opened"}, "1"),
        ({"kind": "MagnetMail Email Tracking", "before": "2020-01-01"}, "1"),
        ({"message": "8"}, ""),
    ):
        shown = [e.text for e in frame.go("/deletions/new", **asked).page.find("td[data-label='Rows']")][-1:]
        assert shown == ([rows] if rows else []), asked

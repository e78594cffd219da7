"""The people behind a number: each number leads to exactly its people, and they can be taken along as a file."""

import csv
import io
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.model.audience import Reason, Step
from connector.model.rights import Area, Level
from connector.model.runs import RunState
from connector.store import provisioned, rights
from tests.webapp.conftest import House
from tests.webapp.pages import Frame
from tests.webapp.upload_story import Story
from webapp.audience import sheet, words

LOST = (Reason.NO_ADDRESS, Reason.NOBODY, Reason.DUPLICATE, Reason.OPTED_OUT, Reason.OPTED_OUT)


@pytest.fixture
def story(house: House) -> Story:
    return Story(house)


def names(frame: Frame) -> list[str]:
    return [e.text.removesuffix(" (opens in Salesforce)") for e in frame.page.find("th[data-label='Person']")]


def test_every_number_of_the_waterfall_leads_to_exactly_its_people(house: House, story: Story) -> None:
    run_id = story.ran(story.job(), 3, *LOST)
    frame = house.linked()
    page = frame.go(f"/runs/{run_id}/audience").page
    links = [e for e in page.find("a") if e.attributes["href"].startswith(f"/runs/{run_id}/audience?reason=")]
    steps, reasons = len(Step), len(set(LOST))
    assert len(links) == steps + reasons
    for link in links:
        number = int(link.text.split()[0])
        assert len(names(frame.go(link.attributes["hx-get"]))) == number > 0


def test_a_row_says_who_where_and_why_with_what_to_do(house: House, story: Story) -> None:
    run_id = story.ran(story.job(), 1, Reason.NO_ADDRESS)
    story.sql("UPDATE audience SET detail = 'Email is empty' WHERE reason = 'no address'")
    frame = house.linked().go(f"/runs/{run_id}/audience", reason="no address")
    assert names(frame) == ["Person lost0"]
    assert [e.text for e in frame.page.find("td[data-label='What became of the row']")] == ["Email is empty"]
    assert "What to do: Enter one in Salesforce." in frame.page.text
    assert "no address: Email is empty" in frame.go(f"/runs/{run_id}/audience", reason="rows").page.text


def test_a_person_opens_in_the_salesforce_page_around_us(house: House, story: Story) -> None:
    run_id = story.ran(story.job(), 1)
    connect(story)
    page = house.linked().go(f"/runs/{run_id}/audience").page
    (link,) = page.find("a[target='_top']")
    assert (
        link.attributes["href"] == "https://example-org.my.salesforce.com/lightning/r/Contact/003000000000001AAA/view"
    )


def connect(story: Story) -> None:
    story.sql(
        "INSERT INTO salesforce_connections (org_id, kind, login_url, client_id, username, instance_url, secrets) "
        "VALUES (:org, 'jwt', '', '', '', 'https://example-org.my.salesforce.com', '')",
        org=story.org_id,
    )


def test_people_come_in_pages_and_none_twice(house: House, story: Story) -> None:
    run_id = story.ran(story.job(), 53)
    frame = house.linked()
    first = names(frame.go(f"/runs/{run_id}/audience"))
    (more,) = [e for e in frame.page.find("a") if e.text == "More"]
    second = names(frame.go(more.attributes["hx-get"]))
    assert (len(first), len(second), len({*first, *second})) == (50, 3, 53)
    assert "There are no more." in frame.go(f"/runs/{run_id}/audience", after="53").page.text


def test_who_joined_and_who_left_since_the_run_before(house: House, story: Story) -> None:
    job_id = story.job()
    story.ran(job_id, 4)
    run_id = story.begun(job_id)
    story.read(run_id, 2)
    story.end(run_id)
    frame = house.linked()
    assert names(frame.go(f"/runs/{run_id}/audience", reason="left")) == ["Person a3", "Person a4"]
    assert "Compared with run 1." in frame.page.text
    third = story.ran(job_id, 3)
    assert names(frame.go(f"/runs/{third}/audience", reason="joined")) == ["Person a3"]


def test_rows_that_are_no_longer_kept_are_not_called_nobody(house: House, story: Story) -> None:
    job_id = story.job()
    before = story.ran(job_id, 2)
    run_id = story.ran(job_id, 3)
    story.sql("DELETE FROM audience WHERE run_id = :run", run=before)
    frame = house.linked()
    assert "The rows are no longer kept" in frame.go(f"/runs/{before}/audience").page.text
    assert "The rows are no longer kept" in frame.go(f"/runs/{run_id}/audience", reason="joined").page.text
    assert len(names(frame.go(f"/runs/{run_id}/audience"))) == 3


def test_nobody_behind_a_number_is_said_so(house: House, story: Story) -> None:
    run_id = story.ran(story.job(), 1)
    assert (
        "There is nobody behind this number."
        in house.linked().go(f"/runs/{run_id}/audience", reason="opted out").page.text
    )


def test_half_an_audience_is_not_shown_for_a_whole_one(house: House, story: Story) -> None:
    run_id = story.begun(story.job())
    story.sql("INSERT INTO audience (run_id, place, address) VALUES (:run, 1, 'first@example.org')", run=run_id)
    frame = house.linked()
    assert "Shown when the audience has been read." in frame.go(f"/runs/{run_id}/audience").page.text
    story.end(run_id, RunState.CANCELLED)
    assert "This run ended before it had read its audience." in frame.go(f"/runs/{run_id}/audience").page.text
    assert "first@example.org" not in frame.page.text


def test_what_real_magnet_refused_is_told_in_its_words(house: House, story: Story) -> None:
    run_id = story.ran(story.job(), 2, state=RunState.COMPLETED_WITH_ERRORS)
    story.refuse(run_id, 2, "<b>Zip</b> is too long")
    frame = house.linked().go(f"/runs/{run_id}/audience", reason="rejected")
    assert names(frame) == ["Person a2"]
    assert "rejected by Real Magnet: <b>Zip</b> is too long" in frame.page.text


def test_a_preview_leads_back_to_the_wizard(house: House, story: Story) -> None:
    draft_id = story.draft()
    run_id = story.begun(draft_id, preview=True)
    story.read(run_id, 2)
    page = house.linked().go(f"/runs/{run_id}/audience").page
    assert page.find(f"a[href='/upload-jobs/{draft_id}/preview']")


@pytest.mark.parametrize("query", [{"reason": "nonsense"}, {"reason": "' OR 1=1"}])
def test_a_number_that_no_run_has_is_not_there(house: House, story: Story, query: dict[str, str]) -> None:
    run_id = story.ran(story.job(), 1)
    assert house.linked().go(f"/runs/{run_id}/audience", **query).status == 404


def test_people_of_another_organization_are_not_there(house: House, story: Story) -> None:
    stranger = Story(house, org_id=house.org_id + 1)
    run_id = stranger.ran(stranger.job(), 1)
    frame = house.linked()
    assert frame.go(f"/runs/{run_id}/audience").status == 404
    assert frame.submit(f"/runs/{run_id}/download?reason=rows").status == 404


def fetched(house: House, frame: Frame, address: str) -> Any:
    frame.submit(address)
    assert frame.status == 204
    return house.app.test_client(use_cookies=False).get(frame.headers["HX-Redirect"])


def test_one_click_gives_the_file_of_a_number(house: House, story: Story) -> None:
    run_id = story.ran(story.job('Frühling: =2026/"x"'), 1, Reason.OPTED_OUT)
    story.sql("UPDATE audience SET name = '=HYPERLINK(\"x\")' WHERE place = 1")
    answer = fetched(house, house.linked(), f"/runs/{run_id}/download?reason=rows")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "Fr%C3%BChling%202026%20x%20-%20run%20" in answer.headers["Content-Disposition"]
    assert answer.data.startswith(b"\xef\xbb\xbf")
    head, first, second = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    assert head[:4] == ["Row", "Salesforce ID", "Name", "Address"]
    assert first[:5] == ["1", "003000000000001AAA", '\'=HYPERLINK("x")', "a1@example.org", "mailable"]
    assert second[4:6] == ["opted out", words.REASONS[Reason.OPTED_OUT].meaning]


def test_a_ticket_is_good_once_and_not_for_long(house: House, story: Story) -> None:
    run_id = story.ran(story.job(), 1)
    frame = house.linked()
    address = f"/runs/{run_id}/download?reason=rows"
    fetched(house, frame, address)
    assert frame.open(frame.headers["HX-Redirect"]).status == 404
    frame.submit(address)
    story.sql("UPDATE tickets SET expires_at = 1")
    assert frame.open(frame.headers["HX-Redirect"]).status == 404


@pytest.mark.parametrize("lost", ["his right", "his place"])
def test_a_ticket_is_worth_nothing_to_who_lost_it_since(house: House, story: Story, lost: str) -> None:
    run_id = story.ran(story.job(), 1)
    frame = house.linked().submit(f"/runs/{run_id}/download?reason=rows")
    with house.database.write() as connection:
        user_id = int(connection.exec_driver_sql("SELECT user_id FROM tickets").scalar_one())
        if lost == "his place":
            provisioned.bar(connection, user_id)
        else:
            rights.give(connection, user_id, {Area.UPLOADS: Level.NONE})
    assert frame.open(frame.headers["HX-Redirect"]).status == 404


def test_looking_at_a_ticket_does_not_use_it_up(house: House, story: Story) -> None:
    run_id = story.ran(story.job(), 2)
    address = house.linked().submit(f"/runs/{run_id}/download?reason=rows").headers["HX-Redirect"]
    client = house.app.test_client(use_cookies=False)
    assert client.head(address).status_code == 405
    assert client.get(address).status_code == 200


def test_a_file_of_people_leaves_a_line_in_the_audit_log(house: House, story: Story) -> None:
    run_id = story.ran(story.job(), 1)
    fetched(house, house.linked(), f"/runs/{run_id}/download?reason=rows")
    with house.database.read() as connection:
        found = connection.exec_driver_sql("SELECT action, after FROM audit ORDER BY id DESC LIMIT 1").first()
    assert tuple(found or ()) == ("Exported people", f'{{"run": {run_id}, "people": "rows"}}')


def test_a_large_file_has_every_row_once(house: House, story: Story) -> None:
    run_id = story.ran(story.job(), 4001)
    answer = fetched(house, house.linked(), f"/runs/{run_id}/download?reason=mailable")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))[1:]
    assert [int(row[0]) for row in rows] == list(range(1, 4002))


def test_who_has_no_session_gets_no_ticket(house: House, story: Story) -> None:
    run_id = story.ran(story.job(), 1)
    assert house.frame().submit(f"/runs/{run_id}/download?reason=rows").status == 401


SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"
AWKWARD = st.text(st.sampled_from(f"{SIGNS};\t\r\n \"\u200b\ufeff\xa0\u3000\u200ea1,'"))


def cells_of(text: str) -> list[str]:
    """What a spreadsheet may take for cells of their own, without what nobody sees in front."""
    seen = re.compile(r'[\s"\u200b\u200e\ufeff]*')
    return [part[found.end() :] for part in re.split("[;\t\r\n]", text) if (found := seen.match(part))]


@given(st.lists(st.lists(st.text() | AWKWARD, min_size=2, max_size=4), max_size=5))
def test_no_cell_is_a_formula_and_every_cell_is_whole(rows: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO(sheet.lines(rows), newline="")))
    assert len(read) == len(rows)
    for came, went in zip(read, rows, strict=True):
        for cell, text in zip(came, went, strict=True):
            assert not cell.startswith(("\t", "\r", "\n"))
            assert not any(part.startswith(tuple(SIGNS)) for part in cells_of(cell))
            assert cell.replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize(
    ("before", "guarded"), [("", "'"), ("a;", "a;'"), ("a\t", "a\t'"), (' "', "' \""), ("\u200b", "'\u200b")]
)
def test_a_formula_is_guarded_where_it_begins(sign: str, before: str, guarded: str) -> None:
    assert sheet.safe(f"{before}{sign}1+1") == f"{guarded}{sign}1+1"


def test_what_is_no_formula_stays_as_it_is_in_quotes() -> None:
    assert sheet.lines([("ann@example.org", "Smith; Ann-Marie", "")]) == ('"ann@example.org","Smith; Ann-Marie",""\r\n')


def test_every_reason_and_rule_has_words() -> None:
    assert set(words.REASONS) == set(Reason)
    assert set(words.RULES) == set(words.Rule)
    assert set(words.STEPS) == set(Step)

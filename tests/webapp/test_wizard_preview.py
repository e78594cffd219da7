"""The wizard's fourth step: the audience as it is now, read once, and seen by whoever goes on."""

import pytest

from connector.model.runs import Phase, RunKind, RunState
from connector.store import attempts, runs
from connector.store.audiences import Moved
from tests.webapp.conftest import House
from tests.webapp.vendors import DINNER
from tests.webapp.wizarding import CAMPAIGN, NEWSLETTER, RULES, Wizard, build, settled, wizard_of
from webapp.wizard import preview
from webapp.wizard.forms import rules as form

FEWER = {**RULES, "rules": ["gone"]}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> House:
    return build(tmp_path_factory.mktemp("house"))


@pytest.fixture
def wizard(shared: House) -> Wizard:
    return wizard_of(settled(shared)).to_preview()


def asked(wizard: Wizard) -> list[int]:
    return [claim.run_id for claim in wizard.house.outside.claims]


def test_arriving_starts_one_preview_and_looking_again_starts_no_other(wizard: Wizard) -> None:
    assert [claim.kind for claim in wizard.house.outside.claims] == [RunKind.PREVIEW]
    assert "Waiting for a worker to begin" in wizard.text
    wizard.go("preview")
    wizard.part("preview/start", **RULES)
    wizard.frame.go(f"/upload-jobs/{wizard.draft}/preview/status")
    wizard.post("preview", go="back", **RULES)
    wizard.post("fields")
    assert (wizard.step, len(asked(wizard))) == ("preview", 1)


def test_its_progress_is_counted_and_asks_for_itself(wizard: Wizard) -> None:
    with wizard.house.database.write() as connection:
        attempts.begin(connection, wizard.run_id)
        runs.progress(connection, wizard.run_id, Phase.AUDIENCE, 1200, 5214)
    wizard.frame.go(f"/upload-jobs/{wizard.draft}/preview/status")
    assert "Reading the audience from Salesforce" in wizard.text
    assert "1,200 of 5,214" in wizard.text
    assert [e.attributes["value"] for e in wizard.frame.page.find("progress")] == ["1200"]
    assert [e for e in wizard.frame.page.find("div") if e.attributes.get("hx-trigger") == "every 1s"]
    wizard.read()
    wizard.frame.go(f"/upload-jobs/{wizard.draft}/preview/status")
    assert not [e for e in wizard.frame.page.find("div") if "hx-trigger" in e.attributes]


def test_nobody_goes_on_before_it_was_read(wizard: Wizard) -> None:
    wizard.post("preview", **RULES)
    assert (wizard.frame.status, wizard.step) == (422, "preview")
    assert preview.WAIT in wizard.text
    wizard.read()
    wizard.post("preview", **RULES)
    assert wizard.step == "when"


def test_what_it_came_to_is_shown_as_it_will_arrive(wizard: Wizard) -> None:
    wizard.read(mailable=7, moved=Moved(3, 312, 41, 4460))
    page = wizard.go("preview").page
    assert "7 of 8 rows would be uploaded." in page.text
    assert "8 rows" in page.text
    assert "7 with an address" in page.text
    assert "7 mailable" in page.text
    assert f"/runs/{wizard.run_id}/audience?reason=no%20address" in {e.attributes.get("href") for e in page.find("a")}
    assert "+312 joined, \u221241 left" in page.text
    assert "Read row by row." in page.text
    headings = [e.text for e in page.find("th")]
    assert headings[:3] == ["Custom Member ID", "E-mail", "First name"]
    cells = [e.text for e in page.find("td")]
    assert cells[:4] == ["0031", "p,1", "0032", "p,2"]
    assert len(cells) == 10


def test_an_audience_of_nobody_says_so(wizard: Wizard) -> None:
    wizard.read(mailable=0)
    assert "Nobody would be uploaded" in wizard.go("preview").page.text


def test_other_rules_need_another_preview(wizard: Wizard) -> None:
    wizard.read()
    assert "has not been read yet with these entries and rules" in wizard.part("preview/rules", **FEWER)
    wizard.post("preview", **FEWER)
    assert (wizard.frame.status, len(asked(wizard))) == (422, 2)
    assert preview.FIRST in wizard.text
    wizard.read()
    wizard.post("preview", **FEWER)
    assert wizard.step == "when"


def test_the_guard_rail_changes_no_audience(wizard: Wizard) -> None:
    wizard.read()
    wizard.post("preview", **{**RULES, "most_change": "40 %"})
    assert (wizard.step, len(asked(wizard))) == ("when", 1)
    assert wizard.job.definition is not None
    assert wizard.job.definition.most_change == 40


@pytest.mark.parametrize("text", ["", "a lot", "-1", "101", "1.5", "\u0663"])
def test_a_guard_rail_that_is_no_percentage_is_told_beside_its_field(wizard: Wizard, text: str) -> None:
    wizard.post("preview", **{**RULES, "most_change": text})
    assert wizard.frame.status == 422
    assert form.PERCENT_WORDS in wizard.described("most_change")
    assert wizard.value("most_change") == text


def test_another_source_cancels_the_preview_under_way_and_the_next_one_waits_for_it(wizard: Wizard) -> None:
    first = wizard.run_id
    with wizard.house.database.write() as connection:
        attempts.begin(connection, first)
    wizard.post("source", **{**CAMPAIGN, "choice": f":{DINNER.id}"})
    with wizard.house.database.read() as connection:
        assert runs.cancel_requested(connection, first)
    wizard.post("group", **NEWSLETTER)
    wizard.post("fields")
    assert "An earlier preview is stopping" in wizard.text
    assert "An earlier preview is stopping" in wizard.part("preview/start", **RULES)
    with wizard.house.database.write() as connection:
        attempts.end(connection, first, RunState.CANCELLED)
    assert "Waiting for a worker" in wizard.part("preview/start", **RULES)
    assert len(asked(wizard)) == 2
    wizard.read()
    wizard.post("preview", **RULES)
    assert wizard.step == "when"


def test_going_back_to_what_was_previewed_before_reads_it_again(wizard: Wizard) -> None:
    wizard.read()
    wizard.post("source", go="back", **{**CAMPAIGN, "choice": f":{DINNER.id}"})
    wizard.post("source", go="preview", **CAMPAIGN)
    assert (wizard.step, len(asked(wizard))) == ("preview", 2)


def test_another_group_or_name_keeps_the_preview(wizard: Wizard) -> None:
    wizard.read()
    wizard.post("group", **{**NEWSLETTER, "group": "12"})
    wizard.post("fields")
    wizard.post("preview", **RULES)
    assert (wizard.step, len(asked(wizard))) == ("when", 1)


def test_a_preview_can_be_stopped_and_tried_again(wizard: Wizard) -> None:
    assert "Reading was stopped. Nothing was changed." in wizard.part("preview/cancel", **RULES)
    wizard.post("preview", **RULES)
    assert preview.AGAIN in wizard.text
    assert "Waiting for a worker" in wizard.part("preview/start", anew="yes", **RULES)
    assert len(set(asked(wizard))) == 2


def test_asking_twice_to_read_again_reads_once(wizard: Wizard) -> None:
    wizard.read()
    wizard.part("preview/start", anew="yes", **RULES)
    wizard.part("preview/start", anew="yes", **RULES)
    assert len(asked(wizard)) == 2
    wizard.read()
    wizard.post("preview", **RULES)
    assert wizard.step == "when"


def test_a_failed_preview_says_why_and_what_to_do(wizard: Wizard) -> None:
    with wizard.house.database.write() as connection:
        attempts.begin(connection, wizard.run_id)
        attempts.end(connection, wizard.run_id, RunState.FAILED, reason="“Gala” was deleted.", advice="Choose another.")
    assert "The audience could not be read. “Gala” was deleted. Choose another." in wizard.go("preview").page.text
    wizard.post("preview", **RULES)
    assert (wizard.frame.status, wizard.step) == (422, "preview")


def test_a_preview_of_the_draft_is_no_run_of_anybody_elses(wizard: Wizard) -> None:
    wizard.read()
    with wizard.house.database.write() as connection:
        connection.exec_driver_sql("UPDATE runs SET org_id = 2")
    assert "of 3 rows" not in wizard.go("preview").page.text
    wizard.post("preview", **RULES)
    assert (wizard.frame.status, wizard.step) == (422, "preview")

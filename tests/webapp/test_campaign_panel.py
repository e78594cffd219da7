"""On a Campaign in Salesforce: people see who will be uploaded before it happens; what was done before is one click."""

import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from connector.errors import CredentialsRefused, Temporary
from connector.model.audience import Reason, Source, SourceKind
from connector.model.runs import Phase, RunKind, RunState, Trigger
from connector.model.uploads import DEFAULT_CONTACT, How, JobState, Target, When
from connector.store import attempts, runs, upload_jobs
from connector.store.upload_jobs import UploadJob
from tests.webapp.conftest import House
from tests.webapp.pages import Element, Frame
from tests.webapp.test_hostile_words import HOSTILE, harmless
from tests.webapp.upload_story import Story
from tests.webapp.vendors import GALA, FakeRealMagnet, FakeSalesforce, connect

SOURCE = Source(SourceKind.CAMPAIGN, GALA.id, GALA.name)
PANEL = f"/campaigns/{GALA.id}"
CHOSEN: dict[str, Any] = {
    "which": "existing",
    "group": "11",
    "new_name": "",
    "how": "Add",
    "statuses_of": GALA.id,
    "offered": ["Sent", "Responded"],
    "statuses": ["Sent", "Responded"],
}


@pytest.fixture
def salesforce() -> FakeSalesforce:
    return FakeSalesforce()


@pytest.fixture
def realmagnet() -> FakeRealMagnet:
    return FakeRealMagnet()


@pytest.fixture
def story(house: House, salesforce: FakeSalesforce, realmagnet: FakeRealMagnet) -> Story:
    connect(house, salesforce, realmagnet)
    return Story(house)


@pytest.fixture
def frame(story: Story) -> Frame:
    return story.house.linked()


def on_campaign(house: House, record_id: str = GALA.id) -> Frame:
    return house.linked(context__environment__parameters={"recordId": record_id})


def gala_job(story: Story, group: str = "Newsletter", group_id: int = 11) -> int:
    return story.job(f"Spring Gala → {group}", source=SOURCE, target=Target(group_id, group, How.ADD))


def buttons(frame: Frame) -> list[str]:
    return [e.text for e in frame.page.find("button")]


def button(frame: Frame, words: str) -> Element:
    return next(e for e in frame.page.find("button") if e.text.startswith(words))


def press(frame: Frame, words: str, **values: Any) -> Frame:
    pressed = button(frame, words).attributes
    return frame.submit(pressed["hx-post"], **values) if "hx-post" in pressed else frame.go(pressed["hx-get"])


def draft_of(frame: Frame) -> int:
    found = re.search(rf"{PANEL}/drafts/(\d+)", frame.page.html)
    assert found, frame.page.text
    return int(found[1])


def stored(house: House, job_id: int) -> UploadJob:
    with house.database.read() as connection:
        job = upload_jobs.get(connection, house.org_id, job_id)
    assert job is not None
    return job


def read_preview(story: Story, mailable: int = 3, *lost: Reason) -> int:
    """Do what a worker does with the preview that was asked for last."""
    run_id = story.house.outside.claims[-1].run_id
    with story.house.database.write() as connection:
        attempts.begin(connection, run_id)
    story.read(run_id, mailable, *lost)
    with story.house.database.write() as connection:
        attempts.end(connection, run_id, RunState.COMPLETED)
    return run_id


@pytest.mark.usefixtures("story")
class TestWhereAFrameBegins:
    @pytest.mark.parametrize("place", ["parameters", "record"])
    def test_a_frame_on_a_campaign_begins_with_its_panel(self, house: House, place: str) -> None:
        told = {"recordId": GALA.id} if place == "parameters" else {"Id": GALA.id}
        house.linked()
        frame = house.launch(**{f"context__environment__{place}": told})
        assert frame.page.find("h1")[0].text == "Spring Gala"
        assert frame.page.title == "Spring Gala: Upload to Real Magnet · Real Magnet"

    def test_after_the_login_page_too(self, house: House) -> None:
        frame = house.launch(context__environment__parameters={"recordId": GALA.id})
        assert frame.page.find("form[action='/login']")
        frame.submit("/login", username="ada", password="right")
        assert frame.page.find("h1")[0].text == "Spring Gala"

    @pytest.mark.parametrize("record_id", ["", "005000000000001AAA", "701", "701000000000001%2F"])
    def test_any_other_frame_begins_at_home(self, house: House, record_id: str) -> None:
        assert on_campaign(house, record_id).page.find("h1")[0].text == "Home"

    def test_it_has_one_way_into_the_whole_product_and_no_other_navigation(self, house: House) -> None:
        frame = on_campaign(house)
        assert frame.page.find("nav") == []
        (link,) = [e for e in frame.page.find("a") if e.text == "Open Real Magnet"]
        assert frame.go(link.attributes["hx-get"]).page.find("h1")[0].text == "Home"

    def test_the_whole_product_has_one_way_back_to_the_campaign(self, house: House) -> None:
        frame = on_campaign(house)
        (link,) = [e for e in frame.go("/home").page.find("a") if e.text == "This Campaign"]
        assert frame.go(link.attributes["hx-get"]).page.find("h1")[0].text == "Spring Gala"
        assert "This Campaign" not in house.linked().page.text

    def test_the_button_of_version_1_is_found_by_its_name(self, frame: Frame) -> None:
        assert "Upload to MagnetMail" in frame.go(PANEL).page.text

    @pytest.mark.parametrize("given", ["003000000000001AAA", "701", "drafts"])
    def test_what_is_no_campaign_has_no_panel(self, frame: Frame, given: str) -> None:
        assert frame.go(f"/campaigns/{given}").status == 404


class TestAFirstUpload:
    def test_it_begins_with_everybody_and_nobody_taken_out(self, house: House, frame: Frame) -> None:
        page = frame.go(PANEL).page
        ticked = [e.attributes["value"] for e in page.find("input[name='statuses']") if "checked" in e.attributes]
        assert ticked == ["Sent", "Responded"]
        how = [e.attributes["value"] for e in page.find("input[name='how']") if "checked" in e.attributes]
        assert how == ["Add"]
        assert [e.attributes["value"] for e in page.find("option")] == ["", "13", "12", "11"]
        assert re.search(r"Board\s+Members\s+Newsletter", page.text)
        with house.database.read() as connection:
            assert upload_jobs.of_org(connection, house.org_id, list(JobState)) == []

    def test_the_chosen_group_says_how_many_it_has_and_what_replacing_does(self, frame: Frame) -> None:
        words = frame.submit(f"{PANEL}/group", **CHOSEN).page.text
        assert "“Newsletter” has 1,204 people now" in words
        assert "nobody else: the 1,204 people in it now are taken out first" in words
        assert "has 1 person now" in frame.submit(f"{PANEL}/group", **{**CHOSEN, "group": "12"}).page.text

    def test_a_new_group_is_not_told_how_many_another_has(self, frame: Frame) -> None:
        page = frame.submit(f"{PANEL}/group", **{**CHOSEN, "which": "new"}).page
        assert "1,204" not in page.text
        assert "People in the group when it is uploaded again" in page.text

    def test_groups_are_searched_by_name_and_the_chosen_one_stays(
        self, frame: Frame, realmagnet: FakeRealMagnet
    ) -> None:
        realmagnet.found = {n: f"Group {n}" for n in range(10, 30)}
        assert frame.go(PANEL).page.find("#text")
        page = frame.submit(f"{PANEL}/groups", **{**CHOSEN, "group": "11", "text": "p 29"}).page
        offered = [e.attributes for e in page.find("option")]
        assert [one["value"] for one in offered] == ["", "11", "29"]
        assert [one["value"] for one in offered if "selected" in one] == ["11"]

    def test_from_the_choices_to_a_run_the_number_is_seen_first(self, house: House, frame: Frame, story: Story) -> None:
        frame.submit(f"{PANEL}/drafts", **CHOSEN)
        assert house.outside.claims[-1].kind is RunKind.PREVIEW
        assert "Nothing is uploaded yet." in frame.page.text
        draft = draft_of(frame)
        read_preview(story, 3, Reason.OPTED_OUT)
        frame.go(f"{PANEL}/drafts/{draft}/status")
        assert "4 rows" in frame.page.text
        assert "1 opted out" in frame.page.text
        assert [c.kind for c in house.outside.claims] == [RunKind.PREVIEW]

        press(frame, "Upload 3 people")
        assert house.outside.claims[-1].kind is RunKind.UPLOAD
        assert "Waiting for a worker to begin" in frame.page.text
        job = stored(house, draft)
        assert (job.state, job.name, job.group_id) == (JobState.ACTIVE, "Spring Gala → Newsletter", 11)
        assert job.definition is not None
        assert job.definition.timetable.when is When.BY_HAND
        assert job.definition.source == SOURCE

    def test_the_usual_fields_are_mapped_as_far_as_both_sides_have_them(self, house: House, frame: Frame) -> None:
        frame.submit(f"{PANEL}/drafts", **CHOSEN)
        definition = stored(house, draft_of(frame)).definition
        assert definition is not None
        recipient = {pair.recipient_field for pair in definition.contact}
        assert {"Custom_Member_Id", "Email", "First_Name", "City"} <= recipient
        assert {pair.recipient_field for pair in DEFAULT_CONTACT} - recipient >= {"State", "Zip"}

    def test_only_the_ticked_statuses_count(self, house: House, frame: Frame) -> None:
        frame.submit(f"{PANEL}/drafts", **{**CHOSEN, "statuses": ["Responded"]})
        definition = stored(house, draft_of(frame)).definition
        assert definition is not None
        assert definition.source.statuses == ("Responded",)
        assert "Members with status Responded are added to the group." in frame.page.text

    def test_a_new_group_is_made_when_it_is_uploaded_and_not_before(
        self, house: House, frame: Frame, story: Story, realmagnet: FakeRealMagnet
    ) -> None:
        frame.submit(f"{PANEL}/drafts", **{**CHOSEN, "which": "new", "group": "", "new_name": "Gala 2027"})
        draft = draft_of(frame)
        read_preview(story)
        frame.go(PANEL)
        assert "New group “Gala 2027”" in frame.page.text
        assert realmagnet.created == []
        press(frame, "Upload 3 people")
        assert realmagnet.created == ["Gala 2027"]
        assert stored(house, draft).group_id == 14

    def test_the_wizard_goes_on_with_what_was_chosen(self, frame: Frame) -> None:
        frame.submit(f"{PANEL}/drafts", **{**CHOSEN, "how": "Replace", "statuses": ["Sent"]})
        draft = draft_of(frame)
        page = frame.go(f"/upload-jobs/{draft}/group").page
        assert "Newsletter" in page.text
        ticked = [e.attributes["value"] for e in page.find("input[name='how']") if "checked" in e.attributes]
        assert ticked == ["Replace"]
        page = frame.go(f"/upload-jobs/{draft}/source").page
        ticked = [e.attributes["value"] for e in page.find("input[name='statuses']") if "checked" in e.attributes]
        assert ticked == ["Sent"]

    def test_leaving_and_coming_back_goes_on_where_it_was(self, house: House, frame: Frame, story: Story) -> None:
        frame.submit(f"{PANEL}/drafts", **CHOSEN)
        read_preview(story)
        again = on_campaign(house)
        assert any(words.startswith("Upload 3 people") for words in buttons(again))

    def test_choices_can_be_changed_and_are_read_again(self, house: House, frame: Frame, story: Story) -> None:
        frame.submit(f"{PANEL}/drafts", **{**CHOSEN, "statuses": ["Sent"]})
        draft = draft_of(frame)
        read_preview(story)
        page = frame.go(f"{PANEL}/drafts/{draft}").page
        ticked = [e.attributes["value"] for e in page.find("input[name='statuses']") if "checked" in e.attributes]
        assert ticked == ["Sent"]
        frame.submit(f"{PANEL}/drafts/{draft}", **CHOSEN)
        assert [c.kind for c in house.outside.claims] == [RunKind.PREVIEW] * 2
        assert "Upload 3 people" not in frame.page.text

    def test_the_people_of_what_was_begun_lead_back_to_it(self, house: House, frame: Frame, story: Story) -> None:
        frame = on_campaign(house)
        frame.submit(f"{PANEL}/drafts", **CHOSEN)
        with house.database.read() as connection:
            run_id = int(connection.execute(text("SELECT id FROM runs")).scalar_one())
        story.read(run_id, 2)
        (back,) = [e for e in frame.go(f"/runs/{run_id}/audience").page.find("a") if e.text.startswith("Back")]
        assert (back.text, back.attributes["href"]) == ("Back to who will be uploaded", f"{PANEL}/new")
        assert "Who will be uploaded" in frame.go(back.attributes["href"]).page.text
        in_the_tab = house.linked().go(f"/runs/{run_id}/audience")
        assert "Back to the preview" in in_the_tab.page.text

    def test_what_was_begun_can_be_discarded(self, house: House, frame: Frame) -> None:
        frame.submit(f"{PANEL}/drafts", **CHOSEN)
        press(frame, "Discard")
        assert (frame.status, frame.headers["Location"]) == (303, PANEL)
        assert "See who will be uploaded" in buttons(frame.go(PANEL))
        assert "drafts/" not in frame.page.html.replace(f'{PANEL}/drafts"', "")
        with house.database.read() as connection:
            assert connection.execute(text("SELECT state FROM runs")).scalar_one() == RunState.CANCELLED

    def test_reading_can_be_stopped_and_begun_again(self, house: House, frame: Frame) -> None:
        frame.submit(f"{PANEL}/drafts", **CHOSEN)
        press(frame, "Stop")
        assert "The reading was stopped." in frame.page.text
        press(frame, "Read again")
        assert "Waiting for a worker to begin" in frame.page.text
        assert len(house.outside.claims) == 2

    def test_nobody_is_not_uploaded(self, frame: Frame, story: Story) -> None:
        frame.submit(f"{PANEL}/drafts", **CHOSEN)
        read_preview(story, 0, Reason.NO_ADDRESS)
        frame.go(PANEL)
        assert "There is nobody to upload." in frame.page.text
        assert not any(words.startswith("Upload") for words in buttons(frame))

    def test_what_was_not_read_is_not_uploaded(self, house: House, frame: Frame) -> None:
        frame.submit(f"{PANEL}/drafts", **CHOSEN)
        frame.submit(f"{PANEL}/drafts/{draft_of(frame)}/upload")
        assert frame.status == 422
        assert "Nothing was uploaded." in frame.page.text
        assert [c.kind for c in house.outside.claims] == [RunKind.PREVIEW]

    def test_a_draft_of_another_campaign_is_not_this_ones(self, frame: Frame) -> None:
        frame.submit(f"{PANEL}/drafts", **CHOSEN)
        other = f"/campaigns/701000000000002AAA/drafts/{draft_of(frame)}"
        assert frame.go(other).status == 404
        assert frame.submit(f"{other}/upload").status == 404


class TestMistakes:
    @pytest.mark.parametrize(
        ("changes", "field", "words"),
        [
            ({"group": ""}, "group", "Choose a group."),
            ({"group": "99"}, "group", "was deleted in Real Magnet. Choose another."),
            ({"which": "new", "new_name": " "}, "new_name", "Enter a name for the new group."),
            ({"which": "new", "new_name": "G" * 51}, "new_name", "at most 50 characters"),
            ({"which": "new", "new_name": "newsletter"}, "new_name", "A group named “Newsletter” exists already."),
            ({"statuses": []}, "statuses", "Choose at least one member status."),
        ],
    )
    def test_a_mistake_is_told_beside_its_field_and_nothing_is_lost(
        self, house: House, frame: Frame, changes: dict[str, Any], field: str, words: str
    ) -> None:
        given = {**CHOSEN, "how": "Replace", **changes}
        frame.submit(f"{PANEL}/drafts", **given)
        assert frame.status == 422
        assert words in frame.page.find(f"#{field}-problem")[0].text
        wrong = [e for e in frame.page.elements if e.attributes.get("aria-invalid") == "true"]
        assert wrong
        assert all(f"{field}-problem" in e.attributes.get("aria-describedby", "") for e in wrong)
        page = frame.page
        assert page.find("#new_name")[0].attributes["value"] == given["new_name"]
        assert "checked" in page.find("#how-replace")[0].attributes
        assert "checked" in page.find(f"#which-{given['which']}")[0].attributes
        ticked = [e.attributes["value"] for e in page.find("input[name='statuses']") if "checked" in e.attributes]
        assert ticked == given["statuses"]
        assert house.outside.claims == []

    def test_a_mistake_can_be_mended_where_it_is_shown(self, house: House, frame: Frame) -> None:
        frame.submit(f"{PANEL}/drafts", **{**CHOSEN, "group": "99"})
        (form,) = frame.page.find("form")
        frame.submit(form.attributes["hx-post"], **CHOSEN)
        assert house.outside.claims[-1].kind is RunKind.PREVIEW
        with house.database.read() as connection:
            assert len(upload_jobs.of_org(connection, house.org_id, [JobState.DRAFT])) == 1

    def test_a_name_that_was_taken_meanwhile_is_told_and_nothing_is_uploaded(
        self, house: House, frame: Frame, story: Story, realmagnet: FakeRealMagnet
    ) -> None:
        frame.submit(f"{PANEL}/drafts", **{**CHOSEN, "which": "new", "group": "", "new_name": "Gala 2027"})
        read_preview(story)
        frame.go(PANEL)
        realmagnet.found[20] = "Gala 2027"
        press(frame, "Upload 3 people")
        assert frame.status == 422
        assert "A group of this name exists already." in frame.page.text
        assert [c.kind for c in house.outside.claims] == [RunKind.PREVIEW]

    def test_fields_that_do_not_fit_lead_to_the_wizard(
        self, frame: Frame, realmagnet: FakeRealMagnet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(realmagnet, "recipient_fields", list)
        monkeypatch.setattr("tests.webapp.vendors.CONTACT", {"Id": "Contact ID"})
        frame.submit(f"{PANEL}/drafts", **CHOSEN)
        assert frame.status == 422
        assert "The usual fields do not fit here." in frame.page.text
        (link,) = [e for e in frame.page.find("a") if e.text == "Choose the fields in Create Upload Job"]
        assert frame.go(link.attributes["hx-get"]).status == 200


class TestWords:
    def test_whatever_the_vendors_call_things_is_shown_as_words(
        self, frame: Frame, story: Story, salesforce: FakeSalesforce, realmagnet: FakeRealMagnet
    ) -> None:
        salesforce.sources = [replace(GALA, name=HOSTILE)]
        salesforce.statuses = [HOSTILE, "Sent"]
        realmagnet.found = {11: HOSTILE}
        assert harmless(frame.go(PANEL))
        assert harmless(frame.submit(f"{PANEL}/group", **CHOSEN))
        assert harmless(frame.submit(f"{PANEL}/drafts", **{**CHOSEN, "which": "new", "new_name": HOSTILE}))
        frame.submit(f"{PANEL}/drafts", **{**CHOSEN, "offered": [HOSTILE, "Sent"], "statuses": [HOSTILE]})
        assert HOSTILE in frame.page.text
        assert harmless(frame)
        job_id = held(story, target=Target(11, HOSTILE, How.ADD), source=replace(SOURCE, name=HOSTILE))
        for address in (PANEL, f"{PANEL}/jobs/{job_id}/approve", f"{PANEL}/jobs/{job_id}/cancel"):
            assert harmless(frame.go(address)), address

    def test_nobody_without_a_session_sees_or_starts_anything(self, house: House, story: Story) -> None:
        job_id = gala_job(story)
        stranger = house.frame()
        for address in (PANEL, f"{PANEL}/new", f"{PANEL}/jobs/{job_id}/status"):
            assert stranger.go(address).status == 401
        for address in (f"{PANEL}/drafts", f"{PANEL}/groups", f"{PANEL}/jobs/{job_id}/runs"):
            assert stranger.submit(address, **CHOSEN).status == 401
        assert house.outside.claims == []


class TestVendorsAway:
    @pytest.mark.usefixtures("story")
    def test_a_campaign_that_is_gone_is_said_by_its_id_and_offers_nothing(
        self, house: House, salesforce: FakeSalesforce
    ) -> None:
        salesforce.sources.remove(GALA)
        frame = on_campaign(house)
        assert f"The Campaign {GALA.id} was deleted in Salesforce, or is hidden" in frame.page.text
        assert buttons(frame) == []

    def test_one_that_was_uploaded_before_is_said_by_its_name(
        self, house: House, story: Story, salesforce: FakeSalesforce
    ) -> None:
        gala_job(story)
        salesforce.sources.remove(GALA)
        frame = on_campaign(house)
        assert f"The Campaign “Spring Gala” ({GALA.id}) was deleted in Salesforce" in frame.page.text
        assert buttons(frame) == []
        assert "Open this upload job" in frame.page.text

    def test_while_salesforce_is_away_it_says_so_and_what_was_done_before_stays(
        self, house: House, story: Story, salesforce: FakeSalesforce
    ) -> None:
        gala_job(story)
        frame = house.linked()
        salesforce.error = Temporary("Salesforce did not answer.")
        frame.go(PANEL)
        assert frame.status == 200
        assert "Salesforce did not answer." in frame.page.text
        assert frame.page.find("h1")[0].text == "Spring Gala"
        assert button(frame, "Upload to Real Magnet")

    def test_while_salesforce_is_away_the_choices_are_kept(self, frame: Frame, salesforce: FakeSalesforce) -> None:
        salesforce.error = CredentialsRefused("Salesforce refused the login.", advice="Connect it again.")
        frame.submit(f"{PANEL}/drafts", **{**CHOSEN, "how": "Replace"})
        assert frame.status == 422
        assert "Salesforce refused the login. Connect it again." in frame.page.text
        assert "checked" in frame.page.find("#how-replace")[0].attributes
        assert "selected" in next(e for e in frame.page.find("option") if e.attributes["value"] == "11").attributes

    def test_while_real_magnet_is_away_it_says_so_where_the_groups_would_be(
        self, frame: Frame, realmagnet: FakeRealMagnet
    ) -> None:
        realmagnet.error = Temporary("Real Magnet did not answer.")
        frame.go(PANEL)
        assert frame.status == 200
        assert "Real Magnet did not answer." in frame.page.find("#groups-trouble")[0].text
        frame.submit(f"{PANEL}/drafts", **CHOSEN)
        assert frame.status == 422
        assert "Real Magnet did not answer. What you chose is still here." in frame.page.text


class TestOneClick:
    def test_what_was_uploaded_before_is_one_click(self, house: House, frame: Frame, story: Story) -> None:
        job_id = gala_job(story)
        run_id = story.ran(job_id, 3, Reason.DUPLICATE)
        frame.go(PANEL)
        assert "All members are added to the group." in frame.page.text
        assert "3 people uploaded" in frame.page.text
        assert frame.page.find(f"a[href='/runs/{run_id}/audience?reason=duplicate']")
        press(frame, "Upload to Real Magnet")
        claim = house.outside.claims[-1]
        assert (claim.kind, claim.run_id) == (RunKind.UPLOAD, run_id + 1)
        with house.database.read() as connection:
            run = runs.get(connection, claim.run_id)
        assert run is not None
        assert (run["subject_id"], run["trigger"], run["lease"]) == (job_id, Trigger.RUN_NOW, "group 11")
        assert run["requested_by"] is not None

    def test_two_clicks_start_one_run(self, house: House, frame: Frame, story: Story) -> None:
        job_id = gala_job(story)
        for _ in range(2):
            frame.submit(f"{PANEL}/jobs/{job_id}/runs")
        assert len(house.outside.claims) == 1

    def test_a_run_shows_its_progress_and_asks_for_itself_until_it_is_over(self, frame: Frame, story: Story) -> None:
        job_id = gala_job(story)
        run_id = story.begun(job_id)
        with story.house.database.write() as connection:
            runs.progress(connection, run_id, Phase.UPLOAD, 1200, 4731)
        frame.go(f"{PANEL}/jobs/{job_id}/status")
        assert "1,200 of 4,731" in frame.page.text
        (bar,) = frame.page.find("progress")
        assert (bar.attributes["value"], bar.attributes["max"]) == ("1200", "4731")
        (poll,) = [e for e in frame.page.elements if e.attributes.get("hx-trigger", "").startswith("every")]
        assert (poll.attributes["hx-trigger"], poll.attributes["hx-get"]) == (
            "every 1s",
            f"{PANEL}/jobs/{job_id}/status",
        )
        assert "Upload to Real Magnet" not in " ".join(buttons(frame))
        story.read(run_id, 2)
        story.end(run_id)
        frame.go(f"{PANEL}/jobs/{job_id}/status")
        assert "2 people uploaded" in frame.page.text
        assert [e for e in frame.page.elements if "hx-trigger" in e.attributes] == []

    def test_a_job_that_was_deleted_meanwhile_says_so_and_asks_no_more(self, frame: Frame, story: Story) -> None:
        job_id = gala_job(story)
        story.begun(job_id)
        with story.house.database.write() as connection:
            upload_jobs.set_state(connection, job_id, JobState.DELETED)
        frame.go(f"{PANEL}/jobs/{job_id}/status")
        assert frame.page.find(f"#upload-{job_id}")[0].text == "This upload job was deleted, or has another source now."
        assert [e for e in frame.page.elements if "hx-trigger" in e.attributes] == []

    def test_a_run_can_be_cancelled_after_our_own_question(self, frame: Frame, story: Story) -> None:
        job_id = gala_job(story)
        run_id = story.begun(job_id)
        frame.go(f"{PANEL}/jobs/{job_id}/status")
        press(frame, "Cancel")
        assert "the group “Newsletter” stays as it is" in frame.page.text
        (form,) = frame.page.find("form")
        frame.submit(form.attributes["hx-post"])
        assert "Stopping at the next safe place" in frame.page.text
        with story.house.database.read() as connection:
            assert runs.cancel_requested(connection, run_id)

    def test_a_held_run_waits_for_a_decision_and_goes_on(self, house: House, frame: Frame, story: Story) -> None:
        job_id = held(story)
        frame.go(PANEL)
        assert "Held: nothing was uploaded yet. The audience moved by 60 %." in frame.page.text
        assert "Upload to Real Magnet" not in " ".join(buttons(frame))
        press(frame, "Upload anyway")
        assert "2 people are added to the group “Newsletter”. The audience is read again" in frame.page.text
        (form,) = frame.page.find("form")
        frame.submit(form.attributes["hx-post"])
        assert "Waiting for a worker to begin" in frame.page.text
        assert (house.outside.claims[-1].kind, house.outside.claims[-1].attempt) == (RunKind.UPLOAD, 2)
        assert job_id

    def test_a_held_run_can_be_discarded_and_tried_anew(self, frame: Frame, story: Story) -> None:
        held(story)
        press(frame.go(PANEL), "Discard")
        assert "Cancelled" in frame.page.text
        press(frame, "Upload to Real Magnet")
        assert "Waiting for a worker to begin" in frame.page.text

    def test_emptying_a_group_is_named_as_that(self, frame: Frame, story: Story) -> None:
        job_id = held(story, mailable=0, target=Target(11, "Newsletter", How.REPLACE))
        frame.go(f"{PANEL}/jobs/{job_id}/approve")
        assert "becomes empty: all of its members are taken out of it." in frame.page.text
        assert "Empty the group" in buttons(frame)

    def test_the_job_that_was_used_last_comes_first(self, frame: Frame, story: Story) -> None:
        first, second = gala_job(story), gala_job(story, "Members", 12)
        gala_job(story, "Board", 13)
        story.ran(second)
        story.ran(first)
        titles = [e.text for e in frame.go(PANEL).page.find("h2")]
        assert titles == ["Group “Newsletter”", "Group “Members”", "Group “Board”"]

    def test_a_paused_job_is_one_click_too(self, house: House, frame: Frame, story: Story) -> None:
        job_id = gala_job(story)
        with house.database.write() as connection:
            upload_jobs.set_state(connection, job_id, JobState.PAUSED)
        press(frame.go(PANEL), "Upload to Real Magnet")
        assert house.outside.claims[-1].kind is RunKind.UPLOAD

    def test_what_failed_says_why(self, frame: Frame, story: Story) -> None:
        run_id = story.begun(gala_job(story))
        story.end(run_id, RunState.FAILED, reason="The group was deleted.", advice="Choose another.")
        assert "The group was deleted. Choose another." in frame.go(PANEL).page.text

    def test_another_group_can_be_chosen_beside_it(self, house: House, frame: Frame, story: Story) -> None:
        gala_job(story)
        (link,) = [e for e in frame.go(PANEL).page.find("a") if e.text == "Upload to another group"]
        frame.go(link.attributes["hx-get"])
        assert "See who will be uploaded" in buttons(frame)
        frame.submit(f"{PANEL}/drafts", **{**CHOSEN, "group": "12"})
        (link,) = [e for e in frame.go(PANEL).page.find("a") if e.text.startswith("Go on with the upload")]
        assert link.text == "Go on with the upload to “Members” that you began"
        assert "Upload to Real Magnet" in button(frame, "Upload to Real Magnet").text
        assert house.outside.claims[-1].kind is RunKind.PREVIEW

    def test_the_job_opens_from_the_panel(self, frame: Frame, story: Story) -> None:
        job_id = gala_job(story)
        (link,) = [e for e in frame.go(PANEL).page.find("a") if e.text.startswith("Open this upload job")]
        assert link.attributes["hx-get"] == f"/upload-jobs/{job_id}"
        assert frame.go(link.attributes["hx-get"]).status == 200

    def test_a_job_of_another_campaign_or_org_is_not_here(self, house: House, frame: Frame, story: Story) -> None:
        other_campaign = story.job()
        other_org = gala_job(Story(house, house.org_id + 1))
        for job_id in (other_campaign + 100, other_org):
            assert frame.submit(f"{PANEL}/jobs/{job_id}/runs").status == 404
        assert frame.submit(f"/campaigns/701000000000002AAA/jobs/{other_campaign}/runs").status == 404
        assert house.outside.claims == []

    def test_decisions_leave_a_line_in_the_audit_log(self, house: House, frame: Frame, story: Story) -> None:
        job_id = held(story)
        frame.submit(f"{PANEL}/jobs/{job_id}/cancel")
        frame.submit(f"{PANEL}/jobs/{job_id}/runs")
        with house.database.read() as connection:
            actions = list(connection.execute(text("SELECT action FROM audit ORDER BY id")).scalars())
        assert actions[-2:] == ["Discarded a run", "Run now"]


def held(story: Story, mailable: int = 2, **changes: Any) -> int:
    made = {"source": SOURCE, "target": Target(11, "Newsletter", How.ADD), **changes}
    job_id = story.job("Spring Gala → Newsletter", **made)
    run_id = story.begun(job_id)
    story.read(run_id, mailable)
    with story.house.database.write() as connection:
        attempts.hold(connection, run_id, "The audience moved by 60 %.", "Look who joined.")
    return job_id

"""The audience of a job is who its source holds; it is read once, whatever breaks off on the way."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from connector.errors import Cancelled, CredentialsRefused, Misconfigured, NotFound, Refused, Temporary
from connector.model.audience import Reason, Rule, Source, SourceKind
from connector.model.reports import ReportPeople
from connector.model.runs import RunKind, RunState
from connector.model.uploads import DEFAULT_CONTACT, Pair
from connector.store import audiences, claims, upload_jobs
from connector.uploads.preview import run_preview
from connector.uploads.read import read_audience
from sandbox.salesforce.lifecycle import convert
from tests.connector.uploads.world import UploadWorld


class CrashedError(Exception):
    """The worker is gone."""


def test_a_campaigns_members_are_its_audience(world: UploadWorld) -> None:
    contact, lead = world.person("Ann@Example.org", FirstName="Ann"), world.person("bo@example.org", "Lead")
    found = world.preview(world.campaign([contact, lead]))
    assert found.ids == [contact, lead]
    assert found.counts.rows == found.counts.mailable == 2
    assert found.lines[0] == f'"{contact}","Ann@Example.org","Ann","Example","","","","","","",""'
    assert "FROM CampaignMember WHERE CampaignId = '" in found.note


def test_only_members_of_the_chosen_statuses_count(world: UploadWorld) -> None:
    invited, here, there = world.crowd(3)
    source = world.campaign([invited], status="Invited")
    world.join(source.id, [here], "It's \\here")
    world.join(source.id, [there], "Attended")
    chosen = Source(SourceKind.CAMPAIGN, source.id, source.name, statuses=("It's \\here", "Attended"))
    assert world.preview(chosen).ids == [here, there]
    assert world.preview(source).counts.rows == 3


def test_a_lead_that_was_converted_counts_as_its_contact(world: UploadWorld) -> None:
    lead = world.person("was@example.org", "Lead")
    source = world.campaign([lead])
    contact = convert(world.of.org, lead)
    world.change("Contact", contact, Email="is@example.org")
    found = world.preview(source)
    assert (found.ids, found.counts.rows) == ([contact], 1)
    assert '"is@example.org"' in found.lines[0]


def test_a_member_whose_person_is_out_of_sight_or_neither_is_nobody(world: UploadWorld) -> None:
    seen, unseen = world.crowd(2)
    source = world.campaign([seen, unseen, "001000000000001AAA"])
    world.remove("Contact", unseen)
    found = world.preview(source)
    assert found.ids == [seen]
    assert found.why(unseen) == (Reason.NOBODY, "Salesforce does not show us this Contact")
    assert found.why("") == (Reason.NOBODY, "this member is neither a Contact nor a Lead")


def test_a_list_view_gives_its_people_and_no_others(world: UploadWorld) -> None:
    inside, outside = world.person("in@example.org", Title="Of this list"), world.person("out@example.org")
    view = world.list_view("Contact", "Title = 'Of this list'")
    found = world.preview(view)
    assert found.ids == [inside]
    assert outside not in found.ids
    assert "FROM Contact WHERE Title = 'Of this list'" in found.note


@pytest.mark.parametrize(
    ("soql", "expected"),
    [
        ("SELECT Id FROM Contact WHERE Title = 'Query A'", [0, 1]),
        ("select Name, Email from Contact where Title = 'Query A' ORDER BY Email DESC LIMIT 1", [1]),
        ("SELECT ContactId FROM CampaignMember WHERE Contact.Title = 'Query A' AND Status = 'Sent'", [0]),
    ],
)
def test_a_query_says_who_and_we_say_what_is_read_of_them(world: UploadWorld, soql: str, expected: list[int]) -> None:
    soql = soql.replace("Query A", mark := f"Query {len(soql)}")
    people = [world.person(f"{who}@{len(soql)}.example.org", Title=mark) for who in ("a", "b")]
    world.campaign(people[:1])
    found = world.preview(Source(SourceKind.QUERY, soql=soql))
    assert found.ids == [people[number] for number in expected]


def test_a_query_of_leads_needs_nothing_of_contacts(world: UploadWorld) -> None:
    lead = world.person("lead@example.org", "Lead", Title="Query B")
    world.hide("Contact", "Phone")
    assert world.preview(Source(SourceKind.QUERY, soql="SELECT Id FROM Lead WHERE Title = 'Query B'")).ids == [lead]


def test_a_source_without_rows_is_an_audience_of_nobody(world: UploadWorld) -> None:
    found = world.preview(world.campaign())
    assert (found.counts.rows, found.counts.mailable, found.moved) == (0, 0, None)


# -- what cannot be read ---------------------------------------------------------------------------------------


def test_a_deleted_campaign_is_missed_by_its_name(world: UploadWorld) -> None:
    source = world.campaign(world.crowd(1), name="Renewal 2026")
    world.remove("Campaign", source.id)
    with pytest.raises(NotFound, match="The Campaign “Renewal 2026” was deleted, or the integration user may not see"):
        world.preview(source)


def test_a_renamed_campaign_is_read_as_ever(world: UploadWorld) -> None:
    people = world.crowd(1)
    source = world.campaign(people, name="Old name")
    world.change("Campaign", source.id, Name="New name")
    assert world.preview(source).ids == people


def test_a_deleted_report_is_missed_by_its_name(world: UploadWorld) -> None:
    with pytest.raises(NotFound, match="The Report “Lapsed” was deleted"):
        world.preview(Source(SourceKind.REPORT, "00ODn0000000999MAA", "Lapsed"))


def test_a_deleted_list_view_is_missed_by_its_name(world: UploadWorld) -> None:
    with pytest.raises(NotFound, match="The List view “All members” was deleted"):
        world.preview(Source(SourceKind.LIST_VIEW, "00BDn0000000999MAA", "All members", "Contact"))


def test_a_list_view_that_is_no_query_says_so_by_its_name(world: UploadWorld) -> None:
    view = world.list_view("Contact", "Name != null", compatible=False)
    with pytest.raises(Refused, match=f"The List view “{view.name}” cannot be read") as caught:
        world.preview(view)
    assert caught.value.advice


@pytest.mark.parametrize(
    ("soql", "words"),
    [
        ("SELECT Id FROM Account", "The query cannot be read. People come FROM Contact"),
        ("SELECT Id FROM Contact WHERE Nothing__c = 1", "The query cannot be read. Salesforce"),
    ],
)
def test_a_query_that_cannot_be_run_says_who_mends_it(world: UploadWorld, soql: str, words: str) -> None:
    with pytest.raises(Refused, match=words) as caught:
        world.preview(Source(SourceKind.QUERY, soql=soql))
    assert "Whoever wrote the query" in caught.value.advice


@pytest.mark.parametrize(
    ("object_name", "field", "words"),
    [
        ("Lead", "HasOptedOutOfEmail", "does not show us Email Opt Out on Lead"),
        ("Contact", "MailingCity", "does not show us the field MailingCity of Contact"),
        ("Contact", "AccountId", "does not show us the field Account.Name of Contact"),
    ],
)
def test_a_hidden_field_stops_it_and_says_who_shows_it(
    world: UploadWorld, object_name: str, field: str, words: str
) -> None:
    world.hide(object_name, field)
    with pytest.raises(Misconfigured, match=words) as caught:
        world.preview(world.campaign(world.crowd(1)))
    assert "permission set Real_Magnet_Integration" in caught.value.advice


def test_a_hidden_opt_out_is_no_matter_where_the_rule_is_off(world: UploadWorld) -> None:
    people = world.crowd(1)
    world.hide("Contact", "HasOptedOutOfEmail")
    assert world.preview(world.campaign(people), rules=frozenset(Rule) - {Rule.OPTED_OUT}).ids == people


@pytest.mark.parametrize("path", ["Id FROM User", "A.B.C.D", "Name, (SELECT Id FROM Cases)", "1st", "Email\n"])
def test_what_is_no_field_path_never_reaches_a_query(world: UploadWorld, path: str) -> None:
    mapping = (*DEFAULT_CONTACT, Pair("custom1", path))
    with pytest.raises(Misconfigured, match="something that is no field"):
        world.preview(world.campaign(), contact=mapping)


def test_a_field_that_a_parent_does_not_show_is_said_with_who_mends_it(world: UploadWorld) -> None:
    mapping = (*DEFAULT_CONTACT, Pair("custom1", "Account.Nothing__c"))
    with pytest.raises(Refused, match=r"Spring Conference” cannot be read.*Nothing__c") as caught:
        world.preview(world.campaign(), contact=mapping)
    assert "takes it out of the field mapping" in caught.value.advice


def test_a_field_of_a_parent_is_asked_for_by_its_path(world: UploadWorld) -> None:
    mapping = (*DEFAULT_CONTACT, Pair("custom1", "Owner.Name"), Pair("custom2", "", "Spring"))
    found = world.preview(world.campaign(world.crowd(1)), contact=mapping)
    assert found.lines[0].split(",")[-2] != '""'
    assert found.lines[0].endswith(',"Spring"')


def test_a_mapping_without_an_address_is_refused_before_anything_is_read(world: UploadWorld) -> None:
    nothing = (Pair("First_Name", "FirstName"),)
    with pytest.raises(Misconfigured, match="nothing for Email"):
        world.preview(world.campaign(), contact=nothing, lead=nothing)


# -- broken off, and once more ---------------------------------------------------------------------------------


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.uploads.read.CHUNK", 3)


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("point", ["audience chunk stored", "audience read"])
def test_a_run_that_crashed_reads_nobody_twice(world: UploadWorld, point: str) -> None:
    people = world.crowd(8)
    twin = world.person("PERSON1@example.org")
    world.change("Contact", twin, Email="twin@example.org")
    again = world.person("Twin@Example.org")
    source = world.campaign([*people, twin, again])
    run_id = world.begin(world.job(world.definition(source), draft=True), RunKind.PREVIEW)

    def crash(reached: str) -> None:
        if reached == point:
            raise CrashedError

    with pytest.raises(CrashedError), world.work(run_id, crash) as work:
        run_preview(work)
    with world.work(run_id) as work:
        run_preview(work)
    world.end(run_id)
    found = world.audience(run_id)
    assert found.ids == [*people, twin]
    assert found.counts.lost == {Reason.DUPLICATE: 1}


def test_what_was_read_to_its_end_is_never_read_again(world: UploadWorld) -> None:
    run_id = world.begin(world.job(world.definition(world.campaign()), draft=True), RunKind.PREVIEW)
    with world.work(run_id) as work:
        read_audience(work)
        asked = work.salesforce.calls.total()
        read_audience(work)
        assert work.salesforce.calls.total() == asked > 0
    world.end(run_id)


def test_an_answer_that_breaks_off_is_asked_for_again_from_the_start(world: UploadWorld) -> None:
    people = world.crowd(40)
    world.of.switches.set("cut_response", path="/results", after_bytes=2_000)
    assert world.preview(world.campaign(people)).ids == people


def test_an_answer_that_always_breaks_off_is_for_another_attempt(
    world: UploadWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.uploads.read.ATTEMPTS", 1)
    source = world.campaign(world.crowd(40))
    world.of.switches.set("cut_response", path="/results", after_bytes=2_000, times=None)
    with pytest.raises(Temporary):
        world.preview(source)


def test_refused_credentials_keep_their_own_words(world: UploadWorld) -> None:
    source = world.campaign(world.crowd(1))
    world.of.switches.set("request_limit", path="/jobs/query", times=None)
    with pytest.raises(Refused, match="Salesforce") as caught:
        world.preview(source)
    assert not isinstance(caught.value, CredentialsRefused)
    assert "Campaign" not in str(caught.value)


@pytest.mark.usefixtures("small_chunks")
def test_a_person_can_stop_it_between_two_chunks(world: UploadWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.work.REPORT_EVERY", 0)
    run_id = world.begin(world.job(world.definition(world.campaign(world.crowd(7))), draft=True), RunKind.PREVIEW)

    def stop(_point: str) -> None:
        with world.of.services.database.write() as connection:
            claims.request_cancel(connection, run_id)

    with pytest.raises(Cancelled), world.work(run_id, stop) as work:
        run_preview(work)
    world.end(run_id, RunState.CANCELLED)


def test_a_person_can_stop_it_while_salesforce_is_still_at_it(
    world: UploadWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.work.REPORT_EVERY", 0)
    run_id = world.begin(world.job(world.definition(world.campaign()), draft=True), RunKind.PREVIEW)

    def wait_for_it(_report_id: str, wait: Callable[[float], None]) -> ReportPeople:
        with world.of.services.database.write() as connection:
            claims.request_cancel(connection, run_id)
        wait(0)
        raise AssertionError("it was not heard")

    with world.work(run_id) as work:
        made_up = Source(SourceKind.REPORT, "00ODn0000000001MAA", "Made up")
        work.job = replace(work.job, definition=world.definition(made_up))
        monkeypatch.setattr(work.salesforce, "report_people", wait_for_it)
        with pytest.raises(Cancelled):
            run_preview(work)
    world.end(run_id, RunState.CANCELLED)
    assert world.run(run_id)["salesforce_calls"] > 0


# -- beside the audience before --------------------------------------------------------------------------------


def test_who_joined_and_who_left_is_counted_against_the_last_upload(world: UploadWorld) -> None:
    people = world.crowd(5)
    source = world.campaign(people[:4])
    job = world.job(world.definition(source))
    first = upload(world, job)
    world.leave(source.id, people[0])
    world.join(source.id, people[4:])
    second = upload(world, job)
    moved = world.audience(second).moved
    assert moved is not None
    assert (moved.before_run, moved.joined, moved.left, moved.had) == (first, 1, 1, 4)
    assert world.audience(first).moved is None


def test_a_draft_that_changes_a_job_is_compared_with_that_job(world: UploadWorld) -> None:
    people = world.crowd(3)
    job = world.job(world.definition(world.campaign(people[:2])))
    first = upload(world, job)
    with world.of.services.database.write() as connection:
        draft_id = upload_jobs.create_edit(connection, job, None)
        upload_jobs.enter(connection, draft_id, "Members", {}, world.definition(world.campaign(people)))
    moved = world.preview_of(world.found(draft_id)).moved
    assert moved is not None
    assert (moved.before_run, moved.joined, moved.left) == (first, 1, 0)


@pytest.mark.usefixtures("small_chunks")
def test_rows_are_kept_of_the_last_upload_and_of_what_is_under_way_only(
    world: UploadWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.store.audiences.CHUNK", 3)
    job = world.job(world.definition(world.campaign(world.crowd(7))))
    runs = [upload(world, job), upload(world, job), upload(world, job, RunState.FAILED), upload(world, job)]
    with world.of.services.database.read() as connection:
        kept = [audiences.counts(connection, run).rows for run in runs]
    assert kept == [0, 7, 0, 7]
    assert [world.audience(run).counts.mailable for run in runs] == [7, 7, 7, 7]


def upload(world: UploadWorld, job: upload_jobs.UploadJob, state: RunState = RunState.COMPLETED) -> int:
    """A run of the job that reads its audience, as far as this module is concerned."""
    run_id = world.begin(job)
    with world.work(run_id) as work:
        read_audience(work)
    world.end(run_id, state)
    return run_id

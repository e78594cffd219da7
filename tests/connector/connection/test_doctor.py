"""The doctor names what an org lacks, before a run and in words that say what to do; what it lets pass can be done."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from connector.activity.index_people import QUERIES
from connector.activity.layouts import LAYOUTS
from connector.connection import doctor, needs, preparing
from connector.connection.preparing import Hands
from connector.errors import Refused
from connector.model.connection import FieldShape, SalesforceUser, Weight
from connector.salesforce.soql import columns
from sandbox.salesforce.deploy import trouble
from sandbox.salesforce.deploy.rules import Rule, set_duplicate_rule, set_validation_rule
from tests.connector.connection.standing import Served, Shapes, changed, served, whole, without

ACTIVITY = needs.WRITTEN[0]
NEEDS = needs.for_activity()
WHOLE = whole(NEEDS)
TOUCHED = [f"{need.name}.{field.name}" for need in NEEDS for field in need.fields if not field.optional]
FILLED = [
    f"{need.name}.{field.name}" for need in NEEDS for field in need.fields if field.written and not field.optional
]


@dataclass
class Told:
    """A Salesforce that says what its objects look like, and how much of its day is gone."""

    told: Shapes
    usage: tuple[int, int] | None = (100, 1000)

    def shapes(self, names: list[str]) -> Shapes:
        return {name: self.told[name] for name in names if name in self.told}

    def validation_rules(self, _names: list[str]) -> None:
        """Not shown to everybody."""

    duplicate_rules = validation_rules


def found(shapes: Shapes) -> list[tuple[Weight, str]]:
    return [(one.weight, one.subject) for one in doctor.examine(Told(shapes), NEEDS)]


def refused(shapes: Shapes) -> Refused:
    with pytest.raises(Refused) as caught:
        doctor.before_run(Told(shapes), NEEDS)
    return caught.value


def test_the_doctor_knows_every_column_that_a_night_writes() -> None:
    written = {f"{one.object_name}.{column}" for one in LAYOUTS for column in one.header if column != "Name"}
    assert {layout.object_name for layout in LAYOUTS} == set(needs.WRITTEN)
    known = {f"{need.name}.{f.name}" for need in needs.for_activity(needs.WRITTEN) for f in need.fields if f.written}
    assert {name for name in known if "HasOptedOut" not in name} == written


def test_the_doctor_knows_every_field_that_a_night_reads_of_people() -> None:
    for kind, soql in QUERIES.items():
        read = {f"{kind}.{path[0]}" for path in columns(soql)}
        assert {field for field in TOUCHED if field.startswith(f"{kind}.")} == read


def test_an_org_that_lacks_nothing_is_let_pass() -> None:
    assert found(WHOLE) == []
    doctor.before_run(Told(WHOLE), NEEDS)


@pytest.mark.parametrize("subject", [*TOUCHED, *(need.name for need in NEEDS)])
def test_whatever_is_taken_away_is_named_before_the_run(subject: str) -> None:
    shapes = without(WHOLE, subject)
    assert found(shapes) == [(Weight.BLOCKS, subject)]
    refusal = refused(shapes)
    assert subject in str(refusal)
    assert "Real Magnet Integration" in refusal.advice or "Prepare Salesforce" in refusal.advice


@pytest.mark.parametrize("subject", FILLED)
def test_a_field_that_may_only_be_read_is_named_before_the_run(subject: str) -> None:
    refusal = refused(changed(WHOLE, subject, updateable=False))
    assert f"{subject}, but not change it" in str(refusal)
    assert "Manage Assignments" in refusal.advice


@pytest.mark.parametrize("subject", FILLED)
def test_a_field_of_another_type_is_named_before_the_run(subject: str) -> None:
    assert f"{subject} is of type anything" in str(refused(changed(WHOLE, subject, type="anything")))


@pytest.mark.parametrize(("right", "word"), [("createable", "create"), ("updateable", "edit")])
def test_rows_that_may_not_be_written_are_named_before_the_run(right: str, word: str) -> None:
    assert f"may not {word} rows of" in str(refused(changed(WHOLE, ACTIVITY, **{right: False})))


@pytest.mark.parametrize(
    ("shapes", "subject"),
    [
        (changed(WHOLE, ACTIVITY, deletable=False), ACTIVITY),
        (changed(WHOLE, f"{ACTIVITY}.Detail__c", length=80), f"{ACTIVITY}.Detail__c"),
        (changed(WHOLE, f"{ACTIVITY}.Contact__c", required=True), f"{ACTIVITY}.Contact__c"),
        (without(WHOLE, "Contact.HasOptedOutOfEmail"), "Contact.HasOptedOutOfEmail"),
    ],
)
def test_what_costs_some_rows_only_warns(shapes: Shapes, subject: str) -> None:
    assert found(shapes) == [(Weight.WARNS, subject)]
    doctor.before_run(Told(shapes), NEEDS)


def test_a_required_field_that_nobody_fills_is_named_before_the_run() -> None:
    stranger = FieldShape("Cost_Center__c", "string", 20, True, True, True, True)
    fields = {**WHOLE[ACTIVITY].fields, stranger.name: stranger}
    refusal = refused(changed(WHOLE, ACTIVITY, fields=fields))
    assert f"{ACTIVITY}.Cost_Center__c required" in str(refusal)
    assert "take the tick from Required" in refusal.advice


@pytest.mark.parametrize(("used", "warned"), [(899, False), (900, True)])
def test_calls_that_are_nearly_gone_warn(used: int, warned: bool) -> None:
    findings = doctor.examine(Told(WHOLE, (used, 1000)), NEEDS)
    assert [one.subject for one in findings] == ["API calls"] * warned


def test_several_things_are_counted_behind_the_first() -> None:
    refusal = refused(without(without(WHOLE, f"{ACTIVITY}.Detail__c"), "Lead"))
    assert "Permission check names 1 more" in refusal.advice


def test_a_user_who_was_switched_off_and_one_without_the_permission_set_are_told_apart() -> None:
    user = SalesforceUser("005", "ada@example.org", "Ada", True, "Standard", [needs.INTEGRATION])
    off = SalesforceUser("005", "ada@example.org", "Ada", False, "Standard", [needs.INTEGRATION])
    bare = SalesforceUser("005", "ada@example.org", "Ada", True, "Standard", [])
    assert doctor.examine_user(user) == []
    assert [one.weight for one in doctor.examine_user(off)] == [Weight.BLOCKS]
    (finding,) = doctor.examine_user(bare)
    assert finding.permission_set == needs.INTEGRATION


@pytest.mark.parametrize("subject", [f"{need.name}.{need.fields[-1].name}" for need in needs.for_uploads()])
def test_what_an_upload_reads_is_named_before_it_reads(subject: str) -> None:
    wanted = needs.for_uploads()
    with pytest.raises(Refused, match=subject):
        doctor.before_run(Told(without(whole(wanted), subject)), wanted)
    others = needs.for_uploads({"Contact", "Lead", "Campaign", "CampaignMember"} - {subject.partition(".")[0]})
    doctor.before_run(Told(without(whole(wanted), subject)), others)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("org") / "org") as found:
        yield found


def subjects(standing: Served) -> set[str]:
    return {one.subject for one in doctor.examine(standing.connected, NEEDS) if one.weight is Weight.BLOCKS}


@pytest.mark.parametrize("field", ["Activity_Date__c", "Contact__c", "External_Key__c"])
def test_a_field_deleted_in_the_org_is_named(standing: Served, field: str) -> None:
    trouble.delete_field(standing.org, ACTIVITY, field)
    assert f"{ACTIVITY}.{field}" in subjects(standing)


def test_a_field_that_somebody_added_and_requires_is_named(standing: Served) -> None:
    trouble.require_field(standing.org, ACTIVITY, "Cost_Center__c")
    assert f"{ACTIVITY}.Cost_Center__c" in subjects(standing)


def test_rules_of_the_org_that_may_refuse_rows_are_shown_to_an_administrator(standing: Served) -> None:
    set_validation_rule(standing.org, Rule(ACTIVITY, "Needs_a_Date", message="No date.", field="Run_Id__c"))
    set_validation_rule(standing.org, Rule(ACTIVITY, "Asleep", active=False, message="No.", field="Run_Id__c"))
    set_duplicate_rule(standing.org, Rule("Contact", "Same_Person", field="Email"))
    both = Hands(standing.connected, (standing.connected, standing.administrator))
    findings = [one for one in preparing.survey(both).findings if "rule “" in one.problem]
    assert [(one.weight, one.subject) for one in findings] == [(Weight.WARNS, "Contact"), (Weight.WARNS, ACTIVITY)]
    assert "duplicate rule “Same" in findings[0].problem
    assert "Validation Rules > Needs_a_Date" in findings[1].fix


def test_an_org_as_it_ships_lacks_nothing_until_the_permission_set_is_taken_away(tmp_path: Path) -> None:
    with served(tmp_path / "org") as fresh:
        connected = fresh.connected
        assert doctor.examine(connected, needs.for_org()) == []
        assert connected.calls.total() == 1
        user = connected.user(fresh.org.integration_user_id)
        assert doctor.examine_user(user) == []
        trouble.assign(fresh.org, user.username, needs.INTEGRATION, given=False)
        assert subjects(fresh) >= {need.name for need in NEEDS}
        (finding,) = doctor.examine_user(fresh.administrator.user(user.id))
        assert finding.permission_set == needs.INTEGRATION

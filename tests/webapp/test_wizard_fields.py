"""The wizard's third step: lines from Salesforce to Real Magnet, each field once, and the key never missing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import NotFound, Temporary
from connector.model.activity import Channel
from connector.model.bulk import Field
from connector.model.uploads import DEFAULT_CONTACT, DEFAULT_LEAD, Identifier, Pair
from tests.webapp.conftest import House
from tests.webapp.vendors import BOSTON, CONTACT, LEAD, RECIPIENT
from tests.webapp.wizarding import NEWSLETTER, Wizard, build, settled, wizard_of
from webapp.wizard.forms import fields as form
from webapp.wizard.forms.fields import Known
from webapp.wizard.forms.reading import Form

KNOWN = Known(RECIPIENT, CONTACT, LEAD)
KEY, MAIL = ("Custom_Member_Id", "Id", ""), ("Email", "Email", "")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> House:
    return build(tmp_path_factory.mktemp("house"))


@pytest.fixture
def wizard(shared: House) -> Wizard:
    return wizard_of(settled(shared)).to_fields()


def lines(*found: tuple[str, str, str]) -> list[dict[str, str]]:
    return [dict(zip(form.BLANK_LINE, one, strict=True)) for one in found]


def entered(table: str, *found: tuple[str, str, str]) -> dict[str, Any]:
    """A table as a browser sends it."""
    columns = list(zip(*found, strict=True)) or [(), (), ()]
    return {f"{table}_{part}": list(values) for part, values in zip(form.BLANK_LINE, columns, strict=True)}


def selected(wizard: Wizard, table: str) -> list[str]:
    boxes = [e.attributes["id"] for e in wizard.frame.page.find(f"select[name='{table}_recipient']")]
    options = [e for e in wizard.frame.page.find("option") if "selected" in e.attributes]
    assert boxes
    return [
        next((o.attributes["value"] for o in options if any(a.attributes.get("id") == box for a in o.around)), "")
        for box in boxes
    ]


def test_a_new_job_begins_with_the_usual_lines_that_both_sides_have(wizard: Wizard) -> None:
    there = [p.recipient_field for p in DEFAULT_CONTACT if p.recipient_field in RECIPIENT]
    assert selected(wizard, "contact") == there
    assert selected(wizard, "lead") == [p.recipient_field for p in DEFAULT_LEAD if p.recipient_field in RECIPIENT]
    assert there[:2] == ["Custom_Member_Id", "Email"]
    boxes = [e.attributes["value"] for e in wizard.frame.page.find("input[name='contact_person']")]
    assert boxes[0] == "Contact ID (Id)"
    assert "Account Name (Account.Name)" in boxes
    listed = [e.attributes["value"] for e in wizard.frame.page.find("option")]
    assert "Member Level (Member_Level__c)" in listed
    assert "Mailing Address (MailingAddress)" not in listed
    assert wizard.ticked("identifier") == ["E-mail address"]
    assert (wizard.ticked("channel"), wizard.ticked("update")) == (["E-mail"], ["on"])


def test_lines_are_added_and_removed_and_the_rest_stays_as_typed(wizard: Wizard) -> None:
    typed = entered("lead", KEY, ("", "half typed", "x"), MAIL)
    wizard.part("fields/lines", table="lead", tables="lead", **typed)
    assert selected(wizard, "lead") == ["Custom_Member_Id", "", "Email", ""]
    assert [e.attributes["id"] for e in wizard.frame.page.find("select") if "data-focus" in e.attributes] == [
        "lead-3-recipient"
    ]
    wizard.part("fields/lines", table="lead", tables="lead", remove="1", **typed)
    assert selected(wizard, "lead") == ["Custom_Member_Id", "Email"]
    wizard.part("fields/lines", table="lead", tables="lead", remove="0", **entered("lead", KEY))
    assert selected(wizard, "lead") == [""]
    wizard.part("fields/lines", table="lead", tables="lead", remove="99", **entered("lead", KEY))
    assert len(selected(wizard, "lead")) == 2
    assert wizard.frame.submit(f"/upload-jobs/{wizard.draft}/fields/lines", table="account").status == 404
    wizard.go("fields")
    assert selected(wizard, "lead") == ["Custom_Member_Id", ""]


def test_a_source_of_contacts_shows_only_their_table(shared: House) -> None:
    wizard = wizard_of(settled(shared))
    wizard.post("source", kind="List view", panel="List view", choice=f"Contact:{BOSTON.id}")
    wizard.post("group", **NEWSLETTER)
    assert wizard.frame.page.find("#contact-lines")
    assert not wizard.frame.page.find("#lead-lines")
    wizard.post("fields", tables="contact", **entered("contact", KEY, MAIL))
    assert wizard.step == "preview"
    assert wizard.job.definition is not None
    assert wizard.job.definition.lead == ()
    assert wizard.job.definition.columns == ["Custom_Member_Id", "Email"]


def test_what_was_understood_is_written_as_the_list_has_it(wizard: Wizard) -> None:
    typed = entered("contact", KEY, MAIL, ("City", "mailing city", ""), ("", "", ""))
    wizard.post("fields", tables="contact", **typed)
    assert wizard.step == "preview"
    assert wizard.job.entries["fields"]["contact"] == lines(
        ("Custom_Member_Id", "Contact ID (Id)", ""),
        ("Email", "Email (Email)", ""),
        ("City", "Mailing City (MailingCity)", ""),
    )
    assert wizard.job.definition is not None
    assert wizard.job.definition.contact == (Pair(*KEY), Pair(*MAIL), Pair("City", "MailingCity"))


def test_a_mistake_is_told_beside_its_box_and_nothing_is_lost(wizard: Wizard) -> None:
    typed = entered("contact", KEY, MAIL, ("Email", "Nonsense", "Everybody"), ("", "Phone", ""), ("City", "", ""))
    wizard.post("fields", tables="contact", **typed)
    assert (wizard.frame.status, wizard.step) == (422, "fields")
    assert "“E-mail” is filled by two lines." in wizard.described("contact-2-recipient")
    assert "no field “Nonsense” here" in wizard.described("contact-2-person")
    assert form.NO_RECIPIENT in wizard.described("contact-3-recipient")
    assert form.NO_PERSON in wizard.described("contact-4-person")
    assert [e.attributes["value"] for e in wizard.frame.page.find("input[name='contact_person']")][2] == "Nonsense"
    assert [e.attributes["value"] for e in wizard.frame.page.find("input[name='contact_default']")][2] == "Everybody"


@pytest.mark.parametrize("away", ["salesforce", "realmagnet"])
def test_nothing_is_lost_while_a_vendor_is_away(wizard: Wizard, away: str) -> None:
    getattr(wizard, away).error = Temporary("Nobody answered.")
    wizard.post("fields", tables="contact", **entered("contact", KEY, MAIL, ("City", "MailingCity", "Boston")))
    assert (wizard.frame.status, wizard.step) == (422, "fields")
    assert "Nobody answered." in wizard.text
    assert selected(wizard, "contact") == ["Custom_Member_Id", "Email", "City"]
    getattr(wizard, away).error = None
    wizard.post("fields")
    assert wizard.step == "preview"


def test_an_object_that_is_hidden_refuses_no_field(wizard: Wizard, monkeypatch: pytest.MonkeyPatch) -> None:
    def hidden(_object_name: str) -> dict[str, Field]:
        raise NotFound("Lead is hidden.")

    monkeypatch.setattr(wizard.salesforce, "fields", hidden)
    wizard.post("fields", tables="contact", **entered("contact", KEY, MAIL, ("City", "Anything__c", "")))
    assert wizard.step == "preview"


@pytest.mark.parametrize(
    ("found", "identifier", "channel", "missing"),
    [
        ([KEY, MAIL], Identifier.EMAIL, Channel.EMAIL, ""),
        ([MAIL], Identifier.EMAIL, Channel.EMAIL, "Custom Member ID"),
        ([("Custom_Member_Id", "", "X"), MAIL], Identifier.CUSTOM_ID, Channel.EMAIL, "Custom Member ID"),
        ([KEY], Identifier.EMAIL, Channel.FAX, "E-mail"),
        ([KEY], Identifier.CUSTOM_ID, Channel.EMAIL, "E-mail"),
        ([KEY, MAIL], Identifier.EMAIL, Channel.FAX, "Fax"),
        ([KEY, MAIL], Identifier.EMAIL, Channel.SMS, "Phone"),
        ([KEY, ("Fax", "Fax", "")], Identifier.CUSTOM_ID, Channel.FAX, "E-mail"),
        ([KEY, MAIL, ("Fax", "Fax", "")], Identifier.CUSTOM_ID, Channel.FAX, ""),
    ],
)
def test_what_every_upload_needs_is_missed(
    found: list[tuple[str, str, str]], identifier: str, channel: str, missing: str
) -> None:
    entries = {"contact": lines(*found), "identifier": identifier, "channel": channel}
    read = form.mapped(entries, KNOWN, ("contact",))
    assert list(read.problems) == (["contact"] if missing else [])
    assert f"“{missing}”" in read.problems.get("contact", "“”")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Mailing City (MailingCity)", "MailingCity"),
        ("mailingcity", "MailingCity"),
        (" Mailing city ", "MailingCity"),
        ("Anything at all (member_level__c)", "Member_Level__c"),
        ("Member", ""),
        ("", ""),
    ],
)
def test_a_salesforce_field_is_understood_as_people_write_it(text: str, name: str) -> None:
    assert form.person_field(text, CONTACT) == name


def test_a_label_of_two_fields_names_neither() -> None:
    assert form.person_field("Email", {"Email__c": "Email", "Other__c": "Email"}) == ""


def test_a_field_the_account_has_no_more_is_told() -> None:
    read = form.mapped({"contact": lines(KEY, MAIL, ("Shoe_Size", "Phone", ""))}, KNOWN, ("contact",))
    assert "no field “Shoe_Size” any more" in read.problems["contact-2-recipient"]


@given(st.text(max_size=60))
def test_no_text_becomes_a_field_that_could_be_anything_but_a_name(text: str) -> None:
    found = form.person_field(text, {})
    assert all(part.isidentifier() and part.isascii() for part in found.split(".")) or not found


def test_a_form_cannot_make_more_lines_than_there_is_room_for() -> None:
    many = {f"contact_{part}": ["x"] * 500 for part in form.BLANK_LINE}
    assert len(form.typed(Form({"tables": ["contact"], **many}), {})["contact"]) == form.MOST_LINES

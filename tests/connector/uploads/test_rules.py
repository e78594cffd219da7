"""Every row that is left out has its reason; each rule can be switched off but that there must be an address."""

import csv
import io

import pytest

from connector.model.activity import Channel
from connector.model.audience import Reason, Rule, Source, SourceKind
from connector.model.uploads import DEFAULT_CONTACT, Identifier, Pair
from sandbox.salesforce.lifecycle import convert
from tests.connector.uploads.world import Audience, UploadWorld

ALL = frozenset(Rule)
OPT_OUT = {Channel.EMAIL: "HasOptedOutOfEmail", Channel.FAX: "HasOptedOutOfFax", Channel.SMS: "DoNotCall"}
MOBILE = tuple(Pair("Phone", "MobilePhone") if pair.recipient_field == "Phone" else pair for pair in DEFAULT_CONTACT)


def cells(found: Audience) -> list[list[str]]:
    """What travels, as another reader of CSV understands it."""
    return list(csv.reader(io.StringIO("\n".join(found.lines)), strict=True))


# -- gone ------------------------------------------------------------------------------------------------------


def test_a_converted_lead_is_left_out_and_named(world: UploadWorld) -> None:
    lead = world.person("converted@example.org", "Lead", Title="Converted")
    convert(world.of.org, lead)
    query = Source(SourceKind.QUERY, soql="SELECT Id FROM Lead WHERE Title = 'Converted'")
    assert world.preview(query).why(lead) == (Reason.CONVERTED, "became a Contact")
    assert world.preview(query, rules=ALL - {Rule.GONE}).ids == [lead]


# -- an address ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rules", [ALL, frozenset[Rule]()])
def test_nobody_travels_without_an_address_whatever_the_rules(world: UploadWorld, rules: frozenset[Rule]) -> None:
    nobody = world.person("")
    found = world.preview(world.campaign([nobody]), rules=rules)
    assert found.why(nobody) == (Reason.NO_ADDRESS, "no e-mail address")


def test_a_blank_identifier_is_no_address_either(world: UploadWorld) -> None:
    person = world.person("has@example.org")
    by_title = (Pair("Email", "Email"), Pair("Custom_Member_Id", "Title"))
    found = world.preview(world.campaign([person]), contact=by_title, identifier=Identifier.CUSTOM_ID)
    assert found.why(person) == (Reason.NO_ADDRESS, "no Custom Member ID")


def test_a_fax_needs_an_address_too_because_real_magnet_wants_one_of_everybody(world: UploadWorld) -> None:
    without, with_both = world.person("", Fax="+1 202 555 0101"), world.person("fax@example.org", Fax="+1 202 555 0102")
    found = world.preview(world.campaign([without, with_both]), channel=Channel.FAX)
    assert found.ids == [with_both]
    assert found.why(without) == (Reason.NO_ADDRESS, "no e-mail address, which Real Magnet wants of everybody")


def test_an_address_that_is_none_is_left_out_with_what_is_wrong(world: UploadWorld) -> None:
    bad, strange, good = (world.person(text) for text in ("nobody@localhost", "jürgen@example.org", "ok@example.org"))
    source = world.campaign([bad, strange, good])
    found = world.preview(source)
    assert found.ids == [good]
    assert found.why(strange) == (
        Reason.INVALID,
        "Real Magnet takes only plain letters, digits and signs in an address.",
    )
    assert found.why(bad)[0] == Reason.INVALID
    assert world.preview(source, rules=ALL - {Rule.INVALID}).ids == [bad, strange, good]


@pytest.mark.parametrize(
    ("kind", "columns", "fine"),
    [
        ("Contact", {"Fax": "+49 30 901820", "MailingCountry": ""}, True),
        ("Contact", {"Fax": "(030) 901820", "MailingCountry": "Deutschland"}, True),
        ("Lead", {"Fax": "(030) 901820", "Country": "de"}, True),
        ("Contact", {"Fax": "(030) 901820", "MailingCountry": "USA"}, False),
        ("Contact", {"Fax": "202 555 0100", "MailingCountry": "Atlantis"}, True),
        ("Contact", {"Fax": "ask Ann", "MailingCountry": "US"}, False),
    ],
)
def test_a_fax_number_is_read_in_the_country_of_its_person(
    world: UploadWorld, kind: str, columns: dict[str, str], *, fine: bool
) -> None:
    person = world.person("fax@example.org", kind, **columns)
    found = world.preview(world.campaign([person]), channel=Channel.FAX)
    assert found.ids == ([person] if fine else [])
    if fine:
        assert columns["Fax"] in cells(found)[0]
    else:
        assert found.why(person) == (Reason.INVALID, "This is no fax number that can be dialled.")


# -- duplicates ------------------------------------------------------------------------------------------------


def test_the_first_of_an_address_travels_whatever_its_capitals(world: UploadWorld) -> None:
    first, second, third = (
        world.person("Same@example.org"),
        world.person("other@x.example.org"),
        world.person("same@EXAMPLE.org"),
    )
    source = world.campaign([first, second, third])
    found = world.preview(source)
    assert found.ids == [first, second]
    assert found.why(third) == (Reason.DUPLICATE, "")
    assert world.preview(source, rules=ALL - {Rule.DUPLICATE}).ids == [first, second, third]


def test_an_account_that_goes_by_ids_takes_one_address_for_two_people(world: UploadWorld) -> None:
    people = [world.person("couple@example.org"), world.person("couple@example.org")]
    assert world.preview(world.campaign(people), identifier=Identifier.CUSTOM_ID).ids == people


def test_two_people_with_one_custom_id_are_one_in_the_account(world: UploadWorld) -> None:
    people = [world.person(f"{name}@example.org", Title=title) for name, title in (("a", "M-17"), ("b", " m-17"))]
    by_title = (Pair("Email", "Email"), Pair("Custom_Member_Id", "Title"))
    found = world.preview(world.campaign(people), contact=by_title, identifier=Identifier.CUSTOM_ID)
    assert found.ids == people[:1]


def test_who_cannot_be_written_to_takes_nobodys_place(world: UploadWorld) -> None:
    bad, good = world.person("nobody@localhost", Title="M-18"), world.person("b@example.org", Title="M-18")
    by_title = (Pair("Email", "Email"), Pair("Custom_Member_Id", "Title"))
    found = world.preview(world.campaign([bad, good]), contact=by_title, identifier=Identifier.CUSTOM_ID)
    assert found.ids == [good]


# -- consent ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", OPT_OUT)
@pytest.mark.parametrize("kind", ["Contact", "Lead"])
def test_each_channel_has_its_own_opt_out(world: UploadWorld, channel: Channel, kind: str) -> None:
    people = [
        world.person(
            f"{number}@{channel.name}.example.org".lower(),
            kind,
            **{"Fax": f"+1 202 555 010{number}", "MobilePhone": f"+1 202 555 020{number}", name: True},
        )
        for number, name in enumerate(OPT_OUT.values())
    ]
    found = world.preview(world.campaign(people), channel=channel, contact=MOBILE, lead=MOBILE[:6])
    out = people[list(OPT_OUT).index(channel)]
    assert found.why(out) == (Reason.OPTED_OUT, "")
    assert found.ids == [person for person in people if person != out]


@pytest.mark.parametrize("opted_out_first", [True, False])
@pytest.mark.parametrize("rules", [ALL, ALL - {Rule.DUPLICATE}])
def test_one_who_opted_out_speaks_for_everybody_with_the_address(
    world: UploadWorld, rules: frozenset[Rule], *, opted_out_first: bool
) -> None:
    place = f"{opted_out_first}.{len(rules)}.example.org".lower()
    people = [
        world.person(f"Desk@{place}", HasOptedOutOfEmail=opted_out_first),
        world.person(f"desk@{place}", HasOptedOutOfEmail=not opted_out_first),
    ]
    found = world.preview(world.campaign(people), rules=rules)
    assert (found.counts.mailable, found.lines) == (0, [])
    other = people[opted_out_first]
    expected = (Reason.OPTED_OUT, "another record with this address opted out")
    assert expected in {found.why(person) for person in people} or found.why(other)[0] == Reason.DUPLICATE


def test_consent_counts_even_of_a_record_that_is_left_out_itself(world: UploadWorld) -> None:
    lead = world.person("gone@example.org", "Lead", Title="Consent", HasOptedOutOfEmail=True)
    contact = world.person("gone@example.org")
    source = world.campaign([contact])
    world.join(source.id, [lead])
    world.change("Lead", lead, IsConverted=True)
    found = world.preview(source)
    assert found.why(lead)[0] == Reason.CONVERTED
    assert found.why(contact) == (Reason.OPTED_OUT, "another record with this address opted out")


def test_consent_goes_by_the_address_where_the_account_goes_by_ids(world: UploadWorld) -> None:
    people = [world.person("two@example.org"), world.person("Two@example.org", HasOptedOutOfEmail=True)]
    found = world.preview(world.campaign(people), identifier=Identifier.CUSTOM_ID)
    assert found.why(people[0]) == (Reason.OPTED_OUT, "another record with this address opted out")
    assert found.why(people[1]) == (Reason.OPTED_OUT, "")


def test_consent_about_a_number_counts_however_it_is_written(world: UploadWorld) -> None:
    people = [
        world.person("f1@example.org", Fax="(202) 555-0177"),
        world.person("f2@example.org", "Lead", Fax="+1 202.555.0177", HasOptedOutOfFax=True),
    ]
    found = world.preview(world.campaign(people), channel=Channel.FAX)
    assert found.why(people[0]) == (Reason.OPTED_OUT, "another record with this address opted out")
    assert {row["address"] for row in found.lost} == {"+12025550177"}


@pytest.mark.parametrize("rules", [ALL, ALL - {Rule.GONE}])
def test_consent_of_the_lead_counts_where_a_member_is_a_contact_too(world: UploadWorld, rules: frozenset[Rule]) -> None:
    lead = world.person("was.lead@example.org", "Lead")
    source = world.campaign([lead])
    contact = convert(world.of.org, lead)
    world.change("Contact", contact, Email="is.contact@example.org")
    assert world.preview(source, rules=rules).ids == [contact]
    world.change("Lead", lead, HasOptedOutOfEmail=True)
    found = world.preview(source, rules=rules)
    assert found.why(contact) == (Reason.OPTED_OUT, "the Lead of this Contact opted out")
    assert world.preview(source, rules=rules - {Rule.OPTED_OUT}).ids == [contact]
    world.change("Contact", contact, HasOptedOutOfEmail=True)
    assert world.preview(source, rules=rules).why(contact) == (Reason.OPTED_OUT, "")


def test_consent_goes_by_the_address_in_any_alphabet(world: UploadWorld) -> None:
    people = [
        world.person(f"{name}@{domain}", HasOptedOutOfEmail=out)
        for name, domain, out in (("Ärzte", "example.org", True), ("ärzte", "EXAMPLE.org ", False))
    ]
    rules = ALL - {Rule.INVALID}
    found = world.preview(world.campaign(people), rules=rules, identifier=Identifier.CUSTOM_ID)
    assert found.why(people[1]) == (Reason.OPTED_OUT, "another record with this address opted out")
    assert {row["address"] for row in found.lost} == {"ärzte@example.org", "ärzte@EXAMPLE.org"}


def test_a_switched_off_rule_about_consent_looks_at_none(world: UploadWorld) -> None:
    people = [world.person("off@example.org", HasOptedOutOfEmail=True)]
    assert world.preview(world.campaign(people), rules=ALL - {Rule.OPTED_OUT}).ids == people


# -- what travels ----------------------------------------------------------------------------------------------


def test_values_travel_in_the_order_of_the_columns_with_their_defaults(world: UploadWorld) -> None:
    contact, lead = world.person("c@example.org", Title="Dr"), world.person("l@example.org", "Lead")
    mapping = (Pair("Email", "Email"), Pair("custom1", "Title", "Member"), Pair("custom2", "", "Spring"))
    own = (Pair("custom9", "Company"), Pair("custom1", "title", "Guest"), Pair("Email", "Email"))
    found = world.preview(world.campaign([contact, lead]), contact=mapping, lead=own)
    assert cells(found) == [["c@example.org", "Dr", "Spring", ""], ["l@example.org", "Guest", "", "Example"]]


def test_a_value_keeps_its_signs_and_loses_what_no_line_can_carry(world: UploadWorld) -> None:
    person = world.person(
        "signs@example.org",
        FirstName='A "B", C; Ωμέγα 😀',
        LastName="One\r\nTwo\nThree\tFour\x00\x07\u2028Five",
        MailingStreet="=1+1",
    )
    found = world.preview(world.campaign([person]))
    assert cells(found)[0][2:4] == ['A "B", C; Ωμέγα 😀', "One Two Three Four Five"]
    assert "=1+1" in cells(found)[0]
    assert found.mailable[0]["name"] == 'A "B", C; Ωμέγα 😀 One Two Three Four Five'


def test_rows_that_are_left_out_keep_no_line(world: UploadWorld) -> None:
    out = world.person("line@example.org", HasOptedOutOfEmail=True)
    found = world.preview(world.campaign([out, world.person("LINE@example.org")]))
    assert world.of.sql("SELECT count(*) FROM audience WHERE run_id = :run AND line <> ''", run=found.run_id) == [(0,)]


def test_the_waterfall_counts_every_row_once(world: UploadWorld) -> None:
    people = [
        world.person(text, HasOptedOutOfEmail=out)
        for text, out in (
            ("", False),
            ("x@localhost", False),
            ("w@example.org", False),
            ("W@example.org", False),
            ("o@example.org", True),
        )
    ]
    found = world.preview(world.campaign(people))
    lost = {Reason.NO_ADDRESS: 1, Reason.INVALID: 1, Reason.DUPLICATE: 1, Reason.OPTED_OUT: 1}
    assert (found.counts.rows, found.counts.mailable, found.counts.lost) == (5, 1, lost)

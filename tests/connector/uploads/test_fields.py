"""What is read of a person: what the rules and the mapping need, each field once, and nothing that is out of sight."""

from typing import Any

import pytest

from connector.errors import Misconfigured, NotFound
from connector.model.activity import Channel
from connector.model.audience import Rule, Source, SourceKind
from connector.model.bulk import Field
from connector.model.uploads import Definition, How, Pair, Target
from connector.uploads.fields import Layout, layout

ALWAYS = ("Id", "IsDeleted", "MasterRecordId", "FirstName", "LastName")
KINDS = {"MailingAddress": "address", "Photo__c": "base64"}


class Described:
    """An org, as far as it describes an object."""

    def __init__(self, *visible: str) -> None:
        self._visible = visible

    def fields(self, object_name: str) -> dict[str, Field]:
        if not self._visible:
            raise NotFound(f"{object_name} is hidden")
        names = (*ALWAYS, *self._visible)
        return {
            name: Field(
                name,
                name,
                KINDS.get(name, "string"),
                80,
                createable=True,
                updateable=True,
                external_id=False,
                unique=False,
            )
            for name in names
        }


def of(*visible: str, paths: tuple[str, ...] = ("Id", "Email"), kind: str = "Contact", **more: Any) -> Layout:
    pairs = tuple(Pair(f"custom{place}", path) for place, path in enumerate(paths, 1))
    definition = Definition(Source(SourceKind.CAMPAIGN), Target(1, "Members", How.ADD), pairs, pairs, **more)
    org: Any = Described(*visible)
    return layout(org, definition, kind)


def test_each_field_is_asked_for_once_whatever_its_capitals() -> None:
    found = of("Email", "HasOptedOutOfEmail", paths=("id", "EMAIL", "email", "", "firstname"))
    assert found.paths == (*ALWAYS, "HasOptedOutOfEmail", "EMAIL")
    assert found.place("email") == found.place("Email") == 6
    assert found.selected("Contact").startswith("Contact.Id, Contact.IsDeleted")


def test_a_leads_conversion_is_looked_at() -> None:
    assert "IsConverted" in of("Email", "HasOptedOutOfEmail", kind="Lead").paths
    assert "IsConverted" not in of("Email", "HasOptedOutOfEmail").paths


@pytest.mark.parametrize(
    ("visible", "country"),
    [
        (("MailingCountry",), "MailingCountry"),
        (("MailingCountry", "MailingCountryCode"), "MailingCountryCode"),
        ((), ""),
    ],
)
def test_a_number_wants_the_country_where_it_is_shown(visible: tuple[str, ...], country: str) -> None:
    found = of("Email", "HasOptedOutOfFax", *visible, channel=Channel.FAX)
    assert [path for path in found.paths if "Country" in path] == [country][: len(visible)]


@pytest.mark.parametrize(
    ("path", "shown"),
    [("Account.Name", "AccountId"), ("Club__r.City__c", "Club__c"), ("ReportsTo.Account.Name", "ReportsToId")],
)
def test_a_path_needs_the_look_up_it_begins_with(path: str, shown: str) -> None:
    assert path in of("HasOptedOutOfEmail", shown, paths=(path,)).paths
    with pytest.raises(Misconfigured, match=f"the field {path} of Contact"):
        of("HasOptedOutOfEmail", paths=(path,))


@pytest.mark.parametrize("path", KINDS)
def test_a_field_that_is_no_text_is_refused_with_what_to_choose(path: str) -> None:
    with pytest.raises(Misconfigured, match=f"The field {path} of Contact holds no single text") as caught:
        of("HasOptedOutOfEmail", path, paths=(path,))
    assert "parts" in caught.value.advice


def test_an_object_that_is_hidden_altogether_is_named() -> None:
    with pytest.raises(Misconfigured, match="does not show us any Lead"):
        of(kind="Lead")


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.FAX, Channel.SMS])
def test_a_hidden_opt_out_stops_it_unless_the_rule_is_off(channel: Channel) -> None:
    with pytest.raises(Misconfigured, match="nobody's consent can be checked"):
        of("Email", channel=channel)
    assert of("Email", channel=channel, rules=frozenset[Rule]()).paths == (*ALWAYS, "Email")

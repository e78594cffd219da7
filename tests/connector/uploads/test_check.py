"""Whatever people wrote into Salesforce, a row is one line of CSV and fits the store."""

import csv
import unicodedata
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from connector.model.audience import Reason, Rule, Source, SourceKind
from connector.model.uploads import Definition, How, Identifier, Pair, Target
from connector.uploads.check import Checker
from connector.uploads.entry import Entry
from connector.uploads.fields import Layout

PAIRS = (Pair("Custom_Member_Id", "Id"), Pair("Email", "Email"), Pair("custom1", "Note__c", "none"))
LAYOUT = Layout("Contact", ("Id", "IsDeleted", "MasterRecordId", "FirstName", "LastName", "Email", "Note__c"))
PERSON = "003Dn00000000GdIAI"
ANYTHING = st.text(st.characters(), max_size=40)
"""Half surrogates and control characters too: JSON of other programs brings them."""


def definition(identifier: Identifier = Identifier.EMAIL) -> Definition:
    source, target = Source(SourceKind.CAMPAIGN), Target(1, "Members", How.REPLACE)
    return Definition(source, target, PAIRS, PAIRS, identifier)


def checker(identifier: Identifier = Identifier.EMAIL) -> Checker:
    return Checker(definition(identifier), {"Contact": LAYOUT})


@settings(deadline=None, max_examples=300, database=None)
@given(ANYTHING, ANYTHING)
def test_any_value_travels_as_one_cell_of_one_line(name: str, note: str) -> None:
    row = checker().row(1, Entry("Contact", [PERSON, "false", "", name, "", "a@example.org", note]))
    assert len(row.line.encode().splitlines()) == 1
    (cells,) = csv.reader([row.line], strict=True)
    assert cells[:2] == [PERSON, "a@example.org"]
    assert len(cells) == 3
    assert not any(unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} for letter in row.line + row.name)
    if note.isprintable() and note.strip():
        assert cells[2] == note.strip()


@settings(deadline=None, max_examples=300, database=None)
@given(st.one_of(ANYTHING, st.text(min_size=250, max_size=300)), st.sampled_from(Identifier))
def test_any_address_fits_the_store_and_only_good_ones_are_mailable(email: str, identifier: Identifier) -> None:
    row = checker(identifier).row(1, Entry("Contact", [PERSON, "false", "", "", "", email, ""]))
    assert max(map(len, (row.name, row.address, row.identity, row.detail))) <= 255
    assert row.reason in {"", Reason.NO_ADDRESS, Reason.INVALID}
    assert (row.line == "") == bool(row.reason)
    f"{row.name}{row.address}{row.identity}{row.detail}".encode()


def test_nobodys_name_and_address_are_kept_clean() -> None:
    row = checker().row(7, Entry("", (), Reason.NOBODY, "x" * 300, "", "Ann\x00\nB", "a\ud800@example.org"))
    assert row[:5] == (7, "", "Ann B", "a@example.org", "")
    assert (row.reason, len(row.detail), row.line) == (Reason.NOBODY, 255, "")


def test_an_address_that_does_not_fit_the_store_is_invalid_even_where_any_form_is_good() -> None:
    anything = replace(definition(), rules=frozenset(Rule) - {Rule.INVALID})
    for size, said in ((255, ("", "")), (256, (Reason.INVALID, "It is longer than 255 characters."))):
        entry = Entry("Contact", [PERSON, "false", "", "", "", "a" * size, ""])
        row = Checker(anything, {"Contact": LAYOUT}).row(1, entry)
        assert (row.reason, row.detail, row.address) == (*said, "a" * 255)

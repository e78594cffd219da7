"""The people of a report: by id, else by address, and of every row that names nobody it is said why."""

from typing import Any

import pytest

from connector.errors import Refused
from connector.model.audience import Reason, Rule, Source
from connector.model.uploads import Pair
from sandbox.salesforce.lifecycle import convert, merge
from sandbox.salesforce.loading import load_rows
from tests.connector.uploads.world import UploadWorld


def report(world: UploadWorld, title: str, columns: str, kind: str = "ContactList", **more: Any) -> Source:
    """A report of the people with this last name; the name is the test's own."""
    given = [{"column": "LAST_NAME", "operator": "equals", "value": title}]
    return world.report(
        title,
        **{
            "reportType": kind,
            "reportFormat": "TABULAR",
            "detailColumns": columns.split(),
            "reportFilters": given,
            **more,
        },
    )


def test_rows_with_ids_are_read_by_their_ids(world: UploadWorld) -> None:
    people = [world.person(f"{name}@ids.example.org", LastName="Ids", FirstName=name) for name in "ab"]
    found = world.preview(report(world, "Ids", "CONTACT_ID EMAIL"))
    assert sorted(found.ids) == people
    assert found.note == "Read by one run of the report"
    assert '"a","Ids"' in found.lines[0]


def test_ids_are_asked_for_in_pieces_and_keep_the_reports_order(
    world: UploadWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.uploads.people_of.ROOM", 60)
    people = [world.person(f"{10 - place}@order.example.org", LastName="Order") for place in range(10)]
    source = report(world, "Order", "CONTACT_ID EMAIL", sortBy=[{"sortColumn": "EMAIL", "sortOrder": "Asc"}])
    emails = [row["address"] for row in world.preview(source).mailable]
    assert emails == sorted(emails)
    assert len(emails) == len(people)


def test_whoever_is_gone_between_the_report_and_the_reading_is_named(world: UploadWorld) -> None:
    names = ("stays", "deleted", "merged", "vanished", "converted")
    stays, deleted, merged, vanished = (world.person(f"{name}@gone.example.org", Title="Gone") for name in names[:4])
    lead = world.person("converted@gone.example.org", "Lead", Title="Gone")
    refs = [stays, deleted, merged, vanished, lead]
    world.of.delete(deleted)
    merge(world.of.org, stays, merged)
    world.remove("Contact", vanished)
    convert(world.of.org, lead, stays)
    found = world.preview_refs([(ref, "", "") for ref in refs])
    assert found.ids == [stays]
    assert found.why(deleted) == (Reason.DELETED, "deleted in Salesforce")
    assert found.why(merged) == (Reason.DELETED, "merged into another record")
    assert found.why(vanished) == (Reason.DELETED, "Salesforce has no such Contact any more, or does not show it to us")
    assert found.why(lead) == (Reason.CONVERTED, "became a Contact")
    off = world.preview_refs([(ref, "", "") for ref in refs], rules=frozenset(Rule) - {Rule.GONE})
    assert off.ids == [stays, deleted, merged, lead]


def test_rows_without_ids_are_found_by_address(world: UploadWorld) -> None:
    contact = world.person("One@address.example.org")
    world.person("one@address.example.org", "Lead")
    lead = world.person("only.lead@address.example.org", "Lead")
    for kind in ("Contact", "Lead"):
        for _ in range(2):
            world.person(f"two.{kind}@address.example.org", kind)
    old = world.person("o'old@address.example.org", "Lead")
    convert(world.of.org, old, contact)
    asked = ("ONE@address.example.org", "only.lead@address.example.org", "Two.contact@address.example.org")
    asked += ("two.lead@address.example.org", "o'old@address.example.org", "nobody@address.example.org", "")
    found = world.preview_refs([("", email, f"Row {place}") for place, email in enumerate(asked)])
    assert found.ids == [contact, lead]
    assert found.why(old)[0] == Reason.CONVERTED
    told = {row["name"]: (row["reason"], row["detail"], row["address"]) for row in found.lost}
    assert told["Row 2"] == (Reason.AMBIGUOUS, "2 Contacts have this address", asked[2])
    assert told["Row 3"] == (Reason.AMBIGUOUS, "2 Leads have this address", asked[3])
    assert told["Row 5"] == (Reason.NOBODY, "no Contact or Lead has this address", asked[5])
    assert told["Row 6"] == (Reason.NOBODY, "this row names nobody", "")


@pytest.mark.parametrize("rules", [frozenset(Rule), frozenset(Rule) - {Rule.OPTED_OUT}])
def test_who_is_found_by_address_is_asked_by_every_record_with_it(world: UploadWorld, rules: frozenset[Rule]) -> None:
    place = f"{len(rules)}.asked.example.org"
    contact, lead = world.person(f"Both@{place}"), world.person(f"lead@{place}", "Lead")
    world.person(f"both@{place}", "Lead", HasOptedOutOfEmail=True)
    convert(world.of.org, world.person(f"lead@{place}", "Lead", HasOptedOutOfEmail=True), contact)
    found = world.preview_refs([("", f"both@{place}", ""), ("", f"LEAD@{place}", "")], rules=rules)
    if Rule.OPTED_OUT not in rules:
        assert found.ids == [contact, lead]
        return
    for person in (contact, lead):
        assert found.why(person) == (Reason.OPTED_OUT, "another record with this address opted out")


def test_an_address_is_found_where_no_address_is_mapped_to_it(world: UploadWorld) -> None:
    person = world.person("fax@unmapped.example.org", Title="title@example.org")
    mapping = (Pair("Email", "Title"),)
    found = world.preview_refs([("", "fax@unmapped.example.org", "")], contact=mapping, lead=mapping)
    assert (found.ids, found.lines) == ([person], ['"title@example.org"'])


def test_an_id_of_nothing_we_write_to_is_nobody(world: UploadWorld) -> None:
    found = world.preview_refs([("001Dn00000000GdIAI", "", "An account")])
    assert found.why("001Dn00000000GdIAI") == (Reason.NOBODY, "this is neither a Contact nor a Lead")


def test_a_report_without_people_is_refused_by_its_name(world: UploadWorld) -> None:
    load_rows(world.of.org, "Account", ("Id", "Name"), [("001Dn00000000GdIAI", "Example Ltd")])
    source = world.report(
        "Accounts only", reportType="AccountList", reportFormat="TABULAR", detailColumns=["ACCOUNT.NAME"]
    )
    with pytest.raises(Refused, match="The Report “Accounts only” cannot be read"):
        world.preview(source)

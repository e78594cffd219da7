"""How rows are written: what is refused, with which code, and what it costs its neighbours (nothing)."""

import pytest

from sandbox.salesforce.access import MINIMUM, STANDARD
from sandbox.salesforce.errors import ApiError, UnknownFieldError
from sandbox.salesforce.org import Org
from sandbox.salesforce.rows import plan_write, upsert_rows
from sandbox.salesforce.values import UNCHANGED
from tests.sandbox.salesforce.conftest import People, write

ACTIVITY = "Real_Magnet_Activity__c"
KEY = "External_Key__c"


def codes(results: list) -> list[list[str]]:
    return [[error.code for error in result.errors] for result in results]


def stored(org: Org, sobject: str, record_id: str, *names: str) -> tuple:
    with org.database.reading() as connection:
        return connection.execute(f'SELECT {", ".join(names)} FROM "{sobject}" WHERE Id = ?', (record_id,)).fetchone()  # noqa: S608 - our own names


def test_a_bad_row_costs_its_neighbours_nothing(org: Org) -> None:
    rows = [("Ada", "a@example.org"), (None, "b@example.org"), ("Cy", "no address"), ("x" * 81, None), ("Di", None)]
    results = write(org, "Contact", "insert", ["LastName", "Email"], rows)
    assert codes(results) == [[], ["REQUIRED_FIELD_MISSING"], ["INVALID_EMAIL_ADDRESS"], ["STRING_TOO_LONG"], []]
    assert org.count("Contact") == 2


def test_an_upsert_creates_once_and_changes_afterwards(org: Org) -> None:
    columns, options = [KEY, "Activity__c"], {"external_field": KEY}
    (first,) = write(org, ACTIVITY, "upsert", columns, [("k", "Opened")], **options)
    (second,) = write(org, ACTIVITY, "upsert", columns, [("k", "Clicked")], **options)
    assert (first.created, second.created) == (True, False)
    assert first.id == second.id
    assert stored(org, ACTIVITY, first.id or "", "Activity__c", "Name") == ("Clicked", "RMA-0000000001")


def test_external_keys_are_case_sensitive(org: Org) -> None:
    results = write(org, ACTIVITY, "upsert", [KEY], [("aB",), ("Ab",)], external_field=KEY)
    assert [result.created for result in results] == [True, True]


def test_twins_in_one_chunk_both_fail(org: Org) -> None:
    results = write(org, ACTIVITY, "upsert", [KEY], [("k",), ("other",), ("k",)], external_field=KEY)
    assert codes(results) == [["DUPLICATE_VALUE"], [], ["DUPLICATE_VALUE"]]


def test_a_key_taken_by_another_record_is_a_duplicate_value(org: Org, people: People) -> None:
    there = people.activity("k")
    (refused,) = write(org, ACTIVITY, "insert", [KEY], [("k",)])
    message = f"duplicate value found: {KEY} duplicates value on record with id: {there}"
    assert (refused.errors[0].code, refused.errors[0].message) == ("DUPLICATE_VALUE", message)


def test_a_deleted_record_gives_its_key_back(org: Org, people: People) -> None:
    gone = people.activity("k")
    write(org, ACTIVITY, "delete", ["Id"], [(gone,)])
    (again,) = write(org, ACTIVITY, "upsert", [KEY], [("k",)], external_field=KEY)
    assert again.created
    assert again.id != gone


def test_each_bad_parent_has_its_own_code(org: Org, people: People) -> None:
    alive, gone, lead, converted = people.contact(), people.contact(), people.lead(), people.lead()
    write(org, "Contact", "delete", ["Id"], [(gone,)])
    with org.database.writing() as connection:
        connection.execute("UPDATE Lead SET IsConverted = 1 WHERE Id = ?", (converted,))
    rows = [
        ("1", alive, None),
        ("2", alive[:15], None),
        ("3", "nonsense", None),
        ("4", lead, None),
        ("5", "003Hu000000ZZZZIA0", None),
        ("6", "003Hu000000ZZZZ", None),
        ("7", gone, None),
        ("8", None, converted),
    ]
    results = write(org, ACTIVITY, "upsert", [KEY, "Contact__c", "Lead__c"], rows, external_field=KEY)
    assert codes(results) == [
        [],
        [],
        ["MALFORMED_ID"],
        ["FIELD_INTEGRITY_EXCEPTION"],
        ["MALFORMED_ID"],
        ["INVALID_CROSS_REFERENCE_KEY"],
        ["ENTITY_IS_DELETED"],
        ["CANNOT_REFERENCE_CONVERTED_LEAD"],
    ]
    assert stored(org, ACTIVITY, results[1].id or "", "Contact__c") == (alive,)


def test_a_row_keeps_its_lead_when_the_lead_is_converted_later(org: Org, people: People) -> None:
    lead = people.lead()
    people.activity("k", Lead__c=lead)
    with org.database.writing() as connection:
        connection.execute("UPDATE Lead SET IsConverted = 1 WHERE Id = ?", (lead,))
    (again,) = write(org, ACTIVITY, "upsert", [KEY, "Lead__c"], [("k", lead)], external_field=KEY)
    assert again.success


def test_a_converted_lead_is_not_changed(org: Org, people: People) -> None:
    lead = people.lead()
    with org.database.writing() as connection:
        connection.execute("UPDATE Lead SET IsConverted = 1 WHERE Id = ?", (lead,))
    (refused,) = write(org, "Lead", "update", ["Id", "HasOptedOutOfEmail"], [(lead, True)])
    assert codes([refused]) == [["CANNOT_UPDATE_CONVERTED_LEAD"]]


def test_updates_of_what_is_not_there(org: Org, people: People) -> None:
    gone = people.contact()
    write(org, "Contact", "delete", ["Id"], [(gone,)])
    rows = [(gone, "a"), ("003Hu000000ZZZZ", "b"), ("nonsense", "c"), (None, "d")]
    results = write(org, "Contact", "update", ["Id", "LastName"], rows)
    assert codes(results) == [
        ["ENTITY_IS_DELETED"],
        ["INVALID_CROSS_REFERENCE_KEY"],
        ["MALFORMED_ID"],
        ["MISSING_ARGUMENT"],
    ]


def test_csv_cells_empty_is_unchanged_and_na_is_null(org: Org, people: People) -> None:
    record = people.activity("k", Activity__c="Opened", Detail__c="250 ok")
    rows = [("k", "", "#N/A")]
    write(org, ACTIVITY, "upsert", [KEY, "Activity__c", "Detail__c"], rows, external_field=KEY, csv=True)
    assert stored(org, ACTIVITY, record, "Activity__c", "Detail__c") == ("Opened", None)


def test_marks_unchanged_and_null(org: Org, people: People) -> None:
    record = people.activity("k", Activity__c="Opened", Detail__c="250 ok")
    rows = [("k", UNCHANGED, None)]
    write(org, ACTIVITY, "upsert", [KEY, "Activity__c", "Detail__c"], rows, external_field=KEY)
    assert stored(org, ACTIVITY, record, "Activity__c", "Detail__c") == ("Opened", None)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2026-11-23T05:00:00.000Z", "2026-11-23T05:00:00.000+0000"),
        ("2026-11-23T05:00:00+02:00", "2026-11-23T03:00:00.000+0000"),
        ("2026-11-23T05:00:00.1239-0500", "2026-11-23T10:00:00.123+0000"),
    ],
)
def test_instants_are_kept_in_utc(org: Org, people: People, given: str, kept: str) -> None:
    record = people.activity("k", Activity_Date__c=given)
    assert stored(org, ACTIVITY, record, "Activity_Date__c") == (kept,)


def test_values_of_the_wrong_type(org: Org) -> None:
    columns = [KEY, "Activity_Date__c"]
    (refused,) = write(org, ACTIVITY, "upsert", columns, [("k", "yesterday")], external_field=KEY)
    assert codes([refused]) == [["INVALID_TYPE_ON_FIELD_IN_RECORD"]]
    (refused,) = write(org, "Contact", "insert", ["LastName", "HasOptedOutOfEmail"], [("a", "perhaps")])
    assert refused.errors[0].as_bulk() == (
        "INVALID_TYPE_ON_FIELD_IN_RECORD:Has Opted Out Of Email: value not of required type: perhaps"
        ":HasOptedOutOfEmail--"
    )


def test_a_relationship_column_finds_the_parent_by_its_key(org: Org, people: People) -> None:
    contact = people.contact(email="one@example.org")
    people.contact(email="two@example.org")
    people.contact(email="two@example.org")
    rows = [("1", "ONE@example.org"), ("2", "two@example.org"), ("3", "none@example.org")]
    results = write(org, ACTIVITY, "upsert", [KEY, "Contact__r.Email"], rows, external_field=KEY)
    assert codes(results) == [[], ["INVALID_FIELD"], ["INVALID_FIELD"]]
    assert stored(org, ACTIVITY, results[0].id or "", "Contact__c") == (contact,)


def test_columns_that_a_user_cannot_see_do_not_exist(org: Org) -> None:
    contact = org.schema.get("Contact")
    ordinary = org.access(org.user_id("ada@salesforce.example"))
    assert (ordinary.profile, org.access(org.integration_user_id).profile) == (STANDARD, MINIMUM)
    for name in ("HasOptedOutOfEmail", "Nothing__c"):
        with pytest.raises(UnknownFieldError, match=name):
            plan_write(org, ordinary, contact, "insert", ["LastName", name])


def test_the_integration_user_may_do_what_its_permission_set_grants(org: Org, people: People) -> None:
    access = org.access(org.integration_user_id)
    contact = people.contact()
    with pytest.raises(ApiError, match="INSUFFICIENT_ACCESS_OR_READONLY"):
        plan_write(org, access, org.schema.get("Contact"), "insert", ["LastName"])
    plan = plan_write(org, access, org.schema.get("Contact"), "update", ["Id", "HasOptedOutOfEmail"])
    assert [result.success for result in upsert_rows(org, plan, [(contact, True)])] == [True]
    plan = plan_write(org, access, org.schema.get("Contact"), "update", ["Id", "Email"])
    assert codes(list(upsert_rows(org, plan, [(contact, "a@example.org")]))) == [["INVALID_FIELD_FOR_INSERT_UPDATE"]]


def test_a_hidden_field_is_gone_for_the_integration_user_too(org: Org) -> None:
    contact = org.schema.get("Contact")
    assert org.access(org.integration_user_id).find(contact, "HasOptedOutOfEmail") is not None
    org.hide_field("Contact", "HasOptedOutOfEmail")
    assert org.access(org.integration_user_id).find(contact, "HasOptedOutOfEmail") is None
    org.hide_field("Contact", "HasOptedOutOfEmail", hidden=False)
    assert org.access(org.integration_user_id).find(contact, "HasOptedOutOfEmail") is not None


def test_a_thousand_rows_keep_their_order(org: Org) -> None:
    rows = [(f"k{number}",) for number in range(1_000)]
    results = write(org, ACTIVITY, "upsert", [KEY], rows, external_field=KEY)
    names = [stored(org, ACTIVITY, result.id or "", KEY)[0] for result in results]
    assert names == [key for (key,) in rows]


def test_an_org_opened_again_remembers(org: Org, people: People, tmp_path) -> None:
    people.activity("k")
    org.advance_clock(3_600)
    again = Org(tmp_path / "org")
    assert again.count(ACTIVITY) == 1
    assert again.clock.offset_seconds == 3_600
    again.close()

"""Who a row of a report means, by whatever the report shows of them."""

from collections.abc import Sequence

import pytest

from connector.errors import Refused, UnexpectedAnswer
from connector.model.audience import PersonRef
from connector.salesforce.report_answer import Cell, Column, Report, answer_of, report_of
from connector.salesforce.report_columns import id_columns, parting_columns
from connector.salesforce.report_person import PersonFinder

CONTACT, CONTACT_15 = "003Dn00000000G8IAI", "003Dn00000000G8"
OTHER, LEAD, ACCOUNT = "003Dn00000000G9IAI", "00QDn00000000GCMAY", "001Dn00000000G8IAI"
ANN = Cell("Ann Lee", CONTACT)
NOTHING = Cell("-", "")


def plain(text: str) -> Cell:
    return Cell(text, text)


def found(names: str, *rows: Sequence[Cell], type_name: str = "ContactList") -> list[PersonRef]:
    finder = finder_of(names, type_name)
    finder.learn(rows)
    finder.refuse_rivals()
    return [finder.ref(row) for row in rows]


def finder_of(names: str, type_name: str = "ContactList") -> PersonFinder:
    columns = [Column(name, name.title(), "email" if name.endswith("mail") else "string") for name in names.split()]
    return PersonFinder(columns, Report({"reportType": {"type": type_name}}, {}))


@pytest.mark.parametrize("name", ["CONTACT_ID", "Contact$Id", "Account.Contacts$Id", "RELATED_RECORD_ID"])
def test_a_short_id_becomes_a_long_one(name: str) -> None:
    assert found(f"{name} EMAIL", [plain(CONTACT_15), plain("a@example.org")]) == [
        PersonRef(CONTACT, "a@example.org", "")
    ]


def test_an_id_column_goes_before_a_lookup_and_the_name_is_put_together() -> None:
    row = [plain("Ann"), plain("Lee"), Cell("Bob Ray", OTHER), plain(CONTACT_15)]
    assert found("FIRST_NAME LAST_NAME FULL_NAME CONTACT_ID", row) == [PersonRef(CONTACT, "", "Bob Ray")]
    assert found("FIRST_NAME LAST_NAME Friend__c CONTACT_ID", row) == [PersonRef(CONTACT, "", "Ann Lee")]


def test_a_lookup_means_the_id_behind_the_name() -> None:
    assert found("FULL_NAME EMAIL", [ANN, plain("a@example.org")]) == [PersonRef(CONTACT, "a@example.org", "Ann Lee")]
    assert found("Activity__c.Contact__c", [ANN]) == [PersonRef(CONTACT, "", "Ann Lee")]


def test_digits_of_a_phone_are_no_person() -> None:
    assert found("PHONE1", [plain("003491234567890")]) == [PersonRef()]


def test_a_member_is_whichever_of_the_two_the_row_has() -> None:
    rows = [[plain(CONTACT), NOTHING], [NOTHING, plain(LEAD)], [plain(CONTACT), plain(LEAD)], [NOTHING, NOTHING]]
    ids = [person.id for person in found("CONTACT_ID LEAD_ID", *rows, type_name="CampaignWithCampaignMembers")]
    assert ids == [CONTACT, LEAD, CONTACT, ""]


def test_a_lead_is_not_taken_for_who_recommended_them() -> None:
    rows = [[plain(LEAD), ANN], [plain(LEAD), NOTHING]]
    assert [person.id for person in found("LEAD_ID Referrer__c", *rows, type_name="LeadList")] == [LEAD, LEAD]


@pytest.mark.parametrize("name", ["REPORTS_TO", "OWNER_FULL_NAME", "Contact.ReportsTo$Name", "ASSISTANT"])
def test_people_about_the_person_are_never_meant(name: str) -> None:
    finder = finder_of(f"{name} PHONE1")
    finder.learn([[ANN, plain("1")]])
    assert (finder.finds, finder.possible) == (False, False)


def test_a_row_without_its_own_person_is_nobody_rather_than_somebody_else() -> None:
    rows = [[plain(CONTACT), Cell("Bob", OTHER)], [NOTHING, Cell("Bob", OTHER)]]
    assert [person.id for person in found("CONTACT_ID Friend__c", *rows)] == [CONTACT, ""]


def test_two_people_in_one_row_are_refused_by_their_labels() -> None:
    with pytest.raises(Refused, match="“Friend__C” and under “Boss__C”") as refused:
        found("Friend__c Boss__c", [ANN, Cell("Bob", OTHER)])
    assert "Contact ID" in refused.value.advice


def test_the_same_person_twice_is_one_person() -> None:
    assert found("FIRST_NAME LAST_NAME", [Cell("Ann", CONTACT), Cell("Lee", CONTACT_15)])[0].id == CONTACT


def test_what_only_an_address_tells() -> None:
    row = [
        plain("Ann"),
        plain("a@example.org"),
        plain("boss@example.org"),
    ]
    assert found("FIRST_NAME Work_Email OWNER_EMAIL", row) == [PersonRef("", "a@example.org", "Ann")]
    assert found("Account.Name EMAIL", [Cell("Acme", ACCOUNT), NOTHING]) == [PersonRef()]


def test_what_is_shown_is_enough_when_the_ids_stand_there() -> None:
    shown, hidden = finder_of("CONTACT_ID FULL_NAME"), finder_of("EMAIL FULL_NAME")
    shown.learn([[plain(CONTACT_15), ANN]])
    hidden.learn([[plain("a@example.org"), ANN]])
    assert (shown.legible, hidden.legible) == (True, False)


def test_the_report_type_tells_which_columns_could_be_added() -> None:
    names = ["LEAD_ID", "CONTACT_ID", "ACCOUNT_ID", "OWNER_ID", "LAST_NAME", "CREATED_DATE", "EMAIL"]
    columns = {name: {"label": name, "dataType": "id" if name.endswith("ID") else "string"} for name in names}
    report = report_of(
        {
            "reportMetadata": {"detailColumns": ["CONTACT_ID", "EMAIL"]},
            "reportTypeMetadata": {"categories": [{"columns": columns}]},
        }
    )
    assert id_columns(report) == ["LEAD_ID"]
    assert parting_columns(report, [Column("EMAIL", "Email")]) == ["CREATED_DATE", "LAST_NAME"]
    assert parting_columns(report, [Column("LAST_NAME", "Last Name"), Column("CREATED_DATE", "Created Date")]) == []


MATRIX = {
    "allData": True,
    "reportMetadata": {
        "detailColumns": ["EMAIL"],
        "groupingsDown": [{"name": "FULL_NAME"}, {"name": "STATUS"}],
        "groupingsAcross": [{"name": "LEAD_SOURCE"}],
        "aggregates": ["Average", "RowCount"],
    },
    "reportExtendedMetadata": {
        "detailColumnInfo": {"EMAIL": {"label": "Email", "dataType": "email"}},
        "groupingColumnInfo": {"FULL_NAME": {"label": "Full Name", "dataType": "string"}},
    },
    "groupingsDown": {
        "groupings": [
            {
                "key": "0",
                "label": "Ann Lee",
                "value": CONTACT,
                "groupings": [{"key": "0_0", "label": "New", "value": "New", "groupings": []}],
            }
        ]
    },
    "groupingsAcross": {"groupings": [{"key": "0", "label": "-", "value": None}, {"key": "1", "label": "Web"}]},
    "factMap": {
        "0_0!1": {"rows": [{"dataCells": [{"label": "a@example.org", "value": "a@example.org"}]}]},
        "0_0!T": {"rows": [], "aggregates": [{"value": 1}]},
        "T!T": {"aggregates": [{"value": 0.5}, {"value": 1}]},
    },
}


def test_grouped_people_are_found_in_the_path_of_their_rows() -> None:
    answer = answer_of(MATRIX, Report({}, {}))
    assert (answer.total, answer.complete) == (1, True)
    assert answer.rows == [[plain("a@example.org"), ANN, plain("New"), Cell("Web", "")]]
    finder = PersonFinder(answer.columns, Report({}, {}))
    finder.learn(answer.rows)
    assert [finder.ref(row) for row in answer.rows] == [PersonRef(CONTACT, "a@example.org", "Ann Lee")]


def test_rows_that_do_not_fit_their_columns_are_no_answer() -> None:
    with pytest.raises(UnexpectedAnswer):
        answer_of({**MATRIX, "factMap": {"T!T": {"rows": [{"dataCells": []}]}}}, Report({}, {}))


def test_rows_kept_back_are_told_apart_from_a_limit_of_the_author() -> None:
    kept = {"allData": True, "hasExceededTabularRowLimit": True}
    assert not answer_of(kept, Report({}, {})).complete
    assert answer_of(kept, Report({"topRows": {"rowLimit": 10}}, {})).complete
    assert not answer_of({}, Report({}, {})).complete

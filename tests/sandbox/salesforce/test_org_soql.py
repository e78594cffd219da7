"""What queries answer, and the words in which bad ones are refused."""

import pytest

from sandbox.salesforce.org import Org
from sandbox.salesforce.soql import stream
from tests.sandbox.salesforce.conftest import Caller, People, write


def test_the_envelope_of_an_answer(user: Caller, people: People) -> None:
    contact = people.contact("Åberg", "a@example.org")
    assert user.query("SELECT Id, Name, Account.Name FROM Contact") == {
        "totalSize": 1,
        "done": True,
        "records": [
            {
                "attributes": {"type": "Contact", "url": f"/services/data/v66.0/sobjects/Contact/{contact}"},
                "Id": contact,
                "Name": "Åberg",
                "Account": None,
            }
        ],
    }


def test_parents_carry_their_own_attributes(integration: Caller, people: People) -> None:
    contact = people.contact(email="a@example.org")
    people.activity("k", Contact__c=contact)
    (record,) = integration.records("SELECT Contact__r.Email, Lead__r.Email FROM Real_Magnet_Activity__c")
    url = f"/services/data/v66.0/sobjects/Contact/{contact}"
    assert record == {
        "Contact__r": {"attributes": {"type": "Contact", "url": url}, "Email": "a@example.org"},
        "Lead__r": None,
    }


def names(caller: Caller, condition: str) -> list[str]:
    return sorted(row["LastName"] for row in caller.records(f"SELECT LastName FROM Contact WHERE {condition}"))  # noqa: S608 - our own names


@pytest.fixture
def three(org: Org) -> None:
    rows = [("Ann", "ann@example.org", True), ("bob", None, False), ("Cy", "cy@example.com", False)]
    write(org, "Contact", "insert", ["LastName", "Email", "DoNotCall"], rows)


@pytest.mark.usefixtures("three")
class TestConditions:
    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            ("LastName = 'ANN'", ["Ann"]),
            ("LastName != 'Ann'", ["Cy", "bob"]),
            ("Email != 'ann@example.org'", ["Cy", "bob"]),
            ("Email = null", ["bob"]),
            ("Email = ''", ["bob"]),
            ("Email <> null", ["Ann", "Cy"]),
            ("Email LIKE '%.org'", ["Ann"]),
            ("NOT Email LIKE '%.org'", ["Cy", "bob"]),
            ("Email LIKE 'ann\\_%'", []),
            ("LastName IN ('ann', 'BOB')", ["Ann", "bob"]),
            ("LastName NOT IN ('ann', 'BOB')", ["Cy"]),
            ("Email NOT IN ('ann@example.org')", ["Cy", "bob"]),
            ("Email IN ('cy@example.com', null)", ["Cy", "bob"]),
            ("LastName > 'ann' AND (LastName < 'cy' OR Email = 'cy@example.com')", ["Cy", "bob"]),
            ("NOT (LastName = 'Ann' OR LastName = 'Cy')", ["bob"]),
            ("CreatedDate = TODAY", ["Ann", "Cy", "bob"]),
            ("CreatedDate < TODAY", []),
            ("CreatedDate = LAST_N_DAYS:3 AND CreatedDate >= 2020-01-01T00:00:00Z", ["Ann", "Cy", "bob"]),
            ("CreatedDate > 2020-01-01T00:00:00+02:00", ["Ann", "Cy", "bob"]),
            ("CreatedDate = YESTERDAY", []),
            ("IsDeleted = false", ["Ann", "Cy", "bob"]),
            ("Contact.LastName = 'Ann'", ["Ann"]),
        ],
    )
    def test_rows_found(self, user: Caller, condition: str, expected: list[str]) -> None:
        assert names(user, condition) == expected

    def test_ids_in_both_lengths(self, user: Caller) -> None:
        (record,) = user.records("SELECT Id FROM Contact WHERE LastName = 'Ann'")
        assert names(user, f"Id = '{record['Id'][:15]}'") == ["Ann"]
        assert names(user, f"Id IN ('{record['Id']}')") == ["Ann"]

    def test_order_puts_nulls_first_unless_told(self, user: Caller) -> None:
        def order(clause: str) -> list[str]:
            return [row["LastName"] for row in user.records(f"SELECT LastName FROM Contact ORDER BY {clause}")]  # noqa: S608 - our own names

        assert order("Email") == ["bob", "Ann", "Cy"]
        assert order("Email DESC") == ["bob", "Cy", "Ann"]
        assert order("Email DESC NULLS LAST") == ["Cy", "Ann", "bob"]

    def test_limit_and_offset(self, user: Caller) -> None:
        found = user.query("SELECT LastName FROM Contact ORDER BY LastName LIMIT 1 OFFSET 1")
        assert (found["totalSize"], found["records"][0]["LastName"]) == (1, "bob")

    def test_aliases_and_mine(self, user: Caller) -> None:
        assert user.records("SELECT c.LastName FROM Contact c WHERE c.LastName = 'Cy'") == [{"LastName": "Cy"}]
        assert user.query("SELECT Id FROM Contact USING SCOPE mine")["totalSize"] == 0
        assert user.query("SELECT Id FROM Contact USING SCOPE everything")["totalSize"] == 3

    def test_counts(self, user: Caller) -> None:
        assert user.query("SELECT COUNT() FROM Contact") == {"totalSize": 3, "done": True, "records": []}
        assert user.records("SELECT COUNT(Id), COUNT(Email) mails, MAX(LastName) FROM Contact") == [
            {"expr0": 3, "mails": 2, "expr1": "Cy"}
        ]


def test_semi_joins(user: Caller, integration: Caller, people: People) -> None:
    with_activity, without = people.contact("With"), people.contact("Without")
    people.activity("k", Contact__c=with_activity, Activity__c="Opened")
    inner = "SELECT Contact__c FROM Real_Magnet_Activity__c WHERE Activity__c = 'Opened'"
    assert integration.records(f"SELECT Id FROM Contact WHERE Id IN ({inner})") == [{"Id": with_activity}]  # noqa: S608 - our own names
    assert integration.records(f"SELECT Id FROM Contact WHERE Id NOT IN ({inner})") == [{"Id": without}]  # noqa: S608 - our own names


def test_groups(integration: Caller, people: People) -> None:
    for number, kind in enumerate(["Opened", "Opened", "Clicked"]):
        people.activity(f"k{number}", Activity__c=kind, Contact__c=people.contact())
    text = (
        "SELECT Activity__c, COUNT(Id) n, COUNT_DISTINCT(Contact__c) FROM Real_Magnet_Activity__c GROUP BY Activity__c"
    )
    assert integration.records(text + " ORDER BY Activity__c") == [
        {"Activity__c": "Clicked", "n": 1, "expr0": 1},
        {"Activity__c": "Opened", "n": 2, "expr0": 2},
    ]
    assert integration.records(text + " HAVING COUNT(Id) > 1") == [{"Activity__c": "Opened", "n": 2, "expr0": 2}]
    attributes = integration.query(text)["records"][0]["attributes"]
    assert attributes == {"type": "AggregateResult"}


def test_more_than_2000_groups_cannot_be_continued(integration: Caller, org: Org) -> None:
    rows = [(f"k{number}", f"m{number}") for number in range(2_001)]
    write(org, "Real_Magnet_Activity__c", "insert", ["External_Key__c", "Message_Id__c"], rows)
    text = "SELECT Message_Id__c, COUNT(Id) FROM Real_Magnet_Activity__c GROUP BY Message_Id__c"
    assert integration.query(text) == [
        {
            "message": "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single"
            " batch",
            "errorCode": "EXCEEDED_ID_LIMIT",
        }
    ]
    assert integration.query(text + " LIMIT 2000")["totalSize"] == 2_000


def test_pages_follow_one_another_without_gap_or_twin(integration: Caller, org: Org) -> None:
    rows = [(f"k{number:05d}",) for number in range(4_500)]
    write(org, "Real_Magnet_Activity__c", "insert", ["External_Key__c"], rows)
    page = integration.query("SELECT External_Key__c FROM Real_Magnet_Activity__c ORDER BY External_Key__c")
    seen, sizes = [], []
    while True:
        seen += [row["External_Key__c"] for row in page["records"]]
        sizes.append(len(page["records"]))
        assert page["totalSize"] == 4_500
        if page["done"]:
            break
        page = integration("GET", page["nextRecordsUrl"]).json
    assert sizes == [2_000, 2_000, 500]
    assert seen == [key for (key,) in rows]


def test_the_batch_size_is_a_hint_within_bounds(integration: Caller, org: Org) -> None:
    rows = [(f"k{number:05d}",) for number in range(450)]
    write(org, "Real_Magnet_Activity__c", "insert", ["External_Key__c"], rows)
    options = {"query_string": {"q": "SELECT Id FROM Real_Magnet_Activity__c"}}
    page = integration("GET", "/query", headers={"Sforce-Query-Options": "batchSize=50"}, **options).json
    assert len(page["records"]) == 200
    assert page["nextRecordsUrl"].endswith("-200")
    assert len(integration("GET", page["nextRecordsUrl"]).json["records"]) == 200


@pytest.mark.parametrize("locator", ["01gHu0000000009IAA-2000", "nonsense"])
def test_a_stale_locator(integration: Caller, locator: str) -> None:
    assert integration.error("GET", f"/query/{locator}") == (400, "INVALID_QUERY_LOCATOR")


def test_query_all_sees_the_deleted(user: Caller, org: Org, people: People) -> None:
    people.contact("Alive")
    write(org, "Contact", "delete", ["Id"], [(people.contact("Gone"),)])
    assert user.records("SELECT LastName FROM Contact") == [{"LastName": "Alive"}]
    gone = user.records("SELECT LastName, IsDeleted FROM Contact WHERE IsDeleted = true", "queryAll")
    assert gone == [{"LastName": "Gone", "IsDeleted": True}]


def test_an_unknown_object_is_pointed_at(user: Caller) -> None:
    assert user("GET", "/query?q=select+count()+from+XYZZY").status_code == 400
    (error,) = user.query("select count() from XYZZY")
    assert error["errorCode"] == "INVALID_TYPE"
    assert error["message"].startswith(
        "\nselect count() from XYZZY\n                    ^\nERROR at Row:1:Column:21\nsObject type 'XYZZY' is not"
        " supported. If you are attempting to use a custom object, be sure to append the '__c'"
    )


def test_a_field_out_of_sight_is_no_field(user: Caller, integration: Caller) -> None:
    text = "SELECT HasOptedOutOfEmail FROM Contact"
    assert integration.query(text)["totalSize"] == 0
    (error,) = user.query(text)
    assert error["errorCode"] == "INVALID_FIELD"
    assert error["message"].startswith(
        "\nSELECT HasOptedOutOfEmail FROM Contact\n       ^\nERROR at Row:1:Column:8\n"
        "No such column 'HasOptedOutOfEmail' on entity 'Contact'."
    )


def test_an_object_out_of_sight_is_no_object(integration: Caller, stranger: Caller) -> None:
    assert integration.query("SELECT Id FROM Account")["totalSize"] == 0
    assert stranger.query("SELECT Id FROM Account")[0]["errorCode"] == "INVALID_TYPE"


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("SELECT Id FROM", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        ("SELECT FROM Contact", "MALFORMED_QUERY", "unexpected token: 'FROM'"),
        ("SELECT Id FROM Contact WHERE LastName = 'a' AND Email = 'b' OR Id = null", "MALFORMED_QUERY", "token: 'OR'"),
        ("SELECT Id FROM Contact WHERE Email = 5", "INVALID_FIELD", "must be of type string and should be enclosed"),
        ("SELECT Id FROM Contact WHERE IsDeleted = 'x'", "INVALID_FIELD", "boolean and should not be enclosed"),
        ("SELECT Id FROM Contact WHERE CreatedDate > 2026-01-01", "INVALID_FIELD", "must be of type dateTime"),
        ("SELECT Id FROM Contact WHERE Id = 'abc'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: abc"),
        ("SELECT Id FROM Contact WHERE Description = 'x'", "INVALID_FIELD", "can not be filtered in a query call"),
        ("SELECT Id FROM Contact WHERE Nope__r.Name = 'x'", "INVALID_FIELD", "relationship 'Nope__r' in field path"),
        ("SELECT Id FROM Contact ORDER BY Description", "INVALID_FIELD", "can not be sorted"),
        ("SELECT CreatedDate, COUNT(Id) FROM Contact GROUP BY CreatedDate", "INVALID_FIELD", "can not be grouped"),
        ("SELECT LastName, COUNT(Id) FROM Contact", "MALFORMED_QUERY", "must be grouped or aggregated: LastName"),
        ("SELECT Id FROM Contact WHERE COUNT(Id) > 1", "MALFORMED_QUERY", "unexpected aggregate function: COUNT"),
        ("SELECT COUNT(Id) FROM Contact GROUP BY MAX(Name)", "MALFORMED_QUERY", "unexpected aggregate function: MAX"),
        ("SELECT COUNT(Id) FROM Contact ORDER BY Name", "MALFORMED_QUERY", "must be grouped or aggregated: Name"),
        ("SELECT Id, Id FROM Contact", "INVALID_FIELD", "duplicate field selected: Id"),
        ("SELECT Id FROM Contact OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000"),
        ("SELECT FIELDS(ALL) FROM Contact", "MALFORMED_QUERY", "LIMIT of at most 200"),
    ],
)
def test_refusals(user: Caller, text: str, code: str, words: str) -> None:
    (error,) = user.query(text)
    assert (error["errorCode"], words in error["message"]) == (code, True), error


def test_values_derived_by_the_vendor(user: Caller, org: Org, people: People) -> None:
    (campaign,) = write(org, "Campaign", "insert", ["Name"], [("Spring",)])
    label = ["CampaignId", "Label", "HasResponded"]
    write(org, "CampaignMemberStatus", "insert", label, [(campaign.id, "Sent", False), (campaign.id, "Came", True)])
    contact, lead = people.contact("Berg", "b@example.org"), people.lead("Sol", "s@example.org")
    columns = ["CampaignId", "ContactId", "LeadId", "Status"]
    rows = [(campaign.id, contact, None, "Came"), (campaign.id, None, lead, "Sent")]
    write(org, "CampaignMember", "insert", columns, rows)
    text = (
        "SELECT Type, Name, Email, CompanyOrAccount, HasResponded FROM CampaignMember WHERE Email LIKE '%EXAMPLE.ORG'"
    )
    assert user.records(text + " ORDER BY Name") == [
        {"Type": "Contact", "Name": "Berg", "Email": "b@example.org", "CompanyOrAccount": None, "HasResponded": True},
        {
            "Type": "Lead",
            "Name": "Sol",
            "Email": "s@example.org",
            "CompanyOrAccount": "Example Ltd",
            "HasResponded": False,
        },
    ]
    assert user.records("SELECT NumberOfContacts, NumberOfLeads FROM Campaign") == [
        {"NumberOfContacts": 1, "NumberOfLeads": 1}
    ]


def test_a_stream_gives_rows_as_asked(org: Org, people: People) -> None:
    people.activity("k", Contact__c=people.contact(email="a@example.org"))
    found = stream(org, org.system_access(), "SELECT Contact__r.Email, IsDeleted FROM Real_Magnet_Activity__c")
    assert (found.columns, found.types) == (["Contact__r.Email", "IsDeleted"], ["email", "boolean"])
    assert list(found.rows) == [("a@example.org", 0)]

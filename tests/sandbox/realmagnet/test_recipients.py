from sandbox import ids
from sandbox.realmagnet.account import Account
from tests.sandbox.realmagnet.conftest import START, Client

NEW = "new.person@example.org"


def find(client: Client, **filters: object) -> dict[str, object]:
    [found] = client.call("SearchRecipient", **filters)
    return found


class TestAdding:
    def test_a_new_recipient_gets_a_ten_digit_number_as_text(self, client: Client):
        answer = client.call("AddRecipient", Email=NEW, FirstName="Nia", CustomField3="x", Groups=[3449401])
        assert answer["Error"] == 0
        assert answer["Message"] == "Recipient added successfully"
        assert len(answer["AdditionalParams"]) == 10
        found = find(client, Email=NEW)
        assert (found["ID"], found["FirstName"], found["CustomField3"]) == (answer["AdditionalParams"], "Nia", "x")
        assert client.call("GetRecipientGroups", RecipientIDs=[found["ID"]])[0]["GroupIDs"] == [3449401]

    def test_a_known_address_in_any_case_answers_1005_with_the_number_it_has(self, client: Client):
        first = client.call("AddRecipient", Email=NEW)["AdditionalParams"]
        again = client.call("AddRecipient", Email=NEW.upper())
        assert (again["Error"], again["Message"], again["AdditionalParams"]) == (1005, "RECIPIENT_EXISTS", first)
        assert again["ErrorObject"]["ErrorID"] == 0

    def test_a_missing_address_is_answered_as_it_was_captured(self, client: Client):
        assert client.call("AddRecipient", FirstName="Nobody") == {
            "AdditionalParams": "0",
            "Error": 2,
            "ErrorObject": {
                "ErrorCode": "NO_EMAIL",
                "ErrorDetails": "Error Details:\nError Category:1Component:Recipient\nFunction:addRecipient",
                "ErrorID": 1003,
                "ErrorMessage": "",
                "ErrorType": "CUSTOM",
            },
            "Message": "",
        }

    def test_fresh_recipients_carry_the_doubtful_flags(self, client: Client):
        client.call("AddRecipient", Email=NEW)
        found = find(client, Email=NEW)
        assert found["EmailSendSuppress"] is found["FaxSendSupress"] is found["EmailConfirmed"] is True
        assert found["SuppressedDate"] is None
        assert found["Unsubscribed"] is False


class TestEditing:
    def test_editing_blanks_what_is_not_sent(self, client: Client):
        number = client.call("AddRecipient", Email=NEW, FirstName="Nia", City="Boston")["AdditionalParams"]
        assert client.call("EditRecipient", ID=int(number), Email=NEW, LastName="Jones")["Error"] == 0
        found = find(client, ID=number)
        assert (found["FirstName"], found["LastName"], found["City"]) == ("", "Jones", "")

    def test_editing_refuses_an_unknown_number_and_anothers_address(self, client: Client):
        assert client.call("EditRecipient", ID=1, Email=NEW)["Error"] == 2
        number = client.call("AddRecipient", Email=NEW)["AdditionalParams"]
        assert client.call("EditRecipient", ID=int(number), Email="front.desk@club.example")["Error"] == 1005

    def upsert(self, client: Client, how: str, details: dict[str, object], **members: object) -> dict[str, object]:
        wanted = {"UpsertType": how, "ValidateEmail": True, "RecipientDetails": details} | members
        return client.call("UpsertRecipient", **wanted)

    def test_upsert_adds_then_updates_and_leaves_what_is_not_passed(self, client: Client):
        details = {"Email": NEW, "FirstName": "Nia", "CustomMemberID": "X1", "CustomFields": [{"Key": 7, "Value": "s"}]}
        number = self.upsert(client, "add", details)["ID"]
        update = {"ID": number, "Email": NEW, "LastName": "Jones"}
        assert self.upsert(client, "update", update, UpdateWithNullifNotPassed=False)["ID"] == number
        found = find(client, CustomID="X1")
        assert (found["FirstName"], found["LastName"], found["CustomField7"]) == ("Nia", "Jones", "s")
        self.upsert(client, "update", update, UpdateWithNullifNotPassed=True)
        assert find(client, ID=number)["FirstName"] == ""

    def test_upsert_refuses_a_bad_address_an_unknown_number_and_an_unknown_way(self, client: Client):
        assert self.upsert(client, "add", {"Email": "nonsense"})["ID"] == 0
        assert self.upsert(client, "update", {"Email": NEW, "ID": 5})["ID"] == 0
        assert self.upsert(client, "merge", {"Email": NEW})["ID"] == 0

    def test_upsert_can_suppress(self, client: Client):
        self.upsert(client, "add", {"Email": NEW, "RecipientSuppressed": True})
        assert find(client, Email=NEW)["SuppressedDate"] == f"/Date({START}-0400)/"
        rows = client.call("GetSuppressedRecipients", StartDate="2026-03-12", EndDate="2026-03-12")
        assert NEW in {row["Recipient"]["Email"] for row in rows}


class TestSearching:
    def test_by_address_by_member_id_and_by_name(self, client: Client, account: Account):
        custom_id = account.value("SELECT custom_id FROM recipient WHERE length(custom_id) = 18 LIMIT 1")
        assert ids.is_valid(custom_id)
        found = find(client, CustomID=custom_id)
        assert find(client, Email=str(found["Email"]).upper())["ID"] == found["ID"]
        people = client.call("SearchRecipient", LastName=str(found["LastName"]).lower(), FirstName=found["FirstName"])
        assert found["ID"] in {person["ID"] for person in people}

    def test_nobody_and_nothing_asked_are_empty(self, client: Client):
        assert client.call("SearchRecipient", Email="nobody@example.org") == []
        assert client.call("SearchRecipient") == []

    def test_results_come_in_pages(self, client: Client):
        pages = [client.call("SearchRecipient", City="Boston", PageNo=n, PageSize=30) for n in (1, 2)]
        assert [len(page) for page in pages] == [30, 30]
        assert pages[0][-1]["ID"] < pages[1][0]["ID"]

    def test_leaving_and_suppression_show_when_their_instant_has_come(self, client: Client, account: Account):
        row = account.one("SELECT id, unsubscribed_at FROM recipient WHERE unsubscribed_at > ? LIMIT 1", START)
        assert find(client, ID=row["id"])["Unsubscribed"] is False
        account.set_clock(row["unsubscribed_at"], running=False)
        assert find(client, ID=row["id"])["Unsubscribed"] is True
        row = account.one("SELECT id, suppressed_at FROM recipient WHERE suppressed_at > ? LIMIT 1", account.now())
        assert find(client, ID=row["id"])["SuppressedDate"] is None
        account.set_clock(row["suppressed_at"], running=False)
        assert str(row["suppressed_at"]) in str(find(client, ID=row["id"])["SuppressedDate"])


def test_the_field_catalogue_begins_as_it_was_captured(client: Client):
    answer = client.call("GetRecipientFields")
    assert answer["Message"] == "Transaction has been completed successfully!"
    assert answer["CustomFields"][:2] == [
        {"FieldName": "Email", "Label": "Email"},
        {"FieldName": "First_Name", "Label": "First Name"},
    ]
    assert set(answer["EnhancedFields"][0]) == {"FieldName", "ID", "MappingName"}


def test_history_lists_what_one_person_received_and_did(client: Client, account: Account):
    clicker = account.value("SELECT recipient_id FROM event WHERE kind = 5 AND at <= ? LIMIT 1", START)
    history = client.call("GetRecipientHistory", ID=clicker)
    sent = account.value("SELECT count(*) FROM event WHERE kind = 1 AND recipient_id = ? AND at <= ?", clicker, START)
    assert set(history) == {"Email", "Fax", "Forms"}
    assert len(history["Email"]) == sent
    clicked = [entry for entry in history["Email"] if entry["LinkResults"]]
    assert clicked
    assert clicked[0]["SendResult"] == "Delivered"
    assert set(clicked[0]["LinkResults"][0]) == {"ID", "LinkText", "URL"}

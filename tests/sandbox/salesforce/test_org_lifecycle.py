"""What happens to people: deleted, brought back, merged, converted; and the controls that make it happen."""

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sandbox import people as crowd
from sandbox.salesforce.lifecycle import LifecycleError, convert, merge
from sandbox.salesforce.org import Org
from sandbox.salesforce.removal import undelete
from sandbox.salesforce.seed import seed
from tests.sandbox.salesforce.conftest import Caller, People, write

ACTIVITY = "Real_Magnet_Activity__c"


def parents(org: Org) -> list[tuple[str | None, str | None]]:
    with org.database.reading() as connection:
        return connection.execute(f"SELECT Contact__c, Lead__c FROM {ACTIVITY} ORDER BY External_Key__c").fetchall()  # noqa: S608 - our own names


def campaign(org: Org) -> str:
    (made,) = write(org, "Campaign", "insert", ["Name"], [("Spring",)])
    assert made.id is not None
    return made.id


def join_campaign(org: Org, campaign_id: str, **person: str) -> None:
    columns = ["CampaignId", *person]
    (result,) = write(org, "CampaignMember", "insert", columns, [(campaign_id, *person.values())])
    assert result.success


class TestDeletion:
    def test_children_lose_their_lookup_and_get_it_back(self, org: Org, people: People) -> None:
        contact = people.contact()
        people.activity("k", Contact__c=contact)
        write(org, "Contact", "delete", ["Id"], [(contact,)])
        assert parents(org) == [(None, None)]
        undelete(org, contact)
        assert parents(org) == [(contact, None)]
        assert org.count("Contact") == 1

    def test_a_lookup_filled_meanwhile_is_not_overwritten(self, org: Org, people: People) -> None:
        first, second = people.contact(), people.contact()
        people.activity("k", Contact__c=first)
        write(org, "Contact", "delete", ["Id"], [(first,)])
        people.activity("k", Contact__c=second)
        undelete(org, first)
        assert parents(org) == [(second, None)]

    def test_memberships_go_with_the_person(self, org: Org, people: People) -> None:
        contact = people.contact()
        join_campaign(org, campaign(org), ContactId=contact)
        write(org, "Contact", "delete", ["Id"], [(contact,)])
        assert org.count("CampaignMember") == 0

    def test_hard_delete_leaves_nothing(self, user: Caller, org: Org, people: People) -> None:
        contact = people.contact()
        write(org, "Contact", "hardDelete", ["Id"], [(contact,)])
        assert user.query("SELECT Id FROM Contact", "queryAll")["totalSize"] == 0

    def test_deletion_moves_the_system_stamp(self, user: Caller, org: Org, people: People) -> None:
        contact = people.contact()
        org.advance_clock(3_600)
        before = org.clock.system_stamp().replace("+0000", "Z")
        write(org, "Contact", "delete", ["Id"], [(contact,)])
        text = f"SELECT Id FROM Contact WHERE IsDeleted = true AND SystemModstamp >= {before}"  # noqa: S608 - our own names
        assert user.records(text, "queryAll") == [{"Id": contact}]


class TestMerge:
    def test_the_loser_says_who_stands_for_it_and_its_children_move(
        self, user: Caller, org: Org, people: People
    ) -> None:
        survivor, loser = people.contact("Stays"), people.contact("Goes")
        people.activity("k", Contact__c=loser)
        merge(org, survivor, loser)
        text = "SELECT Id, MasterRecordId FROM Contact WHERE IsDeleted = true AND MasterRecordId != null"
        assert user.records(text, "queryAll") == [{"Id": loser, "MasterRecordId": survivor}]
        assert parents(org) == [(survivor, None)]

    def test_one_membership_a_campaign_remains(self, org: Org, people: People) -> None:
        survivor, loser, both, one = people.contact(), people.contact(), campaign(org), campaign(org)
        for person, where in ((survivor, both), (loser, both), (loser, one)):
            join_campaign(org, where, ContactId=person)
        merge(org, survivor, loser)
        with org.database.reading() as connection:
            sql = "SELECT CampaignId, ContactId FROM CampaignMember WHERE IsDeleted = 0 ORDER BY CampaignId"
            assert connection.execute(sql).fetchall() == [(both, survivor), (one, survivor)]

    def test_impossible_merges(self, org: Org, people: People) -> None:
        contact, lead = people.contact(), people.lead()
        for survivor, loser in ((contact, lead), (contact, contact), (contact, "003Hu000000ZZZZ")):
            with pytest.raises(LifecycleError):
                merge(org, survivor, loser)


class TestConversion:
    def test_the_lead_names_its_contact_and_keeps_its_custom_children(
        self, user: Caller, org: Org, people: People
    ) -> None:
        lead = people.lead("Sol", "s@example.org")
        people.activity("k", Lead__c=lead)
        join_campaign(org, campaign(org), LeadId=lead)
        contact = convert(org, lead)
        assert user.records("SELECT IsConverted, ConvertedContactId, ConvertedContact.Email FROM Lead")[0] | {
            "ConvertedContact": None
        } == {"IsConverted": True, "ConvertedContactId": contact, "ConvertedContact": None}
        assert parents(org) == [(None, lead)]
        assert user.records("SELECT LeadId, ContactId, Type, Email FROM CampaignMember") == [
            {"LeadId": lead, "ContactId": contact, "Type": "Contact", "Email": "s@example.org"}
        ]

    def test_into_a_contact_that_exists_and_only_once(self, org: Org, people: People) -> None:
        lead, contact = people.lead(), people.contact()
        assert convert(org, lead, contact) == contact
        assert org.count("Contact") == 1
        with pytest.raises(LifecycleError, match="already"):
            convert(org, lead)

    def test_a_merged_contact_stays_the_answer_of_the_lead(self, user: Caller, org: Org, people: People) -> None:
        lead, survivor = people.lead(), people.contact()
        loser = convert(org, lead)
        merge(org, survivor, loser)
        assert user.records("SELECT ConvertedContactId FROM Lead") == [{"ConvertedContactId": loser}]


class TestAdmin:
    @pytest.fixture
    def admin(self, app: Flask) -> FlaskClient:
        return app.test_client()

    def test_only_this_machine_may_use_it(self, admin: FlaskClient) -> None:
        assert admin.get("/_sandbox/clock").status_code == 200
        assert admin.get("/_sandbox/clock", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 403

    def test_time_moves_on_and_never_back(self, admin: FlaskClient, org: Org) -> None:
        before = org.clock.now()
        admin.post("/_sandbox/clock", json={"advance_seconds": 86_400})
        assert 86_400 <= (org.clock.now() - before).total_seconds() < 86_500

    def test_people_are_merged_converted_deleted_and_brought_back(
        self, admin: FlaskClient, org: Org, people: People
    ) -> None:
        survivor, loser, lead = people.contact(), people.contact(), people.lead()
        assert admin.post("/_sandbox/merge", json={"survivor": survivor, "loser": loser}).status_code == 200
        assert admin.post("/_sandbox/convert", json={"lead": lead, "contact": survivor}).json == {"contact": survivor}
        assert admin.post("/_sandbox/delete", json={"ids": [survivor]}).json == [{"id": survivor, "errors": []}]
        assert org.count("Contact") == 0
        assert admin.post("/_sandbox/undelete", json={"ids": [survivor]}).status_code == 200
        assert org.count("Contact") == 1

    def test_mistakes_are_told(self, admin: FlaskClient) -> None:
        assert admin.post("/_sandbox/merge", json={"survivor": "x"}).json == {"error": "missing: loser"}
        assert admin.post("/_sandbox/convert", json={"lead": "x"}).status_code == 400
        assert admin.get("/_sandbox/rows/Nothing").status_code == 400

    def test_a_field_is_hidden_and_shown(self, admin: FlaskClient, integration: Caller) -> None:
        text = "SELECT HasOptedOutOfFax FROM Contact"
        body = {"object": "Contact", "field": "HasOptedOutOfFax"}
        admin.post("/_sandbox/field-visibility", json=body | {"visible": False})
        assert integration.query(text)[0]["errorCode"] == "INVALID_FIELD"
        admin.post("/_sandbox/field-visibility", json=body | {"visible": True})
        assert integration.query(text)["totalSize"] == 0

    def test_rows_are_listed_for_independent_checks(self, admin: FlaskClient, org: Org, people: People) -> None:
        kept, gone = people.contact("Kept"), people.contact("Gone")
        write(org, "Contact", "delete", ["Id"], [(gone,)])
        lines = admin.get("/_sandbox/rows/Contact?fields=Id,LastName,IsDeleted").text.splitlines()
        assert [json.loads(line) for line in lines] == [
            {"Id": kept, "LastName": "Kept", "IsDeleted": False},
            {"Id": gone, "LastName": "Gone", "IsDeleted": True},
        ]


class TestSeed:
    def test_the_cases_that_hurt_are_there_and_seeding_twice_changes_nothing(self, user: Caller, org: Org) -> None:
        seed(org, 1, contacts=200, leads=100)
        seed(org, 1, contacts=200, leads=100)
        expected = crowd.build(1, 200, 100)
        assert org.count("Contact") == sum(not item.is_deleted for item in expected.contacts)
        assert org.count("CampaignMember") == len(expected.members)
        merged = user.records("SELECT Id, MasterRecordId FROM Contact WHERE MasterRecordId != null", "queryAll")
        assert set(expected.cases.merged_contacts) <= {(row["Id"], row["MasterRecordId"]) for row in merged}
        converted = user.records("SELECT Id, ConvertedContactId FROM Lead WHERE IsConverted = true")
        pairs = {(row["Id"], row["ConvertedContactId"]) for row in converted}
        assert set(expected.cases.converted_leads) <= pairs
        shared = expected.cases.shared_address
        same = user.records(f"SELECT Id FROM Lead WHERE Email = '{shared.email}'")  # noqa: S608 - our own names
        assert {row["Id"] for row in same} == set(shared.lead_ids)

    def test_ids_that_differ_in_letter_case_only_are_two_people(self, user: Caller, org: Org) -> None:
        seed(org, 1, contacts=200, leads=100)
        for twin in crowd.build(1, 200, 100).cases.case_twins:
            assert user.records(f"SELECT Id FROM Contact WHERE Id = '{twin[:15]}'") == [{"Id": twin}]  # noqa: S608 - our own names

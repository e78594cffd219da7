import pytest

from sandbox import ids, people
from sandbox.audience import CustomId, subscribers
from sandbox.crowd import contacts


@pytest.fixture(scope="module")
def everyone() -> people.People:
    return people.build()


def test_a_short_id_gets_the_checksum_salesforce_documents():
    assert ids.to_id18("001A0000006Vm9r") == "001A0000006Vm9rIAC"


def test_a_wrong_checksum_is_not_a_valid_id():
    assert ids.is_valid("001A0000006Vm9r")
    assert ids.is_valid("001A0000006Vm9rIAC")
    assert not ids.is_valid("001A0000006Vm9rIAA")
    assert not ids.is_valid("M-00123")


def test_every_person_has_an_id_of_their_own(everyone):
    found = [person.id for person in (*everyone.contacts, *everyone.leads)]
    assert len(set(found)) == 2_400 + 900
    assert all(len(one) == 18 and ids.is_valid(one) for one in found)


def test_the_same_seed_makes_the_same_people_and_another_seed_others(everyone):
    assert people.build(1) == everyone
    assert people.build(2).contacts != everyone.contacts


def test_a_person_does_not_depend_on_how_many_are_asked_for():
    few, many = list(contacts(1, 80)), list(contacts(1, 200))
    assert [person.email for person in few] == [person.email for person in many[:80]]


def test_names_come_in_many_scripts_and_addresses_with_their_oddities(everyone):
    text = "".join(person.first_name + person.last_name for person in everyone.contacts)
    for letter in "éΠИمכ佐민ชअ'":
        assert letter in text, letter
    addresses = [person.email for person in everyone.contacts]
    assert any("+news@" in one for one in addresses)
    assert any("'" in one for one in addresses)
    assert any(one != one.lower() for one in addresses)
    assert "" in addresses


def test_one_address_is_on_a_contact_and_two_leads(everyone):
    shared = everyone.cases.shared_address
    holders = {p.id for p in (*everyone.contacts, *everyone.leads) if p.email.lower() == shared.email}
    assert holders == {shared.contact_id, *shared.lead_ids}


def test_a_converted_lead_leads_to_its_contact_even_when_that_one_was_merged(everyone):
    contact_of = {lead.id: lead.converted_contact_id for lead in everyone.leads if lead.is_converted}
    survivor_of = {contact.id: contact.merged_into for contact in everyone.contacts}
    for lead_id, contact_id in everyone.cases.converted_leads:
        assert contact_of[lead_id] == contact_id
    lead_id, survivor = everyone.cases.converted_then_merged
    assert survivor_of[contact_of[lead_id]] == survivor


def test_merged_and_deleted_people_are_marked_and_survivors_live(everyone):
    by_id = {person.id: person for person in (*everyone.contacts, *everyone.leads)}
    for gone, stands in (*everyone.cases.merged_contacts, *everyone.cases.merged_leads):
        assert by_id[gone].is_deleted
        assert by_id[gone].merged_into == stands
        assert not by_id[stands].is_deleted
    assert all(by_id[gone].is_deleted and not by_id[gone].merged_into for gone in everyone.cases.deleted)


def test_case_twins_differ_in_letter_case_only(everyone):
    one, other = (twin[:15] for twin in everyone.cases.case_twins)
    assert one != other
    assert one.lower() == other.lower()


def test_campaigns_hold_living_people_with_a_status_of_that_campaign(everyone):
    labels = {campaign.id: {status.label for status in campaign.member_statuses} for campaign in everyone.campaigns}
    living = {p.id for p in (*everyone.contacts, *everyone.leads) if not p.is_deleted}
    assert len(everyone.members) > 3_000
    for member in everyone.members:
        assert bool(member.contact_id) != bool(member.lead_id)
        assert (member.contact_id or member.lead_id) in living
        assert member.status in labels[member.campaign_id]


def test_some_people_opted_out(everyone):
    assert 50 < len(everyone.opted_out) < 400


def test_too_few_people_for_the_cases_is_refused():
    with pytest.raises(ValueError, match="named cases"):
        people.build(1, 10, 10)


def test_every_kind_of_custom_member_id_is_there_and_tells_whom_it_truly_is(everyone):
    known = subscribers(everyone)
    by_kind = {kind: [who for who in known if who.kind is kind] for kind in CustomId}
    assert all(by_kind.values())
    assert all(len(who.custom_id) == 15 and who.person_id.startswith(who.custom_id) for who in by_kind[CustomId.SHORT])
    assert not any(ids.is_valid(who.custom_id) for who in by_kind[CustomId.RUBBISH])
    assert not any(who.person_id for who in (*by_kind[CustomId.STRANGER], *by_kind[CustomId.DELETED]))
    lead_id, survivor = everyone.cases.converted_then_merged
    assert (lead_id, survivor) in {(who.custom_id, who.person_id) for who in by_kind[CustomId.CONVERTED]}


def test_no_address_is_two_subscribers(everyone):
    addresses = [who.email.lower() for who in subscribers(everyone)]
    assert len(addresses) == len(set(addresses))

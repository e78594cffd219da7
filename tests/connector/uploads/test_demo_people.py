"""The people of the demo, hard cases among them: every kind of source gives whom a plain loop over the seed gives."""

from collections.abc import Sequence

import pytest

from connector.model.audience import Reason, Source, SourceKind
from connector.model.people import address
from sandbox import people as crowd
from sandbox.salesforce.list_view_seed import load_list_views
from sandbox.salesforce.report_seed import load_reports
from sandbox.salesforce.seed import load_people
from tests.connector.uploads.world import Audience, UploadWorld


@pytest.fixture(scope="module")
def everybody(shared_world: UploadWorld) -> crowd.People:
    """Everybody of the demo, its list views too."""
    found = crowd.build(1, 2_400, 64)
    load_people(shared_world.of.org, found)
    load_list_views(shared_world.of.org)
    return found


def mailable(people: Sequence[crowd.Person]) -> list[str]:
    """Who may be written to, in one plain loop over the seed."""
    out = {address(person.email) for person in people if person.opted_out_of_email}
    seen: set[str] = set()
    found: list[str] = []
    for person in people:
        key = address(person.email)
        gone = person.is_deleted or (isinstance(person, crowd.Lead) and person.is_converted)
        if key and not gone and key not in seen | out:
            seen.add(key)
            found.append(person.id)
    return found


def of_query(world: UploadWorld, soql: str) -> Audience:
    return world.preview(Source(SourceKind.QUERY, soql=soql))


def test_every_contact_by_a_query(world: UploadWorld, everybody: crowd.People) -> None:
    found = of_query(world, "SELECT Id FROM Contact")
    assert sorted(found.ids) == sorted(mailable(everybody.contacts))
    assert {twin in found.ids for twin in everybody.cases.case_twins} == {True}


def test_every_lead_with_those_that_were_converted(world: UploadWorld, everybody: crowd.People) -> None:
    found = of_query(world, "SELECT Id FROM Lead")
    assert sorted(found.ids) == sorted(mailable(everybody.leads))
    for lead, _contact in everybody.cases.converted_leads:
        assert found.why(lead)[0] == Reason.CONVERTED
    first, second = everybody.cases.shared_address.lead_ids
    assert first in found.ids
    assert found.why(second) == (Reason.DUPLICATE, "")


def test_a_campaign_holds_its_members(world: UploadWorld, everybody: crowd.People) -> None:
    campaign = everybody.campaigns[0]
    source = Source(SourceKind.CAMPAIGN, campaign.id, campaign.name, statuses=("Invited", "Attended"))
    by_id = {person.id: person for person in (*everybody.contacts, *everybody.leads)}
    members = [
        by_id[member.contact_id or member.lead_id]
        for member in everybody.members
        if member.campaign_id == campaign.id and member.status in source.statuses
    ]
    found = world.preview(source)
    assert found.counts.rows == len(members) > 300
    assert sorted(found.ids) == sorted(mailable(members))


def test_a_list_view_by_its_own_filter(world: UploadWorld, everybody: crowd.People) -> None:
    name = "Contacts with an address, from O to S"
    salesforce = world.of.services.salesforce(world.of.org_id)
    view = next(found for found in salesforce.list_views(name))
    salesforce.close()
    inside = [
        person
        for person in everybody.contacts
        if person.email and (person.last_name.upper().startswith(("O", "S")) or person.last_name.lower() == "d'arc")
    ]
    found = world.preview(Source(SourceKind.LIST_VIEW, view.id, name, "Contact"))
    assert sorted(found.ids) == sorted(mailable([person for person in inside if not person.is_deleted]))


def test_a_report_with_short_ids_keeps_case_twins_apart(world: UploadWorld, everybody: crowd.People) -> None:
    gone = [pair[0] for pair in everybody.cases.merged_contacts] + list(everybody.cases.deleted[:2])
    refs = [*everybody.cases.case_twins, *gone, *(pair[1] for pair in everybody.cases.merged_contacts)]
    found = world.preview_refs([(ref, "", "") for ref in refs])
    assert set(found.ids) == {*everybody.cases.case_twins, *(pair[1] for pair in everybody.cases.merged_contacts)}
    assert {found.why(ref)[0] for ref in gone} == {Reason.DELETED}


def test_a_report_of_addresses_means_the_contact_of_a_shared_one(world: UploadWorld, everybody: crowd.People) -> None:
    shared = everybody.cases.shared_address
    assert world.preview_refs([("", shared.email.upper(), "")]).ids == [shared.contact_id]


def test_a_grouped_report_gives_everybody_in_it(world: UploadWorld, everybody: crowd.People) -> None:
    name = "Conference guests one by one"
    (number,) = load_reports(
        world.of.org,
        {
            name: {
                "reportType": "CampaignWithCampaignMembers",
                "reportFormat": "SUMMARY",
                "detailColumns": ["CAMPAIGN_NAME", "MEMBER_STATUS"],
                "groupingsDown": [{"name": "MEMBER_NAME", "sortOrder": "Asc"}],
                "reportFilters": [{"column": "CAMPAIGN_NAME", "operator": "equals", "value": "Spring Conference"}],
            }
        },
    )
    report = world.preview(Source(SourceKind.REPORT, number, name))
    campaign = world.preview(Source(SourceKind.CAMPAIGN, everybody.campaigns[0].id, "Spring Conference"))
    assert {address(row["address"]) for row in report.mailable} == {
        address(row["address"]) for row in campaign.mailable
    }

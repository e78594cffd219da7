"""The demo's large Campaign: its promised figures, the cases that hurt, the report past the cut; and the bench's."""

from collections.abc import Generator

import pytest

from sandbox import people
from sandbox.salesforce.app import close_app
from sandbox.salesforce.large_campaign import add_annual_appeal, add_bench_campaign
from sandbox.salesforce.org import Org
from tests.sandbox.salesforce.reporting import Analyst, below, rows_of, seeded_app, sheet


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Generator[Analyst]:
    """At the demo's own size, for its figures are promised."""
    app = seeded_app(tmp_path_factory.mktemp("large"))
    org: Org = app.extensions["salesforce"].org
    add_annual_appeal(org, 1, 40_000)
    yield Analyst(app, org.integration_user_id)
    close_app(app)


def test_the_campaign_has_40000_members_with_the_campaign_s_own_statuses(large):
    where = "Campaign.Name = 'Annual Appeal'"
    found = large.found("CampaignMember", f"{where} GROUP BY Status", "Status, count(Id) n")
    assert sum(item["n"] for item in found) == 40_000
    labels = large.found("CampaignMemberStatus", where, "Label")
    assert {item["Status"] for item in found} == {item["Label"] for item in labels}


@pytest.mark.parametrize(
    ("case", "least"),
    [
        ("ContactId = null", 1_900),
        ("ContactId != null AND LeadId != null", 50),
        ("Email = null", 500),
        ("HasOptedOutOfEmail = true", 1_000),
        ("Email LIKE 'no..body%'", 100),
        ("Email LIKE 'trailing.%.@example.org'", 100),
    ],
)
def test_every_case_that_hurts_is_among_them(large, case, least):
    assert large.count("CampaignMember", f"Campaign.Name = 'Annual Appeal' AND {case}") >= least


def test_addresses_are_shared_in_both_letter_cases(large):
    shared = large.records(
        "SELECT Email, count(Id) n FROM Contact WHERE Email != null GROUP BY Email HAVING count(Id) > 1"
    )
    assert len(shared) > 500


def test_the_association_has_9000_members_by_file_and_only_2000_by_run(large):
    run = large.run("All members of the association")
    assert (run["allData"], len(rows_of(run))) == (False, 2_000)
    assert run["factMap"]["T!T"]["aggregates"][0]["value"] == 9_000
    lines = below(sheet(large.excel("All members of the association")), "Contact ID")
    found = {line[0] for line in lines if str(line[0]).startswith("003")}
    assert len(found) == 9_000


def test_its_days_can_be_sliced(large):
    counts = []
    for year in range(2019, 2024):
        dates = {
            "column": "CREATED_DATE",
            "durationValue": "CUSTOM",
            "startDate": f"{year}-01-01",
            "endDate": f"{year}-12-31",
        }
        run = large.run("The association by name", {"standardDateFilter": dates})
        assert run["allData"] is True
        counts.append(len(rows_of(run)))
    assert sum(counts) == 9_000


def test_real_magnet_knows_none_of_them(large):
    known = {contact.email.lower() for contact in people.build().contacts}
    members = large.records("SELECT Email FROM CampaignMember WHERE Campaign.Name = 'Annual Appeal' AND Email != null")
    assert not known & {item["Email"].lower() for item in members}


def test_it_is_added_once_and_so_is_the_bench_s(tmp_path):
    org = Org(tmp_path / "org")
    for _ in range(2):
        add_annual_appeal(org, 1, 400)
        add_bench_campaign(org, 1, 300)
    assert (org.count("Campaign"), org.count("CampaignMember")) == (2, 700)
    assert (org.count("Contact"), org.count("Lead")) == (380 + 300, 20)
    org.close()

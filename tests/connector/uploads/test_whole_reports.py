"""Reports of every kind as sources of an upload: exactly the people they show, or a refusal that says why."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from connector.errors import Refused
from connector.model.audience import Reason, Source, SourceKind
from connector.model.runs import RunState
from connector.uploads.run import run_upload
from sandbox import people as crowd
from sandbox.salesforce.org import Org
from sandbox.salesforce.report_seed import load_reports
from sandbox.salesforce.seed import seed
from tests.connector.activity.serving import small_world
from tests.connector.uploads.world import Audience, UploadWorld

CONTACTS, LEADS = 9_400, 200
MORE = {
    "Contacts one by one": {
        "reportType": "ContactList",
        "reportFormat": "SUMMARY",
        "detailColumns": ["EMAIL", "CREATED_DATE"],
        "groupingsDown": [{"name": "FULL_NAME", "sortOrder": "Asc"}],
        "reportFilters": [{"column": "LAST_NAME", "operator": "startsWith", "value": "S"}],
    },
}
People = Sequence[crowd.Person]


@pytest.fixture(scope="module")
def everybody() -> crowd.People:
    return crowd.build(1, CONTACTS, LEADS)


@pytest.fixture(scope="module")
def whole_org(tmp_path_factory: pytest.TempPathFactory, migrated_for_uploads: Path) -> Iterator[UploadWorld]:
    """An org with more Contacts than Salesforce shows of one report, and all the reports of the demo."""
    folder = tmp_path_factory.mktemp("reports")
    (folder / "ours.db").write_bytes(migrated_for_uploads.read_bytes())
    org = Org(folder / "salesforce")
    seed(org, 1, CONTACTS, LEADS)
    load_reports(org, MORE)
    org.set_setting("report_seconds", "0")
    with small_world(folder, f"sqlite:///{folder}/ours.db", org) as world:
        yield UploadWorld(world)


def report(world: UploadWorld, name: str) -> Source:
    salesforce = world.of.services.salesforce(world.of.org_id)
    try:
        found = next(one for one in salesforce.reports(name) if one.name == name)
    finally:
        salesforce.close()
    return Source(SourceKind.REPORT, found.id, name)


def mailable(shown: People) -> dict[str, set[str]]:
    """Addresses that may be written to, each with the ids of whoever has it: a plain loop over the people of a report.

    A grouped report decides which of them comes first.
    """
    refused = {person.email.lower() for person in shown if person.opted_out_of_email}
    found: dict[str, set[str]] = {}
    for person in shown:
        address = person.email.lower()
        converted = isinstance(person, crowd.Lead) and person.is_converted
        if address and not converted and address not in refused:
            found.setdefault(address, set()).add(person.id)
    return found


def hold(got: Sequence[tuple[str, str]], shown: People) -> None:
    """Each address once, with the id of somebody who has it, and nobody else."""
    wanted = mailable(shown)
    assert sorted(address for _person, address in got) == sorted(wanted)
    assert [person for person, address in got if person not in wanted[address]] == []


def got(audience: Audience) -> list[tuple[str, str]]:
    return [(row["person_id"], row["address"].lower()) for row in audience.mailable]


def contacts(everybody: crowd.People, condition: Callable[[crowd.Person], bool]) -> list[crowd.Person]:
    return [person for person in everybody.contacts if not person.is_deleted and condition(person)]


def leads(everybody: crowd.People, condition: Callable[[crowd.Lead], bool]) -> list[crowd.Person]:
    return [person for person in everybody.leads if not person.is_deleted and condition(person)]


SHOWN: dict[str, Callable[[crowd.People], People]] = {
    "Leads by source": lambda all_of: leads(all_of, lambda _lead: True),
    "Leads by status and source": lambda all_of: leads(all_of, lambda lead: not lead.is_converted),
    "Contacts one by one": lambda all_of: contacts(all_of, lambda person: person.last_name.upper().startswith("S")),
    "E-mail addresses only": lambda all_of: contacts(all_of, lambda person: "@club.example" in person.email.lower()),
    "Contacts by name": lambda all_of: contacts(
        all_of, lambda person: person.last_name.upper().startswith(("M", "N", "O"))
    ),
}


@pytest.mark.parametrize("name", SHOWN)
def test_a_report_gives_exactly_the_people_it_shows(whole_org: UploadWorld, everybody: crowd.People, name: str) -> None:
    found = whole_org.preview(report(whole_org, name))
    shown = SHOWN[name](everybody)
    assert found.counts.rows == len(shown) > 20
    hold(got(found), shown)


def test_nine_thousand_rows_with_short_ids_arrive_in_the_group(whole_org: UploadWorld, everybody: crowd.People) -> None:
    group = whole_org.group()
    job = whole_org.job(whole_org.definition(report(whole_org, "Contacts with e-mail"), group))
    run_id = whole_org.begin(job)
    with whole_org.work(run_id) as work:
        assert run_upload(work)
    whole_org.end(run_id, RunState.COMPLETED)
    shown = contacts(everybody, lambda person: bool(person.email))
    arrived = in_group(whole_org, group)
    assert len(shown) > 9_000
    hold(arrived, shown)
    assert {person for person, _address in arrived}.issuperset(everybody.cases.case_twins)


def test_a_report_without_a_person_is_refused_with_what_to_add(whole_org: UploadWorld) -> None:
    with pytest.raises(Refused, match=r"“Accounts” cannot be read. .*who its people are") as refused:
        whole_org.preview(report(whole_org, "Accounts"))
    assert "Contact ID or Lead ID" in refused.value.advice


def test_a_joined_report_is_refused_by_its_name(whole_org: UploadWorld) -> None:
    with pytest.raises(Refused, match=r"“Contacts beside Leads” cannot be read. .*joined report"):
        whole_org.preview(report(whole_org, "Contacts beside Leads"))


def test_a_converted_lead_in_a_report_is_named_as_one(whole_org: UploadWorld, everybody: crowd.People) -> None:
    found = whole_org.preview(report(whole_org, "Leads by source"))
    for lead, _contact in everybody.cases.converted_leads:
        assert found.why(lead)[0] == Reason.CONVERTED


def in_group(world: UploadWorld, group: int) -> list[tuple[str, str]]:
    realmagnet: Any = world.of.services.realmagnet(world.of.org_id)
    try:
        return [(one.custom_id, one.email.lower()) for page in realmagnet.members(group) for one in page]
    finally:
        realmagnet.close()

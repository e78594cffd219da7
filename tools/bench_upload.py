"""`make bench`, the uploads: a large Campaign into a group over both stand-ins, held against the budget.

Measured as the nights are: one run in a process of its own. The group is then read from the stand-in's own account and
compared with the Campaign in the stand-in's own file.
"""

import argparse
import json
import shutil
import sqlite3
import sys
import urllib.request
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from connector import bootstrap, settings
from connector.model.audience import Source, SourceKind
from connector.model.runs import Trigger, upload_of
from connector.model.uploads import DEFAULT_CONTACT, DEFAULT_LEAD, Definition, How, Target
from connector.store import claims, upload_jobs
from connector.store.claims import Asked
from connector.store.upload_jobs import UploadJob
from tools.bench import Cost, Report, measure
from tools.house import House, open_house, plan_on_free_ports
from tools.processes import ROOT, end_on_sigterm

CAMPAIGN = "Benchmark Campaign"
CPU_SECONDS = 25.0
"""Of 200,000 members; a smaller Campaign may take its share, and what starting takes."""
STARTING_SECONDS = 2.0
FULL_SIZE = 200_000
MEGABYTES = 250.0


def main() -> int:
    end_on_sigterm()
    parser = argparse.ArgumentParser(prog="python -m tools.bench_upload", description=__doc__)
    parser.add_argument("sizes", type=int, nargs="+", help="how many members the Campaign has")
    parser.add_argument("--once", action="store_true", help="do not upload the same people a second time")
    parser.add_argument("--data", type=Path, default=ROOT / "var" / "bench-upload")
    chosen = parser.parse_args()
    report = Report()
    print(f"{'members':>11}  {'step':<26} {'CPU s':>8} {'peak MB':>8}  {'calls to Salesforce, Real Magnet'}")
    for size in chosen.sizes:
        _size(chosen.data / str(size), size, report, runs=1 if chosen.once else 2)
    for line in report.missed:
        print(f"Over budget: {line}", file=sys.stderr)
    return 1 if report.missed else 0


def _size(folder: Path, size: int, report: Report, *, runs: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    plan = plan_on_free_ports(
        folder,
        web=False,
        workers=0,
        environ={"POLL_SECONDS": "5", "LOG_LEVEL": "WARNING"},
        realmagnet_arguments=("--bench", "1", "--recipients", "10", "--messages", "1"),
        salesforce_arguments=("--crowd", "1", "--bench-campaign", str(size)),
    )
    with open_house(plan, say=lambda _text: None) as house:
        job = _job(house)
        for name in ("upload, a new group", "upload, the same again")[:runs]:
            cost = _upload(house, job)
            report.row(size, name, cost)
            share = max(CPU_SECONDS * size / FULL_SIZE, STARTING_SECONDS)
            report.hold(f"{size:,}: CPU seconds of an upload", cost.cpu, share)
            report.hold(f"{size:,}: peak MB of an upload", cost.megabytes, MEGABYTES)
        _compare(house, job)
    shutil.rmtree(folder, ignore_errors=True)


def _job(house: House) -> UploadJob:
    """A job that replaces the members of a new group by those of the Campaign, with every field that a new job maps."""
    services = bootstrap.services(settings.from_env(house.environ))
    salesforce, realmagnet = services.salesforce(house.org_id), services.realmagnet(house.org_id)
    found = salesforce.campaigns(CAMPAIGN)[0]
    target = Target(realmagnet.create_group("Benchmark"), "Benchmark", How.REPLACE)
    salesforce.close()
    realmagnet.close()
    source = Source(SourceKind.CAMPAIGN, found.id, found.name)
    with house.database.write() as connection:
        draft_id = upload_jobs.create_draft(connection, house.org_id, None)
        draft = upload_jobs.get(connection, house.org_id, draft_id)
        if draft is None:
            raise LookupError("The draft is gone.")
        definition = Definition(source, target, DEFAULT_CONTACT, DEFAULT_LEAD)
        upload_jobs.save(connection, replace(draft, name="Benchmark"), definition, None)
        job = upload_jobs.get(connection, house.org_id, draft_id)
    if job is None:
        raise LookupError("The job is gone.")
    return job


def _upload(house: House, job: UploadJob) -> Cost:
    with house.database.write() as connection:
        subject = upload_of(job.id, job.group_id)
        run_id = claims.claim(connection, house.org_id, Asked(Trigger.RUN_NOW), subject).run_id
    cost = measure(house, "upload", str(run_id))
    row = house.row(run_id)
    if row["state"] != "Completed":
        raise RuntimeError(f"The run ended {row['state']}: {row['reason']}")
    return Cost(cost.cpu, cost.megabytes, row["salesforce_calls"], row["realmagnet_calls"])


def _compare(house: House, job: UploadJob) -> None:
    """Everybody of the Campaign who may be written to is in the group, once, and nobody else."""
    with closing(sqlite3.connect(house.plan.data / "salesforce" / "org.db")) as org:
        wanted = sorted(str(number) for (number,) in org.execute(_MAILABLE, (CAMPAIGN,)))
    address = f"{house.plan.realmagnet_url}/_sandbox/groups/{job.group_id}/members"
    with urllib.request.urlopen(address, timeout=120) as answer:  # noqa: S310  # a loopback address of our own
        found = sorted(str(member["custom_id"]) for member in json.load(answer))
    if found != wanted:
        raise RuntimeError(f"The group holds {len(found):,} people, {len(wanted):,} of the Campaign are mailable.")


_MAILABLE = """
    SELECT p.Id FROM CampaignMember m JOIN Campaign c ON c.Id = m.CampaignId JOIN Contact p ON p.Id = m.ContactId
    WHERE c.Name = ? AND p.Email <> '' AND NOT p.HasOptedOutOfEmail
"""


if __name__ == "__main__":
    sys.exit(main())

"""What a benchmark measures, each in a process of its own: a night, an upload, the write step, the library's upsert."""

import csv
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import text

from connector import bootstrap, logs, settings
from connector.activity.layouts import HISTORY, KEY_FIELD
from connector.activity.night import Night
from connector.activity.settle import settle
from connector.activity.write import FILE_BYTES, write
from connector.salesforce.tokens import request_token
from connector.store import leases
from connector.store.database import chunks
from worker.settle import carry_out


def night(run_id: str) -> None:
    """One run from beginning to end, as a worker does it."""
    carry_out(bootstrap.services(settings.from_env()), int(run_id), bootstrap.perform_night)


def upload(run_id: str) -> None:
    """One run of an upload job from beginning to end, as a worker does it."""
    carry_out(bootstrap.services(settings.from_env()), int(run_id), bootstrap.perform_upload)


def write_step(run_id: str) -> None:
    """Only write and settle: every placement that waits."""
    services = bootstrap.services(settings.from_env())
    with services.database.read() as connection:
        org_id = int(connection.execute(text("SELECT org_id FROM runs WHERE id = :id"), {"id": run_id}).scalar_one())
    lease = leases.acquire(services.database, org_id, "bench", 3600)
    if lease is None:
        raise SystemExit("The org is held by somebody else.")
    work = Night(
        settings=services.settings,
        database=services.database,
        salesforce=services.salesforce(org_id),
        realmagnet=services.realmagnet(org_id),
        run_id=int(run_id),
        lease=lease,
    )
    write(work)
    settle(work)
    leases.release(services.database, lease)


def client_from_file(path: str) -> None:
    """Our bulk client with a CSV file: cut into files that Salesforce takes, sent, and every row's outcome read."""
    for part in _parts(Path(path)):
        _send(part)


def client_from_records(path: str) -> None:
    """Our bulk client with records as they come, through a file that is as long as one bulk job takes."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        records = csv.reader(file)
        header, batches = next(records), chunks(records, 5000)
        batch = next(batches, None)
        while batch:
            part = Path(f"{path}.part")
            with part.open("w", encoding="utf-8", newline="") as output:
                writer = csv.writer(output, lineterminator="\n")
                writer.writerow(header)
                while batch and output.tell() < FILE_BYTES:
                    writer.writerows(batch)
                    batch = next(batches, None)
            _send(part)


def _parts(path: Path) -> Iterator[Path]:
    """The file in pieces of whole records: a line ends one when the quotes before it are even in number."""
    part = path.with_suffix(".part")
    with path.open("rb") as file:
        header, line = file.readline(), file.readline()
        while line:
            with part.open("wb") as output:
                written, quotes = output.write(header), 0
                while line and (written < FILE_BYTES or quotes % 2):
                    written += output.write(line)
                    quotes += line.count(b'"')
                    line = file.readline()
            yield part


def _send(part: Path) -> None:
    services = bootstrap.services(settings.from_env())
    client = services.salesforce(1)
    job = client.create_bulk_job(HISTORY.object_name, "upsert", KEY_FIELD)
    client.upload(job, part)
    client.complete(job)
    while not client.bulk_job(job).state.terminal:
        time.sleep(1)
    outcomes = sum(1 for _row in client.successes(job, KEY_FIELD)) + sum(1 for _row in client.failures(job, KEY_FIELD))
    client.close()
    part.unlink()
    if not outcomes:
        raise SystemExit("Salesforce told of no row.")


def library_from_file(path: str) -> None:
    """simple-salesforce's `bulk2.upsert` of a CSV file, and its results: they alone say what became of each row."""
    _library(lambda bulk: bulk.upsert(csv_file=path, external_id_field=KEY_FIELD))


def library_from_records(path: str) -> None:
    """The same from records in memory."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        records = list(csv.DictReader(file))
    _library(lambda bulk: bulk.upsert(records=records, external_id_field=KEY_FIELD))


def _library(upsert: Callable[[Any], list[dict[str, Any]]]) -> None:
    from simple_salesforce.api import Salesforce

    found = settings.from_env()
    services = bootstrap.services(found)
    with services.database.read() as connection:
        org_id = int(connection.execute(text("SELECT min(id) FROM orgs")).scalar_one())
    token = request_token(bootstrap.OrgTokens(services.database, services.vault, org_id).load(), found)
    client = Salesforce(session_id=token.access_token, instance_url=token.instance_url, version="66.0")
    plain = token.instance_url.removeprefix("http://").removeprefix("https://")
    client.bulk2_url = f"http://{plain}/services/data/v66.0/jobs/"
    bulk: Any = getattr(client.bulk2, HISTORY.object_name)
    for job in upsert(bulk):
        bulk.get_successful_records(job["job_id"])
        bulk.get_failed_records(job["job_id"])


def rows_as_csv(services: bootstrap.Services, path: Path) -> None:
    """Every placement as the CSV that the write step would send."""

    def lines() -> Iterator[list[str]]:
        with services.database.read() as connection:
            statement = HISTORY.rows.replace("AND p.state = 'to write'", "")
            values = {"org": 1, "object": HISTORY.object_name}
            for row in services.database.stream(connection, statement, values):
                yield [row[1], *HISTORY.of(row[2], row[4:]), "1"]

    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HISTORY.header)
        writer.writerows(lines())


def _peak_megabytes() -> float:
    """The most memory this program held. A child's own account of it would begin with its parent's size."""
    status = Path("/proc/self/status")
    if status.exists():
        found = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(found.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024)


STEPS: dict[str, Callable[[str], None]] = {
    "night": night,
    "upload": upload,
    "write": write_step,
    "client-file": client_from_file,
    "client-records": client_from_records,
    "library-file": library_from_file,
    "library-records": library_from_records,
}

if __name__ == "__main__":
    logs.configure("WARNING")
    STEPS[sys.argv[1]](sys.argv[2])
    Path(sys.argv[3]).write_text(str(_peak_megabytes()))

"""Which upload jobs are to refresh which groups before a message goes out, and whether they still can.

It reads no definition: one that cannot be read any more stops nobody's messages.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, text

from connector.model.uploads import JobState


class Filling(NamedTuple):
    """An upload job with the group that it fills."""

    job_id: int
    group_id: int


@dataclass(frozen=True)
class Broken:
    """A job that was to refresh a group and does not: it is not active any more, or it is and fills another group."""

    name: str
    group_id: int
    state: JobState


def active(connection: Connection, org_id: int, group_ids: Sequence[int]) -> list[Filling]:
    """The active jobs that fill one of these groups, oldest first."""
    found = connection.execute(_ACTIVE, {"org": org_id, "groups": list(group_ids)})
    return [Filling(int(job_id), int(group_id)) for job_id, group_id in found]


def broken(connection: Connection, org_id: int, promised: Sequence[Filling]) -> Broken | None:
    """The first of these jobs that does not fill its group as it was to."""
    found = connection.execute(_JOBS, {"org": org_id, "ids": [one.job_id for one in promised]}).mappings()
    jobs = {int(row["id"]): row for row in found}
    for job_id, group_id in promised:
        job = jobs[job_id]
        if job["state"] != JobState.ACTIVE or job["group_id"] != group_id:
            return Broken(job["name"], group_id, JobState(job["state"]))
    return None


def moved(connection: Connection, org_id: int, promised: Sequence[Filling]) -> Broken | None:
    """The same, of those that were changed while they ran: one that was paused since has done its work."""
    found = (broken(connection, org_id, [one]) for one in promised)
    return next((one for one in found if one is not None and one.state is JobState.ACTIVE), None)


_ACTIVE = text(
    "SELECT id, group_id FROM upload_jobs WHERE org_id = :org AND state = 'Active' AND group_id IN :groups ORDER BY id"
).bindparams(bindparam("groups", expanding=True))
_JOBS = text("SELECT id, name, state, group_id FROM upload_jobs WHERE org_id = :org AND id IN :ids").bindparams(
    bindparam("ids", expanding=True)
)

"""Starts the runs of upload jobs that are due and sets when each comes next; any number of ticks may ask at once."""

from datetime import datetime

from sqlalchemy import Connection, text

from connector import clock
from connector.model import schedule
from connector.model.runs import Trigger, upload_of
from connector.model.uploads import Timetable, When
from connector.store import claims
from connector.store.claims import Asked, Claim
from connector.store.database import Database
from connector.store.upload_jobs import UploadJob


def next_run(timetable: Timetable, after: datetime) -> datetime | None:
    """When a timetable comes next after an instant, in UTC; None for never. Raises `Misconfigured`."""
    found = upcoming(timetable, after, 1)
    return found[0] if found else None


def upcoming(timetable: Timetable, after: datetime, count: int = 3) -> list[datetime]:
    """The next `count` times after an instant, in UTC, as far as there are any. Raises `Misconfigured`."""
    if timetable.when is When.BY_HAND:
        return []
    if timetable.when is When.ONCE:
        moment = schedule.once(timetable.date, timetable.local_time, timetable.zone)
        return [moment] if moment > after else []
    return schedule.upcoming(timetable.local_time, timetable.zone, after, count, timetable.days)


def begin(database: Database, job: UploadJob) -> Claim | None:
    """Start the run of a job that is due and set the next one, in one transaction.

    None when another tick was faster, or when a run of the job is under way or held: that one does the work. Not one
    that only tries rejected rows again: the job stays due until that is over.
    """
    if job.definition is None or job.next_run_at is None:
        return None
    now = clock.now()
    following = next_run(job.definition.timetable, now)
    with database.write() as connection:
        if claims.retrying(connection, job.org_id, job.id):
            return None
        if not _set(connection, job, job.next_run_at, None if following is None else clock.milliseconds(following)):
            return None
        late = schedule.is_late(clock.from_milliseconds(job.next_run_at), now)
        asked = Asked(Trigger.CATCH_UP if late else Trigger.SCHEDULE, due_at=job.next_run_at)
        claim = claims.claim(connection, job.org_id, asked, upload_of(job.id, job.group_id))
        if not claim.fresh and claims.retrying(connection, job.org_id, job.id):  # it began just now
            connection.execute(_PUT_BACK, {"id": job.id, "due": job.next_run_at})
    return claim if claim.fresh else None


def _set(connection: Connection, job: UploadJob, seen: int, following: int | None) -> bool:
    """One of all who saw it due sets when it comes next."""
    return bool(connection.execute(_SET, {"id": job.id, "seen": seen, "next": following}).rowcount)


_SET = text("UPDATE upload_jobs SET next_run_at = :next WHERE id = :id AND state = 'Active' AND next_run_at = :seen")
_PUT_BACK = text("UPDATE upload_jobs SET next_run_at = :due WHERE id = :id")

"""Starts the runs of upload jobs that are due and sets when each comes next; any number of ticks may ask at once."""

from datetime import datetime

from sqlalchemy import text

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

    None when another tick was faster, or when a run of the job is under way or held: that one does the work.
    """
    if job.definition is None or job.next_run_at is None:
        return None
    now = clock.now()
    following = next_run(job.definition.timetable, now)
    with database.write() as connection:
        moved = connection.execute(
            text(
                "UPDATE upload_jobs SET next_run_at = :next WHERE id = :id AND state = 'Active' AND next_run_at = :seen"
            ),
            {
                "id": job.id,
                "seen": job.next_run_at,
                "next": None if following is None else clock.milliseconds(following),
            },
        ).rowcount
        if not moved:
            return None
        late = schedule.is_late(clock.from_milliseconds(job.next_run_at), now)
        asked = Asked(Trigger.CATCH_UP if late else Trigger.SCHEDULE, due_at=job.next_run_at)
        claim = claims.claim(connection, job.org_id, asked, upload_of(job.id, job.group_id))
    return claim if claim.fresh else None

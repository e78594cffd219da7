"""What is wrong just now besides how runs ended: nothing begins, a login is refused, activity is old."""

from collections.abc import Iterator

from sqlalchemy import Connection

from connector import clock
from connector.model import notices as words
from connector.model.notices import Kind, Trouble
from connector.model.runs import RunKind
from connector.store import notice_findings as findings
from connector.store import notice_hearts as hearts

KINDS = frozenset({Kind.MISSED, Kind.CREDENTIALS, Kind.FRESHNESS})
"""What this module finds; of these every notice that it does not find any more is over."""

LATE = 5 * 60_000
"""Milliseconds after its time at which a run that has not begun is missed."""

NO_WORKER = 15 * 60_000
"""Milliseconds after which a run that nobody has taken up is missed."""

_OPERATOR = (
    "The operator of this connector looks whether its processes run (docs/operations.md). What was due is caught up."
)
_VENDORS = {words.SALESFORCE: "Salesforce", words.REALMAGNET: "Real Magnet"}


def of_all(connection: Connection) -> Iterator[Trouble]:
    """Everything that is wrong just now, in all orgs."""
    now = clock.milliseconds(clock.now())
    yield from _clock_stands(connection)
    yield from _missed(connection, now)
    yield from _refused(connection)
    yield from _stale(connection, now)


def _clock_stands(connection: Connection) -> Iterator[Trouble]:
    if hearts.TICK not in hearts.silent(connection):
        return
    for org_id in findings.everybody(connection):
        yield Trouble(
            org_id,
            Kind.MISSED,
            words.SCHEDULE,
            "Nothing begins by itself: the schedule stands still.",
            "The process that starts nights and upload jobs has given no sign of life for five minutes.",
            _OPERATOR,
        )


def _missed(connection: Connection, now: int) -> Iterator[Trouble]:
    for org_id in findings.overdue_nights(connection, now - LATE):
        yield _not_begun(org_id, RunKind.ACTIVITY, 0)
    for org_id, job_id in findings.overdue_uploads(connection, now - LATE):
        yield _not_begun(org_id, RunKind.UPLOAD, job_id)
    for run in findings.untouched(connection, now - NO_WORKER):
        yield _not_begun(run.org_id, run.kind, run.subject_id, run.id)


def _not_begun(org_id: int, kind: RunKind, subject_id: int, run_id: int | None = None) -> Trouble:
    title = words.title(kind, subject_id)
    why = "It is queued, and no worker has taken it up." if run_id else "Its time came, and nothing began."
    return Trouble(org_id, Kind.MISSED, words.about(kind, subject_id), f"{title} did not run.", why, _OPERATOR)


def _refused(connection: Connection) -> Iterator[Trouble]:
    for row in findings.refused(connection):
        name = _VENDORS[row["vendor"]]
        advice = f"In Salesforce, open Real Magnet → Connection and connect {name} again. Nothing is lost meanwhile."
        headline = f"{name} no longer accepts the connection."
        yield Trouble(row["org_id"], Kind.CREDENTIALS, row["vendor"], headline, row["refused"], advice)


def _stale(connection: Connection, now: int) -> Iterator[Trouble]:
    for row in findings.stale(connection, now):
        yield Trouble(
            row["org_id"],
            Kind.FRESHNESS,
            words.ACTIVITY,
            f"Activity in Salesforce is older than {row['hours']} hours.",
            f"No night has gone through for more than {row['hours']} hours.",
            "Look at Home and Runs for what stands in its way; Sync now reads everything at once.",
        )

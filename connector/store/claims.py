"""Starting a run, letting a held one go on, and asking one to stop. Commit first, then enqueue what is fresh."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from connector import clock
from connector.model.runs import ACTIVITY, RunKind, Subject, Trigger


@dataclass(frozen=True)
class Claim:
    """The one unfinished run of a subject. `fresh`: it needs a job, number `attempt`, once this is committed."""

    run_id: int
    attempt: int
    fresh: bool
    kind: RunKind = RunKind.ACTIVITY


@dataclass(frozen=True)
class Asked:
    """Who or what wants a run: the trigger, the user if there is one, the instant it was due, and whose rejected rows
    are tried again."""

    trigger: Trigger
    user_id: int | None = None
    due_at: int | None = None
    about_run: int | None = None


def claim(connection: Connection, org_id: int, asked: Asked, subject: Subject = ACTIVITY) -> Claim:
    """Start a run, or take the one that is under way; a paused one goes on, a held one stays as it is.

    Another program does not hurry a paused one: it asks again and again, and each try spends calls of the allowance.
    Never two: of any number who ask at once one gets a fresh run, the others the same run. Enqueue after the commit.
    """
    values = {
        "org": org_id,
        "kind": subject.kind,
        "subject": subject.id,
        "lease": subject.lease,
        "trigger": asked.trigger,
        "user": asked.user_id,
        "due": asked.due_at,
        "about": asked.about_run,
        "hurry": asked.trigger != Trigger.OUTSIDE,
        "now": clock.milliseconds(clock.now()),
    }
    while True:  # the run that was in the way may end before we look at it: then there is room for a new one
        for statement, fresh in ((_START, True), (_WAKE, True), (_UNDER_WAY, False)):
            found = connection.execute(statement, values).first()
            if found is not None:
                return Claim(int(found[0]), int(found[1]), fresh, subject.kind)


_START = text(
    "INSERT INTO runs (org_id, kind, subject_id, lease, trigger, requested_by, state, queued_at, enqueued_at, due_at, "
    "about_run, attempts) "
    "VALUES (:org, :kind, :subject, :lease, :trigger, :user, 'Queued', :now, :now, :due, :about, 1) "
    "ON CONFLICT DO NOTHING RETURNING id, attempts"
)
_SAME = "WHERE org_id = :org AND kind = :kind AND subject_id = :subject"
_WAKE = text(
    "UPDATE runs SET state = 'Queued', attempts = attempts + 1, enqueued_at = :now, retry_at = NULL, paused_for = '' "  # noqa: S608  # ours
    f"{_SAME} AND state = 'Paused' AND (:hurry OR COALESCE(retry_at, 0) <= :now) RETURNING id, attempts"
)
_UNDER_WAY = text(
    f"SELECT id, attempts FROM runs {_SAME} "  # noqa: S608  # ours
    "AND (state IN ('Queued', 'Running', 'Held') OR (state = 'Paused' AND NOT :hurry))"
)


def retrying(connection: Connection, org_id: int, job_id: int) -> int | None:
    """The unfinished run of an upload job that only tries rejected rows again: it refreshes no group."""
    values = {"org": org_id, "kind": RunKind.UPLOAD, "subject": job_id, "retry": Trigger.RETRY}
    return connection.execute(_RETRYING, values).scalar()


_RETRYING = text(
    f"SELECT id FROM runs {_SAME} AND trigger = :retry AND state IN ('Queued', 'Running', 'Paused', 'Held')"  # noqa: S608  # ours
)


def approve(connection: Connection, run_id: int) -> Claim | None:
    """Let a held run go on as it stands; None when it is not held any more."""
    row = connection.execute(
        text(
            "UPDATE runs SET state = 'Queued', approved = :yes, attempts = attempts + 1, enqueued_at = :now, "
            "reason = '', advice = '' WHERE id = :id AND state = 'Held' RETURNING attempts, kind"
        ),
        {"id": run_id, "yes": True, "now": clock.milliseconds(clock.now())},
    ).first()
    return None if row is None else Claim(run_id, int(row[0]), fresh=True, kind=RunKind(row[1]))


def request_cancel(connection: Connection, run_id: int) -> bool:
    """Ask an unfinished run to stop; False when it is over. One that nobody works on is over at once."""
    now = clock.milliseconds(clock.now())
    ended = connection.execute(
        text(
            "UPDATE runs SET cancel_requested = :yes, ended_at = :now, retry_at = NULL, advice = '', "
            "reason = CASE WHEN state = 'Held' AND kind = 'back-fill' THEN 'Given up by a person: nothing was read.' "
            "WHEN state = 'Held' THEN 'Discarded by a person: nothing was uploaded.' ELSE reason END, "
            "state = 'Cancelled' WHERE id = :id "
            "AND (state = 'Held' OR state IN ('Queued', 'Paused') AND started_at IS NULL)"
        ),
        {"id": run_id, "now": now, "yes": True},
    ).rowcount
    asked = connection.execute(
        text(
            "UPDATE runs SET cancel_requested = :yes, retry_at = NULL WHERE id = :id "
            "AND state IN ('Queued', 'Running', 'Paused')"
        ),
        {"id": run_id, "yes": True},
    ).rowcount
    return bool(ended or asked)

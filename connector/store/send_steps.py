"""What becomes of a send, step by step; any number of ticks may ask at once, and each step is taken once.

Scheduled → (its time comes) refresh every group → Refreshing → (all are fresh) → Sending → Sent; anything else on the
way → Cancelled, with a notice. It knows no vendor and no job runner.
"""

import json
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection, RowMapping, bindparam, text

from connector import clock
from connector.model.runs import RunState, Trigger, send_of, upload_of
from connector.store import audience_counts, claims, send_groups, send_promises, send_words, sends
from connector.store.claims import Asked, Claim
from connector.store.database import Database
from connector.store.send_promises import Filling
from connector.store.send_words import Words
from connector.store.sends import Send, SendState

MOST_LATE = timedelta(hours=4)
"""A send is at most this late, or is not sent at all: nobody expects a message any more that was due this morning."""

_STOPPING = frozenset({RunState.FAILED, RunState.CANCELLED, RunState.HELD})


def advance(database: Database, send: Send) -> list[Claim]:
    """Take the next step of a send if there is one; answers the runs that need a job now."""
    if is_too_late(send) and _give_up_late(database, send):
        return []
    steps = {SendState.SCHEDULED: _refresh, SendState.REFRESHING: _go_on, SendState.SENDING: _look_after}
    step = steps.get(send.state)
    if step is None or send.due_at > clock.milliseconds(clock.now()):
        return []
    with database.write() as connection:
        found = step(connection, send)
    return [claim for claim in found if claim.fresh]


def is_too_late(send: Send) -> bool:
    """Whether its time is too long ago for it to be sent still."""
    return clock.now() - clock.from_milliseconds(send.due_at) > MOST_LATE


def _give_up_late(database: Database, send: Send) -> bool:
    """Whether it was given up; not what Real Magnet was asked for already: that is looked into first."""
    if send.state is SendState.SENDING and send.asked_at is not None:
        return False
    with database.write() as connection:
        waiting = [row["name"] for row in _runs(connection, send) if not RunState(row["state"]).over]
        return give_up(connection, send, send_words.too_late(send, waiting))


def _refresh(connection: Connection, send: Send) -> Sequence[Claim]:
    """Its time has come: start the upload jobs that fill its groups, or take their runs that are under way."""
    broken = send_promises.broken(connection, send.org_id, send.promised)
    if broken is not None:
        give_up(connection, send, send_words.promise_broken(send, broken))
        return ()
    if not _move(connection, send, SendState.REFRESHING):
        return ()
    jobs = send_promises.active(connection, send.org_id, send.group_ids)
    connection.execute(
        text("UPDATE sends SET promised = :jobs WHERE id = :id"), {"id": send.id, "jobs": json.dumps(jobs)}
    )
    return _claimed(connection, send, jobs, ())


def _claimed(connection: Connection, send: Send, jobs: Sequence[Filling], kept: Sequence[int]) -> Sequence[Claim]:
    asked = Asked(Trigger.BEFORE_SEND, send.created_by, send.due_at)
    found = [claims.claim(connection, send.org_id, asked, upload_of(*job)) for job in jobs]
    ids = [*kept, *(claim.run_id for claim in found)]
    connection.execute(
        text("UPDATE sends SET refresh_runs = :runs WHERE id = :id"), {"id": send.id, "runs": json.dumps(ids)}
    )
    return found


def _go_on(connection: Connection, send: Send) -> Sequence[Claim]:
    """Send once every group is fresh; give up when one will not be."""
    rows = _runs(connection, send)
    trouble = next((row for row in rows if row["state"] in _STOPPING or _is_open(row)), None)
    if trouble is not None:
        give_up(connection, send, send_words.stopped_by(trouble), int(trouble["id"]))
        return ()
    moved = send_promises.moved(connection, send.org_id, send.promised)
    if moved is not None:
        give_up(connection, send, send_words.promise_broken(send, moved))
        return ()
    stand = send_groups.standing(connection, send.org_id, send.group_ids)
    if stand.filling or any(not RunState(row["state"]).over for row in rows):
        return ()
    if stand.partly:
        give_up(connection, send, send_words.half_filled(send, stand.partly))
        return ()
    fresh = {upload_of(*job).lease for job in send.promised}
    idle = [row for row in rows if row["trigger"] == Trigger.RETRY or row["lease"] not in fresh]
    if idle:
        return _refresh_whole(connection, send, idle)
    return _send(connection, send, rows)


def _is_open(run: RowMapping) -> bool:
    """Whether its books do not close: its group holds people who are not in the audience."""
    return run["closes"] is not None and not run["closes"]


def _refresh_whole(connection: Connection, send: Send, idle: Sequence[RowMapping]) -> Sequence[Claim]:
    """Runs that were under way when the time came only tried rejected rows again, or still filled another group: they
    refreshed nothing."""
    if not _lock(connection, send):
        return ()
    again = {int(row["subject_id"]) for row in idle}
    jobs = [job for job in send.promised if job.job_id in again]
    broken = send_promises.broken(connection, send.org_id, jobs)
    if broken is not None:
        give_up(connection, send, send_words.promise_broken(send, broken))
        return ()
    gone = {int(row["id"]) for row in idle}
    kept = [run_id for run_id in send.refresh_runs if run_id not in gone]
    return _claimed(connection, send, jobs, kept)


def _send(connection: Connection, send: Send, rows: Sequence[RowMapping]) -> Sequence[Claim]:
    """All is fresh: one run sends it. An earlier one that made way for an upload must have ended before."""
    earlier = connection.execute(_UNFINISHED_SENDING, {"org": send.org_id, "id": send.id}).first()
    if earlier is not None:
        return ()
    other = _going_out(connection, send)
    if other is not None:
        give_up(connection, send, send_words.twice_at_once(other))
        return ()
    if not _move(connection, send, SendState.SENDING):
        return ()
    lost = [(row["name"], found.rejected) for row in rows if (found := audience_counts.uploaded(connection, row["id"]))]
    claim = claims.claim(
        connection, send.org_id, Asked(Trigger.SCHEDULE, send.created_by, send.due_at), send_of(send.id)
    )
    connection.execute(
        text("UPDATE sends SET run_id = :run, reason = :reason WHERE id = :id"),
        {"id": send.id, "run": claim.run_id, "reason": send_words.rejected(lost)},
    )
    return (claim,)


def _going_out(connection: Connection, send: Send) -> Send | None:
    """Another send of this message that is going out. Of two that ask at once the later one waits for the answer."""
    connection.execute(text("UPDATE orgs SET name = name WHERE id = :org"), {"org": send.org_id})
    other = sends.going_out(connection, send.org_id, send.message_id)
    return None if other is None or other.id == send.id else other


def _look_after(connection: Connection, send: Send) -> Sequence[Claim]:
    """A sending that ended without having sent is given up, with what its run says."""
    row = connection.execute(text("SELECT * FROM runs WHERE id = :id"), {"id": send.run_id}).mappings().first()
    if row is None or RunState(row["state"]).over:
        give_up(connection, send, send_words.after_sending(send, row), send.run_id)
    return ()


def give_up(connection: Connection, send: Send, words: Words, run_id: int | None = None) -> bool:
    """Cancel it with a notice, unless it has moved on meanwhile."""
    statement = text(
        "UPDATE sends SET state = 'Cancelled', reason = :reason, advice = :advice, run_id = :run, ended_at = :now "
        "WHERE id = :id AND state = :seen AND COALESCE(asked_at, 0) = :asked "
        "AND COALESCE(run_id, 0) = :seen_run"
    )
    values = {
        "id": send.id,
        "seen": send.state,
        "asked": send.asked_at or 0,
        "seen_run": send.run_id or 0,
        "reason": words.reason,
        "advice": words.advice,
        "run": run_id,
        "now": clock.milliseconds(clock.now()),
    }
    return bool(connection.execute(statement, values).rowcount)


def note_asked(connection: Connection, send: Send, subject: str, sender: str, sent_before: int | None) -> bool:
    """Real Magnet is about to be asked to send it. False when somebody cancelled it meanwhile. Call it fenced."""
    statement = text(
        "UPDATE sends SET asked_at = COALESCE(asked_at, :now), sent_before = :before, subject = :subject, "
        "sender = :sender WHERE id = :id AND state = 'Sending'"
    )
    values = {
        "id": send.id,
        "before": sent_before,
        "subject": subject[: sends.TEXT_LENGTH],
        "sender": sender[: sends.TEXT_LENGTH],
        "now": clock.milliseconds(clock.now()),
    }
    return bool(connection.execute(statement, values).rowcount)


def note_not_asked(connection: Connection, send: Send) -> None:
    """Real Magnet surely did not send it. Call it fenced."""
    connection.execute(
        text("UPDATE sends SET asked_at = NULL, sent_before = NULL WHERE id = :id AND state = 'Sending'"),
        {"id": send.id},
    )


def note_sent(connection: Connection, send: Send, vendor_id: int | None) -> None:
    """Real Magnet sends it; its own number is None when its answer was lost. Call it fenced."""
    connection.execute(
        text("UPDATE sends SET state = 'Sent', vendor_id = :vendor, ended_at = :now WHERE id = :id"),
        {"id": send.id, "vendor": vendor_id, "now": clock.milliseconds(clock.now())},
    )


def wait_again(connection: Connection, send: Send) -> None:
    """A group began to be filled again: the send waits until it is whole. Call it fenced."""
    connection.execute(
        text("UPDATE sends SET state = 'Refreshing' WHERE id = :id AND state = 'Sending'"), {"id": send.id}
    )


def _move(connection: Connection, send: Send, state: SendState) -> bool:
    """One of all who try takes the step."""
    statement = text("UPDATE sends SET state = :state WHERE id = :id AND state = :seen")
    return bool(connection.execute(statement, {"id": send.id, "state": state, "seen": send.state}).rowcount)


def _lock(connection: Connection, send: Send) -> bool:
    """One of all who saw these runs replaces them."""
    statement = text("UPDATE sends SET state = state WHERE id = :id AND state = :seen AND refresh_runs = :runs")
    values = {"id": send.id, "seen": send.state, "runs": json.dumps(list(send.refresh_runs))}
    return bool(connection.execute(statement, values).rowcount)


_UNFINISHED_SENDING = text(
    "SELECT 1 FROM runs WHERE org_id = :org AND kind = 'send' AND subject_id = :id "
    "AND state IN ('Queued', 'Running', 'Paused', 'Held')"
)
_RUNS = text(
    "SELECT r.*, j.name FROM runs r LEFT JOIN upload_jobs j ON j.id = r.subject_id WHERE r.id IN :ids ORDER BY r.id"
).bindparams(bindparam("ids", expanding=True))


def _runs(connection: Connection, send: Send) -> Sequence[RowMapping]:
    """The runs that refresh its groups, each with the name of its upload job."""
    return connection.execute(_RUNS, {"ids": list(send.refresh_runs)}).mappings().all()

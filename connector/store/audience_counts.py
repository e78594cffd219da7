"""What a run's audience came to, in numbers that stay when its rows are forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from connector.model.activity import Outcome
from connector.store.audiences import Counts, Moved

_AUDIENCE, _CHANGE, _UPLOAD = "Audience", "Change", "Upload"
_MAILABLE, _ADDED, _UPDATED = "mailable", "added", "updated"


@dataclass(frozen=True)
class Uploaded:
    """What Real Magnet made of the mailable: rows it took, of those new and known recipients, and rows it did not."""

    good: int = 0
    added: int = 0
    updated: int = 0
    rejected: int = 0


def keep_audience(connection: Connection, run_id: int, counts: Counts, moved: Moved | None) -> None:
    """Remember what was read, and how it differs from the run before if there was one."""
    found = [(_AUDIENCE, _MAILABLE, counts.mailable)]
    found += [(_AUDIENCE, reason, number) for reason, number in counts.lost.items()]
    if moved is not None:
        found += [(_CHANGE, "run", moved.before_run), (_CHANGE, "joined", moved.joined)]
        found += [(_CHANGE, "left", moved.left), (_CHANGE, "had", moved.had)]
    _replace(connection, run_id, (_AUDIENCE, _CHANGE), found)


def forget_audience(connection: Connection, run_id: int) -> None:
    """It is to be read anew."""
    _replace(connection, run_id, (_AUDIENCE, _CHANGE), ())


def keep_uploaded(connection: Connection, run_id: int, uploaded: Uploaded) -> None:
    """Remember what Real Magnet made of it."""
    lost = sum(audience(connection, run_id).lost.values())
    found = [
        (_UPLOAD, str(Outcome.WRITTEN), uploaded.good),
        (_UPLOAD, str(Outcome.REJECTED), uploaded.rejected),
        (_UPLOAD, str(Outcome.FILTERED), lost),
        (_UPLOAD, _ADDED, uploaded.added),
        (_UPLOAD, _UPDATED, uploaded.updated),
    ]
    _replace(connection, run_id, (_UPLOAD,), found)


def kept(connection: Connection, run_id: int) -> bool:
    """Whether the audience was read to its end: then its numbers stand, an empty one's too."""
    return bool(_counts(connection, run_id, _AUDIENCE))


def audience(connection: Connection, run_id: int) -> Counts:
    """Rows, mailable ones and the others by reason; all 0 for a run that has not read its audience yet."""
    found = _counts(connection, run_id, _AUDIENCE)
    rows = sum(found.values())
    return Counts(rows, found.pop(_MAILABLE, 0), found)


def change(connection: Connection, run_id: int) -> Moved | None:
    """How the audience differed from that of the run before; None for a first one."""
    found = _counts(connection, run_id, _CHANGE)
    return Moved(found["run"], found["joined"], found["left"], found["had"]) if found else None


def uploaded(connection: Connection, run_id: int) -> Uploaded | None:
    """What Real Magnet made of it; None before it was asked."""
    found = _counts(connection, run_id, _UPLOAD)
    if not found:
        return None
    return Uploaded(
        found.get(Outcome.WRITTEN, 0), found.get(_ADDED, 0), found.get(_UPDATED, 0), found.get(Outcome.REJECTED, 0)
    )


def sizes(connection: Connection, org_id: int, job_id: int, limit: int = 30) -> list[tuple[int, int, int]]:
    """(run id, when it ended, mailable) of a job's latest uploads that went through, oldest first."""
    statement = text("""
        SELECT r.id, r.ended_at, c.count FROM runs r JOIN run_counts c ON c.run_id = r.id
            AND c.activity_group = 'Audience' AND c.outcome = 'mailable'
        WHERE r.org_id = :org AND r.kind = 'upload' AND r.subject_id = :job
            AND r.state IN ('Completed', 'Completed with errors') AND r.trigger <> 'Retry rejected'
        ORDER BY r.id DESC LIMIT :limit
    """)
    found = connection.execute(statement, {"org": org_id, "job": job_id, "limit": limit})
    return [(int(run), int(ended), int(number)) for run, ended, number in found][::-1]


def _counts(connection: Connection, run_id: int, group: str) -> dict[str, int]:
    statement = text("SELECT outcome, count FROM run_counts WHERE run_id = :run AND activity_group = :group")
    return {str(word): int(number) for word, number in connection.execute(statement, {"run": run_id, "group": group})}


def _replace(connection: Connection, run_id: int, groups: Sequence[str], found: Sequence[tuple[str, str, int]]) -> None:
    for group in groups:
        connection.execute(
            text("DELETE FROM run_counts WHERE run_id = :run AND activity_group = :group"),
            {"run": run_id, "group": group},
        )
    if found:
        connection.execute(
            text("INSERT INTO run_counts (run_id, activity_group, outcome, count) VALUES (:run, :group, :word, :n)"),
            [{"run": run_id, "group": group, "word": word, "n": number} for group, word, number in found],
        )

"""The guard rail: whether a person must look at an audience before it goes into the group."""

from connector.errors import NeedsDecision
from connector.model.uploads import How, moved_too_far
from connector.store import audience_counts, travelled, upload_terms
from connector.store.audiences import Moved
from connector.store.upload_terms import HeldFor, Terms
from connector.uploads.job_work import JobWork

MORE = 1
"""Per cent of the former audience by which what was let go in may have moved further."""


def hold_back(work: JobWork, terms: Terms) -> None:
    """Raise `NeedsDecision` unless the audience may go in, or a person said so for the very same reason.

    Nobody decides about what he has not seen: an audience that was read anew since may have moved by a hundredth more.
    """
    with work.database.read() as connection:
        counts = audience_counts.audience(connection, work.run_id)
        moved = audience_counts.change(connection, work.run_id)
    most = work.definition.most_change
    if not counts.mailable and work.definition.target.how is How.REPLACE:
        question = HeldFor.EMPTY, _emptied(work, counts.rows)
    elif moved is not None and moved_too_far(moved.had, moved.joined, moved.left, most):
        question = HeldFor.MOVED, _moved(moved, most)
    else:
        question = None
    if question is None or (question[0] == terms.approved_for and _as_seen(terms, moved)):
        return
    with work.write() as connection:
        upload_terms.hold(connection, work.run_id, question[0], _change(moved))
    travelled.forget(work.write, work.run_id)
    raise question[1]


def _as_seen(terms: Terms, moved: Moved | None) -> bool:
    """Whether the audience moved by no more than when a person let it go in."""
    if terms.approved_for == HeldFor.EMPTY or moved is None:
        return True
    return (_change(moved) - terms.approved_change) * 100 <= moved.had * MORE


def _change(moved: Moved | None) -> int:
    return 0 if moved is None else moved.joined + moved.left


def _emptied(work: JobWork, rows: int) -> NeedsDecision:
    source = work.definition.source
    found = f"Of {rows:,} rows nobody is mailable" if rows else "It has no rows"
    name = source.name or "the query"
    return NeedsDecision(
        f"The audience of {name} is empty. {found}: this run would take everybody out of the group.",
        advice="Look whether the source still has its people. Upload anyway only if the group is to be emptied.",
    )


def _moved(moved: Moved, most: int) -> NeedsDecision:
    percent = -(-(moved.joined + moved.left) * 100 // moved.had)
    return NeedsDecision(
        f"The audience moved by {percent} %: {moved.joined:,} joined and {moved.left:,} left since "
        f"Run {moved.before_run}; this job holds a run above {most} %.",
        advice="Look who joined and who left. Upload anyway if that is right, or discard the run and mend the source.",
    )

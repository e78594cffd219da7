"""The guard rail: whether a person must look at an audience before it goes into the group."""

from connector.errors import NeedsDecision
from connector.model.uploads import How, moved_too_far
from connector.store import audience_counts, upload_terms
from connector.store.audiences import Moved
from connector.store.upload_terms import HeldFor, Terms
from connector.uploads.job_work import JobWork


def hold_back(work: JobWork, terms: Terms) -> None:
    """Raise `NeedsDecision` unless the audience may go in, or a person said so for the very same reason."""
    with work.database.read() as connection:
        counts = audience_counts.audience(connection, work.run_id)
        moved = audience_counts.change(connection, work.run_id)
    most = work.definition.most_change
    if not counts.mailable:
        question = _emptied(work, counts.rows)
    elif moved is not None and moved_too_far(moved.had, moved.joined, moved.left, most):
        question = HeldFor.MOVED, _moved(moved, most)
    else:
        question = None
    if question is None or question[0] == terms.approved_for:
        return
    with work.write() as connection:
        upload_terms.hold(connection, work.run_id, question[0])
    raise question[1]


def _emptied(work: JobWork, rows: int) -> tuple[HeldFor, NeedsDecision] | None:
    if work.definition.target.how is not How.REPLACE:
        return None
    source = work.definition.source
    found = f"Of {rows:,} rows nobody is mailable" if rows else "It has no rows"
    name = source.name or "the query"
    return HeldFor.EMPTY, NeedsDecision(
        f"The audience of {name} is empty. {found}: this run would take everybody out of the group.",
        advice="Look whether the source still has its people. Go on only if the group is to be emptied; else cancel.",
    )


def _moved(moved: Moved, most: int) -> NeedsDecision:
    percent = -(-(moved.joined + moved.left) * 100 // moved.had)
    return NeedsDecision(
        f"The audience moved by {percent} %: {moved.joined:,} joined and {moved.left:,} left since "
        f"Run {moved.before_run}; this job holds a run above {most} %.",
        advice="Look who joined and who left. Go on if that is right, or cancel and mend the source.",
    )

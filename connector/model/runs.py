"""A run: one execution of anything, with a row that tells the truth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class RunState(StrEnum):
    QUEUED = "Queued"
    RUNNING = "Running"
    COMPLETED = "Completed"
    COMPLETED_WITH_ERRORS = "Completed with errors"
    FAILED = "Failed"
    CANCELLED = "Cancelled"
    PAUSED = "Paused"
    HELD = "Held"

    @property
    def over(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self in ENDED


ENDED = frozenset({RunState.COMPLETED, RunState.COMPLETED_WITH_ERRORS, RunState.FAILED, RunState.CANCELLED})


class RunKind(StrEnum):
    """What a run does. Its subject is an upload job, a send, a scope (update, back-fill), a deletion or a message to
    one person; the activity of an org, and writing what waits, have none."""

    ACTIVITY = "activity"
    PREVIEW = "preview"
    UPLOAD = "upload"
    SEND = "send"
    LOOK = "look"
    UPDATE = "update"
    BACKFILL = "back-fill"
    WRITE = "write"
    DELETION = "deletion"
    SINGLE_SEND = "single send"
    GAP = "gap"
    AGAIN = "run again"


class Trigger(StrEnum):
    """What started a run."""

    SCHEDULE = "Schedule"
    CATCH_UP = "Catch-up"
    HAND = "Sync now"
    RUN_NOW = "Run now"
    RETRY = "Retry rejected"
    BEFORE_SEND = "Before a send"
    OUTSIDE = "Another program"
    UPDATE = "Update now"
    BACKFILL = "Back-fill"
    DELETE = "Delete"
    RESTORE = "Restore"
    MODE = "Manage Data"
    SINGLE = "Message to one person"
    GAP = "Fill the gap"
    RETENTION = "Retention"
    AGAIN = "Run again"
    UNDO = "Undo"
    TRY_AGAIN = "Try again"


@dataclass(frozen=True)
class Subject:
    """What a run is about. `lease` is what its worker must hold: two runs with one lease never run at once."""

    kind: RunKind
    id: int
    lease: str


ACTIVITY = Subject(RunKind.ACTIVITY, 0, "activity")
"""Activity into Salesforce: an org's rows there are written by one worker at a time."""


def preview_of(job_id: int) -> Subject:
    """The preview of an upload job: it changes nothing, so it keeps apart only from itself."""
    return Subject(RunKind.PREVIEW, job_id, f"preview {job_id}")


def upload_of(job_id: int, group_id: int) -> Subject:
    """A run of an upload job: a group is filled by one worker at a time, whichever job asks."""
    return Subject(RunKind.UPLOAD, job_id, f"group {group_id}")


def send_of(send_id: int) -> Subject:
    """A message that is sent after its groups were refreshed."""
    return Subject(RunKind.SEND, send_id, f"send {send_id}")


LOOK = Subject(RunKind.LOOK, 0, "look")
"""What a night would find: read, never written."""

WRITE = Subject(RunKind.WRITE, 0, "activity")
"""Write what waits in the ledger, without asking Real Magnet: after an update, a back-fill, a restore, another mode."""


def update_of(scope_id: int) -> Subject:
    """Read one message or one person from Real Magnet into the ledger. It writes nothing into Salesforce, so it goes
    beside a night; what it found is written by the night, or by a run of `WRITE` after it."""
    return Subject(RunKind.UPDATE, scope_id, f"update {scope_id}")


def backfill_of(scope_id: int) -> Subject:
    """Read a range of days from Real Magnet into the ledger, beside whatever else."""
    return Subject(RunKind.BACKFILL, scope_id, f"back-fill {scope_id}")


def deletion_of(deletion_id: int) -> Subject:
    """Delete rows from Salesforce: as one who writes there, it holds the lease of activity."""
    return Subject(RunKind.DELETION, deletion_id, ACTIVITY.lease)


def single_send_of(send_id: int) -> Subject:
    """A message to one person. One at a time in an org: faxes share its reserved group."""
    return Subject(RunKind.SINGLE_SEND, send_id, "single send")


def gap_of(scope_id: int) -> Subject:
    """Find what Salesforce and Real Magnet have otherwise than we think, of a message or of all whose books do not
    close, and set it right: as one who writes to Salesforce, it holds the lease of activity."""
    return Subject(RunKind.GAP, scope_id, ACTIVITY.lease)


def again_of(scope_id: int) -> Subject:
    """Read what a scope is about from Real Magnet once more, lift what was undone of it, and write it anew; running it
    twice changes nothing. As one who writes to Salesforce, it holds the lease of activity."""
    return Subject(RunKind.AGAIN, scope_id, ACTIVITY.lease)


WOULD_BE_WRITTEN = "Would be written"
"""The word in which a look counts, beside the outcomes of what was done."""

NEWLY_FOUND = "New"
"""The word in which an update or a back-fill counts what nobody here knew before."""
OF_THE_PERSON = "This person"
"""The line on which an update of a person counts what is his; the others count what was read beside it."""


class Phase(StrEnum):
    """Where a run is, in the words its progress bar shows."""

    PEOPLE = "Reading people from Salesforce"
    COLLECT = "Reading activity from Real Magnet"
    MATCH = "Matching recipients to people"
    DECIDE = "Deciding what to write"
    WRITE = "Writing to Salesforce"
    SETTLE = "Reading Salesforce's answers"
    RECONCILE = "Checking that the books close"
    AUDIENCE = "Reading the audience from Salesforce"
    UPLOAD = "Uploading to Real Magnet"
    VERIFY = "Checking who is in the group"
    SEND = "Sending the message"
    LOOK = "Counting what Real Magnet has"
    FIGURES = "Adding up messages and links"
    DELETE = "Deleting from Salesforce"
    COMPARE = "Comparing row by row"
    PUT_BACK = "Putting rows back as they were"


PHASES: Mapping[RunKind, Sequence[Phase]] = {
    RunKind.ACTIVITY: (
        Phase.PEOPLE,
        Phase.COLLECT,
        Phase.FIGURES,
        Phase.MATCH,
        Phase.DECIDE,
        Phase.WRITE,
        Phase.SETTLE,
        Phase.RECONCILE,
    ),
    RunKind.PREVIEW: (Phase.AUDIENCE,),
    RunKind.UPLOAD: (Phase.AUDIENCE, Phase.UPLOAD, Phase.VERIFY),
    RunKind.SEND: (Phase.SEND,),
    RunKind.LOOK: (Phase.LOOK,),
    RunKind.UPDATE: (Phase.COLLECT, Phase.FIGURES),
    RunKind.BACKFILL: (Phase.LOOK, Phase.COLLECT, Phase.FIGURES),
    RunKind.WRITE: (Phase.MATCH, Phase.DECIDE, Phase.WRITE, Phase.SETTLE, Phase.RECONCILE),
    RunKind.DELETION: (Phase.DELETE, Phase.SETTLE),
    RunKind.SINGLE_SEND: (Phase.SEND,),
    RunKind.GAP: (
        Phase.COLLECT,
        Phase.COMPARE,
        Phase.MATCH,
        Phase.DECIDE,
        Phase.WRITE,
        Phase.SETTLE,
        Phase.RECONCILE,
    ),
    RunKind.AGAIN: (
        Phase.PEOPLE,
        Phase.COLLECT,
        Phase.COMPARE,
        Phase.FIGURES,
        Phase.MATCH,
        Phase.DECIDE,
        Phase.WRITE,
        Phase.SETTLE,
        Phase.RECONCILE,
    ),
}
"""What a run of a kind goes through, in order."""

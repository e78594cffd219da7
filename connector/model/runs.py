"""A run: one execution of anything, with a row that tells the truth."""

from enum import StrEnum


class RunState(StrEnum):
    QUEUED = "Queued"
    RUNNING = "Running"
    COMPLETED = "Completed"
    COMPLETED_WITH_ERRORS = "Completed with errors"
    FAILED = "Failed"
    CANCELLED = "Cancelled"
    PAUSED = "Paused"

    @property
    def over(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self in ENDED


ENDED = frozenset({RunState.COMPLETED, RunState.COMPLETED_WITH_ERRORS, RunState.FAILED, RunState.CANCELLED})


class Trigger(StrEnum):
    """What started a run."""

    SCHEDULE = "Schedule"
    CATCH_UP = "Catch-up"
    HAND = "Sync now"


class Phase(StrEnum):
    """Where a night is, in the words its progress bar shows."""

    PEOPLE = "Reading people from Salesforce"
    COLLECT = "Reading activity from Real Magnet"
    MATCH = "Matching recipients to people"
    DECIDE = "Deciding what to write"
    WRITE = "Writing to Salesforce"
    SETTLE = "Reading Salesforce's answers"
    RECONCILE = "Checking that the books close"

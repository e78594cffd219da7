"""What a night's remaining work takes of Salesforce's calls and storage, asked about before each piece of it."""

from connector.activity.night import Night
from connector.connection import governor
from connector.errors import StorageFull
from connector.model.budgets import STORAGE_ADVICE
from connector.store import placements

READING = 40
"""Calls of a night beside its writing: people, limits, what stands."""
A_JOB = 10
"""Calls of one bulk job: made, filled, looked at until it is over, its answers read."""
A_HANDFUL = 1
"""Calls for up to two hundred rows."""
HANDFUL = 200
LOOKED_AT = 2000
"""Rows whose present content one call tells, before they are changed."""
ROWS_A_JOB = 190_000
"""About so many rows fill a file."""


def before_run(night: Night) -> None:
    """Stop before anything is done when a run cannot even look around. It asks Salesforce by one call."""
    governor.look(night.database, night.org_id, night.salesforce)
    governor.room_for_calls(night.database, night.org_id, night.salesforce, READING)


def before_writing(night: Night) -> None:
    """Stop before anything is written when what waits would not go through, or has no room."""
    with night.database.read() as connection:
        waiting = placements.waiting(connection, night.org_id)
    if not waiting:
        return
    calls = sum(_calls(rows) + -(-known // LOOKED_AT) for rows, known in waiting)
    governor.room_for_calls(night.database, night.org_id, night.salesforce, calls)
    governor.room_for_rows(night.database, night.org_id, night.salesforce, sum(rows - known for rows, known in waiting))


def before_parcel(night: Night) -> None:
    """Stop between two files when the calls for the next one are not there. It asks nobody."""
    governor.room_for_calls(night.database, night.org_id, night.salesforce, A_JOB)


def after_writing(night: Night) -> None:
    """Stop when Salesforce refused rows because its storage is full: they wait, and are not rejected."""
    with night.database.read() as connection:
        refused = placements.without_room(connection, night.org_id)
    if refused:
        raise StorageFull(
            f"Salesforce has no data storage left: it did not take {refused:,} rows. They wait here.",
            advice=STORAGE_ADVICE,
        )


def _calls(rows: int) -> int:
    return A_HANDFUL if rows <= HANDFUL else A_JOB * -(-rows // ROWS_A_JOB)

"""Uploads that earlier runs left under way in the same group: nothing of ours is sent before they are over."""

from connector.errors import Temporary
from connector.store import upload_chunks, uploads_under_way
from connector.store.upload_chunks import Chunk, ChunkState
from connector.uploads.following import Overdue, follow, wait_for_the_unknown
from connector.uploads.job_work import JobWork


def settle_left_behind(work: JobWork) -> None:
    """Wait for each: what a stopped run handed over may still arrive, and must not arrive after what comes now.

    Raises `Temporary` while another run has begun to fill the group and is to go on: a crashed one goes first.
    """
    with work.database.read() as connection:
        first = uploads_under_way.goes_first(connection, work.org_id, work.lease.name, work.run_id)
        found = uploads_under_way.left_behind(connection, work.org_id, work.lease.name, work.run_id)
    if first is not None:
        raise Temporary(f"Run {first} has begun to fill this group and has to end first.")
    for chunk in found:
        if not _ended(work, chunk):
            with work.write() as connection:
                upload_chunks.turn(connection, chunk, ChunkState.LOST)


def _ended(work: JobWork, chunk: Chunk) -> bool:
    """Wait for one; whether it is known how it ended."""
    if chunk.state is ChunkState.ASKED:
        wait_for_the_unknown(work, chunk)
        return False
    try:
        follow(work, chunk)
    except Overdue:
        return False
    return True

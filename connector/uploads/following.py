"""Waits for what Real Magnet does with an upload, known or not; it sends nothing."""

from collections.abc import Callable
from datetime import timedelta

from connector import clock
from connector.errors import NotFound, Temporary
from connector.model.groups import UploadStatus
from connector.model.runs import Phase
from connector.store import upload_chunks, uploads_under_way
from connector.store.upload_chunks import Chunk, ChunkState
from connector.uploads.job_work import JobWork

GROWTH = 1.5
"""How much longer each wait is than the one before."""
PATIENCE = timedelta(hours=2)
"""Longest that Real Magnet may be busy with 10,000 rows: then something is wrong there."""


class Overdue(Temporary):
    """Real Magnet has had an upload for longer than it can take."""


def follow(work: JobWork, chunk: Chunk) -> UploadStatus:
    """Wait until an upload that was taken is over, and book what came of it.

    Raises `Overdue`, and plain `Temporary` when Real Magnet does not know it: then nobody knows what becomes of it.
    """
    try:
        status = _over(work, chunk)
    except NotFound:
        with work.write() as connection:
            upload_chunks.turn(connection, chunk, ChunkState.ASKED)
        raise Temporary(f"Real Magnet does not know upload {chunk.vendor_id} any more, which it had taken.") from None
    with work.write() as connection:
        upload_chunks.finish(connection, chunk, status)
    return status


def _over(work: JobWork, chunk: Chunk) -> UploadStatus:
    found: list[UploadStatus] = []

    def over() -> bool:
        found[:] = [work.realmagnet.upload_status(chunk.vendor_id or 0)]
        if not found[0].done and _since(chunk) > PATIENCE:
            raise Overdue(
                f"Real Magnet has not finished upload {chunk.vendor_id} for {PATIENCE.seconds // 3600} hours.",
                advice="Ask Real Magnet's support what became of it, then run the upload job again.",
            )
        return found[0].done

    _wait_until(work, over)
    return found[0]


def wait_for_the_unknown(work: JobWork, chunk: Chunk) -> None:
    """Wait until an upload that may or may not have been taken shows in its group, or will not show any more."""
    grace, group_id = timedelta(seconds=work.settings.upload_grace_seconds), work.definition.target.group_id

    def over() -> bool:
        return _since(chunk) >= grace or chunk.changed(work.realmagnet.group_size(group_id))

    _wait_until(work, over)


def _since(chunk: Chunk) -> timedelta:
    """How long ago Real Magnet was asked for it."""
    return clock.now() - clock.from_milliseconds(chunk.asked_at or 0)


def _wait_until(work: JobWork, over: Callable[[], bool]) -> None:
    with work.database.read() as connection:
        sent = uploads_under_way.sent(connection, work.run_id)
    pause = work.settings.poll_seconds / 20
    while not over():
        work.wait(Phase.UPLOAD, pause, sent.done, sent.rows)
        pause = min(pause * GROWTH, work.settings.poll_seconds)

"""Sends an audience in uploads, each followed to its end before the next: Real Magnet promises no order among them."""

from connector.errors import ConnectorError, Refused, Unsure
from connector.model.groups import Upload
from connector.model.runs import Phase
from connector.model.uploads import How
from connector.store import leases, upload_chunks, uploads_under_way
from connector.store.upload_chunks import Chunk, ChunkState
from connector.uploads.following import follow, wait_for_the_unknown
from connector.uploads.job_work import JobWork

ROWS = 10_000
"""Rows of one upload. The vendor names no limit; so many are two megabytes, and a cancel is heard between two."""


def cut(work: JobWork) -> None:
    """Assign every mailable row to an upload, in the order of the source; the first one replaces if the job does."""
    replaces = work.definition.target.how is How.REPLACE
    more = True
    while more:
        with work.write() as connection:
            more = upload_chunks.cut_next(connection, work.run_id, ROWS, replaces=replaces)


def send_all(work: JobWork) -> None:
    """Send every upload that is not over. Raises `Refused` with Real Magnet's words when it wants none of one."""
    while (chunk := _next(work)) is not None:
        if chunk.state is ChunkState.TAKEN:
            _see_through(work, chunk)
            continue
        if chunk.state is ChunkState.ASKED:
            wait_for_the_unknown(work, chunk)
        _send(work, chunk)


def _next(work: JobWork) -> Chunk | None:
    with work.database.read() as connection:
        chunk = upload_chunks.next_open(connection, work.run_id)
        sent = uploads_under_way.sent(connection, work.run_id)
    work.report(Phase.UPLOAD, sent.done, sent.rows)
    return chunk


def _send(work: JobWork, chunk: Chunk) -> None:
    upload = _upload(work, chunk)
    before = work.realmagnet.group_size(upload.group_id)
    with work.write() as connection:
        upload_chunks.ask(connection, chunk, before)
    work.reached("upload asked")
    vendor_id = _handed_over(work, chunk, upload)
    work.reached("upload handed over")
    with work.write() as connection:
        upload_chunks.take(connection, chunk, vendor_id)
    work.reached("upload taken")


def _upload(work: JobWork, chunk: Chunk) -> Upload:
    definition = work.definition
    with work.database.read() as connection:
        data = upload_chunks.data(connection, chunk)
    return Upload(definition.target.group_id, definition.columns, data, chunk.replaces, definition.update)


def _handed_over(work: JobWork, chunk: Chunk, upload: Upload) -> int:
    """Real Magnet's number of it. It checks no fence: so the lease is proved just before it is asked, or a worker that
    slept would send it after another one has finished."""
    with work.database.read() as connection:
        leases.check(connection, work.lease)
    try:
        return work.realmagnet.upload(upload)
    except Unsure:
        raise
    except ConnectorError:  # surely nothing was taken
        with work.write() as connection:
            upload_chunks.turn(connection, chunk, ChunkState.WAITING)
        raise


def _see_through(work: JobWork, chunk: Chunk) -> None:
    status = follow(work, chunk)
    if status.error:
        raise Refused(
            f"Real Magnet did not take the upload: {status.error.rstrip('.')}.",
            advice="Check the upload job's field mapping and the rows that it sends.",
        )
    work.reached("upload done")

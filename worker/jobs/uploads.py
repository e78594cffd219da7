"""Previews, uploads and sends as jobs: ids in, the work called, the run settled."""

import structlog

from connector import bootstrap, settings
from worker.settle import Perform, carry_out


def perform_preview(run_id: int) -> None:
    """Read and check the audience of an upload job."""
    _carry_out("preview", run_id, bootstrap.perform_preview)


def perform_upload(run_id: int) -> None:
    """Bring this run of an upload job to its end, or as far as this process lives."""
    _carry_out("upload", run_id, bootstrap.perform_upload)


def perform_send(run_id: int) -> None:
    """Send a message whose groups were refreshed."""
    _carry_out("send", run_id, bootstrap.perform_send)


def _carry_out(job: str, run_id: int, perform: Perform) -> None:
    with structlog.contextvars.bound_contextvars(job=job, run=run_id):
        carry_out(bootstrap.services(settings.from_env()), run_id, perform)

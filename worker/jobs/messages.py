"""Messages to one person, as jobs: ids in, the work called, the run settled."""

import structlog

from connector import bootstrap, settings
from worker.settle import carry_out


def perform_single_send(run_id: int) -> None:
    """Send one message to one person."""
    with structlog.contextvars.bound_contextvars(job="single send", run=run_id):
        carry_out(bootstrap.services(settings.from_env()), run_id, bootstrap.perform_single_send)

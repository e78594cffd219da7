"""The night, and the look at what it would do, as jobs: ids in, the work called, the run settled."""

import structlog

from connector import bootstrap, settings
from worker.settle import carry_out


def perform_night(run_id: int) -> None:
    """Bring this run of an org's activity to its end, or as far as this process lives."""
    with structlog.contextvars.bound_contextvars(job="night", run=run_id):
        carry_out(bootstrap.services(settings.from_env()), run_id, bootstrap.perform_night)


def perform_look(run_id: int) -> None:
    """Count what a night would write."""
    with structlog.contextvars.bound_contextvars(job="look", run=run_id):
        carry_out(bootstrap.services(settings.from_env()), run_id, bootstrap.perform_look)

"""What happens to activity, as jobs: ids in, the work called, the run settled."""

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


def perform_update(run_id: int) -> None:
    """Read one message or one person from Real Magnet into the ledger."""
    with structlog.contextvars.bound_contextvars(job="update", run=run_id):
        carry_out(bootstrap.services(settings.from_env()), run_id, bootstrap.perform_update)


def perform_backfill(run_id: int) -> None:
    """Read a range of days from Real Magnet into the ledger."""
    with structlog.contextvars.bound_contextvars(job="backfill", run=run_id):
        carry_out(bootstrap.services(settings.from_env()), run_id, bootstrap.perform_backfill)


def perform_write(run_id: int) -> None:
    """Write what waits in the ledger."""
    with structlog.contextvars.bound_contextvars(job="write", run=run_id):
        carry_out(bootstrap.services(settings.from_env()), run_id, bootstrap.perform_write)


def perform_deletion(run_id: int) -> None:
    """Delete rows from Salesforce."""
    with structlog.contextvars.bound_contextvars(job="deletion", run=run_id):
        carry_out(bootstrap.services(settings.from_env()), run_id, bootstrap.perform_deletion)

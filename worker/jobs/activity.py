"""What happens to activity, as jobs: ids in, the work called, the run settled.

What an update or a back-fill found is written by a run of its own, claimed here once the reading run is over. A worker
that dies between the two loses nothing: what was found has no decision, so the next night or write takes it along.
"""

import structlog

from connector import bootstrap, queues, settings
from connector.bootstrap import Services
from connector.errors import Temporary
from connector.store import afterwards
from worker.settle import carry_out

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


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
        services = bootstrap.services(settings.from_env())
        carry_out(services, run_id, bootstrap.perform_update)
        _then_write(services, run_id)


def perform_backfill(run_id: int) -> None:
    """Read a range of days from Real Magnet into the ledger."""
    with structlog.contextvars.bound_contextvars(job="backfill", run=run_id):
        services = bootstrap.services(settings.from_env())
        carry_out(services, run_id, bootstrap.perform_backfill)
        _then_write(services, run_id)


def perform_write(run_id: int) -> None:
    """Write what waits in the ledger."""
    with structlog.contextvars.bound_contextvars(job="write", run=run_id):
        services = bootstrap.services(settings.from_env())
        carry_out(services, run_id, bootstrap.perform_write)
        _then_write(services, run_id)


def perform_gap(run_id: int) -> None:
    """Find what differs between Real Magnet, here and Salesforce, and set it right."""
    with structlog.contextvars.bound_contextvars(job="gap", run=run_id):
        services = bootstrap.services(settings.from_env())
        carry_out(services, run_id, bootstrap.perform_gap)
        _then_write(services, run_id)


def perform_again(run_id: int) -> None:
    """Read a scope from Real Magnet once more, and set right what stands otherwise in Salesforce."""
    with structlog.contextvars.bound_contextvars(job="again", run=run_id):
        services = bootstrap.services(settings.from_env())
        carry_out(services, run_id, bootstrap.perform_again)
        _then_write(services, run_id)


def perform_deletion(run_id: int) -> None:
    """Delete rows from Salesforce."""
    with structlog.contextvars.bound_contextvars(job="deletion", run=run_id):
        carry_out(bootstrap.services(settings.from_env()), run_id, bootstrap.perform_deletion)


def _then_write(services: Services, run_id: int) -> None:
    """Have what this run left undecided written, once it is over."""
    with services.database.write() as connection:
        claim = afterwards.claim_write(connection, run_id)
    if claim is None or not claim.fresh:
        return
    _log.info("run.write_follows", write=claim.run_id)
    job_id = queues.run_job_id(claim.run_id, claim.attempt)
    try:
        queues.enqueue(services.redis, queues.JOB_OF[claim.kind], claim.run_id, job_id=job_id)
    except Temporary:
        _log.warning("run.queue_away", write=claim.run_id)  # the row is committed: the tick finds it

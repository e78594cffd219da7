"""`python -m worker.tick`: starts what is due and starts again what was lost. Safe to run twice at once."""

import signal
from dataclasses import dataclass
from datetime import timedelta
from threading import Event

import structlog
from redis import Redis
from redis.exceptions import RedisError

from connector import clock, logs, queues, settings
from connector.errors import ConnectorError, Temporary
from connector.settings import Settings
from connector.store import (
    attempts,
    budget_retention,
    intake,
    notice_hearts,
    prior_rows,
    run_log,
    schedule,
    send_steps,
    sends,
    travelled,
    undoing,
    upload_jobs,
    upload_schedule,
)
from connector.store.claims import Claim
from connector.store.database import Database
from connector.store.forgetting import forget_deleted

SIGNATURES_KEPT = 3_600_000
"""Milliseconds; a signed request is too old after five minutes."""

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Tick:
    settings: Settings
    database: Database
    redis: Redis

    def __call__(self) -> None:
        """One round. Trouble with one org or with Redis leaves the others and the next round alone."""
        self.show_life()
        self.begin_due_nights()
        self.begin_due_uploads()
        self.advance_sends()
        self.begin_tidying()
        self.revive_runs()
        travelled.forget_left_over(self.database)
        forget_deleted(self.database)
        self.forget_old_runs()
        self.forget_what_served()
        queues.clean(self.redis)

    def forget_old_runs(self) -> None:
        """Some of those that the run log keeps no longer; a long list goes in many rounds."""
        forgotten = run_log.forget_old(self.database, self.settings.run_log_days)
        if forgotten:
            _log.info("tick.old_runs_removed", runs=forgotten)

    def forget_what_served(self) -> None:
        """What rows said before a run that cannot be undone any more, and signatures that are stale by themselves."""
        now = clock.milliseconds(clock.now())
        with self.database.write() as connection:
            prior_rows.forget(connection, now - undoing.KEPT_FOR)
            intake.forget_signatures(connection, now - SIGNATURES_KEPT)

    def show_life(self) -> None:
        """Let the watch see that the tick goes on, and see that the watch does; the app shows who stands still."""
        with self.database.write() as connection:
            notice_hearts.beat(connection, notice_hearts.TICK)
            notice_hearts.expect(connection, notice_hearts.WATCH)
            if notice_hearts.WATCH in notice_hearts.silent(connection):
                _log.warning("tick.watch_stands_still")

    def begin_due_nights(self) -> None:
        with self.database.read() as connection:
            due = schedule.due_nights(connection)
        for night in due:
            try:
                claim = schedule.begin_night(self.database, night)
            except ConnectorError:
                _log.exception("tick.night_refused", org=night.org_id)
                continue
            if claim is not None:
                _log.info("tick.night_begun", org=night.org_id, run=claim.run_id)
                self._enqueue(claim)

    def begin_due_uploads(self) -> None:
        with self.database.read() as connection:
            due = upload_jobs.due(connection)
        for job in due:
            try:
                claim = upload_schedule.begin(self.database, job)
            except ConnectorError:
                _log.exception("tick.upload_refused", org=job.org_id, job=job.id)
                continue
            if claim is not None:
                _log.info("tick.upload_begun", org=job.org_id, job=job.id, run=claim.run_id)
                self._enqueue(claim)

    def begin_tidying(self) -> None:
        """Delete from Salesforce, once a day, what is kept no longer."""
        with self.database.read() as connection:
            found = budget_retention.due(connection)
        for due in found:
            for claim in budget_retention.begin(self.database, due):
                _log.info("tick.tidying_begun", org=due.org_id, run=claim.run_id)
                self._enqueue(claim)

    def advance_sends(self) -> None:
        """Refresh the groups of sends that are due, send those whose groups are fresh, give up those that cannot be."""
        with self.database.read() as connection:
            found = sends.unfinished(connection)
        for send in found:
            try:
                claims = send_steps.advance(self.database, send)
            except ConnectorError:
                _log.exception("tick.send_refused", org=send.org_id, send=send.id)
                continue
            for claim in claims:
                _log.info("tick.send_goes_on", org=send.org_id, send=send.id, run=claim.run_id)
                self._enqueue(claim)

    def revive_runs(self) -> None:
        """New attempts for runs whose job Redis forgot, whose worker died, or whose time to go on has come."""
        grace = timedelta(seconds=self.settings.tick_seconds)
        with self.database.read() as connection:
            found = attempts.waiting(connection, grace)
        patience = timedelta(seconds=self.settings.lease_seconds)
        for run in found:
            if run.queued and queues.known(self.redis, queues.run_job_id(run.run_id, run.attempts), patience):
                continue
            attempt = attempts.requeue(self.database, run)
            if attempt is not None:
                _log.warning("tick.run_revived", run=run.run_id, attempt=attempt, was=run.state)
                self._enqueue(Claim(run.run_id, attempt, fresh=True, kind=run.kind))
        attempts.give_up_on_the_deadly(self.database)

    def _enqueue(self, claim: Claim) -> None:
        job_id = queues.run_job_id(claim.run_id, claim.attempt)
        try:
            queues.enqueue(self.redis, queues.JOB_OF[claim.kind], claim.run_id, job_id=job_id)
        except Temporary:
            _log.warning("tick.queue_away", run=claim.run_id)  # a later round finds the run without its job


def main() -> None:
    config = settings.from_env()
    logs.configure(config.log_level, config.log_format)
    enough = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: enough.set())
    tick = Tick(config, Database(config.database_url), queues.connect(config.redis_url))
    while not enough.is_set():
        try:
            tick()
        except RedisError as trouble:
            _log.warning("tick.redis_away", why=type(trouble).__name__)
        except Exception:  # noqa: BLE001  # a database that is away for a moment must not end the clock
            _log.exception("tick.broke")
        enough.wait(config.tick_seconds)


if __name__ == "__main__":
    main()

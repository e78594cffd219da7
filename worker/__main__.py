"""`python -m worker`: takes jobs from the queues and does each in a process of its own."""

import argparse
from collections.abc import Sequence

from redis import Redis
from redis.exceptions import AuthenticationError, ConnectionError, TimeoutError  # noqa: A004  # redis has its own

from connector import logs, queues, settings
from connector.errors import ConnectorError, Misconfigured
from connector.settings import Settings
from worker.jobs import activity, uploads
from worker.stopping import NightWorker

PRELOADED = (activity, uploads)
"""Modules of jobs with everything they need: loaded once here, so that every fork has them for nothing."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Work until told to stop. Ends the process with one plain sentence when it cannot begin or loses Redis."""
    parser = argparse.ArgumentParser(prog="python -m worker", description=__doc__)
    parser.add_argument("--queues", nargs="+", default=list(queues.QUEUES), choices=queues.QUEUES, metavar="QUEUE")
    chosen: list[str] = parser.parse_args(arguments).queues
    try:
        config = settings.from_env()
        logs.configure(config.log_level, config.log_format)
        _work(config, _connect(config), chosen)
    except ConnectorError as error:
        raise SystemExit(f"worker: {error} {error.advice}".rstrip()) from None
    except AuthenticationError:
        raise SystemExit("worker: Redis refuses the user or password in REDIS_URL.") from None
    except (ConnectionError, TimeoutError):
        raise SystemExit("worker: the Redis of REDIS_URL cannot be reached: is it running there?") from None


def _connect(config: Settings) -> Redis:
    try:
        return queues.connect(config.redis_url)
    except ValueError:  # it repeats parts of the address, and one may be of the password
        raise Misconfigured("REDIS_URL must be redis://HOST:PORT/0, rediss://… or unix://PATH.") from None


def _work(config: Settings, connection: Redis, chosen: Sequence[str]) -> None:
    NightWorker(
        [queues.queue(connection, name) for name in chosen],
        connection=connection,
        serializer=queues.SERIALIZER,
        worker_ttl=30,
        job_monitoring_interval=5,
    ).work(logging_level=config.log_level.upper())


if __name__ == "__main__":
    main()

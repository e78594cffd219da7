"""`python -m worker`: takes jobs from the queues and does each in a process of its own."""

import argparse
from collections.abc import Sequence

from connector import logs, queues, settings
from worker.jobs import activity
from worker.stopping import NightWorker

PRELOADED = (activity,)
"""Modules of jobs with everything they need: loaded once here, so that every fork has them for nothing."""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m worker", description=__doc__)
    parser.add_argument("--queues", nargs="+", default=list(queues.QUEUES), choices=queues.QUEUES, metavar="QUEUE")
    chosen: list[str] = parser.parse_args(arguments).queues
    config = settings.from_env()
    logs.configure(config.log_level)
    connection = queues.connect(config.redis_url)
    NightWorker(
        [queues.queue(connection, name) for name in chosen],
        connection=connection,
        serializer=queues.SERIALIZER,
        worker_ttl=30,
        job_monitoring_interval=5,
    ).work(logging_level=config.log_level.upper())


if __name__ == "__main__":
    main()

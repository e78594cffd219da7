"""`python -m worker.watch`: sees what failed and what never ran, and has it told. A timer outside the schedule, so that
a tick that stands still is noticed, too. Safe to run twice."""

import signal
from collections.abc import Callable
from threading import Event, Thread

import structlog

from connector import bootstrap, logs, settings
from connector.bootstrap import Services
from connector.notices import deliver
from connector.notices.canary import Canary
from connector.notices.deliver import Outgoing
from connector.notices.look import look

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Watch:
    """Its three tasks, each at its own pace: a vendor or a mail server that is slow must not keep it from looking."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._canary = Canary(services.database, services.salesforce, services.realmagnet)

    def look(self) -> None:
        """See what is wrong."""
        look(self._services.database, self._services.settings)

    def deliver(self) -> None:
        """Tell what is due."""
        deliver.deliver_due(Outgoing(self._services.settings, self._services.database, self._services.vault))

    def try_connections(self) -> None:
        """See whether both vendors still let every org in."""
        self._canary()


def again_and_again(name: str, task: Callable[[], None], seconds: float, enough: Event) -> None:
    """Do a task every so many seconds until it is enough; what breaks is tried again the next time."""
    while not enough.is_set():
        try:
            task()
        except Exception:  # noqa: BLE001  # a database that is away for a moment must not end the watch
            _log.exception("watch.broke", task=name)
        enough.wait(seconds)


def main() -> None:
    config = settings.from_env()
    logs.configure(config.log_level, config.log_format)
    enough = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: enough.set())
    watch = Watch(bootstrap.services(config))
    beside = {"deliver": watch.deliver, "try_connections": watch.try_connections}
    for name, task in beside.items():
        pace = min(config.watch_seconds, 10.0)
        Thread(target=again_and_again, args=(name, task, pace, enough), name=name, daemon=True).start()
    again_and_again("look", watch.look, config.watch_seconds, enough)


if __name__ == "__main__":
    main()

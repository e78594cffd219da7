"""A process that has everything loaded and forks: what it starts is as real as any, only without seconds of imports.

It has one thread, and every child a connection: a request comes in, the number of the process goes out at once, and
what it ended with goes out when it has. It ends, and its children with it, when nobody holds the other end of its
standard input any more.
"""

import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import threading
from typing import Any, NoReturn

LOADED = (
    *("worker.__main__", "worker.tick", "connector.commands"),
    *("sandbox.salesforce.__main__", "sandbox.realmagnet.__main__", "tests.faults.fleet"),
    *("flask", "gunicorn.app.wsgiapp", "gunicorn.workers.gthread"),
    *("simple_salesforce", "connector.store.tables", "connector.bootstrap", "webapp", "tests.once"),
)
MAINS = ("worker.tick", "sandbox.salesforce.__main__", "sandbox.realmagnet.__main__")
"""Loaded for what they load: `python -m` begins each of them anew."""


class Zygote:
    """`serve` comes back in each child with what the child is to be, and in the zygote never."""

    def __init__(self, path: str) -> None:
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(64)
        self.children: dict[int, socket.socket] = {}
        self.woken, waker = socket.socketpair()
        for end in (self.woken, waker):
            end.setblocking(False)
        self.waker = waker
        self.ears = selectors.DefaultSelector()
        for end in (self.listener, self.woken, sys.stdin):
            self.ears.register(end, selectors.EVENT_READ)

    def serve(self) -> dict[str, Any]:
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(self.waker.fileno())
        while True:
            for key, _ in self.ears.select():
                if key.fileobj is sys.stdin:
                    self.end()
                if key.fileobj is self.woken:
                    self.woken.recv(4096)
                elif (wanted := self.fork()) is not None:
                    return wanted
            self.bury()

    def fork(self) -> dict[str, Any] | None:
        connection, _ = self.listener.accept()
        with connection.makefile() as lines:
            wanted = json.loads(lines.readline())
        assert threading.active_count() == 1, "whoever forks has one thread"
        child = os.fork()
        if child:
            self.children[child] = connection
            connection.sendall(f"{child}\n".encode())
            return None
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.ears.close()
        for end in (self.listener, self.woken, self.waker, connection, *self.children.values()):
            end.close()
        return wanted

    def end(self) -> NoReturn:
        """Whoever asked for the children is gone, so they go too."""
        for child in self.children:
            os.kill(child, signal.SIGKILL)
        os._exit(0)

    def bury(self) -> None:
        """Tell of each child that ended what it ended with; a signal counts as its negative."""
        while self.children:
            child, status = os.waitpid(-1, os.WNOHANG)
            if not child:
                return
            with self.children.pop(child) as connection:
                connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def become(wanted: dict[str, Any]) -> None:
    """What `python -m module …` is in a session of its own, or a program of ours that is written in Python."""
    os.setsid()
    output = os.open(wanted["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.close(nothing)
    os.close(output)
    os.chdir(wanted["folder"])
    os.environ.clear()
    os.environ.update(wanted["environ"])
    gc.enable()
    sys.argv = [wanted["name"], *wanted["arguments"]]
    if wanted["module"]:
        runpy.run_module(wanted["name"], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(wanted["name"], run_name="__main__")


def prepare() -> None:
    """What a stand-in of Salesforce works out at each start: its grammar, its package, the standard objects."""
    from sandbox.salesforce.catalog import shipped_components
    from sandbox.salesforce.org import SHIPPED
    from sandbox.salesforce.soql.parse import parse
    from sandbox.salesforce.standard import standard_objects

    parse("SELECT Id FROM Contact")
    shipped_components(SHIPPED)
    standard_objects()


def main() -> None:
    for name in LOADED:
        importlib.import_module(name)
    for name in MAINS:
        del sys.modules[name]
    prepare()
    zygote = Zygote(sys.argv[1])
    gc.disable()  # a collection would write to every page that the children share
    gc.freeze()
    become(zygote.serve())


if __name__ == "__main__":
    main()

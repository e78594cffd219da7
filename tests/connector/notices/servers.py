"""A mail server and a webhook's receiver, both real ones on this machine, as fixtures."""

import json
import socketserver
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest


@dataclass
class Mailbox:
    """What arrived at the mail server; `refuse` is what it says to the next mails instead."""

    port: int = 0
    refuse: str = ""
    mails: list[EmailMessage] = field(default_factory=list)

    @property
    def subjects(self) -> list[str]:
        return [str(mail["Subject"]).strip().removeprefix("Real Magnet for Salesforce: ") for mail in self.mails]


class Smtp(socketserver.StreamRequestHandler):
    """As much of SMTP as a mail needs."""

    box: Mailbox

    def handle(self) -> None:
        self.say("220 example.org")
        while line := self.rfile.readline().decode("ascii", "replace").strip().upper():
            match line.split(" ")[0].split(":")[0]:
                case "DATA":
                    self.say("354 go on")
                    self.take()
                case "RCPT" if self.box.refuse:
                    self.say(self.box.refuse)
                case "QUIT":
                    self.say("221 bye")
                    return
                case _:
                    self.say("250 ok")

    def take(self) -> None:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.box.mails.append(message_from_bytes(b"".join(lines), policy=policy.default))
        self.say("250 taken")

    def say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")


@dataclass
class Hook:
    """What arrived at the webhook; `answer` is the status and the words that it answers."""

    port: int = 0
    answer: tuple[int, str] = (200, "thanks")
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?for=us"

    @property
    def told(self) -> list[str]:
        return [json.loads(body)["headline"] for _, body in self.posts]


class Http(BaseHTTPRequestHandler):
    hook: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.hook.posts.append(({**self.headers, "path": self.path}, body))
        status, words = self.hook.answer
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()
        self.wfile.write(words.encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the library's name
        """Say nothing."""


class Servers(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that breaks off is no news here."""


@pytest.fixture(scope="session")
def open_servers() -> Generator[tuple[Mailbox, Hook]]:
    box, hook = Mailbox(), Hook()
    mails = Servers(("127.0.0.1", 0), type("Mails", (Smtp,), {"box": box}))
    posts = HTTPServer(("127.0.0.1", 0), type("Posts", (Http,), {"hook": hook}))
    box.port, hook.port = mails.server_address[1], posts.server_address[1]
    for server in (mails, posts):
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield box, hook
    for server in (mails, posts):
        server.shutdown()
        server.server_close()


@pytest.fixture
def mailbox(open_servers: tuple[Mailbox, Hook]) -> Mailbox:
    box = open_servers[0]
    box.mails.clear()
    box.refuse = ""
    return box


@pytest.fixture
def hook(open_servers: tuple[Mailbox, Hook]) -> Hook:
    found = open_servers[1]
    found.posts.clear()
    found.answer = (200, "thanks")
    return found

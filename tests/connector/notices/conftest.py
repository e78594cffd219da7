"""A store with one org that has a mailbox and a webhook; mail server and receiver are real ones."""

import json
import socketserver
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from connector.model.notices import Road, Wants
from connector.notices import deliver
from connector.notices.deliver import Outgoing
from connector.notices.look import look
from connector.settings import Settings
from connector.store import notice_addresses, orgs
from connector.store.database import Database
from connector.store.notice_addresses import Entered
from connector.store.vault import Vault
from tests.stores import empty_store


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
        while line := self.rfile.readline().decode().strip().upper():
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


@dataclass
class Place:
    """One org and everything that tells of it."""

    out: Outgoing
    org: int
    box: Mailbox
    hook: Hook

    @property
    def database(self) -> Database:
        return self.out.database

    def look(self) -> None:
        look(self.database, self.out.settings)

    def round(self) -> None:
        """What the watch does in one round, but for asking the vendors."""
        self.look()
        deliver.deliver_due(self.out)

    def run(self, statement: str, **values: Any) -> None:
        with self.database.write() as connection:
            connection.execute(text(statement), values)

    def rows(self, statement: str) -> list[Any]:
        with self.database.read() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    def want(self, wants: Wants) -> None:
        self.run("UPDATE notice_addresses SET wants = :wants", wants=str(wants))

    def told(self) -> list[str]:
        """The headlines of mails since the last time; the webhook was told the same."""
        subjects = self.box.subjects
        assert [words[:1].lower() + words[1:].rstrip(".") for words in self.hook.told] == subjects
        self.box.mails.clear()
        self.hook.posts.clear()
        return subjects


SECRET = "whsec-of-a-test"


@pytest.fixture
def place(tmp_path: Path, mailbox: Mailbox, hook: Hook) -> Generator[Place]:
    config = Settings(
        database_url=empty_store(tmp_path / "store.db"),
        secret_keys=(Fernet.generate_key().decode(),),
        smtp_host="127.0.0.1",
        smtp_port=mailbox.port,
        smtp_tls="none",
        smtp_sender="connector@example.org",
    )
    database, vault = Database(config.database_url), Vault(config.secret_keys)
    with database.write() as connection:
        org = orgs.create(connection, "00D000000000001EAA", "Association of Examples", "sealed")
        sealed = vault.seal(str(org), deliver.SECRET, SECRET)
        notice_addresses.add(connection, org, 1, Entered(Road.MAIL, "admin@example.org", Wants.ERRORS))
        notice_addresses.add(connection, org, 1, Entered(Road.WEBHOOK, hook.url, Wants.ERRORS, sealed))
    yield Place(Outgoing(config, database, vault), org, mailbox, hook)
    database.dispose()

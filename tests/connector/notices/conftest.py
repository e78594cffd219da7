"""A store with one org that has a mailbox and a webhook."""

from collections.abc import Generator
from dataclasses import dataclass
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
from tests.connector.notices.servers import Hook, Mailbox
from tests.stores import empty_store


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
        assert [words.rstrip(".") for words in self.hook.told] == subjects
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

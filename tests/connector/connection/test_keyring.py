"""After a rotation the newest key alone opens every stored secret, and nothing else of a row has moved."""

import json
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, text

from connector.commands import main
from connector.connection.keyring import SEALED
from connector.errors import Misconfigured
from connector.store import handovers, intake, notices, orgs, setups, users
from connector.store.database import Database
from connector.store.vault import Vault

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
SECRET = "planted-secret"  # a word to look for, no credential


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """One secret of each sort, all sealed with the old key."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/real-magnet.db")
    monkeypatch.setenv("SECRET_KEYS", OLD)
    assert main(["migrate"]) == 0
    database, vault = Database(f"sqlite:///{tmp_path}/real-magnet.db"), Vault((OLD,))

    def sealed(column: str) -> str:
        return vault.seal("somebody", column, SECRET)

    with database.write() as connection:
        org = orgs.create(connection, "00D000000000001AAA", "Example", sealed("consumer_secret"))
        who = users.welcome(connection, org, users.Identity("005000000000001AAA", "Ada", "en_US", "UTC"))
        users.open_session(connection, who, users.NewSession("h" * 64, "https://x.example", sealed("access_token"), 60))
        handovers.begin(connection, handovers.Asked(org, "connect", sealed("draft")))
        setups.issue(connection)
        setups.enter(connection, 1, "key", sealed("consumer_secret"))
        connection.execute(
            orgs.salesforce_connections.insert().values(
                org_id=org,
                kind="jwt",
                login_url="https://x.example",
                instance_url="https://x.example",
                secrets=sealed("secrets"),
                access_token=sealed("access_token"),
            )
        )
        connection.execute(
            orgs.realmagnet_connections.insert().values(org_id=org, username="ada", password=sealed("password"))
        )
        connection.execute(
            notices.notice_addresses.insert().values(
                org_id=org, road="webhook", address="x", wants="errors", secret=sealed("secret"), created_at=0
            )
        )
        connection.execute(
            intake.intake_keys.insert().values(
                org_id=org, public_id="x", name="x", hash="x", secret=sealed("secret"), created_at=0
            )
        )
    return database


def test_the_newest_key_alone_opens_every_secret_afterwards(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SECRET_KEYS", f"{NEW},{OLD}")
    assert main(["rotate-keys"]) == 0
    assert capsys.readouterr().out.startswith(f"{len(SEALED)} stored secrets are sealed")
    alone = Vault((NEW,))
    with database.read() as connection:
        for table, column in SEALED:
            kept = connection.execute(select(table.c[column])).scalar_one()
            assert alone.open("somebody", column, kept) == SECRET


def test_a_key_that_is_missing_stops_it_and_nothing_is_lost(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SECRET_KEYS", NEW)
    assert main(["rotate-keys"]) == 1
    assert "opens with none of SECRET_KEYS" in capsys.readouterr().err
    with database.read() as connection:
        kept = connection.execute(select(orgs.orgs.c.consumer_secret)).scalar_one()
    assert Vault((OLD,)).open("somebody", "consumer_secret", kept) == SECRET


def test_no_sealed_column_is_forgotten(database: Database) -> None:
    """Whatever in the database opens with the vault's key stands in the list that is rotated."""
    named = {(table.name, column) for table, column in SEALED}
    found: set[tuple[str, str]] = set()
    with database.read() as connection:
        for (table,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')).mappings():  # noqa: S608  # its own names
                found |= {(table, name) for name, value in row.items() if _opens(value)}
    assert found == named


def _opens(value: object) -> bool:
    try:
        return json.loads(Fernet(OLD).decrypt(str(value)))[2] == SECRET
    except Exception:  # noqa: BLE001  # whatever it is, it was not sealed
        return False


def test_an_unknown_secret_is_told_in_words() -> None:
    with pytest.raises(Misconfigured, match="opens with none"):
        Vault((NEW,)).rotate(Vault((OLD,)).seal("a", "b", "c"))

"""What an operator mistypes is one plain sentence, and nothing of it is written."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from connector.commands import given, main, troubles
from connector.store.database import Database
from tests.stores import migrated_store

RSA = rsa.generate_private_key(65537, 2048)
WAYS = {
    "client_credentials": {"--client-id": "key", "--client-secret-file": "secret"},
    "refresh_token": {"--client-id": "key", "--client-secret-file": "secret", "--refresh-token-file": "secret"},
    "jwt": {"--client-id": "key", "--username": "user@example.org", "--private-key-file": "pem"},
    "password": {"--username": "user@example.org", "--password-file": "secret"},
}


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, locked: KeySerializationEncryption | None = None) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked or NoEncryption())


BAD_KEYS = {
    "words": b"not a key",
    "torn": b"-----BEGIN PRIVATE KEY-----\nnot a real one\n-----END PRIVATE KEY-----",
    "locked": pem(RSA, BestAvailableEncryption(b"passphrase")),
    "public": RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    "elliptic": pem(ec.generate_private_key(ec.SECP256R1())),
}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty installation, and the files that a command reads."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/real-magnet.db")
    monkeypatch.setenv("SECRET_KEYS", Fernet.generate_key().decode())
    monkeypatch.setenv("PUBLIC_URL", "https://real-magnet.example.org/")
    monkeypatch.delenv("SALESFORCE_HOSTS", raising=False)
    monkeypatch.chdir(tmp_path)
    Path("secret").write_text("the-secret\n")
    Path("pem").write_bytes(pem(RSA))
    migrated_store(tmp_path / "real-magnet.db")
    return tmp_path


def create(kind: str = "client_credentials", **changes: str | None) -> int:
    """`org create` with some options changed (`client_id` for --client-id) or, with None, left out."""
    options: dict[str, str | None] = {
        "--salesforce-id": "00D000000000001EAA",
        "--name": "Association of Examples",
        "--consumer-secret-file": "secret",
        "--instance-url": "https://example.my.salesforce.com",
        "--realmagnet-username": "nightly",
        "--realmagnet-password-file": "secret",
        "--kind": kind,
        **WAYS[kind],
        **{f"--{name.replace('_', '-')}": value for name, value in changes.items()},
    }
    return main(
        ["org", "create", *(word for name, value in options.items() if value is not None for word in (name, value))]
    )


def rows(query: str) -> Sequence[Sequence[object]]:
    database = Database(os.environ["DATABASE_URL"])
    with database.read() as connection:
        found = [tuple(row) for row in connection.execute(text(query))]
    database.dispose()
    return found


def refusal(capsys: pytest.CaptureFixture[str], status: int) -> str:
    """The one line of a command that refused, once nothing was written."""
    said = capsys.readouterr()
    assert status == 1
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert said.err.startswith("real-magnet: ")
    assert rows("SELECT * FROM orgs") == rows("SELECT * FROM salesforce_connections") == []
    return said.err


@pytest.mark.parametrize("kind", WAYS)
def test_a_complete_command_connects_and_says_what_comes_next(
    kind: str, installed: Path, capsys: pytest.CaptureFixture[str]
):
    assert create(kind) == 0
    said = capsys.readouterr().out
    assert "Canvas address: https://real-magnet.example.org/canvas/00D000000000001EAA\n" in said
    assert "The connections have not been tried yet: Connection in the Real Magnet tab does" in said


@pytest.mark.parametrize(
    ("kind", "option"),
    [
        ("client_credentials", "consumer_secret_file"),
        ("client_credentials", "realmagnet_password_file"),
        *((kind, name[2:].replace("-", "_")) for kind, way in WAYS.items() for name in way if name.endswith("-file")),
    ],
)
@pytest.mark.parametrize(
    "trouble",
    [(b"", "is empty"), (b" \n", "is empty"), ("geheim-ü".encode("latin-1"), "UTF-8"), (None, "cannot be read")],
)
def test_a_file_without_a_secret_is_refused(
    kind: str, option: str, trouble: tuple[bytes | None, str], installed: Path, capsys: pytest.CaptureFixture[str]
):
    contents, why = trouble
    if contents is not None:
        Path("bad").write_bytes(contents)
    said = refusal(capsys, create(kind, **{option: "bad"}))
    assert "bad " in said
    assert why in said


def test_the_mark_that_some_editors_put_before_a_text_is_no_part_of_the_secret(installed: Path):
    for name, contents in (("plain", b"user"), ("marked", b"\xef\xbb\xbfuser\r\n")):
        Path(name).write_bytes(contents)
    assert given.secret(Path("marked")) == given.secret(Path("plain")) == "user"


@pytest.mark.parametrize("option", ["instance_url", "login_url"])
@pytest.mark.parametrize(
    "address",
    [
        "example.my.salesforce.com",
        "http://example.my.salesforce.com",
        "https://example.org",
        "https://example.my.salesforce.com.example.org",
        "https://user:word@example.my.salesforce.com",
        "ftp://localhost",
        "http://localhost:8001",
        "https://[broken",
        "example",
    ],
)
def test_an_address_that_is_not_of_salesforce_is_refused(
    option: str, address: str, installed: Path, capsys: pytest.CaptureFixture[str]
):
    said = refusal(capsys, create(**{option: address}))
    assert f"--{option.replace('_', '-')} must be an address such as https://" in said


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("https://example.my.salesforce.com/", "https://example.my.salesforce.com"),
        ("https://example.my.site.com/members/", "https://example.my.site.com/members"),
    ],
)
def test_an_address_of_salesforce_is_stored(given: str, stored: str, installed: Path):
    assert create(login_url=given) == 0
    assert rows("SELECT login_url, instance_url FROM salesforce_connections") == [
        (stored, "https://example.my.salesforce.com")
    ]


@pytest.mark.parametrize(
    ("kind", "option"),
    [(kind, option) for kind, way in WAYS.items() for option in way],
)
def test_each_way_of_connecting_says_what_it_lacks(
    kind: str, option: str, installed: Path, capsys: pytest.CaptureFixture[str]
):
    said = refusal(capsys, create(kind, **{option[2:].replace("-", "_"): None}))
    assert f"{option} is needed for --kind {kind}." in said


@pytest.mark.parametrize("name", BAD_KEYS)
def test_a_key_that_cannot_sign_is_refused(name: str, installed: Path, capsys: pytest.CaptureFixture[str]):
    Path("bad").write_bytes(BAD_KEYS[name])
    assert "bad must be the private RSA key" in refusal(capsys, create("jwt", private_key_file="bad"))


@pytest.mark.parametrize(
    ("salesforce_id", "why"),
    [
        ("00D000000000001EAB", "mistyped"),
        ("00D000000000002AAA", "mistyped"),
        ("00D00000000000-EAA", "mistyped"),
        ("00D00000000000-", "15 or 18"),
        ("003000000000001AAA", "15 or 18"),
        ("00d000000000001", "15 or 18"),
        ("00D", "15 or 18"),
    ],
)
def test_a_mistyped_id_is_refused(salesforce_id: str, why: str, installed: Path, capsys: pytest.CaptureFixture[str]):
    assert why in refusal(capsys, create(salesforce_id=salesforce_id))


@pytest.mark.parametrize("salesforce_id", ["00D000000000001", "00D000000000001EAA", "00d000000000001eaa"])
def test_one_organization_has_one_id_however_it_is_written(salesforce_id: str, installed: Path):
    assert create(salesforce_id=salesforce_id) == 0
    assert rows("SELECT salesforce_id FROM orgs") == [("00D000000000001EAA",)]


def test_an_unknown_zone_is_refused(installed: Path, capsys: pytest.CaptureFixture[str]):
    assert "Mars/Olympus" in refusal(capsys, create(zone="Mars/Olympus"))


def sentence(capsys: pytest.CaptureFixture[str], words: Sequence[str]) -> str:
    assert main(words) == 1
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert "word" not in said.lower().replace("password", "")
    return said


def test_a_database_without_tables_is_said_with_the_remedy(
    installed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{installed}/other.db")
    assert "run `real-magnet migrate` first" in sentence(capsys, ["org", "list"])
    assert create() == 1
    assert "run `real-magnet migrate` first" in capsys.readouterr().err


@pytest.mark.postgres
def test_a_postgresql_without_tables_is_said_with_the_remedy(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    database = Database(postgres_url)
    with database.write() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    database.dispose()
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    assert main(["org", "list"]) == 1
    assert "run `real-magnet migrate` first" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("postgresql://app:s3cret-word@127.0.0.1:1/db", "cannot be used: connection failed"),
        ("postgresql://app:s3cret@word@127.0.0.1:1/db", "cannot be used: failed to resolve host"),
        ("mysql://app:s3cret-word@127.0.0.1/db", "must be postgresql://"),
        ("unheard://app:s3cret-word@127.0.0.1/db", "must be postgresql://"),
        ("postgresql://app@127.0.0.1:s3cret-word/db", "must be postgresql://"),
        ("s3cret-word", "must be postgresql://"),
        ("sqlite:////dev/null/s3cret-word/x.db", "cannot be used: "),
        ("sqlite:////dev", "cannot be used: "),
    ],
)
@pytest.mark.parametrize("words", [["org", "list"], ["migrate"]])
def test_a_database_that_is_not_there_is_one_sentence_without_a_password(
    url: str, why: str, words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("DATABASE_URL", url)
    said = sentence(capsys, words)
    assert why in said
    assert "s3cret" not in said


def test_a_mistake_of_ours_is_not_hidden(installed: Path):
    wrong = ProgrammingError("SELECT", None, Exception("syntax error at or near"))
    assert troubles.explained(wrong) is None
    database = Database(os.environ["DATABASE_URL"])
    with database.read() as connection, pytest.raises(Exception, match="syntax error") as caught:
        connection.execute(text("SELEC"))
    database.dispose()
    assert troubles.explained(caught.value) is None


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("REDIS_URL", "redis://:s3cret-word@127.0.0.1:1/0", "REDIS_URL cannot be reached"),
        ("REDIS_URL", "unheard://:s3cret-word@127.0.0.1", "REDIS_URL must be"),
        ("REDIS_URL", "redis://:s3cret/word@127.0.0.1", "REDIS_URL must be"),
        ("TICK_SECONDS", "soon", "TICK_SECONDS must be a number"),
    ],
)
def test_a_worker_that_cannot_begin_says_why_in_one_sentence(name: str, value: str, why: str):
    done = subprocess.run(
        [sys.executable, "-m", "worker"],
        env={**os.environ, name: value},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert why in done.stderr
    assert "Traceback" not in done.stderr
    assert "s3cret" not in done.stdout + done.stderr


def test_an_invitation_is_a_code_and_the_address_where_it_is_entered(
    installed: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["org", "invite"]) == 0
    said = capsys.readouterr().out
    code = re.search(r"^Set-up code: ((?:[A-Z2-9]{4}-){2}[A-Z2-9]{4})$", said, re.MULTILINE)
    assert code is not None
    assert "https://real-magnet.example.org/set-up\n" in said
    assert "works once, within 24 hours" in said
    assert code[1] not in str(rows("SELECT * FROM setups"))
    assert rows("SELECT only_for FROM setups") == [("",)]


def test_an_invitation_can_be_made_out_to_one_organization(installed: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["org", "invite", "--salesforce-id", "00D000000000001"]) == 0
    assert "Only 00D000000000001EAA takes it" in capsys.readouterr().out
    assert rows("SELECT only_for FROM setups") == [("00D000000000001EAA",)]
    assert main(["org", "invite", "--salesforce-id", "00D000000000001EAB"]) == 1

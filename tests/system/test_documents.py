"""What the documents tell an operator is so: tables, states, and the commands of the first installation."""

import re
import shlex
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from connector import bootstrap, settings
from connector.commands import main
from connector.model.runs import RunState, Trigger
from connector.store import tables
from connector.store.database import Database
from tests.stores import migrated_store
from tests.system.tree import parsed, read

PEM = (
    rsa.generate_private_key(65537, 2048)
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode()
    .strip()
)
WAYS = re.findall(
    r"^\| `(client_credentials|jwt|refresh_token|password)` \| (.+?) \|", read("docs/first-steps.md"), re.MULTILINE
)


def test_every_table_is_explained():
    page = read("docs/architecture.md")
    assert [name for name in tables.ALL if f"`{name}`" not in page] == []


def test_every_ending_and_trigger_of_a_run_is_explained():
    page = read("docs/jobs.md")
    assert [word for word in (*RunState, *Trigger) if f"*{word}*" not in page and word != RunState.RUNNING] == []


def test_every_package_is_in_the_map_of_the_architecture():
    page = read("docs/architecture.md")
    packages = {name.split("/")[0] for name, _ in parsed()}
    inside = {name.split("/")[1].removesuffix(".py") for name, _ in parsed() if name.startswith("connector/")}
    assert [name for name in packages if f"`{name}/`" not in page] == []
    assert [name for name in inside - {"__init__", "commands"} if not re.search(rf"\b{name}\b", page)] == []


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty installation, in a folder with the files that the documented command reads."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/real-magnet.db")
    monkeypatch.setenv("SECRET_KEYS", Fernet.generate_key().decode())
    monkeypatch.setenv("PUBLIC_URL", "https://real-magnet.example.org")
    monkeypatch.chdir(tmp_path)
    for name in ("consumer-secret", "realmagnet-password", "FILE"):
        Path(name).write_text(f"the-{name}\n")
    Path("PEM").write_text(PEM)
    migrated_store(tmp_path / "real-magnet.db")
    return tmp_path


def documented(further: str) -> list[str]:
    """The words of `org create`, as the document gives them, for one way of connecting."""
    block = re.search(r"real-magnet (org create .+?) \\\n(.+?)--kind KIND", read("docs/first-steps.md"), re.DOTALL)
    assert block is not None
    words = shlex.split(f"{block[1]} {block[2]}".replace("\\\n", " "))
    options = re.findall(r"`([^`]+)`", further.split("(", maxsplit=1)[0])
    return [*words, *(word for option in options for word in shlex.split(option))]


def test_all_four_ways_are_documented():
    assert {kind for kind, _ in WAYS} == {"client_credentials", "jwt", "refresh_token", "password"}


@pytest.mark.parametrize(("kind", "further"), WAYS)
def test_the_documented_command_connects_an_org(
    kind: str, further: str, installed: Path, capsys: pytest.CaptureFixture[str]
):
    assert main([*documented(further), "--kind", kind]) == 0, capsys.readouterr().err
    assert "https://real-magnet.example.org/canvas/00D000000000001EAA" in capsys.readouterr().out
    found = settings.from_env()
    database = Database(found.database_url)
    connection = bootstrap.OrgTokens(database, bootstrap.services(found).vault, 1).load()
    database.dispose()
    assert connection.kind == kind
    assert connection.instance_url == "https://example.my.salesforce.com"
    secrets = {
        "client_credentials": (connection.client_secret,),
        "jwt": (connection.private_key,),
        "refresh_token": (connection.client_secret, connection.refresh_token),
        "password": (connection.password,),
    }[kind]
    assert set(secrets) == {PEM if kind == "jwt" else "the-FILE"}
    stored = b"".join(path.read_bytes() for path in installed.glob("real-magnet.db*"))
    assert b"Association of Examples" in stored
    assert b"the-FILE" not in stored
    assert b"the-consumer-secret" not in stored


def test_connecting_again_replaces_and_keeps_the_org(installed: Path, capsys: pytest.CaptureFixture[str]):
    for kind, further in WAYS:
        assert main([*documented(further), "--kind", kind]) == 0
    capsys.readouterr()
    assert main(["org", "list"]) == 0
    assert capsys.readouterr().out.splitlines() == ["1\t00D000000000001EAA\tAssociation of Examples"]


def test_a_missing_secret_is_one_plain_sentence(installed: Path, capsys: pytest.CaptureFixture[str]):
    assert main([*documented("`--client-id KEY --username USER`"), "--kind", "jwt"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("real-magnet: --private-key-file is needed for --kind jwt.")
    assert len(said.splitlines()) == 1


def test_the_key_that_is_made_is_taken(
    installed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert main(["key"]) == 0
    monkeypatch.setenv("SECRET_KEYS", capsys.readouterr().out.strip())
    kind, further = WAYS[0]
    assert main([*documented(further), "--kind", kind]) == 0

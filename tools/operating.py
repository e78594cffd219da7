"""What the demo's operator does with `real-magnet …`: runs commands, connects an organization, invites one."""

import json
import os
import sys
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools.processes import Processes

CONSUMER_KEY = "3MVG9sandboxConsumerKey"
CONSUMER_SECRET = "4815162342108SANDBOX"
"""What the Salesforce stand-in knows us by, unless it is a bare one; they guard nothing."""


@dataclass(frozen=True)
class Vendors:
    """Where Salesforce is, and the login of Real Magnet."""

    salesforce_url: str
    username: str
    password: str = field(repr=False)


def command(processes: Processes, environ: Mapping[str, str], *arguments: str) -> Path:
    """`real-magnet …` as an operator types it; the file with what it said.

    Raises `RuntimeError` with that when it fails.
    """
    program = Path(sys.executable).with_name("real-magnet")
    process = processes.run(f"real-magnet-{arguments[0]}", [str(program), *arguments], environ)
    failed = process.popen.wait()
    processes.running.remove(process)
    if failed:
        raise RuntimeError(f"real-magnet {arguments[0]} failed:\n{process.last_words()}")
    return process.log


def invitation(processes: Processes, environ: Mapping[str, str]) -> str:
    """A fresh set-up code. A terminal keeps nothing of it, so no file does either."""
    said = command(processes, environ, "org", "invite")
    words = said.read_text()
    said.unlink()
    return words.rpartition("Set-up code:")[2].split()[0]


def connect(
    vendors: Vendors, folder: Path, processes: Processes, environ: Mapping[str, str], storage: str = "history"
) -> None:
    """Make the demo's org by the documented command: at first, and when Salesforce moved to another port."""
    secret = private_file(folder / "consumer-secret", CONSUMER_SECRET)
    password = private_file(folder / "realmagnet-password", vendors.password)
    try:
        command(
            processes,
            environ,
            *("org", "create", "--salesforce-id", _salesforce_id(vendors), "--name", "Association of Examples"),
            *("--zone", "America/New_York", "--storage", storage),
            *("--consumer-secret-file", str(secret), "--login-url", vendors.salesforce_url),
            *("--instance-url", vendors.salesforce_url, "--kind", "client_credentials"),
            *("--client-id", CONSUMER_KEY, "--client-secret-file", str(secret)),
            *("--realmagnet-username", vendors.username, "--realmagnet-password-file", str(password)),
        )
    finally:
        secret.unlink()
        password.unlink()


def private_file(path: Path, content: str) -> Path:
    """A file that nobody else on this machine may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(content)
    return path


def _salesforce_id(vendors: Vendors) -> str:
    """The organization's id, read from the identity address that comes with a token."""
    form = {"grant_type": "client_credentials", "client_id": CONSUMER_KEY, "client_secret": CONSUMER_SECRET}
    data = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(f"{vendors.salesforce_url}/services/oauth2/token", data, timeout=10) as answer:  # noqa: S310  # a loopback address of our own
        return str(json.load(answer)["id"]).rsplit("/", 2)[1]

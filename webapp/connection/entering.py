"""Reads what was entered to connect Salesforce: every mistake in words beside its field. Knows no request."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connector.connection import ways
from connector.errors import Misconfigured
from connector.model.connection import Way
from connector.salesforce.tokens import Connection
from connector.settings import Settings

LONGEST = 255
LONGEST_KEY = 16_000

DOMAIN = (
    "This is no address of a Salesforce organization. Enter your My Domain, such as example.my.salesforce.com; "
    "Salesforce shows it in Setup → My Domain."
)
KEY = "This is not a private RSA key in PEM form without a passphrase. It begins with “-----BEGIN PRIVATE KEY-----”."
ASKED = {
    "my_domain": "Enter your My Domain, such as example.my.salesforce.com.",
    "client_id": "Enter the consumer key of the app Real Magnet.",
    "client_secret": "Enter the consumer secret of the app Real Magnet.",
    "username": "Enter the user name of the Salesforce user whom Real Magnet works as.",
    "password": "Enter the password.",
    "private_key": "Paste the private key.",
}
"""What is said beside a field that was left empty."""

NEEDED = {
    Way.WEB: ("my_domain", "client_id", "client_secret"),
    Way.JWT: ("my_domain", "client_id", "username", "private_key"),
    Way.CLIENT_CREDENTIALS: ("my_domain", "client_id", "client_secret"),
    Way.PASSWORD: ("my_domain", "username", "password"),
}


@dataclass(frozen=True)
class Entered:
    """What was entered for one way, and what is wrong with which field. Secrets never go back to the page."""

    way: Way
    my_domain: str = ""
    client_id: str = ""
    username: str = field(default="", repr=False)
    secrets: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    problems: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of this way, in order."""
        return NEEDED[self.way]

    @property
    def client_secret(self) -> str:
        """The consumer secret."""
        return self.secrets.get("client_secret", "")

    @property
    def public_key(self) -> str:
        """The public half of the private key, to be held against the app's certificate; empty where there is none."""
        return _public(self.secrets.get("private_key", "")) if self.way is Way.JWT else ""

    @property
    def connection(self) -> Connection:
        """The connection that this would be."""
        return Connection(
            kind=str(self.way),
            login_url=self.my_domain,
            client_id=self.client_id,
            username=self.username,
            client_secret=self.client_secret,
            password=self.secrets.get("password", "") + self.secrets.get("security_token", ""),
            private_key=self.secrets.get("private_key", ""),
        )


def read(way: Way, form: Mapping[str, str], settings: Settings) -> Entered:
    """What was entered, My Domain in its own spelling."""
    values = {name: form.get(name, "").strip() for name in ("my_domain", "client_id", "username", "client_secret")}
    values |= {name: form.get(name, "") for name in ("password", "security_token", "private_key")}
    problems = {name: ASKED[name] for name in NEEDED[way] if not values[name]}
    problems |= {
        name: "This is too long."
        for name, value in values.items()
        if len(value) > (LONGEST_KEY if name == "private_key" else LONGEST)
    }
    if "my_domain" not in problems:
        try:
            values["my_domain"] = ways.my_domain(values["my_domain"], settings)
        except Misconfigured:
            problems["my_domain"] = DOMAIN
    if way is Way.JWT and "private_key" not in problems and not _public(values["private_key"]):
        problems["private_key"] = KEY
    secrets = {name: values[name] for name in ("client_secret", "password", "security_token", "private_key")}
    return Entered(way, values["my_domain"], values["client_id"], values["username"], secrets, problems)


def _public(private_key: str) -> str:
    """The public key in PEM form; empty when it is no private RSA key that can sign."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from joserfc.errors import JoseError
    from joserfc.jwk import RSAKey

    try:
        key = RSAKey.import_key(private_key)
        return key.as_pem(private=False).decode() if key.is_private else ""
    except (JoseError, UnsupportedAlgorithm, ValueError, TypeError):
        return ""

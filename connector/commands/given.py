"""What an operator gives to a command, held against what can work, before anything of it is written."""

from pathlib import Path
from urllib.parse import urlsplit

from connector.errors import Misconfigured
from connector.model.people import id18
from connector.salesforce.transport import origin
from connector.settings import Settings

_SHORT, _LONG = 15, 18


def organization_id(text: str) -> str:
    """The 18 characters of an organization's id. Raises `Misconfigured` for anything else, wrong check letters too."""
    text = text.strip()
    found = id18(text)
    prefix = text[:3] if len(text) == _SHORT else text[:3].upper()  # check letters mend what a program changed in case
    if len(found) != _LONG or prefix != "00D":
        raise Misconfigured("--salesforce-id must be an organization id: 15 or 18 characters that begin with 00D.")
    if id18(found[:_SHORT]) != found or not found.startswith("00D"):
        raise Misconfigured(
            "--salesforce-id is mistyped: its last three characters do not fit the others; copy it from Setup again."
        )
    return found


def address(option: str, text: str, settings: Settings) -> str:
    """An address of Salesforce without its last slash, query and fragment; raises `Misconfigured` for any other."""
    try:
        root = origin(text.strip(), settings)
    except Misconfigured:
        raise Misconfigured(
            f"{option} must be an address such as https://YOUR-DOMAIN.my.salesforce.com: with its https://, "
            "and a host that SALESFORCE_HOSTS allows."
        ) from None
    return root + urlsplit(text.strip()).path.rstrip("/")


def secret(path: Path) -> str:
    """What a file holds, without outer spaces. Raises `Misconfigured` for one without a word, or that is no text."""
    try:
        found = path.read_text(encoding="utf-8-sig").strip()
    except UnicodeDecodeError:
        raise Misconfigured(f"{path} is not text in UTF-8: save it as such.") from None
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}.") from error
    if not found:
        raise Misconfigured(f"{path} is empty: it must hold the secret.")
    return found


def private_key(path: Path) -> str:
    """The PEM of an RSA key that can sign. Raises `Misconfigured` for anything else, an encrypted one too."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from joserfc.errors import JoseError
    from joserfc.jwk import RSAKey

    found = secret(path)
    try:
        signs = RSAKey.import_key(found).is_private
    except (JoseError, UnsupportedAlgorithm, ValueError, TypeError):  # TypeError: it wants a passphrase
        signs = False
    if not signs:
        raise Misconfigured(f"{path} must be the private RSA key of the certificate, as PEM and without a passphrase.")
    return found

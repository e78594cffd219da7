"""Secrets at rest: encrypted with a ring of keys, bound to the org and the field that they belong to."""

import json

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from connector.errors import Misconfigured


class Vault:
    """Seals and opens secrets. The newest key encrypts; every key of the ring still decrypts."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        if not keys:
            raise Misconfigured("SECRET_KEYS is empty: make one with `real-magnet key` and set it.")
        try:
            self._ring = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise Misconfigured("SECRET_KEYS holds something that is not a Fernet key.") from error

    def seal(self, owner: str, field: str, secret: str) -> str:
        """Encrypt. `owner` and `field` go inside, so that a secret copied to another row does not open there."""
        return self._ring.encrypt(json.dumps([owner, field, secret]).encode()).decode()

    def open(self, owner: str, field: str, sealed: str) -> str:
        """Decrypt. Raises `Misconfigured` when no key fits or the secret belongs elsewhere."""
        try:
            found_owner, found_field, secret = json.loads(self._ring.decrypt(sealed))
        except InvalidToken as error:
            raise Misconfigured("A stored secret opens with none of SECRET_KEYS.") from error
        if (found_owner, found_field) != (owner, field):
            raise Misconfigured("A stored secret belongs to another row.")
        return str(secret)

    def rotate(self, sealed: str) -> str:
        """The same secret under the newest key. Raises `Misconfigured` when no key fits."""
        try:
            return self._ring.rotate(sealed).decode()
        except InvalidToken as error:
            raise Misconfigured("A stored secret opens with none of SECRET_KEYS.") from error

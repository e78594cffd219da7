"""The org's signing key for id tokens, and the check of assertions that a connected app signed."""

import time
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from sandbox.salesforce.deploy.app_registry import App
from sandbox.salesforce.gate import Backstage
from sandbox.salesforce.oauth.faults import OAuthError
from sandbox.salesforce.oauth.security import clock_skew

_LONGEST_LIFE = 180
_LEEWAY = 5
LOGIN_HOSTS = ("https://login.salesforce.com", "https://test.salesforce.com")


def signing_key(stage: Backstage) -> RSAKey:
    """Made at first use and kept with the org's data."""
    kept = stage.org.setting("signing_key", "")
    if kept:
        return RSAKey.import_key(kept, {"kid": "sandbox"})
    key = RSAKey.generate_key(2048, {"kid": "sandbox"})
    stage.org.set_setting("signing_key", key.as_pem(private=True).decode())
    return key


def sign_id_token(stage: Backstage, claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": "sandbox"}, claims, signing_key(stage))


def _public_key(pem: str) -> RSAKey:
    if "BEGIN CERTIFICATE" in pem:
        key = load_pem_x509_certificate(pem.encode()).public_key()
        pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return RSAKey.import_key(pem)


def read_certificate(pem: str) -> str:
    """A certificate or public key as an admin uploads it. Raises ValueError for anything else."""
    try:
        _public_key(pem)
    except (JoseError, ValueError, TypeError):
        raise ValueError("That is no PEM certificate with an RSA key.") from None
    return pem


def read_assertion(stage: Backstage, app: App, assertion: str) -> dict[str, Any]:
    """The claims of a JWT bearer assertion. Raises OAuthError.

    Times are real time, not the org's moved clock: the caller signs by its own watch; a skew between the two is a
    setting of the org.
    """
    if app.certificate is None:
        raise OAuthError("invalid_grant", "invalid assertion")
    try:
        claims = jwt.decode(assertion, _public_key(app.certificate), algorithms=["RS256"]).claims
        expires = float(claims.get("exp", 0))
    except (JoseError, ValueError, TypeError):
        raise OAuthError("invalid_grant", "invalid assertion") from None
    left = expires - time.time() - clock_skew(stage.org)
    if left <= -_LEEWAY or left > _LONGEST_LIFE + _LEEWAY:
        raise OAuthError("invalid_grant", "invalid assertion")  # assumed: text for a wrong exp
    if claims.get("aud") not in (*LOGIN_HOSTS, stage.options.instance_url):
        raise OAuthError("invalid_grant", "Audience validation failed")
    return claims

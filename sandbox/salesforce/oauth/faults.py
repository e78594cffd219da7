"""The refusals of the OAuth endpoints, and the proof that the calling app is the one that is installed."""

import base64
import binascii
import hmac

from flask import Response, request

from sandbox.salesforce.deploy.app_registry import App
from sandbox.salesforce.gate import answer


class OAuthError(Exception):
    """``{"error", "error_description"}`` with status 400 unless told otherwise."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.status = status


def refuse_oauth(error: OAuthError) -> Response:
    response = answer({"error": error.error, "error_description": error.description}, error.status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _credentials() -> tuple[str, str]:
    header = request.headers.get("Authorization", "")
    if header.startswith("Basic "):
        try:
            client_id, _, secret = base64.b64decode(header[6:], validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise OAuthError("invalid_client", "invalid client credentials") from None
        return client_id, secret
    return request.form.get("client_id", ""), request.form.get("client_secret", "")


def check_client(app: App, client_id: str) -> None:
    """Raises OAuthError unless it is the app's own consumer key."""
    if not client_id or client_id != app.consumer_key:
        raise OAuthError("invalid_client_id", "client identifier invalid")


def authenticated_client(app: App) -> str:
    """The client id, its secret proved. Raises OAuthError."""
    client_id, secret = _credentials()
    check_client(app, client_id)
    if not hmac.compare_digest(secret.encode(), app.consumer_secret.encode()):
        raise OAuthError("invalid_client", "invalid client credentials")
    return client_id

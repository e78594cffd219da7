"""How one running stand-in is set up: its addresses and the connected app it has been given."""

from dataclasses import dataclass
from urllib.parse import urlsplit

OLDEST, NEWEST = 31, 68  # REST versions that answer; below that, down to 21, they are retired


@dataclass(frozen=True)
class AppOptions:
    """``instance_url`` is the org's My Domain; every other host name that reaches us plays the login host."""

    instance_url: str = "http://localhost:8001"
    app_url: str = "http://127.0.0.1:8000"
    consumer_key: str = "3MVG9sandboxConsumerKey"
    consumer_secret: str = "4815162342108SANDBOX"
    redirect_uris: tuple[str, ...] = ()  # empty: anything below app_url
    certificate: str | None = None  # PEM; allows JWT bearer
    rotate_refresh_tokens: bool = False
    session_seconds: int = 7200
    password: str = "sandbox-password"
    security_token: str = "sandboxtoken"

    def __repr__(self) -> str:
        return f"AppOptions(instance_url={self.instance_url!r}, app_url={self.app_url!r})"

    @property
    def host(self) -> str:
        return urlsplit(self.instance_url).netloc

    def may_redirect(self, address: str) -> bool:
        if self.redirect_uris:
            return address in self.redirect_uris
        return address.startswith(self.app_url.rstrip("/") + "/")

"""Access and refresh tokens: issued, slid, expired, revoked; kept over a restart; knows no request."""

import secrets
import threading
from dataclasses import dataclass

from sandbox.salesforce.org import Org

_TABLE = """
CREATE TABLE IF NOT EXISTS sandbox_token (
    token TEXT PRIMARY KEY, kind TEXT NOT NULL, user_id TEXT NOT NULL, client_id TEXT NOT NULL, scope TEXT NOT NULL,
    expires REAL, issued REAL NOT NULL, parent TEXT
) WITHOUT ROWID
"""
_SLIDE_AFTER = 0.5  # an access token lives again in full when used in the second half of its life


@dataclass(frozen=True)
class Grant:
    """What a living token stands for. ``expires`` in seconds since 1970 on the org's clock; None never."""

    user_id: str
    client_id: str
    scope: str
    kind: str
    issued: float
    expires: float | None

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset(self.scope.split())


class Sessions:
    """All tokens of one org."""

    def __init__(self, org: Org, seconds: int) -> None:
        self._org = org
        self.seconds = seconds
        self._lock = threading.Lock()
        self._known: dict[str, Grant] = {}
        with org.database.writing() as connection:
            connection.execute(_TABLE)

    def _now(self) -> float:
        return self._org.clock.now().timestamp()

    def issue(self, user_id: str, client_id: str, scope: str, parent: str | None = None) -> str:
        """A new access token; ``parent`` is the refresh token whose end is also its end."""
        token = f"{self._org.id[:15]}!AQ{secrets.token_urlsafe(60).replace('-', '.')}"
        self._store(token, Grant(user_id, client_id, scope, "access", self._now(), self._now() + self.seconds), parent)
        return token

    def issue_refresh(self, user_id: str, client_id: str, scope: str) -> str:
        token = "5Aep861" + secrets.token_urlsafe(60).replace("-", ".")
        self._store(token, Grant(user_id, client_id, scope, "refresh", self._now(), None), None)
        return token

    def _store(self, token: str, grant: Grant, parent: str | None) -> None:
        row = (token, grant.kind, grant.user_id, grant.client_id, grant.scope, grant.expires, grant.issued, parent)
        with self._org.database.writing() as connection:
            connection.execute("INSERT INTO sandbox_token VALUES (?,?,?,?,?,?,?,?)", row)

    def find(self, token: str, kind: str = "access") -> Grant | None:
        """What a token stands for, if it lives; using an access token keeps it alive."""
        with self._lock:
            grant = self._known.get(token)
        if grant is None:
            grant = self._load(token)
        if grant is None or grant.kind != kind:
            return None
        now = self._now()
        if grant.expires is not None:
            if grant.expires <= now:
                return None
            if grant.expires - now < self.seconds * _SLIDE_AFTER:
                grant = self._slide(token, grant, now + self.seconds)
        with self._lock:
            self._known[token] = grant
        return grant

    def _load(self, token: str) -> Grant | None:
        with self._org.database.reading() as connection:
            sql = "SELECT user_id, client_id, scope, kind, issued, expires FROM sandbox_token WHERE token = ?"
            found = connection.execute(sql, (token,)).fetchone()
        return Grant(*found) if found else None

    def _slide(self, token: str, grant: Grant, expires: float) -> Grant:
        with self._org.database.writing() as connection:
            connection.execute("UPDATE sandbox_token SET expires = ? WHERE token = ?", (expires, token))
        return Grant(grant.user_id, grant.client_id, grant.scope, grant.kind, grant.issued, expires)

    def revoke(self, token: str) -> bool:
        """End a token and, if it is a refresh token, every access token that came from it."""
        with self._org.database.writing() as connection:
            deleted = connection.execute("DELETE FROM sandbox_token WHERE token = ? OR parent = ?", (token, token))
            gone = deleted.rowcount > 0
        self._forget()
        return gone

    def expire_access(self) -> int:
        """End every access token now, as a session policy would; how many."""
        with self._org.database.writing() as connection:
            count = connection.execute("DELETE FROM sandbox_token WHERE kind = 'access'").rowcount
        self._forget()
        return count

    def end_all_of(self, user_id: str) -> int:
        """End every token of a user, as when the user is made inactive; how many."""
        with self._org.database.writing() as connection:
            count = connection.execute("DELETE FROM sandbox_token WHERE user_id = ?", (user_id,)).rowcount
        self._forget()
        return count

    def end_all_of_app(self, client_id: str, user_id: str | None = None) -> int:
        """End every token that an app has, or those it has for one user; how many."""
        sql = "DELETE FROM sandbox_token WHERE client_id = ? AND (? IS NULL OR user_id = ?)"
        with self._org.database.writing() as connection:
            count = connection.execute(sql, (client_id, user_id, user_id)).rowcount
        self._forget()
        return count

    def users_of_app(self, client_id: str) -> list[str]:
        """The ids of the users for whom an app holds a refresh token."""
        sql = "SELECT DISTINCT user_id FROM sandbox_token WHERE client_id = ? AND kind = 'refresh' ORDER BY user_id"
        with self._org.database.reading() as connection:
            return [str(found) for (found,) in connection.execute(sql, (client_id,))]

    def expire_refresh(self) -> int:
        """End every refresh token now, as a policy of inactivity would; access tokens live out their time. How many."""
        with self._org.database.writing() as connection:
            count = connection.execute("DELETE FROM sandbox_token WHERE kind = 'refresh'").rowcount
        self._forget()
        return count

    def _forget(self) -> None:
        with self._lock:
            self._known.clear()

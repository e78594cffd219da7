"""Which users let which app act for them, remembered until it is taken back; it knows no request."""

from sandbox.salesforce.org import Org
from sandbox.salesforce.sessions import Sessions

_TABLE = (
    "CREATE TABLE IF NOT EXISTS sandbox_approval"
    " (user_id TEXT, client_id TEXT, scope TEXT NOT NULL, PRIMARY KEY (user_id, client_id)) WITHOUT ROWID"
)


class Approvals:
    """All approvals of one org."""

    def __init__(self, org: Org) -> None:
        self._org = org
        with org.database.writing() as connection:
            connection.execute(_TABLE)

    def give(self, user_id: str, client_id: str, scope: str) -> None:
        """Remember an approval; a later one adds to what was approved before."""
        whole = " ".join(sorted(self.scopes(user_id, client_id) | set(scope.split())))
        with self._org.database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO sandbox_approval VALUES (?,?,?)", (user_id, client_id, whole))

    def scopes(self, user_id: str, client_id: str) -> frozenset[str]:
        """What a user approved; empty if nothing."""
        sql = "SELECT scope FROM sandbox_approval WHERE user_id = ? AND client_id = ?"
        with self._org.database.reading() as connection:
            found = connection.execute(sql, (user_id, client_id)).fetchone()
        return frozenset(str(found[0]).split()) if found else frozenset()

    def users(self, client_id: str) -> list[str]:
        """The ids of the users who approved an app."""
        sql = "SELECT user_id FROM sandbox_approval WHERE client_id = ? ORDER BY user_id"
        with self._org.database.reading() as connection:
            return [str(found) for (found,) in connection.execute(sql, (client_id,))]

    def take_back(self, sessions: Sessions, client_id: str, user_id: str | None = None) -> int:
        """Forget the approval of a user, or of everybody, and end the tokens that the app has; how many ended."""
        sql = "DELETE FROM sandbox_approval WHERE client_id = ? AND (? IS NULL OR user_id = ?)"
        with self._org.database.writing() as connection:
            connection.execute(sql, (client_id, user_id, user_id))
        return sessions.end_all_of_app(client_id, user_id)

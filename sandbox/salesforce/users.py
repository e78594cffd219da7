"""The people of the org and their rows, made when the org is new; it knows no rights and no sessions."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.salesforce.access import ADMINISTRATOR, MINIMUM, STANDARD
from sandbox.salesforce.database import Database
from sandbox.salesforce.ids import make_ids


@dataclass(frozen=True)
class DemoUser:
    """A user of the org. ``reads_only`` users are seeded with the shipped permission sets that create nothing."""

    username: str
    first_name: str
    last_name: str
    profile: str = STANDARD
    reads_only: bool = True


INTEGRATION = DemoUser("integration@salesforce.example", "Real Magnet", "Integration", MINIMUM, reads_only=False)
ADMIN = DemoUser("admin@salesforce.example", "Greta", "Hoppe", ADMINISTRATOR)
USERS = (
    INTEGRATION,
    DemoUser("ada@salesforce.example", "Ada", "Okonkwo"),
    DemoUser("bruno@salesforce.example", "Bruno", "Lindqvist"),
    ADMIN,
)


def prepare_users(database: Database, connection: sqlite3.Connection, now: str, profile_ids: dict[str, str]) -> None:
    """Make the users that are missing, and give a profile to those of an older org who have none."""
    known = {name for (name,) in connection.execute("SELECT Username FROM User")}
    missing = [user for user in USERS if user.username not in known]
    for user, user_id in zip(missing, _new_ids(database, len(missing)), strict=True):
        connection.execute(
            "INSERT INTO User (Id, Username, FirstName, LastName, Email, Alias, IsActive, UserType,"
            " TimeZoneSidKey, LocaleSidKey, LanguageLocaleKey, CreatedDate, LastModifiedDate, SystemModstamp)"
            " VALUES (?,?,?,?,?,?,1,'Standard','America/New_York','en_US','en_US',?,?,?)",
            (
                *(user_id, user.username, user.first_name, user.last_name, user.username),
                *(user.last_name[:8].lower(), now, now, now),
            ),
        )
    for user in USERS:
        sql = "UPDATE User SET ProfileId = ? WHERE Username = ? AND ProfileId IS NULL"
        connection.execute(sql, (profile_ids[user.profile], user.username))


def _new_ids(database: Database, count: int) -> Iterator[str]:
    return make_ids("005", database.reserve("005", count), count) if count else iter(())

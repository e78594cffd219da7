"""The org's memory as a whole: its schema, users, clock and rows; everything else asks it and it knows no HTTP."""

import json
import threading
from dataclasses import dataclass
from pathlib import Path

from sandbox.salesforce.access import MINIMUM, STANDARD, Access
from sandbox.salesforce.clock import Clock
from sandbox.salesforce.database import Database, quoted
from sandbox.salesforce.deploy.app_registry import App, read, written
from sandbox.salesforce.ids import make_ids
from sandbox.salesforce.metadata import PermissionSet, load_metadata
from sandbox.salesforce.schema import Schema
from sandbox.salesforce.tables import prepare_own_tables, prepare_tables

SHIPPED = Path(__file__).resolve().parents[2] / "sfdx" / "force-app" / "main" / "default"


@dataclass(frozen=True)
class DemoUser:
    """A user of the org. ``reads_only`` users get the shipped permission sets that create nothing."""

    username: str
    first_name: str
    last_name: str
    profile: str = STANDARD
    reads_only: bool = True


INTEGRATION = DemoUser("integration@salesforce.example", "Real Magnet", "Integration", MINIMUM, reads_only=False)
USERS = (
    INTEGRATION,
    DemoUser("ada@salesforce.example", "Ada", "Okonkwo"),
    DemoUser("bruno@salesforce.example", "Bruno", "Lindqvist"),
)


class Org:
    """One Salesforce org in one SQLite file."""

    def __init__(self, data: Path, metadata: Path = SHIPPED, *, bare: bool = False) -> None:
        """``bare``: nothing is deployed but what was deployed to this org itself; ``metadata`` is left alone."""
        self.bare = bare
        data.mkdir(parents=True, exist_ok=True)
        self.data = data
        self.database = Database(data / "org.db")
        self._lock = threading.Lock()
        self._access: dict[str, Access] = {}
        self._app: App | None = None
        self._demo_users = USERS
        with self.database.writing() as connection:
            prepare_own_tables(connection)
        prefixes: dict[str, str] = json.loads(self.setting("prefixes", "{}"))
        shipped = load_metadata(self.data / "nothing" if bare else metadata, prefixes)
        self.set_setting("prefixes", json.dumps(prefixes))
        self.schema = Schema(shipped.objects)
        self.permission_sets: tuple[PermissionSet, ...] = tuple(shipped.permission_sets)
        with self.database.writing() as connection:
            prepare_tables(connection, self.schema)
        self.clock = Clock(float(self.setting("clock_offset", "0")))
        self.id = next(make_ids("00D", 1, 1))
        self.name = "Association of Examples"
        self._populate()
        text = self.setting("app", "")
        self._app = read(text) if text else None

    # -- the external client app ---------------------------------------------------------------------------------

    def app(self) -> App | None:
        """The external client app that is deployed here, with its key and secret; None in a bare org."""
        return self._app

    def install_app(self, app: App) -> None:
        """Record an app as deployed; it takes the place of the one before."""
        self.set_setting("app", written(app))
        self._app = app

    # -- settings ------------------------------------------------------------------------------------------------

    def setting(self, name: str, default: str) -> str:
        with self.database.reading() as connection:
            found = connection.execute("SELECT value FROM sandbox_setting WHERE name = ?", (name,)).fetchone()
        return str(found[0]) if found else default

    def set_setting(self, name: str, value: str) -> None:
        with self.database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO sandbox_setting (name, value) VALUES (?, ?)", (name, value))

    def advance_clock(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.set_setting("clock_offset", str(self.clock.offset_seconds))

    # -- rights --------------------------------------------------------------------------------------------------

    def access(self, user_id: str) -> Access:
        """The rights of a user now. Raises KeyError for an unknown user."""
        with self._lock:
            found = self._access.get(user_id)
        if found is None:
            found = self._work_out_access(user_id)
            with self._lock:
                self._access[user_id] = found
        return found

    def system_access(self) -> Access:
        """Rights that hide nothing, for the org's own work and for independent checks."""
        return Access(self.integration_user_id, STANDARD, system=True)

    def hide_field(self, sobject: str, field: str, *, hidden: bool = True) -> None:
        """Take a field from every user, or give it back. Raises KeyError for an unknown one."""
        found = self.schema.get(sobject).by_name[field.lower()]
        name = f"{sobject}.{found.name}".lower()
        with self.database.writing() as connection:
            if hidden:
                connection.execute("INSERT OR IGNORE INTO sandbox_hidden (name) VALUES (?)", (name,))
            else:
                connection.execute("DELETE FROM sandbox_hidden WHERE name = ?", (name,))
        with self._lock:
            self._access.clear()

    def _work_out_access(self, user_id: str) -> Access:
        with self.database.reading() as connection:
            username = connection.execute("SELECT Username FROM User WHERE Id = ?", (user_id,)).fetchone()
            hidden = frozenset(name for (name,) in connection.execute("SELECT name FROM sandbox_hidden"))
        if username is None:
            raise KeyError(user_id)
        user = next(item for item in self._demo_users if item.username == username[0])
        granted = tuple(
            item
            for item in self.permission_sets
            if not (user.reads_only and any(rights.create for rights in item.objects.values()))
        )
        return Access(user_id, user.profile, granted, hidden)

    # -- users ---------------------------------------------------------------------------------------------------

    @property
    def integration_user_id(self) -> str:
        return self.user_id(INTEGRATION.username)

    def user_id(self, username: str) -> str:
        """The id of a user by name. Raises KeyError."""
        with self.database.reading() as connection:
            found = connection.execute("SELECT Id FROM User WHERE Username = ?", (username,)).fetchone()
        if found is None:
            raise KeyError(username)
        return str(found[0])

    def is_active(self, user_id: str) -> bool:
        with self.database.reading() as connection:
            found = connection.execute("SELECT IsActive FROM User WHERE Id = ?", (user_id,)).fetchone()
        return bool(found and found[0])

    def set_active(self, user_id: str, *, active: bool) -> None:
        """Freeze a user out, or let the user in again."""
        now = self.clock.system_stamp()
        sql = "UPDATE User SET IsActive = ?, LastModifiedDate = ?, SystemModstamp = ? WHERE Id = ?"
        with self.database.writing() as connection:
            connection.execute(sql, (active, now, now, user_id))

    @property
    def user_ids(self) -> list[str]:
        with self.database.reading() as connection:
            return [str(found) for (found,) in connection.execute("SELECT Id FROM User ORDER BY Id")]

    # -- first start ---------------------------------------------------------------------------------------------

    def _populate(self) -> None:
        now = self.clock.system_stamp()
        with self.database.writing() as connection:
            if connection.execute("SELECT count(*) FROM Organization").fetchone()[0]:
                return
            connection.execute(
                "INSERT INTO Organization (Id, Name, InstanceName, IsSandbox, OrganizationType, LanguageLocaleKey,"
                " TimeZoneSidKey, CreatedDate, LastModifiedDate, SystemModstamp) VALUES (?,?,?,?,?,?,?,?,?,?)",
                (self.id, self.name, "SBX1", 0, "Enterprise Edition", "en_US", "America/New_York", now, now, now),
            )
            first = self.database.reserve("005", len(self._demo_users))
            ids = make_ids("005", first, len(self._demo_users))
            for user_id, user in zip(ids, self._demo_users, strict=True):
                connection.execute(
                    "INSERT INTO User (Id, Username, FirstName, LastName, Email, Alias, IsActive, UserType,"
                    " TimeZoneSidKey, LocaleSidKey, LanguageLocaleKey, CreatedDate, LastModifiedDate, SystemModstamp)"
                    " VALUES (?,?,?,?,?,?,1,'Standard','America/New_York','en_US','en_US',?,?,?)",
                    (
                        *(user_id, user.username, user.first_name, user.last_name, user.username),
                        *(user.last_name[:8].lower(), now, now, now),
                    ),
                )

    def count(self, sobject: str) -> int:
        """Rows of an object that are not deleted."""
        table = quoted(self.schema.get(sobject).name)
        with self.database.reading() as connection:
            return int(connection.execute(f"SELECT count(*) FROM {table} WHERE IsDeleted = 0").fetchone()[0])

    def close(self) -> None:
        self.database.close()

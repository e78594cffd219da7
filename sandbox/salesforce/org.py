"""The org's memory as a whole: its schema, users, clock and rows; everything else asks it and it knows no HTTP."""

import threading
from collections.abc import Mapping
from pathlib import Path

from sandbox.salesforce.access import STANDARD, Access
from sandbox.salesforce.catalog import Key, shipped_components
from sandbox.salesforce.clock import Clock
from sandbox.salesforce.database import Database, quoted
from sandbox.salesforce.deploy.app_registry import App, read, written
from sandbox.salesforce.deploy.nodes import Node
from sandbox.salesforce.deployed import Deployed
from sandbox.salesforce.ids import make_ids
from sandbox.salesforce.metadata import PermissionSet
from sandbox.salesforce.permission_rows import PermissionRows
from sandbox.salesforce.schema import Schema
from sandbox.salesforce.settings import Settings
from sandbox.salesforce.tables import prepare_own_tables
from sandbox.salesforce.users import ADMIN, INTEGRATION, USERS, DemoUser, prepare_users

__all__ = ["INTEGRATION", "SHIPPED", "USERS", "DemoUser", "Org"]
STRICT_SETUP = "strict_setup"
"""Setting: ``1`` hides permission sets from who may not see Setup, which is the vendor's way."""
SHIPPED = Path(__file__).resolve().parents[2] / "sfdx" / "force-app" / "main" / "default"


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
        with self.database.writing() as connection:
            prepare_own_tables(connection)
        self._settings = Settings(self.database)
        self.deployed = Deployed(self.database, {} if bare else shipped_components(metadata))
        self.clock = Clock(float(self.setting("clock_offset", "0")))
        self.id = next(make_ids("00D", 1, 1))
        self.name = "Association of Examples"
        self._populate()
        text = self.setting("app", "")
        self._app = read(text) if text else None

    @property
    def schema(self) -> Schema:
        return self.deployed.schema

    @property
    def permission_sets(self) -> tuple[PermissionSet, ...]:
        """What is deployed now."""
        return self.deployed.permission_sets

    def change_metadata(self, changes: Mapping[Key, Node | None]) -> None:
        """Deploy components, or take some away (None) with their data. Raises MetadataError."""
        self.deployed.change(changes, self.clock.system_stamp())
        self.forget_access()

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
        return self._settings.get(name, default)

    def set_setting(self, name: str, value: str) -> None:
        self._settings.set(name, value)

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
        self.forget_access()

    def forget_access(self) -> None:
        """Work out everybody's rights anew at their next call."""
        with self._lock:
            self._access.clear()

    def _work_out_access(self, user_id: str) -> Access:
        with self.database.reading() as connection:
            sql = "SELECT Profile.Name, IsActive FROM User JOIN Profile ON Profile.Id = ProfileId WHERE User.Id = ?"
            user = connection.execute(sql, (user_id,)).fetchone()
            hidden = frozenset(name for (name,) in connection.execute("SELECT name FROM sandbox_hidden"))
            sql = (
                "SELECT Name FROM PermissionSetAssignment given JOIN PermissionSet held ON held.Id = PermissionSetId"
                " WHERE AssigneeId = ? AND given.IsDeleted = 0 AND given.IsActive"
            )
            given = {str(name) for (name,) in connection.execute(sql, (user_id,))}
        if user is None:
            raise KeyError(user_id)
        held = tuple(item for item in self.permission_sets if item.name in given)
        strict = self.setting(STRICT_SETUP, "0") == "1"
        return Access(user_id, user[0], held, hidden, active=bool(user[1]), strict_setup=strict)

    # -- users ---------------------------------------------------------------------------------------------------

    @property
    def integration_user_id(self) -> str:
        return self.user_id(INTEGRATION.username)

    @property
    def admin_user_id(self) -> str:
        """The user with the profile System Administrator."""
        return self.user_id(ADMIN.username)

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
        self.forget_access()

    @property
    def user_ids(self) -> list[str]:
        with self.database.reading() as connection:
            return [str(found) for (found,) in connection.execute("SELECT Id FROM User ORDER BY Id")]

    # -- first start ---------------------------------------------------------------------------------------------

    def _populate(self) -> None:
        now = self.clock.system_stamp()
        with self.database.writing() as connection:
            if not connection.execute("SELECT count(*) FROM Organization").fetchone()[0]:
                connection.execute(
                    "INSERT INTO Organization (Id, Name, InstanceName, IsSandbox, OrganizationType, LanguageLocaleKey,"
                    " TimeZoneSidKey, CreatedDate, LastModifiedDate, SystemModstamp) VALUES (?,?,?,?,?,?,?,?,?,?)",
                    (self.id, self.name, "SBX1", 0, "Enterprise Edition", "en_US", "America/New_York", now, now, now),
                )
            rows = PermissionRows(self.database, connection, now)
            prepare_users(self.database, connection, now, rows.profiles())
            rows.assign_owned()
            rows.permission_sets(self.permission_sets)
            self._assign_shipped(rows)

    def _assign_shipped(self, rows: PermissionRows) -> None:
        """Whoever is there gets a shipped permission set when it is met first; an admin may take it away for good."""
        met = self.setting("assigned_sets", "").split()
        unmet = set(self.deployed.shipped_sets) - set(met)
        new = [item for item in self.permission_sets if item.name in unmet]
        for user in USERS if new else ():
            harmless = [item.name for item in new if not any(rights.create for rights in item.objects.values())]
            rows.assign(user.username, harmless if user.reads_only else [item.name for item in new])
        if new:
            self.set_setting("assigned_sets", " ".join([*met, *(item.name for item in new)]))

    def count(self, sobject: str) -> int:
        """Rows of an object that are not deleted."""
        table = quoted(self.schema.get(sobject).name)
        with self.database.reading() as connection:
            return int(connection.execute(f"SELECT count(*) FROM {table} WHERE IsDeleted = 0").fetchone()[0])

    def close(self) -> None:
        self.database.close()

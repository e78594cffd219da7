"""The rows of profiles, permission sets and assignments, kept in step with what is deployed; it grants nothing."""

import sqlite3
from collections.abc import Iterable, Sequence

from sandbox.salesforce.access import PROFILES
from sandbox.salesforce.database import Database, quoted
from sandbox.salesforce.ids import make_ids
from sandbox.salesforce.metadata import PermissionSet
from sandbox.salesforce.standard_setup import PERMISSIONS


class PermissionRows:
    """Writes the rows inside a transaction of the caller's."""

    def __init__(self, database: Database, connection: sqlite3.Connection, now: str) -> None:
        self._database = database
        self._connection = connection
        self._now = now

    def profiles(self) -> dict[str, str]:
        """Make what is missing; the id of every profile by name. Each owns a permission set, as the vendor's do."""
        known = {str(name): str(found) for found, name in self._connection.execute("SELECT Id, Name FROM Profile")}
        for name, granted in PROFILES.items():
            if name in known:
                continue
            known[name] = self._insert("Profile", "00e", {"Name": name, "UserType": "Standard"}, granted)
            owned: dict[str, object] = {"ProfileId": known[name], "IsOwnedByProfile": 1, "Type": "Profile"}
            # the vendor's names of such sets are no names either: X and an id
            values = {"Name": f"X{known[name]}", "Label": f"X{known[name]}", **owned}
            self._insert("PermissionSet", "0PS", values, granted)
        return known

    def permission_sets(self, deployed: Iterable[PermissionSet]) -> None:
        """Make and rename rows so that they are those of what is deployed; what is gone takes its assignments along."""
        sql = "SELECT Name, Id FROM PermissionSet WHERE IsOwnedByProfile = 0"
        known: dict[str, str] = dict(self._connection.execute(sql).fetchall())
        for item in deployed:
            there = known.pop(item.name, None)
            values: dict[str, object] = {"Label": item.label or item.name, "Description": item.description or None}
            if there is None:
                values |= {"Name": item.name, "IsCustom": 1, "Type": "Regular"}
                self._insert("PermissionSet", "0PS", values, item.user_permissions)
            else:
                self._update(there, values | _columns(item.user_permissions))
        for gone in known.values():
            self._connection.execute("DELETE FROM PermissionSetAssignment WHERE PermissionSetId = ?", (gone,))
            self._connection.execute("DELETE FROM PermissionSet WHERE Id = ?", (gone,))

    def assign_owned(self) -> None:
        """Everybody has the set that belongs to the profile, and the vendor tells it among all others."""
        sql = (
            "SELECT Username, held.Name FROM User JOIN PermissionSet held ON held.ProfileId = User.ProfileId"
            " AND held.IsOwnedByProfile"
        )
        for username, name in self._connection.execute(sql).fetchall():
            self.assign(username, [name])

    def assign(self, username: str, names: Sequence[str]) -> None:
        """Give permission sets to a user, who may have some of them."""
        for name in names:
            found = self._connection.execute(
                "SELECT User.Id, held.Id FROM User, PermissionSet held WHERE Username = ? AND held.Name = ?"
                " AND NOT EXISTS (SELECT 1 FROM PermissionSetAssignment given WHERE given.AssigneeId = User.Id"
                " AND given.PermissionSetId = held.Id AND given.IsDeleted = 0)",
                (username, name),
            ).fetchone()
            if found is not None:
                (new_id,) = make_ids("0Pa", self._database.reserve("0Pa"), 1)
                self._connection.execute(
                    "INSERT INTO PermissionSetAssignment (Id, AssigneeId, PermissionSetId, IsActive, SystemModstamp)"
                    " VALUES (?, ?, ?, 1, ?)",
                    (new_id, *found, self._now),
                )

    def _insert(self, table: str, prefix: str, values: dict[str, object], granted: Iterable[str]) -> str:
        (new_id,) = make_ids(prefix, self._database.reserve(prefix), 1)
        stamps = {"CreatedDate": self._now, "LastModifiedDate": self._now, "SystemModstamp": self._now}
        row: dict[str, object] = {"Id": new_id, **values, **_columns(granted), **stamps}
        names, marks = ", ".join(map(quoted, row)), ", ".join("?" * len(row))
        self._connection.execute(f"INSERT INTO {quoted(table)} ({names}) VALUES ({marks})", tuple(row.values()))
        return new_id

    def _update(self, record_id: str, values: dict[str, object]) -> None:
        sets = ", ".join(f"{quoted(name)} = ?" for name in values)
        there = " AND ".join(f"{quoted(name)} IS ?" for name in values)
        sql = (
            f"UPDATE PermissionSet SET {sets}, LastModifiedDate = ?, SystemModstamp = ? WHERE Id = ? AND NOT ({there})"
        )
        self._connection.execute(sql, (*values.values(), self._now, self._now, record_id, *values.values()))


def _columns(granted: Iterable[str]) -> dict[str, object]:
    held = set(granted)
    return {f"Permissions{name}": int(name in held) for name in PERMISSIONS}

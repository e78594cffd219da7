"""Saves one chunk of rows: reads values, finds rows and parents set-wise, refuses bad rows, writes the rest."""

import json
import sqlite3
from collections.abc import Sequence

from sandbox.salesforce.assigning import refuse_second_assignments
from sandbox.salesforce.database import quoted
from sandbox.salesforce.deploy.rules import refuse_by_rules
from sandbox.salesforce.errors import RowError
from sandbox.salesforce.finding import find_rows
from sandbox.salesforce.ids import make_ids
from sandbox.salesforce.lookups import check_parents, resolve_parents
from sandbox.salesforce.org import Org
from sandbox.salesforce.plans import RowResult, WritePlan
from sandbox.salesforce.schema import Field
from sandbox.salesforce.storage import refuse_beyond
from sandbox.salesforce.values import UNCHANGED, Errors, read_column


class Chunk:
    """Up to 200 rows on their way into one table."""

    def __init__(
        self, org: Org, connection: sqlite3.Connection, plan: WritePlan, rows: Sequence[Sequence[object]]
    ) -> None:
        self.org = org
        self.connection = connection
        self.plan = plan
        self.size = len(rows)
        self.errors: Errors = {}
        self.ids: list[str | None] = [None] * self.size  # of the rows that exist already
        self.values = self._read(rows)  # by field name, whole columns

    def save(self) -> list[RowResult]:
        if self.plan.operation != "insert":
            find_rows(self)
        self._check_parents()
        new = [place for place in range(self.size) if place not in self.errors and self.ids[place] is None]
        old = [place for place in range(self.size) if place not in self.errors and self.ids[place] is not None]
        self._check_editable(new, old)
        self._check_required(new, old)
        self._check_unique()
        if self.plan.sobject.name == "PermissionSetAssignment":
            refuse_second_assignments(self, new)
        refuse_by_rules(self, new, old)
        if self.plan.sobject.name == "Lead":
            self._check_converted(old)
        refuse_beyond(self, [place for place in new if place not in self.errors])
        created = self._insert([place for place in new if place not in self.errors])
        self._update([place for place in old if place not in self.errors])
        return [
            RowResult(self.ids[place] or created.get(place), place in created, tuple(self.errors.get(place, ())))
            for place in range(self.size)
        ]

    def refuse(self, place: int, code: str, message: str, *fields: str) -> None:
        self.errors.setdefault(place, []).append(RowError(code, message, fields))

    # -- reading -------------------------------------------------------------------------------------------------

    def _read(self, rows: Sequence[Sequence[object]]) -> dict[str, list[object]]:
        columns = list(zip(*rows, strict=True)) or [() for _ in self.plan.columns]
        found: dict[str, list[object]] = {}
        for column, raw in zip(self.plan.columns, columns, strict=True):
            values = read_column(column.via or column.field, raw, self.errors, csv=self.plan.csv)
            if column.via is not None and column.parent is not None:
                values = resolve_parents(self, column, values)
            found[column.field.name] = values
        return found

    # -- checking ------------------------------------------------------------------------------------------------

    def _check_parents(self) -> None:
        for column in self.plan.columns:
            if column.field.type == "reference" and column.field.reference_to:
                check_parents(self, column)

    def _given(self, place: int) -> list[Field]:
        """The fields a row really sets, its key and Id apart."""
        plan = self.plan
        return [
            column.field
            for column in plan.columns
            if column.field.type != "id"
            and (column.field is not plan.key or plan.operation == "insert")
            and self.values[column.field.name][place] is not UNCHANGED
        ]

    def _check_editable(self, new: list[int], old: list[int]) -> None:
        fields = [column.field for column in self.plan.columns if column.field.type != "id"]
        writable = {item.name for item in fields if self.plan.access.editable(self.plan.sobject, item)}
        for places, allowed in (
            (new, {item.name for item in fields if item.createable} & writable),
            (old, {item.name for item in fields if item.updateable} & writable),
        ):
            if allowed.issuperset(item.name for item in fields if item is not self.plan.key):
                continue
            for place in places:
                bad = [item.name for item in self._given(place) if item.name not in allowed]
                if bad:
                    message = (
                        f"Unable to create/update fields: {', '.join(bad)}. Please check the security settings of this"
                        " field and verify that it is read/write for your profile or permission set."
                    )
                    self.refuse(place, "INVALID_FIELD_FOR_INSERT_UPDATE", message, *bad)

    def _check_required(self, new: list[int], old: list[int]) -> None:
        for field in self.plan.sobject.stored_fields:
            if not field.required or field.default is not None:
                continue
            column = self.values.get(field.name)
            absent = [place for place in new if column is None or column[place] is None or column[place] is UNCHANGED]
            nulled = [place for place in old if column is not None and column[place] is None]
            for place in (*absent, *nulled):
                self.refuse(place, "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{field.name}]", field.name)

    def _check_unique(self) -> None:
        for column in self.plan.columns:
            field = column.field
            if not field.unique or (field is self.plan.key and self.plan.operation == "upsert"):
                continue
            taken = self._holders(field)
            for place, value in enumerate(self.values[field.name]):
                if value is None or value is UNCHANGED or place in self.errors:
                    continue
                folded = str(value) if field.case_sensitive else str(value).lower()
                holder = taken.get(folded)
                if holder is not None and holder != (self.ids[place] or ""):
                    message = f"duplicate value found: {field.name} duplicates value on record with id: {holder}"
                    self.refuse(place, "DUPLICATE_VALUE", message)
                else:
                    taken[folded] = self.ids[place] or "<unknown>"

    def _holders(self, field: Field) -> dict[str, str]:
        values = [value for value in self.values[field.name] if isinstance(value, (str, int, float))]
        name = quoted(field.name)
        sql = (
            f"SELECT {name}, Id FROM {quoted(self.plan.sobject.name)}"
            f" WHERE {name} IN (SELECT value FROM json_each(?)) AND IsDeleted = 0"
        )
        found = self.connection.execute(sql, (json.dumps(values),))
        return {str(value) if field.case_sensitive else str(value).lower(): str(owner) for value, owner in found}

    def _check_converted(self, old: list[int]) -> None:
        wanted = json.dumps([self.ids[place] for place in old])
        sql = "SELECT Id FROM Lead WHERE IsConverted = 1 AND Id IN (SELECT value FROM json_each(?))"
        converted = {found for (found,) in self.connection.execute(sql, (wanted,))}
        for place in old:
            if self.ids[place] in converted:
                self.refuse(place, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")

    # -- writing -------------------------------------------------------------------------------------------------

    def _insert(self, places: list[int]) -> dict[int, str]:
        if not places:
            return {}
        sobject, now, user = self.plan.sobject, self.org.clock.system_stamp(), self.plan.access.user_id
        first = self.org.database.reserve(sobject.prefix, len(places))
        ids = list(make_ids(sobject.prefix, first, len(places)))
        names: list[str] = []
        columns: list[Sequence[object]] = []
        for field in sobject.stored_fields:
            names.append(quoted(field.name))
            columns.append(self._new_values(field, places, (ids, first, now, user)))
        marks = ",".join("?" * len(names))
        sql = f"INSERT INTO {quoted(sobject.name)} ({','.join(names)}) VALUES ({marks})"
        self.connection.executemany(sql, zip(*columns, strict=True))
        return dict(zip(places, ids, strict=True))

    def _new_values(self, field: Field, places: list[int], known: tuple[list[str], int, str, str]) -> Sequence[object]:
        ids, first, now, user = known
        if field.name == "Id":
            return ids
        if field.name in ("CreatedDate", "LastModifiedDate", "SystemModstamp"):
            return [now] * len(places)
        if field.auto_number is not None:
            return [_auto_number(field.auto_number, first + step) for step in range(len(places))]
        default: object = field.default
        if field.name in ("CreatedById", "LastModifiedById", "OwnerId"):
            default = user
        elif field.type == "boolean" and default is None:
            default = 0
        column = self.values.get(field.name)
        if column is None:
            return [default] * len(places)
        return [default if column[place] is UNCHANGED else column[place] for place in places]

    def _update(self, places: list[int]) -> None:
        now, user = self.org.clock.system_stamp(), self.plan.access.user_id
        by_shape: dict[tuple[str, ...], list[int]] = {}
        for place in places:
            by_shape.setdefault(tuple(item.name for item in self._given(place)), []).append(place)
        for names, alike in by_shape.items():
            sets = ", ".join(f"{quoted(name)} = ?" for name in (*names, "LastModifiedDate", "LastModifiedById"))
            sql = f"UPDATE {quoted(self.plan.sobject.name)} SET {sets}, SystemModstamp = ? WHERE Id = ?"
            self.connection.executemany(
                sql,
                ([*(self.values[name][place] for name in names), now, user, now, self.ids[place]] for place in alike),
            )


def _auto_number(pattern: str, number: int) -> str:
    """``RMA-{0000000000}`` filled in."""
    head, _, rest = pattern.partition("{")
    digits, _, tail = rest.partition("}")
    return f"{head}{number:0{len(digits)}d}{tail}"

"""Names in a query to SQL expressions: fields, paths to parents, the joins they need; knows no clauses."""

import re
from dataclasses import dataclass, field
from datetime import tzinfo

from sandbox.salesforce.access import Access
from sandbox.salesforce.clock import Clock
from sandbox.salesforce.database import quoted
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.schema import Field, Schema, SObject
from sandbox.salesforce.soql.parse import fault
from sandbox.salesforce.soql.tree import Path

_PLACEHOLDER = re.compile(r"\{([\w.]+)\}")


@dataclass(frozen=True)
class Context:
    """What every part of a compilation needs: the org's schema, one user's rights, the time, the text."""

    schema: Schema
    access: Access
    clock: Clock
    zone: tzinfo
    text: str
    all_rows: bool = False

    def fault(self, position: int, code: str, message: str) -> ApiError:
        return fault(self.text, position, code, message)

    def sobject(self, name: str, position: int) -> SObject:
        """An object this user may read. Raises ApiError INVALID_TYPE."""
        found = self.schema.find(name)
        if found is None or not self.access.object_rights(found).read:
            raise self.fault(
                position,
                "INVALID_TYPE",
                f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to"
                " append the '__c' after the entity name. Please reference your WSDL or the describe call for the"
                " appropriate names.",
            )
        return found


@dataclass(frozen=True)
class Column:
    """A resolved path: its SQL, the field at its end, and the path as the answer spells it."""

    sql: str
    field: Field
    parts: tuple[str, ...]


@dataclass
class Scope:
    """The tables of one query level: the object asked and every parent that some path visits."""

    context: Context
    sobject: SObject
    alias: str | None = None
    root: str = "t"
    joins: dict[str, str] = field(default_factory=dict[str, str])
    parents: dict[tuple[str, ...], tuple[str, SObject]] = field(
        default_factory=dict[tuple[str, ...], tuple[str, SObject]]
    )  # what the paths visited, by path: its table and object

    def column(self, path: Path) -> Column:
        """Resolve a path for this user. Raises ApiError INVALID_FIELD."""
        parts = list(path.parts)
        own_names = {self.sobject.name.lower(), (self.alias or "").lower()}
        if len(parts) > 1 and parts[0].lower() in own_names and self.sobject.parent(parts[0]) is None:
            parts.pop(0)
        sobject, table, spelled = self.sobject, self.root, list[str]()
        for part in parts[:-1]:
            lookup = sobject.parent(part)
            if lookup is None or not self.context.access.readable(sobject, lookup):
                message = (
                    f"Didn't understand relationship '{part}' in field path. If you are attempting to use a custom"
                    " relationship, be sure to append the '__r' after the custom relationship name. Please reference"
                    " your WSDL or the describe call for the appropriate names."
                )
                raise self.context.fault(path.position, "INVALID_FIELD", message)
            spelled.append(lookup.relationship or part)
            sobject, table = self._join(sobject, table, lookup)
            self.parents[tuple(spelled)] = table, sobject
        found = self.context.access.find(sobject, parts[-1])
        if found is None or not self.context.access.object_rights(sobject).read:
            raise self._no_column(path, sobject, parts[-1])
        return Column(self._expression(sobject, table, found), found, (*spelled, found.name))

    def _no_column(self, path: Path, sobject: SObject, name: str) -> ApiError:
        message = (
            f"No such column '{name}' on entity '{sobject.name}'. If you are attempting to use a custom field, be sure"
            " to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the"
            " appropriate names."
        )
        return self.context.fault(path.position, "INVALID_FIELD", message)

    def _join(self, sobject: SObject, table: str, lookup: Field) -> tuple[SObject, str]:
        parent = self.context.schema.get(lookup.reference_to[0])
        alias = f"{table}_{lookup.relationship}"
        if alias not in self.joins:
            on = f"{alias}.Id = {self._expression(sobject, table, lookup)}"
            self.joins[alias] = f"LEFT JOIN {quoted(parent.name)} {alias} ON {on}"
        return parent, alias

    def _expression(self, sobject: SObject, table: str, found: Field) -> str:
        if found.formula is None:
            return f"{table}.{quoted(found.name)}"

        def place(match: re.Match[str]) -> str:
            owner, at = sobject, table
            *above, name = match[1].split(".")
            for relationship in above:
                owner, at = self._join(owner, at, owner.by_relationship[relationship.lower()])
            return self._expression(owner, at, owner.by_name[name.lower()])

        sql = f"({_PLACEHOLDER.sub(place, found.formula)})"
        return f"{sql} COLLATE NOCASE" if found.is_text else sql

    @property
    def source(self) -> str:
        """The FROM clause so far."""
        return f"{quoted(self.sobject.name)} {self.root} " + " ".join(self.joins.values())

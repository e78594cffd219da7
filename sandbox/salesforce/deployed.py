"""What is deployed to the org now, changed while it runs; it knows neither archives nor who deployed it."""

import json
import sqlite3
from collections.abc import Mapping

from sandbox.salesforce.catalog import Components, Key, Metadata, build
from sandbox.salesforce.database import Database
from sandbox.salesforce.deploy.nodes import Node, as_xml, parse
from sandbox.salesforce.metadata import PermissionSet
from sandbox.salesforce.permission_rows import PermissionRows
from sandbox.salesforce.schema import Field, Schema, SObject
from sandbox.salesforce.settings import Settings
from sandbox.salesforce.tables import drop_index, drop_leftover, empty_column, prepare_tables


class Deployed:
    """The components, the schema that comes of them, and their tables.

    What was deployed while the org ran is kept in its database, and so are the components that were taken away;
    ``shipped`` is read anew at each start and lies under that.
    """

    def __init__(self, database: Database, shipped: Components) -> None:
        """Raises MetadataError when the components do not go together."""
        self._database = database
        self._settings = Settings(database)
        self._shipped = shipped
        self.components: Components = self._merged()
        self._metadata = self._build(self.components)
        self.schema = Schema(self._metadata.objects)
        with database.writing() as connection:
            prepare_tables(connection, self.schema)

    @property
    def permission_sets(self) -> tuple[PermissionSet, ...]:
        return tuple(self._metadata.permission_sets)

    @property
    def shipped_sets(self) -> list[str]:
        """The names of the permission sets that came with the start, not by a deployment."""
        return [name for kind, name in self._shipped if kind == "PermissionSet" and (kind, name) in self.components]

    def _merged(self) -> Components:
        with self._database.reading() as connection:
            stored = connection.execute("SELECT type, name, xml FROM sandbox_component ORDER BY type, name").fetchall()
        found = dict(self._shipped)
        for kind, name, text in stored:
            if text is None:
                found.pop((kind, name), None)
            else:
                found[kind, name] = parse(text.encode())
        return found

    def _build(self, components: Components) -> Metadata:
        prefixes: dict[str, str] = json.loads(self._settings.get("prefixes", "{}"))
        before = dict(prefixes)
        metadata = build(components, prefixes)
        if prefixes != before:
            self._settings.set("prefixes", json.dumps(prefixes))
        return metadata

    def change(self, changes: Mapping[Key, Node | None], now: str) -> None:
        """Put components in the place of those of their names; None takes one away with its data, for ever.

        One transaction: whoever asks sees all of it or nothing. Raises MetadataError when they do not go together.
        """
        components: Components = {key: node for key, node in self.components.items() if key not in changes}
        components |= {key: node for key, node in changes.items() if node is not None}
        with self._database.writing() as connection:
            metadata = self._build(components)
            _narrow(connection, self.schema, metadata.objects)
            prepare_tables(connection, Schema(metadata.objects))
            PermissionRows(self._database, connection, now).permission_sets(metadata.permission_sets)
            connection.executemany(
                "INSERT OR REPLACE INTO sandbox_component (type, name, xml) VALUES (?, ?, ?)",
                ((*key, None if node is None else as_xml(node)) for key, node in changes.items()),
            )
        self.components, self._metadata = components, metadata
        self.schema.become(metadata.objects)


def _narrow(connection: sqlite3.Connection, before: Schema, after: list[SObject]) -> None:
    """Empty the columns of fields that are gone, and forget the indexes of those whose rules are others now."""
    wanted = {item.name: item for item in after}
    for sobject in before:
        there = wanted.get(sobject.name)
        if there is None:
            continue
        for field in sobject.stored_fields:
            kept = there.find(field.name)
            if kept is None:
                empty_column(connection, sobject, field)
            elif _rules(kept) != _rules(field):
                drop_index(connection, sobject, field)
        for field in there.stored_fields:
            if sobject.find(field.name) is None:
                drop_leftover(connection, sobject, field)


def _rules(field: Field) -> tuple[bool, bool, bool]:
    return field.unique, field.external_id, field.id_lookup

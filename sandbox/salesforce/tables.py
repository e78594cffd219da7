"""One real table an object, made, widened and narrowed from the schema; knows no rights and no requests."""

import sqlite3

from sandbox.salesforce.database import quoted
from sandbox.salesforce.schema import Field, Schema, SObject

_OWN = """
CREATE TABLE IF NOT EXISTS sandbox_sequence (name TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sandbox_setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sandbox_hidden (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sandbox_cleared (
    parent TEXT NOT NULL, object TEXT NOT NULL, field TEXT NOT NULL, id TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS sandbox_cleared_parent ON sandbox_cleared (parent);
CREATE TABLE IF NOT EXISTS sandbox_component (
    type TEXT NOT NULL, name TEXT NOT NULL, xml TEXT, PRIMARY KEY (type, name)
) WITHOUT ROWID;
"""


def prepare_own_tables(connection: sqlite3.Connection) -> None:
    for statement in _OWN.split(";"):
        connection.execute(statement)


def _column(field: Field) -> str:
    if field.type == "boolean":
        return f"{quoted(field.name)} INTEGER NOT NULL DEFAULT 0"
    if field.is_number:
        return f"{quoted(field.name)} {'INTEGER' if field.type == 'int' else 'REAL'}"
    # assumed: letter case is ignored for ASCII only; the vendor ignores it in every script
    folded = field.is_text and not field.case_sensitive
    return f"{quoted(field.name)} TEXT{' COLLATE NOCASE' if folded else ''}"


def _indexes(sobject: SObject) -> list[str]:
    table, statements = sobject.name, list[str]()
    for field in sobject.stored_fields:
        name, column = quoted(f"{table}.{field.name}"), quoted(field.name)
        if field.type == "id":
            statements.append(f"CREATE UNIQUE INDEX IF NOT EXISTS {name} ON {quoted(table)} ({column})")
        elif field.unique:
            # the recycle bin does not keep a value taken
            where = "WHERE IsDeleted = 0"
            statements.append(f"CREATE UNIQUE INDEX IF NOT EXISTS {name} ON {quoted(table)} ({column}) {where}")
        elif (field.reference_to and not field.name.endswith("ById")) or field.external_id or field.id_lookup:
            where = f"WHERE {column} IS NOT NULL"
            statements.append(f"CREATE INDEX IF NOT EXISTS {name} ON {quoted(table)} ({column}) {where}")
        elif field.name == "SystemModstamp":
            statements.append(f"CREATE INDEX IF NOT EXISTS {name} ON {quoted(table)} ({column})")
    return statements


def prepare_tables(connection: sqlite3.Connection, schema: Schema) -> None:
    """Create what is missing: a field that was added becomes a new column, empty in every row."""
    for sobject in schema:
        columns = [_column(field) for field in sobject.stored_fields]
        if sobject.find("IsDeleted") is None:
            columns.append("IsDeleted INTEGER NOT NULL DEFAULT 0")
        table = quoted(sobject.name)
        connection.execute(f"CREATE TABLE IF NOT EXISTS {table} (row INTEGER PRIMARY KEY, {', '.join(columns)})")
        there = {name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")}
        for field in sobject.stored_fields:
            if field.name not in there:
                connection.execute(f"ALTER TABLE {table} ADD COLUMN {_column(field)}")
        for statement in _indexes(sobject):
            connection.execute(statement)


def empty_column(connection: sqlite3.Connection, sobject: SObject, field: Field) -> None:
    """Take a field's data away. The column itself stays for whoever is just writing or reading by the old schema."""
    drop_index(connection, sobject, field)
    nothing = "0" if field.type == "boolean" else "NULL"
    connection.execute(f"UPDATE {quoted(sobject.name)} SET {quoted(field.name)} = {nothing}")


def drop_leftover(connection: sqlite3.Connection, sobject: SObject, field: Field) -> None:
    """Make room for a field of the name of one that was deleted: it may have another type."""
    table = quoted(sobject.name)
    if field.name in {name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")}:
        drop_index(connection, sobject, field)
        connection.execute(f"ALTER TABLE {table} DROP COLUMN {quoted(field.name)}")


def drop_index(connection: sqlite3.Connection, sobject: SObject, field: Field) -> None:
    """Forget a field's index; ``prepare_tables`` makes the one that its rules want now."""
    connection.execute(f"DROP INDEX IF EXISTS {quoted(f'{sobject.name}.{field.name}')}")

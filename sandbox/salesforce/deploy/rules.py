"""Validation and duplicate rules: kept as rows, and biting when rows are saved; the stand-in's own controls set them.

assumed: a rule's formula is not worked out. A validation rule refuses rows in which its field is left blank, or every
row when it names no field; a duplicate rule refuses new rows whose field has the value of another's.
"""

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.salesforce.database import quoted
from sandbox.salesforce.ids import make_ids
from sandbox.salesforce.values import UNCHANGED

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org
    from sandbox.salesforce.saving import Chunk


@dataclass(frozen=True)
class Rule:
    """One rule to set. ``field`` is what it looks at; ``message`` is what a validation rule says."""

    sobject: str
    name: str
    active: bool = True
    message: str = ""
    field: str = ""


def _number(org: "Org", prefix: str) -> str:
    return next(make_ids(prefix, org.database.reserve(prefix), 1))


def _entity(org: "Org", connection: sqlite3.Connection, sobject: str) -> str:
    sql = "SELECT Id FROM EntityDefinition WHERE QualifiedApiName = ?"
    found = connection.execute(sql, (sobject,)).fetchone()
    if found is not None:
        return str(found[0])
    new_id, label = _number(org, "4ie"), org.schema.get(sobject).label
    sql = "INSERT INTO EntityDefinition (Id, QualifiedApiName, Label) VALUES (?, ?, ?)"
    connection.execute(sql, (new_id, sobject, label))
    return new_id


def _checked(org: "Org", rule: Rule) -> Rule:
    """The rule with its names as the org spells them. Raises KeyError."""
    sobject = org.schema.get(rule.sobject)
    field = sobject.by_name[rule.field.lower()].name if rule.field else ""
    return Rule(sobject.name, rule.name, rule.active, rule.message, field)


def set_validation_rule(org: "Org", asked: Rule) -> str:
    """Make a validation rule, or change the one of its name; its id. Raises KeyError for an unknown object or field."""
    rule, now = _checked(org, asked), org.clock.system_stamp()
    with org.database.writing() as connection:
        entity = _entity(org, connection, rule.sobject)
        sql = "SELECT Id FROM ValidationRule WHERE EntityDefinitionId = ? AND ValidationName = ?"
        found = connection.execute(sql, (entity, rule.name)).fetchone()
        rule_id = str(found[0]) if found is not None else _number(org, "03d")
        connection.execute("DELETE FROM ValidationRule WHERE Id = ?", (rule_id,))
        connection.execute(
            "INSERT INTO ValidationRule (Id, ValidationName, Active, ErrorDisplayField, ErrorMessage,"
            " EntityDefinitionId, CreatedDate, LastModifiedDate, SystemModstamp) VALUES (?,?,?,?,?,?,?,?,?)",
            (
                *(rule_id, rule.name, int(rule.active), rule.field or None, rule.message or rule.name),
                *(entity, now, now, now),
            ),
        )
    return rule_id


def set_duplicate_rule(org: "Org", asked: Rule) -> str:
    """The same for a duplicate rule; what it compares is kept beside its row."""
    rule, now = _checked(org, asked), org.clock.system_stamp()
    with org.database.writing() as connection:
        sql = "SELECT Id FROM DuplicateRule WHERE SobjectType = ? AND DeveloperName = ?"
        found = connection.execute(sql, (rule.sobject, rule.name)).fetchone()
        rule_id = str(found[0]) if found is not None else _number(org, "0Bm")
        connection.execute("DELETE FROM DuplicateRule WHERE Id = ?", (rule_id,))
        connection.execute(
            "INSERT INTO DuplicateRule (Id, DeveloperName, MasterLabel, IsActive, SobjectType, CreatedDate,"
            " LastModifiedDate, SystemModstamp) VALUES (?,?,?,?,?,?,?,?)",
            (rule_id, rule.name, rule.name.replace("_", " "), int(rule.active), rule.sobject, now, now, now),
        )
    org.set_setting(f"duplicate_field:{rule_id}", rule.field)
    return rule_id


# -- biting ------------------------------------------------------------------------------------------------------------


def refuse_by_rules(chunk: "Chunk", new: list[int], old: list[int]) -> None:
    """Refuse what an active rule of the object does not let in; the org's own work is let in."""
    if chunk.plan.access.system:
        return
    name = chunk.plan.sobject.name
    sql = (
        "SELECT ErrorMessage, ErrorDisplayField FROM ValidationRule rule JOIN EntityDefinition entity"
        " ON entity.Id = rule.EntityDefinitionId WHERE Active AND QualifiedApiName = ?"
    )
    for message, field in chunk.connection.execute(sql, (name,)).fetchall():
        for place in (*new, *old):
            if place not in chunk.errors and _blank(chunk, place, field):
                chunk.refuse(place, "FIELD_CUSTOM_VALIDATION_EXCEPTION", message, *([field] if field else []))
    sql = "SELECT Id FROM DuplicateRule WHERE IsActive AND SobjectType = ?"
    for (rule_id,) in chunk.connection.execute(sql, (name,)).fetchall():
        field = chunk.org.setting(f"duplicate_field:{rule_id}", "")
        if field in chunk.values:
            _refuse_alike(chunk, new, field)


def _blank(chunk: "Chunk", place: int, field: str | None) -> bool:
    if not field:
        return True
    value = chunk.values[field][place] if field in chunk.values else UNCHANGED
    if value is not UNCHANGED:
        return value is None
    record_id = chunk.ids[place]
    sql = f"SELECT {quoted(field)} IS NULL FROM {quoted(chunk.plan.sobject.name)} WHERE Id = ?"
    found = chunk.connection.execute(sql, (record_id,)).fetchone() if record_id else None
    return found is None or bool(found[0])


def _refuse_alike(chunk: "Chunk", new: list[int], field: str) -> None:
    sql = f"SELECT 1 FROM {quoted(chunk.plan.sobject.name)} WHERE {quoted(field)} = ? AND IsDeleted = 0"
    for place in new:
        value = chunk.values[field][place]
        if place in chunk.errors or value is None or value is UNCHANGED:
            continue
        if chunk.connection.execute(sql, (value,)).fetchone() is not None:
            chunk.refuse(place, "DUPLICATES_DETECTED", "Use one of these records?")

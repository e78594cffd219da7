"""Trouble an admin can make, under /_sandbox/: fields deleted or made required, permission sets taken, rules set."""

from typing import Any

from flask import Blueprint, Response, request

from sandbox.salesforce.catalog import Key
from sandbox.salesforce.deploy.nodes import Node
from sandbox.salesforce.deploy.rules import Rule, set_duplicate_rule, set_validation_rule
from sandbox.salesforce.gate import answer, backstage
from sandbox.salesforce.metadata import granted_names
from sandbox.salesforce.org import Org
from sandbox.salesforce.permission_rows import PermissionRows

Changes = dict[Key, Node | None]


def _without_grants(org: Org, field: str) -> Changes:
    """The permission sets that say something of a field, without it."""
    found: Changes = {}
    for key, node in org.deployed.components.items():
        if key[0] == "PermissionSet":
            rest = [item for item in node.children if not _grants(item, field)]
            if len(rest) < len(node.children):
                found[key] = Node(node.tag, node.namespace, children=rest)
    return found


def _grants(node: Node, field: str) -> bool:
    return node.tag == "fieldPermissions" and field.lower() in granted_names(node)


def _key(org: Org, sobject: str, field: str) -> Key:
    """The component of a custom field. Raises KeyError for a standard one, which nobody can delete."""
    found = org.schema.get(sobject)
    key = "CustomField", f"{found.name}.{found.by_name[field.lower()].name}"
    if key not in org.deployed.components:
        raise KeyError(f"{field} is no custom field")
    return key


def delete_field(org: Org, sobject: str, field: str) -> None:
    """Take a custom field away for ever: from the schema, from every permission set, and with its data."""
    key = _key(org, sobject, field)
    org.change_metadata({key: None, **_without_grants(org, key[1])})


def require_field(org: Org, sobject: str, field: str) -> None:
    """Make a custom field required, or add one of text that is."""
    known = org.schema.get(sobject)
    if known.find(field) is None:
        key: Key = ("CustomField", f"{known.name}.{field}")
        values = {"fullName": field, "label": field.removesuffix("__c").replace("_", " "), "type": "Text"}
        node = _field(values | {"length": "80"})
    else:
        key = _key(org, sobject, field)
        node = org.deployed.components[key].without("required", "deleteConstraint")
        if node.value("referenceTo"):
            node.children.append(Node("deleteConstraint", text="Restrict"))
    node.children.append(Node("required", text="true"))
    org.change_metadata({key: node, **_without_grants(org, key[1])})


def _field(values: dict[str, str]) -> Node:
    return Node("CustomField", children=[Node(tag, text=text) for tag, text in values.items()])


def assign(org: Org, username: str, name: str, *, given: bool) -> None:
    """Give a permission set to a user, or take it away. Raises KeyError for an unknown user or set."""
    user_id = org.user_id(username)
    if name not in {item.name for item in org.permission_sets}:
        raise KeyError(name)
    with org.database.writing() as connection:
        if given:
            PermissionRows(org.database, connection, org.clock.system_stamp()).assign(username, [name])
        else:
            sql = (
                "DELETE FROM PermissionSetAssignment WHERE AssigneeId = ?"
                " AND PermissionSetId = (SELECT Id FROM PermissionSet WHERE Name = ?)"
            )
            connection.execute(sql, (user_id, name))
    org.forget_access()


# -- addresses ---------------------------------------------------------------------------------------------------------


def _asked(*names: str) -> list[str]:
    body: dict[str, Any] = request.get_json()
    return [str(body[name]) for name in names]


def _rule() -> Rule:
    body: dict[str, Any] = request.get_json()
    sobject, name = _asked("object", "name")
    active = bool(body.get("active", True))
    return Rule(sobject, name, active, str(body.get("message", "")), str(body.get("field", "")))


def _refused(error: Exception) -> Response:
    return answer({"error": str(error)}, 400)


def trouble_blueprint() -> Blueprint:
    pages = Blueprint("trouble", __name__, url_prefix="/_sandbox")
    pages.register_error_handler(KeyError, _refused)

    @pages.post("/fields/delete")
    def delete() -> Response:
        sobject, field = _asked("object", "field")
        delete_field(backstage().org, sobject, field)
        return answer({"deleted": f"{sobject}.{field}"})

    @pages.post("/fields/require")
    def require() -> Response:
        sobject, field = _asked("object", "field")
        require_field(backstage().org, sobject, field)
        return answer({"required": f"{sobject}.{field}"})

    @pages.post("/permission-sets/<any(assign, unassign):what>")
    def change(what: str) -> Response:
        username, name = _asked("username", "name")
        assign(backstage().org, username, name, given=what == "assign")
        return answer({"username": username, "name": name, "assigned": what == "assign"})

    @pages.post("/validation-rules")
    def validation() -> Response:
        return answer({"id": set_validation_rule(backstage().org, _rule())})

    @pages.post("/duplicate-rules")
    def duplicates() -> Response:
        return answer({"id": set_duplicate_rule(backstage().org, _rule())})

    return pages

"""A list view as describe tells it: columns, condition as a tree, and its whole SOQL; runs nothing."""

from typing import Any

from sandbox.salesforce.access import Access
from sandbox.salesforce.list_views.store import ListView
from sandbox.salesforce.schema import Field, Schema
from sandbox.salesforce.soql.parse import parse
from sandbox.salesforce.soql.tree import AllOf, AnyOf, Comparison, Condition, Literal, Membership, Negation

HIDDEN = ("Id", "CreatedDate", "LastModifiedDate", "SystemModstamp")
_SIGNS = {
    "=": "equals", "!=": "notEquals", "<": "lessThan", "<=": "lessThanOrEqualTo", ">": "greaterThan",
    ">=": "greaterThanOrEqualTo", "LIKE": "like",
}  # fmt: skip


class Description:
    """One list view as one user sees it."""

    def __init__(self, schema: Schema, access: Access, view: ListView) -> None:
        self._schema = schema
        self._access = access
        self.view = view
        columns = [(path, self._field(path)) for path in view.shape.columns]
        self.shown = {path: field for path, field in columns if field is not None}
        hidden = [(path, self._field(path)) for path in HIDDEN]
        self.hidden = {path: field for path, field in hidden if field is not None and path not in self.shown}

    def _field(self, path: str) -> Field | None:
        """The field at the end of a path, None if this user cannot see it."""
        owner = self._schema.get(self.view.sobject)
        *above, name = path.split(".")
        for relationship in above:
            lookup = owner.by_relationship[relationship.lower()]
            if not self._access.readable(owner, lookup):
                return None
            owner = self._schema.get(lookup.reference_to[0])
        return self._access.find(owner, name) if self._access.object_rights(owner).read else None

    @property
    def paths(self) -> list[str]:
        return [*self.shown, *self.hidden]

    @property
    def _order(self) -> list[tuple[str, bool]]:
        """Path and whether downwards; the Id settles ties."""
        wanted = [item.partition(" ") for item in self.view.shape.order]
        found = [(path, way.upper() == "DESC") for path, _, way in wanted if self._field(path) is not None]
        return [*found, ("Id", False)]

    def query(self, *, scoped: bool = False) -> str:
        """The whole SOQL; its scope is told beside it and stands in it only when asked."""
        fields = {**self.shown, **self.hidden}
        selected = ", ".join(f"toLabel({path})" if field.type == "picklist" else path for path, field in fields.items())
        scope = f" USING SCOPE {self.view.shape.scope}" if scoped and self.view.shape.scope else ""
        where = f" WHERE {self.view.shape.where}" if self.view.shape.where else ""
        order = ", ".join(f"{path} {'DESC' if down else 'ASC'} NULLS FIRST" for path, down in self._order)
        return f"SELECT {selected} FROM {self.view.sobject}{scope}{where} ORDER BY {order}"

    def columns(self) -> list[dict[str, object]]:
        places = {path: (place, down) for place, (path, down) in enumerate(self._order)}
        return [
            _column(path, field, places.get(path), hidden=path in self.hidden)
            for path, field in {**self.shown, **self.hidden}.items()
        ]

    def as_json(self) -> dict[str, object]:
        """assumed: a view that SOQL cannot say has neither query nor condition."""
        view = self.view
        where = parse(f"SELECT Id FROM {view.sobject} WHERE {view.shape.where}").where if view.shape.where else None
        return {
            "columns": self.columns(),
            "id": view.id[:15],
            "orderBy": [
                {
                    "fieldNameOrPath": path,
                    "nullsPosition": "first",
                    "sortDirection": "descending" if down else "ascending",
                }
                for path, down in self._order
            ],
            "query": self.query() if view.compatible else None,
            "relatedEntityId": None,
            "scope": view.shape.scope,
            "scopeEntityId": None,
            "sobjectType": view.sobject,
            "whereCondition": _condition(where) if where is not None and view.compatible else None,
        }


def _column(path: str, field: Field, place: tuple[int, bool] | None, *, hidden: bool) -> dict[str, object]:
    texts = field.is_text
    return {
        "ascendingLabel": "A-Z" if texts else "9-0",
        "descendingLabel": "Z-A" if texts else "0-9",
        "fieldNameOrPath": path,
        "hidden": hidden,
        "label": field.label,
        "selectListItem": f"toLabel({path})" if field.type == "picklist" else path,
        "sortDirection": None if place is None else "descending" if place[1] else "ascending",
        "sortIndex": None if place is None else place[0],
        "sortable": not field.is_long,
        "type": field.type,
    }


def _literal(value: Literal) -> str:
    found = value.value
    if value.kind == "string":
        return "'" + str(found).replace("'", "\\'") + "'"
    if value.kind == "number":
        return f"{found:g}"
    return "null" if found is None else str(found).lower() if isinstance(found, bool) else str(found)


def _condition(condition: Condition) -> dict[str, Any]:
    match condition:
        case AllOf() | AnyOf():
            word = "and" if isinstance(condition, AllOf) else "or"
            return {"conditions": [_condition(part) for part in condition.parts], "conjunction": word}
        case Negation():
            return {"condition": _condition(condition.part)}
        case Comparison():
            values = [_literal(condition.right)]
            return {"field": str(condition.left), "operator": _SIGNS[condition.operator], "values": values}
        case Membership():
            word = "notIn" if condition.negated else "in"
            return {"field": str(condition.left), "operator": word, "values": list(map(_literal, condition.values))}

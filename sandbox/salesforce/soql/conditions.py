"""WHERE and HAVING to SQL, with the vendor's strictness about which literal fits which field."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from sandbox.salesforce.clock import stamp
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.ids import normalise
from sandbox.salesforce.schema import Field
from sandbox.salesforce.soql.parse import LITERAL
from sandbox.salesforce.soql.periods import period
from sandbox.salesforce.soql.scope import Context
from sandbox.salesforce.soql.tree import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Literal,
    Membership,
    Negation,
    Operand,
    Path,
    Query,
)
from sandbox.salesforce.values import read_datetime

Parameters = list[object]
Resolve = Callable[[Operand], tuple[str, Field]]
Nested = Callable[[Query], tuple[str, Parameters]]
_EXPECTED = {
    "boolean": ("boolean", "boolean and should not be enclosed in quotes"),
    "int": ("number", "int and should not be enclosed in quotes"),
    "double": ("number", "double and should not be enclosed in quotes"),
    "currency": ("number", "double and should not be enclosed in quotes"),
    "percent": ("number", "double and should not be enclosed in quotes"),
    "date": ("date", "date and should not be enclosed in quotes"),
    "datetime": ("datetime", "dateTime and should not be enclosed in quotes"),
}
_TEXT = ("string", "string and should be enclosed in quotes")


class Conditions:
    """Compiles the conditions of one query level."""

    def __init__(self, context: Context, resolve: Resolve, nested: Nested) -> None:
        self._context = context
        self._resolve = resolve
        self._nested = nested

    def compile(self, condition: Condition) -> tuple[str, Parameters]:
        """SQL that is never null, so that NOT means what SOQL means by it. Raises ApiError."""
        match condition:
            case AllOf():
                return self._joined(condition.parts, " AND ")
            case AnyOf():
                return self._joined(condition.parts, " OR ")
            case Negation():
                sql, parameters = self.compile(condition.part)
                return f"NOT ({sql})", parameters
            case Comparison():
                return self._comparison(condition)
            case Membership():
                return self._membership(condition)

    def _joined(self, parts: tuple[Condition, ...], word: str) -> tuple[str, Parameters]:
        done = [self.compile(part) for part in parts]
        return "(" + word.join(sql for sql, _ in done) + ")", [item for _, found in done for item in found]

    def _field(self, operand: Operand) -> tuple[str, Field]:
        sql, field = self._resolve(operand)
        if field.is_long:
            message = f"field '{operand}' can not be filtered in a query call"
            raise self._context.fault(operand.position, "INVALID_FIELD", message)
        return sql, field

    # -- one comparison ------------------------------------------------------------------------------------------

    def _comparison(self, item: Comparison) -> tuple[str, Parameters]:
        sql, field = self._field(item.left)
        operator = item.operator
        self._check_operator(item, field)
        if item.right.kind == "period":
            return self._within_period(sql, field, item)
        value = self.value(field, item.right, item.left)
        if operator in ("=", "!=") and value is None:
            return f"{sql} IS {'NOT ' if operator == '!=' else ''}NULL", []
        if operator == "!=":
            return f"{sql} IS NOT ?", [value]
        if value is None:
            return "0", []  # nothing is less or more than nothing
        if operator == "LIKE":
            return f"({sql} LIKE ? ESCAPE '{LITERAL}' AND {sql} IS NOT NULL)", [item.right.value]
        return f"({sql} {operator} ? AND {sql} IS NOT NULL)", [value]

    def _check_operator(self, item: Comparison, field: Field) -> None:
        ordering, text = item.operator in ("<", ">", "<=", ">="), field.is_text or field.type == "id"
        if (item.operator == "LIKE" and not field.is_text) or (ordering and field.type in ("boolean", "reference")):
            # the wording is assumed
            raise self._context.fault(
                item.left.position, "INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {field.type} field"
            )
        if item.right.kind == "period" and text and period(str(item.right.value), date.min + timedelta(800)) is None:
            raise self._mismatch(field, item.right, item.left)

    def _mismatch(self, field: Field, literal: Literal, operand: Operand) -> ApiError:
        name = str(operand) if isinstance(operand, Path) else field.name
        _, wanted = _EXPECTED.get(field.type, _TEXT)
        message = f"value of filter criterion for field '{name}' must be of type {wanted}"
        return self._context.fault(literal.position, "INVALID_FIELD", message)

    def value(self, field: Field, literal: Literal, operand: Operand) -> object:
        """A literal as the column stores it; empty text is null. Raises ApiError."""
        if literal.kind == "null":
            return None
        wanted, _ = _EXPECTED.get(field.type, _TEXT)
        if literal.kind != wanted:
            raise self._mismatch(field, literal, operand)
        if field.type in ("id", "reference"):
            whole = normalise(literal.value)
            if whole is None and literal.value:
                message = f"invalid ID field: {literal.value}"
                raise self._context.fault(literal.position, "INVALID_QUERY_FILTER_OPERATOR", message)
            return whole
        if literal.kind == "boolean":
            return int(bool(literal.value))
        try:
            return self._moment(literal)
        except ValueError:
            raise self._context.fault(
                literal.position, "MALFORMED_QUERY", f"Invalid date or time: {literal.value}"
            ) from None

    @staticmethod
    def _moment(literal: Literal) -> object:
        if literal.kind == "datetime":
            return stamp(read_datetime(str(literal.value)))
        if literal.kind == "date":
            return date.fromisoformat(str(literal.value)).isoformat()
        if literal.kind == "string":
            return str(literal.value).replace(LITERAL, "") or None
        return literal.value

    def _within_period(self, sql: str, field: Field, item: Comparison) -> tuple[str, Parameters]:
        days = period(str(item.right.value), self._context.clock.now().astimezone(self._context.zone).date())
        if days is None or field.type not in ("date", "datetime"):
            raise self._mismatch(field, item.right, item.left)
        first, after = (self._day_start(day, field) for day in days)
        match item.operator:
            case "=":
                return f"({sql} >= ? AND {sql} < ? AND {sql} IS NOT NULL)", [first, after]
            case "!=":
                return f"({sql} IS NULL OR {sql} < ? OR {sql} >= ?)", [first, after]
            case "<":
                return f"({sql} < ? AND {sql} IS NOT NULL)", [first]
            case ">=":
                return f"({sql} >= ? AND {sql} IS NOT NULL)", [first]
            case ">":
                return f"({sql} >= ? AND {sql} IS NOT NULL)", [after]
            case _:
                return f"({sql} < ? AND {sql} IS NOT NULL)", [after]

    def _day_start(self, day: date, field: Field) -> str:
        if field.type == "date":
            return day.isoformat()
        return stamp(datetime.combine(day, time(), self._context.zone))

    # -- IN ------------------------------------------------------------------------------------------------------

    def _membership(self, item: Membership) -> tuple[str, Parameters]:
        sql, field = self._field(item.left)
        if item.query is not None:
            return self._semi_join(sql, field, item)
        values = [self.value(field, literal, item.left) for literal in item.values]
        given = [value for value in values if value is not None]
        marks = ",".join("?" * len(given))
        found = f"{sql} IS NOT NULL AND {sql} IN ({marks})"
        if len(given) < len(values):
            found = f"{sql} IS NULL OR ({found})"
        return (f"NOT ({found})" if item.negated else f"({found})"), given

    def _semi_join(self, sql: str, field: Field, item: Membership) -> tuple[str, Parameters]:
        query = item.query
        assert query is not None
        if field.type not in ("id", "reference"):
            message = "The left operand of an inner select must be an ID or reference field"  # assumed: text
            raise self._context.fault(item.left.position, "MALFORMED_QUERY", message)
        inner, parameters = self._nested(query)
        found = f"{sql} IS NOT NULL AND {sql} IN ({inner})"
        # an anti-join leaves out rows whose field is empty (assumed)
        negated = f"({sql} IS NOT NULL AND {sql} NOT IN ({inner}))"
        return (negated if item.negated else f"({found})"), parameters

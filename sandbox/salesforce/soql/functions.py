"""The functions of SOQL: aggregates, labels, parts of dates; from the SQL of an argument to the SQL of the call."""

from dataclasses import replace

from sandbox.salesforce.schema import Field
from sandbox.salesforce.soql.scope import Context
from sandbox.salesforce.soql.tree import Call

AGGREGATES = frozenset({"COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "AVG"})
LABELS = frozenset({"TOLABEL", "FORMAT"})
_DATE_PARTS = {"CALENDAR_YEAR": "%Y", "CALENDAR_MONTH": "%m", "DAY_IN_MONTH": "%d", "HOUR_IN_DAY": "%H"}
KNOWN = AGGREGATES | LABELS | _DATE_PARTS.keys() | {"DAY_ONLY"}
WHOLE = Field("expr", "int")
_NUMBER = Field("expr", "double")


def applied(context: Context, call: Call, sql: str, field: Field) -> tuple[str, Field]:
    """A known function over an argument that is compiled already. Raises ApiError MALFORMED_QUERY."""
    name = call.function
    if name in LABELS:
        return sql, field
    if name == "COUNT":
        return f"count({sql})", WHOLE
    if name == "COUNT_DISTINCT":
        return f"count(DISTINCT {sql})", WHOLE
    if name in AGGREGATES:
        _check_aggregate(context, call, field)
        return f"{name.lower()}({sql})", field if name in ("MIN", "MAX") else replace(_NUMBER, scale=field.scale)
    if name == "DAY_ONLY":  # assumed: days are UTC days, as in the vendor without convertTimezone
        return f"substr({sql}, 1, 10)", Field(field.name, "date")
    return f"CAST(strftime('{_DATE_PARTS[name]}', substr({sql}, 1, 19)) AS INTEGER)", WHOLE


def _check_aggregate(context: Context, call: Call, field: Field) -> None:
    numeric = call.function in ("SUM", "AVG")
    if (numeric and not field.is_number) or field.type == "boolean" or field.is_long:
        message = f"field {field.name} does not support aggregate operator {call.function}"
        raise context.fault(call.position, "MALFORMED_QUERY", message)

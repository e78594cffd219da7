"""A parsed query to parameterised SQL: what is selected, grouped, ordered and cut; runs nothing."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.soql.conditions import Conditions, Parameters
from sandbox.salesforce.soql.functions import AGGREGATES, KNOWN, LABELS, WHOLE, applied
from sandbox.salesforce.soql.scope import Column, Context, Scope
from sandbox.salesforce.soql.tree import Call, Operand, Path, Query, SelectItem

_MAX_OFFSET = 2_000


class Output(NamedTuple):
    """One value of the answer: where it stands in the record, and its field."""

    parts: tuple[str, ...]
    field: Field


@dataclass(frozen=True)
class Compiled:
    """SQL for one query. ``rows`` gives row numbers, ``page`` gives the values of some of them, ``whole`` gives all."""

    sobject: SObject
    outputs: tuple[Output, ...]
    aggregate: bool
    count_only: bool
    whole: str
    rows: str
    page: str
    parameters: Parameters
    parents: tuple[tuple[tuple[str, ...], SObject], ...] = ()  # whose ids follow the root's id at a page row's end


class Compiler:
    """Compiles one query level; nested queries get a compiler of their own."""

    def __init__(self, context: Context, query: Query, root: str = "t") -> None:
        self._context = context
        self._query = query
        self._sobject = context.sobject(query.sobject, query.position)
        self._selected = Scope(context, self._sobject, query.alias, root)
        self._filtered = Scope(context, self._sobject, query.alias, root)
        self._root = root
        self._unnamed = 0

    # -- operands ------------------------------------------------------------------------------------------------

    def _plain(self, operand: Operand, scope: Scope) -> tuple[str, Field]:
        """An operand where nothing may be aggregated: WHERE, GROUP BY, inside another function."""
        if isinstance(operand, Call) and operand.function in AGGREGATES:
            message = f"unexpected aggregate function: {operand.function}"  # the wording is assumed
            raise self._context.fault(operand.position, "MALFORMED_QUERY", message)
        return self._operand(operand, scope)

    def _operand(self, operand: Operand, scope: Scope) -> tuple[str, Field]:
        if isinstance(operand, Path):
            column = scope.column(operand)
            return column.sql, column.field
        name = operand.function
        if name == "COUNT" and operand.argument is None:
            return "count(*)", WHOLE
        if operand.argument is None or name not in KNOWN:
            message = f"Unknown function: {name}"  # assumed: text
            raise self._context.fault(operand.position, "MALFORMED_QUERY", message)
        sql, field = self._plain(operand.argument, scope)
        return applied(self._context, operand, sql, field)

    # -- select --------------------------------------------------------------------------------------------------

    @property
    def _aggregate(self) -> bool:
        calls = (item.operand for item in self._query.items if isinstance(item.operand, Call))
        return bool(self._query.grouping) or any(call.function in AGGREGATES for call in calls)

    def _items(self) -> tuple[SelectItem, ...]:
        """The select list with FIELDS(...) spelled out."""
        found: list[SelectItem] = []
        for item in self._query.items:
            operand = item.operand
            if not (isinstance(operand, Call) and operand.function == "FIELDS"):
                found.append(item)
                continue
            kind = str(operand.argument).upper()
            if kind != "STANDARD" and (self._query.limit or 201) > 200:
                message = "The SOQL FIELDS function must have a LIMIT of at most 200"
                raise self._context.fault(operand.position, "MALFORMED_QUERY", message)
            found.extend(
                SelectItem(Path((field.name,), operand.position))
                for field in self._context.access.visible_fields(self._sobject)
                if kind == "ALL" or field.custom == (kind == "CUSTOM")
            )
        return tuple(found)

    def _select(self) -> tuple[list[str], list[Output]]:
        expressions, outputs = list[str](), list[Output]()
        grouped = self._grouped()
        seen: set[tuple[str, ...]] = set()
        for item in self._items():
            sql, output = self._one(item)
            aggregated = isinstance(item.operand, Call) and item.operand.function in AGGREGATES
            if self._aggregate and not aggregated and sql not in grouped:
                message = f"Field must be grouped or aggregated: {'.'.join(output.parts)}"
                raise self._context.fault(item.operand.position, "MALFORMED_QUERY", message)
            if output.parts in seen:
                raise ApiError(400, "INVALID_FIELD", f"duplicate field selected: {'.'.join(output.parts)}")
            seen.add(output.parts)
            expressions.append(sql)
            outputs.append(output)
        return expressions, outputs

    def _grouped(self) -> set[str]:
        return {self._plain(item, self._selected)[0] for item in self._query.grouping}

    def _one(self, item: SelectItem) -> tuple[str, Output]:
        operand = item.operand
        if isinstance(operand, Path):
            column: Column = self._selected.column(operand)
            if item.alias and not self._aggregate:
                message = "only aggregate expressions use field aliasing"
                raise self._context.fault(operand.position, "MALFORMED_QUERY", message)
            # in an aggregate result a path is known by its last name alone
            parts = (item.alias or column.field.name,) if self._aggregate else column.parts
            return column.sql, Output(parts, column.field)
        sql, field = self._operand(operand, self._selected)
        if item.alias is None and operand.function in LABELS:
            return sql, Output((field.name,), field)
        if item.alias is None:
            name = f"expr{self._unnamed}"
            self._unnamed += 1
        else:
            name = item.alias
        return sql, Output((name,), field)

    # -- the other clauses ---------------------------------------------------------------------------------------

    def _conditions(self) -> Conditions:
        return Conditions(self._context, lambda operand: self._plain(operand, self._filtered), self._nested)

    def _aggregated(self, operand: Operand) -> tuple[str, Field]:
        """An operand of HAVING, or of ORDER BY over groups."""
        sql, field = self._operand(operand, self._selected)
        if not (isinstance(operand, Call) and operand.function in AGGREGATES) and sql not in self._grouped():
            message = f"Field must be grouped or aggregated: {operand}"
            raise self._context.fault(operand.position, "MALFORMED_QUERY", message)
        return sql, field

    def _nested(self, query: Query) -> tuple[str, Parameters]:
        if len(query.items) != 1 or not isinstance(query.items[0].operand, Path):
            message = "Nesting of semi join sub-selects needs exactly one selected field"  # assumed: text
            raise self._context.fault(query.position, "MALFORMED_QUERY", message)
        inner = Compiler(self._context, query, self._root + "n")
        column = inner._filtered.column(query.items[0].operand)
        if column.field.type not in ("id", "reference"):
            message = "Inner select must select an ID or reference field"  # assumed: text
            raise self._context.fault(query.position, "MALFORMED_QUERY", message)
        where, parameters = inner._where()
        return (
            f"SELECT {column.sql} FROM {inner._filtered.source} WHERE {where} AND {column.sql} IS NOT NULL",
            parameters,
        )

    def _where(self) -> tuple[str, Parameters]:
        parts, parameters = list[str](), list[object]()
        if not self._context.all_rows:
            parts.append(f"{self._root}.IsDeleted = 0")
        if (self._query.scope or "everything").lower() == "mine":
            parts.append(f"{self._root}.OwnerId = ?")
            parameters.append(self._context.access.user_id)
        if self._query.where is not None:
            sql, found = self._conditions().compile(self._query.where)
            parts.append(sql)
            parameters += found
        return " AND ".join(parts) or "1", parameters

    def _order(self) -> str:
        parts: list[str] = []
        for item in self._query.ordering:
            found = self._aggregated(item.operand) if self._aggregate else self._plain(item.operand, self._filtered)
            sql, field = found
            if field.is_long:
                message = f"field '{item.operand}' can not be sorted in a query call"
                raise self._context.fault(item.operand.position, "INVALID_FIELD", message)
            nulls = "LAST" if item.nulls_last else "FIRST"
            parts.append(f"{sql} {'DESC' if item.descending else 'ASC'} NULLS {nulls}")
        return " ORDER BY " + ", ".join(parts) if parts else ""

    def _cut(self) -> str:
        limit, offset = self._query.limit, self._query.offset
        if offset is not None and offset > _MAX_OFFSET:
            raise ApiError(400, "NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {_MAX_OFFSET}")
        if limit is None and offset is None:
            return ""
        return f" LIMIT {-1 if limit is None else limit}" + (f" OFFSET {offset}" if offset else "")

    def _group(self) -> tuple[str, Parameters]:
        parts: list[str] = []
        for item in self._query.grouping:
            sql, field = self._plain(item, self._selected)
            if field.type == "datetime" or field.is_long or (field.is_number and isinstance(item, Path)):
                message = f"field '{item}' can not be grouped in a query call"
                raise self._context.fault(item.position, "INVALID_FIELD", message)
            parts.append(sql)
        sql, parameters = (" GROUP BY " + ", ".join(parts)) if parts else "", list[object]()
        if self._query.having is not None:
            having, parameters = Conditions(self._context, self._aggregated, self._nested).compile(self._query.having)
            sql += f" HAVING {having}"
        return sql, parameters

    # -- whole ---------------------------------------------------------------------------------------------------

    def compile(self) -> Compiled:
        """Raises ApiError as the vendor would answer."""
        first = self._query.items[0].operand
        count_only = isinstance(first, Call) and first.function == "COUNT" and first.argument is None
        expressions, outputs = self._select()
        where, parameters = self._where()
        group, more = self._group()
        order = self._order()
        cut = self._cut()
        joins = self._filtered.joins | self._selected.joins
        everything = replace(self._selected, joins=joins)
        selected = ", ".join(expressions)
        rows = f"SELECT {self._root}.row FROM {self._filtered.source} WHERE {where}{order}{cut}"
        wanted = " ".join(self._selected.joins.values())
        parents = sorted(self._selected.parents.items())
        ids = ", ".join(f"{table}.Id" for table in (self._root, *(table for _, (table, _) in parents)))
        page = (
            f'SELECT {selected}, {ids} FROM json_each(?) j CROSS JOIN "{self._sobject.name}" {self._root}'
            f" ON {self._root}.row = j.value {wanted} ORDER BY j.key"
        )
        whole = f"SELECT {selected} FROM {everything.source} WHERE {where}{group}{order}{cut}"
        return Compiled(
            self._sobject,
            tuple(outputs),
            self._aggregate,
            count_only,
            whole,
            rows,
            page,
            [*parameters, *more],
            tuple((path, sobject) for path, (_, sobject) in parents),
        )

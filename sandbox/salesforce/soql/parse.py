"""Text to tree: lark reads the grammar beside this module, and faults become the vendor's MALFORMED_QUERY."""

import re
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken, VisitError

from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.soql.tree import (
    AllOf,
    AnyOf,
    Call,
    Comparison,
    Literal,
    Membership,
    Negation,
    OrderItem,
    Path,
    Query,
    SelectItem,
)

LONGEST = 100_000
LITERAL = "\x01"  # stands before a % or _ that LIKE takes as it is
_ESCAPES = {"%": LITERAL + "%", "_": LITERAL + "_", "n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


@cache
def _grammar() -> Lark:
    text = (FilePath(__file__).parent / "grammar.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", maybe_placeholders=False)


def fault(text: str, position: int, code: str, message: str) -> ApiError:
    """A refusal that points at its place: the vendor's four lines (assumed: the whole query is shown, on one line)."""
    before = text[:position]
    row, column = before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
    line = text.splitlines()[row - 1] if text.splitlines() else text
    return ApiError(400, code, f"\n{line}\n{' ' * (column - 1)}^\nERROR at Row:{row}:Column:{column}\n{message}")


def _unescape(body: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), body, flags=re.DOTALL)


class _Parts(dict[str, Any]):
    """What a clause contributes to the query."""


@v_args(inline=True)
class _Builder(Transformer[Token, Query]):
    """Turns lark's tree into ours, bottom up."""

    def start(self, query: Query) -> Query:
        return query

    def query(self, *found: Any) -> Query:
        names = [item for item in found if isinstance(item, Token) and item.type == "NAME"]
        clauses = _Parts()
        for item in found:
            if isinstance(item, _Parts):
                clauses |= item
        return Query(
            sobject=str(names[0]),
            position=int(names[0].start_pos or 0),
            alias=str(names[1]) if len(names) > 1 else None,
            **clauses,
        )

    def select_list(self, *items: SelectItem) -> _Parts:
        return _Parts(items=items)

    def select_item(self, operand: Path | Call, alias: Token | None = None) -> SelectItem:
        return SelectItem(operand, str(alias) if alias is not None else None)

    def path(self, name: Token) -> Path:
        return Path(tuple(name.split(".")), int(name.start_pos or 0))

    def call(self, name: Token, argument: Path | Call | None = None) -> Call:
        return Call(name.upper(), argument, int(name.start_pos or 0))

    def scope(self, _using: Token, _scope: Token, name: Token) -> _Parts:
        return _Parts(scope=str(name))

    def where(self, _where: Token, condition: Any) -> _Parts:
        return _Parts(where=condition)

    def having(self, _having: Token, condition: Any) -> _Parts:
        return _Parts(having=condition)

    def grouping(self, _group: Token, _by: Token, *operands: Path | Call) -> _Parts:
        return _Parts(grouping=operands)

    def ordering(self, _order: Token, _by: Token, *items: OrderItem) -> _Parts:
        return _Parts(ordering=items)

    def order_item(self, operand: Path | Call, *words: Token) -> OrderItem:
        said = {word.lower() for word in words}
        return OrderItem(operand, "desc" in said, "last" in said)

    def nulls(self, _nulls: Token, place: Token) -> Token:
        return place

    def limit(self, _limit: Token, number: Token) -> _Parts:
        return _Parts(limit=int(number))

    def offset(self, _offset: Token, number: Token) -> _Parts:
        return _Parts(offset=int(number))

    def for_view(self, *_words: Token) -> _Parts:
        return _Parts()

    def all_of(self, *parts: Any) -> AllOf:
        return AllOf(tuple(part for part in parts if not isinstance(part, Token)))

    def any_of(self, *parts: Any) -> AnyOf:
        return AnyOf(tuple(part for part in parts if not isinstance(part, Token)))

    def group(self, condition: Any) -> Any:
        return condition

    def negation(self, _not: Token, part: Any) -> Negation:
        return Negation(part)

    def comparison(self, left: Path | Call, operator: Token, right: Literal) -> Comparison:
        return Comparison(left, "!=" if operator == "<>" else str(operator), right)

    def likeness(self, left: Path | Call, _like: Token, right: Literal) -> Comparison:
        return Comparison(left, "LIKE", right)

    def membership(self, left: Path | Call, _in: Token, members: Any) -> Membership:
        return self._members(left, members, negated=False)

    def non_membership(self, left: Path | Call, _not: Token, _in: Token, members: Any) -> Membership:
        return self._members(left, members, negated=True)

    def _members(self, left: Path | Call, members: Any, *, negated: bool) -> Membership:
        if isinstance(members, Query):
            return Membership(left, negated, query=members)
        return Membership(left, negated, values=tuple(members))

    def value_list(self, *values: Literal) -> tuple[Literal, ...]:
        return values

    def literal(self, token: Token) -> Literal:
        position = int(token.start_pos or 0)
        text = str(token)
        match token.type:
            case "STRING":
                return Literal("string", _unescape(text[1:-1]), position)
            case "NUMBER" | "INTEGER":
                return Literal("number", float(text), position)
            case "BOOLEAN":
                return Literal("boolean", text.lower() == "true", position)
            case "NULL":
                return Literal("null", None, position)
            case "DATE" | "DATETIME":
                return Literal(token.type.lower(), text, position)
            case _:
                return Literal("period", text.upper(), position)


def parse(text: str) -> Query:
    """Read a query. Raises ApiError MALFORMED_QUERY."""
    if len(text) > LONGEST:
        raise ApiError(400, "MALFORMED_QUERY", "SOQL statement is too long")  # assumed: text
    if not text.strip():
        raise ApiError(400, "MALFORMED_QUERY", "unexpected token: '<EOF>'")
    try:
        return _Builder().transform(_grammar().parse(text))
    except (UnexpectedToken, UnexpectedCharacters, UnexpectedEOF) as error:
        raise _malformed(text, error) from None
    except VisitError as error:
        if isinstance(error.orig_exc, ApiError):
            raise error.orig_exc from None
        raise


def _malformed(text: str, error: UnexpectedInput) -> ApiError:
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        return fault(text, int(error.token.start_pos or 0), "MALFORMED_QUERY", f"unexpected token: '{error.token}'")
    if isinstance(error, UnexpectedCharacters):
        place = error.pos_in_stream or 0
        word = re.match(r"\w+|.", text[place:], re.DOTALL)
        return fault(text, place, "MALFORMED_QUERY", f"unexpected token: '{word[0] if word else ''}'")
    return ApiError(400, "MALFORMED_QUERY", "unexpected token: '<EOF>'")

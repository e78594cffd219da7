"""The parts of a SOQL query as plain values; knows neither the grammar nor SQL."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Path:
    """``Contact.Name`` and where it stands in the text."""

    parts: tuple[str, ...]
    position: int

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True)
class Call:
    """``COUNT(Id)``, ``COUNT()``, ``toLabel(Status)``."""

    function: str  # in upper case
    argument: Path | Call | None
    position: int

    def __str__(self) -> str:
        return f"{self.function}({self.argument or ''})"


Operand = Path | Call


@dataclass(frozen=True)
class Literal:
    """``kind``: string, number, boolean, null, date, datetime, or period (``LAST_N_DAYS:7``)."""

    kind: str
    value: object
    position: int


@dataclass(frozen=True)
class Comparison:
    left: Operand
    operator: str
    right: Literal


@dataclass(frozen=True)
class Membership:
    left: Operand
    negated: bool
    values: tuple[Literal, ...] = ()
    query: Query | None = None


@dataclass(frozen=True)
class AllOf:
    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Negation:
    part: Condition


Condition = Comparison | Membership | AllOf | AnyOf | Negation


@dataclass(frozen=True)
class SelectItem:
    operand: Operand
    alias: str | None = None


@dataclass(frozen=True)
class OrderItem:
    operand: Operand
    descending: bool = False
    nulls_last: bool = False


@dataclass(frozen=True)
class Query:
    items: tuple[SelectItem, ...]
    sobject: str
    position: int  # of the object's name
    alias: str | None = None
    scope: str | None = None
    where: Condition | None = None
    grouping: tuple[Operand, ...] = ()
    having: Condition | None = None
    ordering: tuple[OrderItem, ...] = ()
    limit: int | None = None
    offset: int | None = None

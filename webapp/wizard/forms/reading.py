"""What every reader of a step answers and is given; it knows no request, no store and no vendor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")

Entries = Mapping[str, Any]
"""What was entered in one step, as typed."""

Problems = Mapping[str, str]
"""What is wrong with which field, in words; a problem of no single field has the name of none."""


@dataclass(frozen=True)
class Form:
    """A submitted form: a name may come several times."""

    values: Mapping[str, Sequence[str]]

    def get(self, name: str, default: str = "") -> str:
        """The first value of a name."""
        return next(iter(self.values.get(name, ())), default)

    def getlist(self, name: str) -> list[str]:
        """Every value of a name."""
        return list(self.values.get(name, ()))

    def __contains__(self, name: str) -> bool:
        return name in self.values


@dataclass(frozen=True)
class Read(Generic[T]):
    """What a step came to: a value, or problems."""

    value: T | None
    problems: Problems = field(default_factory=dict[str, str])


def read(value: T, problems: Problems) -> Read[T]:
    """The value if nothing is wrong with it."""
    return Read(None if problems else value, problems)


def line(text: str, longest: int) -> str:
    """One line of text as typed, without what cannot be seen and no longer than it may be."""
    return "".join(letter for letter in text if letter.isprintable())[:longest]


def parts(entries: Entries, name: str) -> Mapping[str, Any]:
    """The entries inside the entries of a step, by their name."""
    found = entries.get(name)
    return found if isinstance(found, dict) else {}

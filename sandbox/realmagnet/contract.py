"""Reads a request's members as WCF does: lenient with numerals, strict with types; knows no operation."""

from dataclasses import dataclass
from typing import Any, cast

import orjson


class BadContractError(Exception):
    """The body does not fit the contract: the service answers with its 400 page."""


_REQUIRED = object()


@dataclass(frozen=True, slots=True)
class Body:
    """One JSON object; a missing member is a mandatory one unless a default is given."""

    members: dict[str, Any]

    @classmethod
    def parse(cls, raw: bytes) -> "Body":
        try:
            members = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise BadContractError("The body is not JSON") from error
        return cls.of(members)

    @classmethod
    def of(cls, members: Any) -> "Body":
        if not isinstance(members, dict):
            raise BadContractError("The body is not an object")
        return cls(cast("dict[str, Any]", members))

    def _get(self, name: str, default: Any) -> Any:
        found = self.members.get(name)
        if found is not None:
            return found
        if default is _REQUIRED:
            raise BadContractError(f"Required member '{name}' was not found")
        return default

    def text(self, name: str, default: Any = _REQUIRED) -> str:
        found = self._get(name, default)
        if isinstance(found, (dict, list)):
            raise BadContractError(f"'{name}' is not text")
        return found if isinstance(found, str) else str(found)

    def integer(self, name: str, default: Any = _REQUIRED) -> int:
        return _integer(name, self._get(name, default))

    def flag(self, name: str, default: Any = _REQUIRED) -> bool:
        found = self._get(name, default)
        if isinstance(found, bool):
            return found
        if str(found).lower() in {"true", "false", "0", "1"}:
            return str(found).lower() in {"true", "1"}
        raise BadContractError(f"'{name}' is not a boolean")

    def items(self, name: str, default: Any = _REQUIRED) -> list[Any]:
        found = self._get(name, default)
        if not isinstance(found, list):
            raise BadContractError(f"'{name}' is not an array")
        return cast("list[Any]", found)

    def integers(self, name: str, default: Any = _REQUIRED) -> list[int]:
        return [_integer(name, item) for item in self.items(name, default)]

    def inner(self, name: str) -> "Body":
        return Body.of(self._get(name, _REQUIRED))


def _integer(name: str, found: Any) -> int:
    """Text that is a numeral passes, as it does through WCF's JSON reader; a fraction or a word does not."""
    if isinstance(found, (int, str)) and not isinstance(found, bool):
        try:
            return int(found)
        except ValueError as error:
            raise BadContractError(f"'{name}' is not an integer") from error
    raise BadContractError(f"'{name}' is not an integer")

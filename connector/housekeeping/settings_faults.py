"""Small checks of parts of a document: each tells in plain words, with the place, what is wrong. It knows no store."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, cast

from connector.errors import Misconfigured
from connector.model import schedule

_LONGEST_SHOWN = 40
MOST_FAULTS = 50


@dataclass(frozen=True)
class Fault:
    """What is wrong where."""

    path: str
    words: str


Faults = list[Fault]
Check = Callable[[object, str, Faults], None]


def yes_or_no(value: object, path: str, faults: Faults) -> None:
    """True or false."""
    if not isinstance(value, bool):
        faults.append(Fault(path, f"must be true or false, not {_shown(value)}"))


def whole(lowest: int, highest: int) -> Check:
    """A whole number in a range."""

    def check(value: object, path: str, faults: Faults) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            faults.append(Fault(path, f"must be a whole number from {lowest} to {highest}, not {_shown(value)}"))

    return check


def or_none(check: Check) -> Check:
    """What passes a check, or null."""

    def checked(value: object, path: str, faults: Faults) -> None:
        if value is not None:
            check(value, path, faults)

    return checked


def words(most: int, least: int = 0) -> Check:
    """A line of text of so many letters."""

    def check(value: object, path: str, faults: Faults) -> None:
        if not isinstance(value, str) or not least <= len(value) <= most or not value.isprintable():
            told = f"of {least} to {most} letters" if least else f"of at most {most} letters"
            faults.append(Fault(path, f"must be one line of text {told}, not {_shown(value)}"))

    return check


def one_of(known: Collection[str]) -> Check:
    """One of some words."""

    def check(value: object, path: str, faults: Faults) -> None:
        if not isinstance(value, str) or value not in known:
            faults.append(Fault(path, f"must be one of {', '.join(known)}, not {_shown(value)}"))

    return check


def time_of_day(value: object, path: str, faults: Faults) -> None:
    """HH:MM, both digits of each."""
    if not isinstance(value, str) or not _is_time(value):
        faults.append(Fault(path, f"must be a time of day such as 02:00, not {_shown(value)}"))


def _is_time(value: str) -> bool:
    try:
        return f"{schedule.parse_time(value):%H:%M}" == value
    except Misconfigured:
        return False


def zone(value: object, path: str, faults: Faults) -> None:
    """The name of a time zone."""
    try:
        schedule.parse_zone(value if isinstance(value, str) else "")
    except Misconfigured:
        faults.append(Fault(path, f"there is no time zone {_shown(value)}; one is America/New_York"))


def parts(wanted: Mapping[str, Check]) -> Check:
    """An object with these parts, each of them, and no others."""

    def check(value: object, path: str, faults: Faults) -> None:
        if not isinstance(value, dict):
            faults.append(Fault(path, f"must be an object with {', '.join(wanted)}, not {_shown(value)}"))
            return
        found = cast("dict[str, Any]", value)
        faults.extend(Fault(_at(path, name), "is missing") for name in wanted if name not in found)
        faults.extend(Fault(_at(path, name), "is nothing that is known here") for name in found if name not in wanted)
        for name, part in found.items():
            if name in wanted:
                wanted[name](part, _at(path, name), faults)

    return check


def some_of(known: Collection[str], check: Check) -> Check:
    """An object with some of these names."""

    def checked(value: object, path: str, faults: Faults) -> None:
        if not isinstance(value, dict):
            faults.append(Fault(path, f"must be an object, not {_shown(value)}"))
            return
        for name, part in cast("dict[str, Any]", value).items():
            if name in known:
                check(part, _at(path, name), faults)
            else:
                faults.append(Fault(_at(path, name), "is nothing that is known here"))

    return checked


def some_from(known: Collection[str]) -> Check:
    """A list of some of these words, each once."""

    def checked(value: object, path: str, faults: Faults) -> None:
        found = cast("list[object]", value) if isinstance(value, list) else None
        if found is None or len(found) > len(known):
            faults.append(Fault(path, f"must be a list of at most {len(known)} words, not {_shown(value)}"))
            return
        for place, one in enumerate(found):
            if one not in known or one in found[:place]:
                faults.append(Fault(f"{path}[{place}]", f"must be one of {', '.join(known)}, and once"))

    return checked


def each(check: Check, named_by: tuple[str, ...], most: int) -> Check:
    """A list in which no two have the same names."""

    def checked(value: object, path: str, faults: Faults) -> None:
        if not isinstance(value, list) or len(cast("list[Any]", value)) > most:
            faults.append(Fault(path, f"must be a list of at most {most}, not {_shown(value)}"))
            return
        seen: set[str] = set()
        for place, one in enumerate(cast("list[Any]", value)):
            before = len(faults)
            check(one, f"{path}[{place}]", faults)
            if len(faults) > before:
                continue
            name = " ".join(str(one[part]) for part in named_by).strip()
            if name in seen:
                faults.append(Fault(f"{path}[{place}]", f"is there twice: {_shown(name)}"))
            seen.add(name)

    return checked


def _at(path: str, name: str) -> str:
    return f"{path}.{name[:_LONGEST_SHOWN]}" if path else name[:_LONGEST_SHOWN]


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "an object"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    told = f"“{value}”" if isinstance(value, str) else str(value)
    return told if len(told) <= _LONGEST_SHOWN else f"{told[:_LONGEST_SHOWN]}…"

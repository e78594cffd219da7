"""Whether XML has the elements that its type knows, as the vendor's parser asks it; it knows no meaning of any."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sandbox.salesforce.deploy.nodes import NAMESPACE, Node

_TABLE = Path(__file__).with_name("elements.txt")
_ENTRY = re.compile(r"(\w+)([?!*+])(\w+)")
_PLAIN = {
    "boolean": re.compile("true|false|1|0"),
    "int": re.compile(r"-?\d+"),
    "double": re.compile(r"-?\d+(\.\d+)?"),
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
}


@dataclass(frozen=True)
class Element:
    """One element a type may have."""

    type: str
    required: bool
    many: bool


@dataclass(frozen=True)
class Fault:
    """What the parser complains of, and where."""

    text: str
    line: int
    column: int


@cache
def _tables() -> tuple[dict[str, dict[str, Element]], dict[str, frozenset[str]]]:
    types: dict[str, dict[str, Element]] = {}
    enumerations: dict[str, frozenset[str]] = {}
    head = ""
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        if not line.startswith(" "):
            head = line
        elif head.startswith("="):
            enumerations[head[1:]] = enumerations.get(head[1:], frozenset()) | set(line.split())
        else:
            for name, mark, kind in _ENTRY.findall(line):
                types.setdefault(head, {})[name] = Element(kind, mark in "!+", mark in "*+")
    return types, enumerations


def _fault(node: Node, text: str) -> Fault:
    return Fault(f"Error parsing file: {text}", node.line, node.column)


def check_root(node: Node, type_name: str) -> Iterator[Fault]:
    """Every complaint about a whole file that should be of a type."""
    if node.tag != type_name or node.namespace != NAMESPACE:
        # assumed: the words
        yield _fault(node, f"Entity of type {{{node.namespace}}}{node.tag} found where {type_name} was expected")
        return
    yield from check(node, type_name)


def check(node: Node, type_name: str) -> Iterator[Fault]:
    """Unknown, doubled and missing elements of one type, and values that are none, all the way down."""
    known = _tables()[0].get(type_name)
    if known is None:
        return
    before, met = "", set[str]()
    for child in node.children:
        element = known.get(child.tag) if child.namespace == NAMESPACE else None
        name = f"{{{child.namespace}}}{child.tag}"
        if element is None:
            yield _fault(child, f"Element {name} invalid at this location in type {type_name}")
        elif child.tag in met and (not element.many or child.tag != before):
            # elements of a name stand together
            yield _fault(child, f"Element {name} is duplicated at this location in type {type_name}")
        else:
            yield from _check_value(child, element.type)
        before = child.tag
        met.add(child.tag)
    for name, element in known.items():
        if element.required and name not in met:
            yield _fault(node, f"Required field is missing: {name}")


def _check_value(node: Node, kind: str) -> Iterator[Fault]:
    types, enumerations = _tables()
    pattern = _PLAIN.get(kind)
    if kind in enumerations:
        if node.text not in enumerations[kind]:
            yield _fault(node, f"'{node.text}' is not a valid value for the enum '{kind}'")
    elif pattern is not None and not pattern.fullmatch(node.text):
        yield _fault(node, f"'{node.text}' is not a valid value for the type xsd:{kind}")
    elif kind in types:
        yield from check(node, kind)

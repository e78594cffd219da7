"""XML as the deployment needs it: elements that know their line, in the Metadata API's namespace or not; no meaning."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"


class BrokenXmlError(Exception):
    """Text that is no well-formed XML. ``line`` and ``column`` start at 1."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


@dataclass
class Node:
    """One element. ``text`` is its own text, trimmed."""

    tag: str
    namespace: str = NAMESPACE
    line: int = 1
    column: int = 1
    text: str = ""
    children: list["Node"] = field(default_factory=list["Node"])

    def all(self, tag: str) -> list["Node"]:
        """The children of a name."""
        return [item for item in self.children if item.tag == tag]

    def find(self, tag: str) -> "Node | None":
        return next((item for item in self.children if item.tag == tag), None)

    def value(self, tag: str, default: str = "") -> str:
        """The text of the first child of a name; ``default`` when there is none or it is empty."""
        found = self.find(tag)
        return (found.text if found is not None else "") or default

    def flag(self, tag: str) -> bool:
        return self.value(tag) == "true"

    def number(self, tag: str) -> int:
        """A whole number, 0 when absent. Raises ValueError."""
        return int(self.value(tag, "0"))

    def walk(self, tag: str) -> Iterator["Node"]:
        """Every element of a name below this one, in order."""
        for item in self.children:
            if item.tag == tag:
                yield item
            yield from item.walk(tag)

    def without(self, *tags: str) -> "Node":
        """The same element, some children left out."""
        kept = [item for item in self.children if item.tag not in tags]
        return Node(self.tag, self.namespace, self.line, self.column, self.text, kept)


def _append(stack: list[Node], text: str) -> None:
    stack[-1].text += text


def parse(data: bytes) -> Node:
    """The root element. Raises BrokenXmlError."""
    top = Node("")
    stack = [top]
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def start(name: str, _attributes: dict[str, str]) -> None:
        namespace, _, tag = name.rpartition(" ")
        node = Node(tag, namespace, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)
        stack[-1].children.append(node)
        stack.append(node)

    def end(_name: str) -> None:
        node = stack.pop()
        node.text = node.text.strip()

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda text: _append(stack, text)
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise BrokenXmlError(expat.errors.messages[error.code], error.lineno, error.offset + 1) from None
    return top.children[0]


def as_xml(node: Node) -> str:
    """An element as text again; attributes and prefixes are not kept."""
    inside = "".join(as_xml(item) for item in node.children) or escape(node.text)
    return f'<{node.tag} xmlns="{node.namespace}">{inside}</{node.tag}>'

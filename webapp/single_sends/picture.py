"""A message's HTML made fit to be looked at inside our page: words, tables and headings; nothing that runs or loads.

Our content policy would stop the rest anyway; here it is left out, and a picture says what it shows instead.
"""

from collections.abc import Sequence
from html import escape
from html.parser import HTMLParser

_KEPT = frozenset(
    {
        *(
            "b",
            "big",
            "blockquote",
            "br",
            "caption",
            "center",
            "code",
            "dd",
            "div",
            "dl",
            "dt",
            "em",
            "font",
            "h1",
            "h2",
        ),
        *(
            "h3",
            "h4",
            "h5",
            "h6",
            "hr",
            "i",
            "li",
            "ol",
            "p",
            "pre",
            "s",
            "small",
            "span",
            "strong",
            "sub",
            "sup",
            "table",
        ),
        *("tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"),
    }
)
_SILENT = frozenset({"script", "style", "title", "head", "template", "noscript", "svg", "math"})
_ALONE = frozenset({"br", "hr"})
_NUMBERS = frozenset({"colspan", "rowspan"})


def picture(html: str) -> str:
    """A whole document for a frame that may do nothing."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return f'<!doctype html><html lang=""><meta charset="utf-8"><title>Message</title>{"".join(reader.out)}</html>'


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif self._silent:
            return
        elif tag == "a":
            self.out.append("<u>")
        elif tag == "img":
            shown = next((value for name, value in attrs if name == "alt" and value), "picture")
            self.out.append(f"[{escape(shown)}]")
        elif tag in _KEPT:
            numbers = [f' {name}="{value}"' for name, value in attrs if name in _NUMBERS and (value or "").isdigit()]
            self.out.append(f"<{tag}{''.join(numbers)}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif not self._silent and tag == "a":
            self.out.append("</u>")
        elif not self._silent and tag in _KEPT - _ALONE:
            self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.out.append(escape(data))

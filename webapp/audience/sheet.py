"""Rows as lines of a CSV file that spreadsheets open as text: no cell of ours may become a formula. No request."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from urllib.parse import quote

BOM = "\ufeff"
"""Without it Excel takes UTF-8 for the local code page."""

SIGNS = frozenset(
    "=+-@\u207a\u207b\u207c\u208a\u208b\u208c\u2212\ufb29\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20"
)
"""What a spreadsheet takes for the beginning of a formula, in every width and size that letters come in."""

_SEPARATORS = re.compile("([;\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029])")
"""Where a program may begin a new cell within one of ours: it was told of another separator, or heeds no quotes."""

_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_BLANK = frozenset('"\u115f\u1160\u3164\uffa0')
"""What may stand in front of a formula without being seen: by its category, a quotation mark, blank letters."""


def safe(cell: str) -> str:
    """The cell as a text: an apostrophe in front of what would be a formula, at its beginning or after a separator."""
    if SIGNS.isdisjoint(cell):
        return f"'{cell}" if cell.startswith(("\t", "\r", "\n")) else cell
    parts = [f"'{part}" if _is_formula(part) else part for part in _SEPARATORS.split(cell)]
    if not parts[0] and cell.startswith(("\t", "\r", "\n")):
        parts[0] = "'"
    return "".join(parts)


def _is_formula(part: str) -> bool:
    for letter in part:
        if letter in SIGNS:
            return True
        if letter not in _BLANK and unicodedata.category(letter) not in _UNSEEN:
            return False
    return False


def lines(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV, every cell in quotes, with the line ends that RFC 4180 wants."""
    target = io.StringIO()
    csv.writer(target, quoting=csv.QUOTE_ALL).writerows([safe(cell) for cell in row] for row in rows)
    return target.getvalue()


def attached(*parts: str) -> str:
    """A `Content-Disposition` that names the file by these words; older readers get their ASCII letters (RFC 6266)."""
    kept = (" ".join(re.sub(r"[^\w .-]+", " ", part).split()).strip(". ") for part in parts)
    name = " - ".join(part[:80] for part in kept if part) + ".csv"
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"

"""Rows as lines of a CSV file that spreadsheets open as text: no cell of ours may become a formula. No request."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from urllib.parse import quote

BOM = "\ufeff"
"""Without it Excel takes UTF-8 for the local code page."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the beginning of a formula, the full-width forms too."""


def safe(cell: str) -> str:
    """The cell as a text: an apostrophe in front of what would be a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def lines(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV with the line ends that RFC 4180 wants."""
    target = io.StringIO()
    csv.writer(target).writerows([safe(cell) for cell in row] for row in rows)
    return target.getvalue()


def attached(*parts: str) -> str:
    """A `Content-Disposition` that names the file by these words; older readers get their ASCII letters (RFC 6266)."""
    kept = (" ".join(re.sub(r"[^\w .-]+", " ", part).split()).strip(". ") for part in parts)
    name = " - ".join(part[:80] for part in kept if part) + ".csv"
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"

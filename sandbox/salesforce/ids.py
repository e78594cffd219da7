"""The org's record ids: reading what callers send, and numbering new records; the checksum is sandbox.ids'."""

from collections.abc import Iterator
from functools import lru_cache

from sandbox.ids import CHECKSUM, DIGITS, LONG, SHORT, to_id18

_LETTERS = frozenset(DIGITS)
_POD = "Hu0000"  # not the pod of the seeded people, so that new records never meet them
_CHUNK = 5


def normalise(value: object) -> str | None:
    """The 18-character form of an id of 15 or 18 characters; None if it is no id at all."""
    if not isinstance(value, str) or len(value) not in (SHORT, LONG) or not _LETTERS.issuperset(value):
        return None
    whole = to_id18(value[:SHORT])
    if len(value) == LONG and value[SHORT:].upper() != whole[SHORT:]:
        return None
    return whole


@lru_cache(maxsize=4096)
def _guard(chunk: str) -> str:
    return CHECKSUM[sum(1 << place for place, letter in enumerate(chunk) if letter.isupper())]


def make_ids(prefix: str, first: int, count: int) -> Iterator[str]:
    """The ids of ``count`` records of one kind, the first of them numbered ``first``."""
    for number in range(first, first + count):
        digits, rest = "", number
        for _ in range(SHORT - len(prefix) - len(_POD)):
            rest, digit = divmod(rest, len(DIGITS))
            digits = DIGITS[digit] + digits
        short = prefix + _POD + digits
        yield short + _guard(short[:_CHUNK]) + _guard(short[_CHUNK : 2 * _CHUNK]) + _guard(short[2 * _CHUNK :])

"""The org's record ids: reading what callers send, and numbering new records; the checksum is sandbox.ids'."""

from collections.abc import Iterator

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


def _guard(chunk: str) -> str:
    return CHECKSUM[_bits(chunk)]


def _bits(chunk: str) -> int:
    return sum(1 << place for place, letter in enumerate(chunk) if letter.isupper())


_LAST = [(digit, _bits("...." + digit)) for digit in DIGITS]


def make_ids(prefix: str, first: int, count: int) -> Iterator[str]:
    """The ids of ``count`` records of one kind, the first of them numbered ``first``."""
    for row in range(first // len(DIGITS), (first + count - 1) // len(DIGITS) + 1):  # ids that differ in one letter
        digits, rest = "", row
        for _ in range(SHORT - 1 - len(prefix) - len(_POD)):
            rest, digit = divmod(rest, len(DIGITS))
            digits = DIGITS[digit] + digits
        head = prefix + _POD + digits
        guard, bits = _guard(head[:_CHUNK]) + _guard(head[_CHUNK : 2 * _CHUNK]), _bits(head[2 * _CHUNK :])
        start = row * len(DIGITS)
        for digit, more in _LAST[max(0, first - start) : first + count - start]:
            yield f"{head}{digit}{guard}{CHECKSUM[bits + more]}"

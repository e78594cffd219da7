"""Salesforce record ids: serial numbers to 15 characters, 15 to 18 with the checksum; knows no record."""

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
SHORT, LONG = 15, 18

ACCOUNT, CONTACT, LEAD, CAMPAIGN, CAMPAIGN_MEMBER, USER = "001", "003", "00Q", "701", "00v", "005"

_INSTANCE = "Dn00000"  # pod and reserved characters, as every id of one org carries them
_FIRST_SERIAL = 1_000


def to_id18(id15: str) -> str:
    """Append the three characters that let a case-blind program keep the id apart from its twins."""
    if len(id15) != SHORT:
        raise ValueError(f"a short id has {SHORT} characters, not {len(id15)}")
    chunks = (id15[start : start + 5] for start in range(0, SHORT, 5))
    return id15 + "".join(
        CHECKSUM[sum(1 << place for place, letter in enumerate(chunk) if "A" <= letter <= "Z")] for chunk in chunks
    )


def is_valid(record_id: str) -> bool:
    """Whether the text is a well-formed id of either length, its checksum included."""
    if len(record_id) not in (SHORT, LONG) or not all(letter in DIGITS for letter in record_id):
        return False
    return len(record_id) == SHORT or to_id18(record_id[:SHORT]) == record_id


def make_id(prefix: str, serial: int) -> str:
    """The 18-character id of the nth record (from 0) with this key prefix."""
    if serial < 0:
        raise ValueError("a serial number starts at 0")
    digits, rest = "", serial + _FIRST_SERIAL
    for _ in range(SHORT - len(prefix) - len(_INSTANCE)):
        rest, digit = divmod(rest, len(DIGITS))
        digits = DIGITS[digit] + digits
    return to_id18(prefix + _INSTANCE + digits)

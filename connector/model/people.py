"""Salesforce ids and addresses, in the one form in which they are compared."""

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_PERSON = {"003": "Contact", "00Q": "Lead"}


def id18(text: str) -> str:
    """The 18-character form of a Salesforce id of 15 or 18 characters; anything else comes back as it was.

    Three check letters, one for each five characters: its bits say which of the five are capitals.
    """
    if len(text) not in {15, 18} or not text.isalnum() or not text.isascii():
        return text
    text = text[:15]
    check = "".join(
        _LETTERS[sum(1 << bit for bit, letter in enumerate(text[start : start + 5]) if letter.isupper())]
        for start in (0, 5, 10)
    )
    return text + check


def kind_of(person_id: str) -> str:
    """Contact or Lead by the prefix of an id; empty for anything else."""
    return _PERSON.get(person_id[:3], "")


def address(text: str) -> str:
    """An e-mail address as it is compared: without outer spaces, in lower case."""
    return text.strip().lower()

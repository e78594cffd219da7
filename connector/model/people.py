"""Salesforce ids and addresses, in the one form in which they are compared."""

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHORT = 15
_PERSON = {"003": "Contact", "00Q": "Lead"}


def id18(text: str) -> str:
    """The 18-character form of a Salesforce id of 15 or 18 characters; anything else comes back as it was.

    Three check letters, one for each five characters: its bits say which of the five are capitals. So an id of 18
    characters whose letters another program changed in case gets them back, and one with wrong check letters names
    nobody: never somebody else.
    """
    if len(text) not in {15, 18} or not text.isalnum() or not text.isascii():
        return text
    check = _check_letters(text)
    if len(text) == _SHORT:
        return text + check
    return text if check == text[_SHORT:] else _restored(text)


def _check_letters(text: str) -> str:
    return "".join(
        _LETTERS[sum(1 << bit for bit, letter in enumerate(text[start : start + 5]) if letter.isupper())]
        for start in (0, 5, 10)
    )


def _restored(text: str) -> str:
    check = text[_SHORT:].upper()
    capitals = [_LETTERS.find(check[place // 5]) >> place % 5 & 1 for place in range(_SHORT)]
    letters = zip(text[:_SHORT], capitals, strict=True)
    found = "".join(letter.upper() if capital else letter.lower() for letter, capital in letters)
    return found + check if _check_letters(found) == check else text


def kind_of(person_id: str) -> str:
    """Contact or Lead by the prefix of an id; empty for anything else."""
    return _PERSON.get(person_id[:3], "")


def address(text: str) -> str:
    """An e-mail address as it is compared: without outer spaces, in lower case."""
    return text.strip().lower()

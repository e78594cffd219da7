"""By what the account tells two recipients apart, in the form in which it is compared; it knows no row."""

from connector.model import people
from connector.model.groups import CUSTOM_MEMBER_ID, EMAIL
from connector.model.uploads import Identifier

COLUMN = {Identifier.EMAIL: EMAIL, Identifier.CUSTOM_ID: CUSTOM_MEMBER_ID}
"""The recipient field that an account's identifier stands in."""


def compared(identifier: Identifier, text: str) -> str:
    """The form in which two are the same recipient: addresses letter case apart, and ids too, in plain letters only.

    A database like the vendor's does not tell capitals of an id apart (assumed); two rows that it would take for one
    must be one here as well, or somebody would be lost without a word.
    """
    if identifier is Identifier.EMAIL:
        return people.address(text)
    return text.strip().encode("utf-8", "ignore").lower().decode()

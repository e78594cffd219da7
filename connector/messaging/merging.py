"""A message as one person will get it: its merge fields replaced by the values of a recipient; it asks nobody.

How a merge field is written is not documented (assumed). The common ways are understood: [[First_Name]],
{{First_Name}}, %%First_Name%% and ##First_Name##. A name that nobody knows stays as it is, to be seen.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from connector.model.single_sends import MessageContent, PersonNow, RecipientNow

_MARK = re.compile(
    r"\[\[\s*([A-Za-z][\w .]{0,60}?)\s*\]\]"
    r"|\{\{\s*([A-Za-z][\w .]{0,60}?)\s*\}\}"
    r"|%%\s*([A-Za-z][\w .]{0,60}?)\s*%%"
    r"|##\s*([A-Za-z][\w .]{0,60}?)\s*##"
)
_CUSTOM = re.compile(r"customfield(\d+)")
_OTHER_NAMES = {"customid": "custommemberid", "address": "address1"}


@dataclass(frozen=True)
class Merged:
    """The message for one person; `unknown` are the marks that no field of the person fills."""

    subject: str
    html: str
    text: str
    unknown: tuple[str, ...]


def merged(content: MessageContent, person: PersonNow, recipient: RecipientNow | None) -> Merged:
    """With the fields the recipient has in Real Magnet; one who is still to be added has those of Salesforce."""
    values = _values(recipient.fields if recipient else person.fields)
    whole = (content.details.subject, content.html, content.text)
    marks = [mark for text in whole for mark in _MARK.finditer(text)]
    unknown = dict.fromkeys(mark[0] for mark in marks if _plain(_name(mark)) not in values)
    subject, html, text = (_filled(text, values, markup=place == 1) for place, text in enumerate(whole))
    return Merged(subject, html, text, tuple(unknown))


def _filled(text: str, values: Mapping[str, str], *, markup: bool) -> str:
    def value(mark: re.Match[str]) -> str:
        found = values.get(_plain(_name(mark)))
        return mark[0] if found is None else escape(found) if markup else found

    return _MARK.sub(value, text)


def _values(fields: Mapping[str, str]) -> dict[str, str]:
    found = {_plain(name): value for name, value in fields.items()}
    for name, value in list(found.items()):
        custom = _CUSTOM.fullmatch(name)
        other = f"custom{custom[1]}" if custom else _OTHER_NAMES.get(name)
        if other:
            found[other] = value
    return found


def _name(mark: re.Match[str]) -> str:
    return next(name for name in mark.groups() if name)


def _plain(name: str) -> str:
    return "".join(letter for letter in name if letter.isalnum()).lower()

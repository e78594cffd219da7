"""Reads what the fourth step lets a person set: which filters are on, and how far an audience may move by itself."""

from dataclasses import dataclass
from typing import Any

from connector.model.audience import Rule
from webapp.wizard.forms.reading import Entries, Form, Read, line, read

MOST_CHANGE = 25
_LARGEST = 100
PERCENT_WORDS = "Enter a whole number of per cent from 0 to 100; 0 switches this off."


@dataclass(frozen=True)
class Limits:
    """Which filters are on, and the guard rail in per cent."""

    rules: frozenset[Rule]
    most_change: int


def typed(form: Form, before: Entries) -> dict[str, Any]:
    """What was entered, over what was entered before. A form that shows no rules changes none."""
    if "most_change" not in form:
        return dict(before)
    rules = [rule for rule in form.getlist("rules") if rule in set(Rule)]
    return {**before, "rules": rules, "most_change": line(form.get("most_change"), 10)}


def entered(limits: Limits) -> dict[str, Any]:
    """A saved job's rules as they would have been entered."""
    return {"rules": sorted(limits.rules), "most_change": str(limits.most_change)}


def limits(entries: Entries) -> Read[Limits]:
    """The rules, or what is wrong; every filter is on where nobody chose."""
    rules = frozenset(Rule(rule) for rule in entries.get("rules", list(Rule)))
    text = str(entries.get("most_change", MOST_CHANGE)).strip().removesuffix("%").strip()
    understood = text.isascii() and text.isdigit() and len(text) <= len(str(_LARGEST)) and int(text) <= _LARGEST
    problems = {} if understood else {"most_change": PERCENT_WORDS}
    return read(Limits(rules, int(text) if understood else 0), problems)

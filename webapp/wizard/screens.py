"""What a step of the wizard is made of, so that going through the steps is written once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from webapp.wizard.drafts import Draft
from webapp.wizard.forms.reading import Problems


@dataclass(frozen=True)
class Checked:
    """What is wrong with what was entered, and what the vendors told that is to be kept with it."""

    problems: Problems = field(default_factory=dict[str, str])
    learned: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Screen:
    """One step: its template, whether Next may lead on, and what it shows."""

    template: str
    check: Callable[[Draft], Checked]
    values: Callable[[Draft], dict[str, Any]]

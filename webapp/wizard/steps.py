"""The five steps of the wizard, in order, and how each is called; it knows no request."""

from enum import StrEnum


class Step(StrEnum):
    """A step; the value stands in addresses and names its part of a draft's entries."""

    SOURCE = "source"
    GROUP = "group"
    FIELDS = "fields"
    PREVIEW = "preview"
    WHEN = "when"

    @property
    def label(self) -> str:
        """What the path calls it."""
        return self.value.capitalize()

    @property
    def place(self) -> int:
        """Its number, from 1."""
        return STEPS.index(self) + 1


STEPS = tuple(Step)


def step_of(text: str) -> Step | None:
    """The step of this name, if it is one."""
    return Step(text) if text in set(Step) else None


def before(step: Step) -> Step:
    """The step that Back leads to; the first leads to itself."""
    return STEPS[max(step.place - 2, 0)]


def after(step: Step) -> Step:
    """The step that Next leads to; the last leads to itself."""
    return STEPS[min(step.place, len(STEPS) - 1)]

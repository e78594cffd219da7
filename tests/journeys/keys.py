"""A person without a mouse: reaches everything by Tab, chooses by arrows and Space, goes on by Enter."""

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Frame, Locator, Page, expect

FOCUSED = "element => element === document.activeElement"
_SAME_CHOICE = "element => document.activeElement.type === 'radio' && document.activeElement.name === element.name"
MOST_TABS, MOST_ARROWS = 150, 30


@dataclass
class Keys:
    """One keyboard in front of the app's frame."""

    page: Page
    frame: Frame

    def into_the_frame(self) -> None:
        """From Salesforce's own page into ours."""
        self._press_until("Tab", lambda: self.frame.evaluate("() => document.hasFocus()"), MOST_TABS)

    def press(self, role: Any, name: str | re.Pattern[str]) -> None:
        """Reach a link or a button, the first of this name, and press it."""
        self.reach(self.frame.get_by_role(role, name=name, exact=True).first)
        self.page.keyboard.press("Enter")

    def type(self, label: str, text: str) -> None:
        """Reach a field and replace what is in it."""
        self.reach(self.frame.get_by_label(label, exact=True))
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def tick(self, name: str) -> None:
        """Reach a box and switch it."""
        self.reach(self.frame.get_by_role("checkbox", name=name, exact=True))
        self.page.keyboard.press("Space")

    def choose(self, name: str) -> None:
        """Reach a group of choices, and the one of this name in it."""
        wanted = self.frame.get_by_role("radio", name=name, exact=True)
        expect(wanted).to_be_visible()
        self._press_until("Tab", lambda: wanted.evaluate(_SAME_CHOICE), MOST_TABS)
        if not wanted.evaluate(FOCUSED):
            self._press_until("ArrowDown", lambda: wanted.evaluate(FOCUSED), MOST_ARROWS)
        if not wanted.is_checked():
            self.page.keyboard.press("Space")
        expect(wanted).to_be_checked()

    def reach(self, wanted: Locator) -> None:
        """Tab until something has the focus."""
        expect(wanted).to_be_visible()
        self._press_until("Tab", lambda: wanted.evaluate(FOCUSED), MOST_TABS)

    def _press_until(self, key: str, there: Any, most: int) -> None:
        for _ in range(most):
            if there():
                return
            self.page.keyboard.press(key)
        raise AssertionError(f"{most} times {key} did not lead there; the focus is on {self._focus()}")

    def _focus(self) -> str:
        return str(self.frame.evaluate("() => document.activeElement.outerHTML.slice(0, 200)"))

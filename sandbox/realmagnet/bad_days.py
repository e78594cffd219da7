"""The switches for bad days: what is set, and whether it strikes the request at hand; knows no store."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict, cast

Expired = Literal["page", "null", "empty"]


class Settings(TypedDict):
    """All switches. In a rule, `op` is a regular expression on the operation's name (absent: any), `times` how often it
    strikes (1; -1 for always), `after` how many matching requests it lets pass first (0).
    """

    statuses_as: Literal["numbers", "names"]
    expired_answer: Expired
    today_incomplete: bool
    expire: list[dict[str, Any]]  # op, times, after: every session dies as the request arrives
    fail: list[dict[str, Any]]  # op, status, times, retry_after
    slow: list[dict[str, Any]]  # op, seconds, times
    lose_answer: list[dict[str, Any]]  # op, status, times: it is done, and then answered with a status
    cut: list[dict[str, Any]]  # op, after_bytes, times
    half_body: list[dict[str, Any]]  # op, times
    drop_page: list[dict[str, Any]]  # page, report, message_id, times
    shift: list[dict[str, Any]]  # events, times: strikes between one page and the next
    upload_delay: list[dict[str, Any]]  # seconds, times: when an upload is applied
    overtake: list[dict[str, Any]]  # seconds, times: an upload waits for a later one, but no longer than that
    lose_rows: list[dict[str, Any]]  # every, times: every n-th row of an upload gets lost


def calm() -> Settings:
    return {
        "statuses_as": "numbers",
        "expired_answer": "page",
        "today_incomplete": False,
        "expire": [],
        "fail": [],
        "slow": [],
        "lose_answer": [],
        "cut": [],
        "half_body": [],
        "drop_page": [],
        "shift": [],
        "upload_delay": [],
        "overtake": [],
        "lose_rows": [],
    }


_CHOICES = {"statuses_as": ("numbers", "names"), "expired_answer": ("page", "null", "empty")}
_NEEDED = {
    "fail": "status",
    "slow": "seconds",
    "cut": "after_bytes",
    "drop_page": "page",
    "shift": "events",
    "lose_answer": "status",
    "upload_delay": "seconds",
    "overtake": "seconds",
    "lose_rows": "every",
}
_LISTS = frozenset({"expire", "half_body", *_NEEDED})
_STRIKES = Literal["expire", "fail", "slow", "lose_answer", "cut", "half_body"]


@dataclass
class BadDays:
    settings: Settings = field(default_factory=calm)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def reset(self) -> None:
        with self._lock:
            self.settings = calm()

    def change(self, wanted: dict[str, Any]) -> None:
        """Set the named switches, leave the others; raises ValueError for a name or a shape that does not exist."""
        accepted = {name: _accept(name, value) for name, value in wanted.items()}
        with self._lock:
            self.settings = cast("Settings", self.settings | accepted)

    def strike(self, name: _STRIKES, op: str) -> dict[str, Any] | None:
        """The first rule for this operation that has strikes left, one of which is used up."""
        return self._take(name, lambda rule: re.search(rule.get("op", ""), op) is not None)

    def take_page(self, page: int, report: str, message_id: int) -> bool:
        here = {"page": page, "report": report, "message_id": message_id}
        return (
            self._take("drop_page", lambda rule: all(rule.get(key, here[key]) == here[key] for key in here)) is not None
        )

    def take_shift(self) -> int:
        rule = self._take("shift", lambda _rule: True)
        return 0 if rule is None else int(rule["events"])

    def take_waiting(self) -> tuple[float | None, bool]:
        """How many seconds the upload at hand waits, None if nobody said, and whether a later one overtakes it."""
        if rule := self._take("overtake", lambda _rule: True):
            return float(rule["seconds"]), True
        rule = self._take("upload_delay", lambda _rule: True)
        return None if rule is None else float(rule["seconds"]), False

    def take_losing(self) -> int:
        """Of the upload at hand every n-th row is lost, none for 0."""
        rule = self._take("lose_rows", lambda _rule: True)
        return 0 if rule is None else int(rule["every"])

    def _take(self, name: str, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any] | None:
        with self._lock:
            for rule in cast("list[dict[str, Any]]", self.settings[name]):
                if rule["times"] == 0 or not fits(rule):
                    continue
                if rule.get("after", 0) > 0:
                    rule["after"] -= 1
                    continue
                rule["times"] -= rule["times"] > 0
                return dict(rule)
        return None


def _accept(name: str, value: Any) -> Any:
    if name in _CHOICES and value in _CHOICES[name]:
        return value
    if name == "today_incomplete" and isinstance(value, bool):
        return value
    if name in _LISTS:
        rules = cast("list[Any]", value if isinstance(value, list) else [value])
        return [_rule(name, rule) for rule in rules]
    raise ValueError(f"no such switch or value: {name}")


def _rule(name: str, rule: Any) -> dict[str, Any]:
    if name == "shift" and isinstance(rule, int):
        rule = {"events": rule}
    needed = _NEEDED.get(name)
    if not isinstance(rule, dict) or (needed is not None and needed not in rule):
        raise ValueError(f"a rule of {name} is an object with {needed or 'op, times'}")
    known = cast("dict[str, Any]", rule)
    re.compile(known.get("op", ""))
    return {"times": 1, **known}

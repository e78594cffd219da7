"""Which bad days are switched on, and what was called; it does not know how a bad day is played."""

import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, jsonify, request

DATA_CALLS = "^/services/data/"
OVER_HTTP = {
    "unauthorized",
    "request_limit",
    "too_many",
    "unavailable",
    "server_error",
    "slow",
    "cut_response",
    "cut_request",
}
INSIDE = {"lock_storm", "bulk_fails_half_way", "bulk_query_conflict", "report_fails"}
KINDS = OVER_HTTP | INSIDE
LABELS = {
    "unauthorized": "401, session expired",
    "request_limit": "403, daily request limit",
    "too_many": "429, with Retry-After",
    "unavailable": "503, with an HTML page",
    "server_error": "500, unexpected error",
    "slow": "Slow answers",
    "cut_response": "Connection cut while answering",
    "cut_request": "Connection cut while receiving",
    "lock_storm": "Rows that cannot be locked",
    "bulk_fails_half_way": "Bulk jobs that fail half way",
    "bulk_query_conflict": "Bulk queries answered 409",
    "report_fails": "Report runs that end in Error",
}


@dataclass
class Switch:
    """One bad day: which calls it strikes, how many times more (None: until cleared), and how hard."""

    number: int
    kind: str
    times: int | None = 1
    method: str = ""
    path: str = DATA_CALLS
    seconds: float = 1.0
    after_bytes: int = 0

    def strikes(self, method: str, path: str) -> bool:
        return (not self.method or re.fullmatch(self.method, method) is not None) and re.search(
            self.path, path
        ) is not None

    def state(self) -> dict[str, Any]:
        return {**vars(self), "label": LABELS[self.kind]}


@dataclass
class Switches:
    """What is switched on, and what was called; in memory only, so a restarted sandbox has a good day."""

    _on: list[Switch] = field(default_factory=list[Switch])
    _calls: Counter[str] = field(default_factory=Counter[str])
    _made: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def set(self, kind: str, **options: Any) -> Switch:
        """Raises ValueError for an unknown kind or option, or a pattern that is no regular expression."""
        if kind not in KINDS:
            raise ValueError(f"unknown switch {kind!r}; known: {', '.join(sorted(KINDS))}")
        unknown = set(options) - {"times", "method", "path", "seconds", "after_bytes"}
        if unknown:
            raise ValueError(f"unknown options: {', '.join(sorted(unknown))}")
        for pattern in (options.get("path", ""), options.get("method", "")):
            try:
                re.compile(pattern)
            except re.error as problem:
                raise ValueError(f"not a regular expression: {pattern!r}") from problem
        with self._lock:
            self._made += 1
            switch = Switch(self._made, kind, **options)
            self._on.append(switch)
        return switch

    def clear(self, number: int | None = None) -> None:
        with self._lock:
            self._on = [switch for switch in self._on if number is not None and switch.number != number]

    def state(self) -> list[dict[str, Any]]:
        with self._lock:
            return [switch.state() for switch in self._on]

    def take(self, kind: str, wanted: int = 1) -> int:
        """How many of `wanted` rows or jobs the switch strikes; what is taken is used up."""
        with self._lock:
            taken = 0
            for switch in [switch for switch in self._on if switch.kind == kind]:
                taken += self._use(switch, wanted - taken)
            return taken

    def due(self, method: str, path: str) -> list[Switch]:
        """The switches that strike this call; each is used up by one."""
        with self._lock:
            struck = [switch for switch in self._on if switch.kind in OVER_HTTP and switch.strikes(method, path)]
            return [switch for switch in struck if self._use(switch, 1)]

    def _use(self, switch: Switch, wanted: int) -> int:
        used = wanted if switch.times is None else min(wanted, switch.times)
        if switch.times is not None:
            switch.times -= used
            if switch.times <= 0:
                self._on.remove(switch)
        return used

    def count(self, method: str, path: str) -> None:
        with self._lock:
            self._calls[f"{method} {endpoint_of(path)}"] += 1

    def calls(self) -> dict[str, int]:
        with self._lock:
            return dict(sorted(self._calls.items()))

    def forget_calls(self) -> None:
        with self._lock:
            self._calls.clear()


def endpoint_of(path: str) -> str:
    """An address without what differs from call to call: version, ids and external key values."""
    path = re.sub(r"/v\d+\.\d(?=/|$)", "", path, count=1)
    path = re.sub(r"(/sobjects/\w+/\w+)/.+", r"\1/{value}", path)
    path = re.sub(r"(/query(?:All)?)/[^/]+$", r"\1/{locator}", path)
    return re.sub(r"(?<=/)(?=[A-Za-z0-9]*\d)[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?(?=/|$)", "{id}", path)


def blueprint(switches: Switches, expire_tokens: Callable[[], int]) -> Blueprint:
    """The admin addresses; `expire_tokens` ends every session and says how many there were."""
    pages = Blueprint("switches", __name__, url_prefix="/_sandbox")

    @pages.get("/switches")
    def show() -> Response:
        return jsonify(switches=switches.state(), known=LABELS | {"expire_tokens": "End every session now"})

    @pages.post("/switches")
    def turn_on() -> tuple[Response, int]:
        wanted: dict[str, Any] = request.get_json()
        kind = str(wanted.pop("kind", ""))
        if kind == "expire_tokens":
            return jsonify(expired=expire_tokens()), 200
        try:
            return jsonify(switches.set(kind, **wanted).state()), 201
        except (TypeError, ValueError) as problem:
            return jsonify(error=str(problem)), 400

    @pages.delete("/switches", defaults={"number": None})
    @pages.delete("/switches/<int:number>")
    def turn_off(number: int | None) -> tuple[str, int]:
        switches.clear(number)
        return "", 204

    _add_calls(pages, switches)
    return pages


def _add_calls(pages: Blueprint, switches: Switches) -> None:
    @pages.get("/calls")
    def calls() -> Response:
        counted = switches.calls()
        return jsonify(calls=counted, total=sum(counted.values()))

    @pages.delete("/calls")
    def forget_calls() -> tuple[str, int]:
        switches.forget_calls()
        return "", 204

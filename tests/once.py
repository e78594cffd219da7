"""What every app that a test makes would do anew, done once in a process: the same results, without the work.

Templates are compiled once, not once an app; the address of a view is made ready when it is first asked for, not with
each of a thousand others; and each file of the Salesforce package is read as XML once. Every cache goes by content, so
what changes is read anew.
"""

import functools
import gc
from collections.abc import Callable
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from sandbox.salesforce import catalog


class Compiled(BytecodeCache):
    """Templates by the checksum of their source, in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key, bucket.checksum] = bucket.code


def when_asked(compile_builder: Callable[..., Callable[..., Any]]) -> Callable[..., Callable[..., Any]]:
    """The builder of a rule's addresses, made by whoever first wants an address."""

    def lazy(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        made: Callable[..., Any] | None = None

        def build(asked: Rule, *given: Any, **named: Any) -> Any:
            nonlocal made
            made = made or compile_builder(rule, append_unknown)
            return made(asked, *given, **named)

        return build

    return lazy


def pytest_collection_finish() -> None:
    """Whatever is loaded by now stays: let no collection of garbage look through half a million objects again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5000, 20, 20)


Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": Compiled()}
Rule._compile_builder = when_asked(Rule._compile_builder)  # type: ignore[method-assign]  # werkzeug has no other place for it
catalog.parse = functools.cache(catalog.parse)

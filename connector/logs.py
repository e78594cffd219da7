"""Logs, one line an event, with the org, run and job they belong to; secrets and addresses never get in."""

import logging
import re
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, cast

import structlog

HIDDEN = "[hidden]"

_SECRET_NAME = re.compile(
    r"pass(word|phrase)?$|secret|token|authorization|cookie|credential|signed_request|assertion|"
    r"session_?id|api_?key|private_?key|code_verifier|^sid$|e_?mail|phone",
    re.IGNORECASE,
)
_SECRET_TEXT = re.compile(
    r"00D[A-Za-z0-9]{12,15}![\w.!-]+"  # a Salesforce session id
    r"|\b(?:Bearer|Basic|OAuth)\s+[\w.~+/=!-]+"
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]*"  # a JWT
    r"|\bgAAAA[\w=-]{20,}"  # a Fernet token
    r"|(?<=://)[^/\s@]+@"  # a user and password in an address
    r"|[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+"  # an e-mail address
    r"|(?<![\w.])\+\d[\d ().-]{7,}\d"  # an international phone number
    r"|(?<=DETAIL:  )[^\n]+|(?<=CONTEXT:  )[^\n]+"  # where PostgreSQL's errors repeat a row
    r"|(?i:(?<=password=)|(?<=secret=)|(?<=token=)|(?<=assertion=)|(?<=signed_request=))[^&\s\"']+"
)


FORMATS = ("json", "console")


def configure(level: str = "INFO", form: str = "json") -> None:
    """Send every log of this process, the libraries' too, to standard error, one line an event: as JSON, or (`console`)
    in words for a person who reads along. Raises `ValueError` for a level or form that is none."""
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ValueError(f"LOG_LEVEL {level!r} is no level of logging.")
    if form not in FORMATS:
        raise ValueError(f"LOG_FORMAT {form!r} is neither {' nor '.join(FORMATS)}.")
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                drop_secrets,
                structlog.processors.JSONRenderer(default=_described) if form == "json" else _in_words,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    logging.getLogger("urllib3").setLevel(max(number, logging.INFO))  # its DEBUG lines hold whole addresses


def drop_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Hide what is named like a secret, and what looks like one inside a text, however deep it lies."""
    return {name: HIDDEN if _SECRET_NAME.search(name) else clean(value) for name, value in event.items()}


def clean(value: object) -> object:
    """The value without secrets, e-mail addresses and phone numbers."""
    if isinstance(value, str):
        return _SECRET_TEXT.sub(HIDDEN, value)
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value)
        return {str(k): HIDDEN if _SECRET_NAME.search(str(k)) else clean(v) for k, v in pairs.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [clean(item) for item in cast("Iterable[object]", value)]
    if value is None or isinstance(value, int | float):
        return value
    return clean(_described(value))


def _in_words(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
    """Time, level, where, what; then the rest, name by name. A trace keeps its lines."""
    head = [str(event.pop(name, "")) for name in ("timestamp", "level", "logger", "event")]
    trace = str(event.pop("exception", ""))
    line = " ".join((*head, *(f"{name}={value}" for name, value in event.items())))
    return f"{line}\n{trace}" if trace else line


def _described(value: object) -> str:
    return str(value) if isinstance(value, BaseException) else repr(value)

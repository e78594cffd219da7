"""Answers of the Activity Report, kept for a while in this process: asking again costs nothing until more is read."""

import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from threading import Lock

from sqlalchemy import Connection

from connector import clock
from connector.model.report_questions import Dimension, Key, Question
from connector.store import activity_report, report_labels
from connector.store.activity_report import Most, Numbers
from connector.store.report_days import Days
from connector.store.report_sql import Asked
from connector.store.report_standing import Standing, standing
from webapp.moments import zone_of

KEPT = 128
SECONDS = 120
"""Names, Campaigns and what a run under way brings are never older than this."""


@dataclass(frozen=True)
class Answer:
    """The numbers with the names that the store has for their keys."""

    numbers: Numbers
    names: Mapping[Dimension, Mapping[Key, str]]


_kept: OrderedDict[object, tuple[float, Answer]] = OrderedDict()
_lock = Lock()


def today(now: Standing) -> date:
    """Today, where the organization's nights are."""
    return clock.now().astimezone(zone_of(now.zone)).date()


def asked_of(org_id: int, question: Question, now: Standing) -> Asked:
    """The question of an org with its days."""
    first, last = (day.toordinal() if day else None for day in (question.first, question.last))
    return Asked(org_id, question, Days(zone_of(now.zone), first, last))


def answer(connection: Connection, asked: Asked, most: Most, house: int) -> Answer:
    """The answer as it was, or counted now. `house` tells stores apart where one process has several."""
    key = (house, asked, most, standing(connection, asked.org_id))
    with _lock:
        found = _kept.get(key)
        if found and time.monotonic() - found[0] < SECONDS:
            _kept.move_to_end(key)
            return found[1]
    counted = _count(connection, asked, most)
    with _lock:
        _kept[key] = (time.monotonic(), counted)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return counted


def _count(connection: Connection, asked: Asked, most: Most) -> Answer:
    numbers = activity_report.numbers(connection, asked, most)
    names: dict[Dimension, Mapping[Key, str]] = {}
    for dimension, sums in zip(asked.question.dimensions, (numbers.rows, numbers.columns), strict=False):
        keys = [key for key in sums if key is not None]
        names[dimension] = report_labels.labels(connection, asked.org_id, dimension, keys)
    return Answer(numbers, names)

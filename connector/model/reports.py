"""The people of a report: as many as the report has rows, and the way in which they were read."""

from collections.abc import Iterator
from dataclasses import dataclass

from connector.model.audience import PersonRef


@dataclass(frozen=True)
class ReportPeople:
    """Every row of a report, read whole and counted before the first is given.

    `way` is for a person to read: "one run of the report". `total` is how many rows Salesforce counts in it, None when
    the report does not count them. A row is somebody or, when it names nobody, an empty `PersonRef`. Read `rows` once.
    """

    way: str
    total: int | None
    rows: Iterator[PersonRef]

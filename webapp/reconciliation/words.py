"""Why two figures of a message differ, in words for a person, and what would make them agree. Knows no request."""

from collections.abc import Mapping
from typing import Any

from connector.store.reconciling import Line


def differences(row: Mapping[str, Any]) -> list[str]:
    """Each difference of a line of the books, explained."""
    found: list[str] = []
    vendor, facts = row["vendor"], int(row["facts"])
    if vendor is not None and vendor > facts:
        found.append(
            f"Real Magnet counts {vendor - facts:,} more than were read: they came in, or were missed, meanwhile."
        )
    if vendor is not None and vendor < facts:
        found.append(f"Real Magnet counts {facts - vendor:,} fewer than it once did. Nothing is taken away here.")
    expected, there = int(row["expected"]), int(row["salesforce"])
    if there < expected:
        found.append(f"{expected - there:,} gone from Salesforce: deleted there by somebody, or by another program.")
    if there > expected:
        found.append(
            f"{there - expected:,} more in Salesforce than this connector wrote: made or copied there by hand."
        )
    explained = sum(int(row[name]) for name in ("placed", "live", "unmatched", "held", "filtered"))
    if explained != facts:
        found.append(f"{abs(facts - explained):,} not decided about yet: the next run does it.")
    return found


def agreement(line: Line) -> str:
    """Whether what Real Magnet counts of a message was read; empty where it was."""
    if line.vendor is None or line.vendor == line.read:
        return ""
    more = line.vendor - line.read
    return f"{abs(more):,} {'more' if more > 0 else 'fewer'} in Real Magnet than read here"


def whole(lines: Mapping[str, Line], kinds: frozenset[str]) -> Line:
    """One message over those of its kinds that Real Magnet names totals of, so that the figures can be compared.

    What stands, waits or was refused in Salesforce counts over every kind and list.
    """
    sum_ = Line()
    for kind, line in lines.items():
        for name in ("standing", "waiting", "rejected"):
            sum_.add(name, getattr(line, name))
        if kind in kinds:
            for name in ("read", "live", "unmatched", "filtered", "undecided"):
                sum_.add(name, getattr(line, name))
            sum_.add("vendor", line.vendor or 0)
    return sum_

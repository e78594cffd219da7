"""Bad days for an operation that changes something, told apart by whether it was done."""

from typing import Any

ENDED = ["page", "null", "empty"]
"""What a session that has ended may be told."""


def done(operation: str) -> list[dict[str, Any]]:
    """It was done, and the answer is lost, half, or a page about something else."""
    return [
        {"cut": {"op": operation, "after_bytes": 0}},
        {"cut": {"op": operation, "after_bytes": 5}},
        {"half_body": {"op": operation}},
        {"lose_answer": {"op": operation, "status": 500}},
        {"lose_answer": {"op": operation, "status": 502}},
        {"lose_answer": {"op": operation, "status": 504}},
    ]


def turned_away(operation: str) -> list[dict[str, Any]]:
    """It was surely not done, and may be tried again."""
    return [
        {"fail": {"op": operation, "status": 503}},
        {"fail": {"op": operation, "status": 429, "retry_after": 7}},
    ]


def unknown(operation: str) -> list[dict[str, Any]]:
    """It was not done, but nobody who asked can know."""
    return [{"fail": {"op": operation, "status": 500}}, {"fail": {"op": operation, "status": 502}}]

"""How much of an org's Salesforce we may use: its ceilings, what is left under them, and the words for it.

It knows no vendor and no store.
"""

from dataclasses import dataclass, fields

CALLS = "calls"
STORAGE = "storage"

UNCOUNTED = frozenset({"token", "userinfo"})
"""Purposes of calls that Salesforce does not take off the day's allowance: logging in, and asking who one is."""

PURPOSES = {
    "bulk": "Rows in bulk",
    "collections": "Rows, a few at a time",
    "query": "Reading and counting rows",
    "describe": "Looking at objects and fields",
    "reports": "Reading reports",
    "limits": "Asking what is left",
    "token": "Logging in",
    "userinfo": "Asking who we are",
    "other": "Anything else",
}
"""What calls are made for, in a person's words."""

PAUSED_FOR = {CALLS: "API budget", STORAGE: "storage budget"}
"""What a run waits for, as the screens say it."""


@dataclass(frozen=True)
class Budget:
    """An org's ceilings, as `store/budgets.py` explains them."""

    calls_percent: int = 80
    calls_most: int | None = None
    consent_calls: int = 200
    storage_percent: int = 95
    storage_most_mb: int | None = None


BUDGET_FIELDS = tuple(field.name for field in fields(Budget))


@dataclass(frozen=True)
class Use:
    """How much of one allowance is used: by everybody of what Salesforce allows, and by us."""

    used: int
    allowed: int
    ours: int = 0


def calls_ceiling(budget: Budget, allowed: int, *, consent: bool = False) -> int:
    """So many calls of everybody may be used before we stop; for opt-outs the whole allowance."""
    if consent:
        return allowed
    return max(0, min(allowed * budget.calls_percent // 100, allowed - budget.consent_calls))


def calls_left(budget: Budget, use: Use, *, consent: bool = False) -> int:
    """So many more calls we may make now."""
    left = calls_ceiling(budget, use.allowed, consent=consent) - use.used
    if budget.calls_most is not None and not consent:
        left = min(left, budget.calls_most - use.ours)
    return max(0, left)


def storage_left(budget: Budget, use: Use) -> int:
    """So many more megabytes our rows may take now."""
    left = use.allowed * budget.storage_percent // 100 - use.used
    if budget.storage_most_mb is not None:
        left = min(left, budget.storage_most_mb - use.ours)
    return max(0, left)


def too_many_calls(budget: Budget, use: Use, need: int) -> str:
    """Why a run cannot make so many calls."""
    if budget.calls_most is not None and budget.calls_most - use.ours <= calls_left(budget, use):
        said = f"{use.ours:,} of the {budget.calls_most:,} calls that Budgets allows us in 24 hours are made"
    else:
        ceiling = calls_ceiling(budget, use.allowed)
        said = (
            f"{use.used:,} of the {use.allowed:,} API calls that Salesforce allows in 24 hours are used, and we stop "
            f"at {ceiling:,}"
        )
    return f"{said}. This run needs about {need:,} more."


def too_many_megabytes(budget: Budget, use: Use, need: float) -> str:
    """Why a run cannot write rows of so many megabytes."""
    if budget.storage_most_mb is not None and budget.storage_most_mb - use.ours <= storage_left(budget, use):
        said = f"our rows take {use.ours:,} of the {budget.storage_most_mb:,} MB that Budgets allows us"
    else:
        ceiling = use.allowed * budget.storage_percent // 100
        said = f"{use.used:,} of {use.allowed:,} MB of data storage are used, and we stop at {ceiling:,}"
    return f"In Salesforce {said}. This run would write about {max(1, round(need)):,} MB more."


CALLS_ADVICE = (
    "Nothing is lost: Salesforce counts the calls of the last 24 hours, so there will be room. To let it go on sooner, "
    "raise the ceiling in Budgets."
)
STORAGE_ADVICE = (
    "Nothing is lost. To let it go on, free storage in Salesforce, keep rows for a shorter time or raise the ceiling "
    "in Budgets, or keep fewer kinds in Manage Data."
)

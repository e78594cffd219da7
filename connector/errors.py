"""What can go wrong, as types that answer one question: again, or never?

A message is fit for a person to read; it never carries a secret or a person's data. What the machine needs is in
attributes.
"""


class ConnectorError(Exception):
    """Base of every error we raise on purpose. `advice` says what to do about it, and who."""

    advice: str = ""

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        if advice:
            self.advice = advice


class Temporary(ConnectorError):
    """The same call may succeed later: try again, `after` seconds from now at the earliest when the vendor said so."""

    def __init__(self, message: str, *, after: float | None = None, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.after = after


class Refused(ConnectorError):
    """The vendor understood and said no; the same call gets the same answer. `code` is the vendor's own word."""

    def __init__(self, message: str, *, code: str = "", advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.code = code


class CredentialsRefused(Refused):
    """The vendor no longer accepts what we log in with: a person must connect again."""


class LimitReached(Refused):
    """An allowance is used up: not now, but after its reset. A run pauses; it does not fail.

    `budget` says which, as `model/budgets.py` names them; "" for any other.
    """

    budget: str = ""


class CallsUsedUp(LimitReached):
    """The API calls of the day, or those that we may make of them."""

    budget = "calls"


class StorageFull(LimitReached):
    """The data storage of the org, or what we may use of it."""

    budget = "storage"


class NotFound(Refused):
    """What was asked for does not exist, or is hidden from the user we are connected as."""


class UnexpectedAnswer(Temporary):
    """The vendor's answer could not be read (HTML where JSON belongs, half a body): once more, then give up."""


class Unsure(Temporary):
    """It is not known whether the other side did what was asked: its answer was lost. Look before asking again."""


class Misconfigured(ConnectorError):
    """A setting is missing or makes no sense: nobody but the operator can mend it."""


class LeaseLost(ConnectorError):
    """Another worker has taken over this org's run: stop at once and change nothing."""


class Cancelled(ConnectorError):
    """A person asked this run to stop."""


class NeedsDecision(ConnectorError):
    """The run goes on only when a person says so: it is held, with what it found and what there is to decide."""

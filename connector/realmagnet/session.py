"""Who is logged in at Real Magnet, and what to do when that has silently ended; it knows only Authenticate."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import stamina

from connector.errors import CredentialsRefused, Refused, Temporary, UnexpectedAnswer, Unsure
from connector.realmagnet.transport import NotTaken, Transport, TurnedAway

T = TypeVar("T")

RENEW_SECONDS = 20 * 60
"""A session's life is not documented: so it never gets old."""

PROVEN_SECONDS = 30
"""An expired session may answer "nothing": an empty list is believed this long after a fuller answer or a login."""

REFUSED = "Real Magnet does not accept this user name and password."
ENTER_AGAIN = "Someone with the right to Settings enters them again: Connection → Connect Real Magnet."

ATTEMPTS = 4
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Login:
    """The account (Real Magnet's UserID) and the individual login that Authenticate names."""

    account: str
    login_id: int


class Session:
    """One login with one account, made again when need be. Its secrets never show.

    `refused` is told, in words for a person, whenever Real Magnet does not let it in.
    """

    def __init__(
        self, username: str, password: str, transport: Transport, refused: Callable[[str], None] | None = None
    ) -> None:
        self._refused = refused
        self._username = username
        self._password = password
        self._transport = transport
        self._session_id = ""
        self._since = self._proven = 0.0
        self._login: Login | None = None

    @property
    def login(self) -> Login:
        """Who is logged in; logs in if nobody is."""
        return self._login or self.authenticate()

    def authenticate(self) -> Login:
        """Log in anew. Raises `CredentialsRefused`: a refusal is status 200 with zero and nulls."""
        body = {"UserName": self._username, "Password": self._password}
        answer = _patiently(lambda: self._transport.post("Authenticate", body), _any_trouble)
        if not isinstance(answer, dict):
            raise UnexpectedAnswer("Real Magnet's answer to Authenticate could not be read.")
        if not answer.get("SessionID") or not answer.get("UserID"):
            self._login, self._session_id = None, ""
            if self._refused is not None:
                self._refused(f"{REFUSED} {ENTER_AGAIN}")
            raise CredentialsRefused(REFUSED, advice=ENTER_AGAIN)
        self._session_id = str(answer["SessionID"])
        self._since = self._proven = time.monotonic()
        self._login = Login(str(answer["UserID"]), int(answer.get("LoginID") or 0))
        return self._login

    def ask(self, operation: str, body: dict[str, Any], shape: Callable[[Any], T]) -> T:
        """What an operation answers, read by `shape`, which raises `UnexpectedAnswer` for what it cannot read.

        Any failure but passing trouble may be an expired session: log in again once, ask once more.
        """
        self._awake()
        try:
            answer = self._sent(operation, body)
            read = shape(answer)
            if self._believable(answer):
                return read
        except (Refused, UnexpectedAnswer):
            pass  # what is wrong with the request itself fails again below, and is raised there
        self.authenticate()
        return shape(self._sent(operation, body))

    def change(self, operation: str, body: dict[str, Any], read: Callable[[Any], T | None]) -> T:
        """Have something done, once: what `read` makes of the answer, None standing for what an ended session is told.

        Only such an answer and a 4xx page are asked again, after a new login: a dead session did nothing. Raises
        `Unsure` when the answer is lost or cannot be read, plain `Temporary` when surely nothing was done.
        """
        self._awake()
        try:
            found = self._once(operation, body, read)
        except TurnedAway:
            found = None
        if found is None:
            self.authenticate()
            found = self._once(operation, body, read)
        if found is None:
            raise _unsure(operation)
        return found

    def _once(self, operation: str, body: dict[str, Any], read: Callable[[Any], T | None]) -> T | None:
        try:
            answer = self._transport.post(operation, self._signed(body))
            found = read(answer)
        except NotTaken:
            raise
        except Temporary:
            raise _unsure(operation) from None
        return found

    def _awake(self) -> None:
        if self._login is None or time.monotonic() - self._since > RENEW_SECONDS:
            self.authenticate()

    def _believable(self, answer: Any) -> bool:
        now = time.monotonic()
        if answer:
            self._proven = now
        return now - self._proven < PROVEN_SECONDS

    def _sent(self, operation: str, body: dict[str, Any]) -> Any:
        return _patiently(lambda: self._transport.post(operation, self._signed(body)), _passing)

    def _signed(self, body: dict[str, Any]) -> dict[str, Any]:
        account = self._login.account if self._login else ""
        return {"SessionID": self._session_id, "UserID": account, **body}


def _unsure(operation: str) -> Unsure:
    return Unsure(
        f"Real Magnet's answer to {operation} was lost: nobody knows whether it was done.",
        advice="Look in Real Magnet before it is done again.",
    )


def _patiently(call: Callable[[], T], again: Callable[[Exception], bool | float]) -> T:
    """Ask again while there is trouble that passes. Every operation asked so only reads, so it may be repeated."""
    for attempt in stamina.retry_context(on=again, attempts=ATTEMPTS, timeout=PATIENCE_SECONDS, wait_initial=0.2):
        with attempt:
            return call()
    raise AssertionError  # stamina's loop returns or raises


def _passing(error: Exception) -> bool | float:
    """What cannot be read may mean an expired session: that is `ask`'s business."""
    return not isinstance(error, UnexpectedAnswer) and _any_trouble(error)


def _any_trouble(error: Exception) -> bool | float:
    if not isinstance(error, Temporary):
        return False
    if error.after is None:
        return True
    return error.after if error.after <= PATIENCE_SECONDS else False

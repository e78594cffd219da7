"""Sessions without cookies: a short-lived signed token names a row that can be revoked, and every answer renews it."""

import secrets
from dataclasses import dataclass, field
from typing import cast

from flask import Flask, Request, Response, g
from flask_login import AnonymousUserMixin, LoginManager, current_user
from itsdangerous import BadData, URLSafeTimedSerializer

from connector import clock
from connector.errors import ConnectorError, Refused
from connector.model.people import id18
from connector.model.rights import Area, Level, Rights
from connector.store import rights, users
from webapp import holdings
from webapp.canvas.signed_request import CanvasContext
from webapp.wiring import Wiring, wiring

HEADER = "Session-Token"
"""The answer's header that carries the renewed token."""

PROOF_SECONDS = 600
"""A user disabled in Salesforce is out after this long at the latest."""

LONGEST_SECONDS = 12 * 3600
"""No session lives longer, however busy its user is."""


@dataclass(frozen=True)
class Visitor:
    """The user behind the current request, as screens need him; `record_id` is the record that his frame stands on."""

    session_hash: str
    user_id: int
    org_id: int
    org_name: str
    name: str = field(repr=False)
    locale: str
    zone: str
    realmagnet_login: str = field(repr=False)
    instance_url: str = ""
    record_id: str = ""
    rights: Rights = field(default_factory=dict[Area, Level])
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """Flask-Login's name for him."""
        return str(self.user_id)

    def itself(self) -> "Visitor":
        """The visitor behind Flask-Login's proxy."""
        return self


def visitor() -> Visitor:
    """The user behind this request; only guarded views ask."""
    return cast("Visitor", current_user).itself()


def begin(context: CanvasContext, user_id: int, instance_url: str) -> str:
    """Open a session for a user who was just proved; answers its first token."""
    session_identifier = secrets.token_urlsafe(32)
    house = wiring().services
    name = users.hashed(session_identifier)
    sealed = house.vault.seal(f"session:{name}", "access_token", context.access_token)
    with house.database.write() as connection:
        new = users.NewSession(name, instance_url, sealed, LONGEST_SECONDS, context.record_id)
        users.open_session(connection, user_id, new)
    return _signer(wiring()).dumps(session_identifier)


def become(token: str) -> Visitor:
    """Go on with this request as the visitor of a session that was just begun."""
    session_identifier = str(_signer(wiring()).loads(token))
    found = open_visitor(users.hashed(session_identifier))
    if found is None:
        raise LookupError("The session that was just begun is gone.")
    g.session_identifier = session_identifier
    replace(found)
    return found


def replace(visitor: Visitor | AnonymousUserMixin) -> None:
    """Let the rest of this request see the visitor as he is now."""
    g._login_user = visitor  # noqa: SLF001  # where Flask-Login keeps a request's user; its own setter writes a cookie


def user_of(token: str) -> int | None:
    """The user of a token of ours, however old, unless his session was ended on purpose; `BadData` for any other."""
    session_identifier = str(_signer(wiring()).loads(token))
    with wiring().services.database.read() as connection:
        return users.user_of(connection, users.hashed(session_identifier))


def current_token() -> str:
    """A fresh token of this request's session, for the first page."""
    session_identifier = g.get("session_identifier")
    return str(_signer(wiring()).dumps(session_identifier)) if session_identifier else ""


def install(app: Flask) -> None:
    """Let Flask-Login read the token, and renew it on every answer to who came with one."""
    manager = LoginManager()
    app.config["SESSION_PROTECTION"] = None
    manager.init_app(app)
    manager.request_loader(load)
    app.after_request(_renew)


def load(request: Request) -> Visitor | None:
    """The visitor whose token came in `Authorization: Bearer`, if it and its session still hold."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not token:
        return None
    house = wiring()
    try:
        session_identifier = str(_signer(house).loads(token, max_age=house.services.settings.session_seconds))
    except BadData:
        return None
    try:
        found = open_visitor(users.hashed(session_identifier))
    except ConnectorError:
        replace(AnonymousUserMixin())  # so that the page that tells of it does not ask again
        raise
    if found is not None:
        g.session_identifier = session_identifier
    return found


def open_visitor(session_hash: str) -> Visitor | None:
    """The visitor of a session that holds, proved again with Salesforce if the last proof is old."""
    services = wiring().services
    with services.database.read() as connection:
        row = users.session(connection, session_hash)
    if row is None:
        return None
    if clock.milliseconds(clock.now()) - row["proved_at"] > PROOF_SECONDS * 1000 and not _prove_again(dict(row)):
        return None
    with services.database.read() as connection:
        granted = rights.of_user(connection, row["user_id"])
    return Visitor(
        session_hash=session_hash,
        user_id=row["user_id"],
        org_id=row["org_id"],
        org_name=row["org_name"],
        name=row["name"],
        locale=row["locale"],
        zone=row["zone"],
        realmagnet_login=row["realmagnet_login"],
        instance_url=row["instance_url"],
        record_id=row["record_id"],
        rights=granted,
    )


def is_user(house: Wiring, instance_url: str, access_token: str, expected: tuple[str, str]) -> bool:
    """Whether Salesforce says that the token belongs to the expected (org, user) and that the user is active.

    Raises `Temporary` when Salesforce cannot be asked: nobody is let in on trust.
    """
    try:
        told = house.userinfo(instance_url, access_token)
    except Refused:
        return False
    named = (id18(str(told.get("organization_id"))), id18(str(told.get("user_id"))))
    return told.get("active") is True and named == expected


def _prove_again(row: dict[str, str]) -> bool:
    house = wiring()
    services, name = house.services, row["id_hash"]
    token = services.vault.open(f"session:{name}", "access_token", row["access_token"])
    expected = (row["org_salesforce_id"], row["user_salesforce_id"])
    proved = is_user(house, row["instance_url"], token, expected)
    with services.database.write() as connection:
        (users.prove if proved else users.revoke)(connection, name)
    if proved:
        holdings.learn(house, int(row["user_id"]), (row["instance_url"], token), row["user_salesforce_id"])
    return proved


def _renew(answer: Response) -> Response:
    if token := current_token():
        answer.headers[HEADER] = token
    return answer


def _signer(house: Wiring) -> URLSafeTimedSerializer:
    oldest_first = list(reversed(house.services.settings.secret_keys))
    return URLSafeTimedSerializer(oldest_first, salt="frame session")

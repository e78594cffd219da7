"""Who a token is: userinfo, the identity address, introspection, revocation, discovery."""

from typing import Any

from flask import Blueprint, Response, request

from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.gate import answer, backstage, bearer
from sandbox.salesforce.ids import normalise
from sandbox.salesforce.oauth.admission import find_app, installed_app
from sandbox.salesforce.oauth.faults import OAuthError, authenticated_client, refuse_oauth
from sandbox.salesforce.oauth.keys import signing_key
from sandbox.salesforce.oauth.token import identity_url
from sandbox.salesforce.org import INTEGRATION
from sandbox.salesforce.sessions import Grant

identities = Blueprint("identities", __name__)
identities.register_error_handler(OAuthError, refuse_oauth)
_SERVICES = {
    "enterprise": "/services/Soap/c/{version}/",
    "metadata": "/services/Soap/m/{version}/",
    "partner": "/services/Soap/u/{version}/",
    "rest": "/services/data/v{version}/",
    "sobjects": "/services/data/v{version}/sobjects/",
    "search": "/services/data/v{version}/search/",
    "query": "/services/data/v{version}/query/",
    "recent": "/services/data/v{version}/recent/",
    "profile": "/",
    "custom_domain": "",
}
_BASIC = frozenset({"id", "openid", "full", "profile", "api"})


def _grant() -> Grant:
    """The token of the call, from the header or (userinfo) the query. Raises ApiError 403 Bad_OAuth_Token."""
    try:
        token = bearer() or request.values.get("access_token", "")
    except ApiError:
        token = ""
    grant = backstage().sessions.find(token)
    if grant is None or not grant.scopes & _BASIC or not backstage().org.is_active(grant.user_id):
        raise BadTokenError
    return grant


class BadTokenError(Exception):
    """The identity services answer in plain text, not JSON (assumed)."""


@identities.errorhandler(BadTokenError)
def _bad_token(_error: BadTokenError) -> Response:
    return Response("Bad_OAuth_Token", 403, content_type="text/html;charset=UTF-8")


def _user(user_id: str) -> dict[str, Any]:
    with backstage().org.database.reading() as connection:
        cursor = connection.execute(
            "SELECT Id, Username, FirstName, LastName, Email, Alias, IsActive, UserType, TimeZoneSidKey, LocaleSidKey,"
            " LanguageLocaleKey, LastModifiedDate FROM User WHERE Id = ?",
            (user_id,),
        )
        names = [item[0] for item in cursor.description]
        return dict(zip(names, cursor.fetchone(), strict=True))


def _urls(user_id: str) -> dict[str, str]:
    base = backstage().options.instance_url
    latest = request.args.get("version") == "latest"
    urls = {name: base + (path.replace("{version}", "68.0") if latest else path) for name, path in _SERVICES.items()}
    return urls | {"profile": f"{base}/{user_id}"}


def _photos() -> dict[str, str]:
    base = backstage().options.instance_url
    return {"picture": f"{base}/profilephoto/005/F", "thumbnail": f"{base}/profilephoto/005/T"}


@identities.route("/services/oauth2/userinfo", methods=["GET", "POST"])
def userinfo() -> Response:
    grant = _grant()
    user, org = _user(grant.user_id), backstage().org
    body = {
        "sub": identity_url(backstage(), grant.user_id),
        "user_id": grant.user_id,
        "organization_id": org.id,
        "preferred_username": user["Username"],
        "nickname": user["Alias"],
        "name": f"{user['FirstName']} {user['LastName']}",
        "email": user["Email"],
        "email_verified": True,
        "given_name": user["FirstName"],
        "family_name": user["LastName"],
        "zoneinfo": user["TimeZoneSidKey"],
        "photos": _photos(),
        "profile": f"{backstage().options.instance_url}/{grant.user_id}",
        "picture": _photos()["picture"],
        "address": {"country": "US"},
        "is_salesforce_integration_user": user["Username"] == INTEGRATION.username,
        "urls": _urls(grant.user_id),
        "active": bool(user["IsActive"]),
        "user_type": "STANDARD",
        "language": user["LanguageLocaleKey"],
        "locale": user["LocaleSidKey"],
        "utcOffset": -18_000_000,
        "updated_at": user["LastModifiedDate"],
        "is_app_installed": find_app() is not None,
    }
    return answer(body)


@identities.get("/id/<org_id>/<user_id>")
def identity(org_id: str, user_id: str) -> Response:
    grant = _grant()
    if normalise(org_id) != backstage().org.id or normalise(user_id) != grant.user_id:
        raise BadTokenError
    user = _user(grant.user_id)
    return answer(
        {
            "id": identity_url(backstage(), grant.user_id),
            "asserted_user": True,
            "user_id": grant.user_id,
            "organization_id": backstage().org.id,
            "username": user["Username"],
            "nick_name": user["Alias"],
            "display_name": f"{user['FirstName']} {user['LastName']}",
            "email": user["Email"],
            "email_verified": True,
            "first_name": user["FirstName"],
            "last_name": user["LastName"],
            "timezone": user["TimeZoneSidKey"],
            "photos": _photos(),
            "mobile_phone": None,
            "status": {"created_date": None, "body": None},
            "urls": _urls(grant.user_id),
            "active": bool(user["IsActive"]),
            "user_type": "STANDARD",
            "language": user["LanguageLocaleKey"],
            "locale": user["LocaleSidKey"],
            "utcOffset": -18_000_000,
            "last_modified_date": user["LastModifiedDate"],
        }
    )


@identities.route("/services/oauth2/revoke", methods=["GET", "POST"])
def revoke() -> Response:
    if not backstage().sessions.revoke(request.values.get("token", "")):
        raise OAuthError("unsupported_token_type", "this token type is not supported")  # assumed
    return Response(status=200)


@identities.post("/services/oauth2/introspect")
def introspect() -> Response:
    client_id = authenticated_client(installed_app())
    token = request.form.get("token", "")
    sessions = backstage().sessions
    grant = sessions.find(token) or sessions.find(token, "refresh")
    if grant is None or grant.client_id != client_id:
        return answer({"active": False})
    body: dict[str, object] = {
        "active": True,
        "scope": grant.scope,
        "client_id": grant.client_id,
        "username": _user(grant.user_id)["Username"],
        "sub": identity_url(backstage(), grant.user_id),
        "token_type": f"{grant.kind}_token",
        "iat": int(grant.issued),
        "nbf": int(grant.issued),
    }
    return answer(body | ({"exp": int(grant.expires)} if grant.expires else {}))


@identities.get("/id/keys")
def keys() -> Response:
    key = signing_key(backstage()).as_dict(private=False)
    return answer({"keys": [key | {"alg": "RS256", "use": "sig", "kid": "sandbox"}]})


@identities.get("/.well-known/openid-configuration")
def discovery() -> Response:
    base = backstage().options.instance_url
    oauth = f"{base}/services/oauth2"
    return answer(
        {
            "issuer": base,
            "authorization_endpoint": f"{oauth}/authorize",
            "token_endpoint": f"{oauth}/token",
            "revocation_endpoint": f"{oauth}/revoke",
            "introspection_endpoint": f"{oauth}/introspect",
            "userinfo_endpoint": f"{oauth}/userinfo",
            "jwks_uri": f"{base}/id/keys",
            "scopes_supported": ["api", "id", "openid", "refresh_token", "offline_access", "web", "full", "profile"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic", "private_key_jwt"],
            "code_challenge_methods_supported": ["S256"],
        }
    )

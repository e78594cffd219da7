"""Looks for secrets of a first day wherever none may be: logs, addresses, queue, store, error pages, reprs."""

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress

from connector import bootstrap, settings
from connector.bootstrap import Services
from connector.connection.org_tokens import OrgTokens
from tests.journeys.first_day import ADMIN, FirstDay
from tools.house import REALMAGNET_USER, House

STAND_INS = {"realmagnet", "salesforce"}
"""Folders of the vendors, who know their own secrets."""
KEYS = "secret-keys"


def spilled(day: FirstDay) -> list[str]:
    """Which secret stands where; nothing, if all is well."""
    services = bootstrap.services(settings.from_env(day.house.environ))
    secrets = day.secrets | _issued(day) | _kept(services, day.house)
    assert all(len(secret) >= 8 for secret in secrets.values()), sorted(secrets)
    found: list[str] = []
    places = [*_answers(day), *_stored(day.house), *_queued(services), *_told(services, day.house)]
    places += [("an address", address.encode()) for address in day.addresses]
    assert any(ADMIN.encode() in content for _place, content in places), "what is no secret is found"
    for place, content in places:
        found += [f"{name} in {place}" for name, secret in secrets.items() if secret.encode() in content]
    services.database.dispose()
    return found


def _issued(day: FirstDay) -> dict[str, str]:
    """What the browser carried: the code, the names of its sessions, and Salesforce's own token of a launch."""
    found = {"set-up code": day.code, "set-up code as typed": day.code.replace("-", "")}
    for number, request in enumerate(day.traffic.requests):
        scheme, _, token = (request.all_headers().get("authorization") or "").partition(" ")
        if scheme == "Bearer":
            found[f"session {number}"] = token
        form = urllib.parse.parse_qs(request.post_data or "")
        if "signed_request" in form:
            body = form["signed_request"][0].partition(".")[2]
            found[f"launch {number}"] = json.loads(base64.b64decode(body))["client"]["oauthToken"]
    for cookie in day.page.context.cookies(day.house.plan.web_url):
        found[f"cookie {cookie.get('name')}"] = str(cookie.get("value"))
    assert {name.partition(" ")[0] for name in found} == {"set-up", "session", "launch", "cookie"}
    return found


def _kept(services: Services, house: House) -> dict[str, str]:
    """What the vault holds, and its key."""
    connection = OrgTokens(services.database, services.vault, house.org_id).load()
    assert connection.refresh_token
    assert connection.access_token
    return {
        "refresh token": connection.refresh_token,
        "access token": connection.access_token,
        "client secret": connection.client_secret,
        "secret keys": house.environ["SECRET_KEYS"],
    }


def _stored(house: House) -> Iterator[tuple[str, bytes]]:
    """Every file of ours: logs, the database with its journal, work folders, Redis."""
    names: set[str] = set()
    for path in sorted(house.plan.data.rglob("*")):
        place = path.relative_to(house.plan.data)
        if path.is_file() and place.parts[0] not in STAND_INS | {KEYS}:
            names.add(place.name)
            yield str(place), path.read_bytes()
    assert {"web.log", "worker-1.log", "tick.log", "salesforce.log", "real-magnet.db"} <= names


def _queued(services: Services) -> Iterator[tuple[str, bytes]]:
    """Every key of Redis with all that it holds; a job's arguments are packed."""
    redis = services.redis
    for key in redis.scan_iter():
        yield f"Redis {key!r}", key
        match redis.type(key):
            case b"hash":
                values = [part for pair in redis.hgetall(key).items() for part in pair]
            case b"set":
                values = list(redis.smembers(key))
            case b"zset":
                values = list(redis.zrange(key, 0, -1))
            case b"list":
                values = redis.lrange(key, 0, -1)
            case b"stream":
                values = [repr(redis.xrange(key)).encode()]
            case _:
                values = [redis.get(key) or b""]
        for value in values:
            yield f"Redis {key!r}", value
            with suppress(zlib.error):
                yield f"Redis {key!r}", zlib.decompress(value)


def _told(services: Services, house: House) -> Iterator[tuple[str, bytes]]:
    """What our objects say of themselves once they hold secrets."""
    salesforce, realmagnet = services.salesforce(house.org_id), services.realmagnet(house.org_id)
    with closing(salesforce), closing(realmagnet):
        assert realmagnet.account
        assert salesforce.limits()
        tokens = OrgTokens(services.database, services.vault, house.org_id)
        objects = (services, services.settings, services.vault, salesforce, realmagnet, tokens, tokens.load())
        for found in objects:
            parts = [part for part in getattr(found, "__dict__", {}).values() if hasattr(part, "__dict__")]
            yield f"repr of {type(found).__name__}", repr((found, str(found), parts)).encode()


def _answers(day: FirstDay) -> list[tuple[str, bytes]]:
    """Pages of errors, asked for with secrets in the form; one of them tells of a fault of ours."""
    secrets = {"password": day.secrets["Real Magnet password"], "consumer_secret": day.secrets["consumer secret"]}
    form = {"token": "none", "username": REALMAGNET_USER, **secrets}
    headers = [r.all_headers().get("authorization", "") for r in day.traffic.requests]
    session = {"Authorization": next(value for value in reversed(headers) if value)}
    with day.house.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE audit RENAME TO audit_elsewhere")
    try:
        asked = [
            ("/nowhere", session, 404),
            ("/login", {}, 401),
            ("/set-up", {}, 409),
            ("/set-up/connect", {}, 409),
            ("/connection/realmagnet", session, 500),
        ]
        return [_page(day.house, address, form, headers, status) for address, headers, status in asked]
    finally:
        with day.house.database.write() as connection:
            connection.exec_driver_sql("ALTER TABLE audit_elsewhere RENAME TO audit")


def _page(house: House, address: str, form: dict[str, str], headers: dict[str, str], status: int) -> tuple[str, bytes]:
    data = urllib.parse.urlencode(form).encode()
    request = urllib.request.Request(f"{house.plan.web_url}{address}", data, headers)
    try:
        with urllib.request.urlopen(request) as answer:
            found, content = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        found, content = error.code, error.read()
    assert found == status, (address, found, content)
    return f"the page of {address}", content

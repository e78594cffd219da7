"""Which names the org answers to: its own My Domain, the login host, and nobody else's; it knows no flow."""

from urllib.parse import urlsplit

from flask import Response, request

from sandbox.salesforce.gate import backstage

_LOGIN_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]", "login.localhost", "test.localhost"})
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>URL No Longer Exists</title>
<h1>URL No Longer Exists</h1><p>You have attempted to reach a URL that no longer exists on salesforce.com.</p></html>"""


def refuse_other_domains() -> Response | None:
    """For every request: a My Domain that no org has is a page that is not there, whatever is asked of it."""
    if request.path.startswith("/_sandbox/"):
        return None
    name = str(urlsplit(f"//{request.host}").hostname)
    own = urlsplit(backstage().options.instance_url).hostname
    if name == own or name in _LOGIN_HOSTS or f"[{name}]" in _LOGIN_HOSTS:
        return None
    return Response(_PAGE, 404, content_type="text/html;charset=UTF-8")

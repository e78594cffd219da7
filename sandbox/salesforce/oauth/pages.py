"""The look of the login host's pages, which refuse framing; it knows no flow."""

from flask import Response, render_template_string

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{{ title }} | Salesforce stand-in</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><style>
body{font:16px/1.5 system-ui,sans-serif;background:#f3f3f3;margin:0;display:grid;min-height:100vh;place-items:center}
main{background:#fff;padding:2rem;border-radius:.25rem;width:min(20rem,100vw - 2rem);box-sizing:content-box;
max-width:calc(100vw - 4rem);border:1px solid #ddd;overflow-wrap:anywhere}
label{display:block;margin:.75rem 0}input{display:block;width:100%;font:inherit;padding:.4rem;box-sizing:border-box}
button{font:inherit;padding:.5rem 1rem;margin:1rem .5rem 0 0}.error{color:#ba0517}</style>
<main><h1>{{ title }}</h1>{{ body|safe }}</main></html>"""
_FAULT = """<p>We cannot authorize you because of an OAuth error. Tell the one who looks after the app:</p>
<p>error={{ error }}&amp;error_description={{ description }}</p>"""
LOGIN = """{% if error %}<p class="error" role="alert">{{ error }}</p>{% endif %}
<form method="post" action="/services/oauth2/login"><input type="hidden" name="ticket" value="{{ ticket }}">
<label>Username <input name="username" autocomplete="username" value="{{ hint }}" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Log In</button></form>"""
VERIFY = """{% if error %}<p class="error" role="alert">{{ error }}</p>{% endif %}
<p>Your company asks for a second proof. Any six digits will do here.</p>
<form method="post" action="/services/oauth2/verify"><input type="hidden" name="ticket" value="{{ ticket }}">
<label>Verification code <input name="code" inputmode="numeric" autocomplete="one-time-code" required></label>
<button>Verify</button></form>"""
APPROVE = """<p>{{ label }} is asking to:</p>
<ul>{% for scope in scopes %}<li>{{ scope }}</li>{% endfor %}</ul>
<form method="post" action="/services/oauth2/approve">
<input type="hidden" name="ticket" value="{{ ticket }}">
<button name="decision" value="deny">Deny</button><button name="decision" value="allow">Allow</button></form>"""


def show(title: str, template: str, status: int = 200, **shown: object) -> Response:
    """A page of the login host."""
    body = render_template_string(template, **shown)
    return Response(render_template_string(_PAGE, title=title, body=body), status, mimetype="text/html")


def fail(error: str, description: str) -> Response:
    """A fault the app may not be told by redirect, because the redirect itself is wrong."""
    return show("Error", _FAULT, 400, error=error, description=description)


def refuse_framing(response: Response) -> Response:
    """As the vendor's login pages: in a window of their own or not at all."""
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Content-Security-Policy"] = "frame-ancestors 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response

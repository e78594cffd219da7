"""The stand-in as one Flask application: gate, REST, OAuth, SOAP login, admin, and the neighbours' blueprints."""

from flask import Flask

from sandbox.salesforce.admin import admin
from sandbox.salesforce.calls import Calls
from sandbox.salesforce.gate import Backstage, install
from sandbox.salesforce.oauth.authorize import pages
from sandbox.salesforce.oauth.codes import OneUse
from sandbox.salesforce.oauth.identity import identities
from sandbox.salesforce.oauth.token import tokens
from sandbox.salesforce.options import AppOptions
from sandbox.salesforce.org import Org
from sandbox.salesforce.rest.query import queries
from sandbox.salesforce.rest.roots import roots
from sandbox.salesforce.sessions import Sessions
from sandbox.salesforce.soap import soap
from sandbox.salesforce.soql import Cursors


def create_app(org: Org, options: AppOptions | None = None) -> Flask:
    """The whole org over WSGI; usable in-process and behind a server."""
    chosen = options or AppOptions()
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False
    install(app, Backstage(org, chosen, Sessions(org, chosen.session_seconds), Calls(org), Cursors(org)))
    app.extensions["oauth_codes"] = OneUse(org)
    for blueprint in (roots, queries, tokens, pages, identities, soap, admin):
        app.register_blueprint(blueprint)
    return app

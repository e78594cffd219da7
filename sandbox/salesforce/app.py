"""The stand-in as one Flask application: gate, REST, OAuth, SOAP login, admin, and what is mounted around them."""

from flask import Flask

from sandbox.salesforce.admin import admin
from sandbox.salesforce.calls import Calls
from sandbox.salesforce.deploy.app_registry import app_of_options
from sandbox.salesforce.gate import Backstage, install
from sandbox.salesforce.mounting import mount
from sandbox.salesforce.oauth.authorize import pages
from sandbox.salesforce.oauth.codes import OneUse
from sandbox.salesforce.oauth.controls import controls
from sandbox.salesforce.oauth.hosts import refuse_other_domains
from sandbox.salesforce.oauth.identity import identities
from sandbox.salesforce.oauth.token import tokens
from sandbox.salesforce.options import AppOptions
from sandbox.salesforce.org import Org
from sandbox.salesforce.rest.collections import collections
from sandbox.salesforce.rest.composite import composites
from sandbox.salesforce.rest.deletions import deletions
from sandbox.salesforce.rest.describe import describes
from sandbox.salesforce.rest.query import queries
from sandbox.salesforce.rest.records import records
from sandbox.salesforce.rest.roots import roots
from sandbox.salesforce.sessions import Sessions
from sandbox.salesforce.soap import soap
from sandbox.salesforce.soql import Cursors

_BLUEPRINTS = (
    roots, queries, describes, deletions, records, collections, composites, tokens, pages, identities, soap, admin,
    controls,
)  # fmt: skip


def create_app(org: Org, options: AppOptions | None = None) -> Flask:
    """The whole org over WSGI; usable in-process and behind a server. ``close_app`` ends it."""
    chosen = options or AppOptions()
    if not org.bare:
        org.install_app(app_of_options(chosen, org.id))
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False
    app.before_request(refuse_other_domains)
    install(app, Backstage(org, chosen, Sessions(org, chosen.session_seconds), Calls(org), Cursors(org)))
    app.extensions["oauth_codes"] = OneUse(org)
    for blueprint in _BLUEPRINTS:
        app.register_blueprint(blueprint)
    mount(app)
    return app


def close_app(app: Flask) -> None:
    """Stop the background work, then close the org."""
    app.extensions["bulk"].close()
    app.extensions["salesforce"].org.close()

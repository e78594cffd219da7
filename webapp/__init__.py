"""Woken by a person: the app that Salesforce frames. It asks the workers for work and never does it itself.

Nobody passes without a session, sessions travel without cookies, and what goes wrong is told in one place (`errors`).
"""

from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from connector.bootstrap import Services
from connector.settings import Settings
from webapp import errors, guard, limits, log_context, presentation, security, sessions
from webapp.access.audit_log import audit_log
from webapp.access.changes import changes
from webapp.access.my_login import my_login
from webapp.access.views import access
from webapp.activity_report.views import activity_report
from webapp.api.keys import keys
from webapp.api.views import api
from webapp.audience.views import audience
from webapp.backfill.views import backfill
from webapp.budgets.views import budget
from webapp.campaign_panel.beginning import beginning
from webapp.campaign_panel.seeing import seeing
from webapp.campaign_panel.views import campaign_panel
from webapp.canvas.approval import approval
from webapp.canvas.renewal import renewal
from webapp.canvas.views import door, framed_at_the_door
from webapp.checklist.views import checklist
from webapp.connection.doctor import doctor
from webapp.connection.popup import popup
from webapp.connection.prepare import prepare
from webapp.connection.realmagnet import connect_realmagnet
from webapp.connection.salesforce import connect_salesforce
from webapp.connection.views import connection
from webapp.deletions.ordering import ordering
from webapp.deletions.undoing import undo
from webapp.deletions.views import deleted
from webapp.health import health
from webapp.home.views import home
from webapp.intake.door import intake_door
from webapp.intake.views import intake_page
from webapp.login.views import login
from webapp.manage_data.tidying import tidying
from webapp.manage_data.views import manage_data
from webapp.messages.one import one_message_page
from webapp.messages.views import messages
from webapp.metrics.views import metrics
from webapp.notifications.addresses import addresses
from webapp.notifications.views import notifications
from webapp.pages import ROOT, STATIC
from webapp.person_panel.views import person_panel
from webapp.reconciliation.views import reconciliation
from webapp.rejections.views import errors_list
from webapp.run_again.views import run_again
from webapp.run_log.views import run_log
from webapp.runs.uploads import uploads
from webapp.runs.views import runs
from webapp.sends.scheduling import scheduling
from webapp.sends.views import sends
from webapp.settings_file import keeping
from webapp.settings_file.views import settings_file
from webapp.setup.views import set_up
from webapp.single_sends.views import single_sends
from webapp.updates.views import updating
from webapp.upload_jobs.actions import actions
from webapp.upload_jobs.views import jobs
from webapp.why.views import why_page
from webapp.wiring import EXTENSION, Wiring, wire
from webapp.wizard.views import wizard

MOST_BYTES = 256 * 1024
FOR_EVER = 365 * 24 * 3600

BLUEPRINTS = (
    door,
    renewal,
    approval,
    login,
    home,
    manage_data,
    tidying,
    budget,
    runs,
    jobs,
    wizard,
    actions,
    uploads,
    audience,
    campaign_panel,
    beginning,
    seeing,
    person_panel,
    messages,
    one_message_page,
    updating,
    backfill,
    sends,
    scheduling,
    single_sends,
    deleted,
    ordering,
    undo,
    keys,
    api,
    set_up,
    checklist,
    connection,
    connect_salesforce,
    connect_realmagnet,
    popup,
    prepare,
    doctor,
    access,
    changes,
    my_login,
    audit_log,
    activity_report,
    notifications,
    addresses,
    health,
    metrics,
    run_log,
    run_again,
    settings_file,
    reconciliation,
    why_page,
    intake_door,
    intake_page,
    errors_list,
)
"""Everything that has an address."""


def create_app(
    settings: Settings | None = None, services: Services | None = None, *, wired: Wiring | None = None
) -> Flask:
    """The application. Without arguments everything comes from the environment, as gunicorn wants it."""
    wired = wired or wire(settings, services)
    app = Flask(
        "webapp",
        static_folder=None,  # WhiteNoise serves them, in front
        root_path=str(Path(__file__).parent),
        template_folder=str(ROOT / "templates"),
    )
    app.request_class = security.CookielessRequest
    app.session_interface = security.NoSessions()
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = MOST_BYTES
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions[EXTENSION] = wired
    log_context.install(app)
    app.before_request(framed_at_the_door)
    guard.install(app)
    log_context.install_who(app)
    keeping.install(app)
    sessions.install(app)
    limits.install(app, wired.services.settings)
    errors.install(app)
    presentation.install(app)
    app.after_request(security.protect)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    _in_front(app, wired.services.settings)
    return app


def _in_front(app: Flask, settings: Settings) -> None:
    """What stands between the network and Flask: static files, and the proxies that are to be believed."""
    files = WhiteNoise(
        app.wsgi_app,
        root=str(STATIC),
        prefix="static/",
        max_age=FOR_EVER,
        allow_all_origins=False,
        add_headers_function=_files_headers,
    )
    app.wsgi_app = files  # type: ignore[method-assign]  # Flask's documented way
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(files, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # same


def _files_headers(headers: Headers, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"

"""Permission check: what stands in the way of our work in Salesforce, and what to do about each."""

from flask import Blueprint, Response

from connector.connection import preparing
from connector.errors import ConnectorError
from connector.model.connection import Finding, Weight
from connector.model.rights import Area, Level
from connector.store import examinations
from webapp.connection.hands import hands
from webapp.guard import needs
from webapp.pages import page
from webapp.sessions import visitor
from webapp.wiring import wiring

doctor = Blueprint("doctor", __name__)


@doctor.get("/connection/check")
@needs(Area.SETTINGS, Level.READ)
def show() -> Response:
    """Examine the org now, and show what was found."""
    findings: list[Finding] = []
    survey: preparing.Survey | None = None
    trouble: ConnectorError | None = None
    try:
        with hands() as ours:
            survey = preparing.survey(ours)
        findings = list(survey.findings)
        with wiring().services.database.write() as connection:
            examinations.note(connection, visitor().org_id, findings)
    except ConnectorError as error:
        trouble = error
    return page(
        "connection/doctor.html",
        "Permission check",
        user=survey.user if survey else None,
        survey=survey,
        trouble=trouble,
        blocks=[one for one in findings if one.weight is Weight.BLOCKS],
        warns=[one for one in findings if one.weight is Weight.WARNS],
    )

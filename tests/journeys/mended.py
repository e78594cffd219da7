"""A field is taken out of a connected organization: who looks is told which, and one button gives it back."""

import json
import re
import urllib.request

from playwright.sync_api import expect

from tests.journeys.first_day import CLOSED, NIGHT, FirstDay
from tests.journeys.walking import SOON
from tools.night import turn_clock

OBJECT, FIELD = "Real_Magnet_Activity__c", "Link_URL__c"
NAMED = re.compile(rf"{OBJECT}.{{0,3}}{FIELD}|{FIELD}.*{OBJECT}|{OBJECT}.*{FIELD}")


def run_into_a_missing_field(day: FirstDay) -> None:
    """The permission check names it, and so does a run, which begins nothing."""
    turn_clock(day.house.plan, {"advance_days": 1})
    body = json.dumps({"object": OBJECT, "field": FIELD}).encode()
    request = urllib.request.Request(
        f"{day.house.plan.salesforce_url}/_sandbox/fields/delete", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        assert FIELD in answer.read().decode()
    walk = day.inside
    walk.click("link", "Connection")
    walk.sees("Connection")
    walk.click("link", "Permission check")
    walk.sees("Permission check")
    expect(walk.frame.get_by_text(NAMED).first).to_be_visible()
    walk.click("link", "Home")
    walk.sees("Home")
    walk.click("button", "Sync now")
    expect(walk.frame.get_by_text("Failed", exact=True)).to_be_visible(timeout=NIGHT)
    expect(walk.frame.get_by_text(NAMED).first).to_be_visible()
    expect(walk.frame.get_by_text("Prepare Salesforce").first).to_be_visible()


def mend(day: FirstDay) -> None:
    """Prepare Salesforce, and the next run completes."""
    walk = day.inside
    walk.click("link", "Connection")
    walk.sees("Connection")
    walk.click("link", "Prepare Salesforce")
    walk.sees("Prepare Salesforce")
    walk.click("button", "Prepare Salesforce")
    expect(walk.frame.get_by_role("link", name="Go on at Home")).to_be_visible(timeout=SOON)
    walk.click("link", "Go on at Home")
    walk.sees("Home")
    walk.click("button", "Sync now")
    expect(walk.frame.get_by_text(CLOSED)).to_be_visible(timeout=NIGHT)
    expect(walk.frame.get_by_text("Completed", exact=True)).to_be_visible()

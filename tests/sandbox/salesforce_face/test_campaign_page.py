"""The Campaign's page as an admin would lay it out: the application beside the details, launched when it is seen."""

import html
import re
from typing import Any

import pytest

from tests.sandbox.salesforce_face.test_canvas_launches import fields, opened
from tests.sandbox.salesforce_face.test_face_pages import text


@pytest.fixture
def campaign(face) -> str:
    return face.insert("Campaign", Name=["Annual conference"])[0]


def record_page(face: Any, campaign: str) -> str:
    return face.get(f"/lightning/r/Campaign/{campaign}/view").text


class TestTheFrameBesideTheDetails:
    def test_the_page_holds_a_frame_and_no_launch_yet(self, face, campaign):
        page = record_page(face, campaign)
        assert len(re.findall(r"<iframe [^>]*data-canvas data-lazy", page)) == 1
        assert fields(page) == {"signed_request": ""}
        assert page.count("canvas-parent.js") == 1

    def test_its_launch_tells_the_campaign_by_a_parameter(self, face, campaign):
        (address,) = re.findall(r'data-renew-url="([^"]+)"', record_page(face, campaign))
        document = opened(face.post(html.unescape(address)).json()["signed_request"], face.options.consumer_secret)
        environment = document["context"]["environment"]
        assert (environment["parameters"], environment["record"]) == ({"recordId": campaign}, {})
        assert environment["locationUrl"] == f"{face.url}/lightning/r/Campaign/{campaign}/view"

    def test_its_frame_bears_the_name_of_its_instance(self, face, campaign):
        page = record_page(face, campaign)
        (address,) = re.findall(r'data-renew-url="([^"]+)"', page)
        document = opened(face.post(html.unescape(address)).json()["signed_request"], face.options.consumer_secret)
        assert f'<iframe name="canvas-frame-{document["client"]["instanceId"]}"' in page

    def test_a_self_authorizing_launch_comes_by_get_here_too(self, face, campaign):
        face.post("/_sandbox/settings", json={"canvas_self_authorize": "1"})
        page = record_page(face, campaign)
        assert '<form id="canvas-launch" method="get"' in page
        assert fields(page) == {"_sfdc_canvas_authvalue": "user_approval_required", "signed_request": ""}

    def test_other_records_have_no_frame_of_their_own(self, face):
        (contact,) = face.insert("Contact", LastName=["Okafor"])
        page = face.get(f"/lightning/r/Contact/{contact}/view").text
        assert "<iframe" not in page
        assert "canvas-parent.js" not in page

    def test_ids_are_unique(self, face, campaign):
        ids = re.findall(r'\bid="([^"]+)"', record_page(face, campaign))
        assert len(ids) == len(set(ids))


class TestTheButton:
    def test_it_has_the_words_of_old_and_leads_to_the_panel(self, face, campaign):
        page = record_page(face, campaign)
        (address,) = re.findall(r'<a class="button" href="([^"]+)">Upload to Real Magnet</a>', page)
        document = opened(fields(face.get(address).text)["signed_request"], face.options.consumer_secret)
        assert document["context"]["environment"]["parameters"] == {"recordId": campaign}


class TestMembers:
    def test_they_are_counted_by_status(self, face, campaign):
        contacts = face.insert("Contact", LastName=["One", "Two", "Three"])
        face.insert(
            "CampaignMember", CampaignId=[campaign] * 3, ContactId=contacts, Status=["Sent", "Responded", "Sent"]
        )
        page = text(record_page(face, campaign))
        assert "Campaign Members (3)" in page
        assert "Sent 2 Responded 1" in page

    def test_a_status_that_the_viewer_may_not_see_is_not_counted(self, face, campaign, org):
        (contact,) = face.insert("Contact", LastName=["One"])
        face.insert("CampaignMember", CampaignId=[campaign], ContactId=[contact], Status=["Sent"])
        org.hide_field("CampaignMember", "Status")
        page = text(record_page(face, campaign))
        assert "Campaign Members (1)" in page
        assert "Sent" not in page

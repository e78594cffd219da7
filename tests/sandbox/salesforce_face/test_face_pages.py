"""The pages: what they show, to whom, and what they never do."""

import re

import pytest

from sandbox.salesforce.lifecycle import merge

PATHS = [
    "/lightning/o/Contact/list",
    "/lightning/o/Lead/list",
    "/lightning/o/Campaign/list",
    "/lightning/n/Real_Magnet",
    "/lightning/setup",
    "/lightning/setup/deploy",
    "/lightning/setup/apps",
    "/lightning/setup/users",
]


@pytest.fixture
def contact(face) -> str:
    return face.insert("Contact", LastName=["Okafor"], FirstName=["Ngozi"], Email=["ngozi@example.org"])[0]


def text(page: str) -> str:
    """What a reader sees of a page, on one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition("<main")[2]))


class TestEveryPage:
    @pytest.mark.parametrize("path", PATHS)
    def test_it_needs_no_login_sets_no_cookie_and_is_not_to_be_framed(self, face, path):
        reply = face.get(path)
        assert reply.status_code == 200
        assert "Set-Cookie" not in reply.headers
        assert reply.headers["Content-Security-Policy"] == "frame-ancestors 'none'"

    @pytest.mark.parametrize("path", PATHS)
    def test_it_has_one_title_unique_ids_and_a_label_for_every_field(self, face, path):
        page = face.get(path).text
        assert len(re.findall(r"<h1[ >]", page)) == 1
        ids = re.findall(r'\bid="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', page))
        shown = re.findall(r'<(?:input|select)(?![^>]*type="(?:hidden|checkbox)")[^>]*\bid="([^"]+)"', page)
        assert set(shown) <= labelled

    def test_the_tabs_lead_everywhere_and_say_where_one_is(self, face):
        page = face.get("/").text
        assert re.findall(r'aria-current="page">(\w+)', page) == ["Contacts"]
        for name in ("Leads", "Campaigns", "Real Magnet", "Setup"):
            assert name in page

    def test_who_is_looking_travels_through_the_links(self, face, org):
        bruno = org.user_id("bruno@salesforce.example")
        page = face.get(f"/lightning/o/Contact/list?as={bruno}").text
        assert f'value="{bruno}" selected' in page
        assert f"/lightning/n/Real_Magnet?as={bruno}" in page

    def test_a_viewer_nobody_knows_is_not_found(self, face):
        assert face.get("/lightning/o/Contact/list?as=005Hu0000000zzz").status_code == 404


class TestLists:
    def test_a_list_pages_and_counts(self, face):
        face.insert("Contact", LastName=[f"Person {number:03d}" for number in range(60)])
        first, last = (face.get(f"/lightning/o/Contact/list?page={page}").text for page in (1, 3))
        assert "1\u201325 of 60" in first
        assert "Person 024" in first
        assert "Person 025" not in first
        assert "51\u201360 of 60" in last
        assert "Next" not in text(last)

    @pytest.mark.usefixtures("contact")
    def test_a_list_is_searched_by_name_and_address(self, face):
        face.insert("Contact", LastName=["Other"], Email=["other@example.org"])
        for words in ("okaf", "ngozi@"):
            page = text(face.get("/lightning/o/Contact/list", params={"q": words}).text)
            assert "Ngozi Okafor" in page
            assert "Other" not in page

    def test_words_with_quotes_are_only_words(self, face):
        reply = face.get("/lightning/o/Lead/list", params={"q": "O'Brien\\' OR Name != '"})
        assert reply.status_code == 200
        assert "No leads match" in reply.text

    def test_an_object_without_pages_is_not_found(self, face):
        assert face.get("/lightning/o/User/list").status_code == 404


class TestRecords:
    def test_a_contact_shows_its_details(self, face, contact):
        page = text(face.get(f"/lightning/r/Contact/{contact}/view").text)
        assert "Ngozi Okafor" in page
        assert "ngozi@example.org" in page

    def test_the_related_list_shows_the_newest_first_with_the_count(self, face, contact):
        face.activities(contact, 28)
        page = text(face.get(f"/lightning/r/Contact/{contact}/view").text)
        assert "Real Magnet Activity History (28)" in page
        headings = "Activity Date Activity Group Activity Message Name Link"
        assert headings in page
        shown = re.findall(r"Newsletter (\d+)", page)
        assert shown == ["27", "26", "25", "24", "23", "22"]

    def test_a_link_leads_to_its_address_in_a_new_window(self, face, contact):
        face.activities(contact, 1)
        page = face.get(f"/lightning/r/Contact/{contact}/view").text
        assert '<a href="https://example.org/register" rel="noopener noreferrer" target="_blank">Register</a>' in page

    def test_view_all_shows_every_row_page_by_page(self, face, contact):
        face.activities(contact, 28)
        path = f"/lightning/r/Contact/{contact}/related/Real_Magnet_Activities__r/view"
        assert path in face.get(f"/lightning/r/Contact/{contact}/view").text
        shown = [len(re.findall(r"Newsletter \d+", face.get(f"{path}?page={page}").text)) for page in (1, 2)]
        assert shown == [25, 3]

    def test_a_lead_has_its_own_related_list(self, face):
        (lead,) = face.insert("Lead", LastName=["Singh"], Company=["Examples Ltd"])
        assert "Real Magnet Activity History (0)" in text(face.get(f"/lightning/r/Lead/{lead}/view").text)

    def test_version_1_s_lists_stand_on_contact_and_lead_and_read_without_a_click(self, face, contact):
        (lead,) = face.insert("Lead", LastName=["Singh"], Company=["Examples Ltd"])
        (message,) = face.insert(
            "MagnetMail_Message__c", External_Key__c=["m"], Name=["June"], Message_Name__c=["Newsletter of June"]
        )
        (link,) = face.insert(
            "MagnetMail_Link__c", External_Key__c=["l"], Name=["R"], Link_Name__c=["Register now"], Clicks__c=["77"]
        )
        for kind, person in (("Contact", contact), ("Lead", lead)):
            rows = {"External_Key__c": [kind], f"{kind}__c": [person], "Message__c": [message]}
            face.insert("MagnetMail_Email_Tracking__c", **rows, Status__c=["Delivered"], Opened_Count__c=["5"])
            face.insert("MagnetMail_Link_Tracking__c", **rows, Link__c=[link], Clicks__c=["3"])
            whole = face.get(f"/lightning/r/{kind}/{person}/view").text
            page, headings = text(whole), re.findall(r'id="related-\d"[^>]*>([\w ]+) \((\d)\)', whole)
            assert headings[:-1] == [
                ("Real Magnet Activity History", "0"), ("MagnetMail Email Tracking", "1"),
                ("MagnetMail Unsubscribes", "0"), ("MagnetMail Fax Tracking", "0"), ("MagnetMail Link Tracking", "1"),
            ]  # fmt: skip
            assert "Newsletter of June Delivered" in page
            assert "Register now Newsletter of June 3" in page
            assert "Total Clicks Total People" in page
        page = text(face.get(f"/lightning/r/MagnetMail_Link__c/{link}/view").text)
        assert "MagnetMail Link Tracking (2)" in page

    def test_a_campaign_shows_its_members_and_leads_to_them(self, face, contact):
        (campaign,) = face.insert("Campaign", Name=["Annual conference"])
        face.insert("CampaignMember", CampaignId=[campaign], ContactId=[contact])
        page = face.get(f"/lightning/r/Campaign/{campaign}/view").text
        assert "Campaign Members (1)" in text(page)
        assert f'href="/lightning/r/Contact/{contact}/view">Ngozi Okafor' in page

    def test_a_merged_contact_is_gone(self, face, org, contact):
        (other,) = face.insert("Contact", LastName=["Okafor"])
        merge(org, contact, other)
        reply = face.get(f"/lightning/r/Contact/{other}/view")
        assert reply.status_code == 404
        assert "deleted or merged" in reply.text

    def test_a_field_the_viewer_may_not_see_is_not_shown(self, face, org, contact):
        path = f"/lightning/r/Contact/{contact}/view"
        assert "Email" in text(face.get(path).text)
        org.hide_field("Contact", "Email")
        page = text(face.get(path).text)
        assert "ngozi@example.org" not in page

    def test_markup_in_a_name_stays_text(self, face):
        (made,) = face.insert("Contact", LastName=["<script>alert(1)</script>"])
        page = face.get(f"/lightning/r/Contact/{made}/view").text
        assert "<script>alert" not in page

    def test_an_address_that_is_no_web_address_is_no_link(self, face, contact):
        face.insert(
            "Real_Magnet_Activity__c",
            External_Key__c=["x"],
            Contact__c=[contact],
            Link_Label__c=["Click"],
            Link_URL__c=["javascript:alert(1)"],
        )
        page = face.get(f"/lightning/r/Contact/{contact}/view").text
        assert "Click" in page
        assert "javascript:" not in page


class TestSetup:
    def test_the_clock_moves_on(self, face, org):
        before = org.clock.now()
        reply = face.post("/lightning/setup/advance", data={"seconds": "86400"})
        assert "The clock moved on." in reply.text
        assert (org.clock.now() - before).total_seconds() >= 86_400

    def test_a_bad_day_is_switched_on_and_off(self, face):
        form = {"kind": "unavailable", "times": "", "amount": "", "path": ""}
        assert "Switched on: 503, with an HTML page." in face.post("/lightning/setup/switch", data=form).text
        assert face.get("/services/data/v66.0/limits").status_code == 503
        (switch,) = face.get("/_sandbox/switches").json()["switches"]
        face.post("/lightning/setup/off", data={"number": switch["number"]})
        assert face.get("/services/data/v66.0/limits").status_code == 401

    def test_every_session_ends_at_once(self, face, org):
        sessions = face.app.extensions["sessions"]
        token = sessions.issue(org.integration_user_id, face.options.consumer_key, "api")
        assert "Sessions ended: 1." in face.post("/lightning/setup/expire").text
        assert sessions.find(token) is None

    def test_bulk_jobs_take_as_long_as_one_says(self, face, org):
        face.post("/lightning/setup/pace", data={"seconds": "7.5"})
        assert org.setting("bulk_seconds", "") == "7.5"

    def test_nonsense_is_told_not_done(self, face, org):
        reply = face.post("/lightning/setup/advance", data={"seconds": "-5"})
        assert "That did not work" in reply.text
        assert org.clock.offset_seconds == 0

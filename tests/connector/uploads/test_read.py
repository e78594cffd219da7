"""The audience of a job is who its source holds, each with the reason if nothing may be sent to them."""

from tests.connector.uploads.world import UploadWorld


def test_a_campaigns_members_are_its_audience(world: UploadWorld) -> None:
    contact, lead = world.person("Ann@Example.org", FirstName="Ann"), world.person("bo@example.org", "Lead")
    found = world.preview(world.campaign([contact, lead]))
    assert found.ids == [contact, lead]
    assert found.counts.rows == found.counts.mailable == 2
    assert found.lines[0] == f'"{contact}","Ann@Example.org","Ann","Example","","","","","","",""'

"""A message to one person: two forms that arrive at the same instant send it once, and the second one is asked."""

from types import SimpleNamespace

import pytest
from flask import Response

from connector.model.activity import Channel
from connector.model.single_sends import NewSingleSend
from connector.store import single_sends
from tests.webapp.conftest import House
from tests.webapp.test_person_panel import CONTACT, person
from webapp.single_sends import choosing, views


@pytest.mark.parametrize(("again", "sent"), [("", 1), ("yes", 2)])
def test_a_form_that_comes_at_the_same_instant_is_asked_whether_it_is_meant(
    house: House, monkeypatch: pytest.MonkeyPatch, again: str, sent: int
) -> None:
    person(house)
    looks: list[object] = []

    def look(*_: object) -> object:
        """The first look finds nothing against it, and right after it another form is quicker."""
        if not looks:
            new = NewSingleSend("t" * 32, CONTACT, 7, "Newsletter", Channel.EMAIL, "ada@example.org")
            with house.database.write() as connection:
                single_sends.create(connection, house.org_id, None, new)
        looks.append(look)
        if len(looks) > 1:
            return choosing.Shown(trouble="It went to them before.")
        content = SimpleNamespace(details=SimpleNamespace(name="Newsletter"))
        return SimpleNamespace(
            sendable=True, before=None, content=content, looked=SimpleNamespace(address="ada@example.org")
        )

    monkeypatch.setattr(choosing, "shown", look)
    monkeypatch.setattr(views, "_form", lambda *found: Response(found[-1].trouble))
    frame = house.linked()
    frame.submit(f"/people/{CONTACT}/send", message_id="7", channel="E-mail", ticket="u" * 32, again=again)
    with house.database.read() as connection:
        made = connection.exec_driver_sql("SELECT count(*) FROM single_sends").scalar()
    assert (made, len(house.outside.claims)) == (sent, sent - 1)
    assert ("It went to them before." in frame.page.text) == (sent == 1)

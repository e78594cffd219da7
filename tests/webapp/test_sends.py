"""Refresh before send: found by name, each group says how it is refreshed, and what was not sent is told."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from connector import clock
from connector.errors import NotFound, Temporary
from connector.model.audience import Source, SourceKind
from connector.model.groups import Group, MessageDetails
from connector.model.runs import RunState, Trigger, upload_of
from connector.model.tracking import Message, Period
from connector.model.uploads import DEFAULT_CONTACT, Definition, How, JobState, Target
from connector.store import audit, claims, send_steps, upload_jobs
from connector.store import sends as stored
from connector.store.claims import Asked
from connector.store.sends import NewSend, Send, SendState
from tests.webapp.conftest import OTHER_ORG, House
from tests.webapp.pages import Frame
from webapp.sends import choosing, form, scheduling
from webapp.sends.choosing import AS_IT_IS, HALF, SHOWN
from webapp.wiring import EXTENSION

SPRING, APPEAL, BLANK, NAMELESS = 71, 72, 73, 74
MEMBERS, DONORS, STAFF = Group(11, "Members"), Group(12, "Donors"), Group(13, "Staff")
YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Account:
    """A Real Magnet account that answers from memory."""

    asked: list[str] = field(default_factory=list)
    away: bool = False
    messages: list[Message] = field(
        default_factory=lambda: [
            Message(SPRING, "Spring news", YEAR, YEAR, (11,)),
            Message(APPEAL, "Annual appeal", None, YEAR + timedelta(days=9), ()),
            *(Message(100 + n, f"Old issue {n}", YEAR, YEAR - timedelta(days=n), ()) for n in range(SHOWN + 5)),
        ]
    )
    known: list[Group] = field(default_factory=lambda: [STAFF, MEMBERS, DONORS])

    def __call__(self, _org_id: int) -> "Account":
        return self

    def messages_created(self, period: Period) -> list[Message]:
        self._ask("messages")
        assert period.first < date(2000, 1, 1)
        return self.messages

    def groups(self) -> list[Group]:
        self._ask("groups")
        return self.known

    def message_details(self, message_id: int) -> MessageDetails:
        self._ask("details")
        subject, sender = (
            ("" if message_id == BLANK else "The news"),
            ("" if message_id == NAMELESS else "a@example.org"),
        )
        if message_id not in {SPRING, APPEAL, BLANK, NAMELESS}:
            raise NotFound("Real Magnet has no such message.")
        return MessageDetails(message_id, "Spring news", subject, sender, None)

    def close(self) -> None:
        """Nothing is open."""

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.away:
            raise Temporary("Real Magnet could not be reached.")


@pytest.fixture
def account(house: House) -> Account:
    made = Account()
    wired = house.app.extensions[EXTENSION]
    services = replace(wired.services, realmagnet=made)
    house.app.extensions[EXTENSION] = replace(wired, services=services)
    return made


@pytest.fixture
def frame(house: House, account: Account) -> Frame:
    return house.linked()


def job(
    house: House, group: Group, name: str, state: JobState = JobState.ACTIVE, *, org: int = 0, how: How = How.REPLACE
) -> int:
    source = Source(SourceKind.CAMPAIGN, "701000000000001AAA", "Spring")
    made = Definition(source, Target(group.id, group.name, how), DEFAULT_CONTACT, DEFAULT_CONTACT)
    with house.database.write() as connection:
        draft_id = upload_jobs.create_draft(connection, org or house.org_id, None)
        upload_jobs.enter(connection, draft_id, name, {}, made)
        draft = upload_jobs.get(connection, org or house.org_id, draft_id)
        assert draft is not None
        upload_jobs.save(connection, draft, made, None)
        upload_jobs.set_state(connection, draft_id, state)
    return draft_id


def all_sends(house: House, org: int = 0) -> list[Send]:
    with house.database.read() as connection:
        return stored.of_org(connection, org or house.org_id, 99)


def entered(**changes: Any) -> dict[str, Any]:
    good = {"ticket": "t1", "message_id": SPRING, "group_ids": [MEMBERS.id, STAFF.id], "when": "later"}
    return {**good, "date": "2099-05-04", "local_time": "9 am", "zone": "berlin", **changes}


def waiting(house: House, org: int = 0, ticket: str = "w") -> int:
    new = NewSend(ticket, SPRING, "Spring <b>news", "The news", "a@example.org", [(11, "Members")], 2**42, "UTC")
    with house.database.write() as connection:
        made = stored.create(connection, org or house.org_id, None, new)
    assert made is not None
    return made


def given_up(house: House) -> int:
    send_id = waiting(house)
    (send,) = [one for one in all_sends(house) if one.id == send_id]
    with house.database.write() as connection:
        words = send_steps.Words("The upload job “Fill Members” failed.", "Start it once more.")
        assert send_steps.give_up(connection, send, words)
    return send_id


class TestChoosing:
    def test_an_empty_list_says_what_it_is_for_and_how_the_vendor_called_it(self, frame: Frame) -> None:
        page = frame.go("/sends").page
        assert "No message is scheduled" in page.text
        assert "Sync on Send" in page.text

    def test_messages_are_found_as_their_name_is_typed_sent_or_not(self, frame: Frame) -> None:
        page = frame.go("/sends/new").page
        assert page.find("#message-71")
        assert "Annual appeal never sent" in page.text
        assert f"{len(Account().messages) - SHOWN} more" in page.text
        page = frame.go("/sends/new/messages", message_text="NEWS spr").page
        assert [e.attributes["value"] for e in page.find("input[name='message_id']")] == [str(SPRING)]
        page = frame.go("/sends/new/messages", message_text="nothing like it").page
        assert "No message has this name." in page.text

    def test_the_chosen_message_stays_while_another_is_looked_for(self, frame: Frame) -> None:
        page = frame.go("/sends/new/messages", message_text="spring", message_id=str(APPEAL)).page
        assert [e.attributes["value"] for e in page.find("input[name='message_id']")] == [str(APPEAL), str(SPRING)]
        assert "checked" in page.find("#message-72")[0].attributes

    def test_real_magnet_is_asked_once_however_fast_somebody_types(self, frame: Frame, account: Account) -> None:
        frame.go("/sends/new")
        for letters in ("s", "sp", "spr"):
            frame.go("/sends/new/messages", message_text=letters)
            frame.go("/sends/new/groups", group_text=letters)
        assert sorted(account.asked) == ["groups", "messages"]

    def test_subject_and_sender_are_those_of_the_message(self, frame: Frame) -> None:
        page = frame.go("/sends/new/message", message_id=str(SPRING)).page
        assert "The news" in page.text
        assert "a@example.org" in page.text

    def test_each_group_says_how_it_is_refreshed(self, house: House, frame: Frame) -> None:
        job(house, MEMBERS, "All members")
        job(house, MEMBERS, "New members")
        job(house, DONORS, "Donors of the year", JobState.PAUSED)
        page = frame.go("/sends/new").page
        assert page.find("#group-11-way")[0].text.startswith("Filled by the upload jobs “")
        assert "“All members”" in page.find("#group-11-way")[0].text
        assert (
            page.find("#group-12-way")[0].text == "Its upload job “Donors of the year” is paused: it is sent as it is."
        )
        assert page.find("#group-13-way")[0].text == AS_IT_IS

    def test_a_job_that_only_adds_says_who_stays_in_its_group(self, house: House, frame: Frame) -> None:
        job(house, MEMBERS, "New members", how=How.ADD)
        job(house, DONORS, "Donors")
        job(house, DONORS, "More donors", how=How.ADD)
        job(house, STAFF, "Staff", JobState.PAUSED, how=How.ADD)
        page = frame.go("/sends/new").page
        assert page.find("#group-11-way")[0].text.endswith(f"just before. {choosing.ONLY_ADDS % 'This job'}")
        assert page.find("#group-12-way")[0].text.endswith(f"just before. {choosing.ONLY_ADDS % '“More donors”'}")
        assert "only adds" not in page.find("#group-13-way")[0].text

    def test_a_group_that_an_upload_left_half_filled_says_so(self, house: House, frame: Frame) -> None:
        job_id = job(house, MEMBERS, "All members", JobState.PAUSED)
        with house.database.write() as connection:
            run_id = claims.claim(connection, house.org_id, Asked(Trigger.RUN_NOW), upload_of(job_id, 11)).run_id
            connection.execute(text("UPDATE runs SET state = 'Failed', ended_at = 1"))
            connection.execute(
                text(
                    "INSERT INTO upload_chunks (run_id, number, state, first_place, last_place, rows) "
                    "VALUES (:run, 1, 'done', 1, 2, 2)"
                ),
                {"run": run_id},
            )
        assert frame.go("/sends/new").page.find("#group-11-way")[0].text == HALF

    def test_a_real_magnet_that_is_away_is_told_beside_the_field(self, frame: Frame, account: Account) -> None:
        account.away = True
        page = frame.go("/sends/new").page
        assert frame.status == 200
        assert page.text.count("Real Magnet could not be reached.") == 2

    def test_the_moment_that_is_meant_is_shown_before_it_is_saved(self, frame: Frame) -> None:
        values = {"when": "later", "date": "2099-05-04", "local_time": "9:00", "zone": "Europe/Berlin"}
        page = frame.go("/sends/new/when", **values).page
        assert page.find("time[datetime='2099-05-04T07:00:00Z']")
        assert (
            "once date, time and zone can be understood"
            in frame.go("/sends/new/when", **{**values, "date": ""}).page.text
        )


class TestScheduling:
    def test_what_is_scheduled_is_what_was_chosen(self, house: House, frame: Frame) -> None:
        page = frame.submit("/sends", **entered()).page
        assert frame.status == 200
        assert "“Spring news” is scheduled." in page.text
        (send,) = all_sends(house)
        assert (send.message_id, send.subject, send.sender) == (SPRING, "The news", "a@example.org")
        assert list(zip(send.group_ids, send.group_names, strict=True)) == [(11, "Members"), (13, "Staff")]
        assert clock.from_milliseconds(send.due_at) == datetime(2099, 5, 4, 7, tzinfo=UTC)
        assert (send.zone, send.state, send.created_by) == ("Europe/Berlin", SendState.SCHEDULED, 1)
        with house.database.read() as connection:
            entry = audit.entries(connection, house.org_id)[0]
        assert (entry["action"], entry["user_id"]) == ("Scheduled a send", 1)
        assert json.loads(entry["after"])["groups"] == [11, 13]

    def test_a_form_that_is_sent_twice_is_one_send(self, house: House, frame: Frame) -> None:
        frame.submit("/sends", **entered())
        frame.submit("/sends", **entered())
        assert len(all_sends(house)) == 1

    def test_a_form_that_is_sent_again_with_something_else_tells_what_it_scheduled(
        self, house: House, frame: Frame
    ) -> None:
        frame.submit("/sends", **entered())
        for changes in ({"group_ids": [DONORS.id]}, {"message_id": APPEAL}, {"date": "2099-05-05"}, {"when": "now"}):
            page = frame.submit("/sends", **entered(**changes)).page
            assert "This form was sent already, and nothing else was scheduled." in page.text
            assert "What it scheduled is “Spring news” to Members, Staff (Scheduled)." in page.text
            assert "is scheduled." not in page.text
        frame.submit("/sends/1/cancel")
        assert "(Cancelled)" in frame.submit("/sends", **entered()).page.text
        assert len(all_sends(house)) == 1

    def test_what_real_magnet_listed_is_read_once_however_long_the_message_takes(
        self, house: House, frame: Frame, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(choosing, "KEPT_SECONDS", 0.0)
        listed = iter([[MEMBERS, STAFF], []])
        monkeypatch.setattr(Account, "groups", lambda _self: next(listed))
        frame.submit("/sends", **entered())
        assert frame.status == 200
        assert list(all_sends(house)[0].group_names) == ["Members", "Staff"]

    def test_a_message_that_is_going_out_is_not_sent_again_now_but_may_be_later(
        self, house: House, frame: Frame
    ) -> None:
        frame.submit("/sends", **entered(when="now"))
        send_steps.advance(house.database, all_sends(house)[0])
        page = frame.submit("/sends", **entered(when="now", ticket="t2", group_ids=[DONORS.id])).page
        assert frame.status == 422
        assert page.find("#message-problem")[0].text == scheduling.GOING_OUT % "“Members”, “Staff”"
        assert "on its way" in frame.submit("/sends", **entered(when="now")).page.text
        frame.submit("/sends", **entered(ticket="t2"))
        assert frame.status == 200
        assert len(all_sends(house)) == 2

    @pytest.mark.parametrize("changes", [{"state": "Paused"}, {"state": "Deleted"}, {"group_id": DONORS.id}])
    def test_what_the_form_said_of_a_group_has_to_be_so_still(
        self, house: House, frame: Frame, changes: dict[str, Any]
    ) -> None:
        job(house, DONORS, "All donors")
        job_id = job(house, MEMBERS, "All members")
        told = [one.attributes["value"] for one in frame.go("/sends/new").page.find("input[name='told']")]
        assert told == ["1 12", f"{job_id} 11"]
        with house.database.write() as connection:
            statement = upload_jobs.upload_jobs.update().where(upload_jobs.upload_jobs.c.id == job_id)
            connection.execute(statement.values(**changes))
        page = frame.submit("/sends", **entered(told=told)).page
        assert (frame.status, page.find("#groups-problem")[0].text) == (422, scheduling.CHANGED)
        told = [one.attributes["value"] for one in page.find("input[name='told']")]
        frame.submit("/sends", **entered(told=told))
        assert frame.status == 200
        assert all_sends(house)[0].promised == ()

    def test_the_jobs_that_fill_its_groups_are_promised(self, house: House, frame: Frame) -> None:
        job_id = job(house, MEMBERS, "All members")
        job(house, STAFF, "Staff", JobState.PAUSED)
        frame.submit("/sends", **entered())
        assert all_sends(house)[0].promised == ((job_id, MEMBERS.id),)

    def test_now_refreshes_the_groups_at_once(self, house: House, frame: Frame) -> None:
        job_id = job(house, MEMBERS, "All members")
        page = frame.submit("/sends", **entered(when="now", date="", local_time="", zone="")).page
        assert "on its way" in page.text
        (send,) = all_sends(house)
        assert send.state is SendState.REFRESHING
        (claim,) = house.outside.claims
        assert list(send.refresh_runs) == [claim.run_id]
        with house.database.read() as connection:
            run = connection.execute(text("SELECT * FROM runs")).mappings().one()
        assert (run["subject_id"], run["trigger"], run["requested_by"]) == (job_id, Trigger.BEFORE_SEND, 1)

    def test_while_the_queue_is_away_it_is_scheduled_all_the_same(self, house: House, frame: Frame) -> None:
        job(house, MEMBERS, "All members")
        house.outside.away = True
        frame.submit("/sends", **entered(when="now"))
        assert frame.status == 200
        assert all_sends(house)[0].state is SendState.REFRESHING

    @pytest.mark.parametrize(
        ("changes", "name", "words"),
        [
            ({"message_id": ""}, "message", form.MESSAGE_WORDS),
            ({"message_id": "x"}, "message", form.MESSAGE_WORDS),
            ({"message_id": 999}, "message", scheduling.GONE),
            ({"message_id": BLANK}, "message", scheduling.NO_SUBJECT),
            ({"message_id": NAMELESS}, "message", scheduling.NO_SENDER),
            ({"group_ids": []}, "groups", form.GROUP_WORDS),
            ({"group_ids": [11, 99]}, "groups", scheduling.NO_GROUP),
            ({"group_ids": list(range(1, 60))}, "groups", scheduling.NO_GROUP),
            ({"date": ""}, "date", form.DATE_WORDS),
            ({"date": "2026-02-30"}, "date", form.DATE_WORDS),
            ({"date": "9999-12-31", "zone": "America/New_York", "local_time": "23:59"}, "date", form.DATE_WORDS),
            ({"date": "2001-01-01"}, "date", form.PAST_WORDS),
            ({"local_time": "25:00"}, "local_time", form.TIME_WORDS),
            ({"zone": "Atlantis"}, "zone", form.ZONE_WORDS),
            ({"zone": ""}, "zone", form.NO_ZONE_WORDS),
        ],
    )
    def test_what_cannot_be_is_told_beside_its_field_and_nothing_is_lost(
        self, house: House, frame: Frame, changes: dict[str, Any], name: str, words: str
    ) -> None:
        page = frame.submit("/sends", **entered(**changes)).page
        assert frame.status == 422
        assert page.find(f"#{name}-problem")[0].text == words
        assert all_sends(house) == []
        kept = {e.attributes["id"]: e.attributes.get("value") for e in page.find("input") if "id" in e.attributes}
        if "date" not in changes:
            assert kept["date"] == "2099-05-04"
        if "group_ids" not in changes:
            assert {"checked"} <= page.find("#group-11")[0].attributes.keys()
        assert page.find("input[name='ticket']")[0].attributes["value"] == "t1"

    def test_while_real_magnet_is_away_nothing_is_scheduled(self, house: House, frame: Frame, account: Account) -> None:
        account.away = True
        frame.submit("/sends", **entered())
        assert frame.status == 503
        assert "Real Magnet could not be reached." in frame.page.text
        assert all_sends(house) == []


class TestTheList:
    def test_a_send_is_cancelled_after_our_own_question(self, house: House, frame: Frame) -> None:
        send_id = waiting(house)
        assert "Spring <b>news" in frame.go("/sends").page.text
        assert frame.go(f"/sends/{send_id}/cancel").page.find("dialog")
        page = frame.submit(f"/sends/{send_id}/cancel").page
        assert "is not sent." in page.text
        assert "Cancelled by Ada Example." in page.text
        assert all_sends(house)[0].state is SendState.CANCELLED
        assert page.find(f"#not-sent-{send_id}") == []
        with house.database.read() as connection:
            assert audit.entries(connection, house.org_id)[0]["action"] == "Cancelled a send"

    def test_cancelling_stops_the_run_that_was_about_to_send_it(self, house: House, frame: Frame) -> None:
        frame.submit("/sends", **entered(when="now"))
        send_steps.advance(house.database, all_sends(house)[0])
        send = all_sends(house)[0]
        assert send.state is SendState.SENDING
        frame.submit(f"/sends/{send.id}/cancel")
        with house.database.read() as connection:
            states = connection.execute(text("SELECT state FROM runs WHERE kind = 'send'")).scalars().all()
        assert states == [RunState.CANCELLED]

    def test_one_that_real_magnet_was_asked_for_is_too_late_to_cancel(self, house: House, frame: Frame) -> None:
        frame.submit("/sends", **entered(when="now"))
        send_steps.advance(house.database, all_sends(house)[0])
        send = all_sends(house)[0]
        with house.database.write() as connection:
            assert send_steps.note_asked(connection, send, "x", "y", None)
        assert frame.go("/sends").page.find(f"#cancel-{send.id}") == []
        page = frame.submit(f"/sends/{send.id}/cancel").page
        assert "could not be cancelled any more" in page.text
        assert all_sends(house)[0].state is SendState.SENDING

    def test_the_list_asks_for_itself_while_something_is_to_come(self, house: House, frame: Frame) -> None:
        send_id = waiting(house)
        assert frame.go("/sends/status").page.find("div[hx-get='/sends/status']")
        frame.submit(f"/sends/{send_id}/cancel")
        assert frame.go("/sends/status").page.find("div[hx-get='/sends/status']") == []

    def test_one_send_shows_its_runs_and_is_what_its_own_run_shows(self, house: House, frame: Frame) -> None:
        job(house, MEMBERS, "All members")
        frame.submit("/sends", **entered(when="now"))
        page = frame.go("/sends/1").page
        assert "All members: run 1 Queued" in page.text
        assert page.find("a[href='/runs/1']")
        with house.database.write() as connection:
            connection.execute(text("UPDATE runs SET state = 'Completed', ended_at = 1"))
        (claim,) = send_steps.advance(house.database, all_sends(house)[0])
        page = frame.go(f"/runs/{claim.run_id}").page
        assert "Spring news Sending" in page.find("h1")[0].text
        assert "Real Magnet is asked to send it." in page.text


class TestNotices:
    @pytest.mark.parametrize("address", ["/home", "/sends"])
    def test_one_that_was_not_sent_is_told_until_somebody_has_read_it(
        self, house: House, frame: Frame, address: str
    ) -> None:
        send_id = given_up(house)
        page = frame.go(address).page
        assert page.find(f"#not-sent-{send_id}")
        assert "The upload job “Fill Members” failed. Start it once more." in page.text
        assert frame.submit(f"/sends/{send_id}/dismiss").page.find(f"#not-sent-{send_id}") == []
        assert frame.go(address).page.find(f"#not-sent-{send_id}") == []
        assert all_sends(house)[0].reason


class TestAnotherOrg:
    def test_nothing_of_another_org_can_be_seen_or_changed(self, house: House, frame: Frame) -> None:
        with house.database.read() as connection:
            statement = text("SELECT id FROM orgs WHERE salesforce_id = :id")
            other = int(connection.execute(statement, {"id": OTHER_ORG}).scalar_one())
        send_id = waiting(house, org=other)
        job(house, MEMBERS, "Theirs", org=other)
        assert "Spring" not in frame.go("/sends").page.text
        assert "Theirs" not in frame.go("/sends/new").page.text
        assert frame.go(f"/sends/{send_id}").status == 404
        assert frame.go(f"/sends/{send_id}/cancel").status == 404
        assert frame.submit(f"/sends/{send_id}/cancel").status == 404
        assert frame.submit(f"/sends/{send_id}/dismiss").status == 404
        assert all_sends(house, other)[0].state is SendState.SCHEDULED

"""Other programs start upload jobs and ask how far they are: with a key of their org, and nothing but that."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from connector.model.audience import Source, SourceKind
from connector.model.groups import Group
from connector.model.runs import RunState, Trigger, upload_of
from connector.model.uploads import DEFAULT_CONTACT, Definition, How, JobState, Target
from connector.store import api_keys, audience_counts, audit, claims, upload_jobs, users
from connector.store.audiences import Counts
from connector.store.claims import Asked
from connector.store.users import Identity
from tests.webapp.conftest import OTHER_ORG, House
from webapp.api import answers, keys
from webapp.limits import PROGRAM_RATE, limiter

PAGE = (Path(__file__).parents[2] / "docs/api.md").read_text()
MEMBERS = Group(11, "Members")


@dataclass
class Program:
    """Another program with a key, and no cookie."""

    house: House
    key: str

    def call(self, method: str, path: str, **headers: str) -> TestResponse:
        client = self.house.app.test_client(use_cookies=False)
        return client.open(path, method=method, headers={"Authorization": f"Bearer {self.key}", **headers})

    def start(self, job_id: int) -> TestResponse:
        return self.call("POST", f"/api/upload-jobs/{job_id}/runs")


@pytest.fixture(autouse=True)
def _fresh_counts(house: House) -> Iterator[None]:
    yield
    limiter.reset()


@pytest.fixture
def program(house: House) -> Program:
    with house.database.write() as connection:
        return Program(house, api_keys.create(connection, house.org_id, "Mailer", None).secret)


def other_org(house: House) -> int:
    with house.database.read() as connection:
        statement = text("SELECT id FROM orgs WHERE salesforce_id = :id")
        return int(connection.execute(statement, {"id": OTHER_ORG}).scalar_one())


def job(house: House, org: int = 0, state: JobState = JobState.ACTIVE) -> int:
    source = Source(SourceKind.CAMPAIGN, "701000000000001AAA", "Spring")
    made = Definition(source, Target(MEMBERS.id, MEMBERS.name, How.REPLACE), DEFAULT_CONTACT, DEFAULT_CONTACT)
    with house.database.write() as connection:
        draft_id = upload_jobs.create_draft(connection, org or house.org_id, None)
        upload_jobs.enter(connection, draft_id, "All members", {}, made)
        draft = upload_jobs.get(connection, org or house.org_id, draft_id)
        assert draft is not None
        if state is not JobState.DRAFT:
            upload_jobs.save(connection, draft, made, None)
            upload_jobs.set_state(connection, draft_id, state)
    return draft_id


def change(house: House, **values: Any) -> None:
    with house.database.write() as connection:
        names = ", ".join(f"{name} = :{name}" for name in values)
        connection.execute(text(f"UPDATE runs SET {names}"), values)  # noqa: S608  # a test's own names


class TestStarting:
    def test_a_start_is_a_run_that_the_workers_are_told_of(self, house: House, program: Program) -> None:
        job_id = job(house)
        answer = program.start(job_id)
        assert answer.status_code == 202
        assert answer.get_json() == {
            "id": 1,
            "upload_job": job_id,
            "state": "Queued",
            "over": False,
            "phase": "",
            "done": 0,
            "total": 0,
            "people": None,
            "reason": "",
            "advice": "",
            "started_at": None,
            "ended_at": None,
        }
        assert answer.headers["Location"] == "/api/runs/1"
        assert [claim.run_id for claim in house.outside.claims] == [1]
        with house.database.read() as connection:
            run = connection.execute(text("SELECT * FROM runs")).mappings().one()
            (entry,) = audit.entries(connection, house.org_id)
        assert (run["trigger"], run["lease"], run["requested_by"]) == (Trigger.OUTSIDE, "group 11", None)
        assert json.loads(entry["after"]) == {"upload job": job_id, "run": 1, "key": "Mailer"}

    def test_starting_one_that_is_under_way_answers_its_run(self, house: House, program: Program) -> None:
        job_id = job(house)
        first = program.start(job_id)
        again = program.start(job_id)
        assert (first.status_code, again.status_code) == (202, 200)
        assert first.get_json() == again.get_json()
        assert len(house.outside.claims) == 1

    def test_a_held_run_waits_for_a_person(self, house: House, program: Program) -> None:
        job_id = job(house)
        program.start(job_id)
        change(house, state=RunState.HELD, reason="It would empty the group.", advice="Decide under Runs.")
        answer = program.start(job_id)
        assert answer.status_code == 409
        told = answer.get_json()
        assert (told["state"], told["over"], told["reason"]) == ("Held", False, "It would empty the group.")
        assert program.call("GET", "/api/runs/1").status_code == 200

    def test_a_run_that_only_tries_rejected_people_again_is_not_answered_as_a_whole_one(
        self, house: House, program: Program
    ) -> None:
        job_id = job(house)
        with house.database.write() as connection:
            asked = Asked(Trigger.RETRY, about_run=1)
            retry = claims.claim(connection, house.org_id, asked, upload_of(job_id, MEMBERS.id)).run_id
        for state in (RunState.QUEUED, RunState.PAUSED):
            change(house, state=state, retry_at=1)
            answer = program.start(job_id)
            assert (answer.status_code, answer.headers["Location"]) == (409, f"/api/runs/{retry}")
            assert answer.get_json() == {"error": answers.RETRYING % retry}
        assert program.call("GET", f"/api/runs/{retry}").get_json()["state"] == "Paused"
        assert house.outside.claims == []
        change(house, state=RunState.COMPLETED, ended_at=1)
        assert program.start(job_id).status_code == 202

    def test_asking_again_and_again_does_not_wake_a_paused_run(self, house: House, program: Program) -> None:
        job_id = job(house)
        program.start(job_id)
        change(house, state=RunState.PAUSED, retry_at=2**42)
        answer = program.start(job_id)
        assert (answer.status_code, answer.get_json()["state"]) == (200, "Paused")
        assert len(house.outside.claims) == 1
        change(house, retry_at=1)
        answer = program.start(job_id)
        assert (answer.status_code, answer.get_json()["state"]) == (202, "Queued")
        assert len(house.outside.claims) == 2

    def test_a_paused_job_can_be_started(self, house: House, program: Program) -> None:
        assert program.start(job(house, state=JobState.PAUSED)).status_code == 202

    def test_while_the_queue_is_away_the_run_is_there_all_the_same(self, house: House, program: Program) -> None:
        house.outside.away = True
        assert program.start(job(house)).status_code == 202

    @pytest.mark.parametrize("state", [JobState.DRAFT, JobState.DELETED])
    def test_what_is_no_job_cannot_be_started(self, house: House, program: Program, state: JobState) -> None:
        answer = program.start(job(house, state=state))
        assert answer.status_code == 404
        assert "no such upload job" in answer.get_json()["error"]
        assert program.start(2**31 - 1).status_code == 404


class TestPolling:
    def test_a_run_tells_how_far_it_is_and_how_it_ended(self, house: House, program: Program) -> None:
        program.start(job(house))
        change(
            house,
            state=RunState.RUNNING,
            phase="Uploading to Real Magnet",
            done=3,
            total=9,
            started_at=1_795_392_000_000,
        )
        with house.database.write() as connection:
            audience_counts.keep_audience(connection, 1, Counts(rows=9, mailable=7, lost={"duplicate": 2}), None)
        told = program.call("GET", "/api/runs/1").get_json()
        assert (told["done"], told["total"], told["people"]) == (3, 9, 7)
        assert told["started_at"] == "2026-11-23T00:00:00Z"
        change(house, state=RunState.FAILED, reason="Salesforce refused.", advice="Connect again.")
        told = program.call("GET", "/api/runs/1").get_json()
        assert (told["over"], told["reason"], told["advice"]) == (True, "Salesforce refused.", "Connect again.")

    def test_only_runs_of_upload_jobs_are_told(self, house: House, program: Program) -> None:
        with house.database.write() as connection:
            run_id = claims.claim(connection, house.org_id, Asked(Trigger.HAND)).run_id
        assert program.call("GET", f"/api/runs/{run_id}").status_code == 404


class TestKeys:
    @pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer rmk_wrong", "Basic cm1r", "Bearer rmk_\xe9"])
    def test_nobody_gets_in_without_one(self, house: House, header: str) -> None:
        job_id = job(house)
        client = house.app.test_client(use_cookies=False)
        for method, path in (
            ("GET", "/api/upload-jobs"),
            ("POST", f"/api/upload-jobs/{job_id}/runs"),
            ("GET", "/api/runs/1"),
        ):
            answer = client.open(path, method=method, headers={"Authorization": header} if header else {})
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert "Set-Cookie" not in answer.headers
            assert "key is needed" in answer.get_json()["error"]
        assert house.outside.claims == []

    def test_a_session_is_no_key_and_a_key_no_session(self, house: House, program: Program) -> None:
        frame = house.linked()
        token = house.app.test_client(use_cookies=False)
        answer = token.get("/api/upload-jobs", headers={"Authorization": f"Bearer {frame.token}"})
        assert answer.status_code == 401
        assert program.call("GET", "/home").status_code == 401
        assert program.call("GET", "/api-keys").status_code == 401

    def test_a_key_opens_its_own_org_only(self, house: House, program: Program) -> None:
        theirs = job(house, other_org(house))
        assert program.call("GET", "/api/upload-jobs").get_json() == {"upload_jobs": []}
        assert program.start(theirs).status_code == 404
        with house.database.write() as connection:
            key = api_keys.create(connection, other_org(house), "Theirs", None).secret
        assert Program(house, key).start(theirs).status_code == 202
        assert program.call("GET", "/api/runs/1").status_code == 404

    def test_a_key_is_kept_only_as_its_hash_and_never_shows_itself(self, house: House, program: Program) -> None:
        with house.database.read() as connection:
            row = connection.execute(text("SELECT * FROM api_keys")).mappings().one()
            assert program.key not in map(str, row.values())
            assert len(row["hash"]) == 64
        with house.database.write() as connection:
            made = api_keys.create(connection, house.org_id, "Another", None)
        assert made.secret not in repr(made)

    def test_its_use_is_noted_but_not_at_every_poll(self, house: House, program: Program, time_machine: Any) -> None:
        time_machine.move_to(1_795_392_000, tick=False)
        program.call("GET", "/api/upload-jobs")
        time_machine.move_to(1_795_392_030, tick=False)
        program.call("GET", "/api/upload-jobs")
        with house.database.read() as connection:
            assert api_keys.of_org(connection, house.org_id)[0].used_at == 1_795_392_000_000

    def test_who_asks_too_often_has_to_wait(self, program: Program) -> None:
        most = int(PROGRAM_RATE.split()[0])
        statuses = [program.call("GET", "/api/upload-jobs").status_code for _ in range(most + 1)]
        assert statuses[-2:] == [200, 429]
        assert "Wait a minute" in program.call("GET", "/api/upload-jobs").get_json()["error"]


class TestErrors:
    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/api/nope", 404),
            ("GET", "/api/", 404),
            ("GET", "/api/runs/-1", 404),
            ("GET", "/api/runs/99999999999", 404),
            ("POST", "/api/upload-jobs/99999999999/runs", 404),
            ("POST", "/api/upload-jobs", 405),
            ("DELETE", "/api/runs/1", 405),
        ],
    )
    def test_they_are_json_wherever_they_come_from(self, program: Program, method: str, path: str, status: int) -> None:
        answer = program.call(method, path)
        assert (answer.status_code, answer.get_json()) == (status, {"error": answers.WORDS[status]})
        assert ("GET" in answer.headers.get("Allow", "")) is (status == 405)

    def test_screens_are_told_of_theirs_as_pages(self, house: House) -> None:
        answer = house.app.test_client(use_cookies=False).get("/api-keys/nope")
        assert (answer.status_code, answer.mimetype) == (404, "text/html")


class TestTheScreen:
    def test_a_key_is_made_shown_once_used_and_revoked(self, house: House) -> None:
        frame = house.linked()
        assert "No program has a key" in frame.go("/api-keys").page.text
        page = frame.submit("/api-keys", name="  Mail \0  tool ").page
        secret = page.find("#made-key")[0].text
        assert "Mail tool" in page.find("table")[0].text
        program = Program(house, secret)
        assert program.call("GET", "/api/upload-jobs").status_code == 200
        page = frame.go("/api-keys").page
        assert secret not in page.html
        assert "Mail tool" in page.text
        assert "Never" not in page.text
        assert frame.go("/api-keys/1/revoke").page.find("dialog")
        assert "opens nothing any more" in frame.submit("/api-keys/1/revoke").page.text
        assert program.call("GET", "/api/upload-jobs").status_code == 401
        with house.database.read() as connection:
            entries = [(e["action"], e["before"] + e["after"]) for e in audit.entries(connection, house.org_id)]
        assert [action for action, _ in entries[:2]] == ["Revoked a key", "Made a key"]
        assert all("Mail tool" in values and secret not in values for _, values in entries[:2])

    @pytest.mark.parametrize(
        ("name", "words"), [("", keys.NO_NAME), ("x" * 81, keys.LONG_NAME), ("mailer", keys.TAKEN)]
    )
    @pytest.mark.usefixtures("program")
    def test_a_name_that_cannot_be_is_told(self, house: House, name: str, words: str) -> None:
        frame = house.linked().submit("/api-keys", name=name)
        assert frame.status == 422
        assert frame.page.find("#name-problem")[0].text == words

    @pytest.mark.parametrize("ticked", [True, False])
    def test_a_key_outlives_its_maker_unless_who_shuts_him_out_revokes_it(self, house: House, ticked: bool) -> None:
        with house.database.write() as connection:
            maker = users.welcome(connection, house.org_id, Identity("005000000000003AAA", "Eve", "en_US", "UTC"))
            his = api_keys.create(connection, house.org_id, "Eve's tool", maker).secret
            other = api_keys.create(connection, house.org_id, "Mailer", None).secret
        frame = house.linked()
        shown = [(one.attributes["data-label"], one.text) for one in frame.go("/api-keys").page.find("td")]
        assert [words for label, words in shown if label == "By"] == ["Eve", "—"]
        dialog = frame.go(f"/access/users/{maker}/bar").page
        assert "Of Eve's tool. A key acts for the organization" in dialog.text
        box = dialog.find("#bar-keys")[0].attributes
        assert "checked" in box
        frame.submit(f"/access/users/{maker}/bar", **({box["name"]: box["value"]} if ticked else {}))
        statuses = [Program(house, key).call("GET", "/api/upload-jobs").status_code for key in (his, other)]
        assert statuses == [401 if ticked else 200, 200]
        with house.database.read() as connection:
            done = [entry["action"] for entry in audit.entries(connection, house.org_id)]
        assert ("Revoked a key" in done) is ticked

    def test_the_keys_of_another_org_are_not_there(self, house: House) -> None:
        with house.database.write() as connection:
            made = api_keys.create(connection, other_org(house), "Theirs", None)
        frame = house.linked()
        assert "Theirs" not in frame.go("/api-keys").page.text
        assert frame.submit(f"/api-keys/{made.id}/revoke").status == 404


class TestTheDocument:
    def test_its_lines_run_and_its_samples_have_the_fields_that_there_are(self, house: House, program: Program) -> None:
        job(house)
        change_to = {"$ADDRESS/api/runs/7": "$ADDRESS/api/runs/1"}
        answers = []
        for line in re.findall(r"^ {4}curl (.+)$", PAGE, re.MULTILINE):
            words = shlex.split(line)
            assert words.pop(0) == "--fail-with-body"
            method = words[words.index("--request") + 1] if "--request" in words else "GET"
            header = words[words.index("--header") + 1].replace("$KEY", program.key)
            address = change_to.get(words[-1], words[-1]).removeprefix("$ADDRESS")
            answers.append(program.call(method, address, Authorization=header.removeprefix("Authorization: ")))
        assert [answer.status_code for answer in answers] == [200, 202, 200]
        samples = [json.loads(sample) for sample in re.findall(r"```json\n(.+?)```", PAGE, re.DOTALL)]
        told = [answer.get_json() for answer in answers]
        assert samples[0]["upload_jobs"][0].keys() == told[0]["upload_jobs"][0].keys()
        assert samples[1].keys() == told[1].keys() == told[2].keys()

    def test_it_explains_every_state_and_field(self, house: House, program: Program) -> None:
        fields = program.start(job(house)).get_json()
        assert [name for name in fields if f"`{name}`" not in PAGE] == []
        assert [state for state in RunState if f"*{state}*" not in PAGE] == []

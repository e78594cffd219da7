"""Two organizations side by side, each with one of everything, and a word in the second's that nobody may see."""

from dataclasses import dataclass, replace
from typing import Any, cast

from sqlalchemy import Connection, text

from connector import clock
from connector.errors import Temporary
from connector.housekeeping import settings_document
from connector.model.activity import Channel
from connector.model.audience import Reason, Source, SourceKind
from connector.model.connection import ComponentError, Deployment
from connector.model.intake import RefusedRow
from connector.model.notices import Kind, Road, Trouble, Wants
from connector.model.rights import Area, Holder, Level
from connector.model.runs import Trigger, deletion_of
from connector.model.scope import Scope
from connector.model.single_sends import NewSingleSend
from connector.notices import deliver
from connector.store import (
    api_keys,
    audit,
    claims,
    deletions,
    deployments,
    handovers,
    intake,
    notice_addresses,
    notice_book,
    rights,
    sends,
    settings_history,
    single_sends,
    upload_jobs,
    users,
)
from connector.store.claims import Asked
from connector.store.intake import Batch
from connector.store.notice_addresses import Entered
from connector.store.sends import NewSend
from connector.store.users import Identity
from tests.webapp.conftest import House
from tests.webapp.upload_story import DEFINITION, Story
from webapp.wiring import EXTENSION, Wiring
from webapp.wizard.steps import Step

FOREIGN_WORD = "Quagga"
"""Stands in every row of the other organization."""
FOREIGN_TABLES = (
    "single_sends",
    "users",
    "upload_jobs",
    "runs",
    "sends",
    "api_keys",
    "right_defaults",
    "deployments",
    "handovers",
    "deletions",
    "settings_history",
    "notices",
    "notice_addresses",
    "intake_keys",
)


@dataclass(frozen=True)
class Planted:
    """What an organization has, by the names that addresses give it."""

    org_id: int
    user_id: int
    job: int
    draft: int
    activity: int
    upload: int
    send: int
    single: int
    key: int
    handover: int
    deletion: int
    state: int
    notice: int
    address: int
    intake_key: int
    batch: int

    def values(self, blueprint: str) -> dict[str, Any]:
        """The arguments of an address of this blueprint."""
        uploads = blueprint in {"upload_run", "audience"}
        return {
            "job_id": self.job,
            "draft_id": self.draft,
            "run_id": self.upload if uploads else self.activity,
            "send_id": self.send,
            "single_id": self.single,
            "key_id": self.intake_key if blueprint == "intake_page" else self.key,
            "user_id": self.user_id,
            "handover_id": self.handover,
            "deletion_id": self.deletion,
            "number": self.state,
            "notice_id": self.notice,
            "address_id": self.address,
            "batch_id": self.batch,
            "message_id": 1,
            "view_id": self.key,
            "campaign_id": "701000000000001AAA",
            "record_id": "003000000000001AAA",
            "slug": "jwt",
            "ticket": "none",
            "token": "none",
            "org": "00D000000000002EAA",
        }


def plant(house: House, org_id: int, user_id: int, word: str) -> Planted:
    """One of everything, each named with the word."""
    story = Story(house, org_id)
    source = Source(SourceKind.CAMPAIGN, "701000000000001AAA", f"Campaign {word}", statuses=(word,))
    job = story.job(f"Job {word}", source=source)
    upload = story.ran(job, 1, Reason.NO_ADDRESS)
    story.sql("UPDATE audience SET name = :word WHERE run_id = :run", word=word, run=upload)
    draft = story.draft(f"Draft {word}")
    chosen = {"kind": str(source.kind), "chosen": {str(source.kind): {"id": source.id, "name": source.name}}}
    story.sql("UPDATE upload_jobs SET created_by = :user WHERE id = :id", user=user_id, id=draft)
    with house.database.write() as connection:
        whole = replace(DEFINITION, source=source)
        upload_jobs.enter(connection, draft, f"Draft {word}", {str(Step.SOURCE): chosen}, whole)
        activity = claims.claim(connection, org_id, Asked(Trigger.HAND)).run_id
        connection.execute(
            text("UPDATE runs SET note = :word, reason = :word WHERE id = :id"), {"word": word, "id": activity}
        )
        key = api_keys.create(connection, org_id, f"Key {word}", user_id).id
        due = clock.milliseconds(clock.now()) + 86_400_000
        new = NewSend(f"ticket {word}", 7, f"Message {word}", word, f"{word}@example.org", [(4, word)], due, "UTC")
        send = sends.create(connection, org_id, user_id, new)
        connection.execute(
            text("INSERT INTO messages (org_id, id, name) VALUES (:org, 1, :name)"),
            {"org": org_id, "name": f"Message {word}"},
        )
        single = _single(connection, org_id, user_id, word)
        handover, _ticket = handovers.begin(connection, handovers.Asked(org_id, "salesforce", "", user_id))
        handovers.settle(connection, handover, "failed", f"Words {word}")
        deployments.taken(connection, deployments.claim(connection, org_id, user_id) or 0, f"0Af{word}")
        broken = [ComponentError("CustomField", word, word)]
        deployments.note(connection, org_id, Deployment(f"0Af{word}", "Failed", True, False, 0, 1, broken))
        audit.record(connection, audit.Actor(org_id, user_id), f"Did {word}", {}, {word: word})
        rights.set_defaults(connection, org_id, Holder.PROFILE, f"Profile {word}", {Area.SETTINGS: Level.READ})
        deletion = deletions.order(connection, org_id, Scope(person_id=word), user_id, tombstone=True, expected=1)
        connection.execute(
            text("UPDATE runs SET state = 'Completed' WHERE id = :id"),
            {"id": claims.claim(connection, org_id, Asked(Trigger.DELETE), deletion_of(deletion)).run_id},
        )
    assert send is not None
    return Planted(
        *(org_id, user_id, job, draft, activity, upload, send, single, key, handover, deletion),
        state=_state(house, org_id, user_id, word),
        **_notices(house, org_id, user_id, word),
        **_intake(house, org_id, user_id, word),
    )


def _intake(house: House, org_id: int, user_id: int, word: str) -> dict[str, int]:
    """A program's key, and a batch with a refused row."""
    with house.database.write() as connection:
        intake.keep_key(connection, org_id, f"Program {word}", intake.new_secret(), user_id)
        key = intake.keys(connection, org_id)[-1].id
        bad = [RefusedRow(1, word, f"Reason {word}")]
        batch = intake.keep_batch(connection, org_id, Batch("File", 1, 0, bad, key_id=key, name=f"{word}.csv"))
    return {"intake_key": key, "batch": batch}


def _notices(house: House, org_id: int, user_id: int, word: str) -> dict[str, int]:
    """A trouble, and a webhook that nobody listens at."""
    secret = house.vault.seal(str(org_id), deliver.SECRET, word)
    entered = Entered(Road.WEBHOOK, f"http://127.0.0.1:9/{word}", Wants.ERRORS, secret)
    with house.database.write() as connection:
        notice = notice_book.open_once(connection, Trouble(org_id, Kind.MISSED, "activity", f"Trouble {word}"))
        address = notice_addresses.add(connection, org_id, user_id, entered)
    return {"notice": notice or 0, "address": address}


def _state(house: House, org_id: int, user_id: int, word: str) -> int:
    change = settings_history.Change(org_id, user_id, f"Did {word}")
    with house.database.write() as connection:
        document = settings_document.canonical(settings_document.read(connection, org_id))
        settings_history.keep(connection, change, document)
        return int(settings_history.states(connection, org_id, 2**31 - 1, 1)[0]["id"])


def _single(connection: Connection, org_id: int, user_id: int, word: str) -> int:
    address, name = f"{word}@example.org", f"Message {word}"
    new = NewSingleSend(f"t{word}", "003000000000001AAA", 7, name, Channel.EMAIL, address)
    return single_sends.create(connection, org_id, user_id, new) or 0


def neighbour(house: House) -> tuple[int, int]:
    """The other organization with a user of its own; answers both numbers."""
    with house.database.write() as connection:
        org_id = int(
            connection.execute(text("SELECT id FROM orgs WHERE id != :own"), {"own": house.org_id}).scalar_one()
        )
        connection.execute(text("UPDATE orgs SET name = :word WHERE id = :id"), {"word": FOREIGN_WORD, "id": org_id})
        identity = Identity("005000000000009AAA", f"User {FOREIGN_WORD}", "en_US", "UTC")
        user_id = users.welcome(connection, org_id, identity)
        users.link(connection, user_id, f"login-{FOREIGN_WORD}")
    return org_id, user_id


def rows_of(house: House, org_id: int) -> dict[str, list[Any]]:
    """Everything of an organization, to compare."""
    with house.database.read() as connection:
        return {
            table: [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table} WHERE org_id = {org_id}")]  # noqa: S608  # our own words
            for table in FOREIGN_TABLES
        }


def without_vendors(house: House) -> None:
    """Whoever asks a vendor is told that it is away; a view that was let in ends there."""

    def away(*_arguments: Any) -> Any:
        raise Temporary("Not asked in this test.")

    wired = cast("Wiring", house.app.extensions[EXTENSION])
    services = replace(wired.services, salesforce=away, realmagnet=away)
    house.app.extensions[EXTENSION] = replace(wired, services=services, realmagnet_account=away, enqueue_run=away)
    house.app.testing = False  # what breaks answers 500, which is counted

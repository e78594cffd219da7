"""The gateway against a whole org: its protocols, its rows, its bad days."""

import csv
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from connector.errors import CredentialsRefused, LimitReached, NotFound, Refused, Temporary
from connector.model.bulk import BulkState, Failure, Success
from connector.salesforce.gateway import Salesforce, userinfo
from connector.salesforce.tokens import request_token
from connector.settings import Settings
from tests.connector.salesforce.conftest import MemoryKeeper
from tests.connector.salesforce.org_stand_in import StandIn, serving

OBJECT, KEY = "Real_Magnet_Activity__c", "External_Key__c"
COLUMNS = (KEY, "Activity_Group__c", "Activity__c", "Message_Id__c")


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return RSAKey.generate_key(2048)


@pytest.fixture(scope="module")
def _stand_in(tmp_path_factory: pytest.TempPathFactory, key: RSAKey) -> Iterator[StandIn]:
    with serving(tmp_path_factory.mktemp("org"), key.as_pem(private=False).decode()) as stand_in:
        yield stand_in


@pytest.fixture
def stand_in(_stand_in: StandIn) -> StandIn:
    _stand_in.switches.clear()
    return _stand_in


@pytest.fixture
def keeper(stand_in: StandIn) -> MemoryKeeper:
    return MemoryKeeper(stand_in.connection())


@pytest.fixture
def unique(request: pytest.FixtureRequest) -> str:
    """Keys of one test never meet those of another."""
    return str(abs(hash(request.node.name)))


@pytest.fixture
def written(tmp_path: Path) -> Callable[[Sequence[Sequence[str]]], Path]:
    def write(rows: Sequence[Sequence[str]]) -> Path:
        path = tmp_path / "rows.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])
        return path

    return write


@pytest.fixture
def send(salesforce: Salesforce, written: Callable[[Sequence[Sequence[str]]], Path]) -> Callable[..., str]:
    def start(rows: Sequence[Sequence[str]]) -> str:
        job_id = salesforce.create_bulk_job(OBJECT, "upsert", KEY)
        salesforce.upload(job_id, written(rows))
        salesforce.complete(job_id)
        return job_id

    return start


def rows_of(unique: str, count: int) -> list[tuple[str, ...]]:
    return [(f"{unique}-{number}", "Opened", "Opened", str(number % 7)) for number in range(count)]


def until_ended(salesforce: Salesforce, job_id: str) -> BulkState:
    deadline = time.monotonic() + 20
    while not (state := salesforce.bulk_job(job_id).state).terminal:
        assert time.monotonic() < deadline, "the bulk job did not end"
        time.sleep(0.02)
    return state


def stored(salesforce: Salesforce, unique: str) -> list[Sequence[Any]]:
    return list(salesforce.query(about("SELECT External_Key__c, Message_Id__c {from}", unique)))


def about(soql: str, unique: str) -> str:
    """A query over the rows of one test."""
    return soql.replace("{from}", "FROM Real_Magnet_Activity__c WHERE External_Key__c LIKE 'KEY-%'").replace(
        "KEY", unique
    )


class TestConnecting:
    @pytest.mark.parametrize("kind", ["refresh_token", "client_credentials", "password", "jwt"])
    def test_every_kind_gets_a_token_that_works(
        self, stand_in: StandIn, settings: Settings, key: RSAKey, kind: str
    ) -> None:
        pem = key.as_pem(private=True).decode() if kind == "jwt" else ""
        token = request_token(stand_in.connection(kind, private_key=pem), settings)
        person = userinfo(settings, token.instance_url, token.access_token)
        assert person["organization_id"] == token.organization_id == stand_in.org.id
        assert person["user_id"] == token.user_id == stand_in.org.integration_user_id

    def test_a_wrong_password_is_refused(self, stand_in: StandIn, settings: Settings) -> None:
        with pytest.raises(CredentialsRefused):
            request_token(stand_in.connection("password", password="wrong"), settings)

    def test_an_unknown_token_belongs_to_nobody(self, stand_in: StandIn, settings: Settings) -> None:
        with pytest.raises(CredentialsRefused):
            userinfo(settings, stand_in.options.instance_url, "00D!unknown")

    def test_tokens_that_expire_in_mid_run_are_renewed(
        self, stand_in: StandIn, salesforce: Salesforce, keeper: MemoryKeeper
    ) -> None:
        salesforce.count("SELECT COUNT() FROM Contact")
        stand_in.sessions.expire_access()
        assert salesforce.count("SELECT COUNT() FROM Contact") == 0
        assert keeper.diary.count("locked") == 2

    def test_a_rotated_refresh_token_is_kept(self, tmp_path: Path, settings: Settings) -> None:
        with serving(tmp_path, rotate=True) as stand_in:
            keeper = MemoryKeeper(stand_in.connection())
            salesforce = Salesforce(keeper, settings)
            for _ in range(3):
                salesforce.count("SELECT COUNT() FROM Contact")
                stand_in.sessions.expire_access()
            assert [line.split()[0] for line in keeper.diary] == ["locked", "stored"] * 3
            salesforce.close()

    def test_a_revoked_connection_is_noted(
        self, stand_in: StandIn, salesforce: Salesforce, keeper: MemoryKeeper
    ) -> None:
        salesforce.count("SELECT COUNT() FROM Contact")
        stand_in.sessions.revoke(keeper.connection.refresh_token)
        with pytest.raises(CredentialsRefused):
            salesforce.count("SELECT COUNT() FROM Contact")
        assert keeper.diary[-1].startswith("refused")


class TestRecords:
    def test_collections_say_of_each_row_what_became_of_it(self, salesforce: Salesforce, unique: str) -> None:
        rows = [
            {KEY: f"{unique}-1", "Activity__c": "Opened", "Activity_Group__c": "Opened"},
            {KEY: f"{unique}-2", "Activity__c": "Opened", "Contact__c": "003000000000000AAA"},
        ]
        good, bad = salesforce.upsert(OBJECT, KEY, rows)
        assert isinstance(good, Success)
        assert good.created
        assert isinstance(bad, Failure)
        assert bad.key == f"{unique}-2"
        assert bad.code.isupper()
        again = salesforce.upsert(OBJECT, KEY, rows[:1])
        assert again == [Success(f"{unique}-1", good.salesforce_id, created=False)]

    def test_a_query_of_many_pages_and_its_groups_agree(
        self, salesforce: Salesforce, send: Callable[..., str], unique: str
    ) -> None:
        until_ended(salesforce, send(rows_of(unique, 4500)))
        calls = salesforce.calls["query"]
        assert sorted(stored(salesforce, unique)) == sorted((row[0], row[3]) for row in rows_of(unique, 4500))
        assert salesforce.calls["query"] - calls == 3
        grouped = salesforce.query(about("SELECT Message_Id__c, COUNT(Id) n {from} GROUP BY Message_Id__c", unique))
        assert {row[0]: row[1] for row in grouped} == {str(m): len(range(m, 4500, 7)) for m in range(7)}
        assert salesforce.count(about("SELECT COUNT() {from}", unique)) == 4500

    def test_fields_that_are_hidden_are_missing(self, stand_in: StandIn, salesforce: Salesforce) -> None:
        assert salesforce.fields(OBJECT)[KEY].external_id
        stand_in.org.hide_field("Contact", "Title")
        try:
            assert "Title" not in salesforce.fields("Contact")
            with pytest.raises(Refused) as caught:
                list(salesforce.query("SELECT Title FROM Contact"))
            assert caught.value.code == "INVALID_FIELD"
        finally:
            stand_in.org.hide_field("Contact", "Title", hidden=False)

    def test_an_object_that_is_not_there_is_not_found(self, salesforce: Salesforce) -> None:
        with pytest.raises(NotFound):
            list(salesforce.query("SELECT Id FROM Nothing__c"))
        with pytest.raises(NotFound):
            salesforce.fields("Nothing__c")
        with pytest.raises(NotFound):
            salesforce.create_bulk_job("Nothing__c", "upsert", KEY)

    def test_usage_is_known(self, salesforce: Salesforce) -> None:
        salesforce.count("SELECT COUNT() FROM Contact")
        assert salesforce.usage is not None
        assert salesforce.usage[1] > salesforce.usage[0] > 0


class TestBulk:
    def test_rows_come_back_by_their_keys(self, salesforce: Salesforce, send: Callable[..., str], unique: str) -> None:
        rows = rows_of(unique, 450)
        broken = (f"{unique}-broken", "Opened", "Opened", "x" * 300)
        job_id = send([*rows, broken])
        assert until_ended(salesforce, job_id) is BulkState.JOB_COMPLETE
        job = salesforce.bulk_job(job_id)
        assert (job.processed, job.failed, job.object_name) == (451, 1, OBJECT)
        successes = list(salesforce.successes(job_id, KEY))
        assert {success.key for success in successes} == {row[0] for row in rows}
        assert all(success.created and success.salesforce_id for success in successes)
        (failure,) = salesforce.failures(job_id, KEY)
        assert (failure.key, failure.code) == (broken[0], "STRING_TOO_LONG")
        assert list(salesforce.unprocessed(job_id, KEY)) == []

    def test_the_same_file_twice_creates_nothing(
        self, salesforce: Salesforce, send: Callable[..., str], unique: str
    ) -> None:
        first, second = send(rows_of(unique, 50)), None
        until_ended(salesforce, first)
        second = send(rows_of(unique, 50))
        until_ended(salesforce, second)
        assert {success.created for success in salesforce.successes(second, KEY)} == {False}
        assert len(stored(salesforce, unique)) == 50

    def test_an_open_job_is_listed_and_aborted_once_and_again(
        self, salesforce: Salesforce, written: Callable[[Sequence[Sequence[str]]], Path], unique: str
    ) -> None:
        job_id = salesforce.create_bulk_job(OBJECT, "upsert", KEY)
        salesforce.upload(job_id, written(rows_of(unique, 5)))
        assert job_id in {job.id for job in salesforce.open_jobs()}
        salesforce.abort(job_id)
        salesforce.abort(job_id)
        assert salesforce.bulk_job(job_id).state is BulkState.ABORTED
        assert job_id not in {job.id for job in salesforce.open_jobs()}
        assert sorted(salesforce.unprocessed(job_id, KEY)) == sorted(row[0] for row in rows_of(unique, 5))
        with pytest.raises(Refused):
            salesforce.complete(job_id)

    def test_a_finished_job_may_be_completed_and_aborted(
        self, salesforce: Salesforce, send: Callable[..., str], unique: str
    ) -> None:
        job_id = send(rows_of(unique, 3))
        until_ended(salesforce, job_id)
        salesforce.complete(job_id)
        salesforce.abort(job_id)
        assert salesforce.bulk_job(job_id).state is BulkState.JOB_COMPLETE

    def test_a_job_that_is_gone_is_not_found(self, salesforce: Salesforce) -> None:
        with pytest.raises(NotFound):
            salesforce.bulk_job("750000000000999AAA")
        salesforce.abort("750000000000999AAA")

    def test_a_bulk_query_reads_everything_in_select_order(
        self, salesforce: Salesforce, send: Callable[..., str], unique: str
    ) -> None:
        until_ended(salesforce, send([*rows_of(unique, 300), (f"{unique}-empty", "Opened", "Opened", "")]))
        soql = about("SELECT Message_Id__c, External_Key__c {from}", unique)
        found = list(salesforce.bulk_query(soql, wait=time.sleep))
        assert len(found) == 301
        assert ["", f"{unique}-empty"] in found
        assert ["3", f"{unique}-3"] in found


class TestBadDays:
    @pytest.mark.parametrize(
        ("kind", "options"),
        [
            ("unauthorized", {}),
            ("unavailable", {"times": 2}),
            ("server_error", {}),
            ("too_many", {"seconds": 1.0}),
            ("cut_response", {"after_bytes": 20}),
        ],
    )
    def test_passing_trouble_passes(
        self, stand_in: StandIn, salesforce: Salesforce, kind: str, options: dict[str, Any]
    ) -> None:
        stand_in.switches.set(kind, path="/query", **options)
        assert salesforce.count("SELECT COUNT() FROM Contact") == 0

    def test_a_day_without_calls_left_is_a_limit(self, stand_in: StandIn, salesforce: Salesforce) -> None:
        stand_in.switches.set("request_limit")
        with pytest.raises(LimitReached):
            salesforce.count("SELECT COUNT() FROM Contact")

    def test_lasting_trouble_is_temporary(self, stand_in: StandIn, salesforce: Salesforce) -> None:
        stand_in.switches.set("unavailable", times=None)
        with pytest.raises(Temporary):
            salesforce.count("SELECT COUNT() FROM Contact")

    def test_an_upload_that_is_cut_arrives_whole(
        self, stand_in: StandIn, salesforce: Salesforce, send: Callable[..., str], unique: str
    ) -> None:
        stand_in.switches.set("cut_request", method="PUT", after_bytes=100_000)
        job_id = send(rows_of(unique, 5000))
        until_ended(salesforce, job_id)
        assert salesforce.bulk_job(job_id).failed == 0
        assert sum(1 for _ in salesforce.successes(job_id, KEY)) == 5000

    @pytest.mark.parametrize("after_bytes", [0, 10_000])
    def test_results_that_break_off_are_temporary_and_can_be_asked_again(
        self, stand_in: StandIn, salesforce: Salesforce, send: Callable[..., str], unique: str, after_bytes: int
    ) -> None:
        job_id = send(rows_of(unique, 3000))
        until_ended(salesforce, job_id)
        stand_in.switches.set("cut_response", path="/successfulResults", after_bytes=after_bytes, times=4)
        with pytest.raises(Temporary):
            list(salesforce.successes(job_id, KEY))
        stand_in.switches.clear()
        assert sum(1 for _ in salesforce.successes(job_id, KEY)) == 3000

    def test_a_token_that_expires_before_the_results_is_renewed(
        self, stand_in: StandIn, salesforce: Salesforce, send: Callable[..., str], unique: str
    ) -> None:
        job_id = send(rows_of(unique, 10))
        until_ended(salesforce, job_id)
        stand_in.sessions.expire_access()
        assert sum(1 for _ in salesforce.successes(job_id, KEY)) == 10

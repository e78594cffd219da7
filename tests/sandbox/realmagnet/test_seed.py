from pathlib import Path

from sandbox.realmagnet.account import DAY, Account
from sandbox.realmagnet.bench_seed import BenchPlan, seed_bench
from sandbox.realmagnet.kinds import EmailStatus
from sandbox.realmagnet.seed import EMAILS, FAXES, SCHEDULED, UNSENT, Plan, seed_demo
from tests.sandbox.realmagnet.conftest import START, Client

NO_DATE = "/Date(-62135578800000-0500)/"


def dump(account: Account) -> list[str]:
    """Everything but the engine's own statistics."""
    return [line for line in account.connection.iterdump() if "sqlite_stat" not in line]


def test_the_same_plan_makes_the_same_account(seeded: Account, tmp_path: Path):
    again = Account(tmp_path)
    seed_demo(again, Plan(start=START))
    assert dump(again) == dump(seeded)


def test_another_seed_makes_another_account(seeded: Account, tmp_path: Path):
    other = Account(tmp_path)
    seed_demo(other, Plan(seed=2, start=START))
    assert other.all("SELECT at FROM event LIMIT 50") != seeded.all("SELECT at FROM event LIMIT 50")


def test_the_first_night_sees_enough_and_not_too_much(client: Client):
    assert 22_000 <= client.admin("truth")["activities"] <= 40_000


def test_messages_were_sent_over_three_weeks_and_two_are_still_to_come(client: Client, account: Account):
    sent = client.call("GetMessageList", SendStartDate="2026-02-18", SendEndDate="2026-03-12")
    assert {row["MessageName"] for row in sent} == {*EMAILS, *FAXES}
    client.admin("clock", advance_days=1)
    sent = client.call("GetMessageList", SendStartDate="2026-02-18", SendEndDate="2026-03-13")
    assert {row["MessageName"] for row in sent} == {*EMAILS, *FAXES, *SCHEDULED}


def test_some_messages_are_ready_and_were_never_sent(client: Client):
    listed = {row["MessageName"]: row for row in client.call("GetMessageList") if row["LastSent"] == NO_DATE}
    assert listed.keys() == {*UNSENT, *SCHEDULED}
    details = client.call("GetMessageDetails", MessageID=listed[UNSENT[0]]["MessageID"])
    assert "@" in details["FromAddress"]
    assert "https://" in details["HTMLVersion"]


def test_an_account_by_member_id_has_one_for_everybody(tmp_path: Path, seeded: Account):
    account = Account(tmp_path)
    seed_demo(account, Plan(start=START, by_custom_id=True))
    ids = [row["custom_id"] for row in account.all("SELECT custom_id FROM recipient")]
    assert len(ids) == len({one.lower() for one in ids}) == seeded.value("SELECT count(*) FROM recipient")
    assert "" not in ids
    kept = "SELECT count(*) FROM recipient WHERE custom_id NOT LIKE 'RM-%'"
    assert account.value(kept) > 0.8 * len(ids)


def test_every_end_state_occurs_and_some_sends_take_days(account: Account):
    rows = account.all(
        "SELECT status, count(*) n, max(result_at - at) slowest FROM event WHERE kind = 1 GROUP BY status"
    )
    assert {row["status"] for row in rows} == set(EmailStatus) - {EmailStatus.Inprogress}
    assert max(row["slowest"] for row in rows) > 1.5 * DAY


def test_opens_come_late_repeatedly_and_twice_in_one_instant(account: Account):
    late = account.value(
        "SELECT count(*) FROM event o JOIN event s USING (message_id, recipient_id) "
        "WHERE o.kind = 4 AND s.kind = 1 AND o.at - s.at > ?",
        21 * DAY,
    )
    twins = account.all("SELECT 1 FROM event WHERE kind = 4 GROUP BY message_id, recipient_id, at HAVING count(*) > 1")
    repeated = account.all("SELECT 1 FROM event WHERE kind = 4 GROUP BY message_id, recipient_id HAVING count(*) > 2")
    assert late > 20
    assert len(twins) > 20
    assert len(repeated) > 100


def test_one_message_was_sent_twice_to_the_same_people(account: Account):
    again = account.all("SELECT 1 FROM event WHERE kind = 1 GROUP BY message_id, recipient_id HAVING count(*) = 2")
    assert len(again) == 25


def test_nobody_is_written_to_after_leaving_or_suppression(account: Account):
    gone = account.value(
        "SELECT count(*) FROM event e JOIN recipient r ON r.id = e.recipient_id JOIN dispatch d USING (message_id) "
        "WHERE e.kind = 1 AND e.at >= d.at AND (d.at >= r.suppressed_at OR d.at > r.unsubscribed_at) "
        "AND (SELECT count(*) FROM dispatch x WHERE x.message_id = d.message_id) = 1"
    )
    assert gone == 0


def test_two_unknown_users_in_a_row_suppress_automatically(account: Account):
    rows = account.all(
        "SELECT s.at, (SELECT count(*) FROM event e WHERE e.recipient_id = s.recipient_id AND e.kind = 3 "
        "AND e.status = 4 AND e.at <= s.at) unknown FROM suppression s WHERE s.type = 3"
    )
    assert len(rows) > 5
    assert min(row["unknown"] for row in rows) == 2


def test_the_bench_makes_about_as_many_activities_as_asked(tmp_path: Path):
    account = Account(tmp_path)
    seed_bench(account, BenchPlan(Plan(start=START), activities=20_000, recipients=1_000, messages=20))
    visible = account.value("SELECT count(*) FROM event WHERE kind IN (1, 4, 5, 6) AND at <= ?", START)
    assert 18_000 < visible < 22_000
    assert account.value("SELECT count(*) FROM link") == 20 * 20
    assert account.value("SELECT count(*) FROM recipient") == 1_000

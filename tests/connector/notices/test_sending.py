"""Mails and webhooks: what is sent, what is refused, and what a stranger's address may not reach."""

import json
import socket
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from connector.errors import ConnectorError, Misconfigured, Refused
from connector.model.runs import RunState
from connector.notices import deliver, mail, telling, webhook
from connector.notices.mail import Mail
from connector.settings import Settings
from connector.store import notice_deliveries
from tests.connector.notices.conftest import SECRET, Place
from tests.connector.notices.servers import Hook, Mailbox
from tests.connector.notices.test_look import goes_on, run

AT_HOME = Settings()
OUTSIDE = Settings(public_url="https://real-magnet.example.org")


def test_a_webhook_can_prove_who_sent_it_and_tell_what_comes_twice(place: Place) -> None:
    run(place, RunState.FAILED)
    place.round()
    ((headers, body),) = place.hook.posts
    moment = int(headers["X-Real-Magnet-Signature"].split(",")[0].removeprefix("t="))
    assert abs(moment - time.time()) < 60
    assert headers["X-Real-Magnet-Signature"] == webhook.sign(SECRET, body, moment)
    assert headers["X-Real-Magnet-Signature"] != webhook.sign(SECRET, body + b" ", moment)
    assert headers["path"] == "/hook?for=us"
    told = json.loads(body)
    assert told["delivery"].startswith("2-")
    assert {name: told[name] for name in ("event", "kind", "about", "headline", "detail", "organization")} == {
        "event": "opened",
        "kind": "failed",
        "about": "activity",
        "headline": "The nightly activity failed.",
        "detail": "It said why.",
        "organization": "Association of Examples",
    }


def test_a_mail_says_what_is_wrong_what_to_do_and_where(place: Place) -> None:
    run(place, RunState.FAILED)
    place.round()
    (found,) = place.box.mails
    assert (found["To"], found["Auto-Submitted"]) == ("admin@example.org", "auto-generated")
    assert found["From"] == "Real Magnet for Salesforce <connector@example.org>"
    text = found.get_content()
    for words in ("It said why.", "start it again", "Association of Examples", "http://127.0.0.1:8000/notifications"):
        assert words in text


def test_what_is_refused_is_sent_again_four_times_and_then_given_up(place: Place) -> None:
    with time_machine.travel(datetime(2026, 3, 10, tzinfo=UTC), tick=False) as clock:
        run(place, RunState.FAILED)
        place.hook.answer = (503, "later")
        place.box.refuse = "451 Try later"
        sent: list[int] = []
        for minute in range(200):
            place.run("INSERT INTO heartbeats VALUES ('tick', :at) ON CONFLICT (name) DO UPDATE SET at = :at", at=2**50)
            before = len(place.hook.posts)
            deliver.deliver_due(place.out) if minute else place.round()
            sent += [minute] * (len(place.hook.posts) - before)
            clock.shift(timedelta(minutes=1))
    assert sent == [0, 1, 6, 36, 156]
    assert place.box.mails == []
    assert place.rows("SELECT state, attempts, answer FROM notice_deliveries ORDER BY address_id") == [
        ("failed", 5, "The mail server refused the address: 451 Try later"),
        ("failed", 5, "The webhook answered 503 later"),
    ]


def test_what_was_refused_once_arrives_the_next_time(place: Place) -> None:
    with time_machine.travel(datetime(2026, 3, 10, tzinfo=UTC), tick=False) as clock:
        run(place, RunState.FAILED)
        place.box.refuse = "451 Try later"
        place.round()
        place.box.refuse = ""
        goes_on(place, clock, minutes=1)
        place.round()
    assert place.told() == ["The nightly activity failed"]


def test_nobody_is_told_of_an_end_before_its_beginning(place: Place) -> None:
    with time_machine.travel(datetime(2026, 3, 10, tzinfo=UTC), tick=False) as clock:
        place.hook.answer = (503, "later")
        run(place, RunState.FAILED)
        place.round()
        run(place, RunState.COMPLETED)
        place.hook.answer = (200, "thanks")
        place.hook.posts.clear()
        place.round()
        assert place.hook.posts == []
        goes_on(place, clock, minutes=1)
        place.round()
    assert place.told() == ["The nightly activity failed", "Over: The nightly activity failed"]


def test_without_a_mail_server_the_webhook_is_told_all_the_same(place: Place) -> None:
    run(place, RunState.FAILED)
    place.look()
    deliver.deliver_due(replace(place.out, settings=replace(place.out.settings, smtp_host="")))
    assert len(place.hook.posts) == 1
    assert place.rows("SELECT state, answer FROM notice_deliveries WHERE address_id = 1") == [
        ("waiting", f"This connector has no mail server. {mail.OPERATOR}")
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"to": "admin@example.org\r\nBcc: eve@example.org"},
        {"to": "admin@example.org, eve@example.org"},
        {"subject": "Hello\r\nBcc: eve@example.org"},
    ],
)
def test_no_words_get_into_a_mails_headers(changes: dict[str, str], place: Place) -> None:
    wanted = replace(Mail("admin@example.org", "Hello", "Text", "1"), **changes)
    with pytest.raises(Misconfigured):
        mail.send(place.out.settings, wanted)
    assert place.box.mails == []


def test_a_subject_is_one_line_whatever_the_headline_holds() -> None:
    words = telling.subject({"headline": "Upload\r\nBcc: eve@example.org failed."})
    assert words == "Real Magnet for Salesforce: Upload Bcc: eve@example.org failed"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"smtp_port": 1}, "did not answer"),
        ({"smtp_tls": "starttls"}, "lacks what SMTP_TLS"),
        ({"smtp_tls": "ssl"}, "There is no safe connection"),
        ({"smtp_tls": "maybe"}, "starttls, ssl or none"),
        ({"smtp_user": "ada", "smtp_password": "hush"}, "lacks what SMTP_TLS or SMTP_USER"),
        ({"smtp_sender": ""}, "no mail server"),
    ],
)
def test_a_mail_server_that_cannot_be_used_is_said_in_words(changes: dict[str, Any], words: str, place: Place) -> None:
    with pytest.raises(ConnectorError, match=words) as error:
        mail.send(replace(place.out.settings, **changes), Mail("admin@example.org", "Hello", "Text", "1"))
    assert "hush" not in str(error.value)


@pytest.mark.parametrize(
    ("host", "resolved"),
    [
        ("127.0.0.1", ["127.0.0.1"]),
        ("localhost", ["127.0.0.1"]),
        ("rebound.example.org", ["127.0.0.1"]),
        ("mixed.example.org", ["203.0.114.7", "10.0.0.8"]),
        ("private.example.org", ["192.168.1.1"]),
        ("metadata.example.org", ["169.254.169.254"]),
        ("shared.example.org", ["100.64.0.1"]),
        ("six.example.org", ["::1"]),
        ("local.example.org", ["fe80::1"]),
        ("unique.example.org", ["fd00::1"]),
        ("mapped.example.org", ["::ffff:10.0.0.1"]),
        ("translated.example.org", ["64:ff9b::a00:1"]),
        ("many.example.org", ["224.0.0.1"]),
        ("zero.example.org", ["0.0.0.1"]),
    ],
)
def test_a_webhook_reaches_nothing_that_is_not_public(
    host: str, resolved: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    connected: list[Any] = []
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in resolved]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
    monkeypatch.setattr(socket, "create_connection", lambda *where, **_: connected.append(where))
    with pytest.raises(Misconfigured, match="not on the public internet"):
        webhook.send(OUTSIDE, webhook.Post(f"https://{host}/in", SECRET, "{}"))
    assert connected == []


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads elsewhere at the second asking leads nowhere: nobody asks twice."""
    asked: list[str] = []
    connected: list[tuple[str, int]] = []

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", port))]

    def connect(where: tuple[str, int], **_: Any) -> Any:
        connected.append(where)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(Refused, match="did not answer"):
        webhook.send(OUTSIDE, webhook.Post("https://hooks.example.org:8443/in", SECRET, "{}"))
    assert asked == ["hooks.example.org"]
    assert connected == [("93.184.216.34", 8443)]


@pytest.mark.parametrize(
    ("settings", "address", "words"),
    [
        (OUTSIDE, "http://hooks.example.org/", "begins with https"),
        (OUTSIDE, "http://127.0.0.1:9/", "begins with https"),
        (AT_HOME, "http://hooks.example.org/", "begins with https"),
        (AT_HOME, "ftp://127.0.0.1/", "begins with https"),
        (OUTSIDE, "https://hooks.example.org/\r\nHost: 10.0.0.1", "plain letters"),
        (OUTSIDE, "https://ada@hooks.example.org/", "no user or password"),
    ],
)
def test_an_address_that_could_lead_astray_is_no_webhook(settings: Settings, address: str, words: str) -> None:
    assert words in webhook.trouble(settings, address)
    with pytest.raises(Misconfigured):
        webhook.send(settings, webhook.Post(address, SECRET, "{}"))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((302, "moved"), "redirects are not followed"),
        ((500, "x" * 5000), f"The webhook answered 500 {'x' * 200}$"),
        ((404, "<b>no\nsuch\tplace</b>"), "404 <b>no such place</b>"),
    ],
)
def test_a_webhook_that_says_no_is_quoted_briefly_and_followed_nowhere(
    answer: tuple[int, str], words: str, hook: Hook
) -> None:
    hook.answer = answer
    with pytest.raises(Refused, match=words):
        webhook.send(AT_HOME, webhook.Post(hook.url, SECRET, "{}"))
    assert len(hook.posts) == 1


def test_a_webhook_that_answers_a_byte_now_and_then_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        began = time.monotonic()
        with pytest.raises(Refused, match="did not answer"):  # nobody takes the connection up
            webhook.send(AT_HOME, webhook.Post(f"http://127.0.0.1:{listening.getsockname()[1]}/", SECRET, "{}"))
    assert time.monotonic() - began < 5


def test_a_removed_address_is_told_nothing_more(place: Place, mailbox: Mailbox) -> None:
    run(place, RunState.FAILED)
    place.look()
    place.run("DELETE FROM notice_addresses WHERE road = 'mail'")
    deliver.deliver_due(place.out)
    assert mailbox.mails == []
    assert place.rows("SELECT state, answer FROM notice_deliveries WHERE address_id = 1") == [
        ("failed", "The address was removed.")
    ]
    assert notice_deliveries.take(place.database) is None

"""Only a launch that Salesforce signed, for this org, just now and for this user, opens the door."""

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from connector import clock
from connector.errors import ConnectorError
from tests.webapp.conftest import INSTANCE, ORG, OTHER_ORG, SECRET, USER, House, Logged, document, signed
from webapp.canvas import signed_request as verifier


def altered(request: str) -> str:
    signature, _, body = request.partition(".")
    changed = json.loads(base64.b64decode(body))
    changed["context"]["user"]["userId"] = "005000000000009AAA"
    return f"{signature}.{base64.b64encode(json.dumps(changed).encode()).decode()}"


CORRUPTIONS: dict[str, tuple[Callable[[], str], type[ConnectorError]]] = {
    "empty": (lambda: "", verifier.Malformed),
    "no dot": (lambda: signed(document()).replace(".", ""), verifier.Malformed),
    "no signature": (lambda: "." + signed(document()).partition(".")[2], verifier.Malformed),
    "no document": (lambda: signed(document()).partition(".")[0] + ".", verifier.Malformed),
    "signature not base64": (lambda: "!!!." + signed(document()).partition(".")[2], verifier.Malformed),
    "signature cut short": (lambda: "AAAA." + signed(document()).partition(".")[2], verifier.BadSignature),
    "not ASCII": (lambda: signed(document()) + "é", verifier.Malformed),
    "forged with another secret": (lambda: signed(document(), "guessed"), verifier.BadSignature),
    "forged with an empty secret": (lambda: signed(document(), ""), verifier.BadSignature),
    "altered after signing": (lambda: altered(signed(document())), verifier.BadSignature),
    "another algorithm": (lambda: signed(document(algorithm="HMACSHA1")), verifier.WrongAlgorithm),
    "no algorithm": (lambda: signed(document(algorithm=None)), verifier.WrongAlgorithm),
    "algorithm none": (lambda: signed(document(algorithm="none")), verifier.WrongAlgorithm),
    "a list": (lambda: signed([1, 2]), verifier.Malformed),
    "no client": (lambda: signed(document(client=None)), verifier.Malformed),
    "no token": (lambda: signed(document(client__oauthToken=None)), verifier.Malformed),
    "no address": (lambda: signed(document(client__instanceUrl="")), verifier.Malformed),
    "no organization": (lambda: signed(document(context__organization=None)), verifier.Malformed),
    "org id of another shape": (
        lambda: signed(document(context__organization__organizationId="../../etc/passwd")),
        verifier.Malformed,
    ),
    "too large": (lambda: signed(document(context__environment={"parameters": "x" * 70_000})), verifier.TooLarge),
}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_one_corruption_is_one_refusal(name: str) -> None:
    make, expected = CORRUPTIONS[name]
    with pytest.raises(expected):
        verifier.open_signed_request(make(), SECRET)


def test_nothing_is_verified_with_an_empty_secret() -> None:
    with pytest.raises(verifier.NoSecret):
        verifier.open_signed_request(signed(document(), ""), "")


def test_a_whole_launch_is_read_and_its_token_stays_out_of_sight() -> None:
    found = verifier.open_signed_request(signed(document()), SECRET)
    assert (found.org_id, found.user_id, found.instance_url) == (ORG, USER, INSTANCE)
    assert (found.user_name, found.locale, found.zone) == ("Ada Example", "en_US", "America/New_York")
    assert found.access_token not in repr(found)


def test_ids_of_fifteen_characters_are_the_same_ids() -> None:
    short = document(context__organization__organizationId=ORG[:15], context__user__userId=USER[:15])
    found = verifier.open_signed_request(signed(short), SECRET)
    assert (found.org_id, found.user_id) == (ORG, USER)


def test_url_safe_base64_without_padding_is_read_too() -> None:
    request = signed(document(context__user__fullName="Zoë ¿¿¿"))
    signature, _, body = request.partition(".")
    signature = signature.replace("+", "-").replace("/", "_").rstrip("=")
    assert verifier.open_signed_request(f"{signature}.{body}", SECRET).user_name == "Zoë ¿¿¿"


def test_a_user_whom_the_scopes_hide_is_still_named_by_the_document() -> None:
    found = verifier.open_signed_request(signed(document(context__user=None)), SECRET)
    assert (found.user_id, found.zone) == (USER, "UTC")


REFUSED_AT_THE_DOOR: dict[str, Callable[[], tuple[str, str]]] = {
    "forged": lambda: (ORG, signed(document(), "guessed")),
    "altered": lambda: (ORG, altered(signed(document()))),
    "signed for another org": lambda: (ORG, signed(document(context__organization__organizationId=OTHER_ORG))),
    "at another org's door": lambda: (OTHER_ORG, signed(document())),
    "at nobody's door": lambda: ("00D00000000000ZEAA", signed(document())),
    "an address that is not Salesforce's": lambda: (ORG, signed(document(client__instanceUrl="https://example.org"))),
    "an address that only begins so": lambda: (
        ORG,
        signed(document(client__instanceUrl="https://x.my.salesforce.com.example.org")),
    ),
    "an address with a user": lambda: (ORG, signed(document(client__instanceUrl=f"https://a@{INSTANCE[8:]}"))),
    "an address that others read as another's": lambda: (
        ORG,
        signed(document(client__instanceUrl="https://example.org\\.my.salesforce.com")),
    ),
    "an address that would end our policy": lambda: (
        ORG,
        signed(document(client__instanceUrl="https://a;script-src *.my.salesforce.com")),
    ),
    "plain http": lambda: (ORG, signed(document(client__instanceUrl="http://example-org.my.salesforce.com"))),
    "a loopback address off the list": lambda: (ORG, signed(document(client__instanceUrl="http://127.0.0.1:9"))),
    "an address that is none": lambda: (ORG, signed(document(client__instanceUrl="https://[broken"))),
    "oversized": lambda: (ORG, signed(document(context__environment={"parameters": "x" * 70_000}))),
    "empty": lambda: (ORG, ""),
}


@pytest.mark.parametrize("name", REFUSED_AT_THE_DOOR)
def test_a_refusal_is_one_page_that_does_not_say_why(house: House, name: str, logged: Logged) -> None:
    frame = house.frame().post_launch(*REFUSED_AT_THE_DOOR[name]())
    assert frame.status == 403
    assert "This launch was not accepted" in frame.page.text
    assert frame.page.html == house.frame().post_launch(ORG, "nonsense").page.html
    assert frame.token == ""
    assert house.outside.asked == []
    assert "launch refused" in logged.lines[0]
    assert "token-of-this-launch" not in logged.text
    assert SECRET not in logged.text


@pytest.mark.parametrize(
    "told",
    [
        {"user_id": "005000000000009AAA", "organization_id": ORG, "active": True},
        {"user_id": USER, "organization_id": OTHER_ORG, "active": True},
        {"user_id": USER, "organization_id": ORG, "active": False},
        {"user_id": USER, "organization_id": ORG},
        {},
    ],
)
def test_salesforce_must_confirm_user_and_org_and_that_the_user_is_active(house: House, told: dict[str, Any]) -> None:
    house.outside.tokens["stolen"] = told
    frame = house.launch(client__oauthToken="stolen")
    assert frame.status == 403
    assert frame.token == ""


def test_nobody_is_let_in_on_trust_while_salesforce_is_away(house: House) -> None:
    house.outside.away = True
    frame = house.launch()
    assert (frame.status, frame.token) == (503, "")
    assert "Salesforce did not answer" in frame.page.text


def test_a_launch_seen_before_issues_nothing_asks_once_for_a_fresh_one_and_is_then_refused(house: House) -> None:
    request = signed(document())
    assert house.frame().post_launch(ORG, request).status == 200
    again = house.frame().post_launch(ORG, request)
    assert (again.status, again.token) == (409, "")
    body = again.page.find("body")[0].attributes
    assert (body["data-launch-again"], body["data-parent-origin"]) == ("true", INSTANCE)
    third = house.frame().post_launch(ORG, request)
    assert (third.status, third.token) == (403, "")


def test_a_launch_seen_before_is_known_however_its_signature_is_spelled(house: House) -> None:
    request = signed(document())
    assert house.frame().post_launch(ORG, request).status == 200
    signature, _, body = request.partition(".")
    spare_bits = (
        signature[:42]
        + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".index(signature[42]) + 1
        ]
    )
    for spelling in (signature.rstrip("="), signature + "=", signature.translate({43: 45, 47: 95}) + "==", spare_bits):
        frame = house.frame().post_launch(ORG, f"{spelling}.{body}")
        assert frame.status in {403, 409}
        assert frame.token == ""


def test_a_forged_launch_cannot_use_up_a_true_one(house: House) -> None:
    assert house.frame().post_launch(ORG, signed(document(), "guessed")).status == 403
    assert house.frame().post_launch(ORG, signed(document())).status == 200


def test_the_page_may_be_framed_by_that_org_only(house: House) -> None:
    policy = house.launch().headers["Content-Security-Policy"]
    ancestors = re.findall(r"frame-ancestors ([^;]*)", policy)[0].split()
    assert ancestors == [
        INSTANCE,
        "https://example-org.lightning.force.com",
        "https://example-org--c.vf.force.com",
        "https://example-org.my.salesforce-setup.com",
    ]


def test_a_listed_loopback_salesforce_may_frame_it(house: House) -> None:
    policy = house.launch(client__instanceUrl="http://localhost:8001").headers["Content-Security-Policy"]
    assert "frame-ancestors http://localhost:8001" in policy


def test_a_get_says_what_the_admin_must_do_or_where_the_app_opens(house: House) -> None:
    asked = house.frame().open(f"/canvas/{ORG}", _sfdc_canvas_authvalue="user_approval_required")
    assert "Admin approved users are pre-authorized" in asked.page.text
    assert "opens inside Salesforce" in house.frame().open(f"/canvas/{ORG}").page.text


def test_a_session_keeps_no_identifier_and_no_readable_token(house: House) -> None:
    frame = house.launch(client__oauthToken="00D000000000001!carried")
    with house.database.read() as connection:
        row = connection.exec_driver_sql("SELECT * FROM sessions").mappings().one()
    assert "carried" not in str(dict(row))
    assert row["id_hash"] not in frame.token
    assert row["expires_at"] > clock.milliseconds(clock.now())

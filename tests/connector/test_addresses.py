"""What counts as an address, and that the quick way to say so agrees with the library."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.model.addresses import dialled, email_trouble, region_of

LOCAL = st.one_of(
    st.from_regex(r"[A-Za-z0-9_+'.-]{1,70}", fullmatch=True),
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=12),
)
LABEL = st.one_of(
    st.from_regex(r"[a-zA-Z0-9-]{1,6}", fullmatch=True),
    st.sampled_from(["xn--mnchen-3ya", "xn--a", "ab--cd", "-a", "a-", "1", "a" * 63, "a" * 64, "ü", "a_b"]),
)
DOMAIN = st.lists(LABEL, max_size=5).map(".".join)
TOP = st.sampled_from(["", ".org", ".example", ".test", ".local", ".1", ".o", ".", ".c0m", ".ORG", ".invalid"])
ADDRESS = st.builds(lambda local, domain, top: f"{local}@{domain}{top}", LOCAL, DOMAIN, TOP)


def library(text: str) -> bool:
    try:
        validate_email(text, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError:
        return False
    return text.isascii()


@settings(deadline=None, max_examples=400, database=None)
@given(st.one_of(ADDRESS, st.text(max_size=30), st.builds(lambda text: "a" * 60 + "@" + text, DOMAIN)))
def test_the_quick_way_agrees_with_the_library(text: str) -> None:
    assert (email_trouble(text) == "") == library(text)


@pytest.mark.parametrize(
    "text", ["a@example.org", "O'Brien.X+news@Members.example", "_-_@a-b.c.museum", "a" * 64 + "@example.org"]
)
def test_ordinary_addresses_are_fine(text: str) -> None:
    assert email_trouble(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "a@",
        "@example.org",
        "a@b",
        "a b@example.org",
        "a..b@example.org",
        ".a@example.org",
        "a@example..org",
        "a@b@example.org",
        "a@example.org, b@example.org",
        "Ann <a@example.org>",
        '"a b"@example.org',
        "a@[127.0.0.1]",
        "a@example.local",
        "ü@example.org",
        "a@münchen.example",
        "a\n@example.org",
        "a" * 65 + "@example.org",
        "a@" + "b." * 130 + "org",
    ],
)
def test_what_real_magnet_cannot_write_to_is_said_in_words(text: str) -> None:
    assert len(email_trouble(text)) > 10


def test_of_a_crowd_the_library_is_asked_for_each_domain_only(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("email_validator.validate_email", lambda text, **_options: asked.append(text))
    crowd = [f"first.last{number}@crowd{number % 5}.example" for number in range(500)]
    assert not any(map(email_trouble, crowd))
    assert asked == [f"a@crowd{number}.example" for number in range(5)]


@pytest.mark.parametrize(
    ("country", "region"),
    [
        ("", "US"),
        ("de", "DE"),
        ("Germany", "DE"),
        ("The United States of America", "US"),
        ("U.S.A.", "US"),
        ("United Kingdom", "GB"),
        ("UK", "GB"),
        (" Österreich ", "AT"),
        ("Atlantis", "US"),
    ],
)
def test_a_country_is_known_by_its_code_or_a_name(country: str, region: str) -> None:
    assert region_of(country) == region


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("+1 202 555 0100", "DE", "+12025550100"),
        ("(202) 555-0100", "", "+12025550100"),
        ("020 7946 0958", "United Kingdom", "+442079460958"),
        ("020 7946 0958", "", ""),
        ("000-000-0000", "US", ""),
        ("", "US", ""),
        ("n/a", "US", ""),
        ("1" * 400, "US", ""),
    ],
)
def test_a_number_is_known_by_how_it_is_dialled_from_anywhere(text: str, country: str, number: str) -> None:
    assert dialled(text, country) == number

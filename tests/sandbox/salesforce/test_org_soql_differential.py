"""Random conditions answered twice: by the compiled SQL, and by a naive reading of SOQL's rules in Python."""

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.org import Org
from sandbox.salesforce.soql import stream
from tests.sandbox.salesforce.conftest import write

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = ["ann", "Ann", "bo_b", "boxb", "50%", "it's", None]
DATES = ["2026-11-01T00:00:00.000+0000", "2026-11-02T12:30:00.000+0000", None]
ROWS = [(f"L{number}", TEXTS[number % 7], DATES[number % 3], number % 2 == 0) for number in range(42)]
Row = tuple[str, str | None, str | None, bool]
Condition = tuple[str, Callable[[Row], bool]]
COMPARE: dict[str, Callable[[str, str], bool]] = {
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}


def quoted(text: str | None) -> str:
    return "null" if text is None else "'" + text.replace("'", "\\'") + "'"


def folded(text: str | None) -> str | None:
    return None if text is None else text.lower()


def equality(value: str | None, *, same: bool) -> Condition:
    text = f"FirstName {'=' if same else '!='} {quoted(value)}"
    return text, lambda row: (folded(row[1]) == folded(value)) is same


def ordering(operator: str, moment: str) -> Condition:
    text = f"EmailBouncedDate {operator} {moment.replace('.000+0000', 'Z')}"
    return text, lambda row: row[2] is not None and COMPARE[operator](row[2], moment)


def membership(values: list[str | None], *, inside: bool) -> Condition:
    text = f"FirstName {'IN' if inside else 'NOT IN'} ({', '.join(map(quoted, values))})"
    return text, lambda row: (folded(row[1]) in {folded(value) for value in values}) is inside


def beginning(start: str) -> Condition:
    pattern = start.replace("_", "\\_").replace("%", "\\%").replace("'", "\\'")
    return f"FirstName LIKE '{pattern}%'", lambda row: row[1] is not None and row[1].lower().startswith(start)


def flag(value: bool) -> Condition:
    return f"DoNotCall = {'true' if value else 'FALSE'}", lambda row: row[3] is value


def negation(part: Condition) -> Condition:
    return f"NOT ({part[0]})", lambda row: not part[1](row)


def joined(parts: list[Condition], word: str) -> Condition:
    fold = all if word == "AND" else any
    return f"({f' {word} '.join(part[0] for part in parts)})", lambda row: fold(part[1](row) for part in parts)


texts = st.sampled_from(TEXTS)
simple = st.one_of(
    st.builds(equality, texts, same=st.booleans()),
    st.builds(ordering, st.sampled_from(sorted(COMPARE)), st.sampled_from(DATES[:2])),
    st.builds(membership, st.lists(texts, min_size=1, max_size=3), inside=st.booleans()),
    st.builds(beginning, st.sampled_from(["a", "bo_", "bo", "50%", "it'", "x"])),
    st.builds(flag, st.booleans()),
)
conditions = st.recursive(
    simple,
    lambda inner: st.one_of(
        st.builds(negation, inner),
        st.builds(joined, st.lists(inner, min_size=2, max_size=3), st.sampled_from(["AND", "OR"])),
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def full_org(tmp_path_factory: pytest.TempPathFactory) -> Generator[Org]:
    folder: Path = tmp_path_factory.mktemp("differential")
    org = Org(folder)
    columns = ["LastName", "FirstName", "EmailBouncedDate", "DoNotCall"]
    assert all(result.success for result in write(org, "Contact", "insert", columns, list(ROWS)))
    yield org
    org.close()


@settings(max_examples=150, deadline=None, database=None)
@given(condition=conditions)
def test_sql_and_plain_reading_agree(full_org: Org, condition: Condition) -> None:
    text, holds = condition
    found = stream(full_org, full_org.system_access(), f"SELECT LastName FROM Contact WHERE {text}")  # noqa: S608 - our own names
    assert sorted(name for (name,) in found.rows) == sorted(row[0] for row in ROWS if holds(row))


WORDS = [
    "SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "LIKE", "(", ")", ",", "=", "!=", "<", ">", "null", "true",
    "Id", "Name", "Email", "FirstName", "Contact", "Lead", "Account.Name", "CampaignMember", "COUNT(", "MAX(",
    "toLabel(", "GROUP", "BY", "HAVING", "ORDER", "LIMIT", "OFFSET", "5", "2.5", "'x'", "'003'", "TODAY",
    "LAST_N_DAYS:3",
    "2026-01-01", "2026-01-01T00:00:00Z", "USING", "SCOPE", "mine", "IsDeleted", "NumberOfContacts", "Description",
    "Nothing__c", "FIELDS(ALL)", "'",
]  # fmt: skip
STARTS = [
    "",
    "SELECT",
    "SELECT Id FROM Contact WHERE",
    "SELECT COUNT(Id) FROM Lead GROUP BY",
    "SELECT Id FROM Lead ORDER BY",
]


def answered(org: Org, text: str) -> int:
    """200, or the status of the refusal."""
    try:
        list(stream(org, org.system_access(), text).rows)
    except ApiError as error:
        return error.status
    return 200


@settings(max_examples=300, deadline=None, database=None)
@given(start=st.sampled_from(STARTS), words=st.lists(st.sampled_from(WORDS), max_size=6))
def test_no_text_breaks_it(full_org: Org, start: str, words: list[str]) -> None:
    """Whatever is asked is answered or refused in the vendor's way: nothing else is ever raised."""
    assert answered(full_org, " ".join([start, *words])) in (200, 400)

"""What is left of a person's query, and what is refused before Salesforce sees it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.errors import Refused
from connector.salesforce.query_text import LONGEST, counting, limit_of, tail_of


@pytest.mark.parametrize(
    ("soql", "tail"),
    [
        ("SELECT Id FROM Contact", "FROM Contact"),
        ("  select id\nfrom\tCONTACT  ", "FROM Contact"),
        ("SELECT Id FROM lead WHERE\n  Email != null", "FROM Lead WHERE Email != null"),
        (
            "SELECT ContactId FROM CampaignMember WHERE CampaignId = '701'",
            "FROM CampaignMember WHERE CampaignId = '701'",
        ),
        ("SELECT Id, (SELECT Id FROM Cases WHERE Subject = 'a) FROM b') FROM Contact", "FROM Contact"),
        ("SELECT toLabel(Status), TYPEOF Owner WHEN User THEN Id ELSE Id END FROM Lead", "FROM Lead"),
        (
            "SELECT Id FROM Contact WHERE Name = 'it\\'s FROM x; -- no'",
            "FROM Contact WHERE Name = 'it\\'s FROM x; -- no'",
        ),
        ("SELECT Id FROM Contact WHERE Name = 'a\\\\'", "FROM Contact WHERE Name = 'a\\\\'"),
        (
            "SELECT Id FROM Contact WHERE Id IN (SELECT ContactId FROM CampaignMember WHERE Status = 'Sent')",
            "FROM Contact WHERE Id IN (SELECT ContactId FROM CampaignMember WHERE Status = 'Sent')",
        ),
        ("SELECT Id FROM Contact USING SCOPE mine WHERE A = 1", "FROM Contact USING SCOPE mine WHERE A = 1"),
        ("SELECT Id FROM Lead WHERE CreatedDate = LAST_N_DAYS:30", "FROM Lead WHERE CreatedDate = LAST_N_DAYS:30"),
        (
            "SELECT Id FROM Lead WHERE CreatedDate >= 2026-01-01T00:00:00+01:00 AND A = -1.5",
            "FROM Lead WHERE CreatedDate >= 2026-01-01T00:00:00+01:00 AND A = -1.5",
        ),
        ("SELECT Id FROM Contact WHERE(A=1)ORDER BY Name DESC NULLS LAST", "FROM Contact WHERE(A=1)"),
        ("SELECT Id FROM Contact LIMIT 500", "FROM Contact LIMIT 500"),
        ("SELECT Id FROM Contact WHERE Name = '\u00fc'\u00a0LIMIT 5", "FROM Contact WHERE Name = '\u00fc' LIMIT 5"),
    ],
)
def test_the_tail_begins_at_from_and_leaves_the_order_out(soql: str, tail: str) -> None:
    assert tail_of(soql) == (tail.split()[1], tail)


def test_an_order_that_decides_who_is_within_a_limit_stays() -> None:
    _, tail = tail_of("SELECT Id FROM Contact ORDER BY CreatedDate DESC LIMIT 100")
    assert tail == "FROM Contact ORDER BY CreatedDate DESC LIMIT 100"


def test_a_limit_is_what_a_query_wants_at_most() -> None:
    assert limit_of("SELECT Id FROM Lead ORDER BY Name LIMIT 9") == 9
    assert limit_of("SELECT Id FROM Lead WHERE Name = 'LIMIT 9'") is None


def test_rows_are_counted_without_an_order() -> None:
    assert counting("SELECT Id FROM Lead ORDER BY Name LIMIT 9") == "SELECT COUNT() FROM Lead LIMIT 9"
    assert counting("SELECT Id FROM Lead WHERE A = 1") == "SELECT COUNT() FROM Lead WHERE A = 1"


@pytest.mark.parametrize(
    ("soql", "words"),
    [
        ("", "begins with SELECT"),
        ("DELETE FROM Contact", "begins with SELECT"),
        ("SELECT Id", "needs FROM"),
        ("SELECT FROM Contact", "Nothing stands between"),
        ("SELECT Id FROM", "not FROM nothing"),
        ("SELECT Id FROM Account", "not FROM Account"),
        ("SELECT Id FROM Contact__c", "not FROM Contact__c"),
        ("SELECT Id FROM (SELECT Id FROM Contact)", "not FROM"),
        ("SELECT Id FROM Contact c WHERE c.Name = 'x'", "Leave out “c”"),
        ("SELECT Id FROM Contact AS c", "Leave out “AS”"),
        ("SELECT Id FROM Contact, Contact.Account a", "After FROM Contact comes WHERE"),
        ("SELECT COUNT() FROM Contact", "COUNT() is not possible"),
        ("SELECT max ( CreatedDate ) FROM Lead", "MAX() is not possible"),
        ("SELECT Name FROM Lead GROUP BY Name", "GROUP BY is not possible"),
        ("SELECT Name FROM Lead WHERE A = 1 HAVING B = 2", "HAVING is not possible"),
        ("SELECT Id FROM Lead FOR UPDATE", "FOR UPDATE"),
        ("SELECT Id FROM Lead WHERE A = 1 all rows", "ALL ROWS"),
        ("SELECT Id FROM Lead UPDATE TRACKING", "UPDATE TRACKING"),
        ("SELECT Id FROM Lead LIMIT 5 OFFSET 10", "OFFSET"),
        ("SELECT Id FROM Lead; SELECT Id FROM Contact", "semicolon"),
        ("SELECT Id FROM Lead SELECT Id FROM Contact", "Leave out|second SELECT"),
        ("SELECT Id FROM Lead WHERE A = 1 FROM Contact", "FROM stands twice"),
        ("SELECT Id FROM Lead ORDER BY Name WHERE A = 1", "WHERE stands twice or in the wrong place"),
        ("SELECT Id FROM Lead WHERE A = 1 WHERE B = 2", "WHERE stands twice"),
        ("SELECT Id -- all\nFROM Lead", "Comments"),
        ("SELECT Id /* all */ FROM Lead", "Comments"),
        ("SELECT Id FROM Lead // all", "Comments"),
        ("SELECT Id FROM Lead WHERE Name = 'x", "never ends"),
        ("SELECT Id FROM Lead WHERE Name = 'x\\'", "never ends"),
        ('SELECT Id FROM Lead WHERE Name = "x"', "single quotes"),
        ("SELECT Id FROM Lead WHERE Name = \u2018x\u2019", "single quotes"),
        ("SELECT Id FROM Lead WHERE (A = 1", "never closed"),
        ("SELECT Id FROM Lead WHERE A = 1)", "no opening one"),
        ("SELECT Id FROM Lead WHERE Name = :name", "':' has no place"),
        ("SELECT" + " " * LONGEST + "Id FROM Lead", "at most 10,000"),
    ],
)
def test_what_is_no_list_of_people_is_refused_in_plain_words(soql: str, words: str) -> None:
    with pytest.raises(Refused, match=words.replace("(", r"\(").replace(")", r"\)")):
        tail_of(soql)


_SEEN = st.one_of(st.characters(codec="utf-8", exclude_categories=["Cc"]), st.sampled_from("\t\r\n\x85"))
_TEXTS = st.text(_SEEN, max_size=12).map(lambda text: "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'")
_FIELDS = st.sampled_from(["Id", "Email", "Account.Name", "toLabel(Status)", "(SELECT Id FROM Cases)", "Group.Name"])
_CONDITIONS = st.recursive(
    st.tuples(st.sampled_from(["Name", "Account.Owner.Name"]), st.sampled_from(["=", "!=", "LIKE"]), _TEXTS).map(
        " ".join
    ),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]} OR {two[1]})"),
        inner.map("Id NOT IN (SELECT ContactId FROM CampaignMember WHERE {} ORDER BY Id LIMIT 3)".format),
    ),
    max_leaves=4,
)


@settings(deadline=None, database=None)
@given(
    st.lists(_FIELDS, min_size=1, max_size=4),
    st.sampled_from(["Contact", "Lead", "CampaignMember"]),
    _CONDITIONS,
    st.booleans(),
)
def test_whatever_a_condition_holds_it_is_kept_to_the_letter(
    fields: list[str], object_name: str, condition: str, ordered: bool
) -> None:
    order = "ORDER BY Name, Id DESC" if ordered else ""
    soql = " ".join(["select", ", ".join(fields), "from", object_name.upper(), "where", condition, order])
    assert tail_of(soql) == (object_name, f"FROM {object_name} where {condition}")


@pytest.mark.parametrize("unseen", ["\x00", "\x08", "\x0b", "\x1f", "\x7f", "\ud800"])
@pytest.mark.parametrize(
    "soql", ["SELECT Id FROM Contact WHERE Name = 'a{}b'", "SELECT Id FROM Contact WHERE{}Id != null"]
)
def test_what_no_database_keeps_and_nobody_sees_is_refused_in_words(soql: str, unseen: str) -> None:
    with pytest.raises(Refused, match=r"A character that cannot be seen \(U\+[0-9A-F]{4}\) has no place in a query"):
        tail_of(soql.format(unseen))


OURS = "SELECT Id FROM Contact WHERE"
_BITS = st.sampled_from(
    [
        *"'\\();,=<>-/*\"\n\t ",
        "''",
        "SELECT ",
        " FROM ",
        " Contact ",
        " WHERE ",
        "Id",
        "a",
        "'x'",
        " ORDER BY ",
        "LIMIT 5",
    ]
)


@settings(deadline=None, database=None)
@given(st.lists(_BITS, max_size=14).map("".join))
def test_no_text_breaks_out_of_our_own_select(rest: str) -> None:
    try:
        object_name, tail = tail_of(f"{OURS} {rest}")
    except Refused:
        return
    assert tail.startswith(f"FROM {object_name}")
    assert tail_of(f"SELECT Id, Email {tail}") == (object_name, tail)
    outside = _without_texts(tail)
    assert not set(";\"'") & set(outside)
    assert "--" not in outside
    assert "/" not in outside
    assert outside.count("(") == outside.count(")")


def _without_texts(soql: str) -> str:
    """The query without its texts, told apart letter by letter."""
    found, inside, escaped = "", False, False
    for letter in soql:
        if inside:
            inside = escaped or letter != "'"
            escaped = letter == "\\" and not escaped
        elif letter == "'":
            inside, escaped = True, False
        else:
            found += letter
    assert not inside
    return found

"""What a person sees in the terminal while a night runs, and after it."""

import io

import pytest

from tools.progress import ProgressBar, describe, table, total

ROW = {"state": "Running", "phase": "Writing to Salesforce", "done": 5_000, "total": 20_000}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({}, "  Writing to Salesforce  [███████·······················]  5,000 of 20,000"),
        ({"total": 0, "done": 0}, "  Writing to Salesforce …"),
        ({"total": 0}, "  Writing to Salesforce … 5,000"),
        ({"phase": "", "state": "Queued", "total": 0, "done": 0}, "  Queued …"),
    ],
)
def test_a_line_counts(change: dict[str, object], line: str) -> None:
    assert describe(ROW | change) == line


def test_the_bar_never_grows_past_its_end() -> None:
    assert "█" * 30 + "]" in describe(ROW | {"done": 30_000})


def test_on_a_terminal_one_line_is_written_over() -> None:
    out = Terminal()
    bar = ProgressBar(out)
    for done in (1, 1, 2):
        bar(ROW | {"done": done})
    bar.finish()
    assert out.getvalue().count("\r") == 2
    assert out.getvalue().endswith("\n")


def test_where_nobody_watches_each_phase_is_one_line() -> None:
    out = io.StringIO()
    bar = ProgressBar(out)
    for done in (1, 2, 3):
        bar(ROW | {"done": done})
    bar(ROW | {"phase": "Checking that the books close"})
    bar.finish()
    assert out.getvalue() == "  Writing to Salesforce …\n  Checking that the books close …\n"


def test_the_table_adds_up() -> None:
    counts = {"Sent": {"Written": 1_200, "Unmatched": 30}, "Opened": {"Written": 34}}
    lines = [line.split() for line in table(counts).splitlines()]
    assert lines == [
        ["Written", "Unmatched"],
        ["Opened", "34", "0"],
        ["Sent", "1,200", "30"],
        ["all", "1,234", "30"],
    ]
    assert total(counts, "Written") == 1_234


def test_nothing_new_is_said_in_words() -> None:
    assert table({}).strip() == "nothing new"

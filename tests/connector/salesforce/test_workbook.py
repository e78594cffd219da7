"""The rows of a formatted Excel file, among everything else that stands in one."""

import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

import openpyxl
import pytest

from connector.salesforce.report_answer import Column
from connector.salesforce.workbook import Unreadable, read_rows

ID, LAST, EMAIL = Column("CONTACT_ID", "Contact ID"), Column("LAST_NAME", "Last Name"), Column("EMAIL", "Email")
SOURCE = Column("LEAD_SOURCE", "Lead Source", grouped=True)


def file_of(*rows: Sequence[Any]) -> io.BytesIO:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Report")
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file


def texts(file: io.BytesIO, *columns: Column) -> list[list[str]]:
    rows = read_rows(file, columns, lambda row: row[0].label.startswith("003"))
    return [[cell.label for cell in row] for row in rows]


def test_rows_stand_between_the_title_and_the_small_print() -> None:
    file = file_of(
        [None, "Contacts"],
        [None, "Email not equal to blank"],
        [],
        [None, "Last Name  \u2191", "Contact ID", "Email"],
        [None, "Lee", "003A", "a@example.org"],
        [None, None, "003B", None],
        [None, "Total", "003C", "total@example.org"],
        [],
        [None, "Total", "Count", 3],
        [None, "Confidential Information - Do Not Distribute"],
        [None, "Copyright (c) 2000-2026"],
    )
    assert texts(file, ID, EMAIL) == [["003A", "a@example.org"], ["003B", ""], ["003C", "total@example.org"]]


def test_a_group_is_repeated_for_its_rows_and_subtotals_are_none() -> None:
    file = file_of(
        ["Lead Source \u2193", "Contact ID", "Last Name"],
        ["Web", "003A", "Lee"],
        [None, "003B", "Ray"],
        ["Subtotal", "Count", 2],
        ["-", "003C", dt.date(2026, 1, 2)],
        ["Subtotal", "Count", 1],
        ["Total", "Count", 3],
    )
    assert texts(file, ID, LAST, SOURCE) == [
        ["003A", "Lee", "Web"],
        ["003B", "Ray", "Web"],
        ["003C", "2026-01-02 00:00:00", "-"],
    ]


def test_columns_of_one_label_are_told_apart_by_their_order() -> None:
    file = file_of(["Email", "Contact ID", "Email"], ["a@example.org", "003A", "b@example.org"])
    assert texts(file, EMAIL, ID, Column("OWNER_EMAIL", "Email")) == [["a@example.org", "003A", "b@example.org"]]


@pytest.mark.parametrize(
    "file",
    [
        file_of(["Contact ID"], ["003A"]),
        file_of(*[["Nothing"]] * 300, ["Contact ID", "Email"], ["003A", "a@example.org"]),
        file_of(),
        io.BytesIO(b"<html>"),
        io.BytesIO(file_of(["Contact ID", "Email"]).getvalue()[:-40]),
    ],
    ids=["a column short", "no header", "empty", "no workbook", "cut"],
)
def test_a_file_that_is_not_the_report_is_not_guessed_at(file: io.BytesIO) -> None:
    with pytest.raises(Unreadable):
        texts(file, ID, EMAIL)

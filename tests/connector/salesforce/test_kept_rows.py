"""Rows put aside come back as they were, and nothing of them stays."""

import gc
from pathlib import Path

import pytest

from connector.model.audience import PersonRef
from connector.salesforce import kept_rows
from connector.salesforce.kept_rows import KeptRows

PEOPLE = [PersonRef("003Dn00000000G8IAI", "a@example.org", "Ann\nLee"), PersonRef(), PersonRef(name="Ελλάδα")]


@pytest.mark.parametrize("in_memory", [1 << 20, 8])
def test_they_come_back_in_order_and_leave_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_memory: int
) -> None:
    monkeypatch.setattr(kept_rows, "IN_MEMORY", in_memory)
    rows = KeptRows(tmp_path)
    rows.add(PEOPLE[:1])
    rows.add(PEOPLE[1:])
    assert (rows.count, list(rows.read())) == (3, PEOPLE)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_nobody_reads_is_closed_without_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_rows, "IN_MEMORY", 8)
    rows = KeptRows(tmp_path)
    rows.add(PEOPLE)
    file = rows._file
    unread = rows.read()
    del rows
    assert not file.closed
    del unread
    gc.collect()
    assert file.closed

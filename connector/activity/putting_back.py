"""Puts the rows that a run changed back as they were before it, from what was kept of them; part of undoing the run."""

import csv
import os
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from connector.activity.layouts import LAYOUTS, Layout
from connector.activity.night import Night
from connector.activity.prior import texts
from connector.activity.settle import settle
from connector.activity.spool import Spool
from connector.activity.write import NULL, Parcel, carry, new_file, tame
from connector.errors import Temporary
from connector.model.runs import Phase
from connector.store import prior_rows
from connector.store.database import chunks

ROUNDS = 8
"""How often rows that Salesforce could not lock are sent again; each round waits longer."""
ROWS = 50_000
"""Rows of one file: well below what Salesforce takes of the longest rows."""


def put_back(night: Night, run_id: int, undo_id: int) -> None:
    """Put back what a run changed, for the deletion that undoes it; repeating it changes nothing."""
    night.report(Phase.PUT_BACK)
    with night.write() as connection:
        prior_rows.judge(connection, night.org_id, run_id, undo_id)
        prior_rows.take(connection, night.org_id, run_id, undo_id)
    night.reached("rows to put back marked")
    for round_ in range(ROUNDS):
        with night.database.read() as connection:
            left = prior_rows.waiting(connection, night.org_id, run_id, undo_id)
        if not left:
            return
        for layout in LAYOUTS:
            if layout.object_name in left:
                _send(night, layout, {"org": night.org_id, "run": run_id, "undo": undo_id})
        settle(night)
        with night.write() as connection:
            prior_rows.judge(connection, night.org_id, run_id, undo_id)
        night.reached("put back")
        if round_:
            night.wait(Phase.PUT_BACK, min(2**round_ * night.settings.poll_seconds / 10, 60))
    raise Temporary("Salesforce could not put every row back just now.")


def _send(night: Night, layout: Layout, values: dict[str, Any]) -> None:
    found = Spool()
    with (
        night.database.read() as connection,
        closing(night.database.stream(connection, prior_rows.WAITING, values | {"object": layout.object_name})) as rows,
    ):
        for batch in chunks(rows, 2000):
            found.add([tuple(row) for row in batch])
    for chunk in chunks(found, ROWS):
        night.report(Phase.PUT_BACK)
        parcel = _file(night, layout, chunk)
        try:
            carry(night, layout, parcel)
        finally:
            parcel.close()
    found.close()


def _file(night: Night, layout: Layout, rows: Sequence[Sequence[Any]]) -> Parcel:
    handle, path = new_file(night)
    parcel = Parcel(path)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(layout.header)
        for placement, key, known, content in rows:
            values = list(texts(layout, content))
            values = tame(values, "\x1f".join(values))
            writer.writerow([key, *(value or NULL for value in values)])
            parcel.taken.add([(int(placement), str(known))])
    return parcel

"""The real worker with real uploads, cut small, and faults by order: a file says what befalls which run, and where.

Every point that a run comes to is told of, across all processes, so that a fault strikes once however often the run is
taken up again.
"""

import json

from connector.uploads import chunks
from connector.work import Work
from tests.faults.faulty_worker import DEEDS, FOLDER, tally, tell
from tests.faults.fleet import ROWS
from worker import settle


def reached(work: Work, point: str) -> None:
    times = tally(f"{work.run_id} {point}")
    order = FOLDER / f"order {work.run_id}"
    if order.exists() and [point, times] == (found := json.loads(order.read_text()))[:2]:
        tell(f"struck {work.run_id}")
        DEEDS[found[2]]()


if __name__ == "__main__":
    Work.reached = reached
    chunks.ROWS = ROWS
    settle.FIRST_WAIT = 0.3
    from worker.__main__ import main

    main()

"""kill -9 in mid-delete: the deletion goes on, and neither it nor a night brings anything back before a restore."""

import pytest

from connector import queues
from connector.model.runs import WRITE, Subject, Trigger, deletion_of
from connector.model.scope import Scope
from connector.queues import JOB_OF
from connector.store import claims, deletion_receipts, deletions
from connector.store.claims import Asked
from tests.faults.scene import Fault, Scene

pytestmark = pytest.mark.faults

YEAR_2100 = 4_102_444_800_000


def run(scene: Scene, subject: Subject) -> str:
    """A run of this subject, seen through; its state."""
    with scene.house.database.write() as connection:
        claim = claims.claim(connection, 1, Asked(Trigger.DELETE), subject)
    redis = queues.connect(scene.house.redis.url)
    queues.enqueue(redis, JOB_OF[subject.kind], claim.run_id, job_id=queues.run_job_id(claim.run_id, claim.attempt))
    return str(scene.see_through(claim.run_id)["state"])


@pytest.mark.parametrize(("point", "count"), [("upload complete", 2), ("rows marked", 1)])
def test_a_deletion_is_killed_and_what_it_took_comes_back_by_a_restore_only(
    scene: Scene, point: str, count: int
) -> None:
    scene.worker(Fault(point, "kill horse", count))
    assert scene.see_through(scene.house.ask())["interruptions"] == 0
    before = scene.rows()
    with scene.house.database.write() as connection:
        scope = Scope(before_at=YEAR_2100)
        number = deletions.order(connection, 1, scope, None, tombstone=True, expected=len(before))
    assert run(scene, deletion_of(number)) == "Completed"
    assert len(scene.told("struck")) == 1
    assert scene.rows() == []
    with scene.house.database.read() as connection:
        assert sum(count for _, _, count in deletion_receipts.by_kind(connection, number)) == len(before) > 0
    scene.see_through(scene.house.ask())
    assert scene.rows() == []
    with scene.house.database.write() as connection:
        assert deletions.restore(connection, 1, number, None)
    assert run(scene, WRITE) == "Completed"
    assert scene.rows() == before

"""Every figure on the screens and in Salesforce is what an independent count over Real Magnet's data says."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.forking import Forker
from tests.journeys import small_account
from tools import comparing
from tools.compare import Story
from tools.comparing import Report
from tools.house import open_house, plan_on_free_ports
from tools.visiting import Visitor

PEOPLE = ("--contacts", "120", "--leads", "64")


def test_every_figure_equals_an_independent_count_whatever_happens(tmp_path: Path, forker: Forker) -> None:
    small_account.make(tmp_path / "realmagnet", audience=40)
    plan = plan_on_free_ports(tmp_path, environ={"POLL_SECONDS": "0.2"}, salesforce_arguments=PEOPLE)
    report = Report()
    with open_house(plan, lambda _line: None, forker) as house:
        story = Story(house, Visitor(plan), report, most_people=20)
        story.tell()
        assert [words for line in report.lines for words in line.differ] == []
        assert [line.what for line in report.lines if not line.compared] == []

        with closing(sqlite3.connect(plan.data / "salesforce" / "org.db", timeout=30)) as org, org:
            first = "WHERE row = (SELECT min(row) FROM {0} WHERE NOT IsDeleted)"
            message, fax = "MagnetMail_Message__c", "MagnetMail_Fax_Tracking__c"
            org.execute(f"UPDATE {message} SET Opened_People__c = 1 + Opened_People__c {first.format(message)}")  # noqa: S608  # our own words
            org.execute(f"DELETE FROM {fax} {first.format(fax)}")  # noqa: S608  # our own words
        wrong = {
            line.what: len(line.differ) for line in comparing.salesforce(house, comparing.look(house), frozenset())
        }
        assert wrong[message] == 1
        assert wrong[fax] > 1
        assert wrong["MagnetMail_Email_Tracking__c"] == 0

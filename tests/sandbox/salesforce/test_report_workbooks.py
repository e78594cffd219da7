"""The formatted Excel file of a report: where the header stands, groups and totals, what it leaves out."""

from collections.abc import Generator
from datetime import datetime

import pytest
from flask import Flask

from sandbox.salesforce.app import close_app
from sandbox.salesforce.org import Org
from tests.sandbox.salesforce.reporting import XLSX, Analyst, below, rows_of, seeded_app, sheet


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Generator[Flask]:
    running = seeded_app(tmp_path_factory.mktemp("workbooks"))
    yield running
    close_app(running)


@pytest.fixture
def org(app: Flask) -> Org:
    return app.extensions["salesforce"].org


@pytest.fixture
def analyst(app: Flask, org: Org) -> Analyst:
    return Analyst(app, org.integration_user_id)


def test_it_comes_by_the_accept_header_as_an_attachment(analyst):
    reply = analyst.excel("Contacts with e-mail")
    assert reply.content_type == XLSX
    assert reply.headers["Content-Disposition"].startswith('attachment; filename="Contacts with e-mail-2')
    assert analyst("GET", analyst.path("Contacts with e-mail")).content_type.startswith("application/json")


def test_title_and_filters_stand_above_the_labels_and_no_row_is_cut(analyst):
    lines = sheet(analyst.excel("Contacts with e-mail"))
    assert lines[1][0] == "Contacts with e-mail"
    header, *rows = below(lines, "Contact ID")
    assert header == ("Contact ID", "First Name", "Last Name", "Email", "Mobile")
    people = [line for line in rows if str(line[0]).startswith("003")]
    total = analyst.count("Contact", "Email != null")
    assert len(people) == len({line[0] for line in people}) == total > 2_000
    assert {len(line[0]) for line in people} == {15}
    assert rows[total][:2] == ("Total", total)


def test_what_is_beyond_the_caps_is_left_out(analyst, monkeypatch):
    monkeypatch.setattr("sandbox.salesforce.analytics.workbook.MOST_ROWS", 3)
    monkeypatch.setattr("sandbox.salesforce.analytics.workbook.MOST_COLUMNS", 2)
    header, *rows = below(sheet(analyst.excel("Contacts with e-mail")), "Contact ID")
    assert header == ("Contact ID", "First Name")
    assert len([line for line in rows if str(line[0]).startswith("003")]) == 3


def test_lookups_lose_their_ids_and_dates_are_dates(analyst):
    lines = below(sheet(analyst.excel("Contacts by name")), "Full Name")
    assert lines[0] == ("Full Name  ↑", "Email", "Created Date")
    assert lines[1][2] == datetime(2025, 3, 3, 4)
    assert not any(str(value).startswith("003") for line in lines for value in line)


def test_groups_come_first_and_each_ends_in_a_subtotal(analyst):
    header, *lines = below(sheet(analyst.excel("Leads by source")), "Lead Source")
    assert header == ("Lead Source  ↑", "Lead Status  ↑", "Lead ID", "Full Name", "Email", "Company / Account")
    run = analyst.run("Leads by source")
    outer = run["groupingsDown"]["groupings"]
    assert [line[0] for line in lines if line[0] and line[0] not in ("Subtotal", "Total")][: len(outer)] == [
        item["label"] for item in outer
    ]
    leads = [line for line in lines if str(line[2]).startswith("00Q")]
    assert {line[2] for line in leads} == {row[0] for row in rows_of(run)}
    outer_counts = [line[2] for line in lines if line[0] == "Subtotal"]
    inner_counts = [line[3] for line in lines if line[1] == "Subtotal"]
    assert sum(outer_counts) == sum(inner_counts) == len(leads)
    assert [line[:3] for line in lines if line[0] == "Total"] == [("Total", "Count", len(leads))]


def test_a_matrix_shows_counts_and_nobody(analyst):
    lines = sheet(analyst.excel("Leads by status and source"))
    header, *rows = below(lines, "Lead Status / Lead Source")
    assert header[-1] == "Total"
    total = next(line for line in rows if line[0] == "Total")
    assert total[-1] == sum(total[1:-1]) == len(rows_of(analyst.run("Leads by status and source")))
    assert not any(str(value).startswith("00Q") for line in lines for value in line)


def test_a_joined_report_has_no_file(analyst):
    assert analyst.error("GET", analyst.path("Contacts beside Leads"), headers={"Accept": XLSX}) == (400, "BAD_REQUEST")

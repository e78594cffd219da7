import re
from datetime import UTC, date, datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.realmagnet import wire

INSTANTS = st.integers(min_value=946_684_800_000, max_value=2_524_608_000_000)
DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2049, 12, 31))


def printed(at: int | None) -> str:
    return orjson.dumps(wire.instant(at)).decode()


def test_an_instant_carries_the_offset_of_its_season():
    assert printed(928164000000) == r'"\/Date(928164000000-0400)\/"'
    assert printed(1484164000000) == r'"\/Date(1484164000000-0500)\/"'


def test_no_date_is_the_year_one_of_the_servers_zone():
    assert printed(None) == r'"\/Date(-62135578800000-0500)\/"'


@given(INSTANTS)
def test_the_instant_survives_whatever_the_offset_says(at):
    found = re.fullmatch(r"/Date\((-?\d+)([+-]\d{4})\)/", orjson.loads(printed(at)))
    assert found is not None
    assert int(found[1]) == at
    local = datetime.fromtimestamp(at / 1000, wire.EASTERN)
    assert found[2] == local.strftime("%z")


@given(DAYS)
def test_the_three_forms_of_a_day_mean_the_same_day(day):
    forms = (f"{day:%Y-%m-%d}", f"{day:%Y-%m-%d}T10:11:12", f"{day:%m/%d/%Y}")
    assert len({wire.read_window(text, text) for text in forms}) == 1


@given(DAYS, st.integers(min_value=0, max_value=400))
def test_a_window_holds_whole_eastern_days_both_ends_included(first, length):
    last = first + timedelta(days=length)
    low, high = wire.read_window(f"{first:%Y-%m-%d}", f"{last:%m/%d/%Y}")
    assert wire.eastern_day(low) == first
    assert wire.eastern_day(low - 1) == first - timedelta(days=1)
    assert wire.eastern_day(high - 1) == last
    assert wire.eastern_day(high) == last + timedelta(days=1)


def test_the_days_of_the_clock_change_have_23_and_25_hours():
    hours = [(high - low) / 3_600_000 for low, high in (wire.read_window(d, d) for d in ("2026-03-08", "2026-11-01"))]
    assert hours == [23, 25]


def test_blank_ends_are_open():
    low, high = wire.read_window("", "")
    assert low < 0 < int(datetime.now(UTC).timestamp() * 1000) < high


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-13-01", "31/12/2026", "2026-02-30", "2026-01-01 10:00", "20260101"]
)
def test_any_other_form_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - three causes, three messages of the standard library
        wire.read_local(text)

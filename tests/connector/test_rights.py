"""How a user's own levels and the defaults meet, and what a level allows."""

from hypothesis import given
from hypothesis import strategies as st

from connector.model.rights import ALL, USUAL, Area, Default, Holder, Level, allows, effective

ORDER = [Level.NONE, Level.READ, Level.FULL]
OWN = st.dictionaries(st.sampled_from(Area), st.sampled_from(Level))
DEFAULTS = st.lists(
    st.builds(Default, st.sampled_from(Holder), st.just("a"), st.sampled_from(Area), st.sampled_from(Level)),
    max_size=12,
)


def test_a_level_allows_itself_and_what_is_less():
    allowed = [(has, wanted) for has in ORDER for wanted in ORDER if allows({Area.UPLOADS: has}, Area.UPLOADS, wanted)]
    assert allowed == [(has, wanted) for i, has in enumerate(ORDER) for wanted in ORDER[: i + 1]]


def test_an_area_that_nobody_spoke_of_is_closed():
    assert not allows({Area.UPLOADS: Level.FULL}, Area.SETTINGS, Level.READ)
    assert effective({}, []) == dict.fromkeys(Area, Level.NONE)


def test_an_own_level_goes_before_every_default_even_when_it_is_lower():
    everybody = [Default(Holder.EVERYBODY, "", Area.DELETION, Level.FULL)]
    assert effective({Area.DELETION: Level.NONE}, everybody)[Area.DELETION] is Level.NONE


def test_who_sets_an_organization_up_may_do_everything_and_everybody_else_the_usual():
    assert set(ALL) == set(USUAL) == set(Area)
    assert set(ALL.values()) == {Level.FULL}
    assert not allows(USUAL, Area.SETTINGS, Level.READ)


@given(OWN, DEFAULTS)
def test_every_area_has_the_own_level_or_the_highest_that_fits(own: dict[Area, Level], defaults: list[Default]):
    found = effective(own, defaults)
    assert list(found) == list(Area)
    for area in Area:
        fitting = [ORDER.index(one.level) for one in defaults if one.area is area]
        assert found[area] is own.get(area, ORDER[max(fitting, default=0)])
    assert found == effective(own, reversed(defaults))

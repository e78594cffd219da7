"""The one form in which Salesforce ids are compared."""

from hypothesis import given
from hypothesis import strategies as st

from connector.model.people import id18
from sandbox import ids

SHORT = st.text(alphabet=ids.DIGITS, min_size=15, max_size=15)


class TestId18:
    @given(SHORT)
    def test_a_short_id_gets_the_check_letters_that_salesforce_gives_it(self, short: str) -> None:
        assert id18(short) == ids.to_id18(short)

    @given(SHORT)
    def test_a_long_id_stays_as_it_is(self, short: str) -> None:
        assert id18(ids.to_id18(short)) == ids.to_id18(short)

    @given(SHORT, st.sampled_from([str.upper, str.lower, str.swapcase]))
    def test_a_long_id_gets_back_the_case_that_another_program_took(self, short: str, spoil: object) -> None:
        assert callable(spoil)
        assert id18(spoil(ids.to_id18(short))) == ids.to_id18(short)

    @given(SHORT, st.text(alphabet=ids.DIGITS, min_size=3, max_size=3))
    def test_wrong_check_letters_never_name_the_person_with_these_fifteen(self, short: str, check: str) -> None:
        whole = ids.to_id18(short)
        if check.upper() != whole[15:]:
            assert id18(short + check)[:15] != short or id18(short + check) == short + check

    @given(st.text(max_size=30).filter(lambda text: len(text) not in {15, 18}))
    def test_anything_else_is_left_alone(self, text: str) -> None:
        assert id18(text) == text

"""Who a recipient is: id first, then address; whatever became of the person since."""

import pytest

from sandbox.realmagnet.account import HOUR
from sandbox.salesforce.lifecycle import convert, merge
from sandbox.salesforce.removal import undelete
from tests.connector.activity.world import World


def send_to(world: World, email: str, custom_id: str = "", *, message: int | None = None) -> int:
    who = world.recipient(email, custom_id)
    world.send(message or world.message(), who, world.now - HOUR)
    return who


def owners(world: World) -> list[str]:
    """Whose the rows are, each by its one filled lookup."""
    rows = world.rows()
    assert all(bool(row["Contact__c"]) != bool(row["Lead__c"]) for row in rows)
    return [row["Contact__c"] or row["Lead__c"] for row in rows]


def reasons(world: World) -> list[tuple[str, str]]:
    return [(str(d), str(r)) for d, r in world.sql("SELECT decision, reason FROM facts WHERE org_id = :org")]


class TestTheCustomMemberId:
    @pytest.mark.parametrize("length", [15, 18])
    def test_it_comes_before_the_address(self, world: World, length: int) -> None:
        world.person("ada@example.org")
        person = world.person("other@example.org")
        send_to(world, "ada@example.org", f" {person[:length]} ")
        world.night()
        assert owners(world) == [person]

    def test_letters_of_a_short_id_keep_their_case(self, world: World) -> None:
        twins = [world.person(Id=number) for number in ("003Dn0000000aBcIAI", "003Dn0000000AbCIAU")]
        for number, twin in enumerate(twins):
            send_to(world, f"twin{number}@example.net", twin[:15])
        world.night()
        assert sorted(owners(world)) == sorted(twins)

    @pytest.mark.parametrize("kind", ["Contact", "Lead"])
    def test_a_lead_is_found_as_well_as_a_contact(self, world: World, kind: str) -> None:
        person = world.person(kind=kind)
        send_to(world, "ada@example.org", person)
        world.night()
        (row,) = world.rows()
        assert row[f"{kind}__c"] == person

    @pytest.mark.parametrize("rubbish", ["M-17", "n/a", "003", "'; --", "003Dn00000999zzAAA", "003Dn0000099ÿzz"])
    def test_rubbish_falls_back_on_the_address(self, world: World, rubbish: str) -> None:
        person = world.person("ada@example.org")
        send_to(world, "ada@example.org", rubbish)
        world.night()
        assert owners(world) == [person]

    def test_an_id_whose_check_letters_are_wrong_is_no_id(self, world: World) -> None:
        other = world.person("other@example.org")
        person = world.person("ada@example.org")
        wrong = other[:15] + ("AAA" if not other.endswith("AAA") else "BBB")
        send_to(world, "ada@example.org", wrong)
        world.night()
        assert owners(world) == [person]

    def test_an_id_that_lost_the_case_of_its_letters_is_read_by_its_check_letters(self, world: World) -> None:
        world.person(Id="003DN0000000ABCYA2")
        person = world.person(Id="003Dn0000000aBcIAI")
        send_to(world, "x@example.net", "003DN0000000ABCIAI")
        world.night()
        assert owners(world) == [person]


class TestTheAddress:
    def test_case_and_outer_blanks_do_not_matter(self, world: World) -> None:
        person = world.person("Ada@Example.org")
        send_to(world, " aDA@example.ORG ")
        world.night()
        assert owners(world) == [person]

    def test_a_contact_comes_before_a_lead_however_old(self, world: World) -> None:
        world.person("ada@example.org", "Lead", CreatedDate="2001-01-01T00:00:00.000+0000")
        contact = world.person("ada@example.org", CreatedDate="2025-01-01T00:00:00.000+0000")
        send_to(world, "ada@example.org")
        world.night()
        assert owners(world) == [contact]

    def test_of_two_contacts_the_older_one_is_meant(self, world: World) -> None:
        world.person("ada@example.org", CreatedDate="2025-01-01T00:00:00.000+0000")
        older = world.person("ada@example.org", CreatedDate="2001-01-01T00:00:00.000+0000")
        send_to(world, "ada@example.org")
        world.night()
        assert owners(world) == [older]

    def test_nobody_has_an_empty_address(self, world: World) -> None:
        world.person("")
        send_to(world, "")
        world.night()
        assert world.rows() == []
        assert reasons(world) == [("unmatched", "nobody with this id or address")]

    def test_someone_who_takes_over_an_address_takes_over_its_rows(self, world: World) -> None:
        world.person("ada@example.org", "Lead")
        send_to(world, "ada@example.org")
        world.night()
        (before,) = world.rows()
        contact = world.person("ada@example.org")
        done = world.night()
        (after,) = world.rows()
        assert (after["Id"], after["Contact__c"], after["Lead__c"]) == (before["Id"], contact, None)
        assert done.closes


class TestWhoTheyBecame:
    def test_a_converted_lead_is_its_contact(self, world: World) -> None:
        lead = world.person("ada@example.org", "Lead")
        contact = convert(world.org, lead)
        send_to(world, "gone@example.net", lead)
        world.night()
        assert owners(world) == [contact]

    def test_a_conversion_after_the_night_moves_the_rows(self, world: World) -> None:
        lead = world.person("ada@example.org", "Lead")
        send_to(world, "gone@example.net", lead)
        world.night()
        (before,) = world.rows()
        contact = convert(world.org, lead)
        world.night()
        (after,) = world.rows()
        assert (after["Id"], after["Contact__c"], after["Lead__c"]) == (before["Id"], contact, None)

    @pytest.mark.parametrize("kind", ["Contact", "Lead"])
    def test_chains_of_merges_end_at_the_last_survivor(self, world: World, kind: str) -> None:
        first, second, third = (world.person(f"p{number}@example.org", kind) for number in range(3))
        send_to(world, "gone@example.net", first)
        merge(world.org, second, first)
        merge(world.org, third, second)
        world.night()
        assert owners(world) == [third]

    def test_a_chain_that_grows_from_night_to_night_is_followed_each_time(self, world: World) -> None:
        lead = world.person("lead@example.org", "Lead")
        send_to(world, "gone@example.net", lead)
        world.night()
        (first,) = world.rows()
        steps = [convert(world.org, lead)]
        world.night()
        assert owners(world) == steps
        for number in range(3):
            steps.append(world.person(f"p{number}@example.org"))
            merge(world.org, steps[-1], steps[-2])
            assert world.night().closes
            assert owners(world) == steps[-1:]
        assert [row["Id"] for row in world.rows()] == [first["Id"]]

    def test_a_lead_converted_to_a_contact_that_lost_a_merge_is_the_survivor(self, world: World) -> None:
        lead = world.person("lead@example.org", "Lead")
        survivor = world.person("survivor@example.org")
        merge(world.org, survivor, convert(world.org, lead))
        send_to(world, "gone@example.net", lead)
        world.night()
        assert owners(world) == [survivor]

    def test_a_deleted_person_gets_nothing_and_the_reason_says_so(self, world: World) -> None:
        person = world.person("ada@example.org")
        send_to(world, "ada@example.org", person)
        world.delete(person)
        done = world.night()
        assert world.rows() == []
        assert done.of("Unmatched") == {"Sent": 1}
        assert reasons(world) == [("unmatched", "the person was deleted")]
        assert done.closes

    def test_a_deleted_persons_address_still_finds_another(self, world: World) -> None:
        gone, other = world.person("ada@example.org"), world.person("ada@example.org", "Lead")
        send_to(world, "ada@example.org", gone)
        world.delete(gone)
        world.night()
        assert owners(world) == [other]

    def test_one_who_comes_back_from_the_recycle_bin_gets_it_all(self, world: World) -> None:
        person = world.person("ada@example.org")
        send_to(world, "ada@example.org", person)
        world.delete(person)
        world.night()
        undelete(world.org, person)
        world.night()
        assert owners(world) == [person]
        assert reasons(world) == [("placed", "")]


class TestThePolicyAll:
    @pytest.fixture(autouse=True)
    def _everybody(self, world: World) -> None:
        world.sql("UPDATE nights SET same_address = 'all' WHERE org_id = :org")

    def test_one_fact_is_placed_on_everybody_with_the_address(self, world: World) -> None:
        people = [world.person("desk@example.org", kind) for kind in ("Contact", "Lead", "Lead")]
        send_to(world, "desk@example.org")
        done = world.night()
        assert sorted(owners(world)) == sorted(people)
        assert len({row["External_Key__c"] for row in world.rows()}) == 3
        assert world.sql("SELECT count(*) FROM facts WHERE org_id = :org") == [(1,)]
        assert done.of("Written") == {"Sent": 3}
        assert done.closes

    def test_a_second_night_places_nothing_more(self, world: World) -> None:
        for kind in ("Contact", "Lead"):
            world.person("desk@example.org", kind)
        send_to(world, "desk@example.org")
        world.night()
        assert world.night().of("Written") == {}
        assert len(world.rows()) == 2

    def test_someone_new_with_the_address_gets_it_too(self, world: World) -> None:
        world.person("desk@example.org")
        send_to(world, "desk@example.org")
        world.night()
        lead = world.person("desk@example.org", "Lead")
        done = world.night()
        assert done.of("Written") == {"Sent": 1}
        assert [row["Lead__c"] for row in world.rows(where="Lead__c IS NOT NULL")] == [lead]
        assert done.closes

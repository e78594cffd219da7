"""Secrets at rest: a ring of keys, and no secret opens where it does not belong."""

import pytest
from cryptography.fernet import Fernet

from connector.errors import Misconfigured
from connector.store.vault import Vault

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))
SECRET = "pässword\n🔑"


def test_a_secret_comes_back_as_it_went_in() -> None:
    vault = Vault((NEW,))
    sealed = vault.seal("1", "password", SECRET)
    assert vault.open("1", "password", sealed) == SECRET


def test_nothing_of_it_shows_when_sealed_and_twice_is_never_the_same() -> None:
    vault = Vault((NEW,))
    sealed = [vault.seal("1", "password", "plain-words") for _ in range(2)]
    assert sealed[0] != sealed[1]
    assert all("plain" not in text and "password" not in text for text in sealed)


def test_every_key_of_the_ring_opens_and_the_first_one_seals() -> None:
    before = Vault((OLD,)).seal("1", "password", SECRET)
    both = Vault((NEW, OLD))
    assert both.open("1", "password", before) == SECRET
    assert Vault((NEW,)).open("1", "password", both.seal("1", "password", SECRET)) == SECRET


def test_after_rotation_the_old_key_may_go() -> None:
    before = Vault((OLD,)).seal("1", "password", SECRET)
    after = Vault((NEW, OLD)).rotate(before)
    assert Vault((NEW,)).open("1", "password", after) == SECRET
    with pytest.raises(Misconfigured, match="none of SECRET_KEYS"):
        Vault((NEW,)).open("1", "password", before)


@pytest.mark.parametrize(("owner", "field"), [("2", "password"), ("1", "token"), ("2", "token")])
def test_a_secret_copied_to_another_row_or_field_does_not_open(owner: str, field: str) -> None:
    vault = Vault((NEW,))
    sealed = vault.seal("1", "password", SECRET)
    with pytest.raises(Misconfigured, match="another row") as trouble:
        vault.open(owner, field, sealed)
    assert SECRET not in str(trouble.value)


@pytest.mark.parametrize(
    "spoil", [lambda text: text[:-4] + "AAAA", lambda text: text[:20], lambda _text: "", str.upper]
)
def test_what_was_altered_does_not_open(spoil: object) -> None:
    vault = Vault((NEW,))
    sealed = vault.seal("1", "password", SECRET)
    assert callable(spoil)
    with pytest.raises(Misconfigured):
        vault.open("1", "password", spoil(sealed))


def test_a_strange_key_opens_nothing() -> None:
    with pytest.raises(Misconfigured):
        Vault((OTHER,)).open("1", "password", Vault((NEW,)).seal("1", "password", SECRET))


@pytest.mark.parametrize(("keys", "words"), [((), "empty"), (("nonsense",), "not a Fernet key"), ((NEW, ""), "Fernet")])
def test_a_bad_ring_is_named_and_never_shown(keys: tuple[str, ...], words: str) -> None:
    with pytest.raises(Misconfigured, match=words) as trouble:
        Vault(keys)
    assert NEW not in str(trouble.value)
    assert "nonsense" not in str(trouble.value)

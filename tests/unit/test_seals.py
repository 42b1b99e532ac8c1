"""Secrets at rest."""

import os

import pytest

from backend.kit.seals import SealBroken, Seals

OLD, NEW = b"o" * 32, b"n" * 32


def test_secret_comes_back_when_it_was_sealed():
    seals = Seals((NEW,))
    sealed = seals.seal(b"a secret", "factor:1")
    assert b"a secret" not in sealed
    assert seals.open(sealed, "factor:1") == b"a secret"
    assert seals.seal(b"a secret", "factor:1") != sealed


def test_secret_comes_back_when_the_key_was_changed():
    """The newest key seals, all open: a key is changed without a cut."""
    sealed = Seals((OLD,)).seal(b"a secret", "factor:1")
    assert Seals((NEW, OLD)).open(sealed, "factor:1") == b"a secret"
    with pytest.raises(SealBroken):
        Seals((NEW,)).open(sealed, "factor:1")


@pytest.mark.parametrize("place", ["factor:2", "", "factor:1 "])
def test_seal_is_broken_when_it_was_moved_to_another_row(place):
    sealed = Seals((NEW,)).seal(b"a secret", "factor:1")
    with pytest.raises(SealBroken):
        Seals((NEW,)).open(sealed, place)


def test_seal_is_broken_when_one_byte_was_changed():
    seals = Seals((NEW,))
    sealed = seals.seal(b"a secret", "factor:1")
    for at in range(len(sealed)):
        with pytest.raises(SealBroken):
            seals.open(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], "factor:1")


@pytest.mark.parametrize(
    "sealed",
    [b"", b"\x01", os.urandom(40), b"\x02" + os.urandom(40)],
    ids=["empty", "short", "random", "versioned"],
)
def test_seal_is_broken_when_it_never_was_one(sealed):
    with pytest.raises(SealBroken):
        Seals((NEW,)).open(sealed, "factor:1")


def test_code_matches_when_the_key_was_changed():
    """SEC5: the digest has its row's salt and our key; another salt or another key is another digest."""
    kept = Seals((OLD,)).digest(b"salt", "123456")
    assert Seals((NEW, OLD)).matches(b"salt", "123456", kept)
    assert not Seals((NEW,)).matches(b"salt", "123456", kept)
    assert not Seals((OLD,)).matches(b"tlas", "123456", kept)
    assert not Seals((OLD,)).matches(b"salt", "123457", kept)


def test_salt_and_code_are_kept_apart():
    """A digit that moves from the code to the salt makes another digest."""
    seals = Seals((NEW,))
    assert seals.digest(b"1", "23") != seals.digest(b"12", "3")

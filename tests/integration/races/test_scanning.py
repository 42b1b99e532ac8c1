"""Two desks read the same label at once: one gesture, and the other hears that it is done."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from backend.kit import clock
from backend.kit.database import fetch_value
from backend.kit.errors import DomainError
from backend.lending import service as lend
from backend.lending.rules import Period
from backend.lending.service.scanning import JUST_NOW, Did, Scan, Scanned, scan
from backend.lending.values import Want
from backend.membership.queries import Member
from tests import factories, lending
from tests.conftest import Database
from tests.integration.lending.conftest import NOW
from tests.integration.races.test_lending import patiently
from tests.lending import Lent, Shelf, day, staff, whom

pytestmark = pytest.mark.races
MANY = 12


@pytest.fixture
async def shelf(db: Database) -> AsyncIterator[Shelf]:
    with clock.frozen(NOW):
        yield await lending.add_shelf()


async def at_once(label: Scanned, keys: list[str]) -> list[object]:
    return list(
        await asyncio.gather(
            *(patiently(lambda key=key: scan(staff(key=key), label)) for key in keys)
        )
    )


def did(answers: list[object]) -> list[Did]:
    return [each.did for each in answers if isinstance(each, Scan)]


async def custodies() -> tuple[int, int]:
    """All there ever were, and those that are open."""
    return (
        await fetch_value("SELECT count(*) FROM custody"),
        await fetch_value("SELECT count(*) FROM custody WHERE in_at IS NULL"),
    )


@pytest.mark.parametrize("booked", [True, False], ids=["booked", "on the spot"])
async def test_label_goes_out_once_when_many_read_it(shelf: Shelf, *, booked: bool):
    """L9, L12, L27: under keys of their own, nobody takes back what another just gave."""
    drill = await shelf.resource()
    alice = await factories.add_member("Alice")
    if booked:
        await _book(drill, alice)
    label = Scanned(unit=drill.code, whom=whom(alice))
    answers = await at_once(label, [str(number) for number in range(MANY)])
    given = [one for one in did(answers) if one in {Did.GIVEN, Did.LENT}]
    assert len(given) == 1
    others = [one for one in answers if not isinstance(one, Scan)]
    assert set(did(answers)) <= {*given, Did.ALREADY_GIVEN}
    assert all(isinstance(one, DomainError) for one in others)
    assert await custodies() == (1, 1)


async def test_scan_that_is_sent_many_times_counts_once(shelf: Shelf):
    """L12, L28: the same key, as a page sends it again after a lost answer."""
    drill = await shelf.resource()
    alice = await factories.add_member("Alice")
    label = Scanned(unit=drill.code, whom=whom(alice))
    answers = await at_once(label, ["same"] * MANY)
    assert did(answers) == [Did.LENT] * MANY
    assert await custodies() == (1, 1)


async def test_label_comes_back_once_when_many_read_it(shelf: Shelf):
    """L9, L27: nobody lends again what another just took back."""
    drill = await shelf.resource()
    alice = await factories.add_member("Alice")
    await lend.lend_now(staff(), whom(alice), drill.code)
    with clock.travel(JUST_NOW):
        label = Scanned(unit=drill.code, whom=whom(alice))
        answers = await at_once(label, [str(number) for number in range(MANY)])
    assert did(answers).count(Did.TAKEN) == 1
    assert set(did(answers)) <= {Did.TAKEN, Did.ALREADY_TAKEN}
    assert await custodies() == (1, 0)


async def _book(drill: Lent, alice: Member) -> None:
    period = Period(NOW, day("2026-11-24", 12))
    await lend.book(staff(), whom(alice), [Want(resource=drill.id, period=period)])

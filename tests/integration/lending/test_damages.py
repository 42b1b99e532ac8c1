"""A damage: charged with proof, agreed to by a second, contested and answered (L35)."""

from io import BytesIO

import asyncpg
import pytest
from PIL import Image

from backend.audit.rules import Actor
from backend.audit.service import By
from backend.billing.rules import PayWay
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.kit.files import FileRefused
from backend.lending import service as lend
from backend.lending.errors import ReasonNeeded
from backend.lending.owing_errors import (
    AlreadyContested,
    ContestUnknown,
    DamageAmountWrong,
    DamageNeedsProof,
    DebtNotOpen,
    DebtUnknown,
    NeedsAnother,
    NeverOut,
    NothingOwed,
    TooManyPhotos,
    WaiverTooLarge,
)
from backend.lending.queries import debts
from backend.lending.rules import Outcome
from backend.lending.service import damages, paying
from backend.lending.values import Back
from backend.membership.queries import Member
from tests.factories import add_person, open_drawer
from tests.integration.lending.test_desk import out
from tests.integration.lending.test_owing import agree, owed
from tests.lending import Shelf, day, mine, staff, want, whom


def picture(colour: str = "red") -> bytes:
    held = BytesIO()
    Image.new("RGB", (40, 30), colour).save(held, "PNG")
    return held.getvalue()


@pytest.fixture
async def nadia(alice: Member) -> By:
    return By(Actor.PERSON, await add_person("Nadia", "Comptoir"))


@pytest.fixture
async def omar(alice: Member) -> By:
    return By(Actor.PERSON, await add_person("Omar", "Comptoir"))


@pytest.fixture
async def broken(shelf: Shelf, alice: Member) -> int:
    """A drill that came back broken; above 50 euros a second must agree."""
    given = await out(await shelf.resource(replacement_cents=9000), alice)
    await lend.take_back(staff(), given.line, Back(outcome=Outcome.DAMAGED, note="Mandrin cassé"))
    return given.line


async def test_a_damage_is_owed_at_once_below_the_sum(broken: int, alice: Member, nadia: By):
    """L35: with a note; the household hears how much, why, and where to say no."""
    debt = await damages.charge_damage(nadia, broken, 5000, "Mandrin cassé", key="a")
    assert await damages.charge_damage(nadia, broken, 5000, "Mandrin cassé", key="a") == debt
    assert (await owed(alice)).due_cents == 5000
    told = await fetch_value("SELECT count(*) FROM message WHERE kind = 'lending.owed'")
    assert told == 1
    words = await fetch_value("SELECT payload::text FROM outbox WHERE key LIKE 'lending.owed:%'")
    assert f"/reserver/argent/{debt}/contestation" in words
    assert "Mandrin" in words
    await agree(alice)


async def test_a_damage_needs_a_photo_or_words(broken: int, alice: Member, nadia: By):
    """L35: one of both; what is no picture, and too many of them, are refused."""
    with pytest.raises(DamageNeedsProof):
        await damages.charge_damage(nadia, broken, 500, "  ", key="a")
    with pytest.raises(FileRefused):
        await damages.charge_damage(nadia, broken, 500, "", [b"%PDF-1.7"], key="b")
    with pytest.raises(TooManyPhotos):
        many = [picture()] * (damages.MOST_PHOTOS + 1)
        await damages.charge_damage(nadia, broken, 500, "", many, key="c")
    with pytest.raises(DamageAmountWrong):
        await damages.charge_damage(nadia, broken, 0, "Cassé", key="d")
    two = [picture(), picture("blue")]
    debt = await damages.charge_damage(nadia, broken, 500, "", two, key="e")
    assert len((await debts.get_debt(debt)).photos) == 2
    assert (await owed(alice)).due_cents == 500


async def test_above_the_sum_a_second_must_agree(broken: int, alice: Member, nadia: By, omar: By):
    """L35: nothing is owed or told before; whoever asked cannot agree, and it is agreed to once."""
    debt = await damages.charge_damage(nadia, broken, 5001, "Mandrin cassé", key="a")
    assert (await owed(alice)).due_cents == 0
    assert [one.public_id for one in await debts.waiting_for_second()] == [debt]
    with pytest.raises(NeedsAnother):
        await damages.agree(nadia, debt)
    with pytest.raises(DebtNotOpen):
        await damages.waive(omar, debt, 1, "Geste", key="w")
    assert await fetch_value("SELECT count(*) FROM message WHERE kind = 'lending.owed'") == 0
    await damages.agree(omar, debt)
    assert (await owed(alice)).due_cents == 5001
    assert await fetch_value("SELECT count(*) FROM message WHERE kind = 'lending.owed'") == 1
    with pytest.raises(DebtNotOpen):
        await damages.agree(omar, debt)
    assert await debts.waiting_for_second() == []
    await agree(alice)


async def test_a_sum_in_pieces_needs_a_second_too(broken: int, alice: Member, nadia: By, omar: By):
    """L35: above the sum together, what comes last waits; what was taken back counts no more."""
    first = await damages.charge_damage(nadia, broken, 5000, "Mandrin cassé", key="a")
    second = await damages.charge_damage(nadia, broken, 100, "Rayure", key="b")
    assert (await owed(alice)).due_cents == 5000
    assert [one.public_id for one in await debts.waiting_for_second()] == [second]
    await damages.drop(omar, second, "Usure")
    await damages.waive(nadia, first, 5000, "Erreur", key="w")
    await damages.charge_damage(nadia, broken, 5000, "Mandrin cassé", key="c")
    assert (await owed(alice)).due_cents == 5000


@pytest.mark.parametrize("ended", [True, False])
async def test_nothing_is_charged_for_what_never_left(
    ended: bool, shelf: Shelf, alice: Member, nadia: By
):
    """L35: booked or given up, or handed over by mistake and undone: it broke in nobody's hands."""
    lent = await shelf.resource(replacement_cents=9000)
    made = await lend.book(mine(alice), whom(alice), [want(lent, day("2026-11-20", 11))])
    if ended:
        await lend.cancel(mine(alice), made.booking)
    else:
        await lend.hand_over(staff(), made.lines[0])
        await lend.undo(staff(), made.lines[0])
    with pytest.raises(NeverOut):
        await damages.charge_damage(nadia, made.lines[0], 4000, "Mandrin cassé", key="a")
    assert (await owed(alice)).debts == ()


async def test_a_second_may_say_no(broken: int, alice: Member, nadia: By, omar: By):
    """L35: then it was never owed; the reason stays."""
    debt = await damages.charge_damage(nadia, broken, 8000, "Mandrin cassé", key="a")
    with pytest.raises(ReasonNeeded):
        await damages.drop(omar, debt, "")
    await damages.drop(omar, debt, "Usure normale")
    assert (await owed(alice)).due_cents == 0
    assert (await debts.get_debt(debt)).drop_reason == "Usure normale"
    assert await fetch("SELECT 1 FROM lending_entry") == []


async def test_the_database_wants_another_too(broken: int, nadia: By):
    """L35: nobody agrees to their own, whatever the code says."""
    debt = await damages.charge_damage(nadia, broken, 8000, "Mandrin cassé", key="a")
    with pytest.raises(asyncpg.CheckViolationError):
        await fetch(
            "UPDATE loan_debt SET agreed_at = $2, agreed_by = asked_by WHERE public_id = $1",
            debt,
            clock.now(),
        )


async def test_nothing_is_collected_until_a_contest_is_answered(
    broken: int, alice: Member, bob: Member, nadia: By, omar: By
):
    """L35: contested once, by its own household; answered in words, and asked for again."""
    await open_drawer()
    debt = await damages.charge_damage(nadia, broken, 4000, "Mandrin cassé", key="a")
    by = mine(alice).by
    with pytest.raises(DebtUnknown):
        await damages.contest(mine(bob).by, bob.household_id, debt, "Ce n'est pas moi")
    await damages.contest(by, alice.household_id, debt, "Il était déjà cassé")
    with pytest.raises(AlreadyContested):
        await damages.contest(by, alice.household_id, debt, "Encore")
    assert [one.words for one in await debts.contested()] == ["Il était déjà cassé"]
    assert (await owed(alice)).due_cents == 0
    with pytest.raises(NothingOwed):
        await paying.take_payment(nadia, alice.household_id, 4000, PayWay.CASH, None, key="p")
    await damages.answer(omar, debt, "Il marchait la veille.", accepted=False)
    with pytest.raises(ContestUnknown):
        await damages.answer(omar, debt, "Encore", accepted=True)
    assert (await owed(alice)).due_cents == 4000
    assert (await debts.get_debt(debt)).answer == "Il marchait la veille."
    assert await fetch_value("SELECT count(*) FROM message WHERE kind = 'lending.answered'") == 1
    await agree(alice)


async def test_a_contest_that_is_right_takes_the_charge_back(
    broken: int, alice: Member, nadia: By, omar: By
):
    """L35: by a waiver; what was paid before is owed to the household."""
    await open_drawer()
    debt = await damages.charge_damage(nadia, broken, 4000, "Mandrin cassé", key="a")
    await paying.take_payment(nadia, alice.household_id, 4000, PayWay.CASH, None, key="p")
    await damages.waive(nadia, debt, 4000, "Vieille machine", key="w")
    with pytest.raises(DebtNotOpen):
        await damages.contest(mine(alice).by, alice.household_id, debt, "Déjà cassé")
    await paying.give_back(nadia, alice.household_id, 4000, PayWay.CASH, None, key="g")
    second = await damages.charge_damage(nadia, broken, 700, "Rayure", key="b")
    await damages.contest(mine(alice).by, alice.household_id, second, "Déjà rayé")
    await damages.answer(omar, second, "Vous avez raison.", accepted=True)
    assert (await owed(alice)).due_cents == 0
    assert (await debts.get_debt(second)).accepted
    await agree(alice)


async def test_a_damage_that_is_paid_may_still_be_contested(
    broken: int, alice: Member, nadia: By, omar: By
):
    """L35: being quick with the money takes nobody's word away; right, it is owed back."""
    await open_drawer()
    debt = await damages.charge_damage(nadia, broken, 4000, "Mandrin cassé", key="a")
    await paying.take_payment(nadia, alice.household_id, 4000, PayWay.CASH, None, key="p")
    await damages.contest(mine(alice).by, alice.household_id, debt, "Déjà cassé")
    assert ((await owed(alice)).due_cents, (await owed(alice)).credit_cents) == (0, 0)
    await damages.answer(omar, debt, "Vous avez raison.", accepted=True)
    assert (await owed(alice)).credit_cents == 4000
    await agree(alice)


async def test_a_debt_is_waived_with_a_reason(broken: int, alice: Member, nadia: By):
    """L35: a part, or all; never more than there is, and once for a key."""
    debt = await damages.charge_damage(nadia, broken, 4000, "Mandrin cassé", key="a")
    with pytest.raises(ReasonNeeded):
        await damages.waive(nadia, debt, 100, "", key="x")
    with pytest.raises(WaiverTooLarge):
        await damages.waive(nadia, debt, 4001, "Geste", key="y")
    for _ in range(2):
        await damages.waive(nadia, debt, 1500, "Vieille machine", key="z")
    assert (await owed(alice)).due_cents == 2500
    await agree(alice)

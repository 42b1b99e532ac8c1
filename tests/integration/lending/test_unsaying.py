"""What was said and shown of a loan goes with its names, and what the copy misses stays (L45, D1)."""

from datetime import timedelta

import pytest

from backend.audit.rules import Actor
from backend.audit.service import By
from backend.billing.rules import PayWay
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.kit.errors import Refused
from backend.lending import jobs, photos
from backend.lending import service as lend
from backend.lending.queries.checks import checks_of
from backend.lending.rules import DepositMode, DepositWay, Outcome, Period, TicketKind
from backend.lending.service import damages, deposits, paying
from backend.lending.values import Back, For
from backend.membership.queries import Member
from backend.membership.service import leave, move
from backend.privacy import erasing
from backend.privacy.rules import ErasureWay
from tests.conftest import Database
from tests.factories import add_person, open_drawer
from tests.integration.lending.test_damages import picture
from tests.integration.privacy.test_erasure import everywhere
from tests.lending import Shelf, day, mine, staff, want, whom

TUESDAY = day("2026-11-24")
WORD = "Zébuline"


@pytest.fixture
async def nadia(alice: Member) -> By:
    await open_drawer()
    return By(Actor.PERSON, await add_person("Nadia", "Comptoir"))


async def told(shelf: Shelf, alice: Member, nadia: By) -> int:
    """A loan of which everything was said that can be: its line. All of it is settled."""
    game = await shelf.resource(
        "Jeu",
        pieces=["Dé"],
        replacement_cents=9000,
        deposit_mode=DepositMode.CASH_NOTE,
        deposit_cents=3000,
    )
    made = await lend.book(mine(alice), whom(alice), [want(game, TUESDAY)])
    [line] = made.lines
    cheque = f"BNP 0042 Mme {WORD}"
    held = await deposits.take(nadia, line, DepositWay.CHEQUE, None, key="t", cheque=cheque)
    with clock.frozen(TUESDAY):
        await lend.hand_over(staff(), line)
        async with photos.kept([picture("blue")]) as seen:
            back = Back(
                outcome=Outcome.PART_MISSING,
                missing=("Dé",),
                note=f"Tombé, dit {WORD}",
                kilometres=12,
                photos=seen,
            )
            await lend.take_back(staff(), line, back)
        await deposits.release(nadia, held.deposit, None, key="r")
    debt = await damages.charge_damage(nadia, line, 400, f"{WORD} dit non", [picture()], key="a")
    await damages.waive(nadia, debt, 100, f"{WORD} est venue en parler", key="w")
    await damages.contest(By(Actor.PERSON, alice.person_id), alice.household_id, debt, WORD)
    await damages.answer(nadia, debt, f"D’accord, {WORD}", accepted=True)
    return line


SAID = {
    ("custody", "taken"),
    ("debt_contest", "answer"),
    ("debt_contest", "words"),
    ("loan_debt", "note"),
    ("loan_debt", "waived_for"),
    ("loan_deposit", "cheque"),
    ("ticket", "note"),
}


async def test_words_and_photos_go_with_the_names_of_the_loan(
    shelf: Shelf, alice: Member, nadia: By, db: Database
):
    """L45: what was borrowed is read nowhere; L40: the copy still misses what it misses."""
    line = await told(shelf, alice, nadia)
    assert await everywhere(db.owner_url, (WORD,)) >= SAID
    with clock.frozen(day("2027-05-01")):
        await jobs.forget_loans()
    assert await fetch_value("SELECT person FROM custody WHERE line = $1", line) is None
    await nothing_is_said(db, line)


async def test_words_and_photos_go_when_the_person_is_erased(
    shelf: Shelf, alice: Member, nadia: By, db: Database
):
    """D1: at once, and the pictures' bytes with them; L40: the copy still misses what it misses."""
    line = await told(shelf, alice, nadia)
    me = By(Actor.PERSON, alice.person_id)
    await erasing.erase(me, alice.person_id, ErasureWay.SELF)
    await nothing_is_said(db, line)


async def test_ticket_of_a_return_that_was_undone_or_of_a_loss_says_nothing_more(
    shelf: Shelf, alice: Member, db: Database
):
    """L45, D1: also what no return leads to any more; what the club itself planned keeps its words."""
    saw = await shelf.resource("Scie")
    given = await lend.lend_now(staff(), whom(alice), saw.code)
    with clock.travel(timedelta(minutes=5)):
        await lend.take_back(staff(), given.line, Back(outcome=Outcome.DIRTY, note=WORD))
        await lend.undo(staff(), given.line)
        await lend.lose(staff(), given.line, f"{WORD} l’a perdue")
        works = Period(day("2026-12-01"), day("2026-12-02"))
        await lend.take_out_of_use(staff(), saw.code, TicketKind.BLACKOUT, "Travaux", works)
    with clock.travel(timedelta(minutes=10)):
        await lend.find(staff(), given.line)
        await lend.inspect(staff(), given.line, Back(outcome=Outcome.NOT_WORKING, note=WORD))
    with clock.frozen(day("2027-05-01")):
        await jobs.forget_loans()
    assert not {each for each in await everywhere(db.owner_url, (WORD,)) if each[0] == "ticket"}
    notes = await fetch("SELECT note FROM ticket ORDER BY id")
    assert [row["note"] for row in notes] == [
        "L'objet est au nettoyage.",
        "L'objet est perdu.",
        "Travaux",
        "L'objet est en réparation.",
    ]


async def nothing_is_said(db: Database, line: int) -> None:
    # Letters have a time of their own.
    left = await everywhere(db.owner_url, (WORD,))
    assert not {each for each in left if each[0] not in {"message", "outbox"}}
    assert await fetch_value("SELECT count(*) FROM stored_file") == 0
    checks = await checks_of(line)
    assert checks.missing == ("Dé",)
    assert checks.taken == {"missing": ["Dé"], "kilometres": 12, "charge": None}


async def test_what_those_who_stay_still_owe_keeps_its_words(
    shelf: Shelf, alice: Member, bob: Member, nadia: By
):
    """D1, L35: it can be looked at and contested until it is settled; then it goes like any other."""
    await move(nadia, bob.person_id, bob.household_id, alice.household_id)
    drill = await shelf.resource(replacement_cents=9000)
    given = await lend.lend_now(staff(), For(alice.household_id, bob.person_id), drill.code)
    await lend.take_back(staff(), given.line, Back(outcome=Outcome.DAMAGED, note="Mandrin"))
    await damages.charge_damage(nadia, given.line, 400, "Mandrin cassé", key="a")
    with clock.frozen(day("2026-11-25", 10)):
        await leave(nadia, alice.household_id, bob.person_id)
        await erasing.erase(nadia, bob.person_id, ErasureWay.DESK)
    assert await fetch_value("SELECT note FROM loan_debt") == "Mandrin cassé"
    await paying.take_payment(nadia, alice.household_id, 400, PayWay.CASH, None, key="p")
    with clock.frozen(day("2027-05-01")):
        await jobs.forget_loans()
    assert await fetch_value("SELECT note FROM loan_debt") == ""


async def test_picture_of_a_gesture_stays_when_the_same_is_sent_with_a_refused_one(
    shelf: Shelf, alice: Member
):
    """L30: bytes are kept once, so that they go only with the last gesture that shows them."""
    drill = await shelf.resource()
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    async with photos.kept([picture()]) as seen:
        await lend.take_back(staff(), given.line, Back(photos=seen))
    with pytest.raises(Refused):
        async with photos.kept([picture()]):
            raise Refused
    assert (await photos.get_photo(given.line, seen[0])).content
    assert len(await fetch("SELECT 1 FROM stored_file")) == 1

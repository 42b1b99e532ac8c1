"""What coming back late costs is said before it does: on the loan's page, and with each reminder (L35)."""

import httpx
import pytest

from backend.kit import clock
from backend.kit.database import transaction
from backend.lending import service as lend
from backend.lending.service import reminding
from backend.membership.queries import Member
from backend.people import service as people
from backend.people.rules import Channel, Medium
from backend.settings import Settings
from tests import sign_in
from tests.integration.lending.test_messages import say_no
from tests.integration.lending.test_money_pages import Browser
from tests.lending import Lent, Shelf, day, mine, staff, want, whom
from tests.letterbox import Letterbox

TUESDAY, SATURDAY = day("2026-11-24"), day("2026-12-05", 12)
SUM = "1,00"
FEES = {"longest_length": 14, "fee_day_cents": 50, "grace_days": 1, "replacement_cents": 4000}
DAY = "En retard, chaque jour d’ouverture coûte"


async def lent(member: Member, *things: Lent) -> str:
    wants = [want(one, TUESDAY, SATURDAY) for one in things]
    made = await lend.book(mine(member), whom(member), wants)
    with clock.frozen(TUESDAY):
        for line in made.lines:
            await lend.hand_over(staff(), line)
    return made.booking


@pytest.mark.parametrize(
    ("said", "shown"),
    [(FEES, True), ({"longest_length": 14}, False), ({**FEES, "replacement_cents": None}, False)],
)
async def test_page_of_a_loan_says_what_a_late_return_costs(
    client: httpx.AsyncClient,
    settings: Settings,
    shelf: Shelf,
    alice: Member,
    said: dict[str, object],
    shown: bool,
):
    """L35: a day, what is free, and the most; nothing where fees are off, or end nowhere."""
    booking = await lent(alice, await shelf.resource(**said))
    with clock.frozen(TUESDAY):
        await sign_in.as_tenant(client, settings, alice.person_id)
        page = (await Browser(client, settings).get(f"/reserver/reservations/{booking}")).text
    for words in (f"{DAY} 0,50", "Le premier jour ne coûte rien.", "Au plus 40,00"):
        assert (words in page) is shown


@pytest.mark.parametrize("fees", [FEES, {"longest_length": 14}])
@pytest.mark.parametrize("medium", [Medium.EMAIL, Medium.SMS])
async def test_reminders_say_what_a_day_late_costs(
    shelf: Shelf, alice: Member, medium: Medium, fees: dict[str, object]
):
    """L35, L36: for all that they name; nothing where nobody pays for being late."""
    box = Letterbox()
    if medium is Medium.SMS:
        async with transaction():
            await people.add_contact(alice.person_id, Channel.SMS, "+33612345678", verified=True)
        await say_no(alice, Medium.EMAIL)
    await lent(alice, *[await shelf.resource(name, **fees) for name in ("Perceuse", "Scie")])
    await box.drain()
    said = await reminders(box)
    assert [SUM in text for text in said] == [fees is FEES] * 2, said


async def reminders(box: Letterbox) -> list[str]:
    """On the day it is due, and when it is late."""
    said = []
    for on in ("2026-12-05", "2026-12-08"):
        with clock.frozen(day(on, 10)):
            await reminding.remind()
            await box.drain()
            said += [one.text for one in box.came]
    return said

"""The scan loop without JavaScript: each scan a form, each answer a page that says what to do."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock, codes
from backend.kit.codes import PaperCard, Unit, text_of
from backend.kit.codes.layouts import misread
from backend.kit.database import fetch, fetch_value
from backend.lending import service as lend
from backend.lending.rules import DepositMode, SlotMode
from backend.lending.service.scanning import JUST_NOW
from backend.membership import queries as cards
from backend.membership import service as membership
from backend.membership.queries import Member
from backend.membership.rules import CardKind
from tests import factories, lending, sign_in
from tests.integration.desk.conftest import Counter, unpacked, words
from tests.lending import Lent, Shelf, day, mine, staff, want, whom

NOW = day("2026-11-21", 10)
LATER = day("2026-11-24", 12)
pytestmark = pytest.mark.usefixtures("saturday")


@pytest.fixture
async def saturday(db: object) -> AsyncIterator[None]:
    with clock.frozen(NOW):
        yield


@pytest.fixture
async def shelf(saturday: None) -> Shelf:
    return await lending.add_shelf()


@pytest.fixture
async def alice(saturday: None) -> Member:
    return await factories.add_member("Alice", "Martin", "alice@example.org")


@pytest.fixture
async def bob(saturday: None) -> Member:
    return await factories.add_member("Bob", "Petit", "bob@example.org")


async def scan(desk: Counter, text: str, who: Member | None = None, **said: str) -> str:
    """What the answer says, whatever its status."""
    form = {"guichet": "1", "qui": who.person_public_id if who else "", **said}
    return words((await desk.send("/comptoir/scan", code=text, **form)).text)


def label(lent: Lent) -> str:
    return text_of(Unit(lent.code))


async def ready(lent: Lent, member: Member) -> int:
    made = await lend.book(mine(member), whom(member), [want(lent, NOW, LATER)])
    await lend.prepare(staff(), made.lines[0])
    return made.lines[0]


async def state(line: int) -> str:
    found: str = await fetch_value("SELECT state FROM booking_line WHERE id = $1", line)
    return found


async def test_card_opens_the_household_with_all_its_lines_ticked(
    desk: Counter, shelf: Shelf, alice: Member
):
    """L27: what lies ready and what they have; without any business the card opens the file."""
    card = await membership.make_paper_card(SYSTEM, alice.person_id)
    text = text_of(PaperCard(card.token))
    assert await desk.done("/comptoir/scan", code=text) == (
        f"/comptoir/personnes/{alice.person_public_id}?par=carte"
    )
    drill, saw = await shelf.resource(), await shelf.resource("Scie")
    line = await ready(drill, alice)
    given = await lend.lend_now(staff(), whom(alice), saw.code)
    to = await desk.done("/comptoir/scan", code=text)
    assert to == f"/comptoir/guichet?qui={alice.person_public_id}&par=carte"
    page = (await desk.browser.get(to)).text
    assert page.count("checked") == 2
    for value in (line, given.line):
        assert f'value="{value}"' in page
    answer = await desk.send("/comptoir/guichet/gestes", geste="remise", key="k", ligne=str(line))
    assert "Remis" in words(answer.text)
    assert (await state(line), await state(given.line)) == ("checked_out", "checked_out")


async def test_labels_go_out_and_come_back_in_colour_and_words(
    desk: Counter, shelf: Shelf, alice: Member
):
    """L27, L28, L29: a booking is handed over, a free thing lent, what is out taken back."""
    drill, saw = await shelf.resource(), await shelf.resource("Scie")
    await ready(drill, alice)
    said = await scan(desk, label(drill), alice)
    assert "Remis : Perceuse" in said
    assert "À rendre le 24 novembre 2026 à 18:00." in said
    assert "Prêté : Scie" in await scan(desk, label(saw), alice)
    assert "Déjà fait : Scie" in await scan(desk, label(saw), alice)
    with clock.travel(JUST_NOW + timedelta(seconds=1)):
        back = await desk.send("/comptoir/scan", code=label(saw))
        assert back.status_code == 200
        assert "Repris : Scie" in words(back.text)
        assert 'data-signal="yes"' in back.text
    assert await fetch_value("SELECT count(*) FROM custody WHERE in_at IS NULL") == 1


async def test_wrong_labels_are_refused_in_words_beside_the_household(
    desk: Counter, shelf: Shelf, alice: Member, bob: Member
):
    """L28: unknown, retired, kept for another; V40: a garbled label is undone, another one named."""
    drill, old = await shelf.resource(), await shelf.resource("Vieux")
    await lend.retire_unit(staff(), old.code, "Usé")
    await ready(drill, bob)
    unknown = await scan(desk, f"PL1U{codes.draw_code()}", alice)
    assert "Refusé" in unknown
    assert "Alice Martin" in unknown
    assert "Cet exemplaire n'est plus prêté." in await scan(desk, label(old), alice)
    kept = await desk.send(
        "/comptoir/scan", code=label(drill), guichet="1", qui=alice.person_public_id
    )
    assert kept.status_code == 409
    assert "préparé pour Bob P." in words(kept.text)
    assert "quand_meme" in kept.text
    garbled = misread(label(drill), frozenset())
    assert "Préparé : Perceuse Pour : Bob P." in await scan(desk, garbled)
    assert "Réglez le lecteur en français" in await scan(desk, misread("PL1U", frozenset()) + "ééé")


async def test_limit_is_passed_with_a_reason_that_is_kept(
    desk: Counter, shelf: Shelf, alice: Member
):
    """L22, L28: the refusal names it, the clerk says why."""
    drill = await shelf.resource(household_loans=0)
    said = await desk.send(
        "/comptoir/scan", code=label(drill), guichet="1", qui=alice.person_public_id
    )
    assert (said.status_code, "Pourquoi" in said.text) == (409, True)
    assert "Prêté" in await scan(desk, label(drill), alice, raison="Accord du responsable")
    reason = "SELECT facts ->> 'reason' FROM audit_entry WHERE verb = 'lending.override'"
    assert await fetch_value(reason) == "Accord du responsable"


async def test_gesture_is_taken_back_from_the_list(desk: Counter, shelf: Shelf, alice: Member):
    """L31: what I did stands beside me for 15 minutes, each with its way back."""
    drill = await shelf.resource()
    await scan(desk, label(drill), alice)
    page = await desk.open("/comptoir/guichet")
    assert "remis à Alice M." in page
    line = await fetch_value("SELECT id FROM booking_line")
    to = await desk.done("/comptoir/guichet/annulation", ligne=line, key="u1")
    assert to == "/comptoir/guichet?fait=geste-annule"
    assert await state(line) == "cancelled_by_staff"
    assert "geste annulé" in await desk.open("/comptoir/guichet")
    with clock.travel(timedelta(minutes=16)):
        assert "Rien pour le moment." in await desk.open("/comptoir/guichet")


async def test_damage_is_said_after_the_scan(desk: Counter, shelf: Shelf, alice: Member):
    """L31: the gesture is taken back, and the page asks how it came back."""
    drill = await shelf.resource()
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    with clock.travel(timedelta(minutes=3)):
        assert "Il y a un problème" in await scan(desk, label(drill))
        to = await desk.done("/comptoir/guichet/annulation", ligne=given.line, key="u2", suite="1")
        assert to == f"/comptoir/prets/{given.line}?fait=geste-annule"
        assert "Comment est l’objet ?" in await desk.open(to)


async def test_day_ends_with_a_slip_on_paper_or_by_mail(desk: Counter, shelf: Shelf, alice: Member):
    """L27: what was taken with its day, what was brought, what is still there."""
    drill, saw = await shelf.resource(), await shelf.resource("Scie")
    await lend.lend_now(staff(), whom(alice), drill.code)
    given = await lend.lend_now(staff(), whom(alice), saw.code)
    await lend.take_back(staff(), given.line)
    at = f"/comptoir/guichet/{alice.person_public_id}"
    page = await desk.open(f"{at}/fin")
    assert "Pris aujourd’hui 1 Perceuse" in page
    assert "Rendu aujourd’hui 1 Scie" in page
    assert b"/Title" in unpacked(await desk.paper(f"{at}/bordereau"))
    for _ in range(2):
        assert "bordereau-envoye" in await desk.done(f"{at}/message", key="m")
    sent = await fetch("SELECT person FROM message WHERE kind = 'lending.slip'")
    assert [row["person"] for row in sent] == [alice.person_id]


async def test_thing_without_a_label_is_found_by_name_and_lent(
    desk: Counter, shelf: Shelf, alice: Member, bob: Member
):
    """L29: only what lies on its shelf; until the day that was asked for."""
    drill, out = await shelf.resource(), await shelf.resource("Perceuse sans fil")
    await lend.lend_now(staff(), whom(bob), out.code)
    at = f"/comptoir/guichet/{alice.person_public_id}/sans-etiquette"
    page = (await desk.browser.get(f"{at}?q=perceuse")).text
    assert drill.code in page
    assert out.code not in page
    assert "Jusqu’au" in await desk.open(f"{at}?exemplaire={drill.code}")
    await desk.done(at, exemplaire=drill.code, key="w", jour="2026-11-25")
    due = await fetch_value(
        "SELECT upper(l.during) FROM booking_line l JOIN unit u ON u.id = l.unit WHERE u.code = $1",
        drill.code,
    )
    assert due == day("2026-11-25", 18)
    refused = await desk.send(at, exemplaire=drill.code, key="w2")
    assert "Cet exemplaire est encore chez Alice M." in words(refused.text)


async def test_many_are_taken_back_each_for_itself(
    desk: Counter, shelf: Shelf, alice: Member, bob: Member
):
    """L11: one that is refused stops no other, and is named."""
    drill, car = await shelf.resource(), await shelf.resource("Scie")
    lines = [(await lend.lend_now(staff(), whom(alice), lent.code)).line for lent in (drill, car)]
    await lend.take_back(staff(), lines[0])
    answer = await desk.send(
        "/comptoir/guichet/gestes",
        geste="retour",
        key="t",
        qui=alice.person_public_id,
        ligne=[str(line) for line in lines],
    )
    assert "À revoir" in words(answer.text)
    assert [await state(line) for line in lines] == ["closed", "closed"]


async def test_money_of_a_loan_is_said_where_it_is_due(
    desk: Counter, shelf: Shelf, alice: Member
) -> None:
    """L34, L35: a deposit before the thing goes, a late day as it comes back, each with its way on."""
    drill = await shelf.resource(deposit_mode=DepositMode.CASH_NOTE, deposit_cents=5000)
    refused = await desk.send(
        "/comptoir/scan", code=label(drill), guichet="1", qui=alice.person_public_id
    )
    assert "Il faut d'abord la caution." in words(refused.text)
    at = f"/comptoir/guichet/{alice.person_public_id}/reservation"
    to = await desk.done(at, key="r", code=label(drill))
    line = await fetch_value("SELECT id FROM booking_line WHERE state = 'confirmed'")
    assert to == f"/comptoir/prets/{line}/argent?fait=pret-accorde"
    saw = await shelf.resource("Scie", fee_day_cents=100, replacement_cents=4000)
    await scan(desk, label(saw), alice)
    with clock.travel(timedelta(days=7)):
        await sign_in.as_staff(desk.browser, desk.settings, desk.person_id)
        said = await scan(desk, label(saw), alice)
    assert "En retard : c’était le" in said
    assert "À payer pour des prêts :" in said


async def test_thing_of_the_hour_that_asks_for_a_deposit_is_booked_from_the_next_mark(
    desk: Counter, shelf: Shelf, alice: Member
) -> None:
    """L34, L39: at seven minutes past too."""
    room = await shelf.resource(
        slot_mode=SlotMode.HOURS,
        longest_length=600,
        usual_length=60,
        deposit_mode=DepositMode.CASH_NOTE,
        deposit_cents=5000,
    )
    at = f"/comptoir/guichet/{alice.person_public_id}/reservation"
    with clock.travel(timedelta(minutes=7)):
        mark = clock.now() + timedelta(minutes=53)
        to = await desk.done(at, key="r", code=label(room))
    assert to.endswith("pret-accorde")
    assert await fetch_value("SELECT lower(during) FROM booking_line") == mark


async def test_old_code_of_a_phone_is_said_also_where_the_panel_alone_is_asked_for(
    desk: Counter, shelf: Shelf, alice: Member
) -> None:
    """M7, L28: a photo of an earlier screen is never taken silently."""
    held = await cards.card_of(alice.person_id, CardKind.PHONE)
    assert held is not None
    text = codes.show_card(held.card_public_id, held.secret, clock.now())
    with clock.travel(timedelta(minutes=5)):
        to = await desk.done("/comptoir/scan", code=text, guichet="1")
        panel = (await desk.browser.get(to, headers={"HX-Request": "true"})).text
    assert "Vérifiez l&#39;identité" in panel
    assert 'data-signal="mind"' in panel
    assert "<html" not in panel

"""A person's file: what it shows, what is changed in it, and the traces that stay (D6)."""

from datetime import timedelta
from typing import Any

import pytest

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.billing import queries as billing
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value
from backend.lending.errors import CalendarUnknown
from backend.lending.feeds import About
from backend.lending.queries import calendars as feeds
from backend.lending.service import calendars
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.rules import Status
from backend.vouchers import service as vouchers
from tests.factories import add_household, add_market, add_member
from tests.integration.desk.conftest import Counter, words
from tests.integration.statements import statements

TABS = ["", "/bons", "/paiements", "/foyer", "/journal"]


async def whole(desk: Counter) -> tuple[str, Any]:
    """A household with everything in it."""
    alice, market = await add_member("Alice", "Martin", "alice@example.org"), await add_market()
    await membership.add_adult(SYSTEM, alice.household_id, "Bob", "Martin")
    await membership.add_child(SYSTEM, alice.household_id, "Lou", "Martin")
    await vouchers.claim(alice, market.offer.public_id, SYSTEM)
    return f"/comptoir/personnes/{alice.person_public_id}", alice


async def test_file_shows_household_standing_and_what_is_open(desk: Counter):
    at, alice = await whole(desk)
    page = await desk.open(at)
    assert f"{alice.household_public_id} , foyer de 3" in page
    assert "À jour jusqu’au" in page
    assert "10 % sur le pain" in page
    assert "alice@example.org" in page
    assert "Vous agissez pour Alice." in page
    people = await desk.open(f"{at}/foyer")
    assert "Bob Martin" in people
    assert "Lou Martin Enfant" in people
    assert "Cotisation de 12 mois, du" in await desk.open(f"{at}/paiements")


@pytest.mark.parametrize("tab", TABS)
async def test_page_of_a_file_asks_little_of_the_database(desk: Counter, tab):
    """PERF6: at most 6 statements a page; opening a file adds its one line to the record."""
    at, _ = await whole(desk)
    await desk.open(at)
    async with statements() as said:
        await desk.open(f"{at}{tab}")
    assert len(said) <= 6, [each[:60] for each in said]


@pytest.mark.parametrize(
    "path", ["/comptoir", "/comptoir/personnes?q=alice", "/comptoir/adhesions/nouvelle?q=rue"]
)
async def test_page_of_the_counter_asks_little_of_the_database(desk: Counter, path):
    """PERF6: at most 6 statements a page."""
    await whole(desk)
    async with statements() as said:
        await desk.open(path)
    assert len(said) <= 6, [each[:60] for each in said]


async def test_every_look_at_a_file_is_in_the_record(desk: Counter, manager: Counter, odette):
    """Who looked, at whom, when; going from page to page is one look."""
    for who in (desk, manager):
        for tab in TABS:
            await who.open(f"/comptoir/personnes/{odette.person_public_id}{tab}")
    rows = await fetch("SELECT actor_id, subject_id FROM audit_entry WHERE verb = 'file.view'")
    assert {(row["actor_id"], row["subject_id"]) for row in rows} == {
        (desk.person_id, odette.person_id),
        (manager.person_id, odette.person_id),
    }
    assert len(rows) == 2
    with clock.travel(timedelta(minutes=11)):
        await desk.open(f"/comptoir/personnes/{odette.person_public_id}")
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE verb = 'file.view'") == 3
    journal = await desk.open(f"/comptoir/personnes/{odette.person_public_id}/journal")
    assert "file.view" not in journal


async def test_member_is_told_what_staff_did_for_them(desk: Counter):
    """D6: both names in the record, and a message to who has an address."""
    alice, market = await add_member("Alice", "Martin", "alice@example.org"), await add_market()
    at = f"/comptoir/personnes/{alice.person_public_id}"
    await desk.done(f"{at}/bons/nouveau", offer=market.offer.public_id, key="a")
    await desk.paper(f"{at}/carte")
    rows = await fetch(
        "SELECT payload ->> 'text' AS text FROM outbox WHERE key LIKE 'desk.act:%' ORDER BY id"
    )
    assert ["Bon pris\xa0: 10 % sur le pain." in row["text"] for row in rows] == [True, False]
    assert "Votre carte papier est imprimée." in rows[1]["text"]
    acts = await fetch("SELECT verb, actor_id, subject_id FROM audit_entry WHERE actor = 'person'")
    done = {row["verb"] for row in acts if row["actor_id"] == desk.person_id}
    assert {"voucher.claim", "paper_card_made"} <= done
    assert all(
        row["subject_id"] == alice.person_id for row in acts if row["actor_id"] == desk.person_id
    )
    journal = await desk.open(f"{at}/journal")
    assert "Bon pris, 10 % sur le pain Nadia Comptoir" in journal


async def test_paper_takes_the_place_of_messages_when_there_is_no_address(desk: Counter, odette):
    """D6, M6: what was done waits to be printed, is shown on the day, and is ticked off once given."""
    at = f"/comptoir/personnes/{odette.person_public_id}"
    await desk.done(f"{at}/cotisation", months="12", way="cash", key="a")
    await desk.paper(f"{at}/carte")
    assert "À remettre sur papier : 2." in await desk.open(at)
    assert "Odette Leroy Papier à remettre" in await desk.open("/comptoir")
    await desk.paper(f"{at}/suivi")
    assert "À remettre sur papier" not in await desk.open(at)
    assert "Papier à remettre" not in await desk.open("/comptoir")
    assert (await desk.send(f"{at}/suivi")).status_code == 404
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE verb = 'trace.print'") == 1


async def test_every_address_is_told_when_one_changes(desk: Counter):
    """SEC2's sense at the counter: whoever takes an address over cannot hide it from the others."""
    alice = await add_member("Alice", "Martin", "alice@example.org")
    at = f"/comptoir/personnes/{alice.person_public_id}/adresses"
    assert "Confirmée" in await desk.open(at)
    await desk.done(at, address="06 12 34 56 78")
    assert "06 12 34 56 78 À confirmer" in await desk.open(at)
    told = "SELECT count(*) FROM outbox WHERE key LIKE 'desk.act:%'"
    assert await fetch_value(told) == 1
    mine = "SELECT public_id FROM contact_point WHERE person = $1 AND ended_at IS NULL"
    mail = await fetch_value(f"{mine} AND channel = 'email'", alice.person_id)
    await desk.done(f"{at}/fin", contact=mail)
    assert await fetch_value(told) == 3
    answer = await desk.send(at, address="nulle part")
    assert answer.status_code == 422
    assert "Cette adresse ou ce numéro n'est pas juste." in words(answer.text)
    last = await fetch_value(mine, alice.person_id)
    await desk.done(f"{at}/fin", contact=last)
    assert "tout se fait sur papier" in await desk.open(at)
    assert (await desk.send(f"{at}/fin", contact=last)).status_code == 404


async def test_calendar_of_a_member_is_closed_by_the_house(desk: Counter):
    """L42: who cannot come in has it closed at the counter; it is told, and on record."""
    alice = await add_member("Alice", "Martin", "alice@example.org")
    at = f"/comptoir/personnes/{alice.person_public_id}/adresses"
    assert "Calendrier de ses réservations" not in await desk.open(at)
    me = By(Actor.PERSON, alice.person_id)
    secret = await calendars.open_feed(me, About.PERSON, alice.person_public_id)
    assert "Calendrier de ses réservations" in await desk.open(at)
    await desk.done(f"{at}/fin", calendar="true")
    with pytest.raises(CalendarUnknown):
        await feeds.read(secret, "club.example")
    assert "Calendrier de ses réservations" not in await desk.open(at)
    said = "SELECT payload ->> 'text' FROM outbox WHERE key LIKE 'desk.act:%'"
    assert "calendrier est fermée" in await fetch_value(said)
    kept = "SELECT subject_id FROM audit_entry WHERE verb = 'lending.feed.end'"
    assert await fetch_value(kept) == alice.person_id


async def test_name_is_corrected_and_found_again(desk: Counter, odette):
    at = f"/comptoir/personnes/{odette.person_public_id}/nom"
    await desk.done(at, given_name="Odéttë", family_name="Leroi")
    assert "Odéttë Leroi" in await desk.open("/comptoir/personnes?q=odette+leroi")
    answer = await desk.send(at, given_name="x" * 101, family_name="Leroi")
    assert answer.status_code == 422


async def test_adult_and_child_are_added_to_the_household(desk: Counter, odette):
    """M5: named adults and children, each with their own file."""
    at = f"/comptoir/personnes/{odette.person_public_id}/foyer"
    await desk.done(f"{at}/adulte", given_name="Paul", family_name="Leroy")
    await desk.done(f"{at}/enfant", given_name="Lou", family_name="Leroy", born_on="2018-05-04")
    household = await queries.household(odette.household_public_id)
    assert [one.name for one in household.adults] == ["Odette Leroy", "Paul Leroy"]
    page = await desk.open(at)
    assert "Lou Leroy Enfant naissance : 4 mai 2018" in page
    for form in ("adulte", "enfant"):
        assert (await desk.browser.get(f"{at}/{form}")).status_code == 200
        assert (await desk.send(f"{at}/{form}")).status_code == 422


async def test_somebody_moves_to_another_household(desk: Counter, odette):
    """M5, D6: staff move a person by the number on the other household's card."""
    at = f"/comptoir/personnes/{odette.person_public_id}/foyer"
    other = await add_household("Paul", "Roux")
    refused = await desk.send(f"{at}/changer", household="XXX-0000")
    assert refused.status_code == 422
    assert "Aucun foyer n'a ce numéro." in words(refused.text)
    assert "Changer de foyer" in await desk.open(f"{at}/changer")
    await desk.done(f"{at}/changer", household=other.household_public_id.lower())
    household = await queries.household(other.household_public_id)
    assert [one.name for one in household.adults] == ["Paul Roux", "Odette Leroy"]


async def test_dues_are_taken_back_by_a_manager(desk: Counter, manager: Counter, odette):
    """M9, B8: the money goes back in the journal, the days count no more, the receipt stays."""
    at = f"/comptoir/personnes/{odette.person_public_id}"
    await desk.done(f"{at}/cotisation", months="12", way="cash", key="a")
    member = await queries.find_member(odette.person_id)
    assert member is not None
    receipt = (await billing.receipts_of(member.payer_id))[0]
    undo = f"{at}/paiements/{receipt.order_public_id}/annulation"
    assert undo not in (await desk.browser.get(f"{at}/paiements")).text
    assert undo in (await manager.browser.get(f"{at}/paiements")).text
    assert "Vous rendez 60,00" in await manager.open(undo)
    await manager.done(undo, reason="erreur de personne")
    again = await queries.find_member(odette.person_id)
    assert again is not None
    assert again.status() is Status.PROSPECT
    sums = await fetch(
        "SELECT account, sum(debit_cents - credit_cents)::bigint AS sum FROM journal_line"
        " GROUP BY account"
    )
    assert {row["sum"] for row in sums} == {0}
    credit, kept = await billing.receipts_of(member.payer_id)
    assert kept.said == receipt.said
    assert (credit.said[:3], credit.credit, credit.amount_cents) == ("AC-", True, 6000)
    assert "Rendue" in await manager.open(f"{at}/paiements")
    answer = await manager.send(undo, reason="encore")
    assert answer.status_code == 409
    assert "Cette cotisation est déjà annulée." in words(answer.text)
    await desk.done(f"{at}/cotisation", months="1", way="cash", key="b")


async def test_dues_of_another_household_are_unknown_in_this_file(manager: Counter, odette):
    """SEC11: an order is taken back in its own file only."""
    alice = await add_member()
    order = (await billing.receipts_of(alice.payer_id))[0].order_public_id
    undo = f"/comptoir/personnes/{odette.person_public_id}/paiements/{order}/annulation"
    assert (await manager.browser.get(undo)).status_code == 404
    assert (await manager.send(undo, reason="x")).status_code == 404
    assert (await manager.send(undo.replace(order, codes.random_id()))).status_code == 404

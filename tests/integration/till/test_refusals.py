"""What a cashier hears instead of yes: each reason whole, with a way on."""

from datetime import timedelta

import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import fetch
from backend.kit.errors import Busy, Unavailable, all_errors
from backend.merchants import service as merchants
from backend.offers import service as offers
from backend.places import service as places
from backend.places.service import ClubWish
from backend.vouchers import queries, service
from backend.vouchers.errors import REASONS, Heard
from partners.till import refusals
from tests import factories
from tests.typography import as_typed


async def test_first_use_is_told_when_the_voucher_was_used_before(counter, voucher, use):
    """V6, V14: when and where, what to do, who; red, announced at once."""
    await use(voucher.code)
    await counter.type(voucher.code)
    assert counter.answer.status_code == 409
    assert (counter.headline, counter.body) == ("Déjà utilisé", "verdict no")
    assert "Aujourd’hui à " in counter.words
    assert "Boulangerie Petit" in counter.words
    assert "Que faire ?" in counter.words
    assert "Alice M." in counter.words
    assert 'role="alert"' in counter.text


async def test_cashier_is_calmed_when_the_same_till_just_did_it(counter, voucher):
    """V14: "vous venez de valider", never "already used", with the undo at hand."""
    await counter.type(voucher.code)
    await counter.confirm()
    await counter.type(voucher.code)
    assert (counter.headline, counter.body) == ("Déjà validé", "verdict mind")
    assert "Vous venez de valider ce bon." in counter.words
    await counter.open(counter.link("annulation"))
    assert counter.headline == "Pourquoi annuler ?"


async def test_other_till_is_told_to_wait_when_a_till_holds_the_voucher(counter, market, voucher):
    """V13, V14: held_elsewhere, with one button to ask again under a new key."""
    other = await factories.add_till(market.shop.id, "Caisse 2")
    await service.look(service.Scan(code=voucher.code, key="k", till=other.caller))
    await counter.type(voucher.code)
    assert (counter.headline, counter.body) == ("Attendez", "verdict mind")
    await fetch("UPDATE voucher SET held_until = $1", clock.now() - timedelta(seconds=1))
    await counter.send("/caisse")
    assert counter.headline == "Vérifiez, puis validez"


async def test_code_stays_typed_when_it_has_a_slip(counter, voucher):
    """V18, V14: invalid_request; what was typed stays in the field to be mended."""
    wrong = ("A" if voucher.code[0] != "A" else "B") + voucher.code[1:]
    await counter.type(wrong)
    assert counter.answer.status_code == 422
    assert counter.headline == "Relisez le code"
    assert f'value="{wrong}"' in counter.text
    assert "Il y a une faute de frappe dans ce code." in counter.words
    await counter.send("/caisse", code=voucher.code)
    assert counter.headline == "Vérifiez, puis validez"


async def test_scanner_layout_is_named_when_it_cannot_be_undone(counter):
    """V40: a scanner on another layout is named, with what to set."""
    await counter.type("é&àç(-è_çàé&")
    assert "Réglez le lecteur en français" in counter.words


async def test_scanner_on_another_layout_is_undone_when_the_code_proves_it(counter, voucher):
    """V40: a lower-case payload of a Caps Lock scanner is read all the same."""
    await counter.type(voucher.payload.swapcase())
    assert counter.headline == "Vérifiez, puis validez"


async def test_foreign_code_is_unknown_when_it_is_of_another_partner(client, counter, alice):
    """V15: a device without a right to an offer learns nothing about it."""
    other = await factories.add_market("Fleurs du Port")
    code = await service.claim(alice, other.offer.public_id, SYSTEM)
    await counter.type(code)
    assert counter.headline == "Inconnu"
    assert "Alice" not in counter.text
    assert "Fleurs" not in counter.text


async def test_paused_offer_waits_when_its_voucher_is_shown(counter, market, voucher):
    """V14: offer_paused names its next step."""
    await offers.pause(SYSTEM, market.offer.id)
    await counter.type(voucher.code)
    assert counter.headline == "En pause"
    assert "Le bon servira à nouveau" in counter.words


async def test_guesser_is_slowed_when_codes_keep_failing(counter, voucher):
    """V19: after ten wrong codes a minute the right one waits too; the same form asks again."""
    with clock.frozen(clock.now()):
        for _ in range(10):
            await counter.type("7KQ2M0XDWB5S")
        await counter.type(voucher.code)
    assert counter.answer.status_code == 429
    assert (counter.headline, counter.body) == ("Attendez", "verdict mind")
    assert "Réessayer" in counter.words


@pytest.mark.parametrize("reason", sorted(REASONS))
async def test_reason_shows_whole_when_a_till_hears_it(reason, client, counter, monkeypatch):
    """V14, UX5: colour, sign, words and what to do, for each of the closed list."""
    refusal = _made(reason)

    async def refuse(_):
        raise refusal

    monkeypatch.setattr(service, "look", refuse)
    await counter.type("7KQ2M0XDWB5S")
    showing = refusals.showing_of(refusal)
    assert counter.answer.status_code == refusal.status
    assert counter.headline == showing.headline
    assert counter.body == f"verdict {showing.tone}"
    assert f'data-signal="{showing.sound}"' in counter.text
    assert '<svg class="i sign' in counter.text
    assert "Que faire ?" in counter.words
    assert as_typed(refusal.advice()) in counter.words


def _made(reason: str):
    """The refusal of this reason, with the facts its sentence wants."""
    facts = {"at": clock.now(), "shop": "Fleurs", "channel": "scan", "by_you": False, "choices": []}
    times = {"until": clock.now(), "since": clock.today(), "held_until": clock.now()}
    kind = next(error for error in all_errors() if error.slug == reason)
    if issubclass(kind, Busy):
        return kind(30)
    return kind(**facts, **times) if issubclass(kind, Heard) else kind()


async def test_same_key_asks_again_when_the_service_did_not_answer(counter, voucher, monkeypatch):
    """V7, V9: temporary_error is never kept, so the whole request waits behind one button."""
    await counter.type(voucher.code)
    redeem = service.redeem

    async def fail(_):
        raise Unavailable

    monkeypatch.setattr(service, "redeem", fail)
    await counter.confirm(price="12")
    assert (counter.answer.status_code, counter.headline) == (503, "Réessayez")
    monkeypatch.setattr(service, "redeem", redeem)
    await counter.send("/caisse/aujourdhui")
    assert counter.headline == "Validé"
    assert "10,80\u00a0€" in counter.words


async def test_use_is_undone_when_a_reason_is_given(counter, voucher):
    """V32: by the same shop within 15 minutes, one tap on the reason; the voucher is open again."""
    await counter.type(voucher.code)
    await counter.confirm()
    path = counter.link("annulation")
    await counter.open(path)
    await counter.send(path, reason="Erreur de prix")
    assert (counter.headline, counter.body) == ("Annulé", "verdict mind")
    assert (await queries.find_voucher(voucher.code)).life == "issued"
    await counter.open("/caisse/aujourdhui")
    assert "Annulé" in counter.words
    assert "Aucun bon ne compte encore" in counter.words


async def test_undo_is_refused_when_15_minutes_have_passed(counter, voucher, monkeypatch):
    """V32: undo_too_late; the page offers no reason any more, and the form is refused."""
    await counter.type(voucher.code)
    await counter.confirm()
    path = counter.link("annulation")
    await counter.open(path)
    form = counter.answer
    late = clock.now() + timedelta(minutes=15)
    monkeypatch.setattr(clock, "now", lambda: late)
    await counter.open(path)
    assert "Il est trop tard pour annuler ici." in counter.words
    counter.answer = form
    await counter.send(path, reason="Erreur de prix")
    assert counter.headline == "Trop tard"


@pytest.mark.parametrize("reason", ["ok", "a" * 201])
async def test_undo_asks_again_when_its_reason_says_nothing_or_too_much(counter, voucher, reason):
    """V32: the till page and the API hold a reason to the same length."""
    await counter.type(voucher.code)
    await counter.confirm()
    path = counter.link("annulation")
    await counter.open(path)
    await counter.send(path, reason=reason)
    assert counter.answer.status_code == 422
    assert (await queries.find_voucher(voucher.code)).life == "redeemed"


async def test_undo_says_so_when_it_was_done_already(counter, voucher):
    """V32: already_reversed."""
    await counter.type(voucher.code)
    await counter.confirm()
    path = counter.link("annulation")
    form = (await counter.open(path), counter.answer)[1]
    await counter.send(path, reason="Erreur de prix")
    counter.answer = form
    await counter.open(path)
    assert "C’est déjà annulé." in counter.words


async def test_club_can_be_called_when_nothing_else_helps(counter, market, voucher):
    """V14, UX5: a refusal that the cashier cannot mend gives the club's number."""
    wish = ClubWish(
        name="Le Club de l'Orme",
        short_name="L'Orme",
        street="1 rue de l'Orme",
        postcode="80000",
        town="Amiens",
        email="club@example.org",
        phone="03 22 00 00 00",
    )
    await places.save_club(wish, SYSTEM)
    await merchants.close_partner(SYSTEM, market.partner.id)
    await counter.type(voucher.code)
    assert 'href="tel:' in counter.text
    assert "Appeler le club" in counter.words

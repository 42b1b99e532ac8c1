"""Why a till hears no: each reason reached, and told so that a cashier knows what to do."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from asyncpg import CheckViolationError

from backend.audit.service import SYSTEM
from backend.http import callers
from backend.kit import clock, codes
from backend.kit.codes import SigningKeys
from backend.kit.database import fetch, fetch_value
from backend.kit.errors import DomainError, all_errors
from backend.membership import queries as membership
from backend.membership.queries import Member
from backend.merchants import service as merchants
from backend.offers import service as offers
from backend.offers.errors import QuotaReached
from backend.vouchers import keyring, queries, service
from backend.vouchers.errors import (
    REASONS,
    AlreadyRedeemed,
    BadSignature,
    Cancelled,
    Expired,
    FrequencyCap,
    Heard,
    HeldElsewhere,
    MembershipGrace,
    MembershipInactive,
    NotYetValid,
    OfferPaused,
    PartnerInactive,
    Revoked,
    SheetReplaced,
    UndoElsewhere,
    UndoTooLate,
    UnknownCode,
    VoucherSpent,
    WrongShop,
)
from backend.vouchers.queries import VoucherPage
from backend.vouchers.scans import Scan
from backend.vouchers.values import Undo
from tests import factories
from tests.conftest import Database
from tests.factories import Market

ICONS = Path(__file__).resolve().parents[2] / "web/static/icons.json"


@pytest.fixture
async def market(db: Database) -> Market:
    return await factories.add_market()


@pytest.fixture
async def alice(db: Database) -> Member:
    return await factories.add_member()


@pytest.fixture
async def voucher(market: Market, alice: Member) -> VoucherPage:
    code = await service.claim(alice, market.offer.public_id, SYSTEM)
    return await queries.voucher_page(alice.household_id, code)


def scan(market: Market, code: str | None, **more: Any) -> Scan:
    assert code is not None
    return Scan(**{"code": code, "key": codes.random_id(), "till": market.till.caller, **more})


async def refused(scan: Scan, kind: type[DomainError]) -> DomainError:
    """The refusal both of looking and of redeeming; redeeming after looking changes nothing."""
    with pytest.raises(kind):
        await service.look(scan)
    again = msgspec.structs.replace(scan, key=codes.random_id())
    with pytest.raises(kind) as refusal:
        await service.redeem(again)
    return refusal.value


def test_reasons_are_a_closed_list() -> None:
    """V14: what a till may hear is in the table, with its status and whether to try again."""
    heard = {kind.slug for kind in all_errors("backend") if issubclass(kind, Heard)}
    shared = {
        "quota_reached",
        "rate_limited",
        "temporary_error",
        "idempotency_mismatch",
        "invalid_request",
        "unauthenticated",
        "device_revoked",
    }
    assert heard | shared == set(REASONS)
    known: list[type[DomainError]] = [*all_errors("backend"), callers.DeviceRevoked]
    for kind in known:
        if kind.slug in REASONS and "slug" in vars(kind):
            shown = REASONS[kind.slug]
            assert (kind.status, kind.retryable) == (shown.status, shown.retryable), kind


@pytest.mark.parametrize("slug", REASONS)
def test_reason_shows_by_colour_icon_words_and_sound(slug: str) -> None:
    """V14: each reason has colour, icon, headline and sound; the icon is one we have."""
    shown = REASONS[slug]
    assert shown.headline
    assert shown.sound == shown.tone.value
    assert shown.icon in json.loads(ICONS.read_text())


async def test_unknown_code(market: Market) -> None:
    await refused(scan(market, codes.draw_code()), UnknownCode)


async def test_bad_signature_when_another_key_signed(market: Market, voucher: VoucherPage) -> None:
    """V20: the server checks the signature from the first day."""
    real = codes.parse(voucher.payload or "")
    assert isinstance(real, codes.Voucher)
    forged = codes.seal(real, SigningKeys.load([b"f" * 32]))
    await refused(scan(market, forged), BadSignature)


async def test_old_key_still_counts_when_a_new_one_signs(
    market: Market, voucher: VoucherPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """V20: a key id allows rotation."""
    old = keyring.signing_keys()
    newer = SigningKeys((*SigningKeys.load([b"n" * 32]).keys, *old.keys))
    monkeypatch.setattr(keyring, "_held", [newer])
    assert (await service.look(scan(market, voucher.payload))).member == "Alice M."
    page = await queries.find_voucher(voucher.code)
    assert page is not None
    assert page.payload != voucher.payload


async def test_already_redeemed_tells_the_first_use(market: Market, voucher: VoucherPage) -> None:
    """V6: time, shop name and channel of the first."""
    await service.redeem(scan(market, voucher.payload))
    with clock.travel(timedelta(hours=1)):
        told = await refused(scan(market, voucher.code), AlreadyRedeemed)
    assert told.facts["channel"] == "scan"
    assert "Boulangerie Petit" in told.said()


async def test_expired(market: Market, voucher: VoucherPage) -> None:
    with clock.travel(timedelta(days=40)):
        await refused(scan(market, voucher.payload), Expired)


async def test_not_yet_valid(market: Market, voucher: VoucherPage) -> None:
    later = clock.today() + timedelta(days=2)
    await fetch("UPDATE voucher SET valid_from = $1", later)
    told = await refused(scan(market, voucher.payload), NotYetValid)
    assert told.facts["since"] == later


async def test_cancelled(market: Market, alice: Member, voucher: VoucherPage) -> None:
    await service.cancel(alice, voucher.code, SYSTEM)
    await refused(scan(market, voucher.payload), Cancelled)


async def test_revoked(market: Market, voucher: VoucherPage) -> None:
    await service.revoke(SYSTEM, voucher.code, "perdu")
    await refused(scan(market, voucher.payload), Revoked)


async def test_membership_inactive_when_it_lapsed(market: Market, voucher: VoucherPage) -> None:
    """V20: also where the voucher's own day is not over."""
    await fetch("UPDATE period SET cancelled_at = now(), cancel_reason = 'refunded'")
    await refused(scan(market, voucher.payload), MembershipInactive)


async def test_grace_honours_vouchers_and_gives_none(market: Market, db: Database) -> None:
    """V14: in grace vouchers are honoured and membership_grace refuses only new claims."""
    joined = await factories.add_household()
    await factories.pay_dues(joined.household_id, months=1)
    bob = await membership.find_member(joined.person_id)
    assert bob is not None
    with clock.travel(timedelta(days=25)):
        code = await service.claim(bob, market.offer.public_id, SYSTEM)
    with clock.travel(timedelta(days=40)):
        other = await factories.add_offer(market.partner.id, title="Autre")
        with pytest.raises(MembershipGrace):
            await service.claim(bob, other.public_id, SYSTEM)
        assert (await service.redeem(scan(market, code))).saving_cents == 120


async def test_wrong_shop_names_the_right_one(market: Market, alice: Member) -> None:
    """V15: the right shop and its distance, at a till of the same partner."""
    far = await factories.add_shop(
        market.partner.id, "Boulangerie du Port", latitude=49.9, longitude=2.3
    )
    offer = await factories.add_offer(market.partner.id, shop_ids=(market.shop.id,))
    await fetch("UPDATE shop SET latitude = 49.89, longitude = 2.3 WHERE id = $1", market.shop.id)
    code = await service.claim(alice, offer.public_id, SYSTEM)
    there = await factories.add_till(far.id)
    told = await refused(scan(market, code, till=there.caller), WrongShop)
    assert "Boulangerie Petit" in told.facts["shop"]
    assert 1000 < told.facts["distance_m"] < 1200


async def test_wrong_shop_sends_nobody_to_a_closed_one(market: Market, alice: Member) -> None:
    """V15: the right shop is one that is open, though a closed one is nearer."""
    near = await factories.add_shop(market.partner.id, "Four", latitude=49.9, longitude=2.3)
    far = await factories.add_shop(market.partner.id, "Gare", latitude=49.95, longitude=2.3)
    here = await factories.add_shop(market.partner.id, "Parc", latitude=49.901, longitude=2.3)
    both = (near.id, far.id)
    offer = await factories.add_offer(market.partner.id, title="Tarte", shop_ids=both)
    code = await service.claim(alice, offer.public_id, SYSTEM)
    await merchants.close_shop(SYSTEM, near.id)
    till = await factories.add_till(here.id)
    with pytest.raises(WrongShop) as told:
        await service.look(Scan(code=code, key="k", till=till.caller))
    assert told.value.facts["shop"].startswith("Gare")


async def test_foreign_and_unknown_codes_sound_the_same(market: Market, alice: Member) -> None:
    """V15: to a device without a right to the offer, in body; both take the same statements."""
    other = await factories.add_market("Garage Martin")
    theirs = await service.claim(alice, other.offer.public_id, SYSTEM)
    foreign = await refused(scan(market, theirs), UnknownCode)
    unknown = await refused(scan(market, codes.draw_code()), UnknownCode)
    assert foreign.problem() == unknown.problem()
    rows = await fetch("SELECT voucher, shop, reason, channel, facts FROM refused_attempt")
    assert len(set(map(tuple, rows))) == 2  # looked at and redeemed, no other difference


async def test_foreign_payload_sounds_unknown_when_its_signature_is_right(
    market: Market, alice: Member
) -> None:
    """V15: being ours does not make it theirs."""
    other = await factories.add_market("Garage Martin")
    code = await service.claim(alice, other.offer.public_id, SYSTEM)
    page = await queries.voucher_page(alice.household_id, code)
    told = await refused(scan(market, page.payload), UnknownCode)
    assert told.facts == {}


async def test_offer_paused_then_resumed(market: Market, voucher: VoucherPage) -> None:
    await offers.pause(SYSTEM, market.offer.id)
    await refused(scan(market, voucher.payload), OfferPaused)
    await offers.resume(SYSTEM, market.offer.id)
    await service.redeem(scan(market, voucher.payload))


async def test_ended_offer_still_honours_its_vouchers(market: Market, voucher: VoucherPage) -> None:
    await offers.end(SYSTEM, market.offer.id)
    await service.redeem(scan(market, voucher.payload))


async def test_partner_inactive(market: Market, voucher: VoucherPage) -> None:
    await merchants.close_partner(SYSTEM, market.partner.id)
    await refused(scan(market, voucher.payload), PartnerInactive)


async def test_quota_reached_and_frequency_cap_at_claiming(market: Market, alice: Member) -> None:
    """V11: limits of claiming are told apart."""
    bob = await factories.add_member("Bob")
    one = await factories.add_offer(market.partner.id, stock=1)
    code = await service.claim(alice, one.public_id, SYSTEM)
    with pytest.raises(QuotaReached):
        await service.claim(bob, one.public_id, SYSTEM)
    await service.redeem(scan(market, code))
    with pytest.raises(FrequencyCap):
        await service.claim(alice, one.public_id, SYSTEM)


async def test_place_is_free_again_when_a_voucher_is_given_back(
    market: Market, alice: Member
) -> None:
    one = await factories.add_offer(market.partner.id, stock=1)
    await service.cancel(alice, await service.claim(alice, one.public_id, SYSTEM), SYSTEM)
    bob = await factories.add_member("Bob")
    assert await service.claim(bob, one.public_id, SYSTEM)
    assert await queries.counter_faults() == []


async def test_expired_voucher_stays_expired_when_it_is_taken_back(
    market: Market, alice: Member, voucher: VoucherPage
) -> None:
    """V1, V11: no move leads out of expired, and its place in the period is not free again."""
    with clock.travel(timedelta(days=31)):
        with pytest.raises(VoucherSpent):
            await service.cancel(alice, voucher.code, SYSTEM)
        with pytest.raises(VoucherSpent):
            await service.revoke(SYSTEM, voucher.code, "signalé")
    assert await fetch_value("SELECT claimed FROM offer") == 1


async def test_held_elsewhere_until_the_hold_runs_out(market: Market, voucher: VoucherPage) -> None:
    """V13: when the hold runs out the voucher is issued again by itself."""
    await service.look(scan(market, voucher.payload))
    second = (await factories.add_till(market.shop.id, "Caisse 2")).caller
    told = await refused(scan(market, voucher.payload, till=second), HeldElsewhere)
    assert told.retryable
    with clock.travel(timedelta(minutes=2)):
        await service.redeem(scan(market, voucher.payload, till=second))


async def test_sheet_is_void_when_it_was_printed_again(
    market: Market, alice: Member, voucher: VoucherPage
) -> None:
    """V37: the generation exists from the first print; a reprint voids the older sheet at once."""
    first = await service.print_voucher(SYSTEM, voucher.code)
    assert first == voucher.code
    await service.look(scan(market, voucher.payload))
    second = await service.print_voucher(SYSTEM, first)
    await refused(scan(market, voucher.payload), SheetReplaced)
    await refused(scan(market, first), UnknownCode)
    page = await queries.voucher_page(alice.household_id, second)
    assert page.generation == 2
    await service.redeem(scan(market, page.payload))


async def test_undo_too_late_for_the_shop_not_for_a_manager(
    market: Market, voucher: VoucherPage
) -> None:
    """V32: the shop has 15 minutes; a manager has no end, and an ended voucher gets 48 hours."""
    use = await service.redeem(scan(market, voucher.payload))
    undo = Undo(redemption=use.redemption, reason="erreur", key="u", till=market.till.caller)
    with clock.travel(timedelta(days=60)):
        with pytest.raises(UndoTooLate):
            await service.reverse(undo)
        undone = await service.reverse_late(SYSTEM, use.redemption, "erreur")
        assert undone.voucher_until == undone.at + timedelta(hours=48)


async def test_member_is_told_when_a_use_is_undone(market: Market) -> None:
    """V32: at once, in the transaction of the undoing."""
    carla = await factories.add_member("Carla", address="carla@exemple.fr")
    code = await service.claim(carla, market.offer.public_id, SYSTEM)
    use = await service.redeem(scan(market, code))
    undo = Undo(redemption=use.redemption, reason="erreur", key="u", till=market.till.caller)
    await service.reverse(undo)
    said = await fetch_value("SELECT payload FROM outbox WHERE key LIKE 'voucher.undone:%'")
    assert "carla@exemple.fr" in said
    assert "Boulangerie Petit" in said


async def test_use_is_unknown_when_another_partner_undoes_it(
    market: Market, voucher: VoucherPage
) -> None:
    """V24: a till undoes its own shop's uses only; another partner's id is no id."""
    use = await service.redeem(scan(market, voucher.payload))
    other = await factories.add_market("Garage Martin")
    undo = Undo(redemption=use.redemption, reason="erreur", key="u", till=other.till.caller)
    with pytest.raises(UnknownCode):
        await service.reverse(undo)


async def test_right_shop_is_named_when_a_sister_shop_undoes(
    market: Market, voucher: VoucherPage
) -> None:
    """V32: only the validating shop undoes. A sister shop hears where, and "too late" only when it is."""
    use = await service.redeem(scan(market, voucher.payload))
    sister = await factories.add_till((await factories.add_shop(market.partner.id, "Bis")).id)
    undo = Undo(redemption=use.redemption, reason="erreur", key="u", till=sister.caller)
    with pytest.raises(UndoElsewhere) as told:
        await service.reverse(undo)
    assert told.value.said() == "Ce bon a été validé chez Boulangerie Petit."
    with clock.travel(timedelta(minutes=15)), pytest.raises(UndoTooLate):
        await service.reverse(msgspec.structs.replace(undo, key="v"))
    assert await fetch_value("SELECT count(*) FROM reversal") == 0


@pytest.mark.parametrize("reason", ["", "ok", "a" * 201])
async def test_database_refuses_a_reason_when_no_one_could_read_it(
    market: Market, voucher: VoucherPage, reason: str
) -> None:
    """V32: a reason says something, on one line; each surface holds to it, and the database too."""
    use = await service.redeem(scan(market, voucher.payload))
    undo = Undo(redemption=use.redemption, reason=reason, key="u", till=market.till.caller)
    with pytest.raises(CheckViolationError, match="reversal_reason_said"):
        await service.reverse(undo)


async def test_refused_try_is_kept_without_code_or_name(
    market: Market, voucher: VoucherPage
) -> None:
    """V2, SEC13: refused attempts are rows, with a reason, never with what was typed."""
    await service.redeem(scan(market, voucher.payload))
    await refused(scan(market, voucher.code), AlreadyRedeemed)
    rows = await fetch("SELECT * FROM refused_attempt")
    assert [row["reason"] for row in rows] == ["already_redeemed"] * 2
    told = " ".join(str(dict(row)) for row in rows)
    kept = " ".join(str(dict(row)) for row in await fetch("SELECT facts FROM audit_entry"))
    for secret in (voucher.code, voucher.payload or "", "Alice"):
        assert secret not in told
        assert secret not in kept


def test_sentences_are_short_and_simple() -> None:
    """UX5: at most 15 words a sentence, and no word of computers."""
    for kind in all_errors("backend"):
        if kind.slug in REASONS:
            for said in re.split(r"(?<=[.!?:]) ", f"{kind.sentence} {kind.next}"):
                assert len(said.split()) <= 15, said

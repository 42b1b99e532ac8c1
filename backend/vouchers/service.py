"""Look, redeem, undo at a till; take, cancel, print and revoke for members and staff."""

from collections.abc import Awaitable, Callable

from backend.audit.rules import Actor
from backend.audit.service import By, note
from backend.kit import clock, codes, keys, outbox
from backend.kit.codes import PaperCard, PhoneCard, TypedCode
from backend.kit.database import fetch, fetch_one, once_more, transaction, within
from backend.kit.errors import N_, DomainError
from backend.membership.queries import Member
from backend.merchants.queries import TillCaller
from backend.notifications import service as notifications
from backend.offers import queries as offers
from backend.offers import rules as offer_rules
from backend.offers import service as offer_stock
from backend.offers.queries import MemberView
from backend.offers.rules import OfferKind, Terms
from backend.vouchers import answers, issuing, ledger, rules, scans, shown
from backend.vouchers.errors import (
    ChooseOffer,
    Heard,
    PrintedTooOften,
    UnknownCode,
    VoucherSpent,
    VoucherUnknown,
)
from backend.vouchers.rules import VoucherState
from backend.vouchers.scans import Reading, Scan
from backend.vouchers.shown import Card, Standing
from backend.vouchers.values import Choice, Look, Undo, Undone, Use, Verdict

USED = "voucher.used"


@once_more
async def look(scan: Scan) -> Look:
    """What the code is good for here. A voucher is held for this till, two minutes (V13)."""
    reading = await scans.read(scan)
    async with transaction(on_refusal=_remember(scan, reading, "look")):
        given = await answers.earlier(scan.till, scan.key, scan.body("look"), Look)
        if given is None:
            given = await _look_at(scan, reading)
            await answers.keep(scan.till, scan.key, scan.body("look"), given)
    await scans.forgive(scan, reading)
    return given


@once_more
async def redeem(scan: Scan) -> Verdict:
    """Uses a voucher, or a card's standing discount, once; a retry with the same key hears the same."""
    reading = await scans.read(scan)
    async with transaction(on_refusal=_remember(scan, reading, "redeem")):
        verdict = await answers.earlier(scan.till, scan.key, scan.body("redeem"), Verdict)
        if verdict is None:
            use = await _use_of(scan, reading)
            verdict = await ledger.record(use, scan, reading.channel)
            await note(
                "voucher.redeem",
                scan.by,
                subject_id=use.person_id,
                object_kind="redemption",
                object_id=verdict.redemption,
            )
            await outbox.put(USED, f"{USED}:{verdict.redemption}", verdict.redemption)
            await answers.keep(scan.till, scan.key, scan.body("redeem"), verdict)
    await scans.forgive(scan, reading)
    return verdict


@once_more
async def reverse(undo: Undo) -> Undone:
    """The validating shop takes a use back within 15 minutes; the member is told at once (V32)."""
    async with transaction(on_refusal=_remember_undo(undo)):
        undone = await answers.earlier(undo.till, undo.key, undo.body, Undone)
        if undone is None:
            by = By(Actor.TILL, undo.till.till_id)
            undone = await take_back(undo.redemption, undo.reason, by, undo.till)
            await answers.keep(undo.till, undo.key, undo.body, undone)
    return undone


@once_more
async def reverse_late(by: By, redemption: str, reason: str) -> Undone:
    """A manager takes a use back at any time (V32)."""
    async with transaction():
        return await take_back(redemption, reason, by, None)


@once_more
async def claim(member: Member, offer_public_id: str, by: By, key: str = "") -> str:
    """Takes a voucher and gives its code.

    Asked again while one is open and no other is allowed, it gives that one: a second tap is no
    refusal. Where more are allowed, `key` tells a second tap from a second wish.
    """
    view = await offers.member_view(member.person_id)
    scope, body = f"member:{member.person_id}", {"verb": "claim", "offer": offer_public_id}
    async with transaction():
        taken = await keys.earlier(scope, key, body, str) if key else None
        if taken is None:
            taken = await _claim(member, offer_public_id, view, by)
            if key:
                await keys.keep(scope, key, body, taken)
    return taken


async def _claim(member: Member, offer_public_id: str, view: MemberView, by: By) -> str:
    within()
    await shown.lock_household(member.household_id)
    offer = await offers.get_offer(offer_public_id, view)
    issuing.check_claimable(member, offer)
    code = await issuing.issue(member, offer)
    if code is None:
        return await issuing.open_one(member, offer)
    await offer_stock.take_one(offer.id)
    await note(
        "voucher.claim",
        by,
        subject_id=member.person_id,
        object_kind="offer",
        object_id=offer.id,
        title=offer.terms.title,
    )
    facts = {"title": offer.terms.title}
    await notifications.tell_act(by, member.person_id, N_("Bon pris : %(title)s."), facts=facts)
    return code


async def cancel(member: Member, code: str, by: By) -> None:
    """The household gives its voucher back, not while a shop may be handing over the goods."""
    async with transaction():
        await _take_back(code, member.household_id, VoucherState.CANCELLED, "voucher.cancel", by)
        await notifications.tell_act(by, member.person_id, N_("Votre bon est annulé."))


async def revoke(by: By, code: str, reason: str) -> None:
    """The club takes a voucher back, also while it is shown in a shop; its claimant is told why."""
    async with transaction():
        claimant, title = await _take_back(
            code, None, VoucherState.REVOKED, "voucher.revoke", by, reason=reason
        )
        facts = {"title": title, "reason": reason}
        said = N_("Le club a retiré votre bon : %(title)s. Raison : %(reason)s")
        await notifications.tell_act(by, claimant, said, facts=facts)


async def print_voucher(by: By, code: str) -> str:
    """Before each print: a second one voids the first sheet, scanned or typed (V37). Gives its code."""
    async with transaction():
        row = await fetch_one(
            "UPDATE voucher SET generation = generation + (printed_at IS NOT NULL)::int,"
            " code = CASE WHEN printed_at IS NULL THEN code ELSE $2 END, printed_at = $3"
            " WHERE code = $1 AND state = 'issued' AND generation < 255"
            " RETURNING id, code, generation, claimant",
            code,
            codes.draw_code(),
            clock.now(),
        )
        if row is None:
            raise await _why_not_printed(code)
        await note(
            "voucher.print",
            by,
            subject_id=row["claimant"],
            object_kind="voucher",
            object_id=row["id"],
            generation=row["generation"],
        )
    return str(row["code"])


async def _look_at(scan: Scan, reading: Reading) -> Look:
    match reading.opened():
        case TypedCode() | codes.Voucher() as named:
            return await _look_at_voucher(scan, named)
        case PhoneCard() | PaperCard() as carried:
            return await _look_at_card(scan, carried)
        case _:
            raise UnknownCode


async def _look_at_voucher(scan: Scan, named: TypedCode | codes.Voucher) -> Look:
    voucher = await shown.lock_voucher(named, scan.till)
    rules.check_redeemable(voucher.shown, scan.till.till_id, clock.now(), clock.today())
    held = await shown.hold(voucher, scan.till)
    return Look(
        kind="voucher",
        member=voucher.shown.who["member"],
        household=voucher.shown.who["household"],
        choices=(_choice(voucher.offer_public_id, voucher.terms),),
        held_until=held.until,
        can_extend=not held.extended,
        valid_until=voucher.shown.valid_until,
    )


async def _look_at_card(scan: Scan, carried: PhoneCard | PaperCard) -> Look:
    card = await _checked_card(scan, carried)
    standing = await shown.standing_offers(card, scan.till)
    return Look(
        kind="card",
        member=card.who["member"],
        household=card.who["household"],
        choices=tuple(_choice(each.public_id, each.terms) for each in standing),
        stale=card.stale,
    )


async def _checked_card(scan: Scan, carried: PhoneCard | PaperCard) -> Card:
    card = await shown.get_card(carried)
    await shown.check_giving(scan.till)
    rules.check_fresh(card.who, stale=card.stale, identity_checked=scan.identity_checked)
    rules.check_membership(card.membership, card.who)
    return card


async def _use_of(scan: Scan, reading: Reading) -> Use:
    match reading.opened():
        case TypedCode() | codes.Voucher() as named:
            return await _use_of_voucher(scan, named)
        case PhoneCard() | PaperCard() as carried:
            return await _use_of_card(scan, carried)
        case _:
            raise UnknownCode


async def _use_of_voucher(scan: Scan, named: TypedCode | codes.Voucher) -> Use:
    voucher = await shown.lock_voucher(named, scan.till)
    rules.check_redeemable(voucher.shown, scan.till.till_id, clock.now(), clock.today())
    await shown.mark_redeemed(voucher)
    return Use(
        voucher_id=voucher.id,
        round=voucher.round,
        offer_id=voucher.offer_id,
        offer_public_id=voucher.offer_public_id,
        offer_version=voucher.offer_version,
        household_id=voucher.household_id,
        person_id=voucher.claimant_id,
        terms=voucher.terms,
        member=voucher.shown.who["member"],
        household=voucher.shown.who["household"],
    )


async def _use_of_card(scan: Scan, carried: PhoneCard | PaperCard) -> Use:
    card = await _checked_card(scan, carried)
    await shown.lock_household(card.household_id)
    chosen = _chosen(await shown.standing_offers(card, scan.till), scan.offer)
    return Use(
        voucher_id=None,
        round=None,
        offer_id=chosen.offer_id,
        offer_public_id=chosen.public_id,
        offer_version=chosen.version,
        household_id=card.household_id,
        person_id=card.person_id,
        terms=chosen.terms,
        member=card.who["member"],
        household=card.who["household"],
    )


def _chosen(standing: list[Standing], wanted: str | None) -> Standing:
    """The one asked for, or the only one; otherwise the till has to choose (V14)."""
    fitting = [each for each in standing if wanted in {None, each.public_id}]
    if len(fitting) != 1:
        raise ChooseOffer(
            choices=[
                {
                    "offer": each.public_id,
                    "title": each.terms.title,
                    "label": offer_rules.in_words(each.terms),
                }
                for each in standing
            ]
        )
    return fitting[0]


def _remember(scan: Scan, reading: Reading, verb: str) -> Callable[[DomainError], Awaitable[None]]:
    """What stays of a refusal: the try, its audit line and the answer under its key (V2, V7)."""

    async def write(refusal: DomainError) -> None:
        if not answers.is_new(refusal):
            return
        assert isinstance(refusal, Heard)
        await ledger.record_refusal(scan, reading, verb, refusal)
        await note(f"voucher.{verb}.refused", scan.by, reason=refusal.slug)
        await answers.keep_refusal(scan.till, scan.key, scan.body(verb), refusal)

    return write


def _remember_undo(undo: Undo) -> Callable[[DomainError], Awaitable[None]]:
    async def write(refusal: DomainError) -> None:
        if answers.is_new(refusal):
            assert isinstance(refusal, Heard)
            await answers.keep_refusal(undo.till, undo.key, undo.body, refusal)

    return write


async def take_back(
    redemption: str, reason: str, by: By, till: TillCaller | None, *, telling: bool = True
) -> Undone:
    """Contribution: takes a use back, by its own shop with `till`, by a manager without.

    The member is told, unless whoever calls tells more.
    """
    within()
    use = await ledger.get_use(redemption, None if till is None else till.partner_id)
    now = clock.now()
    rules.check_undo(
        use.at,
        now,
        undone=use.undone,
        elsewhere=None if till is None or till.shop_id == use.shop_id else use.shop_name,
        late=till is None,
    )
    await ledger.record_reversal(use, reason, by, till, now)
    until = None if use.voucher_id is None else await shown.come_back(use.voucher_id, now)
    await note(
        "voucher.undo", by, subject_id=use.person_id, object_kind="redemption", object_id=redemption
    )
    if telling:
        await notifications.tell(
            "voucher.undone",
            f"voucher.undone:{redemption}",
            person_id=use.person_id,
            values={"title": use.title, "shop": use.shop_name, "until": until},
        )
    return Undone(redemption, now, until)


async def _take_back(
    code: str, household_id: int | None, to: VoucherState, verb: str, by: By, **facts: str
) -> tuple[int, str]:
    """Gives the stock its place back, in the order of locks: the offer, then the voucher.

    Answers whose it was, and what it was for.
    """
    within()
    found = await fetch_one(
        "SELECT v.id, v.offer, v.claimant, t.terms->>'title' AS title FROM voucher v"
        " JOIN offer_version t ON t.offer = v.offer AND t.version = v.offer_version"
        " WHERE v.code = $1 AND ($2::bigint IS NULL OR v.household = $2)",
        code,
        household_id,
    )
    if found is None:
        raise VoucherUnknown
    await offer_stock.lock_offer(found["offer"])
    row = await shown.lock_row(found["id"])
    rules.check_move(VoucherState(row["state"]), to)
    rules.check_living(row["valid_until"], row["held_until"], clock.now())
    if to is VoucherState.CANCELLED:
        rules.check_cancellable(row["shown_at"], clock.now())
    await fetch(
        "UPDATE voucher SET state = $2, held_until = NULL, held_by = NULL, changed_at = $3"
        " WHERE id = $1",
        found["id"],
        to.value,
        clock.now(),
    )
    await offer_stock.give_back(found["offer"])
    await note(
        verb,
        by,
        subject_id=found["claimant"],
        object_kind="voucher",
        object_id=found["id"],
        **facts,
    )
    return int(found["claimant"]), str(found["title"])


async def _why_not_printed(code: str) -> DomainError:
    row = await fetch_one("SELECT state FROM voucher WHERE code = $1", code)
    if row is None:
        return VoucherUnknown()
    return PrintedTooOften() if row["state"] == "issued" else VoucherSpent()


def _choice(offer: str, terms: Terms) -> Choice:
    return Choice(
        offer=offer,
        title=terms.title,
        label=offer_rules.in_words(terms),
        conditions=terms.conditions,
        saving_cents=offer_rules.saving(terms).saving_cents,
        asks_price=terms.kind is not OfferKind.GIFT,
        percent=terms.percent,
        price_cents=terms.price_cents,
    )

"""Every act with the money of loans by its name, as acts.py has those with dues."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from backend.audit.rules import Actor
from backend.audit.service import By
from backend.billing.gateway import connected
from backend.billing.rules import PayWay
from backend.lending import service as lend
from backend.lending.bulk import BulkWish
from backend.lending.rules import BulkKind, DepositWay, Period, TicketKind
from backend.lending.service import (
    blackouts,
    bulk,
    cards,
    damages,
    deposits,
    paying,
    plans,
    unpaying,
    upkeep,
)
from backend.lending.service.blackouts import Blackout
from backend.lending.service.scanning import Scanned, scan
from backend.lending.values import Ask, Back, For, Replanned, Want
from backend.membership.service import sold


def ask(clerk: int, key: str) -> Ask:
    return Ask(by=By(Actor.PERSON, clerk), key=key)


def times(start: str, end: str) -> Period:
    return Period(datetime.fromisoformat(start), datetime.fromisoformat(end))


async def lend_book(
    clerk: int, household: int, person: int, thing: str, start: str, end: str
) -> object:
    want = Want(resource=thing, period=times(start, end))
    return await lend.book(ask(clerk, "book"), For(household, person), [want])


async def lend_confirm(clerk: int, booking: str) -> object:
    return await lend.confirm(ask(clerk, "confirm"), booking)


async def lend_approve(clerk: int, booking: str) -> object:
    return await lend.approve(ask(clerk, "approve"), booking)


async def lend_cancel(clerk: int, booking: str) -> object:
    return await lend.cancel(ask(clerk, "cancel"), booking, reason="Fermé")


async def lend_accept(clerk: int, line: int) -> object:
    return await lend.accept(ask(clerk, "accept"), line)


async def lend_restore(clerk: int, line: int) -> object:
    return await lend.restore(ask(clerk, "restore"), line)


async def lend_change(clerk: int, line: int, start: str, end: str) -> object:
    return await lend.change(ask(clerk, "change"), line, times(start, end))


async def lend_extend(clerk: int, line: int, until: str) -> object:
    return await lend.extend(ask(clerk, "extend"), line, datetime.fromisoformat(until))


async def lend_renew(clerk: int, line: int) -> object:
    return await lend.renew(ask(clerk, "renew"), line)


async def lend_now(clerk: int, household: int, person: int, unit: str) -> object:
    return await lend.lend_now(ask(clerk, "now"), For(household, person), unit)


async def lend_back(clerk: int, line: int) -> object:
    return await lend.take_back(ask(clerk, "back"), line, Back())


async def lend_undo(clerk: int, line: int) -> object:
    return await lend.undo(ask(clerk, "undo"), line)


async def lend_miss(_: int, line: int) -> object:
    return await lend.miss(line)


async def lend_lose(clerk: int, line: int) -> object:
    return await lend.lose(ask(clerk, "lose"), line, "Perdu")


async def lend_write_off(clerk: int, line: int) -> object:
    return await lend.write_off(ask(clerk, "off"), line, "Cherché partout")


async def lend_find(clerk: int, line: int) -> object:
    return await lend.find(ask(clerk, "find"), line)


async def lend_take_out(clerk: int, unit: str, start: str, end: str) -> object:
    time = times(start, end)
    return await upkeep.take_out_of_use(ask(clerk, "out"), unit, TicketKind.REPAIR, "Cassé", time)


async def lend_block(clerk: int, ticket: str) -> object:
    return await upkeep.block(ask(clerk, "block"), ticket)


async def lend_retire(clerk: int, unit: str) -> object:
    return await upkeep.retire_unit(ask(clerk, "retire"), unit, "Usé")


async def lend_retire_many(clerk: int, unit: str) -> object:
    wish = BulkWish(kind=BulkKind.RETIRE, units=(unit,), text="Usé")
    return await bulk.act_on(ask(clerk, "many"), wish)


async def lend_black_out(clerk: int, thing: str, start: str, end: str) -> object:
    return await blackouts.black_out(ask(clerk, "black"), closed(thing, start, end))


async def lend_look_at(clerk: int, thing: str, start: str, end: str) -> Replanned:
    """The same act, taken back at its end."""
    return await blackouts.look_at(ask(clerk, "look"), closed(thing, start, end))


def closed(thing: str, start: str, end: str) -> Blackout:
    time = times(start, end)
    return Blackout(resource=thing, kind=TicketKind.BLACKOUT, note="Travaux", period=time)


async def lend_look_after(_: int, thing: int) -> object:
    return await plans.look_after_resource(thing)


async def lend_scan(clerk: int, unit: str) -> object:
    return await scan(ask(clerk, "scan"), Scanned(unit=unit))


async def loan_pay(clerk: int, household: int, cents: int) -> object:
    by = By(Actor.PERSON, clerk)
    return await paying.take_payment(by, household, cents, PayWay.CASH, None, key="pay")


async def loan_give_back(clerk: int, household: int, cents: int) -> object:
    by = By(Actor.PERSON, clerk)
    return await paying.give_back(by, household, cents, PayWay.CASH, None, key="give")


async def loan_unpay(clerk: int, household: int, order: str) -> object:
    return await sold.undo_payment(
        By(Actor.PERSON, clerk), household, order, None, "Erreur", sold=unpaying.SOLD
    )


async def loan_bounce(clerk: int, order: str) -> None:
    await sold.bounce_cheque(By(Actor.PERSON, clerk), order, "Sans provision", sold=unpaying.SOLD)


async def loan_order(person: int, household: int) -> object:
    by = By(Actor.PERSON, person)
    return await paying.order_payment(household, by, done_path="/", back_path="/")


async def loan_settle(object_id: str) -> None:
    facts = await connected().read(object_id)
    assert facts is not None
    await paying.fulfil(facts)


async def loan_damage(clerk: int, line: int) -> object:
    by = By(Actor.PERSON, clerk)
    return await damages.charge_damage(by, line, 900, "Cassé", key="damage")


async def loan_agree(clerk: int, debt: str) -> None:
    await damages.agree(By(Actor.PERSON, clerk), debt)


async def loan_waive(clerk: int, debt: str) -> None:
    await damages.waive(By(Actor.PERSON, clerk), debt, 300, "Geste", key="waive")


async def loan_answer(clerk: int, debt: str) -> None:
    by = By(Actor.PERSON, clerk)
    await damages.answer(by, debt, "Vous avez raison.", accepted=True)


async def lend_give(clerk: int, line: int) -> object:
    return await lend.hand_over(ask(clerk, "give"), line)


async def lend_inspect(clerk: int, line: int) -> object:
    return await lend.inspect(ask(clerk, "inspect"), line)


async def deposit_bounce(clerk: int, order: str) -> None:
    await unpaying.bounce_deposit(By(Actor.PERSON, clerk), order, "Sans provision")


async def deposit_take(clerk: int, line: int, way: str) -> object:
    by = By(Actor.PERSON, clerk)
    return await deposits.take(by, line, DepositWay(way), None, key="take")


async def deposit_release(clerk: int, deposit: str) -> object:
    return await deposits.release(By(Actor.PERSON, clerk), deposit, None, key="release")


async def deposit_keep(clerk: int, deposit: str) -> object:
    return await deposits.keep(By(Actor.PERSON, clerk), deposit, key="keep")


async def card_order(person: int, household: int) -> object:
    by = By(Actor.PERSON, person)
    return await cards.order_card(household, by, done_path="/", back_path="/")


async def hold_order(person: int, household: int, line: int) -> object:
    by = By(Actor.PERSON, person)
    return await cards.order_hold(household, line, by, done_path="/", back_path="/")


async def card_settle(object_id: str) -> None:
    facts = await connected().read(object_id)
    assert facts is not None
    await cards.keep_card(facts)


async def hold_settle(object_id: str) -> None:
    facts = await connected().read(object_id)
    assert facts is not None
    await cards.fulfil_hold(facts)


ACTS: dict[str, Callable[..., Awaitable[Any]]] = {
    "lend_book": lend_book,
    "lend_confirm": lend_confirm,
    "lend_approve": lend_approve,
    "lend_cancel": lend_cancel,
    "lend_accept": lend_accept,
    "lend_restore": lend_restore,
    "lend_change": lend_change,
    "lend_extend": lend_extend,
    "lend_renew": lend_renew,
    "lend_now": lend_now,
    "lend_back": lend_back,
    "lend_undo": lend_undo,
    "lend_miss": lend_miss,
    "lend_lose": lend_lose,
    "lend_find": lend_find,
    "lend_write_off": lend_write_off,
    "lend_take_out": lend_take_out,
    "lend_block": lend_block,
    "lend_retire": lend_retire,
    "lend_retire_many": lend_retire_many,
    "lend_black_out": lend_black_out,
    "lend_look_at": lend_look_at,
    "lend_look_after": lend_look_after,
    "lend_scan": lend_scan,
    "loan_pay": loan_pay,
    "loan_give_back": loan_give_back,
    "loan_unpay": loan_unpay,
    "loan_bounce": loan_bounce,
    "deposit_bounce": deposit_bounce,
    "loan_order": loan_order,
    "loan_settle": loan_settle,
    "lend_give": lend_give,
    "lend_inspect": lend_inspect,
    "deposit_take": deposit_take,
    "deposit_release": deposit_release,
    "deposit_keep": deposit_keep,
    "card_order": card_order,
    "hold_order": hold_order,
    "card_settle": card_settle,
    "hold_settle": hold_settle,
    "loan_damage": loan_damage,
    "loan_agree": loan_agree,
    "loan_waive": loan_waive,
    "loan_answer": loan_answer,
}

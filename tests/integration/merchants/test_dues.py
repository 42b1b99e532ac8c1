"""Partners' dues: what is asked, how it is paid, and its invoice."""

from datetime import timedelta

import pytest

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.billing import books, differences, invoices, jobs, lines
from backend.billing import queries as billing
from backend.billing.gateway import Facts, Movement
from backend.billing.rules import DifferenceKind, OrderState, PaymentKind, PayWay
from backend.billing.statements import Entry
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.merchants import contracts
from backend.merchants import jobs as partners
from backend.merchants import service as merchants
from backend.merchants.contracts import Has
from backend.merchants.errors import DebitRunning, NothingOwed
from backend.merchants.rules import PartnerKind, Standing, Terms
from backend.merchants.standings import standing
from backend.sandbox.stripe.remote import Remote
from tests import paying
from tests.contracts import add_contract, add_firm, add_waiting, draw, pay, sign, tell
from tests.factories import add_partner, add_person
from tests.paying import IBAN

pytestmark = pytest.mark.usefixtures("db")
LEDGER = (
    "SELECT l.account, sum(l.debit_cents - l.credit_cents)::int AS cents FROM journal_line l"
    " GROUP BY l.account ORDER BY l.account"
)


async def of_order(order: str) -> list[invoices.Invoice]:
    return await invoices.of_payers([(await billing.get_order(order)).payer_id])


@pytest.mark.parametrize(
    ("kind", "cents"),
    [(PartnerKind.SHOP, 10_000), (PartnerKind.FIRM, 100_000), (PartnerKind.ASSOCIATION, 0)],
)
async def test_dues_are_the_clubs_when_nobody_changed_them(kind: PartnerKind, cents: int):
    """P2: 100 euros for a shop, 1,000 for a building firm, nothing for an association."""
    assert (await contracts.terms()).dues_cents(kind) == cents


async def test_contract_keeps_its_dues_when_the_club_asks_for_more():
    """P2: dues are dated per contract."""
    first = await add_contract((await add_firm("Roux")).id)
    await merchants.set_terms(SYSTEM, Terms(firm_cents=120_000))
    assert (await contracts.get_contract(first.public_id)).dues_cents == 100_000
    assert (await contracts.terms()).dues_cents(PartnerKind.FIRM) == 120_000


async def test_association_is_a_partner_at_its_yes():
    """P2: nothing is asked, nothing is invoiced."""
    partner = await add_partner("Les Jardins", kind=PartnerKind.ASSOCIATION)
    public_id = await draw(partner.id, kind=PartnerKind.ASSOCIATION, dues_cents=0)
    await sign(public_id)
    assert await standing(partner.id, clock.today()) is Standing.ACTIVE
    with pytest.raises(NothingOwed):
        await merchants.order_dues(SYSTEM, public_id, PayWay.ONLINE)
    assert await fetch_value("SELECT count(*) FROM invoice") == 0


async def test_invoice_is_numbered_when_dues_are_paid_by_card(stripe: Remote):
    """P2: invoice numbered, with the VAT mention of the settings; the money is on 706."""
    vat = "TVA non applicable, article de test"
    await merchants.set_terms(SYSTEM, Terms(vat_text=vat))
    firm = await add_firm("Roux")
    public_id = await draw(firm.id)
    await sign(public_id)
    ordered = await merchants.order_dues(
        SYSTEM, public_id, PayWay.ONLINE, done_path="/merci/{order}", back_path="/retour"
    )
    assert ordered is not None
    assert ordered.row is not None
    await jobs.hurry(ordered.row)
    assert await of_order(ordered.public_id) == []
    await paying.pay(stripe, ordered.public_id)
    await paying.events(stripe)
    (invoice,) = await of_order(ordered.public_id)
    assert invoice.said == f"F-{clock.today().year}-00001"
    assert (invoice.amount_cents, invoice.paid) == (100_000, True)
    assert vat in invoice.printed["sentences"]
    assert invoice.printed["payer"]["name"] == "Plomberie Roux"
    assert (await invoices.print_invoice(invoice)).startswith(b"%PDF")
    assert await standing(firm.id, clock.today()) is Standing.ACTIVE
    booked = {row["account"]: row["cents"] for row in await fetch(LEDGER)}
    assert booked["706"] == -100_000
    assert sum(booked.values()) == 0


async def test_numbers_have_no_gap_when_dues_are_paid_one_after_another():
    """P2: one series for all partners, without gaps."""
    for at in range(3):
        await add_contract((await add_partner(f"Shop {at}")).id, **SHOP)
    numbers = [row["number"] for row in await fetch("SELECT number FROM invoice ORDER BY id")]
    assert numbers == [1, 2, 3]
    (gap,) = await books.gaps()
    assert (gap.series, gap.whole) == ("F", True)


SHOP = {"kind": PartnerKind.SHOP, "dues_cents": 10_000}


async def test_place_is_kept_while_a_debit_is_under_way(stripe: Remote):
    """V12: a SEPA debit takes days: nobody else gets the place meanwhile, nothing else is paid."""
    public_id = await add_waiting("Roux")
    ordered = await merchants.order_dues(
        SYSTEM, public_id, PayWay.ONLINE, done_path="/merci/{order}", back_path="/retour"
    )
    assert ordered is not None
    assert ordered.row is not None
    await jobs.hurry(ordered.row)
    session = await paying.pay(stripe, ordered.public_id, iban=IBAN)
    await paying.events(stripe)
    with clock.travel(timedelta(days=4)):
        assert (await contracts.get_contract(public_id)).trades[0].has is Has.HELD
        assert (await sign_other()).waiting
        with pytest.raises(DebitRunning):
            await merchants.order_dues(SYSTEM, public_id, PayWay.TRANSFER)
        await stripe.end_debit(session, "settled")
        await paying.events(stripe)
        assert (await contracts.get_contract(public_id)).trades[0].has is Has.TAKEN


async def sign_other() -> contracts.ContractPage:
    return await contracts.get_contract(await add_waiting("Blanc"))


async def test_place_goes_to_the_next_when_a_debit_fails(stripe: Remote):
    """V12: what was not paid holds nothing."""
    public_id = await add_waiting("Roux")
    ordered = await merchants.order_dues(
        SYSTEM, public_id, PayWay.ONLINE, done_path="/merci/{order}", back_path="/retour"
    )
    assert ordered is not None
    assert ordered.row is not None
    await jobs.hurry(ordered.row)
    session = await paying.pay(stripe, ordered.public_id, iban=IBAN)
    await paying.events(stripe)
    other = await sign_other()
    await stripe.end_debit(session, "failed")
    await paying.events(stripe)
    assert (await contracts.get_contract(public_id)).trades[0].has is Has.NONE
    assert (await contracts.get_contract(other.public_id)).trades[0].has is Has.OFFERED


async def test_transfer_has_its_invoice_at_once_and_begins_with_the_money():
    """P2: an invoice to pay by transfer, matched with the line of the bank."""
    firm = await add_firm("Roux")
    public_id = await draw(firm.id)
    await sign(public_id)
    ordered = await merchants.order_dues(SYSTEM, public_id, PayWay.TRANSFER)
    assert ordered is not None
    (invoice,) = await of_order(ordered.public_id)
    reference = await billing.reference_of(await billing.get_order(ordered.public_id))
    assert reference in invoice.printed["sentences"][1]
    assert not invoice.paid
    treasurer = By(Actor.PERSON, await add_person("Tara", "Sor"))
    entry = Entry(clock.today(), 100_000, f"VIR {reference}", "ROUX")
    await lines.add_lines(treasurer, [entry], "main")
    (line,) = await lines.waiting()
    assert [one.order for one in await lines.candidates(line)] == [ordered.public_id]
    await merchants.match_transfer(treasurer, line.public_id, ordered.public_id)
    assert await standing(firm.id, clock.today()) is Standing.ACTIVE
    assert [one.said for one in await of_order(ordered.public_id)] == [invoice.said]


async def test_invoice_has_a_credit_note_when_another_way_is_chosen():
    """P2: an invoice that will not be paid is taken back on paper, and never deleted."""
    public_id = await draw((await add_firm("Roux")).id)
    await sign(public_id)
    transfer = await merchants.order_dues(SYSTEM, public_id, PayWay.TRANSFER)
    assert transfer is not None
    await pay(public_id)
    found = await of_order(transfer.public_id)
    assert (await billing.get_order(transfer.public_id)).state() is OrderState.CANCELLED
    said = {(one.series, one.number, one.credit, one.cancelled, one.paid) for one in found}
    assert ("F", 1, False, True, False) in said
    assert ("AF", 1, True, False, False) in said


@pytest.mark.parametrize("kind", [PartnerKind.FIRM, PartnerKind.SHOP])
async def test_invoice_has_a_credit_note_when_nobody_pays(kind: PartnerKind):
    """P2, V12: a transfer that never came leaves nothing to pay."""
    public_id = await draw((await add_firm("Roux")).id, kind=kind)
    await sign(public_id)
    transfer = await merchants.order_dues(SYSTEM, public_id, PayWay.TRANSFER)
    assert transfer is not None
    with clock.travel(timedelta(days=31)):
        await partners.write_off_dead()
        await partners.keep_up()
    assert (await billing.get_order(transfer.public_id)).state() is OrderState.CANCELLED
    said = {(one.credit, one.cancelled) for one in await of_order(transfer.public_id)}
    assert said == {(True, False), (False, True)}


async def test_same_facts_change_nothing_when_they_come_twice():
    """P2: one payment, one invoice, one entry, however often Stripe tells of it."""
    public_id = await draw((await add_firm("Roux")).id)
    await sign(public_id)
    order = await pay(public_id, "pi_1")
    await tell(order.public_id, "pi_1")
    assert await fetch_value("SELECT count(*) FROM payment") == 1
    assert await fetch_value("SELECT count(*) FROM invoice") == 1


async def test_dues_are_owed_again_when_the_money_goes_back():
    """P3: a refund takes the invoice back; grace is counted from that day."""
    firm = await add_firm("Roux")
    public_id = await draw(firm.id, clock.today() - timedelta(days=100))
    await sign(public_id)
    order = await pay(public_id, "pi_1")
    with clock.travel(timedelta(days=50)):
        await tell(order.public_id, "pi_1", PaymentKind.REFUND)
        assert (await contracts.get_contract(public_id)).paid_at is None
        assert await standing(firm.id, clock.today()) is Standing.GRACE
        found = await of_order(order.public_id)
        assert [(one.credit, one.amount_cents) for one in found] == [
            (True, 100_000),
            (False, 100_000),
        ]
    with clock.travel(timedelta(days=81)):
        assert await standing(firm.id, clock.today()) is Standing.SUSPENDED


async def test_treasurer_is_shown_a_refund_that_came_back():
    """P3, B8: the dues stay owed, their invoice stays taken back; the money is given back otherwise."""
    public_id = await draw((await add_firm("Roux")).id)
    await sign(public_id)
    order = await pay(public_id, "pi_1")
    await moved(order.public_id, PaymentKind.REFUND, 100_000, "re_1")
    for _ in range(2):
        await moved(order.public_id, PaymentKind.RETURNED, 100_000, "re_1")
    assert (await contracts.get_contract(public_id)).paid_at is None
    [shown] = await differences.waiting()
    assert (shown.kind, shown.difference_cents) == (DifferenceKind.RETURNED, 100_000)


async def test_year_has_one_invoice_and_one_payment_when_a_dispute_is_won_too_late():
    """P2, B7: paid anew, the first invoice is taken back; what the bank gives back goes to who paid."""
    public_id = await draw((await add_firm("Roux")).id)
    await sign(public_id)
    order = await pay(public_id, "pi_1")
    await moved(order.public_id, PaymentKind.DISPUTE, 100_000, "dp_1")
    assert (await contracts.get_contract(public_id)).paid_at is None
    await pay(public_id, "pi_2")
    standing_invoices = [
        one for one in await of_order(order.public_id) if not one.credit and not one.cancelled
    ]
    assert len(standing_invoices) == 1
    await moved(order.public_id, PaymentKind.REINSTATED, 100_000, "dp_1")
    asked = await fetch("SELECT amount_cents, reason FROM refund")
    assert [tuple(row) for row in asked] == [(100_000, "Déjà payé")]


async def test_dues_are_paid_again_when_a_dispute_is_won():
    """P3, B7: nothing was paid anew, so the year and its invoice stand."""
    public_id = await draw((await add_firm("Roux")).id)
    await sign(public_id)
    order = await pay(public_id, "pi_1")
    await moved(order.public_id, PaymentKind.DISPUTE, 100_000, "dp_1")
    await moved(order.public_id, PaymentKind.REINSTATED, 100_000, "dp_1")
    assert (await contracts.get_contract(public_id)).paid_at is not None
    assert [one.cancelled for one in await of_order(order.public_id)] == [False]
    assert await fetch_value("SELECT count(*) FROM refund") == 0


async def moved(order: str, kind: PaymentKind, cents: int, external_id: str) -> None:
    """What Stripe says became of the payment of an order."""
    told = Movement(kind=kind, amount_cents=cents, at=clock.now(), external_id=external_id)
    await merchants.fulfil(Facts(order=order, thread="pi_1", movements=(told,)))

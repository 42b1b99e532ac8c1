"""The treasurer's pages: cheques to the bank, transfers matched, books reconciled, files to take away."""

import csv
import io
from datetime import timedelta
from typing import Any

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.billing import books, cheques, costs, drawers, fec, journal, lines
from backend.billing import queries as billing
from backend.billing.costs import CostWish
from backend.billing.errors import BankLineSettled, ChequeNotDeposited
from backend.billing.rules import Account, PaymentKind, PayWay
from backend.billing.statements import Entry
from backend.identity.rules import Role
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_one, fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.rules import Status
from backend.merchants import contracts
from backend.settings import Settings
from tests import sign_in
from tests.conftest import Database
from tests.contracts import add_contract, add_firm, tell
from tests.factories import add_household, add_person, add_role, pay_dues
from tests.integration.desk.conftest import words
from tests.integration.statements import statements

HOME = "/gestion/tresorerie"
STATEMENT = (
    "Relevé du compte;;;\r\n"
    "Date opération;Libellé;Débit euros;Crédit euros\r\n"
    "{day};VIR SEPA ALICE MARTIN MERCI {reference};;60,00\r\n"
    "{day};FRAIS TENUE DE COMPTE;-3,20;\r\n"
    "pas une date;rien;;1,00\r\n"
)


class Treasurer:
    def __init__(self, browser: httpx.AsyncClient, settings: Settings) -> None:
        self.browser, self.settings = browser, settings

    async def open(self, path: str) -> str:
        answer = await self.browser.get(f"{HOME}{path}")
        assert answer.status_code == 200, (answer.status_code, words(answer.text))
        return words(answer.text)

    async def send(self, path: str, data: Any = None, **more: Any) -> httpx.Response:
        return await sign_in.post(self.browser, self.settings, f"{HOME}{path}", data, **more)

    async def done(self, path: str, **data: Any) -> str:
        answer = await self.send(path, data)
        assert answer.status_code == 303, (answer.status_code, words(answer.text))
        return answer.headers["location"]


@pytest.fixture
async def tom(client: httpx.AsyncClient, settings: Settings, db: Database) -> Treasurer:
    person_id = await add_person("Tom", "Compte", "tom@example.org")
    await add_role(person_id, Role.TREASURER)
    await sign_in.as_staff(client, settings, person_id)
    return Treasurer(client, settings)


async def take(given_name: str, way: PayWay, months: int = 12, **more: Any) -> int:
    joined = await add_household(given_name, "Martin")
    await membership.take_dues(
        SYSTEM, joined.household_id, months, way, None, key=codes.random_id(), **more
    )
    return joined.household_id


async def test_cheques_go_to_the_bank_in_a_numbered_batch(tom: Treasurer):
    """B8, B10: 5112 to 512, once each; the list prints identically for ever."""
    await take(
        "Alice", PayWay.CHEQUE, cheque=cheques.Read("Crédit Coopératif", "0042", "A. Martin")
    )
    await take("Bob", PayWay.CHEQUE, 1)
    page = await tom.open("/cheques")
    assert "Crédit Coopératif" in page
    chosen = [each.payment for each in await cheques.waiting()]
    to = await tom.done("/cheques", cheque=chosen)
    assert await cheques.waiting() == []
    row = await fetch_one(
        "SELECT sum(debit_cents - credit_cents) FILTER (WHERE account = '512') AS bank,"
        " sum(debit_cents - credit_cents) FILTER (WHERE account = '5112') AS kept FROM journal_line"
    )
    assert tuple(row) == (6500, 0)
    public_id = to.removeprefix(f"{HOME}/cheques/").split("?")[0]
    first = await tom.browser.get(f"{HOME}/cheques/{public_id}/papier")
    assert first.content.startswith(b"%PDF-")
    await fetch("UPDATE payer SET name = 'Autre'")
    assert (await tom.browser.get(f"{HOME}/cheques/{public_id}/papier")).content == first.content
    again = await tom.send("/cheques", {"cheque": chosen})
    assert again.status_code == 409
    assert await fetch_value("SELECT count(*) FROM cheque_deposit") == 1


async def test_bounced_cheque_ends_the_days_and_tells_the_household(tom: Treasurer):
    """B7, B8: the bank takes it back from 512; the period ends as in a dispute, with a notice."""
    household = await take("Alice", PayWay.CHEQUE)
    cheque = (await cheques.waiting())[0]
    with pytest.raises(ChequeNotDeposited):
        await membership.bounce_cheque(SYSTEM, cheque.order, "x")
    to = (await tom.done("/cheques", cheque=[cheque.payment])).split("?")[0].removeprefix(HOME)
    await tom.done(f"{to}/rejet", order=cheque.order, reason="Sans provision")
    assert (await queries.standing(household)).status is Status.PROSPECT
    assert await fetch_value("SELECT cancel_reason FROM period") == "disputed"
    assert await fetch_value("SELECT count(*) FROM message WHERE kind = 'dues.disputed'") == 1
    sums = await fetch(
        "SELECT account, sum(debit_cents - credit_cents)::bigint FROM journal_line GROUP BY 1 HAVING"
        " sum(debit_cents - credit_cents) <> 0"
    )
    assert sums == []
    assert "Rejeté ou rendu" in await tom.open(to)


async def test_bounced_cheque_is_no_difference_when_its_bank_line_is_matched(tom: Treasurer):
    """B10: the bank's line of a cheque is none of the transfers; every channel says the same twice."""
    await take("Odette", PayWay.CHEQUE)
    [cheque] = await cheques.waiting()
    await cheques.deposit(SYSTEM, [cheque.payment])
    await membership.bounce_cheque(SYSTEM, cheque.order, "sans provision")
    today = clock.today()
    await lines.add_lines(SYSTEM, [Entry(today, -cheque.amount_cents, "REJET CHEQUE")], "x")
    [line] = await lines.waiting()
    [entry] = await lines.candidates(line)
    await lines.match_entry(SYSTEM, line.public_id, entry.entry)
    found = await books.reconciliation(today, today)
    assert found.whole
    assert [one.what for one in found.balances if one.difference_cents] == []


async def test_undone_cheque_comes_out_of_where_it_is(tom: Treasurer):
    """B8: before the bank from 5112, after it from 512; it is never brought to the bank twice."""
    for deposited in (False, True):
        household = await take("Alice", PayWay.CHEQUE, 1)
        cheque = next(each for each in await cheques.waiting())
        if deposited:
            await cheques.deposit(SYSTEM, [cheque.payment])
        await membership.undo_dues(SYSTEM, household, cheque.order, None, "Erreur")
        assert await cheques.waiting() == []
    rows = await fetch(
        "SELECT account, sum(debit_cents - credit_cents)::bigint AS cents FROM journal_line"
        " WHERE account IN ('512', '5112') GROUP BY 1"
    )
    assert {row["account"]: row["cents"] for row in rows} == {"512": 0, "5112": 0}


async def a_transfer() -> tuple[int, str, str]:
    """Alice has ordered twelve months by transfer: her household, the order, its reference."""
    joined = await add_household("Alice", "Martin")
    order = await membership.order_transfer(SYSTEM, joined.household_id, 12)
    return joined.household_id, order.public_id, await billing.reference_of(order)


def statement(reference: str, encoding: str = "cp1252") -> dict[str, Any]:
    said = STATEMENT.format(day=f"{clock.today():%d/%m/%Y}", reference=reference)
    return {"files": {"statement": ("releve.csv", said.encode(encoding))}}


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig"])
async def test_transfer_begins_the_days_when_staff_match_its_line(tom: Treasurer, encoding):
    """B10: a line comes once, is suggested by its reference, and pays the order: days and receipt."""
    household, order, reference = await a_transfer()
    for new in (2, 0):  # the same file again adds nothing
        answer = await tom.send("/banque/releves", {}, **statement(reference.lower(), encoding))
        assert answer.status_code == 200
        assert f"{new} lignes nouvelles" in words(answer.text)
    assert "Lignes illisibles : 5" in words(answer.text)
    assert (await queries.standing(household)).status is Status.PROSPECT
    came = next(each for each in await lines.waiting() if each.amount_cents > 0)
    page = await tom.open(f"/banque/{came.public_id}")
    assert "Sa référence est dans le libellé" in page
    await tom.done(f"/banque/{came.public_id}/rapprochement", order=order)
    assert (await queries.standing(household)).status is Status.CURRENT
    assert await fetch_value("SELECT count(*) FROM receipt") == 1
    again = await tom.send(f"/banque/{came.public_id}/rapprochement", {"order": order})
    assert again.status_code == 409
    assert await fetch_value("SELECT count(*) FROM payment") == 1


async def test_line_is_suggested_by_amount_and_name_when_it_has_no_reference(tom: Treasurer):
    """B10: same amount and a word of the name; never by an e-mail address alone."""
    _, order, _ = await a_transfer()
    for name, found in (("MLLE MARTIN", [order]), ("alice@example.org", []), ("DUPONT", [])):
        await tom.done(
            "/banque", on=f"{clock.today():%d/%m/%Y}", amount="60", label="VIR", name=name
        )
        line = next(each for each in await lines.waiting() if each.name == name)
        assert [each.order for each in await lines.candidates(line)] == found


async def test_line_is_refused_when_its_day_is_to_come(tom: Treasurer):
    """B8, M1: 2062 for 2026 would book the money there, and the days with it."""
    wish = {"on": "01/01/2062", "amount": "60", "label": "VIR"}
    answer = await tom.send("/banque", wish)
    assert answer.status_code == 422
    assert "Ce jour n&#39;est pas possible" in answer.text
    assert await lines.waiting() == []


async def test_line_is_refused_when_the_amount_is_another(tom: Treasurer):
    household, order, _ = await a_transfer()
    await tom.done("/banque", on=clock.today().isoformat(), amount="59", label="VIR")
    line = (await lines.waiting())[0]
    answer = await tom.send(f"/banque/{line.public_id}/rapprochement", {"order": order})
    assert answer.status_code == 409
    assert (await queries.standing(household)).status is Status.PROSPECT


async def test_line_is_set_aside_or_given_back_when_it_is_no_dues(tom: Treasurer):
    """B10: a reason is asked for; what is given back is booked both ways, and the journal is zero."""
    today = clock.today().isoformat()
    await tom.done("/banque", on=today, amount="-3,20", label="FRAIS")
    await tom.done("/banque", on=today, amount="10", label="ERREUR")
    fee, wrong = sorted(await lines.waiting(), key=lambda line: line.amount_cents)
    assert (await tom.send(f"/banque/{fee.public_id}/mise-de-cote", {})).status_code == 422
    await tom.done(f"/banque/{fee.public_id}/mise-de-cote", reason="Frais de tenue de compte")
    await tom.done(f"/banque/{wrong.public_id}/retour")
    assert await lines.waiting() == []
    assert "Frais de tenue de compte" in await tom.open("/banque")
    with pytest.raises(BankLineSettled):
        await lines.set_aside(SYSTEM, fee.public_id, "encore")
    held = await fetch_value(
        "SELECT sum(debit_cents - credit_cents)::bigint FROM journal_line WHERE account = '467'"
    )
    assert held == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\xff\xfe", b"a;b\r\n1;2\r\n", b"Date;Montant\r\n", b"x" * 2_000_001, b'"' * 5000],
)
async def test_statement_is_refused_when_it_says_no_day_and_amount(tom: Treasurer, content):
    """B10: broken, empty and huge files get a clear refusal, and add no line."""
    answer = await tom.send("/banque/releves", {}, files={"statement": ("x.csv", content)})
    assert answer.status_code == 422
    assert await lines.waiting() == []


async def a_month() -> None:
    """Cash with a difference, cheques half deposited, a transfer, an undone payment."""
    for name, way in (("Alice", PayWay.CASH), ("Bob", PayWay.CHEQUE), ("Chloé", PayWay.TRANSFER)):
        joined = await add_household(name, "Petit")
        await pay_dues(joined.household_id, 1) if way is PayWay.CASH else None
        if way is not PayWay.CASH:
            await membership.take_dues(
                SYSTEM, joined.household_id, 3, way, None, key=codes.random_id()
            )
    await cheques.deposit(SYSTEM, [(await cheques.waiting())[0].payment])
    await take("Dora", PayWay.CHEQUE, 2)
    drawer = await drawers.find_open(None)
    assert drawer is not None
    clerk = await sign_in_clerk()
    await drawers.close_drawer(
        clerk, drawer.public_id, drawer.expected_cents - 70, banked_cents=100
    )


async def sign_in_clerk() -> Any:
    from backend.audit.rules import Actor
    from backend.audit.service import By

    return By(Actor.PERSON, await add_person("Nadia", "Comptoir"))


async def test_books_are_reconciled_when_a_month_has_passed(tom: Treasurer):
    """B10: sales are Stripe's payouts, fees and balance, the drawers, cheques and lines of the bank."""
    await a_month()
    today = clock.today()
    found = await books.reconciliation(today - timedelta(days=31), today)
    assert found.whole
    assert found.sales_cents == 500 + 1500 + 1500 + 1000
    assert found.parts == {
        "payouts": 0, "fees": 0, "stripe": 0, "suspense": 0, "cleared": 0,
        "cash": 500, "cheques": 2500, "transfers": 1500,
    }  # fmt: skip
    apart = {each.what: each.difference_cents for each in found.balances if each.difference_cents}
    assert apart == {"transfer": 1500}  # taken at the desk, its line has not come yet
    page = await tom.open("/comptes")
    assert "Des virements encaissés n'ont pas encore leur ligne de banque." in page
    await tom.done("/banque", on=f"{today:%d/%m/%Y}", amount="15", label="VIR CHLOE PETIT")
    line = (await lines.waiting())[0]
    entry = next(c.entry for c in await lines.candidates(line) if c.payer == "Chloé Petit")
    await tom.done(f"/banque/{line.public_id}/rapprochement", entry=entry)
    found = await books.reconciliation(today, today)
    assert all(each.difference_cents == 0 for each in found.balances)


async def test_sales_journal_and_fec_say_what_the_books_say(tom: Treasurer):
    """B10: 18 columns of art. A47 A-1, debit is credit, and both files have the same sales."""
    await a_month()
    answer = await tom.browser.get(f"{HOME}/comptes/fec")
    assert "FEC" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.text), delimiter="\t"))
    assert rows[0][:3] == ["JournalCode", "JournalLib", "EcritureNum"]
    assert {len(row) for row in rows} == {18}
    told = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    cents = {
        name: [int(row[name].replace(",", "")) for row in told] for name in ("Debit", "Credit")
    }
    assert sum(cents["Debit"]) == sum(cents["Credit"]) > 0
    assert {row["EcritureDate"] for row in told} == {f"{clock.today():%Y%m%d}"}
    numbers = [int(row["EcritureNum"]) for row in told]
    assert sorted(set(numbers)) == list(range(1, max(numbers) + 1))
    sold = sum(int(row["Credit"].replace(",", "")) for row in told if row["CompteNum"] == "756")
    taken = await tom.browser.get(f"{HOME}/comptes/ventes")
    assert taken.content.startswith(b"\xef\xbb\xbf")
    sales = list(csv.DictReader(io.StringIO(taken.content.decode("utf-8-sig")), delimiter=";"))
    assert sum(int(row["Montant"].replace(",", "")) for row in sales) == sold == 4500
    excel = await tom.browser.get(f"{HOME}/comptes/ventes?format=xlsx")
    assert excel.content.startswith(b"PK")


async def test_entry_is_reversed_once_with_a_reason(tom: Treasurer):
    """B8: a correction is the same entry the other way; a payment's own entry is not for this."""
    await a_month()
    entries = await journal.entries(clock.today(), clock.today())
    assert not any(each.may_reverse for each in entries)
    for kind in ("payment:", "drawer:"):
        kept = next(each for each in entries if each.key.startswith(kind))
        assert (await tom.send(f"/comptes/ecritures/{kept.id}", {"reason": "x"})).status_code == 409
    wish = CostWish(
        on=clock.today(), label="Papier", account=Account.PURCHASES, amount_cents=900, key="k"
    )
    await costs.enter(SYSTEM, wish)
    spent = (await journal.entries(clock.today(), clock.today()))[0]
    assert (await tom.send(f"/comptes/ecritures/{spent.id}", {})).status_code == 422
    await tom.done(f"/comptes/ecritures/{spent.id}", reason="Deux fois")
    assert (await tom.send(f"/comptes/ecritures/{spent.id}", {"reason": "x"})).status_code == 409
    assert (
        await fetch_value(
            "SELECT sum(debit_cents - credit_cents) FROM journal_line WHERE account = '606'"
        )
        == 0
    )


async def test_first_page_says_what_each_way_costs(tom: Treasurer):
    """B1: fees in euros and per cent by the payments' own fees; monthly is said to be dear."""
    await a_month()
    await fetch(
        "INSERT INTO pay_order (public_id, payer, kind, way, label, amount_cents, terms, created_at)"
        " SELECT 'm', id, 'dues', 'monthly', '', 100, '{}', now() FROM payer LIMIT 1"
    )
    await fetch(
        "INSERT INTO payment (public_id, pay_order, kind, way, amount_cents, fee_cents, received_at)"
        " SELECT 'p', id, 'payment', 'monthly', 100, 27, now() FROM pay_order WHERE public_id = 'm'"
    )
    page = await tom.open("")
    assert "En ligne, chaque mois 0,27\xa0€ de frais, 27" in page
    assert " 1 1,00\xa0€ 0,27\xa0€ 0,27\xa0€ 27" in page
    assert "Payer chaque mois coûte cher." in page
    assert "Espèces 0,00\xa0€ de frais, 0\xa0% 1 5,00\xa0€ 0,00\xa0€" in page.replace("\u202f", " ")


async def test_receipt_is_found_and_printed_identically_for_ever(tom: Treasurer):
    """M9: by number or name, the same bytes after a change of name; a gap would be shown."""
    await pay_dues((await add_household("Odette", "Leroy")).household_id)
    assert f"C-{clock.today().year}-00001" in await tom.open("/recus?q=leroy")
    assert "Aucun reçu trouvé" in await tom.open("/recus?q=personne")
    public_id = await fetch_value("SELECT public_id FROM receipt")
    first = await tom.browser.get(f"{HOME}/recus/{public_id}")
    await fetch("UPDATE payer SET name = 'Autre'")
    assert (await tom.browser.get(f"{HOME}/recus/{public_id}")).content == first.content
    assert "Sans trou" in await tom.open("/recus")
    await fetch("UPDATE receipt_counter SET last = last + 1")
    assert "Il manque un numéro" in await tom.open("/recus")


async def test_invoice_is_in_the_books_by_its_number_and_found_again(tom: Treasurer):
    """B10: the sales journal, the FEC and the search name invoices and credit notes as printed."""
    public_id = (await add_contract((await add_firm("Roux")).id)).public_id
    order = (await contracts.get_contract(public_id)).order_public_id
    assert order is not None
    await tell(order, "re_1", PaymentKind.REFUND)
    year, today = clock.today().year, clock.today()
    said = [f"F-{year}-00001", f"AF-{year}-00001"]
    assert [one.receipt for one in await books.sales(today, today)] == said
    text = b"".join([piece async for piece in fec.lines(today, today)]).decode()
    for number in said:
        assert f"\t{number}\t" in text
    page = await tom.open(f"/recus?q={said[0]}")
    assert said[0] in page
    assert "Factures aux partenaires" in page
    [kept] = await books.find_receipts(said[1])
    paper = await tom.browser.get(f"{HOME}/recus/{kept.public_id}")
    assert paper.content.startswith(b"%PDF")
    assert (await tom.browser.get(f"{HOME}/recus/nobodys")).status_code == 404


PAGES = ("", "/comptes", "/recus", "/depenses", "/recettes-commerciales", "/banque", "/cheques")


async def test_every_page_of_the_treasury_asks_little(tom: Treasurer):
    """PERF6: at most six statements a page, after a sale of each kind."""
    await pay_dues((await add_household()).household_id)
    for path in PAGES:
        async with statements() as said:
            await tom.open(path)
        assert len(said) <= 6, (path, [each[:60] for each in said])

"""A month of the treasurer's, in a real browser: from the first sale to the files for the accountant."""

import asyncio
import csv
import io
from typing import Any

from playwright.async_api import Page, expect

from backend.audit.service import SYSTEM
from backend.billing import queries as billing
from backend.billing.rules import PayWay
from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.membership import service as membership
from tests.browser.conftest import Club
from tests.browser.look import assert_good_page
from tests.browser.test_desk import staff_in
from tests.factories import add_household, add_person, add_role

SITE = (
    "INSERT INTO site (public_id, slug, name, street, postcode, town, phone) VALUES"
    " ('marche', 'marche', 'Conciergerie du Marché', '1 place du Marché', '80000', 'Amiens', '')"
)


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).click()


async def take(page: Page, person: str, way: str, bank: str = "") -> None:
    """Twelve months, which is what the screen proposes."""
    await page.goto(f"/comptoir/personnes/{person}/cotisation")
    await page.get_by_text(way, exact=True).click()
    if bank:
        await page.get_by_text("Pour un chèque : banque et nom").click()
        await page.get_by_label("Banque").fill(bank)
        await assert_good_page(page)
    await press(page, "Encaisser et faire le reçu")
    await page.wait_for_url("**?fait=cotisation-encaissee")


async def test_a_month_is_kept_from_the_first_sale_to_the_export(club: Club, desk: Page) -> None:
    """M4, B1, B8, B9, B10, UX2: from the first sale to the export, every way of paying on its way.

    Drawer with a difference, a sale by Stripe and its payout, a cheque batch and one that bounces, a
    matched transfer, a way that is closed, files whose totals agree.
    """
    await club.stripe.reset()  # what other tests of this run left there is no money of this month
    await fetch(SITE)
    tom = await add_person("Tom", "Compte", "tom@example.org")
    for role in (Role.DESK, Role.TREASURER):
        await add_role(tom, role)
    alice, bob = await add_household("Alice", "Martin"), await add_household("Bob", "Petit")
    chloe = await add_household("Chloé", "Durand")
    order = await membership.order_transfer(SYSTEM, chloe.household_id, 12)
    reference = await billing.reference_of(order)
    dora = await add_household("Dora", "Roux", address="dora@example.org")
    await pay_by_card(club, dora.household_id)
    await staff_in(desk.context, club, tom)

    await count_a_day(desk, alice.person_public_id, bob.person_public_id)
    await bring_cheques(desk)
    await match_the_transfer(desk, reference)
    await match_the_payout(desk, club)
    await bounce_the_cheque(desk)
    await see_costs_and_close_a_way(desk)
    await export(desk)


async def pay_by_card(club: Club, household_id: int) -> None:
    """The year of a neighbour: 60 euros, of which Stripe keeps 1.15; the worker and the webhook do the rest."""
    ordered = await membership.order_dues(
        household_id, PayWay.ONLINE, SYSTEM, done_path="/", back_path="/"
    )
    session = await until(
        "SELECT stripe_session FROM pay_order WHERE public_id = $1", ordered.public_id
    )
    await club.stripe.pay(session)
    await until("SELECT id FROM receipt WHERE printed->'payer'->>'name' = $1", "Dora Roux")


async def until(question: str, about: str) -> Any:
    """What the processes of the club have written meanwhile."""
    async with asyncio.timeout(60):
        while (found := await fetch_value(question, about)) is None:  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.2)
    return found


async def count_a_day(page: Page, alice: str, bob: str) -> None:
    await page.goto("/comptoir")
    await assert_good_page(page)
    await page.get_by_role("button", name="Ouvrir avec").click()
    await page.wait_for_url("**fait=caisse-ouverte")
    await take(page, alice, "Espèces")
    await take(page, bob, "Chèque", "Crédit Coopératif")
    await page.goto("/comptoir/caisse")
    await page.get_by_text("Il doit y avoir").wait_for()
    await assert_good_page(page)
    await page.get_by_role("link", name="Compter et fermer la caisse").click()
    await page.get_by_label("20,00").fill("2")
    await page.get_by_label("10,00").fill("1")
    await page.get_by_label("Total compté").fill("50")
    await assert_good_page(page)
    await page.get_by_label("Pourquoi un écart ?").fill("Un billet rendu de trop")
    await press(page, "Fermer la caisse")
    await page.wait_for_url("**?fait=caisse-comptee")
    await expect(page.locator("main")).to_contain_text("-10,00")
    await assert_good_page(page)


async def bring_cheques(page: Page) -> None:
    await page.goto("/gestion/tresorerie/cheques")
    await page.get_by_text("Crédit Coopératif").wait_for()
    await assert_good_page(page)
    await press(page, "Faire la remise")
    await page.get_by_role("heading", name="Remise B-").wait_for()
    await assert_good_page(page)


async def match_the_transfer(page: Page, reference: str) -> None:
    await page.goto("/gestion/tresorerie/banque")
    await assert_good_page(page)
    said = f"Date;Libellé;Montant\r\n{clock.today():%d/%m/%Y};VIR DURAND {reference};60,00\r\n"
    await page.get_by_label("Fichier CSV de la banque").set_input_files(
        {"name": "releve.csv", "mimeType": "text/csv", "buffer": said.encode("cp1252")}
    )
    await press(page, "Lire le relevé")
    await page.get_by_text("1 lignes nouvelles.").wait_for()
    await page.get_by_role("link", name="Traiter").click()
    await page.get_by_text("Sa référence est dans le libellé").wait_for()
    await assert_good_page(page)
    # The batch of cheques has the same amount: what bears the reference comes first.
    await page.get_by_role("button", name="C’est elle").first.click()
    await page.wait_for_url("**?fait=virement-rapproche")


async def match_the_payout(page: Page, club: Club) -> None:
    """Stripe sends what it holds, the night hears of it, and the bank's line is that payout."""
    payout = await club.stripe.pay_out()
    await club.stripe.end_payout(payout["id"])
    await until("SELECT id FROM journal_entry WHERE key = $1", f"payout:{payout['id']}")
    await page.goto("/gestion/tresorerie/banque")
    await page.get_by_text("Écrire une ligne à la main").click()
    await page.locator("#f-hand-on").fill(f"{clock.today():%d/%m/%Y}")
    await page.locator("#f-hand-amount").fill("58,85")
    await page.locator("#f-hand-label").fill("VIR STRIPE PAYMENTS")
    await press(page, "Ajouter cette ligne")
    await page.wait_for_url("**?fait=enregistre")
    await page.get_by_role("link", name="Traiter VIR STRIPE PAYMENTS").click()
    await page.get_by_text("Déjà dans les comptes, même somme").wait_for()
    await press(page, "C’est elle")
    await page.wait_for_url("**?fait=enregistre")
    await page.goto("/gestion/ecarts")
    await page.get_by_text("Rien à régler.").wait_for()
    await assert_good_page(page)


async def bounce_the_cheque(page: Page) -> None:
    await page.goto("/gestion/tresorerie/cheques")
    await page.locator("main a[href^='/gestion/tresorerie/cheques/']").first.click()
    await page.get_by_label("Quel chèque ?").select_option(index=1)
    await page.get_by_label("Pourquoi ?").fill("Sans provision")
    await press(page, "Noter le rejet")
    await page.wait_for_url("**?fait=cheque-rejete")
    await assert_good_page(page)


async def see_costs_and_close_a_way(page: Page) -> None:
    """What each way costs, then the dearest of them closed and opened again."""
    await page.goto("/gestion/tresorerie")
    row = page.get_by_role("row", name="En ligne, 12 mois")
    await expect(row).to_contain_text("1,15")
    await assert_good_page(page)
    await page.get_by_role("link", name="Ouvrir ou fermer un moyen de payer").click()
    for closed in (True, False):
        box = page.get_by_label("En ligne, chaque mois")
        await box.set_checked(not closed)
        async with page.expect_navigation(url="**?fait=enregistre"):
            await press(page, "Enregistrer les moyens")
        box = page.get_by_label("En ligne, chaque mois")
        await expect(box).to_be_checked(checked=not closed)
    await assert_good_page(page)


async def export(page: Page) -> None:
    await page.goto("/gestion/tresorerie/recus?q=C-")
    await page.get_by_text("Sans trou").first.wait_for()
    await assert_good_page(page)
    await page.goto("/gestion/tresorerie/comptes")
    await page.get_by_text("Le compte est bon.").wait_for()
    await assert_good_page(page)
    async with page.expect_download() as coming:
        await page.get_by_role("link", name="Journal des ventes, CSV").click()
    sales = (await (await coming.value).path()).read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(sales), delimiter=";"))
    assert sum(int(row["Montant"].replace(",", "")) for row in rows) == 18000
    async with page.expect_download() as coming:
        await page.get_by_role("link", name="Fichier des écritures (FEC)").click()
    fec = (await (await coming.value).path()).read_text()
    told = list(csv.DictReader(io.StringIO(fec), delimiter="\t"))
    sums = {
        side: sum(int(row[side].replace(",", "")) for row in told) for side in ("Debit", "Credit")
    }
    assert sums["Debit"] == sums["Credit"] > 18000
    sold = {
        side: sum(int(row[side].replace(",", "")) for row in told if row["CompteNum"] == "756")
        for side in ("Debit", "Credit")
    }
    assert (sold["Credit"], sold["Debit"]) == (24000, 6000)  # the cheque that bounced
    assert {"Versé par Stripe à la banque 58,85", "Frais gardés par Stripe 1,15"} <= {
        " ".join(line.split()).removesuffix(" €")
        for line in (await page.locator("main table").first.inner_text()).splitlines()
    }
    assert "180,00" in await page.inner_text("main")

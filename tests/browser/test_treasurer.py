"""A month of the treasurer's, in a real browser: from the first sale to the files for the accountant."""

import csv
import io

from playwright.async_api import Page

from backend.audit.service import SYSTEM
from backend.billing import queries as billing
from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch
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
    """M4, B8, B9, B10, UX2: drawer, difference, cheque batch, matched transfer, files whose totals agree."""
    await fetch(SITE)
    tom = await add_person("Tom", "Compte", "tom@example.org")
    for role in (Role.DESK, Role.TREASURER):
        await add_role(tom, role)
    alice, bob = await add_household("Alice", "Martin"), await add_household("Bob", "Petit")
    chloe = await add_household("Chloé", "Durand")
    order = await membership.order_transfer(SYSTEM, chloe.household_id, 12)
    reference = await billing.reference_of(order)
    await staff_in(desk.context, club, tom)

    await count_a_day(desk, alice.person_public_id, bob.person_public_id)
    await bring_cheques(desk)
    await match_the_transfer(desk, reference)
    await export(desk)


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
    assert "-10,00" in await page.inner_text("main")
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


async def export(page: Page) -> None:
    await page.goto("/gestion/tresorerie")
    await assert_good_page(page)
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
    sold = sum(int(row["Credit"].replace(",", "")) for row in told if row["CompteNum"] == "756")
    assert sold == 18000
    assert "180,00" in await page.inner_text("main")

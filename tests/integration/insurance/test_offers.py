"""An insurance offer: complete before it is shown, the same for everybody, ranked by nobody."""

import html
import re
from datetime import date, timedelta

import asyncpg
import pytest

from backend.audit.service import SYSTEM
from backend.insurance import queries, rules
from backend.insurance import service as insurance
from backend.insurance.errors import OfferIncomplete
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.membership.rules import Category
from tests import factories
from tests.architecture.code import ROOT
from tests.integration.insurance.conftest import PDF, PRICES, add_insurance, add_insurer, whole
from tests.integration.statements import statements

WITHOUT = {
    "carrier": {"carrier": ""},
    "intermediary": {"intermediary": ""},
    "orias": {"orias": ""},
    "complaint": {"complaint": ""},
    "notice": {"notice": ""},
    "prices": {"prices": ()},
    "prices_from": {"prices_from": None},
    "prices_until": {"prices_until": None},
    "ipid": {"ipid": None},
    "ipid_on": {"ipid_on": None},
}


async def draft(**change: object) -> queries.Offer:
    insurer = await add_insurer()
    public_id = await insurance.draft_offer(SYSTEM, insurer.id, whole(**change))
    found = await queries.find_offer(public_id)
    assert found is not None
    return found


@pytest.mark.parametrize("what", WITHOUT)
async def test_offer_is_not_published_when_a_mention_lacks(db, what):
    """I1: not without insurer, intermediary, ORIAS, complaint contact, IPID with its date, notice, price list."""
    offer = await draft(**WITHOUT[what])
    with pytest.raises(OfferIncomplete):
        await insurance.publish_offer(SYSTEM, offer.id)
    assert await queries.shown_offers() == []


@pytest.mark.parametrize("what", WITHOUT)
async def test_database_refuses_it_too_when_a_mention_lacks(db, what):
    """I1: whoever writes the row, a constraint holds it."""
    offer = await draft(**WITHOUT[what])
    with pytest.raises(asyncpg.CheckViolationError, match="insurance_offer_complete"):
        await fetch("UPDATE insurance_offer SET published_at = now() WHERE id = $1", offer.id)


async def test_published_offer_stays_whole_when_it_is_changed(db):
    """I1: what is shown cannot lose a mention; old and new words stand in the record."""
    offer = await add_insurance()
    with pytest.raises(OfferIncomplete):
        await insurance.change_offer(SYSTEM, offer.id, whole(ipid=None, complaint=""))
    await insurance.change_offer(SYSTEM, offer.id, whole(ipid=None, complaint="0 800"))
    facts = await fetch_value("SELECT facts::text FROM audit_entry WHERE verb = 'insurance.change'")
    assert "reclamations@gouttiere.example" in facts
    assert "0 800" in facts


@pytest.mark.parametrize("typed", ["1234567", "123456789", "0912345A", "06123456", "98123456"])
async def test_orias_number_is_checked_when_it_is_typed(db, typed):
    """I1: eight digits, the first two a year of the register (since 2007)."""
    insurer = await add_insurer()
    with pytest.raises(rules.OriasWrong):
        await insurance.draft_offer(SYSTEM, insurer.id, whole(orias=typed))


@pytest.mark.parametrize(
    "content", [b"", b"MZ\x90 a program", b"%PDF-1.7 cut off", b"\x89PNG\r\n\x1a\n" + b"0" * 20]
)
async def test_ipid_is_a_pdf_by_its_bytes(db, content):
    """I1: the type is read from the content, whatever the file was called."""
    insurer = await add_insurer()
    with pytest.raises(Exception, match="PDF"):
        await insurance.draft_offer(SYSTEM, insurer.id, whole(ipid=content))
    with pytest.raises(Exception, match="PDF"):
        large = PDF + b"0" * (5 * 1024 * 1024) + b"%%EOF"
        await insurance.draft_offer(SYSTEM, insurer.id, whole(ipid=large))


async def test_member_reads_all_mentions_and_the_sheet(page):
    """I1: names, ORIAS number, complaint contact, notice and the dated IPID stand on the page."""
    offer = await add_insurance()
    await page.as_member(await factories.add_member())
    address = f"/avantages/assurance/{offer.public_id}"
    async with statements() as said:
        shown = html.unescape(await page.words(address))
    assert len(said) <= 6, "PERF6"
    for mention in (
        offer.terms.carrier,
        offer.terms.intermediary,
        "09123456",
        offer.terms.complaint,
        "Le club ne vend pas d'assurance",
    ):
        assert mention in shown
    assert "90,00\xa0€" in shown
    sheet = await page.client.get(f"{address}/ipid")
    assert (sheet.content, sheet.headers["content-type"]) == (PDF, "application/pdf")


async def test_draft_is_nobodys_to_read(page):
    offer = await draft()
    await page.as_member(await factories.add_member())
    for path in ("", "/ipid", "/rappel"):
        answer = await page.client.get(f"/avantages/assurance/{offer.public_id}{path}")
        assert answer.status_code == 404
    assert offer.terms.title not in await page.words("/avantages/assurance")


async def test_price_list_is_hidden_when_its_dates_are_over(page):
    """I2: a price list has validity dates; one that is over is no price."""
    offer = await add_insurance(
        prices_from=clock.today() - timedelta(days=400), prices_until=clock.today() - timedelta(1)
    )
    await page.as_member(await factories.add_member())
    shown = await page.words(f"/avantages/assurance/{offer.public_id}")
    assert "90,00" not in shown
    assert "nouveau tarif arrive" in shown


async def test_every_member_reads_the_same_list(page):
    """I2: no price follows from who reads it: dwelling, household and age change nothing.

    What the page prints in euros are the six prices as they were typed, and nothing made of them.
    """
    offer = await add_insurance()
    await factories.add_dwelling("L/01 00001", "80000", 2)
    await factories.add_dwelling("L/01 00002", "80000", 6)
    readers = [
        await factories.add_member("Alice", "Martin"),
        await factories.add_member(
            "Bob",
            "Petit",
            category=Category.TENANT,
            contract="L/01 00001",
            postcode="80000",
            rooms=2,
        ),
        await factories.add_member(
            "Chloé",
            "Roy",
            category=Category.TENANT,
            contract="L/01 00002",
            postcode="80000",
            rooms=6,
        ),
    ]
    seen = set()
    for member in readers:
        await page.as_member(member)
        shown = await page.words(f"/avantages/assurance/{offer.public_id}")
        seen.add(re.sub(r"\s+", " ", shown[shown.index('id="tarif"') : shown.index('id="lire"')]))
        said = html.unescape(shown[shown.index("<main") : shown.index("</main")])
        euros = re.findall(r"(\d+,\d\d)\s*€", said)
        assert euros == [f"{cents // 100},{cents % 100:02}" for cents in PRICES]
    assert len(seen) == 1


async def test_two_insurers_stand_in_the_order_of_the_alphabet(page):
    """I2: no price, no order but that of names, where two insurers are on one page."""
    dear = await add_insurance("Abeille", title="Ruche", prices=tuple(p * 3 for p in range(1, 7)))
    cheap = await add_insurance("Zèbre", title="Rayures", prices=(1, 1, 1, 1, 1, 1))
    assert [one.id for one in await queries.shown_offers()] == [dear.id, cheap.id]
    await page.as_member(await factories.add_member())
    shown = await page.words("/avantages/assurance")
    assert shown.index("Ruche") < shown.index("Rayures")
    assert "€" not in shown[shown.index("<main") : shown.index("</main")]


# Who may read the list at all: it is stored, checked, typed in the office, and printed as it is.
READERS = {
    "backend/insurance/files.py",
    "backend/insurance/queries.py",
    "backend/insurance/rules.py",
    "backend/insurance/service/offers.py",
    "backend/insurance/tables.py",
    "backend/sandbox/demo/insurance.py",
    "web/member/insurance.py",
    "web/office/insurance.py",
    "web/office/insurance_offers.py",
}
SHOWN = {
    "web/templates/member/insurance/show.html",
    "web/templates/office/insurance/edit.html",
    "web/templates/office/insurance/index.html",
    "web/templates/office/insurance/insurer.html",
    "web/templates/office/insurance/show.html",
}


def test_no_page_computes_or_ranks():
    """I2: over all code and all templates, the list is read where it is kept, and printed as it is."""
    code = [*(ROOT / "backend").rglob("*.py"), *(ROOT / "web").rglob("*.py")]
    code += [*(ROOT / "partners").rglob("*.py")]
    reading = {
        str(path.relative_to(ROOT))
        for path in code
        if re.search(r"terms\.prices|prices_hold|o\.prices|prices_from", path.read_text())
    }
    assert reading <= READERS
    pages = [*(ROOT / "web").rglob("*.html"), *(ROOT / "partners").rglob("*.html")]
    showing = {path for path in pages if re.search(r"terms\.prices|in prices\b", path.read_text())}
    assert {str(path.relative_to(ROOT)) for path in showing} <= SHOWN
    for path in showing:
        assert not re.search(r"\|\s*(sort|min|max|sum)\b|cents\s*[-+*/<>]", path.read_text()), path
    surface = (ROOT / "web/member/insurance.py").read_text()
    assert not re.search(r"sorted|min\(|max\(|rooms\b.*member|dwelling", surface)


async def test_office_writes_completes_and_publishes(page):
    """I1: the page says what lacks, and has no button to publish until nothing does."""
    await page.as_manager()
    made = await page.done(
        "/gestion/assurance/assureurs", {"name": "Cabinet Gouttière", "email": "a@example.org"}
    )
    insurer = made.split("/")[-1].split("?")[0]
    there = await page.done(
        f"/gestion/assurance/offres?assureur={insurer}", {"title": "Assurance du palier"}
    )
    offer = there.split("?")[0]
    shown = html.unescape(await page.words(offer))
    assert "le numéro ORIAS" in shown
    assert "Publier cette offre" not in shown
    refused = await page.send(f"{offer}/publication")
    assert refused.status_code == 409
    today = clock.today()
    fields = {
        "title": "Assurance du palier",
        "carrier": "Mutuelle des Tuiles",
        "intermediary": "Cabinet Gouttière",
        "orias": "09123456",
        "complaint": "reclamations@example.org",
        "notice": rules.NOTICE,
        **{f"price_{rooms}": f"{80 + rooms},50" for rooms in rules.ROOMS},
        "prices_from": str(today),
        "prices_until": str(date(today.year + 1, 12, 31)),
        "ipid_on": "2026-01-01",
    }
    missing = await page.send(f"{offer}/modifier", {**fields, "price_3": ""})
    assert missing.status_code == 422
    sheet = {"ipid": ("ipid.pdf", PDF, "application/pdf")}
    await page.done(f"{offer}/modifier", fields, files=sheet)
    assert "Publier cette offre" in await page.words(offer)
    await page.done(f"{offer}/publication")
    [found] = await queries.shown_offers()
    assert found.terms.prices == (8150, 8250, 8350, 8450, 8550, 8650)
    assert (await page.client.get(f"{offer}/ipid.pdf")).content == PDF
    await page.words(f"{offer}/modifier")
    await page.words(f"/gestion/assurance/assureurs/{insurer}")
    await page.done(f"{offer}/retrait")
    assert await queries.shown_offers() == []


async def test_member_reads_that_the_club_sells_nothing_whatever_the_office_typed(page):
    """I1: the club's own notice stands on every offer; what was typed comes after it."""
    offer = await add_insurance(notice="x")
    await page.as_member(await factories.add_member())
    shown = html.unescape(await page.words(f"/avantages/assurance/{offer.public_id}"))
    assert rules.NOTICE in shown
    assert ">x</p>" in shown


async def test_offers_of_a_closed_insurer_are_shown_no_more(page):
    offer = await add_insurance()
    await page.as_manager()
    address = f"/gestion/assurance/assureurs/{offer.insurer_public_id}"
    await page.done(f"{address}/fermeture")
    assert await queries.shown_offers() == []
    await page.done(f"{address}/reouverture")
    assert len(await queries.shown_offers()) == 1
    await page.done(address, {"name": "Cabinet Chéneau", "email": "b@example.org"})
    assert "Cabinet Chéneau" in await page.words(address)


async def test_help_page_explains_leaving_an_old_contract(page):
    """I5: one-year cancellation by the new insurer, the landlord's option with one month and 10 %, a date."""
    shown = html.unescape(await page.words("/assurance"))
    for said in ("plus d'un an", "L113-15-2", "article 7 g", "un mois", "10 %", "Relu le"):
        assert said in shown, said
    await page.as_manager()
    edited = {"title": "Quitter son assurance", "body": "Un an passé, partez.", "after": "0"}
    await page.done("/gestion/textes/assurance", edited)
    page.client.cookies.clear()
    shown = html.unescape(await page.words("/assurance"))
    assert "Un an passé, partez." in shown
    assert "Relu le" in shown

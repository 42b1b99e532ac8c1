"""The pages of a partner's life: asked on a phone, answered in the office, accepted and paid in the portal."""

import re
from html import unescape

import httpx
import pytest

from backend.audit import service as audit
from backend.audit.service import SYSTEM
from backend.billing import bank
from backend.billing.bank import BankWish
from backend.billing.rules import PayWay
from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.merchants import applications, contracts, standings
from backend.merchants import service as merchants
from backend.merchants.contracts import Has
from backend.merchants.rules import EndReason, PartnerKind, Standing
from backend.places import service as places
from backend.sandbox.stripe.remote import Remote
from backend.settings import Settings
from tests import paying, sign_in
from tests.contracts import (
    PLUMBER,
    add_contract,
    add_firm,
    add_merchant,
    add_waiting,
    draw,
    pay,
    sign,
)
from tests.factories import add_partner, add_person, add_role
from tests.integration.statements import statements
from tests.pictures import picture

TYPED = {
    "name": "Plomberie Roux",
    "siret": "73282932000074",
    "kind": "firm",
    "category": "trades",
    "street": "4 rue du Puits",
    "postcode": "80000",
    "town": "Amiens",
    "given_name": "Yacine",
    "family_name": "Amrani",
    "email": "yacine@example.org",
    "hours_0": "9h-12h",
    f"metier_{PLUMBER}": "1",
}


class Browser:
    """A browser without JavaScript."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client, self.token = client, ""

    async def open(self, path: str, status: int = 200) -> str:
        response = await self.client.get(path)
        assert response.status_code == status, (path, response.text[-300:])
        found = re.search(r'name="csrf_token" value="([^"]+)"', response.text)
        self.token = found[1] if found else self.token
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.text)))

    async def send(self, path: str, status: int = 303, **fields: str) -> httpx.Response:
        response = await self.client.post(path, data={"csrf_token": self.token, **fields})
        assert response.status_code == status, (path, response.text[-300:])
        return response


@pytest.fixture
async def browser(client: httpx.AsyncClient) -> Browser:
    return Browser(client)


@pytest.fixture
async def office(browser: Browser, settings: Settings) -> Browser:
    manager = await add_person("Nadia", "Club")
    await add_role(manager, Role.MANAGER)
    await sign_in.as_staff(browser.client, settings, manager)
    return browser


async def as_merchant(browser: Browser, settings: Settings, partner_id: int) -> None:
    person = await add_merchant(partner_id, f"Yacine{partner_id}")
    await sign_in.as_merchant(browser.client, settings, person)


async def test_firm_asks_on_a_phone_without_javascript(browser: Browser):
    """P1, P2: one page, dues named before anything is sent, trades of the fixed list only."""
    page = await browser.open("/devenir-partenaire")
    assert "1 000,00 €" in page.replace("\u202f", " ").replace("\u00a0", " ")
    refused = await browser.send("/devenir-partenaire", 422, **{**TYPED, "siret": "123"})
    assert "Plomberie Roux" in refused.text
    assert await applications.waiting() == []
    sent = await browser.send("/devenir-partenaire", **TYPED)
    assert sent.headers["location"] == "/devenir-partenaire/merci"
    assert "Vous ne payez rien maintenant" in await browser.open("/devenir-partenaire/merci")
    (asked,) = await applications.waiting()
    assert asked.trades == (PLUMBER,)
    assert [each.weekday for each in asked.hours] == [0]


async def test_photo_comes_with_the_application(browser: Browser, settings: Settings):
    await browser.open("/devenir-partenaire")
    response = await browser.client.post(
        "/devenir-partenaire",
        data={"csrf_token": browser.token, **TYPED},
        files={"photo": ("a.jpg", picture("JPEG"), "image/jpeg")},
    )
    assert response.status_code == 303, response.text
    (asked,) = await applications.waiting()
    manager = await add_person("Nadia", "Club")
    await add_role(manager, Role.MANAGER)
    await sign_in.as_staff(browser.client, settings, manager)
    photo = await browser.client.get(f"/gestion/candidatures/{asked.public_id}/photo")
    assert photo.headers["content-type"] == "image/jpeg"


async def test_photo_goes_when_the_application_is_refused(browser: Browser):
    """D2: the bytes of a picture that no shop will show are not kept."""
    await browser.open("/devenir-partenaire")
    await browser.client.post(
        "/devenir-partenaire",
        data={"csrf_token": browser.token, **TYPED},
        files={"photo": ("a.jpg", picture("JPEG"), "image/jpeg")},
    )
    (asked,) = await applications.waiting()
    assert await fetch_value("SELECT count(*) FROM stored_file") == 1
    clerk = audit.person(await add_person("Nadia", "Club"))
    await merchants.refuse_application(clerk, asked.public_id, "Le métier est pris.")
    assert await fetch_value("SELECT count(*) FROM stored_file") == 0


async def test_office_accepts_with_terms(browser: Browser, office: Browser):
    """P2: staff answer with a contract whose dues are the club's, and may be others."""
    await browser.open("/devenir-partenaire")
    await browser.send("/devenir-partenaire", **TYPED)
    (asked,) = await applications.waiting()
    assert "Plomberie Roux" in await office.open("/gestion/candidatures")
    page = await office.open(f"/gestion/candidatures/{asked.public_id}")
    assert "73282932000074" in page
    sent = await office.send(
        f"/gestion/candidatures/{asked.public_id}/accord",
        kind="firm",
        first_day=clock.today().isoformat(),
        dues="800",
        campaigns_a_year="6",
        name="Roux SARL",
        street="4 rue du Puits",
        postcode="80000",
        town="Amiens",
        **{f"metier_{PLUMBER}": "1"},
    )
    page = await office.open(sent.headers["location"])
    assert "À signer" in page
    (contract,) = await contracts.current()
    assert (contract.dues_cents, contract.campaigns_a_year) == (80_000, 6)
    assert "Roux" in await office.open("/gestion/conventions")


async def test_office_refuses_with_a_reason(browser: Browser, office: Browser):
    await browser.open("/devenir-partenaire")
    await browser.send("/devenir-partenaire", **TYPED)
    (asked,) = await applications.waiting()
    address = f"/gestion/candidatures/{asked.public_id}"
    await office.open(address)
    refused = await office.send(f"{address}/refus", 422, reason="")
    assert 'value="1000"' in refused.text
    await office.send(f"{address}/refus", reason="Trop loin.")
    assert "Trop loin." in await office.open(address)


async def test_paper_is_written_down_with_who_signed(office: Browser):
    """P2: a contract accepted on paper holds like another."""
    public_id = await draw((await add_firm("Roux")).id)
    address = f"/gestion/conventions/{public_id}"
    await office.open(address)
    await office.send(f"{address}/papier", 422, signer="")
    await office.send(f"{address}/papier", signer="Y. Amrani")
    assert "Y. Amrani" in await office.open(address)
    await office.send(f"{address}/virement")
    page = await office.open(address)
    assert "V-" in page
    number = f"F-{clock.today().year}-00001"
    assert number in page
    invoice = await fetch_value("SELECT public_id FROM invoice")
    assert (await office.client.get(f"/gestion/factures/{invoice}")).content.startswith(b"%PDF")


async def test_list_of_contracts_asks_little_of_the_database(office: Browser):
    """PERF6: at most 6 statements a page, however many firms there are and wait."""
    await add_contract((await add_firm("Roux")).id)
    for name in ("Blanc", "Vert"):
        await add_waiting(name)
    await office.open("/gestion/conventions")
    async with statements() as said:
        page = await office.open("/gestion/conventions")
    assert "Tout le club" in page
    assert len(said) <= 6, said


async def test_office_ends_a_contract_and_the_next_is_offered_the_place(office: Browser):
    """P1, P7: what the office sees of a place that goes from one firm to the next."""
    first = await add_contract((await add_firm("Roux")).id)
    second = await add_waiting("Blanc")
    page = await office.open("/gestion/conventions")
    assert "Plombier" in page
    assert "Blanc" in page
    address = f"/gestion/conventions/{first.public_id}"
    await office.open(address)
    await office.send(f"{address}/fin", reason="club")
    assert "Place proposée" in await office.open(f"/gestion/conventions/{second}")
    assert "Terminée le" in await office.open(address)


async def test_settings_change_what_is_asked(office: Browser):
    """P2: dues, grace and the VAT mention are the club's settings."""
    await office.open("/gestion/club/partenaires")
    wish = {
        "shop": "120",
        "firm": "900,50",
        "association": "0",
        "campaigns_a_year": "3",
        "grace_days": "20",
        "renew_days": "60",
        "offer_days": "7",
        "hold_days": "15",
        "vat_text": "TVA 20 %",
    }
    refused = await office.send("/gestion/club/partenaires", 422, **{**wish, "offer_days": "0"})
    assert 'value="900,50"' in refused.text
    await office.send("/gestion/club/partenaires", **wish)
    terms = await contracts.terms()
    assert (terms.firm_cents, terms.grace_days, terms.vat_text) == (90_050, 20, "TVA 20 %")
    await office.send("/gestion/club/partenaires/territoires", territory="Nord")
    assert "Nord" in await office.open("/gestion/club/partenaires")


async def test_partner_accepts_pays_and_reads_its_invoice(
    browser: Browser, stripe: Remote, settings: Settings
):
    """P2: online from the yes to the invoice; the page shows what is known."""
    firm = await add_firm("Roux")
    public_id = await draw(firm.id)
    await as_merchant(browser, settings, firm.id)
    assert "Accepter la convention" in await browser.open("/partenaire/convention")
    await browser.send(f"/partenaire/conventions/{public_id}/accord")
    page = await browser.open("/partenaire/convention")
    assert "Il reste à payer la cotisation" in page
    sent = await browser.send(f"/partenaire/conventions/{public_id}/paiement")
    order = (await contracts.get_contract(public_id)).order_public_id
    assert order is not None
    assert sent.headers["location"].startswith(stripe.url)
    assert "Paiement en cours" in await browser.open(f"/partenaire/paiements/{order}")
    await paying.pay(stripe, order)
    assert "C’est payé" in await browser.open(f"/partenaire/paiements/{order}")
    page = await browser.open("/partenaire/convention")
    assert "Vous êtes le seul" in page
    invoice = await fetch_value("SELECT public_id FROM invoice")
    found = await browser.client.get(f"/partenaire/factures/{invoice}")
    assert found.content.startswith(b"%PDF")
    assert await standings.standing(firm.id, clock.today()) is Standing.ACTIVE


async def test_page_of_a_contract_asks_little_of_the_database(browser: Browser, settings: Settings):
    """PERF6: at most 6 statements, with the club's own words and a transfer that is waited for."""
    await places.publish_text("convention", "Convention", "Le texte du club.", 0, SYSTEM)
    await bank.set_account(SYSTEM, BankWish("Le club", "FR7630006000011234567890189", "AGRIFRPP"))
    firm = await add_firm("Roux")
    public_id = await draw(firm.id)
    await sign(public_id)
    await merchants.order_dues(SYSTEM, public_id, PayWay.TRANSFER)
    await as_merchant(browser, settings, firm.id)
    await browser.open("/partenaire/convention")
    async with statements() as said:
        page = await browser.open("/partenaire/convention")
    for word in ("Le texte du club.", "Par virement", "FR76 3000", "V-"):
        assert word in page.replace("\u00a0", " "), word
    assert len(said) <= 6, said


async def test_firm_that_waits_finds_no_way_to_pay(browser: Browser, settings: Settings):
    """V12: nothing on its page asks for money, and the form sent by hand changes nothing."""
    await add_contract((await add_firm("Roux")).id)
    second = await add_firm("Blanc")
    public_id = await draw(second.id)
    await sign(public_id)
    await as_merchant(browser, settings, second.id)
    page = await browser.open("/partenaire/convention")
    assert "Vous ne payez rien" in page
    assert "Payer" not in page
    sent = await browser.send(f"/partenaire/conventions/{public_id}/paiement")
    assert sent.headers["location"].endswith("fait=convention-attend")
    assert (await contracts.get_contract(public_id)).order_public_id is None


async def test_transfer_has_a_reference_in_the_portal(browser: Browser, settings: Settings):
    await bank.set_account(SYSTEM, BankWish("Club", "FR7630006000011234567890189", "AGRIFRPP"))
    shop = await add_partner("Le Pain")
    public_id = await draw(shop.id, kind=PartnerKind.SHOP, dues_cents=10_000)
    await as_merchant(browser, settings, shop.id)
    await browser.open("/partenaire/convention")
    await browser.send(f"/partenaire/conventions/{public_id}/accord")
    await browser.send(f"/partenaire/conventions/{public_id}/virement")
    page = await browser.open("/partenaire/convention")
    assert "V-" in page
    assert "FR76" in page


async def test_partner_leaves_and_takes_an_offered_place(browser: Browser, settings: Settings):
    """P7: a paid firm takes the second trade it waited for with one press."""
    holder = await add_contract((await add_firm("Roux")).id)
    firm = await add_firm("Blanc")
    both = await draw(firm.id, trades=(PLUMBER, 432202))
    await sign(both)
    await pay(both)
    await as_merchant(browser, settings, firm.id)
    await merchants.end_contract(SYSTEM, holder.public_id, EndReason.LEFT)
    assert "Prendre la place" in await browser.open("/partenaire/convention")
    await browser.send(f"/partenaire/conventions/{both}/place")
    found = await contracts.get_contract(both)
    assert [one.has for one in found.trades] == [Has.TAKEN, Has.TAKEN]
    await browser.open("/partenaire/convention")
    await browser.send(f"/partenaire/conventions/{both}/depart")
    assert "Pas encore de convention" in await browser.open("/partenaire/convention")


async def test_another_partners_papers_are_not_there(browser: Browser, settings: Settings):
    """SEC11, P5: contract, payment and invoice of another partner are as unknown as none."""
    contract = await add_contract((await add_firm("Roux")).id)
    other = await add_partner("Le Pain")
    await as_merchant(browser, settings, other.id)
    browser.token = await sign_in.csrf_token(browser.client, settings)
    invoice = await fetch_value("SELECT public_id FROM invoice")
    await browser.open(f"/partenaire/paiements/{contract.order_public_id}", 404)
    await browser.open(f"/partenaire/factures/{invoice}", 404)
    for act in ("accord", "paiement", "virement", "place", "rang", "depart"):
        await browser.send(f"/partenaire/conventions/{contract.public_id}/{act}", 404)

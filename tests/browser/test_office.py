"""A manager's main jobs, in a real browser with JavaScript and without."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page

from backend.identity.rules import Role
from backend.kit.database import fetch_value
from tests import factories
from tests.browser.conftest import Club, new_page
from tests.browser.look import Watch
from tests.browser.test_desk import staff_in
from tests.conftest import Database
from tests.landlord_lists import export, rows

DWELLINGS = "SELECT count(*) FROM dwelling WHERE gone_at IS NULL"


@dataclass
class Office:
    """The pages of the office as a manager works them: by the words on buttons and fields."""

    page: Page

    async def open(self, path: str) -> None:
        await self.page.goto(f"/gestion{path}")

    async def follow(self, link: str) -> None:
        """On from here by a link, and there."""
        here = self.page.url
        await self.page.get_by_role("link", name=link).first.click()
        await self.page.wait_for_url(lambda url: url != here)

    async def press(self, button: str) -> None:
        """The page that answers a form may have the same address."""
        async with self.page.expect_navigation():
            await self.main.get_by_role("button", name=button, exact=True).click()

    async def fill(self, **said: str) -> None:
        for name, value in said.items():
            await self.page.locator(f"#f-{name}").fill(value)

    async def sees(self, words: str) -> None:
        await self.main.get_by_text(words).first.wait_for()

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    async def add_partner(self, name: str) -> None:
        await self.open("/partenaires")
        await self.follow("Ajouter un partenaire")
        await self.fill(name=name)
        await self.press("Enregistrer")

    async def add_shop(self, name: str) -> None:
        """From the page of its partner."""
        await self.follow("Ajouter un point de vente")
        await self.fill(name=name, street="3 rue du Four", postcode="80000", town="Amiens")
        await self.press("Enregistrer")

    async def publish(self, title: str) -> None:
        """From the page of its partner."""
        await self.follow("Écrire un avantage")
        await self.fill(title=title)
        await self.page.locator("input[name=kind][value=percent]").check()
        await self.fill(percent="10", typical_cents="12,50", starts_on="2026-01-01")
        await self.press("Enregistrer le brouillon")
        await self.press("Publier l’avantage")

    async def choose_list(self, path: Path) -> None:
        await self.open("/imports")
        await self.page.locator("#f-name").fill("Habitat de l'Orme")
        await self.page.locator("#f-list").set_input_files(path)
        await self.press("Vérifier la liste")


@pytest.fixture(params=[True, False], ids=["script", "plain"])
async def office(
    request: pytest.FixtureRequest, club: Club, db: Database, chromium: Browser, watch: Watch
) -> AsyncIterator[Office]:
    """Hélène, who manages the club, at a PC."""
    helene = await factories.add_person("Hélène", "Vasseur", "helene@example.org")
    await factories.add_role(helene, Role.MANAGER)
    context = await chromium.new_context(
        base_url=club.url,
        java_script_enabled=request.param,
        viewport={"width": 1280, "height": 800},
        locale="fr-FR",
        timezone_id="Europe/Paris",
    )
    await staff_in(context, club, helene)
    yield Office(await new_page(context, watch))
    await context.close()


async def test_partner_gets_a_shop_a_till_and_an_offer(office: Office):
    """UX1: from a name to an offer that members see, by plain forms too."""
    await office.add_partner("Boulangerie du Canal")
    home = office.page.url.partition("?")[0]
    await office.add_shop("Chez Canal")
    await office.page.goto(home)
    await office.page.get_by_label("Nouvelle caisse pour Chez Canal").fill("Caisse 1")
    await office.press("Créer")
    await office.sees("/caisse/inscription/")
    await office.page.goto(home)
    await office.publish("10 % sur le pain")
    await office.sees("Publié")
    assert await fetch_value("SELECT state FROM offer") == "published"
    assert await fetch_value("SELECT count(*) FROM till WHERE revoked_at IS NULL") == 1


async def test_list_of_dwellings_is_looked_at_applied_and_undone(office: Office, tmp_path: Path):
    """M8, UX1: nothing is written before the yes, and everything is as before after the undoing."""
    path = tmp_path / "export.csv"
    path.write_bytes(export(rows(40)))
    await office.choose_list(path)
    await office.sees("Rien n’est encore écrit")
    assert await fetch_value(DWELLINGS) == 0
    await office.press("Appliquer la liste")
    await office.sees("La liste est appliquée.")
    assert await fetch_value(DWELLINGS) == 40
    await office.follow("Annuler cet import")
    await office.press("Annuler l’import")
    await office.sees("tout est comme avant")
    assert await fetch_value(DWELLINGS) == 0

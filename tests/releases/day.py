"""A day at the club, through its own pages, for the tape of a release: as many tables as possible.

It uses what a test of any release has: the world of tests/integration/http/objects.py, and pages.
An address that goes away is replaced here on the day the next tape is recorded.
"""

import re
from datetime import time, timedelta
from typing import Any

import httpx

from backend.audit.service import SYSTEM
from backend.billing import cheques, lines, ways
from backend.billing import queries as billing
from backend.billing.rules import PayWay
from backend.billing.ways import Way
from backend.identity import service as identity
from backend.identity.rules import Role
from backend.jobs.schedule import tick
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value
from backend.membership import service as membership
from backend.membership import views
from backend.membership.reminders import FIRST_LADDER
from backend.merchants.rules import Hours
from backend.places import service as places
from backend.places.service import SiteWish
from backend.privacy import erasing
from backend.privacy.rules import ErasureWay
from backend.sandbox.stripe.remote import Remote
from backend.settings import Settings
from backend.vouchers import service as vouchers
from backend.vouchers.errors import UnknownCode
from backend.vouchers.scans import Scan
from tests import factories, sign_in
from tests.integration.billing.test_misfortunes import paying, send_all
from tests.integration.http.objects import MANAGER, TENANT, Pair, World, world
from tests.integration.office.test_treasury import statement
from tests.paying import events

PAGES = {
    TENANT: (
        "/accueil", "/avantages", "/bons", "/carte", "/compte", "/compte/cotisation",
        "/compte/donnees", "/compte/donnees/acces", "/compte/consentements", "/compte/effacement",
    ),
    MANAGER: (
        "/comptoir", "/comptoir/personnes?q=al", "/gestion", "/gestion/adherents",
        "/gestion/avantages", "/gestion/partenaires", "/gestion/equipe", "/gestion/points",
        "/gestion/tresorerie", "/gestion/tresorerie/banque", "/gestion/tresorerie/cheques",
        "/gestion/ecarts", "/gestion/cotisations", "/gestion/verifications", "/gestion/club",
    ),
}  # fmt: skip


class Club:
    """Somebody's browser, and whoever is in it."""

    def __init__(self, browser: httpx.AsyncClient, settings: Settings) -> None:
        self.browser, self.settings = browser, settings

    async def send(self, path: str, data: Any = None, **more: Any) -> httpx.Response:
        answer = await sign_in.post(self.browser, self.settings, path, data, **more)
        assert answer.status_code in (200, 303), (path, answer.status_code, answer.text)
        return answer

    async def look(self, *paths: str) -> None:
        for path in paths:
            answer = await self.browser.get(path)
            assert answer.status_code in (200, 303), (path, answer.status_code)


async def live(browser: httpx.AsyncClient, settings: Settings, stripe: Remote) -> None:
    made, people = await world(browser, settings, stripe)
    club = Club(browser, settings)
    await as_a_member(club, people, made)
    await at_the_till(made)
    await at_the_counter(club, people, made)
    await in_the_office(club, people, stripe)
    await odds_and_ends()
    await by_night()


async def as_a_member(club: Club, people: dict[str, Pair], made: World) -> None:
    """By a code; then vouchers, a favourite, a card, choices, a file of everything."""
    await club.send("/connexion", {"address": "bob@example.org"})
    await people[TENANT].alice()
    await club.look(*PAGES[TENANT], f"/bons/{made['voucher']}")
    await club.send(f"/avantages/{made['offer']}/favori")
    await club.send("/carte")
    await club.send("/compte/consentements", {"club_life-email": "1"})
    await club.look("/compte/donnees/mes-donnees.json")


async def at_the_till(made: World) -> None:
    """A look, a use that is undone, and a code that nobody made."""
    row = (await fetch("SELECT shop FROM till ORDER BY id LIMIT 1"))[0]
    till = (await factories.add_till(row["shop"], "Caisse 2")).caller
    for code in (made["voucher"], codes.draw_code()):
        try:
            await vouchers.look(Scan(code=code, key=codes.random_id(), till=till))
        except UnknownCode:
            continue


async def at_the_counter(club: Club, people: dict[str, Pair], made: World) -> None:
    """A household without an address, its dues, a child, papers, a drawer that is counted."""
    await people[MANAGER].alice()
    await club.look(*PAGES[MANAGER])
    file = f"/comptoir/personnes/{made['file']}"
    await club.look(file, *(f"{file}/{tab}" for tab in ("bons", "foyer", "paiements", "journal")))
    home = {"home": "voisin", "town": "Amiens", "postcode": "80000"}
    to = await club.send(
        "/comptoir/adhesions/nouvelle", {"given_name": "Odette", "family_name": "Leroy", **home}
    )
    found = re.match(r"/comptoir/personnes/\w+", to.headers["location"])
    assert found is not None
    odette = found[0]
    for way in ("cash", "cheque"):
        await club.send(f"{odette}/cotisation", {"months": "2", "way": way, "key": way})
    await club.send(f"{odette}/carte")
    await club.send(f"{odette}/foyer/enfant", {"given_name": "Lou", "family_name": "Leroy"})
    voucher = await fetch_value("SELECT id FROM voucher ORDER BY id DESC LIMIT 1")
    await club.send(f"{file}/bons/impression", {"voucher": str(voucher)})
    await club.send(
        f"{file}/utilisations/{made['third use']}/annulation", {"reason": "Erreur de prix"}
    )
    await club.send("/comptoir/caisse/depots", {"amount": "5"})
    await club.send("/comptoir/caisse/fermeture", {"total": "0", "reason": "Compté deux fois"})


async def in_the_office(club: Club, people: dict[str, Pair], stripe: Remote) -> None:
    """A list of dwellings, a site, a text, prices, cheques to the bank, a transfer that is matched."""
    await people[MANAGER].alice()
    landlord = await fetch_value("SELECT slug FROM landlord LIMIT 1")
    draft = await fetch_value("SELECT public_id FROM dwelling_draft")
    await club.send(f"/gestion/imports/apercu/{draft}")
    await club.look(f"/gestion/bailleurs/{landlord}", "/gestion/adherents/liste")
    await club.send("/gestion/club", {"name": "Le Club de l'Orme", "grace_days": "30"})
    dated = {"category": "tenant", "month": "1,50", "since": f"{clock.today().year + 1}-01-01"}
    await club.send("/gestion/club/prix", dated)
    text = {"title": "Conditions", "body": "# Un\n\nDeux.", "after": "0"}
    await club.send("/gestion/textes/conditions", text)
    await factories.add_role(await factories.add_person("Rémi"), Role.REFERENT, 1)
    await cheques.deposit(SYSTEM, [each.payment for each in await cheques.waiting()])
    await a_transfer(club)
    await a_refund(club, stripe)


async def a_transfer(club: Club) -> None:
    joined = await factories.add_household("Zoé", "Blanc")
    order = await membership.order_transfer(SYSTEM, joined.household_id, 12)
    said = statement(await billing.reference_of(order))
    await club.send("/gestion/tresorerie/banque/releves", {}, **said)
    came = next(each for each in await lines.waiting() if each.amount_cents > 0)
    await club.send(
        f"/gestion/tresorerie/banque/{came.public_id}/rapprochement", {"order": order.public_id}
    )


async def a_refund(club: Club, stripe: Remote) -> None:
    """Somebody pays once by card, and takes it back within fourteen days."""
    joined, order, _ = await paying(stripe, PayWay.ONLINE)
    await sign_in.as_tenant(club.browser, club.settings, joined.person_id)
    await club.send(f"/compte/cotisation/retractation/{order}")
    await send_all()
    await events(stripe)


async def odds_and_ends() -> None:
    """What happens now and then: a site, hours, a ladder of reminders, a suspension, an erasure."""
    hours = (Hours(1, time(9), time(12)),)
    at = {"street": "1 place du Marché", "postcode": "80000", "town": "Amiens"}
    await places.open_site(SiteWish(name="Le Marché", hours=hours, **at), SYSTEM)
    partner = await factories.add_partner("Fleurs d'Avril")
    shop = await factories.add_shop(partner.id, hours=hours)
    await factories.add_offer(partner.id, shop_ids=(shop.id,))
    await membership.set_ladder(SYSTEM, FIRST_LADDER, clock.today())
    await ways.set_ways(SYSTEM, frozenset({Way.ONLINE}))
    await views.keep(await factories.add_person("Hélène"), "À jour", "status=current")
    await identity.suspend(SYSTEM, await factories.add_person("Ugo"), "impayé")
    gone = await factories.add_household("Irma", "Partie")
    await erasing.erase(SYSTEM, gone.person_id, ErasureWay.DESK)


async def by_night() -> None:
    """What waits is sent, and the whole timetable runs once."""
    await send_all()
    with clock.travel(timedelta(days=1)):
        await tick()

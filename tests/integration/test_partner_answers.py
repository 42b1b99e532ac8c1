"""P5, for every answer that a partner can get: found by introspection, asked for, and read."""

import io
import re
import zipfile
from dataclasses import dataclass
from html import unescape
from typing import Any

import httpx
import pytest

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.campaigns.rules import Draft
from backend.http.security import cookie_names
from backend.kit import clock, codes
from backend.kit.database import fetch, transaction
from backend.membership.queries import Member
from backend.offers import proposals
from backend.offers.rules import OfferKind
from backend.offers.service import OfferWish
from backend.people import service as people
from backend.people.rules import read_address
from backend.settings import Settings
from backend.vouchers import contests, queries, service
from backend.vouchers.scans import Scan
from tests import factories, sign_in
from tests.conftest import Database
from tests.factories import Market
from tests.integration.campaigns.conftest import launch
from tests.integration.http import callers, objects
from tests.integration.http.callers import allowed
from tests.integration.http.routes import Route, all_routes, sample
from tests.integration.insurance.conftest import ask_firm
from tests.integration.portal.merchant import enter
from tests.readers import OFFERS, say

GIVEN, FAMILY = "Zéphyrine", "Quenneville"
SECRETS = (FAMILY, "quenneville", "zephyrine", "39 98 55 77", "39985577", "Hérisson bleu")
# While a till looks at a voucher or a card: first name and initial of the surname (V13).
LOOKING = {
    "POST /caisse",
    "POST /caisse/aujourdhui",
    "POST /api/v1/looks",
    "POST /api/v1/redemptions",
    "POST /api/v1/redemptions/{redemption_id}/reversal",
}
# What the member chose to hand over: their name, and the contact they gave (V35).
HANDED = ("GET /partenaire/demandes", "POST /partenaire/demandes/")
CHOSEN = "06 39 98 12 34"
# What everybody reads of oneself, and pages that are asked for below another way.
OF_ONESELF = ("/compte", "/accueil", "/bons", "/deconnexion")
SPACES = {"merchant": "/partenaire", "till": "/caisse", "program": "/api/v1/"}


@dataclass(frozen=True)
class World:
    """A firm where one member did everything there is to do, asked it to call and got its campaign.

    `ids`: for the addresses of routes.
    """

    market: Market
    member: Member
    ids: dict[str, str]
    voucher: str
    redemption: str


@pytest.fixture
async def world(db: Database) -> World:
    market = await factories.add_market(limit_count=9)
    member = await factories.add_member(GIVEN, FAMILY, "zephyrine@example.org")
    await fetch("UPDATE household SET street = '17 impasse du Hérisson bleu'")
    async with transaction():
        phone = read_address("06 39 98 55 77")
        await people.add_contact(member.person_id, phone.channel, phone.value, verified=True)
    uses = [await use(market, member, way) for way in ("typed", "scan", "typed")]
    await service.reverse_late(SYSTEM, uses[1], "erreur")
    await contests.contest(member, SYSTEM, uses[2], "Je n'y étais pas.")
    nadia = By(Actor.PERSON, await factories.add_person("Nadia", "Ferrand"))
    wish = OfferWish(
        title="Une brioche", kind=OfferKind.GIFT, public_price_cents=300, starts_on=clock.today()
    )
    ids = {
        "/partenaire/demandes/": await hand_over(member, market),
        "/partenaire/avantages/": market.offer.public_id,
        "/partenaire/caisses/": market.till.caller.till_public_id,
        "/partenaire/points-de-vente/": market.shop.public_id,
        "/partenaire/propositions/": await proposals.write(nadia, market.partner.id, wish),
        "/caisse/utilisations/": uses[0],
        "/api/v1/redemptions/": uses[0],
    }
    voucher = await service.claim(member, market.offer.public_id, SYSTEM, key=codes.random_id())
    return World(market, member, ids, voucher, uses[0])


async def hand_over(member: Member, market: Market) -> str:
    """A request to be called, and a campaign that reached the member."""
    await fetch("UPDATE partner SET kind = 'firm', category = 'trades'")
    await say(member.person_id, OFFERS)
    await launch(Draft(subject="La galette", body="À moitié prix."), market.partner.public_id)
    return await ask_firm(member, market.partner, "Boulangerie Petit")


async def use(market: Market, member: Member, way: str) -> str:
    code = await service.claim(member, market.offer.public_id, SYSTEM, key=codes.random_id())
    page = await queries.voucher_page(member.household_id, code)
    shown = code if way == "typed" else page.payload or ""
    scan = Scan(code=shown, key=codes.random_id(), till=market.till.caller, price_cents=1200)
    return (await service.redeem(scan)).redemption


def routes(settings: Settings, who: str) -> list[Route]:
    """What this caller may ask for and not everybody may."""
    return [
        (method, path, handler)
        for method, path, handler in all_routes(settings)
        if who in (allowed(method, path) or ())
        and callers.NOBODY not in (allowed(method, path) or ())
        and not path.startswith(OF_ONESELF)
    ]


def address(world: World, path: str) -> str:
    """With ids of this shop where it has some; else one that names nothing."""
    begins = [start for start in world.ids if path.startswith(start)]
    if not begins:
        return sample(path)
    return re.sub(r"\{\w+\}", world.ids[max(begins, key=len)], path)


def read(answer: httpx.Response) -> str:
    """All that an answer says, the inside of a workbook too."""
    told = answer.text + "".join(answer.headers.values())
    if answer.content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
            told += "".join(book.read(name).decode() for name in book.namelist())
    return told


def leaks(route: str, answer: httpx.Response) -> list[str]:
    told = read(answer)
    secrets = [*SECRETS, *([] if route in LOOKING else [GIVEN])]
    if route.startswith(HANDED):
        secrets = [each for each in secrets if each not in {GIVEN, FAMILY}]
    else:
        secrets += [CHOSEN, "639981234"]
    return [f"{route}: {secret}" for secret in secrets if secret in told]


async def test_no_page_or_file_of_a_partner_names_a_member(
    client: httpx.AsyncClient, settings: Settings, world: World
) -> None:
    """P5: every page and file that a merchant may open, found by introspection."""
    await enter(client, settings, world.market.partner.id)
    wrong, seen = [], 0
    for method, path, _ in routes(settings, callers.MERCHANT):
        if method != "GET":
            continue
        for query in ("", "?fichier=csv", "?fichier=xlsx", "?periode=annee"):
            answer = await client.get(address(world, path) + query)
            seen += answer.status_code == 200
            wrong += leaks(f"GET {path}", answer)
    assert wrong == []
    assert seen > 40, "the pages were really there"
    handed = unescape((await client.get("/partenaire/demandes")).text)
    assert f"{GIVEN} {FAMILY}" in handed, "the request was really there"
    assert CHOSEN in handed


async def test_no_answer_to_a_partners_form_names_a_member(
    client: httpx.AsyncClient, settings: Settings, world: World
) -> None:
    """P5: what comes back after an act, or after one that is refused, and where it leads."""
    await enter(client, settings, world.market.partner.id)
    wrong, done = [], set()
    for method, path, _ in routes(settings, callers.MERCHANT):
        if method == "GET":
            continue
        route = f"{method} {path}"
        own = objects.OWN.get(route)
        for form in ({"name": "Caisse 2"}, dict(own.form) if own else {}):
            answer = await sign_in.post(client, settings, address(world, path), form)
            wrong += leaks(route, answer)
            if answer.status_code == 303:
                done.add(route)
                there = answer.headers["location"]
                wrong += leaks(f"GET {there.partition('?')[0]}", await client.get(there))
    assert wrong == []
    assert "POST /partenaire/demandes/{public_id}/etat" in done
    assert len(done) > 5, "forms were really taken"


async def test_till_names_a_member_only_while_it_looks(
    client: httpx.AsyncClient, settings: Settings, world: World
) -> None:
    """P5, V13: first name and initial while a till looks at a voucher or card, and nowhere else."""
    sign_in.put(client, cookie_names(settings).till, world.market.till.cookie)
    wrong = []
    for method, path, _ in routes(settings, callers.TILL):
        if method == "GET":
            wrong += leaks(f"GET {path}", await client.get(address(world, path)))
    looked = await sign_in.post(client, settings, "/caisse", {"code": world.voucher})
    wrong += leaks("POST /caisse", looked)
    for method, path, _ in routes(settings, callers.TILL):
        if method != "GET":
            body = {"redemption": world.redemption, "reason": "erreur"}
            answer = await sign_in.post(client, settings, address(world, path), body)
            wrong += leaks(f"{method} {path}", answer)
    assert wrong == []
    assert f"{GIVEN} Q." in looked.text, "the look was really there"


async def test_program_hears_a_name_only_while_it_looks(
    client: httpx.AsyncClient, settings: Settings, world: World
) -> None:
    """P5, V13: every answer of the API, also its history and its refusals."""
    wrong, named = [], set()
    bodies: list[dict[str, Any]] = [{"code": world.voucher}, {"reason": "erreur"}, {"code": "faux"}]
    for method, path, _ in routes(settings, callers.PROGRAM):
        for body in [None] if method == "GET" else bodies:
            headers = {
                "authorization": f"Bearer {world.market.till.token}",
                "idempotency-key": codes.random_id(),
            }
            there = address(world, path)
            answer = await client.request(method, there, json=body, headers=headers)
            wrong += leaks(f"{method} {path}", answer)
            named |= {f"{method} {path}"} if GIVEN in answer.text else set()
    assert wrong == []
    assert "POST /api/v1/looks" in named, "the look was really there"


async def test_check_is_red_when_an_answer_names_a_member(world: World) -> None:
    """P5: the check can fail, by a page, by a file and by a first name alone."""
    assert leaks("GET /x", httpx.Response(200, text=f"<p>{FAMILY}</p>"))
    assert leaks("GET /x", httpx.Response(200, text=GIVEN))
    assert not leaks("POST /caisse", httpx.Response(200, text=f"{GIVEN} Q."))
    assert leaks("GET /partenaire/demandes", httpx.Response(200, text=SECRETS[-1]))
    assert leaks("GET /partenaire/campagnes", httpx.Response(200, text=CHOSEN))
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as book:
        book.writestr("a.xml", FAMILY)
    assert leaks("GET /x", httpx.Response(200, content=held.getvalue()))


def test_every_space_of_partners_is_asked(settings: Settings) -> None:
    """P5: each kind of caller has routes here; one that is named otherwise would be left out."""
    for who, start in SPACES.items():
        assert [path for _, path, _ in routes(settings, who) if path.startswith(start)], who
    assert all(
        who in SPACES or not path.startswith(tuple(SPACES.values()))
        for _, path, _ in all_routes(settings)
        for who in allowed("GET", path) or ()
        if callers.NOBODY not in (allowed("GET", path) or ())
    )

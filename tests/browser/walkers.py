"""Who walks through the demo club: one for each role, so that somebody owns every page."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from backend.activities.service.paying import order_payment as pay_seat
from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.billing import differences, drawers, reconciliations, suspense
from backend.billing.gateway import BalanceLine
from backend.billing.rules import DifferenceKind
from backend.billing.suspense import Outcome
from backend.identity import service as identity
from backend.identity.rules import Role, SessionKind
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_one, fetch_value, transaction
from backend.kit.seals import Seals
from backend.lending.service import visits
from backend.lending.service.paying import order_payment
from backend.lending.slots import Capacity
from backend.membership import service as membership
from backend.membership.queries import find_member
from backend.membership.rules import Category
from backend.membership.service import JoinWish
from backend.merchants import service as merchants
from backend.merchants.service.territories import make_territory
from backend.orders.service.paying import order_payment as pay_ticket
from backend.places import service as places
from backend.places.service import Wish
from backend.privacy import erasing
from backend.privacy.rules import ErasureWay
from backend.sandbox.demo.cast import DEMO_SHOP, SECOND_FACTOR
from backend.settings import Settings
from backend.skills import service as skills
from backend.skills.rules import Category as Sort
from backend.skills.rules import ListingKind, Words
from backend.skills.service import Entry
from backend.vouchers import service as vouchers
from tests import activities, factories
from tests.browser import club_life
from tests.integration.http import callers
from tests.integration.http.callers import allowed
from tests.integration.http.objects import a_list, a_stock_draft
from tests.integration.membership.test_households import bring
from tests.landlord_lists import export, rows
from tests.pictures import picture
from web.desk.frame import SITE_COOKIE

Cookies = dict[str, str]
NEW = "nouvelle@example.org"
# The pages on which a role begins, and those no link can lead to: a search, an address in a letter,
# a step of a form that has nothing to go on from.
STARTS: dict[str, tuple[str, ...]] = {
    callers.NOBODY: (
        "/", "/connexion", "/connexion/code", "/connexion/equipe/lien", "/adherer",
        "/adherer/chez-vous", "/adherer/code", "/devenir-partenaire/merci", "/caisse/inscription", "/retractation", "/api/v1", "/assurance",
    ),
    callers.MEMBER: (
        "/accueil", "/compte", "/reserver/calendrier", "/compte/adresses/code", "/compte/cotisation/arret",
        "/compte/cotisation/retractation",
    ),
    callers.MERCHANT: ("/partenaire",),
    callers.REFERENT: ("/bailleur",),
    callers.INSURER: ("/assureur",),
    callers.TILL: ("/caisse",),
    callers.ENTERING: ("/connexion/equipe/second-facteur",),
    callers.ENROLLING: ("/connexion/equipe/facteurs",),
    callers.DESK: (
        "/comptoir", "/comptoir/personnes?q=sa", "/comptoir/caisse/fermeture",
        "/comptoir/planning?tout=1",
    ),
    callers.TREASURER: ("/gestion/tresorerie", "/gestion/tresorerie/recettes-commerciales/liste"),
    callers.MANAGER: ("/gestion", "/gestion/bilan-des-prets", "/gestion/points/calendriers", "/gestion/textes/conditions/le-jour"),
    callers.ADMIN_SUDO: ("/gestion", "/gestion/equipe"),
}  # fmt: skip
# What a program, a browser or an image element asks for is no page.
NO_PAGES = {
    "/static/{name}",
    "/sw.js",
    "/logo",
    "/health",
    "/health/ready",
    "/api/v1/openapi.json",
    "/demo/courrier/{name}",  # a letter, as a reader of mail shows it
    "/conciergeries/calendrier.ics",
    "/agenda.ics",
    # Files that somebody sent, or asked for.
    "/compte/attestation/fichier",
    "/comptoir/prets/{line}/photos/{photo}",
    "/comptoir/sommes/{public_id}/photos/{photo}",
    "/reserver/argent/{public_id}/photos/{photo}",
    "/gestion/candidatures/{public_id}/photo",
    "/gestion/demandes/points-de-vente/{public_id}/photo",
    "/gestion/inventaire/{public_id}/photo",
    "/gestion/listes/{public_id}/fichier",
    "/partenaire/points-de-vente/{public_id}/photo",
    "/reserver/objets/{public_id}/photo",
}
# An object behind an address that only a letter, or a page of some days, leads to.
BEHIND = {
    "/caisse/inscription/{code}": "SELECT 'perime'",
    "/certificats/{public_id}": "SELECT public_id FROM erasure LIMIT 1",
    "/certificats/{public_id}/certificat.pdf": "SELECT public_id FROM erasure LIMIT 1",
    "/compte/cotisation/carte/{public_id}": "SELECT public_id FROM portal_visit LIMIT 1",
    "/compte/cotisation/paiements/{public_id}": (
        "SELECT o.public_id FROM pay_order o JOIN household h ON h.payer = o.payer"
        " JOIN household_member m ON m.household = h.id JOIN contact_point c ON c.person = m.person"
        " WHERE c.value = 'samira@example.org' ORDER BY o.id DESC LIMIT 1"
    ),
    "/comptoir/caisse/{public_id}/papier": (
        "SELECT public_id FROM drawer_session WHERE closed_at IS NOT NULL LIMIT 1"
    ),
    "/comptoir/personnes/{public_id}/retour": (
        "SELECT p.public_id FROM person p JOIN household_member m ON m.person = p.id"
        " WHERE p.given_name = 'Irma' AND m.left_on IS NOT NULL"
    ),
    "/comptoir/personnes/{public_id}/paiements/{order}/annulation": (
        "SELECT p.public_id || ' ' || o.public_id FROM payment y JOIN pay_order o"
        " ON o.id = y.pay_order JOIN household h ON h.payer = o.payer JOIN household_member m"
        " ON m.household = h.id JOIN person p ON p.id = m.person"
        " WHERE y.way = 'cash' AND y.kind = 'payment' AND m.left_on IS NULL AND o.kind = 'dues'"
        " ORDER BY y.id DESC LIMIT 1"
    ),
    "/comptoir/personnes/{public_id}/mois/{order}/annulation": (
        "SELECT p.public_id || ' ' || o.public_id FROM period q JOIN pay_order o"
        " ON o.id = q.pay_order JOIN household_member m ON m.household = q.household"
        " JOIN person p ON p.id = m.person WHERE o.amount_cents = 0 AND q.cancelled_at IS NULL"
        " AND m.left_on IS NULL ORDER BY q.id DESC LIMIT 1"
    ),
    "/comptoir/personnes/{public_id}/entraide/echanges/{exchange}": (
        "SELECT p.public_id || ' ' || e.public_id FROM exchange e JOIN person p ON p.id = e.owner"
        " WHERE p.given_name = 'Sira' AND p.family_name = 'Voisine' ORDER BY e.id DESC LIMIT 1"
    ),
    "/comptoir/personnes/{public_id}/bons/{voucher}/retrait": (
        "SELECT p.public_id || ' ' || v.id FROM voucher v JOIN person p ON p.id = v.claimant"
        " WHERE v.state = 'issued' ORDER BY v.id DESC LIMIT 1"
    ),
    "/comptoir/personnes/{public_id}/utilisations/{redemption}/annulation": (
        "SELECT p.public_id || ' ' || r.public_id FROM redemption r"
        " JOIN person p ON p.id = r.person ORDER BY r.id DESC LIMIT 1"
    ),
    "/connexion/equipe/facteurs/application/{public_id}": (
        "SELECT public_id FROM factor WHERE confirmed_at IS NULL ORDER BY id DESC LIMIT 1"
    ),
    **{
        f"{space}/points-de-vente/{{public_id}}/photo": (
            "SELECT public_id FROM shop WHERE photo IS NOT NULL ORDER BY id DESC LIMIT 1"
        )
        for space in ("", "/gestion")
    },
    "/partenaire/paiements/{public_id}": (
        "SELECT o.public_id FROM contract c JOIN pay_order o ON o.id = c.pay_order"
        " JOIN role_grant g ON g.scope_id = c.partner AND g.role = 'merchant' LIMIT 1"
    ),
    **{
        f"/comptoir/guichet/{{public_id}}/{what}": (
            "SELECT p.public_id FROM custody c JOIN person p ON p.id = c.person"
            " WHERE c.in_at IS NULL ORDER BY c.id LIMIT 1"
        )
        for what in ("fin", "sans-etiquette")
    },
    **{
        f"/entraide/{what}/{{public_id}}": (
            f"SELECT x.public_id FROM {table} x JOIN contact_point c ON c.person = x.{column}"
            " WHERE c.value = 'samira@example.org' ORDER BY x.id LIMIT 1"
        )
        for what, table, column in (
            ("mes-annonces", "listing", "person"),
            ("echanges", "exchange", "owner"),
        )
    },
    "/entraide/annonces/{public_id}/photo": (
        "SELECT public_id FROM listing WHERE photo IS NOT NULL ORDER BY id DESC LIMIT 1"
    ),
    "/agenda/{public_id}/liste.pdf": (
        "SELECT a.public_id FROM activity_session a JOIN contact_point c ON c.person = a.leader"
        " WHERE c.value = 'samira@example.org' ORDER BY a.starts_at DESC LIMIT 1"
    ),
    "/agenda/{public_id}/paiements/{pay_order}": (
        "SELECT o.terms ->> 'session' || ' ' || o.public_id FROM pay_order o JOIN household h"
        " ON h.payer = o.payer JOIN household_member m ON m.household = h.id"
        " JOIN contact_point c ON c.person = m.person WHERE c.value = 'samira@example.org'"
        " AND o.kind = 'activity' ORDER BY o.id DESC LIMIT 1"
    ),
    "/comptoir/personnes/{public_id}/places/{session}": (
        "SELECT p.public_id || ' ' || a.public_id FROM seat s JOIN person p ON p.id = s.person"
        " JOIN activity_session a ON a.id = s.session WHERE s.state = 'taken'"
        " AND s.price_cents > s.paid_cents ORDER BY s.id DESC LIMIT 1"
    ),
    "/gestion/agenda/{public_id}/changement": (
        "SELECT public_id FROM activity_session WHERE cancelled_at IS NULL"
        " ORDER BY starts_at DESC LIMIT 1"
    ),
    "/livraisons/{token}": "SELECT 'visite'",
    "/services/commandes/{public_id}/paiements/{pay_order}": (
        "SELECT t.public_id || ' ' || o.public_id FROM pay_order o JOIN order_ticket t"
        " ON o.terms -> 'parts' ? t.public_id JOIN contact_point c ON c.person = t.person"
        " WHERE c.value = 'samira@example.org' AND o.kind = 'service' ORDER BY o.id DESC LIMIT 1"
    ),
    "/comptoir/objets/{code}": "SELECT code FROM unit ORDER BY id LIMIT 1",
    "/comptoir/prets/{line}/argent": (
        "SELECT line::text FROM loan_deposit WHERE ended_at IS NULL ORDER BY id LIMIT 1"
    ),
    "/comptoir/sommes/{public_id}": "SELECT public_id FROM loan_debt ORDER BY id DESC LIMIT 1",
    "/reserver/argent/paiements/{public_id}": (
        "SELECT o.public_id FROM pay_order o JOIN household h ON h.payer = o.payer"
        " JOIN household_member m ON m.household = h.id JOIN contact_point c ON c.person = m.person"
        " WHERE c.value = 'samira@example.org' AND o.kind = 'lending' ORDER BY o.id DESC LIMIT 1"
    ),
    "/reserver/argent/{public_id}/contestation": (
        "SELECT d.public_id FROM loan_debt d JOIN household_member m ON m.household = d.household"
        " JOIN contact_point c ON c.person = m.person WHERE c.value = 'samira@example.org'"
        " ORDER BY d.id DESC LIMIT 1"
    ),
    "/comptoir/prets/{line}": (
        "SELECT id::text FROM booking_line WHERE state = 'checked_out' ORDER BY id LIMIT 1"
    ),
    "/comptoir/planning/lignes/{line}": (
        "SELECT id::text FROM booking_line WHERE state = 'confirmed' ORDER BY id LIMIT 1"
    ),
    "/comptoir/planning/blocages/{public_id}": "SELECT public_id FROM ticket LIMIT 1",
    "/reserver/reservations/{public_id}/creneaux/{kind}": (
        "SELECT b.public_id || ' retrait' FROM booking b JOIN contact_point c ON c.person = b.person"
        " JOIN booking_line l ON l.booking = b.id"
        " WHERE c.value = 'samira@example.org' AND l.state = 'confirmed' LIMIT 1"
    ),
    "/gestion/club/partenaires/territoires/{public_id}": "SELECT public_id FROM territory LIMIT 1",
    "/gestion/inventaire/{public_id}/lot": "SELECT r.public_id FROM kit_part k JOIN resource r ON r.id = k.kit LIMIT 1",
    "/gestion/entretiens/{public_id}": "SELECT public_id FROM upkeep_plan ORDER BY id LIMIT 1",
    "/gestion/inventaire/gestes/{public_id}": "SELECT public_id FROM bulk_act LIMIT 1",
    "/gestion/inventaire/listes/{public_id}": "SELECT public_id FROM import_draft LIMIT 1",
    "/gestion/caisses/{public_id}": "SELECT public_id FROM till ORDER BY id LIMIT 1",
    "/gestion/ecarts/{public_id}": "SELECT public_id FROM difference LIMIT 1",
    "/gestion/listes/{public_id}": "SELECT public_id FROM prepared_list LIMIT 1",
    "/gestion/imports/apercu/{public_id}": "SELECT public_id FROM dwelling_draft LIMIT 1",
    "/gestion/verifications/departs/{public_id}": (
        "SELECT h.public_id FROM household h JOIN dwelling d ON d.id = h.dwelling"
        " WHERE d.gone_at IS NOT NULL ORDER BY h.id DESC LIMIT 1"
    ),
    "/gestion/remboursements/{public_id}": (
        "SELECT o.public_id FROM pay_order o JOIN payment p ON p.pay_order = o.id"
        " WHERE p.way = 'online' AND p.kind = 'payment' ORDER BY p.id DESC LIMIT 1"
    ),
}
# Programs read no pages.
NO_WALKER = callers.PROGRAMS


def owner(path: str) -> str | None:
    """Who looks at this page: the first of the walkers who may open it."""
    may = allowed("GET", path) or frozenset()
    return next((one for one in STARTS if one in may), None)


async def starts_of(who: str, mine: set[str]) -> list[str]:
    """Where somebody begins, and the addresses of what was put there for them."""
    deep = [kind for kind in sorted(mine) if kind in BEHIND]
    found = [(kind, await fetch_value(BEHIND[kind])) for kind in deep]
    return [
        *STARTS[who],
        *(_filled(kind, str(value)) for kind, value in found if value is not None),
    ]


def _filled(kind: str, ids: str) -> str:
    for value in ids.split():
        kind = re.sub(r"\{\w+\}", value, kind, count=1)
    return kind


async def stage(settings: Settings) -> None:
    """What a year of the demo does not leave behind: one of each thing that waits for somebody."""
    manager = await fetch_value(
        "SELECT person FROM contact_point WHERE value = 'responsable@example.org'"
    )
    await places.draft_import(
        Wish(content=export(rows(3)), file_name="liste.csv", landlord_name="Autre", by_name="Moi"),
        manager,
        By(Actor.PERSON, manager),
    )
    await a_stock_draft(manager)
    await _a_territory()
    await _at_the_counter()
    await _a_photo()
    await _a_listing()
    await places.publish_text("conditions", "Conditions", "# Un\n\nDeux.", 0, SYSTEM)
    treasurer = await fetch_value(
        "SELECT person FROM contact_point WHERE value = 'tresorier@example.org'"
    )
    await a_list(treasurer)
    await _strays(treasurer)
    await differences.report(DifferenceKind.AMOUNT, "ch_visite", 100)
    gone = await factories.add_household("Irma", "Partie")
    await membership.end_household(SYSTEM, gone.household_id)
    erased = await factories.add_household("Ivan", "Parti")
    await erasing.erase(SYSTEM, erased.person_id, ErasureWay.DESK)
    await a_newcomer(settings)
    await _a_loan_order()
    await _an_order()
    await _a_seat()
    await _a_delivery()


async def _a_loan_order() -> None:
    """Somebody went to Stripe to pay for a loan, and is not back."""
    row = await fetch_one(
        "SELECT m.household, m.person FROM household_member m JOIN contact_point c"
        " ON c.person = m.person WHERE c.value = 'samira@example.org' AND m.left_on IS NULL"
    )
    assert row is not None
    by = By(Actor.PERSON, row["person"])
    await order_payment(row["household"], by, done_path="/", back_path="/")


async def _an_order() -> None:
    """Somebody went to Stripe to pay for copies, and is not back."""
    row = await fetch_one(
        "SELECT t.household, t.person, t.public_id FROM order_ticket t JOIN contact_point c"
        " ON c.person = t.person WHERE c.value = 'samira@example.org' AND t.state = 'ready'"
    )
    assert row is not None
    by = By(Actor.PERSON, row["person"])
    await pay_ticket(row["household"], row["public_id"], by, done_path="/", back_path="/")


async def _a_seat() -> None:
    """Somebody went to Stripe to pay for an evening, and is not back."""
    person_id = await fetch_value(
        "SELECT person FROM contact_point WHERE value = 'samira@example.org'"
    )
    member = await find_member(person_id)
    assert member is not None
    found = await activities.session(activities.soon(), price_cents=500)
    await activities.take(member, found)
    await pay_seat(
        member.household_id, found.public_id, activities.by(member), done_path="/", back_path="/"
    )


async def _a_delivery() -> None:
    """The address of a list that a partner was sent: only its hash is kept."""
    made = await fetch_value(
        "UPDATE order_round SET link_hash = $1, link_until = $2"
        " WHERE id = (SELECT max(id) FROM order_round WHERE sent_at IS NOT NULL) RETURNING id",
        codes.hash_token("visite"),
        clock.now() + timedelta(days=1),
    )
    assert made is not None


async def _a_territory() -> None:
    """A part of the map, and a desk to which people come by appointment."""
    residence = await fetch_value("SELECT public_id FROM residence ORDER BY id LIMIT 1")
    await make_territory(SYSTEM, "Nord", [residence])
    for site in await fetch("SELECT slug FROM site WHERE closed_at IS NULL"):
        await visits.set_capacity(SYSTEM, site["slug"], Capacity(minutes=15, most=2))


async def _at_the_counter() -> None:
    """An open drawer wherever the clerk may stand, a tenant who left the list, a slow Stripe."""
    sites = [row["id"] for row in await fetch("SELECT id FROM site ORDER BY id")]
    for site in (None, *sites):
        if await drawers.find_open(site) is None:
            clerk = await factories.add_person("Nadia", "Caisse")
            left = await drawers.left_at(site)
            await drawers.open_drawer(By(Actor.PERSON, clerk), site, left)
    await _who_left()
    await _free_months()
    await fetch(
        "INSERT INTO portal_visit (public_id, payer, asked_at) SELECT 'visite', h.payer, $1"
        " FROM household h JOIN household_member m ON m.household = h.id"
        " JOIN contact_point c ON c.person = m.person WHERE c.value = 'samira@example.org'",
        clock.now(),
    )


async def _who_left() -> None:
    """A tenant whose dwelling is no more in the landlord's list."""
    lines = rows(30)
    await bring(lines)
    dwelling = await fetch_value(
        "SELECT d.id FROM dwelling d JOIN landlord l ON l.id = d.landlord WHERE l.slug = 'orme'"
        " ORDER BY d.external_id LIMIT 1"
    )
    await membership.join(
        JoinWish(given_name="Léa", family_name="Partie", dwelling_id=dwelling), SYSTEM
    )
    await bring(lines[1:])


async def _strays(treasurer: int) -> None:
    """Money at Stripe that nobody asked for: one waits, one is explained."""
    by = By(Actor.PERSON, treasurer)
    for name, cents in (("ch_passant", 500), ("ch_visiteur", 700)):
        told = {"line_id": name, "kind": "charge", "about": name, "net_cents": cents}
        await reconciliations.book_line(BalanceLine(**told, at=clock.now()), known=False)
    waiting = await suspense.waiting()
    await suspense.clear(by, waiting[0].id, Outcome.OWN, "Un passant", "Un don")


async def _free_months() -> None:
    """Given to somebody who pays nothing."""
    joined = await factories.add_household("Gaston", "Gratuit", category=Category.FREE)
    await membership.grant_months(SYSTEM, joined.household_id, 2, key="visite")


async def _a_photo() -> None:
    """A shop that shows one, and an offer that leads to it."""
    partner = await factories.add_partner("Fleurs de la visite")
    await factories.add_shop(partner.id, "Fleurs de la visite", photo=picture("JPEG"))
    await factories.add_offer(partner.id, title="Un bouquet de la visite")


async def _a_listing() -> None:
    """A neighbour without a telephone who shows what they sew, and whom somebody asked for it."""
    neighbour = await factories.add_member("Sira", "Voisine")
    words = Words(ListingKind.OFFER, Sort.SEWING, "Ourlets de la visite")
    entry = Entry(words=words, photo=picture("PNG"))
    listing = await skills.enter(SYSTEM, neighbour, entry, "visite")
    asker = await factories.add_member("Bintou", "Voisine")
    await skills.ask(SYSTEM, asker, listing, "Bonjour, un rideau ?", "visite")


async def a_newcomer(settings: Settings) -> None:
    """A colleague whose application of codes is still to be confirmed."""
    person_id = await factories.add_person("Nour", "Nouvelle", NEW)
    await factories.add_role(person_id, Role.DESK)
    public_id = codes.random_id()
    await fetch(
        "INSERT INTO factor (public_id, person, kind, name, sealed, created_at)"
        " VALUES ($1, $2, 'totp', 'Test', $3, $4)",
        public_id,
        person_id,
        Seals(settings.secret_keys).seal(SECOND_FACTOR.encode(), f"factor:{public_id}"),
        clock.now(),
    )


async def a_demo_person(address: str, kind: SessionKind, **how: bool) -> Cookies:
    found = await fetch_value("SELECT person FROM contact_point WHERE value = $1", address)
    return await a_session(found, kind, **how)


async def a_session(
    person_id: int, kind: SessionKind, *, factor: bool = True, sudo: bool = False
) -> Cookies:
    async with transaction():
        token = await identity.open_session(person_id, kind, "Test")
    given = clock.now() if kind is SessionKind.STAFF and factor else None
    await fetch(
        "UPDATE session SET second_factor_at = $2, sudo_at = $3 WHERE token_hash = $1",
        codes.hash_token(token),
        given,
        given if sudo else None,
    )
    return {"session": token}


def demo(address: str, kind: SessionKind) -> Callable[[], Awaitable[Cookies]]:
    return lambda: a_demo_person(address, kind)


async def nobody() -> Cookies:
    return {}


async def referent() -> Cookies:
    """Of the landlord with the most dwellings."""
    landlord = await fetch_value(
        "SELECT landlord FROM dwelling GROUP BY landlord ORDER BY count(*) DESC LIMIT 1"
    )
    person_id = await factories.add_person("Rémi", "Référent", "referent@example.org")
    await factories.add_role(person_id, Role.REFERENT, landlord)
    return await a_session(person_id, SessionKind.MERCHANT)


async def clerk() -> Cookies:
    """At the first of the counters."""
    site = await fetch_value("SELECT public_id FROM site ORDER BY id LIMIT 1")
    return {
        **await a_demo_person("comptoir@example.org", SessionKind.STAFF),
        SITE_COOKIE: site,
    }


async def entering() -> Cookies:
    """The clerk, between the first code and the second."""
    return await a_demo_person("comptoir@example.org", SessionKind.STAFF, factor=False)


async def enrolling() -> Cookies:
    return await a_demo_person(NEW, SessionKind.STAFF, factor=False)


async def admin() -> Cookies:
    """With the second factor given just now: what asks for it is open."""
    return await a_demo_person("admin@example.org", SessionKind.STAFF, sudo=True)


async def till() -> Cookies:
    """A till with names of cashiers, and a use that can still be undone."""
    partner = await fetch_value("SELECT id FROM partner WHERE name = $1", DEMO_SHOP)
    shop = await fetch_value("SELECT min(id) FROM shop WHERE partner = $1", partner)
    enrolled = await factories.add_till(shop, "Caisse de la visite")
    await merchants.name_cashiers(SYSTEM, enrolled.caller.till_id, ["Léa", "Omar"])
    member = await factories.add_member("Zohra", "Visite")
    offer = await factories.add_offer(partner, title="Une part de la visite")
    code = await vouchers.claim(member, offer.public_id, SYSTEM)
    await club_life.redeem(enrolled, code)
    return {"till": enrolled.cookie}


@dataclass(frozen=True)
class Walker:
    caller: str
    cookies: Callable[[], Awaitable[Cookies]]


WALKERS = {
    walker.caller: walker
    for walker in (
        Walker(callers.NOBODY, nobody),
        Walker(callers.MEMBER, demo("samira@example.org", SessionKind.TENANT)),
        Walker(callers.MERCHANT, demo("boulanger@example.org", SessionKind.MERCHANT)),
        Walker(callers.REFERENT, referent),
        Walker(callers.INSURER, demo("assureur@example.org", SessionKind.MERCHANT)),
        Walker(callers.TILL, till),
        Walker(callers.ENTERING, entering),
        Walker(callers.ENROLLING, enrolling),
        Walker(callers.DESK, clerk),
        Walker(callers.TREASURER, demo("tresorier@example.org", SessionKind.STAFF)),
        Walker(callers.MANAGER, demo("responsable@example.org", SessionKind.STAFF)),
        Walker(callers.ADMIN_SUDO, admin),
    )
}

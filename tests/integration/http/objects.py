"""Whose object each route with an id opens: the second half of the authorisation matrix (SEC11).

A route with an id in its path needs a line here, or it is red. Either the object is somebody's own:

    "GET /bons/{code}": Own(TENANT, {"code": "voucher"}),

and then `world` makes one, and another caller of the same kind is sent there and finds nothing; or
everybody with the role may see it, and `SHARED` says why for the whole beginning of its address.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import NamedTuple

import httpx

from backend.activities.service.paying import order_payment as order_seat_payment
from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.billing.rules import PayWay
from backend.identity import service as identity
from backend.identity.rules import FactorKind, Role, SessionKind
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value, transaction
from backend.kit.seals import Seals
from backend.lending import service as loans
from backend.lending.rules import ListKind
from backend.lending.service import damages, importing
from backend.lending.service.paying import order_payment
from backend.membership import queries as membership
from backend.membership import service as membership_service
from backend.membership.queries import Member
from backend.membership.rules import Category
from backend.orders.service.paying import order_payment as order_ticket_payment
from backend.people import service as people
from backend.people.rules import read_address
from backend.places import service as places
from backend.places.service import Wish
from backend.sandbox.stripe.remote import Remote
from backend.settings import Settings
from backend.vouchers import service as vouchers
from backend.vouchers.scans import Scan
from tests import activities, factories, lending, sign_in, skills
from tests import orders as services
from tests.integration.billing.test_misfortunes import paying
from tests.integration.http.partner_objects import AGENT, CHANGED, MERCHANT, partner_world
from tests.integration.lending.test_damages import picture
from tests.landlord_lists import export, rows

TENANT, MANAGER, SUDO, TILL, PROGRAM = "tenant", "manager", "manager with sudo", "till", "program"


class Own(NamedTuple):
    """One's own alone. `ids`: parameter of the path -> name in the world; `form` is sent by a POST."""

    who: str
    ids: Mapping[str, str]
    form: Mapping[str, str] = {}


SECRET = b"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ORDER = {"public_id": "order"}
OFFER = {"public_id": "offer"}
REQUEST = {"public_id": "request"}
PROPOSAL = {"public_id": "proposal"}
CONTRACT = {"public_id": "contract"}
DEVICE = {"public_id": "partner till"}
SHOP = {"public_id": "shop"}
USE = {"redemption": "use"}
LOAN = {"public_id": "booking"}
VISIT = {**LOAN, "kind": "visit kind"}
LISTING = {"public_id": "listing"}
EXCHANGE = {"public_id": "exchange"}
LED = {"public_id": "session led"}
TICKET = {"public_id": "order ticket"}
NOTED = {"public_id": "file", "listing": "listing"}
TALK = {"public_id": "quiet file", "exchange": "quiet exchange"}
OWN: dict[str, Own] = {
    # An offer to the tenants of one landlord is not there for anybody else.
    "GET /avantages/{public_id}": Own(TENANT, OFFER),
    "POST /avantages/{public_id}/bon": Own(TENANT, OFFER, {"cle": "k"}),
    "POST /avantages/{public_id}/favori": Own(TENANT, OFFER),
    "POST /avantages/{public_id}/favori/fin": Own(TENANT, OFFER),
    "GET /bons/{code}": Own(TENANT, {"code": "voucher"}),
    "GET /bons/{code}/etat": Own(TENANT, {"code": "voucher"}),
    "GET /bons/{code}/annulation": Own(TENANT, {"code": "voucher"}),
    "POST /bons/{code}/annulation": Own(TENANT, {"code": "voucher"}),
    "GET /reserver/reservations/{public_id}": Own(TENANT, LOAN),
    "GET /reserver/reservations/{public_id}/creneaux/{kind}": Own(TENANT, VISIT),
    "POST /reserver/reservations/{public_id}/creneaux/{kind}": Own(
        TENANT, VISIT, {"starts_at": "2026-12-01T09:00:00Z"}
    ),
    "POST /reserver/reservations/{public_id}/creneaux/{kind}/abandon": Own(TENANT, VISIT),
    "GET /reserver/reservations/{public_id}/annulation": Own(TENANT, LOAN),
    "GET /reserver/reservations/{public_id}/lignes/{line}/dates": Own(
        TENANT, {**LOAN, "line": "line"}
    ),
    "POST /reserver/reservations/{public_id}/lignes/{line}/dates": Own(
        TENANT, {**LOAN, "line": "line"}, {"key": "k", "version": "1", "debut": "2026-12-01"}
    ),
    **{
        f"POST /reserver/reservations/{{public_id}}/{act}": Own(
            TENANT, {**LOAN, "line": "line"}, {"key": "k", "version": "1"}
        )
        for act in (
            "confirmation",
            "delai",
            "annulation",
            "lignes/{line}/prolongation",
            "lignes/{line}/reponse",
            "lignes/{line}/passage",
            "lignes/{line}/pause",
            "lignes/{line}/pause/fin",
        )
    },
    "GET /reserver/argent/paiements/{public_id}": Own(TENANT, {"public_id": "loan order"}),
    "GET /reserver/argent/{public_id}/contestation": Own(TENANT, {"public_id": "debt"}),
    "POST /reserver/argent/{public_id}/contestation": Own(
        TENANT, {"public_id": "debt"}, {"mots": "Déjà cassé"}
    ),
    "GET /reserver/argent/{public_id}/photos/{photo}": Own(
        TENANT, {"public_id": "debt", "photo": "photo"}
    ),
    "POST /reserver/argent/cautions/{line}": Own(TENANT, {"line": "line"}),
    "GET /entraide/mes-annonces/{public_id}": Own(TENANT, LISTING),
    "POST /entraide/mes-annonces/{public_id}": Own(
        TENANT, LISTING, {"kind": "offer", "category": "sewing", "title": "Ourlets"}
    ),
    **{
        f"POST /entraide/mes-annonces/{{public_id}}/{act}": Own(TENANT, LISTING)
        for act in ("accord", "renouvellement", "fin")
    },
    "GET /entraide/echanges/{public_id}": Own(TENANT, EXCHANGE),
    "POST /entraide/echanges/{public_id}/messages": Own(
        TENANT, EXCHANGE, {"words": "Bonjour", "key": "k"}
    ),
    "POST /entraide/echanges/{public_id}/accord": Own(TENANT, EXCHANGE),
    "POST /entraide/echanges/{public_id}/contact": Own(TENANT, EXCHANGE),
    "POST /entraide/echanges/{public_id}/duree": Own(TENANT, EXCHANGE, {"minutes": "60"}),
    "POST /entraide/echanges/{public_id}/signalement": Own(TENANT, EXCHANGE, {"wrong": "rude"}),
    "POST /entraide/echanges/{public_id}/{act}": Own(TENANT, {**EXCHANGE, "act": "exchange act"}),
    "POST /agenda/mes-places/{seat}/fin": Own(TENANT, {"seat": "seat"}),
    "GET /agenda/{public_id}/paiements/{pay_order}": Own(
        TENANT, {**LED, "pay_order": "seat order"}
    ),
    "GET /agenda/{public_id}/liste": Own(TENANT, LED),
    "GET /agenda/{public_id}/liste.pdf": Own(TENANT, LED),
    "GET /services/commandes/{public_id}": Own(TENANT, TICKET),
    "POST /services/commandes/{public_id}/annulation": Own(TENANT, TICKET),
    "POST /services/commandes/{public_id}/paiement": Own(TENANT, TICKET),
    "GET /services/commandes/{public_id}/paiements/{pay_order}": Own(
        TENANT, {**TICKET, "pay_order": "ticket order"}
    ),
    "GET /compte/cotisation/paiements/{public_id}": Own(TENANT, ORDER),
    "GET /compte/cotisation/recus/{public_id}": Own(TENANT, {"public_id": "receipt"}),
    "GET /compte/cotisation/carte/{public_id}": Own(TENANT, {"public_id": "portal"}),
    "POST /compte/cotisation/retractation/{public_id}": Own(TENANT, ORDER),
    "POST /compte/adresses/{public_id}/fin": Own(TENANT, {"public_id": "address"}),
    "POST /compte/appareils/{public_id}/fin": Own(TENANT, {"public_id": "device"}),
    "GET /caisse/utilisations/{redemption}/annulation": Own(TILL, USE),
    "POST /caisse/utilisations/{redemption}/annulation": Own(
        TILL, USE, {"reason": "Erreur de prix", "key": "k"}
    ),
    "POST /api/v1/redemptions/{redemption_id}/reversal": Own(
        PROGRAM, {"redemption_id": "second use"}, {"reason": "Erreur de prix"}
    ),
    "GET /connexion/equipe/facteurs/application/{public_id}": Own(
        SUDO, {"public_id": "new factor"}
    ),
    "POST /connexion/equipe/facteurs/application/{public_id}": Own(
        SUDO, {"public_id": "new factor"}, {"code": "000000"}
    ),
    "POST /connexion/equipe/facteurs/{public_id}/fin": Own(SUDO, {"public_id": "factor"}),
    "GET /gestion/imports/apercu/{public_id}": Own(MANAGER, {"public_id": "draft"}),
    "POST /gestion/imports/apercu/{public_id}": Own(MANAGER, {"public_id": "draft"}),
    "GET /gestion/inventaire/listes/{public_id}": Own(MANAGER, {"public_id": "stock draft"}),
    "POST /gestion/inventaire/listes/{public_id}": Own(MANAGER, {"public_id": "stock draft"}),
    # What one asked of an insurer or a firm, and what a shop is told was used.
    "GET /bons/utilisations/{redemption}": Own(TENANT, {"redemption": "second use"}),
    "POST /bons/utilisations/{redemption}/contestation": Own(TENANT, {"redemption": "second use"}),
    **{
        f"POST {space}/demandes/{{public_id}}/{act}": Own(who, {"public_id": what}, form)
        for space, who, what in (
            ("/assureur", AGENT, "request"),
            ("/partenaire", MERCHANT, "firm request"),
        )
        for act, form in (("economie", {"saving": "9"}), ("etat", {"state": "contacted"}))
    },
    "POST /compte/demandes/{public_id}/economie": Own(TENANT, REQUEST, {"saving": "12"}),
    "POST /compte/demandes/{public_id}/retrait": Own(TENANT, REQUEST),
    # A partner's own: offers, drafts of offers, contracts and their papers, shops and tills.
    "GET /partenaire/avantages/{public_id}": Own(MERCHANT, {"public_id": "partner offer"}),
    **{
        f"{verb} /partenaire/avantages/{{public_id}}/changement": Own(
            MERCHANT, {"public_id": "partner offer"}, CHANGED
        )
        for verb in ("GET", "POST")
    },
    "GET /partenaire/propositions/{public_id}": Own(MERCHANT, PROPOSAL),
    "GET /partenaire/propositions/{public_id}/modifier": Own(MERCHANT, PROPOSAL),
    "POST /partenaire/propositions/{public_id}/modifier": Own(MERCHANT, PROPOSAL, CHANGED),
    "POST /partenaire/propositions/{public_id}/envoi": Own(MERCHANT, PROPOSAL),
    "POST /partenaire/propositions/{public_id}/retrait": Own(MERCHANT, PROPOSAL),
    "GET /partenaire/factures/{public_id}": Own(MERCHANT, {"public_id": "invoice"}),
    "GET /partenaire/paiements/{public_id}": Own(MERCHANT, {"public_id": "partner order"}),
    **{
        f"POST /partenaire/conventions/{{public_id}}/{act}": Own(MERCHANT, CONTRACT)
        for act in ("accord", "paiement", "virement", "place", "rang", "depart")
    },
    "GET /partenaire/caisses/{public_id}": Own(MERCHANT, DEVICE),
    "POST /partenaire/caisses/{public_id}/nom": Own(MERCHANT, DEVICE, {"name": "Caisse 8"}),
    "POST /partenaire/caisses/{public_id}/lien": Own(MERCHANT, DEVICE),
    "POST /partenaire/caisses/{public_id}/fermeture": Own(MERCHANT, DEVICE),
    "GET /partenaire/points-de-vente/{public_id}": Own(MERCHANT, SHOP),
    "POST /partenaire/points-de-vente/{public_id}": Own(MERCHANT, SHOP, {"phone": "0322000000"}),
    "GET /partenaire/points-de-vente/{public_id}/photo": Own(
        MERCHANT, {"public_id": "shop with photo"}
    ),
    "GET /partenaire/points-de-vente/{public_id}/caisses/nouvelle": Own(MERCHANT, SHOP),
    "POST /partenaire/points-de-vente/{public_id}/caisses": Own(
        MERCHANT, SHOP, {"name": "Caisse 7"}
    ),
    # A long list is for who asked for it.
    "GET /gestion/listes/{public_id}": Own(MANAGER, {"public_id": "list"}),
    "GET /gestion/listes/{public_id}/fichier": Own(MANAGER, {"public_id": "list"}),
    # What is nested in a file is of that file's household: Alice's, asked for in Bob's file.
    "GET /comptoir/personnes/{public_id}/paiements/{order}/annulation": Own(
        MANAGER, {"public_id": "file", "order": "cash order"}
    ),
    "POST /comptoir/personnes/{public_id}/paiements/{order}/annulation": Own(
        MANAGER, {"public_id": "file", "order": "cash order"}, {"reason": "Erreur"}
    ),
    "GET /comptoir/personnes/{public_id}/mois/{order}/annulation": Own(
        MANAGER, {"public_id": "file", "order": "free months"}
    ),
    "POST /comptoir/personnes/{public_id}/mois/{order}/annulation": Own(
        MANAGER, {"public_id": "file", "order": "free months"}, {"reason": "Erreur"}
    ),
    "GET /comptoir/personnes/{public_id}/utilisations/{redemption}/annulation": Own(
        MANAGER, {"public_id": "file", "redemption": "third use"}
    ),
    "POST /comptoir/personnes/{public_id}/utilisations/{redemption}/annulation": Own(
        MANAGER, {"public_id": "file", "redemption": "third use"}, {"reason": "Erreur de prix"}
    ),
    "GET /comptoir/personnes/{public_id}/bons/{voucher}/retrait": Own(
        MANAGER, {"public_id": "file", "voucher": "row of a voucher"}
    ),
    "POST /comptoir/personnes/{public_id}/bons/{voucher}/retrait": Own(
        MANAGER, {"public_id": "file", "voucher": "row of a voucher"}, {"reason": "Une erreur"}
    ),
    "POST /comptoir/personnes/{public_id}/entraide/{listing}/accord": Own(
        MANAGER, NOTED, {"source": "desk", "agreed": "1"}
    ),
    "GET /comptoir/personnes/{public_id}/entraide/echanges/{exchange}": Own(MANAGER, TALK),
    "POST /comptoir/personnes/{public_id}/entraide/echanges/{exchange}/messages": Own(
        MANAGER, TALK, {"words": "Bonjour", "key": "k"}
    ),
    **{
        f"POST /comptoir/personnes/{{public_id}}/entraide/echanges/{{exchange}}/{act}": Own(
            MANAGER, TALK
        )
        for act in ("accord", "contact")
    },
    "POST /comptoir/personnes/{public_id}/entraide/echanges/{exchange}/{act}": Own(
        MANAGER, {**TALK, "act": "exchange act"}
    ),
    "POST /comptoir/personnes/{public_id}/entraide/{listing}/renouvellement": Own(MANAGER, NOTED),
    "POST /comptoir/personnes/{public_id}/entraide/{listing}/fin": Own(MANAGER, NOTED),
}
# Beginnings of addresses behind which an object is everybody's who may come in there at all.
SHARED: dict[str, str] = {
    "/static/": "built files",
    "/demo/": "a demo's letters, which are for whoever tries it",
    "/certificats/": "its address is the secret: whoever was erased has no account to show it with",
    "/caisse/inscription/": "its address is the secret, for one phone, for a day",
    "/desabonnement/": "its address is the secret: who unsubscribes need not sign in",
    "/avantages/assurance/": "the insurers' offers, published for every member",
    "/avantages/artisans/": "firms of the catalogue",
    "/points-de-vente/": "shops of the catalogue",
    "/reserver/objets/": "what the club lends, to every member",
    "/agenda/": "what takes place, for everybody",
    "/entraide/annonces/": "what neighbours put up for every member",
    "/entraide/bloques/": "whom one blocked oneself; another's block is untouched",
    "/services/": "what the club offers, to every member",
    "/livraisons/": "its address is the secret: a partner has no account; it names nobody",
    "/comptoir/": "the counter serves every member; what lies in a file is above",
    "/gestion/": "the club's own",
}
# Two ids, and still the club's own, or everybody's: a published offer, a firm of the catalogue.
SHARED_PAIRS = {
    "GET /comptoir/prets/{line}/photos/{photo}",
    "GET /comptoir/sommes/{public_id}/photos/{photo}",
    "POST /gestion/services/{public_id}/articles/{item}/prix",
    "POST /gestion/services/{public_id}/articles/{item}/fin",
    "GET /gestion/textes/{slug}/versions/{version}",
    "GET /comptoir/personnes/{public_id}/rappels/{kind}/{target}",
    "POST /comptoir/personnes/{public_id}/rappels/{kind}/{target}",
    "POST /gestion/entraide/annonces/{public_id}/{verdict}",
    "GET /comptoir/personnes/{public_id}/places/{session}",
    "POST /comptoir/personnes/{public_id}/places/{session}",
    "POST /comptoir/personnes/{public_id}/places/{session}/rendu",
}

World = dict[str, str]


def verdict(route: str, path: str) -> Own | str | None:
    """Own, or why it is shared, or None: nobody has said so yet."""
    if route in OWN:
        return OWN[route]
    if path.count("{") > 1 and route not in SHARED_PAIRS:
        return None
    return next((why for start, why in SHARED.items() if path.startswith(start)), None)


class Pair(NamedTuple):
    """Alice, whose things they are, and Bob, who is exactly what she is."""

    alice: Callable[[], Awaitable[None]]
    bob: Callable[[], Awaitable[None]]


async def world(
    browser: httpx.AsyncClient, settings: Settings, stripe: Remote
) -> tuple[World, dict[str, Pair]]:
    """One of everything of Alice's, her colleague's and her shop's, and how each of them comes in."""
    joined, order, _ = await paying(stripe, PayWay.MONTHLY)
    bob = await factories.add_member("Bob", "Petit", "bob@example.org", category=Category.TENANT)
    clerk, colleague = await a_manager("Sofia", settings), await a_manager("Tom", settings)
    here, there = await factories.add_market(), await factories.add_market("Fleurs du Port")
    landlord = await at_home(joined.household_id)
    offer = await factories.add_offer(here.partner.id, title="Locataires", landlord_ids=(landlord,))
    made = {
        "order": order,
        "offer": offer.public_id,
        "receipt": await fetch_value("SELECT public_id FROM receipt ORDER BY id LIMIT 1"),
        "file": joined.person_public_id,
        "file of bob": bob.person_public_id,
        "cash order": await a_cash_order(joined.household_id),
        "free months": await free_months(joined.household_id),
        "address": await a_second_address(joined.person_id),
        "device": await a_device(joined.person_id),
        "factor": await a_factor(clerk, settings, confirmed=True),
        "new factor": await a_factor(clerk, settings, confirmed=False),
        "draft": await a_draft(clerk),
        "stock draft": await a_stock_draft(clerk),
        "list": await a_list(clerk),
        **await a_booking(joined.person_id),
        **await an_exchange(joined.person_id),
        **await a_ticket(joined.person_id),
        **await a_session(joined.person_id),
        **await uses(joined.person_id, here),
    }
    alice = await membership.find_member(joined.person_id)
    assert alice is not None
    theirs, speakers = await partner_world(browser, settings, alice, here, there)
    made |= theirs
    await sign_in.as_tenant(browser, settings, joined.person_id)
    made["portal"] = await a_portal(browser, settings, stripe)
    return made, {
        TENANT: Pair(
            lambda: sign_in.as_tenant(browser, settings, joined.person_id),
            lambda: sign_in.as_tenant(browser, settings, bob.person_id),
        ),
        MANAGER: Pair(
            lambda: sign_in.as_staff(browser, settings, clerk),
            lambda: sign_in.as_staff(browser, settings, colleague),
        ),
        SUDO: Pair(
            lambda: sign_in.as_staff(browser, settings, clerk, sudo=True),
            lambda: sign_in.as_staff(browser, settings, colleague, sudo=True),
        ),
        TILL: Pair(
            lambda: at_till(browser, settings, here.till.cookie),
            lambda: at_till(browser, settings, there.till.cookie),
        ),
        MERCHANT: Pair(
            lambda: sign_in.as_merchant(browser, settings, speakers.merchant),
            lambda: sign_in.as_merchant(browser, settings, speakers.other_merchant),
        ),
        AGENT: Pair(
            lambda: sign_in.as_merchant(browser, settings, speakers.agent),
            lambda: sign_in.as_merchant(browser, settings, speakers.other_agent),
        ),
        PROGRAM: Pair(
            lambda: with_token(browser, here.till.token),
            lambda: with_token(browser, there.till.token),
        ),
    }


async def at_home(household_id: int) -> int:
    """Her household lives in a landlord's dwelling; gives the landlord."""
    dwelling = await factories.add_dwelling()
    await fetch(
        "UPDATE household SET dwelling = $2, proof = 'proved' WHERE id = $1", household_id, dwelling
    )
    landlord: int = await fetch_value("SELECT landlord FROM dwelling WHERE id = $1", dwelling)
    return landlord


async def a_manager(name: str, settings: Settings) -> int:
    person_id = await factories.add_person(name, "Équipe", f"{name.lower()}@example.org")
    await factories.add_role(person_id, Role.MANAGER)
    await a_factor(person_id, settings, confirmed=True)
    return person_id


async def a_factor(person_id: int, settings: Settings, *, confirmed: bool) -> str:
    """An application of codes; its page shows the secret while it is still to be confirmed."""
    public_id: str = codes.random_id()
    await fetch(
        "INSERT INTO factor (public_id, person, kind, name, sealed, created_at, confirmed_at)"
        " VALUES ($1, $2, $3, 'Test', $4, $5, $6)",
        public_id,
        person_id,
        FactorKind.TOTP.value,
        Seals(settings.secret_keys).seal(SECRET, f"factor:{public_id}"),
        clock.now(),
        clock.now() if confirmed else None,
    )
    return public_id


async def free_months(household_id: int) -> str:
    """Given to her once, when she paid nothing."""
    price = "UPDATE household SET category = $2 WHERE id = $1"
    await fetch(price, household_id, Category.FREE.value)
    await membership_service.grant_months(SYSTEM, household_id, 1, key=codes.random_id())
    await fetch(price, household_id, Category.TENANT.value)
    found: str = await fetch_value(
        "SELECT public_id FROM pay_order WHERE amount_cents = 0 ORDER BY id DESC LIMIT 1"
    )
    return found


async def a_cash_order(household_id: int) -> str:
    """Beside her monthly payment, which the clerk was asked to confirm."""
    await factories.open_drawer()
    await membership_service.take_dues(
        SYSTEM, household_id, 1, PayWay.CASH, None, key=codes.random_id(), confirmed=True
    )
    found: str = await fetch_value(
        "SELECT o.public_id FROM pay_order o JOIN payment p ON p.pay_order = o.id"
        " WHERE p.way = 'cash' ORDER BY o.id DESC LIMIT 1"
    )
    return found


async def a_second_address(person_id: int) -> str:
    address = read_address("alice.travail@example.org")
    async with transaction():
        await people.add_contact(person_id, address.channel, address.value, verified=True)
    found: str = await fetch_value(
        "SELECT public_id FROM contact_point WHERE value = $1", address.value
    )
    return found


async def a_device(person_id: int) -> str:
    async with transaction():
        token = await identity.open_session(person_id, SessionKind.TENANT, "Autre téléphone")
    found: str = await fetch_value(
        "SELECT public_id FROM session WHERE token_hash = $1", codes.hash_token(token)
    )
    return found


async def a_booking(person_id: int) -> dict[str, str]:
    """Her drill of the next open day, and the number of its line."""
    member = await membership.find_member(person_id)
    assert member is not None
    drill = await (await lending.add_shelf()).resource()
    open_on = lending.CALENDAR.next_open_day(clock.today() + timedelta(days=1))
    assert open_on is not None
    wish = lending.want(drill, lending.day(open_on.isoformat()))
    done = await loans.book(lending.mine(member), lending.whom(member), [wish])
    return {
        "booking": done.booking,
        "line": str(done.lines[0]),
        "visit kind": "retrait",
        **await a_debt(member),
    }


async def a_debt(member: Member) -> dict[str, str]:
    """A damage of what went out, with its photo, and the page where she would pay it."""
    by = lending.mine(member).by
    saw = await (await lending.add_shelf("scies")).resource("Scie")
    open_on = lending.CALENDAR.next_open_day(clock.today() + timedelta(days=1))
    assert open_on is not None
    until = lending.day(open_on.isoformat(), 18)
    line = (await loans.lend_now(lending.staff(), lending.whom(member), saw.code, until)).line
    debt = await damages.charge_damage(SYSTEM, line, 900, "", [picture()], key="one")
    where = {"done_path": "/", "back_path": "/"}
    ordered = await order_payment(member.household_id, by, **where)
    return {"debt": debt, "photo": "0", "loan order": ordered.public_id}


async def a_ticket(person_id: int) -> dict[str, str]:
    """Her copies, and the page where she would pay them."""
    member = await membership.find_member(person_id)
    assert member is not None
    counter = await services.counter_of(await lending.add_shelf("comptoir"))
    copies = await counter.service("Copies", {"Cent pages": 1000})
    placed = await counter.order(copies, member)
    ordered = await order_ticket_payment(
        member.household_id, placed.ticket, services.mine(member), done_path="/", back_path="/"
    )
    return {"order ticket": placed.ticket, "ticket order": ordered.public_id}


async def an_exchange(person_id: int) -> dict[str, str]:
    """Her listing, and a neighbour who asked about it; and one of somebody without any address."""
    member = await membership.find_member(person_id)
    assert member is not None
    listing = await skills.list_(member)
    chloe, odette = [
        await factories.add_member(*name) for name in (("Chloé", "Roux"), ("Odette", "Faure"))
    ]
    return {
        "listing": listing,
        "exchange": await skills.ask(chloe, listing),
        "exchange act": "annulation",
        "quiet file": odette.person_public_id,
        "quiet exchange": await skills.ask(chloe, await skills.list_(odette)),
    }


async def a_session(person_id: int) -> dict[str, str]:
    """What she leads, with her own seat in it, and the page where she would pay it."""
    member = await membership.find_member(person_id)
    assert member is not None
    found = await activities.session(
        activities.soon(), leader=member.person_public_id, price_cents=500
    )
    await activities.take(member, found)
    ordered = await order_seat_payment(
        member.household_id, found.public_id, activities.by(member), done_path="/", back_path="/"
    )
    return {
        "session led": found.public_id,
        "seat": await activities.seat_of(member, found),
        "seat order": ordered.public_id,
    }


async def a_stock_draft(person_id: int) -> str:
    """A list of things to lend that a manager has not applied yet."""
    content = b"CODE;NOM;CATEGORIE;REGLES;CONCIERGERIE\n1;Scie;Outils;Outils;Orme\n"
    by = By(Actor.PERSON, person_id)
    return await importing.draft(ListKind.ITEMS, content, "objets.csv", person_id, by)


async def a_draft(person_id: int) -> str:
    wish = Wish(
        content=export(rows(3)), file_name="liste.csv", landlord_name="Habitat", by_name="Sofia"
    )
    return await places.draft_import(wish, person_id, By(Actor.PERSON, person_id))


async def a_list(person_id: int) -> str:
    """A long list that is ready to be taken."""
    public_id: str = codes.random_id()
    await fetch(
        "INSERT INTO prepared_list (public_id, person, file_name, media_type, back, rows, done,"
        " content, asked_at, seen_at) VALUES ($1, $2, 'l.csv', 'text/csv', '/gestion/tresorerie', 1, 1,"
        " 'x', $3, $3)",
        public_id,
        person_id,
        clock.now(),
    )
    return public_id


async def uses(person_id: int, market: factories.Market) -> World:
    """An open voucher, and uses that can be undone: by the till, its program and a manager."""
    member = await membership.find_member(person_id)
    assert member is not None
    made: World = {}
    for name in ("use", "second use", "third use"):
        offer = await factories.add_offer(market.partner.id, title=name.capitalize())
        code = await vouchers.claim(member, offer.public_id, SYSTEM)
        scan = Scan(code=code, key=codes.random_id(), till=market.till.caller)
        made[name] = (await vouchers.redeem(scan)).redemption
    made["voucher"] = await vouchers.claim(member, market.offer.public_id, SYSTEM)
    offer = await factories.add_offer(market.partner.id, title="Second voucher")
    second = await vouchers.claim(member, offer.public_id, SYSTEM)
    row = await fetch_value("SELECT id FROM voucher WHERE code = $1", second)
    made["row of a voucher"] = str(row)
    return made


async def a_portal(browser: httpx.AsyncClient, settings: Settings, stripe: Remote) -> str:
    """The page that waits while Stripe is slow to open its own."""
    await stripe.fail_next("refused", "/v1/billing_portal", times=2)
    waiting = await sign_in.post(browser, settings, "/compte/cotisation/carte")
    return waiting.headers["location"].rpartition("/")[2]


async def at_till(browser: httpx.AsyncClient, settings: Settings, cookie: str) -> None:
    browser.cookies.clear()
    sign_in.put(browser, "till", cookie)


async def with_token(browser: httpx.AsyncClient, token: str) -> None:
    browser.cookies.clear()
    browser.headers["authorization"] = f"Bearer {token}"


async def enter(browser: httpx.AsyncClient, way_in: Callable[[], Awaitable[None]]) -> None:
    """Whoever was in this browser has gone."""
    browser.headers.pop("authorization", None)
    browser.cookies.clear()
    await way_in()

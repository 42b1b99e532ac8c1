"""Services on the phone, at the counter and in the office, as people meet them (S1 to S6)."""

import re

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.identity.rules import Role
from backend.kit import clock, codes
from backend.kit.codes import Order
from backend.kit.database import fetch, fetch_value
from backend.membership.queries import Member
from backend.orders.errors import OrderElsewhere, ServiceClosed
from backend.orders.rules import Channel
from backend.orders.service import handing, ordering, rounds
from backend.orders.service.ordering import OrderWish, Wanted
from backend.settings import Settings
from tests import lending, orders, sign_in
from tests.factories import add_person, add_role
from tests.integration.desk.conftest import Counter as Desk
from tests.integration.desk.conftest import words
from tests.integration.statements import statements
from tests.lending import day
from tests.orders import Counter

AT_SIX = day("2026-11-24", 18)


@pytest.fixture
async def nadia(client: httpx.AsyncClient, settings: Settings, counter: Counter) -> Desk:
    person_id = await add_person("Nadia", "Comptoir", "nadia@example.org")
    await add_role(person_id, Role.MANAGER)
    await sign_in.as_staff(client, settings, person_id)
    return Desk(client, settings, person_id)


def typed(member: Member) -> str:
    return f"/comptoir/personnes/{member.person_public_id}/commandes"


async def test_manager_makes_a_service_with_its_prices(nadia: Desk, counter: Counter) -> None:
    """S1: bread by the week, without code; its price changes on a day."""
    await nadia.open("/gestion/services/nouveau")
    form = {
        "name": "Pain du samedi",
        "icon": "croissant",
        "weekly": "1",
        "delivery_weekday": "5",
        "cutoff_weekday": "3",
        "cutoff_time": "12:00",
        "pay_at": "collection",
        "sent_to": "four@example.org",
        f"site_{counter.site}": "1",
        "key": codes.random_id(),
    }
    to = await nadia.done("/gestion/services", **form)
    address = to.partition("?")[0]
    await nadia.done(f"{address}/articles", item="Baguette", price="1,20", key=codes.random_id())
    item = await fetch_value("SELECT public_id FROM service_item")
    await nadia.done(f"{address}/articles/{item}/prix", price="1,30", since="2026-12-01")
    said = await nadia.open(address)
    assert "1,20" in said
    assert "1,30" in said
    listed = await nadia.open("/gestion/services")
    assert "Livré le samedi. Commande jusqu’au jeudi à 12 h." in listed
    refused = await nadia.send(address, **{**form, "name": "", "version": "1"})
    assert refused.status_code == 422
    assert "Il faut corriger" in words(refused.text)
    await nadia.done(address, **{**form, "ended": "1", "version": "1"})
    await nadia.done(f"{address}/articles/{item}/fin")
    assert "Plus proposés" in await nadia.open("/gestion/services")


async def test_member_orders_without_javascript_and_shows_the_code(
    client: httpx.AsyncClient, settings: Settings, counter: Counter, alice: Member
) -> None:
    """S2, S3: the list, the service, one button; too late is said, and it is for the next Thursday."""
    baskets = await counter.baskets()
    await sign_in.as_tenant(client, settings, alice.person_id)
    me = Desk(client, settings, alice.person_id)
    assert "Commandez jusqu" in await me.open("/services")
    page = (await client.get(f"/services/{baskets.slug}")).text
    hidden = dict(re.findall(r'name="(key|pour|lieu)" value="([^"]*)"', page))
    small = baskets.items[0].public_id
    to = await me.done(f"/services/{baskets.slug}", **hidden, **{f"n_{small}": "2"})
    again = await me.done(f"/services/{baskets.slug}", **hidden, **{f"n_{small}": "2"})
    assert again == to, "sent twice, ordered once"
    said = await me.open(to)
    assert "2 × Petit panier" in said
    assert "jeudi 26 novembre" in said
    assert "À payer en venant" in said
    with clock.frozen(AT_SIX):
        await sign_in.as_tenant(client, settings, alice.person_id)
        late = {**hidden, "key": codes.random_id()}
        to = await me.done(f"/services/{baskets.slug}", **late, **{f"n_{small}": "1"})
        said = await me.open(to)
    assert "trop tard pour cette livraison" in said
    assert "jeudi 3 décembre" in said
    assert "Petit panier" in await me.open("/services/commandes")
    address = to.partition("?")[0]
    await me.done(f"{address}/annulation")
    assert "Annulée" in await me.open(address)


async def test_counter_sends_receives_and_hands_over_by_scan(
    nadia: Desk, counter: Counter, alice: Member, bob: Member
) -> None:
    """S2, S3, S6, L41: the list leaves, the baskets come, each code is paid and handed over to its own."""
    baskets = await counter.baskets()
    first, second = await counter.order(baskets, alice), await counter.order(baskets, bob)
    round_ = f"/comptoir/tournees/{(await orders.ticket(first)).round}"
    assert "On peut encore commander" in await nadia.open(round_)
    early = await nadia.send(f"{round_}/envoi")
    assert early.status_code == 409
    with clock.frozen(AT_SIX):
        await sign_in.as_staff(nadia.browser, nadia.settings, nadia.person_id)
        assert "La liste part dans quelques minutes" in await nadia.open(round_)
        await nadia.done(f"{round_}/envoi")
        await nadia.done(f"{round_}/envoi")
        assert "2 Petit panier" in await nadia.open(round_)
        both = [first.ticket, second.ticket]
        await nadia.done(
            f"{round_}/arrivee", commande=both, etagere="Sol", **{f"etagere_{both[0]}": "B3"}
        )
        code = codes.text_of(Order(first.code))
        unpaid = await nadia.send("/comptoir/scan", code=code, tournee=round_.rpartition("/")[2])
        assert "Il faut d'abord payer" in words(unpaid.text)
        brought = await nadia.send("/comptoir/scan", code=code, guichet="1")
        assert "À payer : 8,00" in words(brought.text)
        assert "étagère B3" in words(brought.text)
        other = await nadia.send("/comptoir/scan", code=code, guichet="1", qui=bob.person_public_id)
        assert "Cette commande est à un autre foyer" in words(other.text)
        assert await orders.state(first) == "ready"
        pay = {"key": codes.random_id(), "cents": "800", "way": "cash"}
        await nadia.done(f"/comptoir/commandes/{first.ticket}/paiement", **pay, remettre="1")
        pay = {"key": codes.random_id(), "cents": "800", "way": "cheque"}
        await nadia.done(f"/comptoir/commandes/{second.ticket}/paiement", **pay)
        ticked = await nadia.done(
            "/comptoir/scan", code=second.code, tournee=round_.rpartition("/")[2]
        )
        assert ticked.startswith(round_)
        assert "2 sur 2" in await nadia.open(round_)
    assert await orders.state(first) == await orders.state(second) == "collected"


async def test_counter_orders_for_somebody_and_prints_the_ticket(
    nadia: Desk, counter: Counter, alice: Member
) -> None:
    """S4, L41: what is left is counted and described, with a printed ticket; the member is told who did it."""
    pressing = await counter.pressing()
    shirt = pressing.items[0].public_id
    assert "Pressing" in await nadia.open(typed(alice))
    await nadia.open(f"{typed(alice)}/nouvelle?service={pressing.slug}")
    form = {"service": pressing.slug, "key": codes.random_id()}
    said = {f"n_{shirt}": "2", f"m_{shirt}": "bleue, tache au col"}
    to = (await nadia.done(typed(alice), **form, **said)).partition("?")[0]
    assert "bleue, tache au col" in await nadia.open(to)
    await nadia.paper(f"{to}/billet")
    assert await orders.told("desk.act") == [alice.person_id]
    nothing = await nadia.send(typed(alice), **{**form, "key": codes.random_id()})
    assert "Choisissez au moins un article" in words(nothing.text)


async def test_run_goes_out_and_comes_back_with_what_is_missing(
    nadia: Desk, counter: Counter, alice: Member, bob: Member
) -> None:
    """S4: run sheets out and back; what did not come back is still with the partner."""
    pressing = await counter.pressing()
    first = await counter.order(pressing, alice, words={"Chemise": "blanche"})
    second = await counter.order(pressing, bob)
    assert "À envoyer : Pressing" in await nadia.open("/comptoir/commandes")
    form = {"service": pressing.slug, "retour": "2026-11-25", "key": codes.random_id()}
    empty = await nadia.send("/comptoir/tournees", **form)
    assert "Choisissez au moins une commande" in words(empty.text)
    both = [first.ticket, second.ticket]
    form["key"] = codes.random_id()
    to = (await nadia.done("/comptoir/tournees", **form, commande=both)).partition("?")[0]
    await nadia.paper(f"{to}/liste")
    csv = await nadia.browser.get(f"{to}/export")
    assert "Chemise;2" in csv.text
    sheet = await nadia.open(await orders.partner_address())
    assert "1 × Chemise, blanche" in sheet
    assert "À rapporter le 25 novembre" in sheet
    assert "Martin" not in sheet
    await nadia.done(f"{to}/arrivee", commande=first.ticket, etagere="P1")
    assert await orders.state(first) == "ready"
    assert await orders.state(second) == "with_partner"
    assert await fetch_value("SELECT back_at FROM order_round") is None
    await nadia.done(f"{to}/arrivee", commande=second.ticket)
    assert await fetch_value("SELECT back_at FROM order_round") is not None
    await nadia.done(f"/comptoir/commandes/{first.ticket}/renvoi")
    assert await orders.state(first) == "with_partner"
    await nadia.done(f"/comptoir/commandes/{first.ticket}/pret", etagere="P2")
    assert "P2" in await nadia.open("/comptoir/commandes?service=" + pressing.slug)


async def test_parcel_goes_for_a_paper_that_was_seen(
    nadia: Desk, counter: Counter, alice: Member
) -> None:
    """S5: sender, shelf, pick-up code; which paper was seen is noted, never its number."""
    parcels = await counter.parcels()
    await nadia.open(f"{typed(alice)}/nouvelle?service={parcels.slug}")
    form = {
        "service": parcels.slug,
        "sender": "La Poste",
        "etagere": "C2",
        "key": codes.random_id(),
    }
    to = (await nadia.done(typed(alice), **form)).partition("?")[0]
    assert "La Poste" in await nadia.open(to)
    code = await fetch_value("SELECT code FROM order_ticket")
    asked = await nadia.send("/comptoir/scan", code=code, guichet="1", qui=alice.person_public_id)
    assert "Demandez une pièce d’identité" in words(asked.text)
    refused = await nadia.send(f"{to}/remise")
    assert "Il faut voir une pièce d'identité" in words(refused.text)
    await nadia.done(f"{to}/remise", piece="passport")
    assert "Passeport" in await nadia.open(to)
    await nadia.done(f"{to}/retour")
    assert await fetch_value("SELECT state FROM order_ticket") == "ready"


async def test_scan_loop_hands_over_what_is_paid(
    nadia: Desk, counter: Counter, alice: Member
) -> None:
    """S2: the same field as loans: the card, then the order's code; unknown and early codes are said."""
    bread = await counter.service("Copies", {"Une page": 0})
    placed = await counter.order(bread, alice)
    scan = {"code": placed.code, "guichet": "1", "qui": alice.person_public_id}
    early = await nadia.send("/comptoir/scan", **scan)
    assert "pas encore prête" in words(early.text)
    await handing.make_ready(SYSTEM, [placed.ticket], "A1")
    loop = await nadia.open(f"/comptoir/guichet?qui={alice.person_public_id}")
    assert "A1" in loop
    done = await nadia.send("/comptoir/scan", **scan)
    assert "Remise : Copies" in words(done.text)
    twice = await nadia.send("/comptoir/scan", **scan)
    assert "déjà remise" in words(twice.text)
    unknown = await nadia.send(
        "/comptoir/scan", code=codes.text_of(Order(codes.draw_code())), guichet="1"
    )
    assert "Nous ne trouvons pas cette commande" in words(unknown.text)


async def test_scan_says_where_an_order_lies_when_it_is_at_another_site(
    nadia: Desk, counter: Counter, alice: Member
) -> None:
    """S2: it is not given by scan here, with or without its household; on its own page it may be."""
    placed = await counter.order(await counter.service("Copies", {"Une page": 0}), alice)
    await handing.make_ready(SYSTEM, [placed.ticket], "A1")
    elsewhere = await orders.counter_of(await lending.add_shelf("lilas"))
    nadia.browser.cookies.set("poste", elsewhere.site)
    for whom in ("", alice.person_public_id):
        told = await nadia.send("/comptoir/scan", code=placed.code, guichet="1", qui=whom)
        assert "tilleuls. Elle n’est pas ici." in words(told.text)
        assert "Remettre à" not in words(told.text)
    assert await orders.state(placed) == "ready"
    with pytest.raises(OrderElsewhere):
        await handing.hand_over(SYSTEM, placed.ticket, site_id=elsewhere.site_id)
    await nadia.done(f"/comptoir/commandes/{placed.ticket}/remise")
    assert await orders.state(placed) == "collected"


async def test_what_is_brought_in_is_not_ordered_from_home(counter: Counter, alice: Member) -> None:
    """S2, S4: things are counted and described where they are left; whatever a page sends."""
    pressing = await counter.pressing()
    wish = OrderWish(
        service=pressing.slug,
        site_id=counter.site_id,
        household_id=alice.household_id,
        person_id=alice.person_id,
        wanted=(Wanted(pressing.items[0].public_id, 1),),
    )
    with pytest.raises(ServiceClosed):
        await ordering.order(orders.mine(alice), wish, Channel.ONLINE, key="online")
    assert (await ordering.order(SYSTEM, wish, Channel.DESK, key="desk")).ticket


async def test_partner_reads_sums_without_names(
    client: httpx.AsyncClient, counter: Counter, alice: Member, bob: Member
) -> None:
    """S3, P5: page and CSV behind an address that nobody guesses; injection-safe, no name."""
    baskets = await counter.service(
        "Paniers",
        {"=Petit panier": 800},
        weekly=True,
        delivery_weekday=3,
        cutoff_weekday=1,
        cutoff_time=day("2026-11-24", 18).time(),
        sent_to=orders.GROWER,
    )
    for member in (alice, bob):
        await counter.order(baskets, member)
    with clock.frozen(day("2026-11-24", 20)):
        await rounds.send_due()
    address = await orders.partner_address()
    page = await client.get(address)
    assert "Petit panier" in words(page.text)
    assert "Martin" not in page.text
    csv = await client.get(f"{address}/liste.csv")
    assert "'=Petit panier" in csv.text
    assert "Alice" not in csv.text
    assert (await client.get("/livraisons/autre")).status_code == 404
    kept = await fetch("SELECT 1 FROM order_round WHERE link_hash IS NOT NULL")
    assert len(kept) == 1


@pytest.mark.parametrize(
    "path", ["/services", "/services/{slug}", "/services/commandes", "/services/commandes/{ticket}"]
)
async def test_page_asks_at_most_six_things(
    client: httpx.AsyncClient, settings: Settings, counter: Counter, alice: Member, path: str
) -> None:
    """PERF6: however many services and orders there are, who is calling included."""
    baskets = await counter.baskets()
    for name in ("Copies", "Retouches"):
        await counter.service(name, {"Une": 100})
    placed = [await counter.order(baskets, alice) for _ in range(3)][-1]
    await sign_in.as_tenant(client, settings, alice.person_id)
    async with statements() as said:
        answer = await client.get(path.format(slug=baskets.slug, ticket=placed.ticket))
    assert answer.status_code == 200
    assert 0 < len(said) <= 6, "\n".join(s[:90] for s in said)

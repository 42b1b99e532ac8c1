"""The office keeps what is lent: described, counted, looked after, under rules that say what they do."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.lending import queries as lending_queries
from backend.lending import service as lend
from backend.lending.limit_errors import HouseholdLoans
from backend.lending.rules import FAR, Outcome, Period, TicketKind
from backend.lending.values import Back
from backend.membership.queries import Member
from tests import factories, lending
from tests.integration.office.conftest import Post
from tests.lending import Shelf, staff, whom
from tests.pictures import picture

HERE = "/gestion/inventaire"


@pytest.fixture
async def shelf(office: httpx.AsyncClient) -> Shelf:
    return await lending.add_shelf()


@pytest.fixture
async def alice(office: httpx.AsyncClient) -> Member:
    return await factories.add_member("Alice", "Martin", "alice@example.org")


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"\s+value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


def described(rules: str, **said: Any) -> dict[str, Any]:
    return {
        "name": "Perceuse",
        "category": "Outils",
        "policy": rules,
        "site": "tilleuls",
        "pieces": "mallette\n12 mèches",
        "replacement": "89,90",
        **said,
    }


async def test_resource_is_described_found_and_changed(
    office: httpx.AsyncClient, send: Post, shelf: Shelf
) -> None:
    """L1, L12: one under two presses, a photo, pieces, a value; a stale page says that it is one."""
    assert "Rien à prêter" in (await office.get(HERE)).text
    rules = await lend.make_policy(SYSTEM, lending.policy(name="Outils"))
    key = hidden((await office.get(f"{HERE}/nouveau")).text, "key")
    form = described(rules, key=key)
    photo = {"photo": ("a.jpg", picture("JPEG"))}
    made = [(await send(HERE, form, files=photo)).headers["location"] for _ in range(2)]
    assert made[0] == made[1]
    address = made[0].partition("?")[0]
    page = (await office.get(address)).text
    for said in ("mallette, 12 mèches", "89,90", "Outils", "personne ne peut le réserver"):
        assert said in page
    assert (await office.get(f"{address}/photo")).headers["content-type"] == "image/jpeg"
    version = hidden((await office.get(f"{address}/modifier")).text, "version")
    dear = described(rules, name="Perceuse à percussion", version=version)
    assert (await send(f"{address}/modifier", dear)).status_code == 303
    stale = await send(f"{address}/modifier", described(rules, version=version))
    assert stale.status_code == 409
    assert "a changé entre-temps" in stale.text
    assert "Perceuse à percussion" in (await office.get(f"{HERE}?q=percus&point=tilleuls")).text
    assert "Rien ici" in (await office.get(f"{HERE}?q=scie")).text
    await send(f"{address}/photo/retrait")
    assert (await office.get(f"{address}/photo")).status_code == 404
    assert await fetch_value("SELECT count(*) FROM stored_file") == 0
    await send(f"{address}/retrait")
    assert "Rien ici" in (await office.get(f"{HERE}?q=percus&etat=out")).text
    assert "Perceuse à percussion" in (await office.get(f"{HERE}?etat=retired")).text
    await send(f"{address}/retour")
    assert "Perceuse à percussion" in (await office.get(HERE)).text


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"isbn": "9782070368228"}, None),
        ({"isbn": "2-07-036822-X"}, None),
        ({"isbn": "9782070368229"}, "ISBN n&#39;est pas juste"),
        ({"name": ""}, "Remplissez ce champ"),
        ({"policy": "nobody"}, "Nous ne trouvons pas ces règles"),
        ({"in_charge": "nobody"}, "Choisissez une réponse de la liste"),
        ({"replacement": "cher"}, "montant"),
    ],
)
async def test_isbn_is_checked_when_a_book_is_entered(
    send: Post, shelf: Shelf, said: dict[str, str], told: str | None
) -> None:
    """L40: ten or thirteen digits, kept as thirteen; what is wrong stays typed, with what to do."""
    rules = await lend.make_policy(SYSTEM, lending.policy(name="Livres"))
    answer = await send(HERE, described(rules, **said))
    if told is None:
        assert answer.status_code == 303
        assert await fetch_value("SELECT isbn FROM resource") == "9782070368228"
    else:
        assert answer.status_code in {404, 422}
        assert told in answer.text


async def test_copies_are_added_changed_and_leave(
    office: httpx.AsyncClient, send: Post, shelf: Shelf, alice: Member
) -> None:
    """L12, L32, L45: one copy for two presses; history without names; what a block did is told."""
    drill = await shelf.resource(copies=1, pieces=("mallette",))
    page = (await office.get(f"{HERE}/{drill.id}")).text
    form = {"shelf": "A4", "key": hidden(page, "key")}
    for _ in range(2):
        assert (await send(f"{HERE}/{drill.id}/exemplaires", form)).status_code == 303
    assert await fetch_value("SELECT count(*) FROM unit WHERE shelf = 'A4'") == 1
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    unit = f"{HERE}/exemplaires/{drill.code}"
    assert "retour le" in (await office.get(unit)).text
    gone = await send(f"{unit}/retrait", {"reason": "Usé"})
    assert "encore chez" in gone.text
    await lend.take_back(staff(), given.line, Back(outcome=Outcome.DIRTY, note="Pleine de plâtre"))
    page = (await office.get(unit)).text
    assert "Pleine de plâtre" in page
    assert "Hors service" in page
    assert "Alice" not in page
    changed = {"shelf": "B2", "note": "Rayée", "version": hidden(page, "version")}
    assert (await send(unit, changed)).status_code == 303
    assert (await send(unit, changed)).status_code == 409
    assert "Rayée" in (await office.get(f"{HERE}/{drill.id}")).text
    assert (await send(f"{unit}/retrait", {"reason": "Usé"})).status_code == 303
    assert "Prêter à nouveau" in (await office.get(unit)).text
    await send(f"{unit}/retour")
    assert await fetch_value("SELECT count(*) FROM unit WHERE retired_at IS NULL") == 2
    acts = await fetch("SELECT DISTINCT verb FROM audit_entry WHERE verb LIKE 'lending.%unit%'")
    assert {row["verb"] for row in acts} == {
        "lending.unit",
        "lending.unit.back",
        "lending.retire_unit",
    }


async def test_upkeep_goes_from_open_to_done_and_names_who_to_call(
    office: httpx.AsyncClient, send: Post, shelf: Shelf, alice: Member
) -> None:
    """L32: the queue of tickets, what each did to bookings, and those that are left to staff."""
    drill = await shelf.resource()
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    unit = f"{HERE}/exemplaires/{drill.code}"
    over = {"kind": "repair", "reason": "Fil usé", "blocks": "oui", "until": "2020-01-01"}
    assert "déjà passé" in (await send(f"{unit}/entretien", over)).text
    made = await send(f"{unit}/entretien", {**over, "until": ""})
    address = made.headers["location"].partition("?")[0]
    page = (await office.get(address)).text
    assert "1 réservation reste à régler" in page
    assert f"/comptoir/prets/{given.line}" in page
    assert "Fil usé" in (await office.get("/gestion/entretien?point=tilleuls")).text
    await send(f"{address}/debut")
    assert "Fil usé" in (await office.get("/gestion/entretien?etape=en-cours")).text
    assert (await send(f"{address}/fin", {"cost": "beaucoup"})).status_code == 422
    assert (await send(f"{address}/fin", {"cost": "12,50"})).status_code == 303
    assert (await send(f"{address}/fin", {"cost": "12,50"})).status_code == 409
    page = (await office.get("/gestion/entretien?etape=faits")).text
    assert "12,50" in page
    assert "1 entretien fini cette année" in page


async def test_ticket_begins_to_block_from_its_page(
    office: httpx.AsyncClient, send: Post, shelf: Shelf
) -> None:
    """L32: lent on until then."""
    drill = await shelf.resource()
    done = await lend.take_out_of_use(staff(), drill.code, TicketKind.PARTS, "Une vis", None)
    address = f"/gestion/entretien/{done.ticket}"
    assert "Oui, en attendant" in (await office.get(address)).text
    assert (await send(f"{address}/blocage", {"until": "2020-01-01"})).status_code == 422
    assert (await send(f"{address}/blocage")).status_code == 303
    assert "jusqu’à la fin de l’entretien" in (await office.get(address)).text
    assert (await office.get("/gestion/entretien/nobody")).status_code == 404


async def test_plan_is_written_changed_and_ended(
    office: httpx.AsyncClient, send: Post, shelf: Shelf
) -> None:
    """L32: its rhythm is said as people say it; without one it is refused."""
    drill = await shelf.resource()
    new = f"{HERE}/{drill.id}/entretiens"
    assert "Que faut-il faire" in (await office.get(f"{new}/nouveau")).text
    assert "au moins un rythme" in (await send(new, {"name": "Contrôle"})).text
    form = {"name": "Contrôle", "every_months": "6", "every_loans": "20", "grace_days": "7"}
    assert (await send(new, form)).status_code == 303
    page = (await office.get(f"{HERE}/{drill.id}")).text
    assert "Tous les 6 mois, ou tous les 20 prêts" in page
    assert "Bloqué après 7 jours" in page
    found = re.search(r"/gestion/entretiens/[^\"]+", page)
    assert found is not None
    version = hidden((await office.get(found[0])).text, "version")
    less = {"name": "Contrôle", "every_months": "1", "version": version}
    assert (await send(found[0], less)).status_code == 303
    assert (await send(found[0], less)).status_code == 409
    assert "On prête quand même" in (await office.get(f"{HERE}/{drill.id}")).text
    await send(f"{found[0]}/fin")
    assert (await office.get(found[0])).status_code == 404


async def test_kit_is_put_together(office: httpx.AsyncClient, send: Post, shelf: Shelf) -> None:
    """L11: of simple things of the same place; a kit has no copies and is in no other."""
    room, screen = await shelf.resource("Salle"), await shelf.resource("Projecteur")
    bag = await shelf.resource("Salle équipée", copies=0)
    address = f"{HERE}/{bag.id}/lot"
    assert "En faire un lot" in (await office.get(f"{HERE}/{bag.id}")).text
    for part, count in ((room.id, "1"), (screen.id, "2")):
        assert (await send(address, {"part": part, "count": count})).status_code == 303
    page = (await office.get(f"{HERE}/{bag.id}")).text
    assert "Projecteur" in page
    assert "× 2" in page
    assert (await send(address, {"part": room.id, "count": "0"})).status_code == 422
    nested = await send(f"{HERE}/{room.id}/lot", {"part": bag.id})
    assert "Un lot contient des objets simples" in nested.text
    refused = await send(f"{HERE}/{bag.id}/exemplaires", {})
    assert refused.status_code == 422
    await send(f"{address}/retrait", {"part": room.id})
    assert "Salle équipée" in (await office.get(f"{HERE}?etat=kit")).text
    assert [part.name for part in (await lending_queries.get_resource(bag.id)).parts] == [
        "Projecteur"
    ]


async def test_resource_does_not_leave_people_at_another_address(
    send: Post, shelf: Shelf, office: httpx.AsyncClient
) -> None:
    """L18: a change of a page sends nobody elsewhere; without copies it may change its place."""
    await lending.add_shelf("lanternes")
    drill, empty = await shelf.resource(), await shelf.resource("Scie", copies=0)
    for one, status in ((drill, 409), (empty, 303)):
        rules = (await lending_queries.get_resource(one.id)).model.policy.public_id
        form = described(rules, name=one.name, site="lanternes")
        assert (await send(f"{HERE}/{one.id}/modifier", form)).status_code == status


async def test_what_is_out_of_use_or_empty_is_found(
    office: httpx.AsyncClient, shelf: Shelf
) -> None:
    """L26: by its state, with how many are away."""
    drill, _ = await shelf.resource(), await shelf.resource("Scie", copies=0)
    bags = await shelf.resource("Sacs", copies=0, counted=False)
    await lend.take_out_of_use(
        staff(), drill.code, TicketKind.REPAIR, "Fil usé", Period(lending.day("2020-01-01"), FAR)
    )
    for state, name in (("blocked", "Perceuse"), ("empty", "Scie"), ("uncounted", "Sacs")):
        page = (await office.get(f"{HERE}?etat={state}")).text
        assert re.findall(r'class="b7" href="/gestion/inventaire/[^"]+">([^<]+)<', page) == [name]
    assert "toujours libre" in (await office.get(f"{HERE}/{bags.id}")).text


RULES = {
    "name": "Outils",
    "slot_mode": "days",
    "usual_length": "7",
    "longest_length": "7",
    "due_rule": "next_opening",
    "renewals": "1",
    "household_loans": "2",
}


async def test_rules_say_their_effect_in_a_sentence(
    office: httpx.AsyncClient, send: Post, shelf: Shelf
) -> None:
    """L1, L12, L21: rows and never code; one for two presses; a stale page says so."""
    here = "/gestion/regles-de-pret"
    assert "Pas encore de règles" in (await office.get(here)).text
    key = hidden((await office.get(f"{here}/nouvelles")).text, "key")
    made = [(await send(here, {**RULES, "key": key})).headers["location"] for _ in range(2)]
    assert made[0] == made[1]
    said = "Prêt de 7 jours, 1 renouvellement, 2 objets à la fois par foyer."
    assert said in (await office.get(here)).text
    address = made[0].partition("?")[0]
    version = hidden((await office.get(address)).text, "version")
    room = {
        **RULES,
        "slot_mode": "hours",
        "usual_length": "1,5",
        "longest_length": "8",
        "peak_5": "1",
        "peak_from": "14:00",
        "fee_day_cents": "0,50",
        "grace_days": "2",
        "version": version,
    }
    assert (await send(address, room)).status_code == 303
    assert (await send(address, room)).status_code == 409
    page = (await office.get(address)).text
    assert "Prêt de 1 h 30, 8 heures au plus" in page
    assert "Retard\xa0: 0,50" in page
    kept = await lending_queries.get_policy(address.rsplit("/", 1)[1])
    assert (kept.usual_length, kept.peak_weekdays, kept.fee_day_cents) == (90, (5,), 50)
    assert "Ce nom sert déjà" in (await send(here, RULES)).text
    assert (await send(here, {**RULES, "name": "Livres"})).status_code == 303
    assert "Ce nom sert déjà" in (await send(address, {**RULES, "name": "Livres"})).text
    assert "en chiffres" in (await send(here, {**RULES, "usual_length": "long"})).text
    assert "au-dessus de zéro" in (await send(here, {**RULES, "usual_length": "0"})).text


async def test_rules_say_what_is_told_and_when(
    office: httpx.AsyncClient, send: Post, shelf: Shelf
) -> None:
    """L36: a schedule for each type, as rows: days before it is due, open days after."""
    here = "/gestion/regles-de-pret"
    fresh = (await office.get(f"{here}/nouvelles")).text
    assert 'value="2, 0"' in fresh
    assert 'value="1, 4, 10"' in fresh
    notices = {"notice_eve": "1", "notice_before": "7; 1", "notice_late": "3"}
    answer = await send(here, {**RULES, **notices, "key": hidden(fresh, "key")})
    address = answer.headers["location"].partition("?")[0]
    kept = await lending_queries.get_policy(address.rsplit("/", 1)[1])
    assert (kept.notice_eve, kept.notice_before, kept.notice_late) == (True, (1, 7), (3,))
    for wrong in ({"notice_before": "31"}, {"notice_late": "0"}, {"notice_late": "1 2 3 4 5 6"}):
        assert "jusqu’à 30" in (await send(here, {**RULES, **wrong, "name": "Autres"})).text


async def test_bookings_keep_their_times_when_rules_change(
    office: httpx.AsyncClient, send: Post, shelf: Shelf, alice: Member
) -> None:
    """L21: what stands is not refused after the fact; only new bookings meet the new limit."""
    drill = await shelf.resource(copies=3, longest_length=30)
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    rules = (await lending_queries.get_resource(drill.id)).model.policy.public_id
    before = await fetch_value("SELECT during FROM booking_line WHERE id = $1", given.line)
    address = f"/gestion/regles-de-pret/{rules}"
    assert "Prêts en cours\xa0: 1" in (await office.get(address)).text
    strict = {**RULES, "name": "Strictes", "household_loans": "1", "usual_length": "1"}
    assert (await send(address, strict)).status_code == 303
    assert await fetch_value("SELECT during FROM booking_line WHERE id = $1", given.line) == before
    code = drill.units[1].code
    with pytest.raises(HouseholdLoans):
        await lend.lend_now(staff(), whom(alice), code)


async def test_missing_pieces_are_listed_until_they_are_replaced(
    office: httpx.AsyncClient, send: Post, shelf: Shelf, alice: Member
) -> None:
    """L40: on the copy's page and beside it in the list; lent on meanwhile; gone once it is mended."""
    game = await shelf.resource("Quilles", pieces=("9 quilles", "2 boules"))
    given = await lend.lend_now(staff(), whom(alice), game.code)
    back = Back(outcome=Outcome.PART_MISSING, missing=("2 boules",), note="Il manque les boules")
    await lend.take_back(staff(), given.line, back)
    unit = f"{HERE}/exemplaires/{game.code}"
    assert "Au rayon" in (await office.get(unit)).text
    for page in (unit, f"{HERE}/{game.id}"):
        assert re.search(r"Il manque[^<]*(<[^>]+>\s*)*[^<]*2 boules", (await office.get(page)).text)
    found = re.search(r"/gestion/entretien/[\w-]+", (await office.get(unit)).text)
    assert found is not None
    await send(f"{found[0]}/fin", {"cost": "8"})
    assert "Il manque\xa0:" not in (await office.get(f"{HERE}/{game.id}")).text


async def test_what_nobody_counts_is_always_free(
    office: httpx.AsyncClient, shelf: Shelf, alice: Member
) -> None:
    """L40: without copies, and however many have booked it; a title is held over all its copies."""
    bags = await shelf.resource("Sacs", copies=0, counted=False)
    title = await shelf.resource("Germinal", copies=2)
    bob = await factories.add_member("Bob", "Petit", "bob@example.org")
    start = lending.CALENDAR.next_open_day(clock.today() + timedelta(days=2))
    assert start is not None
    when = lending.day(start.isoformat())
    for member in (alice, bob):
        await lend.book(
            lending.mine(member),
            whom(member),
            [lending.want(bags, when), lending.want(title, when)],
        )
    found = await lending_queries.availability([bags.id, title.id], lending.hours(when))
    assert [found[one.id].is_free(lending.hours(when)) for one in (bags, title)] == [True, False]
    codes = {line.unit for line in await lending_queries.of_household(alice.household_id)}
    assert codes <= {"", *(unit.code for unit in title.units)}

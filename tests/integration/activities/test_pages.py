"""The agenda over HTTP: visitors, members, leaders, the counter and the office, without JavaScript."""

import re
from datetime import timedelta
from typing import Any

import icalendar
import pytest
from httpx import AsyncClient, Response

from backend.activities import printing, queries
from backend.activities import service as activities
from backend.activities.rules import Scope
from backend.audit.service import SYSTEM
from backend.identity.rules import Role
from backend.kit import clock, papers
from backend.kit.codes import PaperCard, text_of
from backend.kit.database import fetch, fetch_value
from backend.membership import service as membership
from backend.membership.queries import Member
from backend.settings import Settings
from tests import factories, lending, sign_in
from tests.activities import DAY, add_child, seat_of, seats, series, session, take
from tests.integration.desk.conftest import words

MONTH = "/agenda?mois=2026-12"


async def send(
    client: AsyncClient, settings: Settings, path: str, said: dict[str, str]
) -> Response:
    """A form, and the page that it leads to."""
    answer = await sign_in.post(client, settings, path, said)
    return await client.get(answer.headers["location"]) if answer.status_code == 303 else answer


async def test_anybody_reads_the_agenda(client: AsyncClient, alice: Member):
    """A3: by month, by kind and place, a page for each session; nobody who comes is named."""
    found, gym = await session(), await session(title="Gym douce", kind="Gym", place="Cour")
    await take(alice, found)
    text = (await client.get(MONTH)).text
    assert "Soupe de saison" in text
    assert "Décembre 2026" in text
    assert "Gym douce" in text
    narrow = (await client.get(f"{MONTH}&sorte=Gym")).text
    assert "Gym douce" in narrow
    assert "Soupe" not in narrow
    assert "Soupe" not in (await client.get(f"{MONTH}&lieu=Cour")).text
    assert "Rien ce mois-ci" in (await client.get("/agenda?mois=2027-06")).text
    page = await client.get(f"/agenda/{found.public_id}")
    assert "7 places" in page.text
    assert "Je suis du club" in page.text
    assert "Alice" not in page.text
    assert (await client.get("/agenda/nowhere")).status_code == 404
    assert (await client.get(f"/agenda/{gym.public_id}")).status_code == 200


@pytest.mark.usefixtures("morning")
async def test_a_telephone_follows_the_agenda(client: AsyncClient):
    """A3, L42, L15: the same UID for ever, a SEQUENCE that grows, cancelled stays; 304 when nothing changed."""
    first, second, *_ = await series()
    answer = await client.get("/agenda.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=600"
    again = await client.get("/agenda.ics", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.text) == (304, "")
    await activities.cancel(SYSTEM, second.public_id, Scope.THIS, "Plus de gaz")
    changed = await client.get("/agenda.ics", headers={"if-none-match": answer.headers["etag"]})
    before, after = (icalendar.Calendar.from_ical(one.text) for one in (answer, changed))
    was, now = ({str(each["uid"]): each for each in one.walk("VEVENT")} for one in (before, after))
    assert set(was) == set(now)
    uid = next(one for one in now if second.public_id in one)
    assert (int(was[uid]["sequence"]), int(now[uid]["sequence"])) == (0, 1)
    assert str(now[uid]["status"]) == "CANCELLED"
    start = next(each for name, each in now.items() if first.public_id in name)["dtstart"]
    assert f"{start.dt:%d/%m %H:%M}" == "03/12 18:00"
    assert start.params["tzid"] == "Europe/Paris"


async def test_a_member_takes_seats_and_gives_one_back(
    client: AsyncClient, settings: Settings, alice: Member, bob: Member
):
    """A2, X9: the boxes of the household on the page of the session; the line and its place are said."""
    found = await session(capacity=1)
    child = await add_child(alice, "Zoé")
    await sign_in.as_tenant(client, settings, alice.person_id)
    address = f"/agenda/{found.public_id}"
    text = (await client.get(address)).text
    assert "Qui vient\u202f?" in text
    assert f'name="who_{child}"' in text
    nobody = await send(client, settings, f"{address}/places", {"key": "k"})
    assert nobody.status_code == 422
    assert "Il manque la personne qui vient" in nobody.text
    wish = {"key": "k1", f"who_{alice.person_public_id}": "1", f"who_{child}": "1"}
    done = await send(client, settings, f"{address}/places", wish)
    assert "Il ne restait pas assez de places" in done.text
    assert await seats(found) == {"Alice": "taken", "Zoé": "waiting"}
    mine = (await client.get("/agenda/mes-places")).text
    assert "Liste d’attente, rang 1" in mine
    assert "Mes places" in (await client.get(MONTH)).text
    seat = await seat_of(alice, found)
    left = await send(client, settings, f"/agenda/mes-places/{seat}/fin", {})
    assert "La place est rendue" in left.text
    assert await seats(found) == {"Zoé": "taken"}

    await sign_in.as_tenant(client, settings, bob.person_id)
    theirs = await fetch_value("SELECT public_id FROM seat WHERE state = 'taken'")
    stolen = await send(client, settings, f"/agenda/mes-places/{theirs}/fin", {})
    assert stolen.status_code == 404
    assert "Zoé" not in (await client.get(address)).text


async def test_a_leader_alone_reads_who_comes(
    client: AsyncClient, settings: Settings, alice: Member, bob: Member
):
    """X9, A2: the list and its paper; a leader whom I blocked is not named on the page."""
    found = await session(leader=bob.person_public_id)
    await take(alice, found)
    address = f"/agenda/{found.public_id}"
    await sign_in.as_tenant(client, settings, alice.person_id)
    assert "Avec Bob" in (await client.get(address)).text
    for path in ("liste", "liste.pdf"):
        assert (await client.get(f"{address}/{path}")).status_code == 404
    await fetch(
        "INSERT INTO skill_block (person, other, at) VALUES ($1, $2, $3)",
        alice.person_id,
        bob.person_id,
        clock.now(),
    )
    assert "Bob" not in words((await client.get(address)).text)
    await sign_in.as_tenant(client, settings, bob.person_id)
    assert "J’anime" in (await client.get("/agenda/mes-places")).text
    listed = (await client.get(f"{address}/liste")).text
    assert "Une personne" in listed
    assert "Alice" not in listed
    assert (await client.get(f"{address}/liste.pdf")).content.startswith(b"%PDF")


@pytest.mark.parametrize("space", ["comptoir", "gestion"])
async def test_the_paper_for_a_leader_hides_whom_they_must_not_meet(
    client: AsyncClient,
    settings: Settings,
    alice: Member,
    bob: Member,
    monkeypatch: pytest.MonkeyPatch,
    space: str,
):
    """X9, A2: the list that staff print for the leader says no more than the leader's own."""
    found = await session(leader=bob.person_public_id)
    await take(alice, found)
    await fetch(
        "INSERT INTO skill_block (person, other, at) VALUES ($1, $2, $3)",
        alice.person_id,
        bob.person_id,
        clock.now(),
    )
    nadia = await factories.add_person("Nadia", "Comptoir")
    await factories.add_role(nadia, Role.MANAGER)
    await sign_in.as_staff(client, settings, nadia)
    printed, said = papers.render, []

    async def render(*given: Any) -> bytes:
        said.append(given[-1])
        return await printed(*given)

    monkeypatch.setattr(papers, "render", render)
    paper = await client.get(f"/{space}/agenda/{found.public_id}/liste.pdf")
    assert paper.content.startswith(b"%PDF")
    assert [one["name"] for one in said[0]["guests"]] == ["Une personne"]


async def test_the_counter_registers_and_notes_who_is_here(
    client: AsyncClient, settings: Settings, alice: Member, bob: Member
):
    """A2, C1: by card in the session's own field, by tick, for who has no telephone, for who calls."""
    found = await session(capacity=1)
    nadia = await factories.add_person("Nadia", "Comptoir")
    await factories.add_role(nadia, Role.DESK)
    with clock.frozen(found.starts_at - timedelta(minutes=30)):
        await sign_in.as_staff(client, settings, nadia)
        assert "Soupe de saison" in (await client.get("/comptoir/agenda")).text
        address = f"/comptoir/agenda/{found.public_id}"

        async def tap(path: str, **said: str) -> str:
            return str((await send(client, settings, f"{address}/{path}", said)).text)

        assert "Inscrire Alice" in await tap("scan", code="Alice")
        whom = {"household": alice.household_public_id, "person": alice.person_public_id}
        assert "C&#39;est inscrit" in await tap("inscriptions", **whom, key="a")
        other = {"household": bob.household_public_id, "person": bob.person_public_id}
        assert "liste d&#39;attente" in await tap("inscriptions", **other, key="b")
        assert await seats(found) == {"Alice": "taken", "Bob": "waiting"}

        card = await membership.make_paper_card(SYSTEM, alice.person_id)
        assert "Alice" in await tap("scan", code=text_of(PaperCard(card.token)))
        seat = await seat_of(alice, found)
        assert await fetch_value("SELECT attended FROM seat WHERE public_id = $1", seat) is True
        assert "Absent" in await tap("presences", seat=seat, venu="non")
        assert "La place est rendue" in await tap("departs", seat=seat)
        assert await seats(found) == {"Bob": "taken"}
        assert (await client.get(f"{address}/liste.pdf")).content.startswith(b"%PDF")
        assert (await client.get(address)).status_code == 200
        unknown = await send(client, settings, f"{address}/scan", {"code": "Personne"})
        assert "Personne ne s’appelle ainsi" in unknown.text


async def test_the_office_makes_changes_and_cancels_after_a_look(
    client: AsyncClient, settings: Settings, alice: Member
):
    """A1, A3: a series with its days looked at, one occurrence by hand, the rest, the end, the poster."""
    manager = await factories.add_person("Marc", "Gestion")
    await factories.add_role(manager, Role.MANAGER)
    await sign_in.as_staff(client, settings, manager)
    assert (await client.get("/gestion/agenda/nouvelle")).status_code == 200
    wish = {
        "title": "Soupe", "kind": "Cuisine", "day": "2026-12-03", "starts": "18:00", "ends": "20:00",
        "capacity": "8", "place": "Salle du rez", "repeats": "weekly", "until": "2026-12-17",
        "leader_name": "alice@example.org", "price": "1,50",
    }  # fmt: skip
    wrong = await send(client, settings, "/gestion/agenda/apercu", {**wish, "ends": "tard"})
    assert "Écrivez une heure" in wrong.text
    seen = await send(client, settings, "/gestion/agenda/apercu", wish)
    assert "3 séances paraissent" in seen.text
    assert await fetch_value("SELECT count(*) FROM activity_session") == 0
    key = re.search(r'name="key" value="([^"]+)"', seen.text)
    made = await send(client, settings, "/gestion/agenda", {**wish, "key": key[1]})
    assert "C&#39;est publié" in made.text
    again = await send(client, settings, "/gestion/agenda", {**wish, "key": key[1]})
    assert again.status_code == 200
    rows = await queries.agenda(DAY, DAY + timedelta(days=20))
    assert [each.leader for each in rows] == ["Alice"] * 3
    first, second, _ = [f"/gestion/agenda/{each.public_id}" for each in rows]

    form = (await client.get(f"{second}/changement")).text
    assert 'value="1,50"' in form
    change = {**wish, "day": "2026-12-10", "title": "Gâteaux", "version": "1", "scope": "this"}
    change["leader"], change["leader_name"] = alice.person_public_id, ""
    await send(client, settings, second, change)
    rest = {**wish, "day": "2026-12-03", "starts": "17:00", "version": "1", "scope": "rest"}
    look = await send(client, settings, f"{first}/apercu", rest)
    assert f'name="also_{rows[1].public_id}"' in look.text
    await send(client, settings, first, {**rest, f"also_{rows[1].public_id}": "1"})
    now = await queries.agenda(DAY, DAY + timedelta(days=20))
    assert {clock.paris(each.starts_at).hour for each in now} == {17}
    assert {each.title for each in now} == {"Soupe"}

    ended = await send(
        client, settings, f"{first}/annulation", {"reason": "Plus de gaz", "scope": "rest"}
    )
    assert "Plus de gaz" in ended.text
    assert (
        'value="Soupe"'
        in (await client.get(f"/gestion/agenda/nouvelle?modele={rows[0].public_id}")).text
    )
    assert "Soupe" in (await client.get("/gestion/agenda?mois=2026-12")).text
    for path in ("/gestion/agenda/affiche.pdf?mois=2026-12", f"{first}/liste.pdf"):
        assert (await client.get(path)).content.startswith(b"%PDF"), path


async def test_the_poster_has_a_code_for_each_session(alice: Member):
    """A3: its code leads to its page; a cancelled one is not on the paper, nor anybody who comes."""
    found, gone = await session(), await session(title="Gym douce")
    await take(alice, found)
    await activities.cancel(SYSTEM, gone.public_id, Scope.THIS, "Plus de gaz")
    seen: list[dict[str, object]] = []

    async def render(_capability: str, _name: str, data: object) -> bytes:
        seen.append(data)
        return b""

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(printing.papers, "render", render)
        await printing.print_month(DAY, DAY)
    assert [each["title"] for each in seen[0]["sessions"]] == ["Soupe de saison"]
    assert "Alice" not in repr(seen)
    assert str(seen[0]["sessions"][0]["qr"]).startswith("<svg")


async def test_whoever_closes_a_site_sees_the_sessions_of_these_days_first(
    client: AsyncClient, settings: Settings, alice: Member
):
    """A1: the preview names them; hours that do not meet, other sites and what is cancelled are left out."""
    shelf = await lending.add_shelf()
    site = await fetch_value("SELECT public_id FROM site WHERE id = $1", shelf.site_id)
    met = await session(site=site)
    await take(alice, met)
    await session(title="Ailleurs")
    gone = await session(site=site, title="Sans suite")
    await activities.cancel(SYSTEM, gone.public_id, Scope.THIS, "Trop peu de monde")
    clerk = await factories.add_person("Nadia", "Bureau")
    await factories.add_role(clerk, Role.MANAGER)
    await sign_in.as_staff(client, settings, clerk)
    asked = {"first_on": DAY.isoformat(), "reason": "Travaux", "site": "tilleuls"}
    preview = await send(client, settings, "/gestion/points/fermetures/apercu", asked)
    assert "Activités touchées" in preview.text
    assert f"/gestion/agenda/{met.public_id}" in preview.text
    assert "Ailleurs" not in preview.text
    assert "Sans suite" not in preview.text
    morning = {**asked, "starts": "09:00", "ends": "12:00"}
    preview = await send(client, settings, "/gestion/points/fermetures/apercu", morning)
    assert "Activités touchées" not in preview.text

"""A slip of the hand in a year: it is said at its field, and nothing falls over it after."""

import httpx
import pytest

from backend.identity.rules import Role
from backend.kit.database import fetch_value
from backend.lending import service as lend
from backend.membership.queries import Member
from backend.settings import Settings
from tests import factories
from tests.lending import Shelf, day, staff, want, whom
from tests.sign_in import as_staff, as_tenant, post


@pytest.mark.parametrize("far", ["0001-01-01", "9999-12-31"])
async def test_a_year_that_nobody_means_is_refused_when_it_is_typed(
    client: httpx.AsyncClient, settings: Settings, shelf: Shelf, alice: Member, far: str
) -> None:
    """L14: what stays of it would stand in every calendar that is read after."""
    manager = await factories.add_person("Hélène", "Vasseur", "helene@example.org")
    await factories.add_role(manager, Role.MANAGER)
    drill = await shelf.resource(copies=2)
    soon = want(drill, day("2026-11-24"))
    [line] = (await lend.book(staff(), whom(alice), [soon])).lines
    instants = {"debut": f"{far}T10:00:00+02:00", "fin": f"{far}T12:00:00+02:00"}
    plan, gestures = "/comptoir/planning", "/gestion/inventaire/gestes/apercu"
    at_home = [
        (f"/reserver/objets/{drill.id}/reservations", {"debut": far}),
        (f"/reserver/objets/{drill.id}/attente", {"debut": "2026-11-24", "fin": far}),
    ]
    at_work = [
        (f"{plan}/blocages", {"objet": drill.id, "du": far, "pourquoi": "Panne"}),
        (f"{plan}/lignes/{line}", {"version": "1", "du": far, "au": far}),
        (f"{plan}/lignes/{line}/deplacement", {"version": "1", "jours": "1", **instants}),
        (gestures, {"kind": "extend", "due_on": far, "until": far}),
        ("/gestion/points/fermetures", {"first_on": far, "reason": "Fête"}),
        ("/gestion/points/ouvertures", {"site": "tilleuls", "opens_on": far} | OPEN),
    ]
    for sign_in, who, forms in (
        (as_tenant, alice.person_id, at_home),
        (as_staff, manager, at_work),
    ):
        await sign_in(client, settings, who)
        for path, form in forms:
            answer = await post(client, settings, path, {**form, "key": "k"})
            assert (path, answer.status_code) == (path, 422)
            assert "Vérifiez l&#39;année." in answer.text
    for path in (f"{plan}?le={far}", f"{plan}/blocages/nouveau?objet={drill.id}&du={far}"):
        assert (await client.get(path)).status_code == 200
    assert await fetch_value("SELECT count(*) FROM booking_line") == 1


OPEN = {"opens": "10:00", "closes": "12:00"}

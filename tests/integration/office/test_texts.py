"""Legal texts: seen before they are published, found again by their day, and who agreed to which."""

import re
from datetime import timedelta

import httpx

from backend.audit.service import SYSTEM, person
from backend.kit import clock
from backend.kit.database import fetch
from backend.membership import choices
from backend.membership import service as membership
from backend.membership.rules import Category
from backend.membership.service import JoinWish
from backend.places import queries
from backend.places import service as places
from tests.conftest import Database
from tests.factories import add_household, add_person
from tests.integration.office.conftest import Post

TEXT = "/gestion/textes/conditions"


async def test_a_text_is_seen_before_it_is_published(office: httpx.AsyncClient, send: Post) -> None:
    typed = {"title": "Conditions", "body": "# Un\n\nDeux <b>.", "after": "0"}
    seen = await send(f"{TEXT}/apercu", typed)
    assert seen.status_code == 200
    assert "<h2>Un</h2>" in seen.text
    assert "Deux &lt;b&gt;." in seen.text
    assert (await queries.legal_text("conditions")).version == 0
    assert (await send(TEXT, typed)).status_code == 303


async def test_the_text_of_a_day_is_found_again(office: httpx.AsyncClient, db: Database) -> None:
    """What somebody read on a day can be shown, years later."""
    today = clock.today()
    for version, body in enumerate(("Un.", "Deux.")):
        await places.publish_text("conditions", "Conditions", body, version, SYSTEM)
    await fetch(
        "UPDATE legal_text SET published_at = published_at - interval '10 days' WHERE version = 1"
    )
    before = today - timedelta(days=5)
    assert (await queries.text_in_force("conditions", before)).body == "Un."
    assert (await queries.text_in_force("conditions", today)).body == "Deux."
    page = (await office.get(f"{TEXT}/le-jour?jour={before.isoformat()}")).text
    assert "Un." in page
    assert "Ce texte valait le" in page
    early = (await office.get(f"{TEXT}/le-jour?jour=2020-01-01")).text
    assert "pas encore son texte" in early
    for slip in ("9999-12-31", "0001-01-01", "demain"):
        assert "Deux." in (await office.get(f"{TEXT}/le-jour?jour={slip}")).text
    assert (await office.get("/gestion/textes/autre/le-jour")).status_code == 404


async def test_the_version_is_kept_when_somebody_joins(
    office: httpx.AsyncClient, db: Database
) -> None:
    """By themselves or at the desk: text, version, day, and who wrote it down (D6)."""
    alice = await add_household("Alice", "Martin")
    await places.publish_text("conditions", "Conditions", "Un.", 0, SYSTEM)
    clerk = await add_person("Nadia", "Comptoir")
    wish = JoinWish(
        given_name="Bob",
        family_name="Petit",
        category=Category.NEIGHBOUR,
        street="1 rue A",
        postcode="93200",
        town="Orme",
    )
    bob = await membership.join(wish, person(clerk))
    rows = await fetch("SELECT person, slug, version, taken_by FROM text_agreed ORDER BY id")
    assert sorted(tuple(row) for row in rows if row["person"] == alice.person_id) == [
        (alice.person_id, "conditions", 0, None),
        (alice.person_id, "confidentialite", 0, None),
    ]
    assert sorted(tuple(row) for row in rows if row["person"] == bob.person_id) == [
        (bob.person_id, "conditions", 1, clerk),
        (bob.person_id, "confidentialite", 0, clerk),
    ]
    assert await choices.agreed("conditions") == {0: 1, 1: 1}
    page = (await office.get(TEXT)).text
    assert re.search(r'<td[^>]* class="e num">1</td>', page)

"""A card in the one field while something is on: its holder and the children are here in one tap (A2)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from backend.activities import queries
from backend.activities import service as activities
from backend.audit.service import SYSTEM
from backend.kit import clock, codes
from backend.kit.codes import PaperCard, text_of
from backend.kit.database import fetch, fetch_value
from backend.membership import service as membership
from backend.membership.queries import Member
from tests import factories, lending, sign_in
from tests.activities import NOW, add_child, by, session
from tests.integration.desk.conftest import Counter, words
from tests.lending import Shelf

TODAY = clock.paris(NOW).date()
pytestmark = pytest.mark.usefixtures("tuesday")


@pytest.fixture
def tuesday(db: object) -> Iterator[None]:
    with clock.frozen(NOW):
        yield


@pytest.fixture
async def shelf(tuesday: None) -> Shelf:
    return await lending.add_shelf()


@pytest.fixture
async def alice(tuesday: None) -> Member:
    return await factories.add_member("Alice", "Martin", "alice@example.org")


async def test_card_is_asked_whether_somebody_is_here_when_a_session_is_on(
    desk: Counter, shelf: Shelf, alice: Member
):
    """A2, L27: only what is on, here, with a seat that nobody ticked yet; children come along."""
    site = await fetch_value("SELECT public_id FROM site WHERE id = $1", shelf.site_id)
    found = await session(TODAY, site=site)
    zoe = await add_child(alice, "Zoé")
    people = [alice.person_public_id, zoe]
    await activities.take(by(alice), alice, found.public_id, people, "k")
    card = text_of(PaperCard((await membership.make_paper_card(SYSTEM, alice.person_id)).token))
    assert "/personnes/" in await desk.done("/comptoir/scan", code=card), "hours before it begins"
    assert await queries.expected(alice.person_id, shelf.site_id) == []
    with clock.frozen(found.starts_at - timedelta(minutes=90)):
        await sign_in.as_staff(desk.browser, desk.settings, desk.person_id)
        to = await desk.done("/comptoir/scan", code=card)
        assert to.startswith("/comptoir/guichet?")
        said = await desk.open(to)
        assert "Soupe de saison" in said
        assert "Alice, Zoé" in said
        assert await queries.expected(alice.person_id, shelf.site_id + 1) == []
        here = {"seance": found.public_id, "qui": alice.person_public_id}
        answer = await desk.send("/comptoir/guichet/presences", **here)
        assert "Présence notée : Alice, Zoé" in words(answer.text)
        assert await queries.expected(alice.person_id, shelf.site_id) == []
        rows = await fetch("SELECT attended FROM seat ORDER BY id")
        assert [row["attended"] for row in rows] == [True, True]
        other = await desk.send(
            "/comptoir/guichet/presences", **here | {"seance": codes.random_id()}
        )
        assert other.status_code == 404

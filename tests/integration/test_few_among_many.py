"""Lists of the few who work here read what is theirs, not everybody of the town."""

import pytest

from backend.activities.queries import choosing
from backend.identity import staff
from backend.identity.rules import Role
from tests.bench.stage import analyze
from tests.bench.town import settle
from tests.conftest import Database
from tests.factories import add_member, add_person, add_role
from tests.plans import count_pages

TOWN, MOST_PAGES = 3_000, 40  # the people alone lie on more


async def test_who_works_here_is_found_without_reading_the_town(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PERF6: the team, and who may lead a session, are read from the roles."""
    nadia = await add_person("Nadia", "Comptoir")
    await add_role(nadia, Role.DESK)
    await settle(TOWN, (await add_member()).household_id)
    await analyze(db.owner_url)
    team, leaders = count_pages(monkeypatch, staff), count_pages(monkeypatch, choosing)
    assert [one.person_id for one in await staff.colleagues()] == [nadia]
    assert [name for _, name in await choosing.leaders()] == ["Nadia Comptoir"]
    assert max(team + leaders) < MOST_PAGES

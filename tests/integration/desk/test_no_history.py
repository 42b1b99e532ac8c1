"""What somebody borrowed in the past is read by nobody of the house (L45)."""

import itertools
import re
from datetime import timedelta

from httpx import AsyncClient

from backend.identity.rules import Role
from backend.kit import clock
from backend.lending import queries, service
from backend.settings import Settings
from tests import factories, lending
from tests.integration.http.routes import all_routes
from tests.lending import staff, whom
from tests.sign_in import as_staff

SPACES = ("/comptoir", "/gestion", "/api/")
# One line by its number: where a damage that was found later is charged. No list leads there.
BY_NUMBER = (
    "/comptoir/planning/lignes/{line}",
    "/comptoir/prets/{line}",
    "/comptoir/prets/{line}/argent",
)


async def test_no_page_of_the_house_says_what_somebody_borrowed(
    client: AsyncClient, settings: Settings, db: object
) -> None:
    """L45: every page of the counter and of the office is asked about who brought a book back yesterday."""
    shelf = await lending.add_shelf()
    reader = await factories.add_member("Ermengarde", "Quitterie", "ermengarde@example.org")
    book = await shelf.resource("Zadig")
    given = await service.lend_now(staff(), whom(reader), book.code)
    await service.take_back(staff(), given.line)
    manager = await factories.add_person("Nadia", "Equipe")
    await factories.add_role(manager, Role.MANAGER)
    line = await queries.get_line(given.line)
    known = [
        reader.person_public_id,
        line.household,
        book.id,
        book.code,
        given.booking,
        str(given.line),
    ]
    looked, telling = 0, []
    with clock.travel(timedelta(days=1)):
        await as_staff(client, settings, manager, sudo=True)
        for path in addresses(settings, known):
            answer = await client.get(path)
            looked += answer.status_code == 200
            if "Zadig" in answer.text and "Ermengarde" in answer.text:
                telling.append(path)
    assert looked > 60
    assert set(telling) <= {path.format(line=given.line) for path in BY_NUMBER}


def addresses(settings: Settings, known: list[str]) -> list[str]:
    """Each page, with all that is known of the loan in each of its places."""
    found = []
    for method, path, _ in all_routes(settings):
        if method == "GET" and path.startswith(SPACES):
            names = re.findall(r"\{(\w+)\}", path)
            for said in itertools.product(known, repeat=min(len(names), 2)):
                filled = dict(zip(names, [*said, *said], strict=False))
                found.append(path.format(**filled))
    return found

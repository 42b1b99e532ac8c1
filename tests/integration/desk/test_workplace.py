"""The counter knows where its clerk works, until this computer says otherwise."""

import httpx

from backend.audit.service import SYSTEM, person
from backend.identity import service as identity
from backend.identity.rules import Role
from backend.kit.database import fetch_value
from backend.places import service as places
from backend.places.service import SiteWish
from backend.settings import Settings
from tests.conftest import Database
from tests.factories import WEEK, add_person, add_role
from tests.sign_in import as_staff, post


async def place(client: httpx.AsyncClient) -> str:
    """What stands under the mark: where this counter is."""
    page = (await client.get("/comptoir/personnes")).text
    return page.partition('<p class="place">')[2].partition("<")[0].strip()


async def test_the_desk_opens_where_the_clerk_works(
    client: httpx.AsyncClient, settings: Settings, db: Database
) -> None:
    for name in ("Orme", "Lanterne"):
        wish = SiteWish(name=name, street="1 rue A", postcode="93200", town="Ville", hours=WEEK)
        await places.open_site(wish, SYSTEM)
    admin = await add_person("Ada", "Roux")
    await add_role(admin, Role.ADMIN)
    clerk = await add_person("Dora", "Klein")
    await add_role(clerk, Role.DESK)
    await as_staff(client, settings, clerk)
    assert await place(client) == "Palier"
    lantern = await fetch_value("SELECT public_id FROM site WHERE name = 'Lanterne'")
    dora = await fetch_value("SELECT public_id FROM person WHERE id = $1", clerk)
    await identity.set_workplace(person(admin), dora, lantern)
    assert await place(client) == "Lanterne"
    elm = await fetch_value("SELECT public_id FROM site WHERE name = 'Orme'")
    await post(client, settings, "/comptoir/poste", {"site": elm})
    assert await place(client) == "Orme"

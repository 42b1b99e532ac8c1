"""Where the club's desks are: what anybody reads of their doors."""

from datetime import UTC, date, datetime, time

import httpx

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.places import service
from backend.places.service import ClosureWish, ExtraWish, SiteWish
from tests import factories
from tests.conftest import Database
from tests.factories import WEEK


async def test_people_read_until_when_a_door_is_closed_and_why(
    client: httpx.AsyncClient, db: Database
) -> None:
    """L16: open until, closed until, with the reason; what comes within two months."""
    assert "Pas encore de conciergerie" in (await client.get("/conciergeries")).text
    with clock.frozen(datetime(2026, 12, 1, 9, tzinfo=UTC)):
        wish = SiteWish(
            name="Orme",
            street="1 rue A",
            postcode="80000",
            town="Amiens",
            phone="0199001234",
            hours=WEEK,
        )
        slug = await service.open_site(wish, SYSTEM)
        await factories.close_days(
            ClosureWish(
                site=slug,
                first_on=date(2026, 12, 24),
                last_on=date(2027, 1, 3),
                reason="Congés d'hiver",
            ),
        )
        evening = ExtraWish(
            site=slug, opens_on=date(2026, 12, 1), opens=time(20), closes=time(21, 30)
        )
        await service.add_extra(evening, SYSTEM)
    for now, says in (
        (
            datetime(2026, 12, 1, 9, tzinfo=UTC),
            ["Ouvert</b> jusqu’à 18\xa0h", "du 24 décembre 2026"],
        ),
        (datetime(2026, 12, 1, 18, tzinfo=UTC), ["Fermé jusqu’à 20\xa0h."]),
        (datetime(2026, 12, 2, 20, tzinfo=UTC), ["Fermé jusqu’à demain, 9\xa0h."]),
        (
            datetime(2026, 12, 23, 18, tzinfo=UTC),
            ["Fermé jusqu’au mardi 5 janvier 2027, 9\xa0h.", "Congés d&#39;hiver"],
        ),
    ):
        with clock.frozen(now):
            page = (await client.get("/conciergeries")).text
        for sentence in says:
            assert sentence in page

"""What the house notes by itself is shown to a manager."""

import httpx

from backend.audit import service as audit
from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.kit.database import fetch_value, transaction
from backend.vouchers.jobs import check_counters
from tests.conftest import execute
from tests.factories import add_market
from tests.integration.desk.conftest import words


async def test_manager_sees_who_guesses_and_what_does_not_agree(office: httpx.AsyncClient, db):
    """V5, V19: flagged and alarmed means that somebody reads it."""
    assert "Rien à vérifier" in (await office.get("/gestion/verifications")).text
    market = await add_market(stock=5)
    await execute(db.owner_url, "UPDATE offer SET claimed = 3")
    await check_counters()
    till = await fetch_value("SELECT id FROM till")
    async with transaction():
        await audit.note("till.guessing", By(Actor.TILL, till), object_kind="till", object_id=till)
        await audit.note("session.open", SYSTEM)
    page = (await office.get("/gestion/verifications")).text
    said = words(page)
    assert "Beaucoup de codes faux" in said
    assert "Le compte des bons ne tombe pas juste" in said
    assert "noté 3, compté 0" in said
    assert f"/gestion/avantages/{market.offer.public_id}" in page
    assert (await office.get(f"/gestion/avantages/{market.offer.public_id}")).status_code == 200

"""The demo club has something to show on every page of insurance and of requests."""

from dataclasses import replace

from backend.insurance import certificates, queries
from backend.insurance.rules import ReferralKind, ReferralState
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.sandbox.demo import fill_once
from backend.settings import Settings
from tests.conftest import Database


async def test_demo_shows_every_state_and_a_true_average(db: Database, settings: Settings):
    """I6, I4, V35: a price list, requests in every state, papers, a total for the landlord."""
    await fill_once(replace(settings, database_url=db.app_url))
    [shown] = await queries.shown_offers()
    assert shown.prices_hold(clock.today())
    assert len(await queries.offers()) == 2
    states = {
        kind: {
            row["state"] for row in await fetch("SELECT state FROM referral WHERE kind = $1", kind)
        }
        for kind in ReferralKind
    }
    assert states[ReferralKind.INSURER] == set(ReferralState) - {ReferralState.QUOTED}
    assert ReferralState.QUOTED in states[ReferralKind.FIRM]
    year = (await queries.figures(clock.today().replace(year=2020))).of_insurers
    assert year.asked == 64
    assert 12_000 < (year.average_cents or 0) < 18_000
    landlord = await fetch_value("SELECT id FROM landlord WHERE name = 'Orme Habitat'")
    assert (await certificates.counted_for(landlord, clock.today()) or 0) >= certificates.FEWEST

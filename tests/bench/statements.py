"""PERF6: what each page asks the database, and its slowest statement with 500,000 uses in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from backend import settings as configuration
from backend.insight import jobs
from backend.kit import clock
from backend.kit.database import DB
from tests import factories
from tests.bench.crowd import gather, house
from tests.bench.figures import timed, told
from tests.bench.money import pay
from tests.bench.stage import Stage, stage
from tests.bench.visitors import header, invite
from tests.integration.statements import statements
from web.app import create_app

HOUSEHOLDS, USES = 50_000, 500_000
MOST_STATEMENTS, SLOWEST_MS = 6, 20
TRIES = 5  # the quickest of these: what the statement costs, not what else the machine did


async def run() -> None:
    async with stage() as club:
        await gather(club, await factories.add_market(), HOUSEHOLDS, USES)
        who = await invite(club)
        at = f"/comptoir/personnes/{who.file}"
        pages = [
            (who.public, ["/", "/adherer", "/connexion"]),
            (who.member, ["/accueil", "/avantages", "/avantages?q=avantage&famille=food"]),
            (who.member, [f"/avantages/{who.offer}", "/bons", f"/bons/{who.code}", "/carte"]),
            (who.member, ["/compte", "/compte/cotisation", "/compte/cotisation/payer"]),
            (who.till, ["/caisse", "/caisse/aujourdhui"]),
            (who.merchant, ["/partenaire"]),
            (who.desk, ["/comptoir", "/comptoir/personnes?q=samira", at]),
            (who.desk, [f"{at}/bons", f"{at}/paiements", f"{at}/foyer", f"{at}/journal"]),
            (who.manager, ["/gestion/partenaires", "/gestion/verifications"]),
            (who.manager, ["/gestion/bailleurs", "/gestion/points", "/gestion/textes"]),
        ]
        figures = [
            (who.manager, ["/gestion/adherents", "/gestion/adherents?etat=grace"]),
            (who.manager, ["/gestion/adherents?etat=members", "/gestion/adherents?etat=lapsed"]),
            (who.manager, ["/gestion/adherents?q=nom7", "/gestion/adherents?q=inconnue"]),
            (who.manager, ["/gestion/adherents?etat=prospect", "/gestion/adherents?fin=30"]),
            (who.manager, ["/gestion/adherents?joindre=phone", "/gestion/adherents?tarif=free"]),
            (who.manager, ["/gestion/adherents?joindre=nobody"]),
            (who.manager, [f"/gestion/adherents/{who.household}"]),
            (who.manager, ["/gestion/adherents?residence=bench-1"]),
            (who.manager, ["/gestion", "/gestion/residences", "/gestion/cotisations"]),
            (who.manager, ["/gestion/participation", "/comptoir/appels/bonjour"]),
            (who.manager, ["/gestion/croissance?mois=36", "/gestion/utilisations"]),
            (
                who.manager,
                ["/gestion/rapport", "/gestion/rapport?annee={last}", "/gestion/bailleurs"],
            ),
            (who.manager, ["/gestion/tresorerie", "/gestion/tresorerie/comptes"]),
            (who.manager, ["/gestion/tresorerie/recus", "/gestion/tresorerie/recus?q=nom7"]),
            (who.manager, ["/gestion/tresorerie/depenses", "/gestion/tresorerie/banque"]),
            (who.manager, ["/gestion/tresorerie/cheques", "/gestion/club/historique"]),
            (who.referent, ["/bailleur", "/bailleur/rapport"]),
        ]
        settings = configuration.load({"PALIER_ENV": "test", "PALIER_HOME": str(club.home)})
        transport = httpx.ASGITransport(app=create_app(settings))
        async with httpx.AsyncClient(transport=transport, base_url=club.url) as browser:
            for cookies, paths in pages:
                for path in paths:
                    await measure(browser, cookies, path.replace(who.file, "file"), path)
            await live(club)
            for cookies, paths in figures:
                for path in paths:
                    said = path.format(last=clock.today().year - 1)
                    await measure(browser, cookies, said, said)


async def live(club: Stage) -> None:
    """Where everybody lives and what they paid; then the minutes and the night of a worker."""
    await house(club)
    await pay(club)
    told("figures of all households, first counted", await timed(jobs.settle), "ms")
    told("figures and sums held against their rows", await timed(jobs.check), "ms")
    await club.analyze()


async def measure(
    browser: httpx.AsyncClient, cookies: dict[str, str], name: str, path: str
) -> None:
    async def load() -> None:
        answer = await browser.get(path, headers=header(cookies))
        assert answer.status_code == 200, (path, answer.status_code)

    await load()
    async with statements() as said:
        await load()
    told(f"{name}: statements", len(said), "", MOST_STATEMENTS, "PERF6")
    worst = [await slowest(load) for _ in range(TRIES)]
    told(f"{name}: slowest statement", min(worst), "ms", SLOWEST_MS, "PERF6")


async def slowest(load: Any) -> float:
    """Milliseconds of the longest one of a load."""
    async with timings() as spent:
        await load()
    return max(spent, default=0.0) * 1000


@asynccontextmanager
async def timings() -> AsyncIterator[list[float]]:
    spent: list[float] = []

    def hear(record: Any) -> None:
        spent.append(record.elapsed)

    pool: Any = DB.pool
    connections = [await pool.acquire() for _ in range(pool.get_max_size())]
    for connection in connections:
        connection.add_query_logger(hear)
    for connection in connections:
        await pool.release(connection)
    try:
        yield spent
    finally:
        connections = [await pool.acquire() for _ in range(pool.get_max_size())]
        for connection in connections:
            connection.remove_query_logger(hear)
        for connection in connections:
            await pool.release(connection)

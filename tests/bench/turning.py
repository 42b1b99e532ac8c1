"""How soon a member's open voucher page hears of its use: it asks each second, as web/client/watch.ts does."""

import asyncio
import re
import time

import httpx

from backend import settings as configuration
from backend.audit.service import SYSTEM
from backend.vouchers import queries, service
from tests import factories, sign_in
from tests.bench.figures import percentile, told
from tests.bench.stage import stage
from tests.bench.town import sign_as
from tests.bench.visitors import header
from tests.bench.wire import Till

PAGES = 60  # open at once, one voucher each
EVERY_SECONDS = 1.0
BETWEEN_SCANS = 0.37  # in no step with the asking
BOUND_MS = 2_000
MARK = re.compile(r'data-mark="([^"]+)"')
NOT_CHANGED = 304


async def run() -> None:
    async with stage() as club:
        sign_as(club)
        settings = configuration.load({"PALIER_ENV": "test", "PALIER_HOME": str(club.home)})
        alice = await factories.add_member()
        market = await factories.add_market(limit_count=PAGES)
        wanted = market.offer.public_id
        taken = [await service.claim(alice, wanted, SYSTEM, key=str(n)) for n in range(PAGES)]
        shown = [await queries.voucher_page(alice.household_id, code) for code in taken]
        async with httpx.AsyncClient(base_url=club.url) as browser:
            await sign_in.as_tenant(browser, settings, alice.person_id)
            cookies = header(dict(browser.cookies))
        async with (
            httpx.AsyncClient(base_url=club.url, headers=cookies, timeout=30) as phone,
            Till(club, market, PAGES) as till,
        ):
            pages = [asyncio.create_task(watch(phone, code)) for code in taken]
            scanned = []
            for voucher in shown:
                await asyncio.sleep(BETWEEN_SCANS)
                scanned.append(time.perf_counter())
                await till.redeem(voucher.payload or "")
            told_at = await asyncio.gather(*pages)
    times = [(heard - sent) * 1000 for heard, sent in zip(told_at, scanned, strict=True)]
    told("scan confirmed -> the page has its news: p50", percentile(times, 50), "ms")
    told("scan confirmed -> the page has its news: p95", percentile(times, 95), "ms")
    told("scan confirmed -> the page has its news: longest", max(times), "ms", BOUND_MS, "issue 2")


async def watch(phone: httpx.AsyncClient, code: str) -> float:
    """The page opens, then asks with the mark of what it shows; the instant when that changed."""
    found = MARK.search((await phone.get(f"/bons/{code}")).text)
    assert found is not None, code
    while True:
        answer = await phone.get(f"/bons/{code}/etat", headers={"if-none-match": f'"{found[1]}"'})
        if answer.status_code != NOT_CHANGED:
            assert "Utilisé" in answer.text, answer.text
            return time.perf_counter()
        await asyncio.sleep(EVERY_SECONDS)

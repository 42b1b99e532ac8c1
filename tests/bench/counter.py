"""L26, L28: the counter through the real server: the day's page, a household, and one scan after the other."""

import re
from functools import partial

import httpx

from backend import settings as configuration
from backend.identity.rules import Role
from backend.kit import codes
from backend.kit.codes import Unit, text_of
from backend.kit.database import fetch
from backend.lending import service as lend
from backend.membership.queries import Member
from tests import factories, lending, sign_in
from tests.bench.figures import percentile, timed, told
from tests.bench.lending import OPEN, RESOURCES, UNITS, add_past, fill, resource
from tests.bench.stage import Stage, stage
from tests.lending import Lent, staff, whom

PAST = 100_000
SCANS, TIMES = 100, 30
BOUND = 300
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


async def run() -> None:
    async with stage() as club:
        shelf = await lending.add_shelf()
        await fill(club, await resource(shelf, "Modèle"), await factories.add_member("Quartier"))
        await add_past(club, PAST)
        samira = await factories.add_member("Samira", "Belkacem")
        free = await resource(shelf, "Libre", copies=SCANS)
        out = await resource(shelf, "Sorti", copies=SCANS)
        await send_out(out, await factories.add_member("Voisin"))
        await club.analyze()
        told("units", UNITS * RESOURCES, "")
        told("open bookings", OPEN, "")
        async with httpx.AsyncClient(base_url=club.url, timeout=60) as browser:
            await come_in(club, browser)
            await pages(browser, samira)
            await scans(browser, samira, free, out)


async def send_out(lent: Lent, member: Member) -> None:
    """Since yesterday, so that a scan means that it comes back."""
    for unit in lent.units:
        await lend.lend_now(staff(), whom(member), unit.code)
    await fetch(
        "UPDATE custody SET out_at = out_at - interval '1 day',"
        " out_noted_at = out_noted_at - interval '1 day' WHERE in_at IS NULL"
    )


async def come_in(club: Stage, browser: httpx.AsyncClient) -> None:
    settings = configuration.load({"PALIER_ENV": "test", "PALIER_HOME": str(club.home)})
    clerk = await factories.add_person("Nadia", "Comptoir")
    await factories.add_role(clerk, Role.DESK)
    await sign_in.as_staff(browser, settings, clerk)


async def pages(browser: httpx.AsyncClient, member: Member) -> None:
    who = member.person_public_id
    for name, path in (
        ("the day of loans", "/comptoir/prets"),
        ("the counter's first page", "/comptoir"),
        ("a household in the loop", f"/comptoir/guichet?qui={who}"),
    ):
        answer = await load(browser, path)
        times = [await timed(partial(load, browser, path)) for _ in range(TIMES)]
        told(f"{name}: p50", percentile(times, 50), "ms")
        told(f"{name}: p95", percentile(times, 95), "ms", BOUND, "L26")
        told(f"{name}: size", len(answer.content) / 1000, "kB")


async def load(browser: httpx.AsyncClient, path: str) -> httpx.Response:
    answer = await browser.get(path)
    assert answer.is_success, answer.text
    return answer


async def scans(browser: httpx.AsyncClient, member: Member, free: Lent, out: Lent) -> None:
    """As the page's script sends them: each with its key, the panel alone comes back."""
    found = TOKEN.search((await load(browser, "/comptoir/guichet")).text)
    assert found is not None
    token = found[1]

    async def scan(code: str, whom_: str, word: str) -> None:
        form = {"csrf_token": token, "guichet": "1", "qui": whom_, "key": codes.random_id()}
        form["code"] = text_of(Unit(code))
        answer = await browser.post("/comptoir/scan", data=form, headers={"HX-Request": "true"})
        assert word in answer.text, answer.text

    for name, lent, who, word in (
        ("a label goes out", free, member.person_public_id, "Prêté"),
        ("a label comes back", out, "", "Repris"),
    ):
        times = [await timed(partial(scan, unit.code, who, word)) for unit in lent.units]
        told(f"{name}: p50", percentile(times, 50), "ms")
        told(f"{name}: p95", percentile(times, 95), "ms", BOUND, "L28")

"""Whether the time of an answer tells who has an account (SEC7)."""

import re
import statistics
from functools import partial

import httpx

from backend.kit.database import fetch
from tests import factories
from tests.bench.figures import timed, told
from tests.bench.stage import stage

TRIES = 200
BOUND = 20.0
HOME = {"category": "neighbour", "street": "2 rue Basse", "postcode": "80000", "town": "Amiens"}
DOORS = {
    "login": ("/connexion", {}),
    "sign-up": ("/adherer", {"given_name": "Alice", "family_name": "Martin", **HOME}),
}
WAYS = {
    "e-mail": ("alice@example.org", "nobody@example.org"),
    "mobile": ("0639981111", "0639982222"),
}


async def run() -> None:
    async with stage() as club, httpx.AsyncClient(base_url=club.url) as browser:
        for address, _ in WAYS.values():
            await factories.add_person("Alice", "Martin", address)
        for door, (path, fields) in DOORS.items():
            for way, pair in WAYS.items():
                known, unknown = await medians(browser, path, fields, pair)
                told(f"{door} by {way}: median, known", known, "ms")
                told(f"{door} by {way}: median, unknown", unknown, "ms")
                told(f"{door} by {way}: difference", abs(known - unknown), "ms", BOUND, "SEC7")


async def medians(
    browser: httpx.AsyncClient, path: str, fields: dict[str, str], pair: tuple[str, str]
) -> tuple[float, float]:
    """In turn, so that whatever else the machine does falls on both."""
    form = {**await hidden(browser, path), **fields}
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(TRIES):
        for address, kept in zip(pair, times, strict=True):
            await fetch("DELETE FROM tries")
            kept.append(await timed(partial(ask, browser, path, {**form, "address": address})))
    return statistics.median(times[0]), statistics.median(times[1])


async def ask(browser: httpx.AsyncClient, path: str, form: dict[str, str]) -> None:
    answer = await browser.post(path, data=form)
    assert answer.status_code == 303, answer.text


async def hidden(browser: httpx.AsyncClient, path: str) -> dict[str, str]:
    found = re.findall(
        r'type="hidden" name="(\w+)" value="([^"]*)"', (await browser.get(path)).text
    )
    return dict(found)

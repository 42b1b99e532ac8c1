"""Which pages somebody can get to: every link followed by plain requests, before a browser looks."""

import html
import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import httpx

from backend.settings import Settings
from tests.integration.http.callers import allowed
from tests.integration.http.routes import all_routes

# Addresses that a page names: what one follows, what it shows, and what it asks for by itself.
NAMED = re.compile(r'(?:href|src|hx-get|data-watch)="(/[^"/][^"]*|/)"')
# The first of a kind, and as many more where a page of mine has not been found yet.
MOST_OF_A_KIND = 6


class Kinds:
    """The routes that answer GET, and which of them an address belongs to."""

    def __init__(self, settings: Settings) -> None:
        self.all = sorted({path for method, path, _ in all_routes(settings) if method == "GET"})
        self.patterns = [(path, re.compile(_pattern(path))) for path in self.all]

    def of(self, address: str) -> str | None:
        path = address.partition("?")[0]
        fitting = [kind for kind, pattern in self.patterns if pattern.fullmatch(path)]
        return min(fitting, key=lambda kind: kind.count("{"), default=None)

    def __iter__(self) -> Iterator[str]:
        return iter(self.all)


def _pattern(path: str) -> str:
    return "[^/]+".join(re.escape(part) for part in re.split(r"\{\w+\}", path))


@dataclass
class Found:
    """What there is: kind -> the first address that gave a page; files; what led nowhere."""

    pages: dict[str, str] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    dead: list[str] = field(default_factory=list)

    @property
    def kinds(self) -> set[str]:
        return self.others | self.pages.keys()


async def crawl(
    browser: httpx.AsyncClient, starts: Iterable[str], kinds: Kinds, mine: set[str], caller: str
) -> Found:
    """From `starts` to every page this browser is led to: one of each kind, more while some of
    `mine` are missing. A link that opens nothing is told with the page that holds it.
    """
    found, asked = Found(), defaultdict[str, int](int)
    waiting = deque((start, "the start") for start in starts)
    spare: deque[tuple[str, str]] = deque()
    known = set(starts)
    while waiting or (spare and mine - found.kinds):
        address, holder = waiting.popleft() if waiting else spare.popleft()
        kind = kinds.of(address)
        if kind is None:
            found.dead.append(f"{address} has no route, on {holder}")
            continue
        if asked[kind] >= (MOST_OF_A_KIND if kind in mine else 1):
            continue
        if asked[kind] and holder not in ("again", "the start"):
            spare.append((address, "again"))
            continue
        asked[kind] += 1
        answer = await browser.get(address)
        if not _is_right(answer, kind, caller):
            found.dead.append(f"{address} answers {answer.status_code}, on {holder}")
        elif answer.status_code == 200 and "<html" in answer.text[:200].lower():
            found.pages.setdefault(kind, address)
            new = [one for one in _named(answer.text) if one not in known]
            known.update(new)
            waiting.extend((one, address) for one in new)
        else:
            found.others.add(kind)
    return found


def _is_right(answer: httpx.Response, kind: str, caller: str) -> bool:
    """An answer; or a question for the second factor, at a page that asks for it again."""
    if answer.status_code == 303:
        return caller not in (allowed("GET", kind) or ()) or "/connexion" not in answer.headers.get(
            "location", ""
        )
    return answer.status_code in (200, 304)


def _named(text: str) -> Iterator[str]:
    """Of this club, without their fragment; built files are looked at by tests of their own."""
    for address in NAMED.findall(text):
        bare = html.unescape(address).partition("#")[0]
        if not bare.startswith("/static/"):
            yield bare

"""PERF1: what a page and all it loads weigh on the wire, the first time and again.

Built files come compressed from us; pages are compressed by the server in front (deploy/Caddyfile),
so that here they count as gzip makes them at its lightest effort.
"""

import gzip
import re
from dataclasses import dataclass, field

import httpx

from tests.bench.figures import told
from tests.bench.stage import stage
from tests.bench.visitors import header, invite

FIRST_KB, REQUESTS, AGAIN_KB, SCANNER_KB = 100, 12, 20, 60
ENCODING = {"accept-encoding": "gzip, deflate, br"}
# What a page names of our own: styles, scripts, icons, pictures; what a style or script names in turn.
IN_PAGE = re.compile(r'<(?:link|script|img|use|image)\b[^>]*?(?:href|src)="(/[^"#]+)')
IN_FILE = re.compile(r"""(?:url\(|from|import)\s*["']?((?:/static/|\./)[\w./-]+)""")
NOT_LOADED = re.compile(r'<link\b[^>]*rel="(?:manifest|alternate|canonical)"[^>]*>')


@dataclass
class Loaded:
    """Bytes on the wire of each address; `kept` is what the browser need not ask for again."""

    bytes_: dict[str, int] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)

    @property
    def kb(self) -> float:
        return sum(self.bytes_.values()) / 1000

    @property
    def again_kb(self) -> float:
        return sum(size for path, size in self.bytes_.items() if path not in self.kept) / 1000


async def run() -> None:
    async with stage() as club:
        who = await invite(club)
        pages = [
            ("home", who.public, "/"),
            ("joining", who.public, "/adherer"),
            ("signing in", who.public, "/connexion"),
            ("member's home", who.member, "/accueil"),
            ("catalogue", who.member, "/avantages"),
            ("offer", who.member, f"/avantages/{who.offer}"),
            ("my vouchers", who.member, "/bons"),
            ("voucher", who.member, f"/bons/{who.code}"),
            ("card", who.member, "/carte"),
            ("dues", who.member, "/compte/cotisation"),
        ]
        for name, cookies, path in pages:
            loaded = await load(club.url, cookies, path)
            told(f"{name}: first load", loaded.kb, "kB", FIRST_KB, "PERF1")
            told(f"{name}: requests", len(loaded.bytes_), "", REQUESTS, "PERF1")
            told(f"{name}: again", loaded.again_kb, "kB", AGAIN_KB, "PERF1")
        scanner = await load(club.url, who.till, "/caisse")
        told("scanner, before the lazy reader", scanner.kb, "kB", SCANNER_KB, "PERF1")
        told("scanner: requests", len(scanner.bytes_), "", REQUESTS, "PERF1")
        for path, size in sorted(scanner.bytes_.items(), key=lambda pair: -pair[1]):
            told(f"  scanner: {path}", size / 1000, "kB")


async def load(url: str, cookies: dict[str, str], path: str) -> Loaded:
    """The page, then what it names, then what those name: as a browser does with an empty cache."""
    loaded, waiting = Loaded(), [path]
    async with httpx.AsyncClient(base_url=url, headers={**ENCODING, **header(cookies)}) as browser:
        while waiting:
            wanted = waiting.pop()
            if wanted in loaded.bytes_:
                continue
            answer = await browser.get(wanted)
            assert answer.status_code == 200, (wanted, answer.status_code)
            loaded.bytes_[wanted] = weight(answer)
            if "immutable" in answer.headers.get("cache-control", ""):
                loaded.kept.add(wanted)
            waiting += named(answer)
    return loaded


def weight(answer: httpx.Response) -> int:
    if answer.headers["content-type"].startswith("text/html"):
        return len(gzip.compress(answer.content, 1))
    return answer.num_bytes_downloaded


def named(answer: httpx.Response) -> list[str]:
    kind = answer.headers["content-type"]
    if kind.startswith("text/html"):
        return IN_PAGE.findall(NOT_LOADED.sub("", answer.text))
    if kind.startswith(("text/css", "text/javascript")):
        return [str(answer.url.join(found).path) for found in IN_FILE.findall(answer.text)]
    return []

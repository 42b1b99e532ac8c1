"""X4, PERF6: search among 20,000 listings, with accents and with a slip; matching (X5)."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from backend.insight import home
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.membership.queries import Member, find_member
from backend.sandbox.demo.neighbours import OFFERS, REQUESTS
from backend.skills import queries, words
from backend.skills.rules import ListingKind
from tests import factories
from tests.bench.crowd import gather
from tests.bench.figures import percentile, timed, told
from tests.bench.stage import stage
from tests.bench.statements import slowest

HOUSEHOLDS, LISTINGS = 10_000, 20_000
TIMES = 30
MOST_MS = 20
OFFERED = ListingKind.OFFER  # as the page asks
EVERY_MONTH = timedelta(days=30)


async def run() -> None:
    async with stage() as club:
        await gather(club, await factories.add_market(), HOUSEHOLDS, HOUSEHOLDS)
        await put_up()
        await club.analyze()
        reader = await a_reader()
        told("listings", await fetch_value("SELECT count(*) FROM listing"), "")
        told("words known", await fetch_value("SELECT count(*) FROM skill_word"), "")
        for name, said in (
            ("all, the first page", ""),
            ("one word as written", "rideaux"),
            ("one word with a slip", "ridaux"),
            ("three words", "monter courses lourdes"),
            ("a category by its name", "jardins"),
        ):
            await measure(name, partial(queries.search, reader, said, OFFERED))
        last = queries.MOST_PAGES
        await measure("the last page", partial(queries.search, reader, "", OFFERED, page=last))
        await measure("pairs for staff", queries.pairs)
        asked = [await slowest(queries.pairs) for _ in range(TIMES)]
        told("pairs for staff: slowest statement", percentile(asked, 50), "ms", MOST_MS, "PERF6")
        since = clock.start_of_day(clock.today().replace(month=1, day=1))
        await measure("the reader's first page, all of it", partial(home.at_home, reader, since))


async def put_up() -> None:
    """Titles of the demo, each with a word of its own: people write more words than a demo has."""
    titles = [each for side in (OFFERS, REQUESTS) for group in side.values() for each in group]
    people = await fetch("SELECT DISTINCT person FROM household_member WHERE adult ORDER BY person")
    rows = []
    for number in range(LISTINGS):
        title = f"{titles[number % len(titles)]} {odd(number)}"
        rows.append(
            (
                f"bench-{number}",
                people[number % len(people)]["person"],
                "request" if number % 3 == 2 else "offer",
                title,
                words.kept(title),
            )
        )
    await fetch(
        "INSERT INTO listing (public_id, person, kind, category, title, details, place, slots, weekly,"
        " words, source, agreed_at, agreed_where, text_shown, review, created_at, expires_on)"
        " SELECT r.id, r.person, r.kind, (ARRAY['repairs', 'sewing', 'lessons', 'papers', 'garden'])"
        "[1 + r.n % 5], r.title, '', 'anywhere', '{}', false, string_to_array(r.words, ' '), 'online',"
        " $6::timestamptz, 'online', 'oui', 'free', $6::timestamptz - make_interval(hours => r.n::int % 700), $7"
        " FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[])"
        " WITH ORDINALITY AS r(id, person, kind, title, words, n)",
        [row[0] for row in rows],
        [row[1] for row in rows],
        [row[2] for row in rows],
        [row[3] for row in rows],
        [" ".join(row[4]) for row in rows],
        clock.now(),
        clock.today() + EVERY_MONTH,
    )
    await fetch(
        "INSERT INTO skill_word (word) SELECT DISTINCT unnest(words) FROM listing"
        " ON CONFLICT ON CONSTRAINT skill_word_word_key DO NOTHING"
    )


def odd(number: int) -> str:
    """One of 4,000 made-up words of seven letters."""
    letters = "bcdfglmnprst", "aeiou"
    left, said = number % 4_000, ""
    for at in range(7):
        side = letters[at % 2]
        said += side[left % len(side)]
        left = left // len(side) + at * 3
    return said


async def a_reader() -> Member:
    member = await find_member(
        await fetch_value("SELECT min(person) FROM household_member WHERE adult")
    )
    assert member is not None
    return member


async def measure(name: str, act: Callable[[], Awaitable[object]]) -> None:
    await act()
    times = [await timed(act) for _ in range(TIMES)]
    told(f"{name}: p50", percentile(times, 50), "ms")
    told(f"{name}: p95", percentile(times, 95), "ms", MOST_MS, "X4, PERF6")

"""Staff's plan: who has what, a booking that moves or goes back, and days without a thing."""

import re
from collections.abc import AsyncIterator

import pytest

from backend.kit import clock
from backend.kit.database import fetch_value
from backend.kit.text import fold
from backend.lending import queries, service
from backend.lending.rules import DueRule, LineState, SlotMode
from backend.lending.service import closing
from backend.membership.queries import Member
from backend.places.service import ClosureWish
from tests import factories, lending
from tests.integration.desk.conftest import Counter
from tests.integration.statements import statements
from tests.lending import Lent, Shelf, day, staff, want, whom

TODAY, HERE = "2026-11-20", "/comptoir/planning"
TUESDAY, WEDNESDAY, FRIDAY = day("2026-11-24"), day("2026-11-25"), day("2026-11-27")
WEEK = f"{HERE}?le=2026-11-24"
pytestmark = pytest.mark.usefixtures("morning")


@pytest.fixture
async def morning(db: object) -> AsyncIterator[None]:
    with clock.frozen(day(TODAY, 10)):
        yield


@pytest.fixture
async def shelf(morning: None) -> Shelf:
    return await lending.add_shelf()


@pytest.fixture
async def alice(morning: None) -> Member:
    return await factories.add_member("Alice", "Martin", "alice@example.org")


STOOD = {"debut": TUESDAY.isoformat(), "fin": day("2026-11-24", 18).isoformat()}


async def line_of(lent: Lent, member: Member, code: str = "") -> tuple[int, int]:
    made = await service.book(staff(), whom(member), [want(lent, TUESDAY, unit=code or lent.code)])
    return made.lines[0], (await queries.get_line(made.lines[0])).version


async def test_plan_shows_the_week_and_costs_the_same_for_many(
    desk: Counter, shelf: Shelf, alice: Member
) -> None:
    """L26, L20: names, blocks and closed days; a constant count of statements."""
    drill = await shelf.resource()
    await line_of(drill, alice)
    on = WEDNESDAY.date()
    await closing.close(staff(), ClosureWish(first_on=on, last_on=on, reason="Inventaire"))
    counts = []
    for many in (1, 12):
        lent = await shelf.resource(f"Banc {many}", copies=many)
        for unit in lent.units:
            await line_of(lent, alice, unit.code)
        async with statements() as said:
            page = await desk.open(WEEK)
        counts.append(len(said))
    assert counts[0] == counts[1]
    for words in ("Perceuse", drill.code, "Alice M.", "À préparer", "Inventaire", "mar. 24"):
        assert words in page
    assert "mar. 24 nov. 09:00 – 18:00" in page
    assert "Rien de prévu" in await desk.open(f"{HERE}?le=2027-02-01")
    assert "Rien de prévu" in await desk.open(f"{HERE}?le=2026-11-24&genre=Livres")


async def test_bar_moves_when_its_days_are_free(desk: Counter, shelf: Shelf, alice: Member) -> None:
    """L7, L12: as far as it was dragged, onto that copy; sent twice it moves once."""
    drill = await shelf.resource(copies=2)
    line, version = await line_of(drill, alice)
    said = {
        **STOOD,
        "key": "k",
        "version": version,
        "jours": 3,
        "exemplaire": drill.units[1].code,
    }
    for _ in range(2):
        led = await desk.done(f"{HERE}/lignes/{line}/deplacement?le=2026-11-24", **said)
    assert led == f"{HERE}?le=2026-11-24&fait=pret-deplace"
    moved = await queries.get_line(line)
    assert (moved.period.start, moved.unit) == (FRIDAY, drill.units[1].code)
    assert moved.version == version + 1
    stands = {"debut": FRIDAY.isoformat(), "fin": moved.period.end.isoformat(), "jours": 0}
    swap = {**stands, "key": "s", "version": moved.version, "exemplaire": drill.code}
    await desk.done(f"{HERE}/lignes/{line}/deplacement", **swap)
    assert (await queries.get_line(line)).unit == drill.code


@pytest.mark.parametrize(
    ("days", "version", "why"),
    [
        (3, 0, "n'est pas libre"),
        (-1, 0, "Le comptoir est fermé"),
        (-40, 0, "déjà passé"),
        (1, -1, "a changé entre-temps"),
    ],
)
async def test_bar_goes_back_when_its_move_is_refused(
    desk: Counter, shelf: Shelf, alice: Member, days: int, version: int, why: str
) -> None:
    """L7, L12: the plan as it is now, with the reason; a stale one too."""
    drill = await shelf.resource()
    line, now = await line_of(drill, alice)
    other = await factories.add_member("Bob", "Petit")
    await service.book(staff(), whom(other), [want(drill, FRIDAY)])
    said = {**STOOD, "key": "k", "version": now + version, "jours": days, "exemplaire": drill.code}
    answer = await desk.send(f"{HERE}/lignes/{line}/deplacement?le=2026-11-24", **said)
    assert answer.status_code in {409, 422}
    assert "Rien n’a bougé." in answer.text
    assert fold(why) in fold(re.sub(r"&#39;", "'", answer.text))
    assert f'data-line="{line}"' in answer.text
    assert (await queries.get_line(line)).period.start == TUESDAY


async def test_plain_form_moves_what_is_lent_by_the_hour(
    desk: Counter, shelf: Shelf, alice: Member
) -> None:
    """L39, UX1: without a script: days and hours typed; what was typed stays when it is refused."""
    room = await shelf.resource(
        "Salle",
        slot_mode=SlotMode.HOURS,
        due_rule=DueRule.KEEP,
        longest_length=240,
        usual_length=60,
    )
    line, version = await line_of(room, alice)
    page = f"{HERE}/lignes/{line}"
    assert "Déplacer" in await desk.open(page)
    said = {"version": version, "du": "2026-11-24", "au": "2026-11-24", "exemplaire": room.code}
    refused = await desk.send(page, key="a", de="10:10", a="12:10", **said)
    assert refused.status_code == 422
    assert 'value="10:10"' in refused.text
    wrong = await desk.send(page, key="b", de="dix heures", a="12:00", **said)
    assert "Écrivez une heure" in wrong.text
    assert await desk.done(page, key="c", de="10:00", a="12:00", **said)
    moved = await queries.get_line(line)
    assert moved.period.start == day("2026-11-24", 10)
    await desk.done(
        f"{page}/deplacement?vue=jour&le=2026-11-24",
        key="d",
        version=moved.version,
        debut=moved.period.start.isoformat(),
        fin=moved.period.end.isoformat(),
        minutes=120,
        exemplaire=room.code,
    )
    assert (await queries.get_line(line)).period.start == day("2026-11-24", 12)
    assert "12:00 – 14:00" in await desk.open(f"{HERE}?vue=jour&le=2026-11-24")


async def test_due_day_of_a_loan_is_changed_by_the_same_form(
    desk: Counter, shelf: Shelf, alice: Member
) -> None:
    """L39: what is out cannot be dragged; it can come back later."""
    drill = await shelf.resource()
    given = await service.lend_now(staff(), whom(alice), drill.code)
    page = f"{HERE}/lignes/{given.line}"
    assert "Changer la date de retour" in await desk.open(page)
    loan = await queries.get_line(given.line)
    said = {"key": "k", "version": loan.version, "du": TODAY, "au": "2026-11-25"}
    await desk.done(page, **said)
    assert (await queries.get_line(given.line)).period.end == day("2026-11-25", 18)


async def test_copy_alone_changes_by_the_plain_form(
    desk: Counter, shelf: Shelf, alice: Member
) -> None:
    """L7, L8: the same days, that very copy."""
    drill = await shelf.resource(copies=2)
    line, version = await line_of(drill, alice)
    said = {"version": version, "du": "2026-11-24", "au": "2026-11-24"}
    other = drill.units[1].code
    await desk.done(f"{HERE}/lignes/{line}", key="k", exemplaire=other, **said)
    assert (await queries.get_line(line)).unit == other
    assert (await desk.send(f"{HERE}/lignes/0", key="k", **said)).status_code == 404
    assert (await desk.send(f"{HERE}/lignes/x", key="k", **said)).status_code == 404


async def test_week_is_blocked_after_a_look_at_who_is_met(
    desk: Counter, shelf: Shelf, alice: Member
) -> None:
    """L32: previewed, then blocked once; who is left stands on its page; then all is back in use."""
    drill = await shelf.resource(copies=2)
    line, _ = await line_of(drill, alice)
    bob = await factories.add_member("Bob", "Petit")
    await service.lend_now(staff(), whom(bob), drill.units[1].code, day("2026-11-25", 12))
    assert "Tous les exemplaires" in await desk.open(f"{HERE}/blocages/nouveau?objet={drill.id}")
    typed = {
        "objet": drill.id,
        "du": "2026-11-23",
        "au": "2026-11-29",
        "pourquoi": "Grand ménage",
    }
    looked = await desk.send(f"{HERE}/blocages/apercu", **typed)
    assert looked.status_code == 200
    for words in ("Seront annulées", "Alice M.", "Déjà prêtés", "Bob P."):
        assert words in looked.text
    assert (await queries.get_line(line)).state is LineState.CONFIRMED
    for _ in range(2):
        led = await desk.done(f"{HERE}/blocages", key="k", **typed)
    assert await fetch_value("SELECT count(*) FROM ticket") == 2
    assert (await queries.get_line(line)).state is LineState.CANCELLED_BY_STAFF
    page = await desk.open(led)
    for words in ("Hors service", "Bob P.", "Alice M.", "Grand ménage"):
        assert words in page
    assert "Grand ménage" in await desk.open(WEEK)
    await desk.done(f"{led.partition('?')[0]}/fin", key="fin")
    assert "De nouveau en service" in await desk.open(led)
    assert await fetch_value("SELECT count(*) FROM ticket WHERE closed_at IS NULL") == 0


async def test_block_of_some_hours_keeps_what_was_typed_and_notes_what_a_repair_cost(
    desk: Counter, shelf: Shelf
) -> None:
    """L31: a repair ends with its cost."""
    drill = await shelf.resource()
    typed = {"objet": drill.id, "du": "2026-11-24", "exemplaire": drill.code, "sorte": "repair"}
    refused = await desk.send(f"{HERE}/blocages/apercu", pourquoi="Fil", de="dix", **typed)
    assert refused.status_code == 422
    assert 'value="Fil"' in refused.text
    assert (
        "Personne n’est touché."
        in (
            await desk.send(
                f"{HERE}/blocages/apercu", pourquoi="Fil", de="10:00", a="12:00", **typed
            )
        ).text
    )
    led = await desk.done(
        f"{HERE}/blocages", key="k", pourquoi="Fil usé", de="10:00", a="12:00", **typed
    )
    assert "10:00 – 12:00" in await desk.open(led)
    await desk.done(f"{led.partition('?')[0]}/fin", key="f", cout="12,50")
    assert await fetch_value("SELECT cost_cents FROM ticket") == 1250
    assert (
        await desk.send(f"{HERE}/blocages", key="x", pourquoi="Fil", objet="rien", du="2026-11-24")
    ).status_code == 404

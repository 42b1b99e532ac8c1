"""Calls to say hello: new households, and some that a lot names to nobody but who calls (A4)."""

from datetime import timedelta

import msgspec
import pytest

from backend.audit.service import SYSTEM, person
from backend.insight import participation, welcome
from backend.insight.errors import WelcomeUnknown
from backend.insight.participation import Month, Participation, Settings, Split
from backend.insight.rules import CallOutcome
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.membership.queries import Member
from backend.privacy.parts import ABOUT
from tests import factories, lending, skills
from tests.integration.desk.conftest import Counter
from tests.integration.statements import statements

pytestmark = pytest.mark.usefixtures("db")
HERE = "/comptoir/appels/bonjour"
LONG_AGO = timedelta(days=100)


async def member(name: str, phone: str = "") -> Member:
    return await factories.add_member(name, "Petit", phone or None)


async def old_members(count: int, first: int = 0) -> list[Member]:
    """With a telephone, and here for long."""
    with clock.travel(-LONG_AGO):
        return [
            await member(f"Ancien{at}", f"+336399802{at:02d}") for at in range(first, first + count)
        ]


async def names(site_id: int | None = None) -> list[str]:
    return [each.name for each in await welcome.waiting(site_id)]


async def test_who_has_just_joined_is_called_once_and_gone_after_some_days():
    """A4: a short list, which nobody has to empty and nothing remembers."""
    await old_members(1)
    await member("Awa", "+33639980100")
    await member("Odette")  # no telephone: she comes to the desk
    assert await welcome.welcome_new() == 1
    assert await welcome.welcome_new() == 0
    assert await names() == ["Awa Petit"]
    with clock.travel(timedelta(days=30)):
        assert await names() == []
        assert await welcome.welcome_new() == 0
        assert await fetch_value("SELECT count(*) FROM welcome_call") == 0


async def test_the_lot_names_some_who_take_part_so_that_being_named_tells_nothing():
    """A4: no row says why; of six drawn two take part, and the page says the same of all."""
    await lending.add_shelf()
    idle, busy = await old_members(10), await old_members(4, 50)
    for asker, owner in ((busy[0], busy[1]), (busy[2], busy[3])):
        await skills.agreed(asker, owner)
    await participation.set_settings(SYSTEM, Settings(weekly_calls=6))
    assert await welcome.choose_some() == 6
    drawn = {row["household"] for row in await fetch("SELECT household FROM welcome_call")}
    assert len(drawn & {each.household_id for each in idle}) == 4
    assert len(drawn & {each.household_id for each in busy}) == 2
    columns = await fetch(
        "SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'welcome_call'"
    )
    assert {row["name"] for row in columns} == {
        "id", "public_id", "household", "person", "site", "made_at", "gone_on", "closed_at",
        "closed_by", "outcome",
    }  # fmt: skip
    await participation.set_settings(SYSTEM, Settings(weekly_calls=0))
    assert await welcome.choose_some() == 0


async def test_who_wants_no_more_calls_is_never_drawn_again():
    """A4, D1: that word stays until they leave; every other one goes with its call."""
    await lending.add_shelf()
    alice, bob = await old_members(2)
    await participation.set_settings(SYSTEM, Settings(weekly_calls=3))
    assert await welcome.choose_some() == 2
    clerk = person(await factories.add_person("Nadia", "Equipe"))
    site = await fetch_value("SELECT id FROM site")
    for each in await welcome.waiting(site):
        outcome = CallOutcome.NO_MORE if each.name == alice.name else CallOutcome.TALKED
        await welcome.close(clerk, each.public_id, outcome)
        await welcome.close(clerk, each.public_id, CallOutcome.NO_ANSWER)  # said twice, once
    assert {each.outcome for each in await welcome.closed_lately(site)} == {"no_more", "talked"}
    with clock.travel(timedelta(days=31)):
        await welcome.welcome_new()
        assert await welcome.choose_some() == 1
        assert await names(site) == [bob.name]
    told = next(part for part in ABOUT if part.name == "welcome_calls")
    assert [row["outcome"] for row in await fetch(told.sql, alice.person_id)] == ["no_more"]
    with pytest.raises(WelcomeUnknown):
        await welcome.close(clerk, "nobody", CallOutcome.TALKED)


async def test_the_counter_calls_and_says_how_it_went(desk: Counter):
    """A4: one of four words, on record without a reason; PERF6: at most six statements."""
    awa = await member("Awa", "+33639980100")
    await welcome.welcome_new()
    page = await desk.open(HERE)
    assert "06 39 98 01 00" in page
    async with statements() as said:
        await desk.open(HERE)
    assert len(said) <= 6, said
    call = await fetch_value("SELECT public_id FROM welcome_call")
    assert (await desk.send(f"{HERE}/{call}", outcome="lonely")).status_code == 422
    assert await desk.done(f"{HERE}/{call}", outcome="talked") == f"{HERE}?fait=appel-note"
    assert "On s’est parlé" in await desk.open(HERE)
    entry = await fetch("SELECT subject_id, facts FROM audit_entry WHERE verb = 'welcome.call'")
    assert [(row["subject_id"], row["facts"]) for row in entry] == [
        (awa.person_id, '{"outcome": "talked"}')
    ]


async def test_the_office_reads_counts_and_sets_how_far_they_look_back(
    desk: Counter, manager: Counter
):
    """A4: an empty club says so; no name stands on the page."""
    await member("Awa")
    page = await manager.open("/gestion/participation")
    assert "Pas encore de chiffres" in page
    await participation.close()
    wanted = {"months": 2, "call_days": 14, "weekly_calls": 3}
    await manager.done("/gestion/participation/reglages", **wanted)
    assert await participation.settings() == Settings(2, 14, 3)
    refused = await manager.send("/gestion/participation/reglages", **{**wanted, "months": 9})
    assert refused.status_code == 422
    assert "De 1 à 4 mois" in refused.text
    async with statements() as said:
        page = await manager.open("/gestion/participation")
    assert len(said) <= 6, said
    assert "Awa" not in page


@pytest.mark.parametrize(("taking", "drawn"), [(None, False), (15, True)])
async def test_a_month_of_few_is_no_figure_in_the_drawing(
    manager: Counter, monkeypatch: pytest.MonkeyPatch, taking: int | None, drawn: bool
):
    """A4: what is hidden in the table is not drawn as zero."""
    total = Split(20, taking, None if taking is None else 5)
    found = msgspec.structs.replace(await participation.close(), total=total)

    async def newest() -> Participation:
        return found

    async def months() -> list[Month]:
        return [Month(found.until, total)]

    monkeypatch.setattr(participation, "newest", newest)
    monkeypatch.setattr(participation, "months", months)
    page = (await manager.browser.get("/gestion/participation")).text
    assert ("mois par mois" in page) is drawn

"""Letters on paper: who is still told when they are printed, and what counts as posted."""

from datetime import timedelta
from typing import Any

import pytest

from backend.campaigns import printing, queries
from backend.campaigns import service as campaigns
from backend.campaigns.errors import LettersNotPrinted, NobodyToTell
from backend.campaigns.queries import Results
from backend.campaigns.rules import PAPER_WAITS, Draft, Way
from backend.kit import clock, papers
from tests import factories
from tests.conftest import Database
from tests.integration.campaigns.conftest import launch, outcome_of, results
from tests.readers import OFFERS_POST, add_reader, manager, say

LETTER = Draft(subject="Galette", body="À moitié prix.", ways=(Way.PRINT,))


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """First lines of the envelopes that were drawn."""
    names: list[str] = []
    render = papers.render

    async def drawn(of: str, name: str, said: dict[str, Any]) -> bytes:
        names.extend(letter["to"][0] for letter in said["letters"])
        return await render(of, name, said)

    monkeypatch.setattr(papers, "render", drawn)
    return names


async def launch_letters(*names: str) -> tuple[str, dict[str, int]]:
    partner = await factories.add_partner("Boulangerie Petit")
    people = {
        name: (
            await add_reader(name, None, yes=[OFFERS_POST], street=f"{number} rue Haute")
        ).person_id
        for number, name in enumerate(names)
    }
    return await launch(LETTER, partner.public_id), people


async def test_letter_is_not_printed_when_the_no_came_after_the_launch(
    db: Database, printed: list[str]
) -> None:
    """N1: paper asks again before it leaves, as e-mail and SMS do; who said no is dropped."""
    public_id, people = await launch_letters("Alice", "Bob")
    await say(people["Alice"])
    await printing.letters(await manager(), public_id)
    assert printed == ["Bob Martin"]
    assert await outcome_of(people["Alice"]) == "dropped"
    assert await outcome_of(people["Bob"]) == "waiting"
    await campaigns.mark_posted(await manager(), public_id)
    assert await results(public_id) == Results(sent=1, dropped=1)


async def test_nobody_is_printed_when_the_only_reader_said_no(db: Database) -> None:
    """N1: the refusal keeps what it found: no letter waits for whoever said no."""
    public_id, people = await launch_letters("Alice")
    await say(people["Alice"])
    with pytest.raises(NobodyToTell):
        await printing.letters(await manager(), public_id)
    assert await results(public_id) == Results(dropped=1)


async def test_letter_counts_as_posted_only_when_it_was_printed(db: Database) -> None:
    """N4: what left is what was printed, and a no that came after it was in the post changes nothing."""
    public_id, people = await launch_letters("Alice", "Bob")
    by = await manager()
    with pytest.raises(LettersNotPrinted):
        await campaigns.mark_posted(by, public_id)
    await printing.letters(by, public_id)
    await say(people["Alice"])
    assert await campaigns.mark_posted(by, public_id) == 2
    assert await results(public_id) == Results(sent=2)


async def test_letter_that_nobody_posted_stops_counting_when_its_weeks_are_over(
    db: Database,
) -> None:
    """N6: it holds others back for four weeks, and from then on is printed no more."""
    first, people = await launch_letters("Alice")
    partner = await factories.add_partner("Chez Deux")
    by = await manager()
    second = await campaigns.draft(by, LETTER, partner.public_id)
    with clock.travel(PAPER_WAITS - timedelta(hours=1)):
        assert (await queries.preview(await queries.get_campaign(second))).people == 0
    with clock.travel(PAPER_WAITS + timedelta(hours=1)):
        assert (await queries.preview(await queries.get_campaign(second))).people == 1
        with pytest.raises(NobodyToTell):
            await printing.letters(by, first)
        assert await outcome_of(people["Alice"]) == "dropped"

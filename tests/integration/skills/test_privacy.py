"""What the exchange keeps of somebody, tells them, forgets after a time and when they are erased."""

from datetime import timedelta

import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.privacy import erasing, retention
from backend.privacy import queries as privacy
from backend.privacy.rules import ErasureWay
from backend.skills import queries
from backend.skills import service as skills
from backend.skills.rules import Outcome, Wrong
from backend.skills.service import Entry
from tests import factories
from tests.pictures import picture
from tests.skills import ask, by, done, list_, staff, titles, words

pytestmark = pytest.mark.usefixtures("db")
STORED = "SELECT count(*) FROM stored_file"


async def test_words_are_gone_when_they_were_needed_long_ago():
    """D2: of exchanges, answered reports and listings; that there was an exchange stays."""
    alice, bob = await factories.add_member(), await factories.add_member("Bob", "Petit")
    exchange = await done(bob, alice, details="Avec une machine", title="Ourlets")
    await skills.report(by(bob), bob, Wrong.RUDE, "Il a crié", exchange=exchange)
    (waiting,) = await queries.reports()
    await skills.answer_report(await staff(), waiting.public_id, Outcome.NOTHING)
    with clock.travel(timedelta(days=430)):
        await list_(await factories.add_member("Chloé", "Roux"), "Ourlets", details="Du soir")
        assert (await retention.run(dry=True))["exchanges"] == 3
        assert (await retention.run())["exchanges"] == 3
        assert (await retention.run())["exchanges"] == 0
    assert await fetch_value("SELECT words FROM exchange_message") == ""
    assert await fetch_value("SELECT words FROM skill_report") == ""
    rows = await fetch("SELECT title, details FROM listing ORDER BY id")
    assert [tuple(row) for row in rows] == [("Ourlets", ""), ("Ourlets", "Du soir")]
    known = {row["word"] for row in await fetch("SELECT word FROM skill_word")}
    assert ("machine" in known, "ourlets" in known) == (False, True)
    assert await queries.given_and_received(alice.person_id) == (1, 0)


@pytest.mark.parametrize("erased", [False, True])
async def test_no_bytes_of_a_photo_are_left_when_nobody_needs_it_any_more(erased: bool):
    """D1, D2: of a listing that ran out long ago, and of who is erased."""
    alice = await factories.add_member()
    entry = Entry(words=words(), photo=picture("PNG"))
    before = await fetch_value(STORED)
    await skills.enter(by(alice), alice, entry, "a")
    assert await fetch_value(STORED) == before + 1
    if erased:
        await erasing.erase(SYSTEM, alice.person_id, ErasureWay.DESK)
    else:
        with clock.travel(timedelta(days=430)):
            await retention.run()
    assert await fetch_value(STORED) == before


async def test_the_other_one_hears_that_it_is_over_when_somebody_is_erased():
    """D1, X3: nothing of them is left in an exchange, a search or the words that are known."""
    alice, bob = await factories.add_member(), await factories.add_member("Bob", "Petit")
    exchange = await ask(bob, await list_(alice, "Ourlets chez Zéphyrine"), shares=True)
    await skills.accept(by(alice), alice, exchange, shares=True)
    await skills.say(by(alice), alice, exchange, "Sonnez chez moi", "1")
    await skills.report(by(alice), alice, Wrong.NOT_COME, "Je suis au 3e", exchange=exchange)
    await erasing.erase(SYSTEM, alice.person_id, ErasureWay.DESK)
    read = await queries.find_exchange(bob.person_id, exchange)
    assert (read.title, read.state, read.other.contacts) == ("", "withdrawn", ())
    assert [each.words for each in read.messages] == ["Bonjour, quand ?", ""]
    assert await fetch_value("SELECT words FROM skill_report") == ""
    assert await titles(bob, "zephyrine") == []
    assert await fetch_value("SELECT count(*) FROM skill_word WHERE word LIKE 'zeph%'") == 0
    kinds = "SELECT person FROM message WHERE kind = 'exchange.withdrawn'"
    assert [row["person"] for row in await fetch(kinds)] == [bob.person_id]


async def test_no_family_name_of_a_neighbour_stands_in_what_somebody_takes_with_them():
    """X3, D1: the export tells whom one blocked as one knew them, and no contact of anybody else."""
    alice = await factories.add_member("Alice", "Martin", "alice@example.org")
    bob = await factories.add_member("Bob", "Petit", "bob@example.org")
    exchange = await ask(bob, await list_(alice), shares=True)
    await skills.accept(by(alice), alice, exchange, shares=True)
    await skills.report(by(alice), alice, Wrong.RUDE, "Rien", exchange=exchange)
    await skills.block(by(alice), alice, exchange)
    said = str(await privacy.dossier(alice.person_id))
    assert "Bob P." in said
    for secret in ("Petit", "bob@example.org"):
        assert secret not in said

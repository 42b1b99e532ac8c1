"""Nobody learns who has an account (SEC7)."""

import re

import pytest

from backend.audit.service import SYSTEM
from backend.identity import service as identity
from backend.kit.database import fetch, fetch_value
from tests import factories
from tests.integration.identity import browser as person
from tests.integration.identity.conftest import ALICE
from tests.integration.statements import statements as heard


async def seen(browser, address: str) -> tuple[int, str, str]:
    """Status, headers and body of both pages, without what is drawn anew each time."""
    form = person.hidden((await browser.get("/connexion")).text)
    answer = await browser.post("/connexion", data={**form, "address": address})
    page = await browser.get(answer.headers["location"])
    return answer.status_code, blank(str(sorted(answer.headers))), blank(page.text)


def blank(text: str) -> str:
    text = re.sub(r"[A-Za-z0-9_-]{22,}", "…", text)
    return re.sub(r"[a-z]•••@example.org|•• •• •• \d\d \d\d", "…", text)


@pytest.mark.parametrize(
    ("known", "unknown"),
    [(ALICE, "nobody@example.org"), ("0639981111", "0639982222")],
    ids=["e-mail", "mobile"],
)
async def test_answer_is_the_same_when_the_address_is_unknown(client, alice, known, unknown):
    """SEC7: identical status and body; the time is in tests/bench, the work is compared below."""
    await factories.add_person("Zoé", "Blanc", "0639981111")
    assert await seen(client, known) == await seen(client, unknown)


@pytest.mark.parametrize(
    ("known", "unknown"),
    [(ALICE, "nobody@example.org"), ("0639981111", "0639982222")],
    ids=["e-mail", "mobile"],
)
async def test_work_is_the_same_when_the_address_is_unknown(client, alice, known, unknown):
    """SEC7: the same statements in the same order, before the answer and after it."""
    await factories.add_person("Zoé", "Blanc", "0639981111")
    assert await statements(client, known) == await statements(client, unknown)


async def statements(browser, address: str) -> list[str]:
    form = person.hidden((await browser.get("/connexion")).text)
    async with heard() as said:
        await browser.post("/connexion", data={**form, "address": address})
    assert len(said) > 10
    return [re.sub(r"sent_at|failed_at", "when", query) for query in said]


async def test_stranger_gets_a_mail_that_says_how_to_join(client, mailbox, db):
    """The mail tells its owner alone; to an unknown mobile nothing is sent, since each SMS is paid for."""
    await person.ask(client, "nobody@example.org")
    assert "/adherer" in mailbox.text_to("nobody@example.org")
    assert not re.search(r"\b\d{6}\b", mailbox.text_to("nobody@example.org"))
    await person.ask(client, "0639982222")
    kinds = await fetch("SELECT kind, done_at IS NOT NULL AS done FROM outbox ORDER BY id")
    assert [tuple(row) for row in kinds] == [("message.email", True), ("message.silent", True)]


async def test_suspended_person_gets_no_code_and_the_same_page(client, mailbox, alice):
    """A suspended person is told so by mail, to their own address only."""
    before = await seen(client, "nobody@example.org")
    await identity.suspend(SYSTEM, alice, "impayé")
    assert await seen(client, ALICE) == before
    assert "suspendu" in mailbox.text_to(ALICE)
    assert await fetch_value("SELECT count(*) FROM message WHERE kind = 'identity.code'") == 0

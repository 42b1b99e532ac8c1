"""Two processes type codes at once (SEC5, SEC6)."""

import asyncio
import json
import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from backend.identity import service as identity
from backend.identity.rules import Purpose
from backend.identity.service import entries
from backend.identity.visits import Visit
from backend.kit import codes
from backend.kit.database import fetch, fetch_value, transaction
from backend.kit.seals import Seals
from backend.notifications.post import deliver, open_post
from backend.people.rules import Channel
from backend.settings import Settings
from tests import factories
from tests.conftest import Database
from tests.smtp import Mailbox

pytestmark = pytest.mark.races
ROOT = Path(__file__).resolve().parents[3]
ALICE = "alice@example.org"


def a_visit(settings: Settings) -> Visit:
    seals = Seals(settings.secret_keys)
    return Visit("192.0.2.1", "Test", "race", None, seals, frozenset(Channel), "")


async def asked(settings: Settings, mailbox: Mailbox) -> tuple[str, str]:
    """A ticket and its code."""
    visit = a_visit(settings)
    ticket = (await identity.ask_code(visit, ALICE, Purpose.LOGIN)).ticket
    await deliver(open_post(settings))
    return ticket, mailbox.code_for(ALICE)


async def race(
    db: Database, settings: Settings, ticket: str, codes_of: list[list[str]]
) -> Counter[str]:
    told = {"url": db.app_url, "ticket": ticket, "keys": [k.hex() for k in settings.secret_keys]}
    processes = [
        await start({**told, "codes": typed, "ip": f"192.0.2.{n}"})
        for n, typed in enumerate(codes_of)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
    came = [json.loads((await process.communicate())[0]) for process in processes]
    return Counter(one for some in came for one in some)


async def start(told: dict[str, object]) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.integration.races.guesser"),
        cwd=ROOT,
        env=dict(os.environ),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(told).encode() + b"\n")
    assert (await process.stdout.readline()).strip() == b"ready"
    return process


async def test_one_goes_in_when_two_processes_send_the_right_code(db, settings, mailbox):
    """SEC5: a concurrent double submit logs in once, whichever process gets it."""
    await factories.add_person("Alice", "Martin", ALICE)
    ticket, code = await asked(settings, mailbox)
    came = await race(db, settings, ticket, [[code] * 2, [code] * 2])
    assert came["entered"] == 1
    assert came["entered"] + came["code_over"] == 4
    assert await fetch_value("SELECT count(*) FROM session") == 1


async def test_five_tries_are_judged_when_two_processes_guess(db, settings, mailbox):
    """SEC5, SEC6: of 30 guesses at once five are compared, twenty are counted, ten are not even looked at."""
    await factories.add_person("Alice", "Martin", ALICE)
    ticket, code = await asked(settings, mailbox)
    wrong = [codes.login_code() for _ in range(30)]
    wrong = [("000001" if one == code else one) for one in wrong]
    came = await race(db, settings, ticket, [wrong[:15], wrong[15:]])
    assert came == {"code_wrong": 5, "code_over": 15, "rate_limited": 10}
    assert await fetch_value("SELECT tries FROM sign_in_code") == 5


async def test_race_is_lost_when_the_guard_is_off(db, settings, mailbox, monkeypatch):
    """The check can fail: read first and write after, and the same code lets several in."""
    read: list[object] = []
    met = asyncio.Event()

    async def read_then_write(proof: identity.Proof) -> None:
        used = await fetch_value("SELECT used_at FROM sign_in_code WHERE id = $1", proof.code_id)
        read.append(used)
        if len(read) > 1:
            met.set()
        await met.wait()
        if used is None:
            await fetch("UPDATE sign_in_code SET used_at = now() WHERE id = $1", proof.code_id)

    monkeypatch.setattr(entries, "use_code", read_then_write)
    await factories.add_person("Alice", "Martin", ALICE)
    ticket, code = await asked(settings, mailbox)
    visit = a_visit(settings)
    await asyncio.gather(
        *(identity.sign_in(visit, ticket, code) for _ in range(4)), return_exceptions=True
    )
    assert await fetch_value("SELECT count(*) FROM session") > 1


async def test_one_goes_on_when_two_have_proved_the_same_code(db, settings, mailbox):
    """SEC5: both were checked before either was used: the row decides, and one is refused."""
    await factories.add_person("Alice", "Martin", ALICE)
    ticket, code = await asked(settings, mailbox)
    proofs = [
        await identity.check_code(a_visit(settings), ticket, code, Purpose.LOGIN) for _ in "ab"
    ]

    async def use(proof: identity.Proof) -> None:
        async with transaction():
            await identity.use_code(proof)

    came = await asyncio.gather(*(use(proof) for proof in proofs), return_exceptions=True)
    assert sorted(type(one).__name__ for one in came) == ["CodeOver", "NoneType"]

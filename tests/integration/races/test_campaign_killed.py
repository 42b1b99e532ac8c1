"""A campaign on a real SMTP server, its workers killed at random: each got it once, nobody without consent."""

import asyncio
import email
import email.policy
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from backend.campaigns import queries
from backend.campaigns import service as campaigns
from backend.campaigns.rules import Draft
from backend.kit import clock, outbox
from backend.kit.database import fetch
from tests.conftest import Database
from tests.readers import add_crowd, manager
from tests.smtp import free_port

pytestmark = pytest.mark.races
PEOPLE, KILLS, LINES = 300, 6, 3
NEWSLETTER = Draft(subject="Au club", body="Un mot.")
AFTER_A_LEASE = outbox.LEASE + timedelta(seconds=5)


class Letterbox:
    """A mail server that keeps who got which Message-ID, in the order they came."""

    def __init__(self) -> None:
        self.came: list[tuple[str, str]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.came.append((envelope.rcpt_tos[0], str(mail["Message-ID"])))
        return "250 kept"


@pytest.fixture
def letterbox() -> Iterator[tuple[Letterbox, str]]:
    kept, port = Letterbox(), free_port()
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    yield kept, f"smtp://127.0.0.1:{port}"
    controller.stop()


async def test_each_gets_it_once_when_workers_are_killed_at_random(
    db: Database, letterbox: tuple[Letterbox, str], tmp_path: Path
) -> None:
    """N4, N1: SIGKILL at random instants; a mailbox that knows a Message-ID has each letter once.

    What SMTP cannot promise is counted: a mail that the server took while its worker died comes again
    under the same Message-ID, at most one for each line that the dead worker had open.
    """
    kept, url = letterbox
    yes = await add_crowd(PEOPLE, one_no_in=7)
    by = await manager()
    public_id = await campaigns.draft(by, NEWSLETTER)
    await campaigns.launch(by, public_id, yes)
    killed, shift = 0, timedelta(0)
    for target in sorted(random.sample(range(5, yes - 10), KILLS)):
        killed += await run(db, url, tmp_path, shift, kept, target)
        shift += AFTER_A_LEASE
    await run(db, url, tmp_path, shift, kept, None)
    assert killed >= 1
    rows = await fetch(
        "SELECT p.id || '@example.org' AS address FROM person p WHERE EXISTS (SELECT 1 FROM consent c"
        " WHERE c.person = p.id AND c.subject = 'club_life' AND c.given)"
    )
    wanted = {row["address"] for row in rows}
    letters = set(kept.came)
    assert len(wanted) == yes
    assert sorted(to for to, _ in letters) == sorted(wanted)
    assert len({number for _, number in letters}) == yes
    twice = sum(Counter(kept.came).values()) - len(letters)
    assert twice <= killed * LINES
    campaign = await queries.get_campaign(public_id)
    assert (campaign.results.sent, campaign.results.waiting) == (yes, 0)


async def run(
    db: Database,
    url: str,
    home: Path,
    shift: timedelta,
    kept: Letterbox,
    until: int | None,
    program: str = "tests.integration.races.campaign_worker",
) -> bool:
    """A worker, killed once so many mails came; whether it was. Its clock is past the dead one's lease."""
    worker = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        program,
        env={
            **os.environ,
            "PALIER_ENV": "test",
            "PALIER_HOME": str(home),
            "PALIER_DATABASE_URL": db.app_url,
            "PALIER_SMTP_URL": url,
            "PALIER_SMTP_CONNECTIONS": str(LINES),
            "PALIER_NOW": (clock.now() + shift).isoformat(),
        },
    )
    while worker.returncode is None and (until is None or len(kept.came) < until):  # noqa: ASYNC110 - another process sends
        await asyncio.sleep(0.002)
    if worker.returncode is None:
        worker.send_signal(signal.SIGKILL)
    return await worker.wait() == -signal.SIGKILL

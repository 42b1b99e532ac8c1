"""A real mail server on loopback, and what it received.

The application of the integration tests sends there. `mailbox` is a fixture, empty at first:
`mailbox.code_for(address)` is the newest login code, `mailbox.text_to(address)` the newest words,
`mailbox.url` is for PALIER_SMTP_URL of another process, `mailbox.broken = True` makes it refuse.
"""

import contextlib
import email
import email.policy
import os
import re
import secrets
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller


class Mailbox:
    """The server's inside. Times do not matter: a mail is here once `send` has returned."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.broken = False
        self.url = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.broken:
            return "451 not now"
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append(mail)
        return "250 kept"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if address.lower() in str(mail["To"]).lower()]

    def text_to(self, address: str) -> str:
        """The plain words of the newest mail to `address`."""
        body = self.to(address)[-1].get_body(("plain",))
        assert body is not None
        return str(body.get_content())

    def code_for(self, address: str) -> str:
        """The newest six digits sent to `address`."""
        found = re.search(r"^\s*(\d{6})\s*$", self.text_to(address), re.MULTILINE)
        assert found is not None, self.text_to(address)
        return found[1]


@pytest.fixture(scope="session")
def mail_server() -> Iterator[Mailbox]:
    kept = Mailbox()
    port = free_port()
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    kept.url = f"smtp://127.0.0.1:{port}"
    yield kept
    controller.stop()


@pytest.fixture
def mailbox(mail_server: Mailbox) -> Mailbox:
    mail_server.mails.clear()
    mail_server.broken = False
    return mail_server


DRAWN: set[int] = set()  # by this process, so that what starts later keeps its own


def free_port() -> int:
    """Still free when somebody binds it, as is the next one: it lies below those that the kernel
    gives to whoever asks for any, no other worker draws it, and each run draws among ten thousand.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    mine = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    while True:
        port = 10_000 + 2 * (workers * secrets.randbelow(10_000 // workers) + mine)
        if port in DRAWN:
            continue
        with contextlib.suppress(OSError):
            for one in (port, port + 1):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", one))
            DRAWN.add(port)
            return port

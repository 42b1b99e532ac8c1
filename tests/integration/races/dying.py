"""The application, whose worker is killed once at a chosen point of its first redemption.

PALIER_TEST_DIES names a file that says where ("decision": all is written, nothing committed;
"reply": committed, nothing answered); the file goes when it happens.
"""

import os
import signal
from pathlib import Path
from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from backend.vouchers import answers
from web.app import create_app as real

SIGN = Path(os.environ["PALIER_TEST_DIES"])


def create_app() -> ASGIApp:
    keep = answers.keep

    async def keep_or_die(*args: Any) -> None:
        die_at("decision")
        await keep(*args)

    answers.keep = keep_or_die  # type: ignore[assignment]
    app = real()

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_or_die(message: Message) -> None:
            if scope["path"] == "/api/v1/redemptions":
                die_at("reply")
            await send(message)

        await app(scope, receive, send_or_die)

    return run


def die_at(point: str) -> None:
    if SIGN.exists() and SIGN.read_text() == point:
        SIGN.unlink()
        os.kill(os.getpid(), signal.SIGKILL)

"""The application in processes that are killed at a chosen step of a redemption.

PALIER_TEST_DIES names a file with a number: before that message to the database (BEGIN and COMMIT
count) or to the till, the process kills itself. The file goes when it happens.

Served as `create_app`, it dies as a worker does. Run as a script it is quicker: each line on its
input is a request, answered in a fork of its own; "killed" stands for no answer.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import httpx
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from backend.kit import database
from tests.patience import be_patient
from web.app import create_app as real

SIGN = Path(os.environ["PALIER_TEST_DIES"])


class Steps:
    """Counts from the moment a redemption comes in."""

    def __init__(self) -> None:
        self.left: int | None = None

    def begin(self) -> None:
        self.left = int(SIGN.read_text()) if SIGN.exists() else None

    def step(self) -> None:
        if self.left is None:
            return
        self.left -= 1
        if self.left == 0:
            SIGN.unlink()
            os.kill(os.getpid(), signal.SIGKILL)


STEPS = Steps()


class Dying(database.Connection):
    async def fetch(self, *args: Any, **kwargs: Any) -> Any:
        STEPS.step()
        return await super().fetch(*args, **kwargs)

    async def execute(self, *args: Any, **kwargs: Any) -> Any:
        STEPS.step()
        return await super().execute(*args, **kwargs)


def create_app() -> ASGIApp:
    database.Connection = Dying  # type: ignore[misc]
    app = real()

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_or_die(message: Message) -> None:
            STEPS.step()
            await send(message)

        if scope["type"] == "http" and scope["path"] == "/api/v1/redemptions":
            STEPS.begin()
            await app(scope, receive, send_or_die)
        else:
            await app(scope, receive, send)

    return run


def main() -> None:
    app = create_app()
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            print(json.dumps(asyncio.run(answer(app, json.loads(line)))), flush=True)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            print(json.dumps("killed"), flush=True)


async def answer(app: ASGIApp, request: dict[str, Any]) -> dict[str, Any]:
    be_patient()
    await database.open_pool(os.environ["PALIER_DATABASE_URL"])
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as till:
        said = await till.post(
            "/api/v1/redemptions", json=request["json"], headers=request["headers"]
        )
    await database.close_pool()
    return {"status": said.status_code, "saving_cents": said.json().get("saving_cents")}


if __name__ == "__main__":
    main()

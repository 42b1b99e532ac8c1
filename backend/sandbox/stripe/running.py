"""A double for tests: in a thread of its own, on a free loopback port, with its remote control.

It shares the clock of the process, so that a frozen or moved clock holds for both sides, and it
goes on answering while the test's own loop waits.
"""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from backend.sandbox.stripe.remote import Remote
from backend.sandbox.stripe.server import Settings, serve

API_KEY = "sk_test_simulated"
WEBHOOK_SECRET = "whsec_simulated"  # noqa: S105 - signs nothing but simulated events


@asynccontextmanager
async def running_double(
    *,
    webhook_url: str = "",
    webhook_secrets: Sequence[str] = (WEBHOOK_SECRET,),
    state: Path | None = None,
) -> AsyncIterator[Remote]:
    """`Remote.url` goes to the SDK's base_addresses["api"]; its methods command the double.

    Without a webhook address events wait: `remote.envelopes()` gives them to be posted by hand.
    """
    port = _free_port()
    settings = Settings(
        port=port,
        base_url=f"http://127.0.0.1:{port}",
        webhook_url=webhook_url,
        webhook_secrets=list(webhook_secrets),
        state=state,
    )
    host = _Host(settings)
    try:
        await asyncio.to_thread(host.start)
        async with Remote(settings.base_url) as remote:
            yield remote
    finally:
        await asyncio.to_thread(host.stop)


class _Host:
    """The thread and the loop the double lives in."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._up = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told_to_stop = asyncio.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="stripe-double")

    def start(self) -> None:
        """Returns when it answers; raises what kept it from starting."""
        self._thread.start()
        self._up.wait()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._told_to_stop.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as failure:  # noqa: BLE001 - told to the thread that waits
            self._failure = failure
        finally:
            self._up.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with serve(self._settings):
            self._up.set()
            await self._told_to_stop.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

"""How the benches speak to the server: what a request costs here must not count as the server's."""

import asyncio
import json
import re
from typing import Self
from urllib.parse import urlsplit

from backend.kit import codes
from tests.bench.stage import Stage
from tests.bench.visitors import header
from tests.factories import Market

OK, CREATED = 200, 201


class Wire:
    """HTTP/1.1 written by hand; so many connections, one request on each at a time."""

    def __init__(self, club: Stage, connections: int) -> None:
        self.port, self.connections = urlsplit(club.url).port, connections
        self.free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = (
            asyncio.Queue()
        )

    async def __aenter__(self) -> Self:
        for _ in range(self.connections):
            self.free.put_nowait(await asyncio.open_connection("localhost", self.port))
        return self

    async def __aexit__(self, *_: object) -> None:
        while not self.free.empty():
            self.free.get_nowait()[1].close()

    async def get(self, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return await self.exchange(f"GET {path} HTTP/1.1\r\nhost: localhost\r\n{lines}\r\n")

    async def exchange(self, request: str) -> tuple[int, bytes]:
        """Status and body; the connection is free again."""
        reader, writer = await self.free.get()
        writer.write(request.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        assert length, head
        said = await reader.readexactly(int(length[1]))
        self.free.put_nowait((reader, writer))
        return int(head.split(maxsplit=2)[1]), said


class Phone(Wire):
    """A browser with one person's cookies."""

    def __init__(self, club: Stage, cookies: dict[str, str], connections: int) -> None:
        super().__init__(club, connections)
        self.headers = header(cookies)

    async def load(self, path: str) -> None:
        """One page, which is there."""
        status, said = await self.get(path, self.headers)
        assert status == OK, said


class Till(Wire):
    """The market's till."""

    def __init__(self, club: Stage, market: Market, connections: int) -> None:
        super().__init__(club, connections)
        self.token = market.till.token

    async def redeem(self, payload: str) -> None:
        """One use, which succeeds."""
        status, said = await self.ask(payload)
        assert status == CREATED, said

    async def ask(self, payload: str) -> tuple[int, bytes]:
        body = json.dumps({"code": payload, "price_cents": 1250})
        return await self.exchange(
            f"POST /api/v1/redemptions HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(body)}"
            f"\r\nauthorization: Bearer {self.token}\r\nidempotency-key: {codes.random_id()}"
            f"\r\ncontent-type: application/json\r\n\r\n{body}"
        )

"""How the benches speak to the server: what a request costs here must not count as the server's."""

import asyncio
import json
import re
from typing import Self
from urllib.parse import urlsplit

from backend.kit import codes
from tests.bench.stage import Stage
from tests.factories import Market

CREATED = 201


class Wire:
    """A till that costs almost nothing: HTTP/1.1 written by hand, one connection for each client."""

    def __init__(self, club: Stage, market: Market, clients: int) -> None:
        self.port = urlsplit(club.url).port
        self.token, self.clients = market.till.token, clients
        self.free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = (
            asyncio.Queue()
        )

    async def __aenter__(self) -> Self:
        for _ in range(self.clients):
            self.free.put_nowait(await asyncio.open_connection("localhost", self.port))
        return self

    async def __aexit__(self, *_: object) -> None:
        while not self.free.empty():
            self.free.get_nowait()[1].close()

    async def redeem(self, payload: str) -> None:
        """One use, which succeeds."""
        status, said = await self.ask(payload)
        assert status == CREATED, said

    async def ask(self, payload: str) -> tuple[int, bytes]:
        """Status and body of one request; the connection is free again."""
        body = json.dumps({"code": payload, "price_cents": 1250})
        reader, writer = await self.free.get()
        writer.write(
            f"POST /api/v1/redemptions HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(body)}"
            f"\r\nauthorization: Bearer {self.token}\r\nidempotency-key: {codes.random_id()}"
            f"\r\ncontent-type: application/json\r\n\r\n{body}".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        assert length, head
        said = await reader.readexactly(int(length[1]))
        self.free.put_nowait((reader, writer))
        return int(head.split(maxsplit=2)[1]), said

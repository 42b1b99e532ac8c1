"""What a partner is told of a round: sums and pieces, and what changed since; no name (P5)."""

import msgspec

from backend.kit import codes
from backend.kit.database import fetch_as
from backend.orders.queries import Round


class Sum(msgspec.Struct, frozen=True):
    """So many of an item in a round: what a grower or a presser needs, without a name (P5)."""

    name: str
    count: int


async def sums_of(round_id: int) -> list[Sum]:
    return await fetch_as(
        Sum,
        "SELECT l.name, sum(l.many)::bigint AS count FROM order_ticket t JOIN ticket_line l"
        " ON l.ticket = t.id LEFT JOIN service_item i ON i.id = l.item WHERE t.round = $1"
        " AND t.state NOT IN ('ordered', 'cancelled', 'refunded') GROUP BY l.name"
        " ORDER BY min(i.place), l.name",
        round_id,
    )


async def fewer_since(round_: Round) -> list[Sum]:
    """What is in it no more since its partner was last mailed (S3)."""
    return await fetch_as(
        Sum,
        "SELECT l.name, sum(l.many)::bigint AS count FROM ticket_move m"
        " JOIN order_ticket t ON t.id = m.ticket JOIN ticket_line l ON l.ticket = t.id"
        " LEFT JOIN service_item i ON i.id = l.item WHERE t.round = $1 AND m.at > $2"
        " AND (m.state = 'cancelled' AND m.was <> 'ordered'"
        "  OR m.state = 'refunded' AND m.was = 'collected')"
        " GROUP BY l.name ORDER BY min(i.place), l.name",
        round_.id,
        round_.told_at,
    )


class Piece(msgspec.Struct, frozen=True):
    """A line of one ticket by its code, for things that come back to their owner (S4)."""

    code: str
    name: str
    words: str
    count: int

    @property
    def grouped(self) -> str:
        return codes.grouped(self.code)


async def pieces_of(round_id: int) -> list[Piece]:
    return await fetch_as(
        Piece,
        "SELECT t.code, l.name, l.words, l.many AS count FROM order_ticket t JOIN ticket_line l"
        " ON l.ticket = t.id WHERE t.round = $1 AND t.state NOT IN ('ordered', 'cancelled', 'refunded')"
        " ORDER BY t.id, l.id",
        round_id,
    )

"""Letters and visits: printed from the list of the moment, ticked off once they are handed over."""

from collections.abc import Collection

from backend.audit import lists
from backend.audit import service as audit
from backend.audit.service import By
from backend.kit import clock, codes
from backend.kit.database import fetch, transaction
from backend.membership import handing, plates, queries
from backend.membership.errors import NothingToHand
from backend.membership.handing import Asked
from backend.membership.reminders import Channel, year_cost

ALL = Asked()
NAMES = {Channel.PRINT: "rappels-lettres", Channel.DOOR: "rappels-visites"}


async def print_papers(by: By, who: str, channel: Channel, asked: Asked = ALL) -> bytes:
    """The PDF of the letters, or of the round; on record like every list that leaves (D3).

    `who` prints it: the round says so at its foot. Raises NothingToHand when nothing waits.
    """
    async with transaction():
        waiting = await handing.waiting()
        found = [one for one in waiting if one.channel is channel and asked.has(one)]
        if not found:
            raise NothingToHand
        number = codes.grouped(codes.draw_code())
        await audit.note(
            lists.VERB,
            by,
            object_kind="list",
            object_id=number,
            list=NAMES[channel],
            format="pdf",
            rows=len(found),
        )
    prices = await queries.month_prices(clock.today())
    amounts = {one: year_cost(cents) for one, cents in prices.items()}
    mark = f"{number}, {who}, {clock.paris(clock.now()):%d/%m/%Y %H:%M}"
    if channel is Channel.PRINT:
        return await plates.letters(found, amounts)
    return await plates.visits(found, amounts, mark)


async def note_handed(by: By, household_public_ids: Collection[str]) -> int:
    """What waited for these households was given; each with the name of who did (D6). How many.

    The paper itself is what the person keeps of it. What was paid or ticked off meanwhile stays.
    """
    async with transaction():
        done = 0
        for one in await handing.waiting():
            if one.household in household_public_ids:
                done += await _hand(by, one)
    return done


async def _hand(by: By, one: handing.Paper) -> int:
    rows = await fetch(
        "UPDATE reminder SET handed_at = $2, handed_by = $3 WHERE id = $1 AND handed_at IS NULL"
        " AND withdrawn_at IS NULL RETURNING id",
        one.id,
        clock.now(),
        by.id,
    )
    if rows:
        await audit.note(
            "reminder.handed",
            by,
            subject_id=one.person_id,
            object_kind="household",
            object_id=one.household,
            channel=one.channel.value,
        )
    return len(rows)

"""A list as a file, from any surface: one line in a controller.

    @get("/gestion/adherents/export", guards=[MANAGER])
    async def export(request: AnyRequest, kind: FromQuery[Format] = Format.CSV) -> Response[bytes]:
        members = await queries.members(...)
        rows = [(each.name, each.paid_until, each.paid_cents) for each in members]
        return await exports.send(request, Sheet("adherents", COLUMNS, rows), kind, filter="...")

where COLUMNS = (Column("Nom"), Column("Payé jusqu'au", Kind.DAY), Column("Payé", Kind.CENTS)).
Money is given in cents, days as date, moments aware; None is an empty cell. The file is marked with
its number, who took it and when, and stands in the record (D3); see backend.audit.lists.
"""

from collections.abc import AsyncIterator
from typing import Any

from litestar import Request, Response
from litestar.background_tasks import BackgroundTask
from litestar.response import Stream

from backend.audit import lists
from backend.audit.lists import Exported
from backend.http.callers import get_caller
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit.sheets import Format, Sheet, is_long


async def send(
    request: Request[Any, Any, Any],
    sheet: Sheet,
    chosen: Format = Format.CSV,
    *,
    seen_at: str = "",
    **facts: Any,
) -> Response[Any]:
    """The signed-in person takes the list; nothing on the way may keep it.

    `seen_at`: where a long one shows how far it is, `/{its id}` after it. Then it is made once the
    answer is on its way, and the answer leads there.
    """
    by, who = acting(request), get_caller(request).name
    if not seen_at or not is_long(sheet, chosen):
        return hand_out(await lists.export(by, who, sheet, chosen, **facts))
    back = request.url.path.rsplit("/", 1)[0]
    work = await lists.prepare(by, who, sheet, chosen, back, **facts)
    answer = redirect(request, f"{seen_at}/{work.public_id}")
    answer.background = BackgroundTask(lists.make, work)
    return answer


def hand_out(file: Exported) -> Response[Any]:
    return Response(
        file.content,
        media_type=file.media_type,
        headers={
            "content-disposition": f'attachment; filename="{file.file_name}"',
            "cache-control": "no-store",
        },
    )


async def stream(
    request: Request[Any, Any, Any],
    name: str,
    file_name: str,
    pieces: AsyncIterator[bytes],
    *,
    rows: int,
    **facts: Any,
) -> Stream:
    """A file whose form the law sets: no mark can stand in it. Its line in the record is the same."""
    await lists.record(acting(request), name, "txt", rows, **facts)
    return Stream(
        pieces,
        media_type="text/plain; charset=utf-8",
        headers={
            "content-disposition": f'attachment; filename="{file_name}"',
            "cache-control": "no-store",
        },
    )

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

from datetime import date
from typing import Any

from litestar import Request, Response
from litestar.background_tasks import BackgroundTask
from litestar.response import Stream

from backend.audit import lists
from backend.audit.lists import Exported
from backend.audit.service import SYSTEM
from backend.billing import fec
from backend.billing.fec import MAKERS
from backend.http.callers import get_caller
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit.sheets import LONG, Format, Sheet, is_long


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
    return _made_later(
        request, await lists.prepare(by, who, sheet, chosen, _back(request), **facts), seen_at
    )


async def send_to(
    who: str, sheet: Sheet, chosen: Format = Format.CSV, **facts: Any
) -> Response[Any]:
    """To somebody without an account, whose address is a secret of their own; `who` is their name."""
    return hand_out(await lists.export(SYSTEM, who, sheet, chosen, **facts))


def _back(request: Request[Any, Any, Any]) -> str:
    return request.url.path.rsplit("/", 1)[0]


def _made_later(request: Request[Any, Any, Any], public_id: str, seen_at: str) -> Response[Any]:
    """At once, once the answer is on its way; should we stop meanwhile, a worker begins again."""
    answer = redirect(request, f"{seen_at}/{public_id}")
    answer.background = BackgroundTask(lists.make, public_id, MAKERS)
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


async def send_fec(
    request: Request[Any, Any, Any], since: date, until: date, *, seen_at: str
) -> Response[Any]:
    """The journal of some days, whose form the law sets; a long one is made as a long list is."""
    rows, name, period = await fec.count(since, until), await fec.name(until), f"{since} {until}"
    if rows > LONG[Format.CSV]:
        wish = fec.Wish(since, until)
        made = lists.prepare_plain(
            acting(request), fec.NAME, wish, name, _back(request), rows, period=period
        )
        return _made_later(request, await made, seen_at)
    await lists.record(acting(request), fec.NAME, "txt", rows, period=period)
    return Stream(
        fec.lines(since, until),
        media_type="text/plain; charset=utf-8",
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "no-store",
        },
    )

"""The scan loop: who is at the counter, and an answer to each scan in colour, words and sound (L27, L28)."""

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery

from backend.activities import queries as activities
from backend.activities import service as attending
from backend.activities.queries import Expected
from backend.http import forms
from backend.http.callers import get_caller
from backend.http.respond import fragment, redirect, wants_fragment
from backend.http.visits import acting
from backend.kit import clock, codes
from backend.kit.errors import DomainError
from backend.kit.text import read_number
from backend.kit.translations import translated as _
from backend.lending import queries as lending
from backend.lending import service
from backend.lending.errors import BookingUnknown, ReservedByOther
from backend.lending.limit_errors import LimitReached
from backend.lending.queries import LineView, debts, gestures
from backend.lending.rules import LineState
from backend.lending.service import scanning
from backend.lending.service.scanning import Did, Scan, Scanned
from backend.lending.turns import Turn, in_turn
from backend.lending.values import Ask, For
from backend.membership import queries as membership
from backend.membership import service as care
from backend.membership.desk import File
from backend.orders import queries as orders
from backend.orders.errors import OrderElsewhere, ProofNeeded, TicketUnknown, ToPayFirst
from backend.orders.queries import Ticket
from backend.orders.service import handing
from web.desk import frame
from web.desk.frame import DESK, AnyRequest
from web.desk.refusals import told
from web.shell import verbs
from web.shell.order_words import PROOFS, STATES
from web.shell.ways_in import way_in

HERE = "/comptoir/guichet"
LONGEST_SEARCH = 100
ONE_DAY = timedelta(days=1)
# What was understood and still asks something of the clerk.
MINDED = frozenset({Did.ALREADY_GIVEN, Did.ALREADY_TAKEN, Did.TO_FILL, Did.KEPT_FOR, Did.ON_SHELF})


class Label(msgspec.Struct, frozen=True):
    """A label as it was sent: `anyway` though it is kept for another, `reason` to pass a limit."""

    code: str
    key: str
    anyway: bool = False
    reason: str = ""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """An answer of the loop: `kind` gives its colour, sign and sound; what it says depends on the rest.

    `nobody`: it was no label and brought nobody; what was scanned after it is for nobody either. An
    `order` that lies `elsewhere` is not given by a scan.
    """

    kind: str
    scan: Scan | None = None
    slug: str = ""
    sentence: str = ""
    advice: str = ""
    code: str = ""
    turns: tuple[Turn, ...] = ()
    may_confirm: bool = False
    may_override: bool = False
    nobody: bool = False
    order: Ticket | None = None
    elsewhere: bool = False
    here: tuple[str, ...] = ()


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """Who is at the counter, with what to give to this household and what it has (L27); `sessions` that
    are on, in which their card notes somebody as here (A2).
    """

    file: File
    to_give: list[LineView]
    out: list[LineView]
    to_answer: list[LineView]
    later: list[LineView]
    owed_cents: int
    orders: list[Ticket]
    sessions: list[Expected]

    @property
    def whom(self) -> For:
        return For(self.file.member.household_id, self.file.member.person_id)


class Many(msgspec.Struct, frozen=True):
    geste: str
    key: Annotated[str, msgspec.Meta(max_length=64)]
    qui: str = ""


class Present(msgspec.Struct, frozen=True):
    """Who was scanned is here, in this session."""

    seance: str
    qui: str


class Undone(msgspec.Struct, frozen=True):
    ligne: str
    key: Annotated[str, msgspec.Meta(max_length=64)]
    qui: str = ""
    suite: str = ""


async def brought_nobody(request: AnyRequest, refusal: DomainError, whom: str) -> Response[Any]:
    """The answer to a card, a voucher or a name that was refused."""
    return await refused(request, refusal, whom, nobody=True)


async def refused(
    request: AnyRequest, refusal: DomainError, whom: str, *, nobody: bool = False
) -> Response[Any]:
    """The answer to what was refused, with what it leaves to do."""
    may_confirm = isinstance(refusal, ReservedByOther)
    may_override = isinstance(refusal, LimitReached)
    said = Said(
        kind="mind" if may_confirm or may_override else "no",
        slug=refusal.slug,
        sentence=refusal.said(),
        advice=refusal.advice(),
        code=(await forms.typed_values(request)).get("code", ""),
        may_confirm=may_confirm,
        may_override=may_override,
        nobody=nobody,
    )
    return await show(request, said, whom, status=refusal.status)


@get(HERE, guards=[DESK])
async def index(
    request: AnyRequest, qui: FromQuery[str] = "", q: FromQuery[str] = ""
) -> Response[str]:
    typed = q[:LONGEST_SEARCH]
    found = await membership.search_people(typed, limit=12) if typed else []
    return await show(request, whom=qui, typed=typed, found=found)


@told(refused)
async def scanned(request: AnyRequest, label: Label, whom: str) -> Response[Any]:
    """Decides and acts under one key; the page that answers shows the household as it is now."""
    visitor = await _visitor(request, whom)
    ask = Ask(by=acting(request), key=label.key, override=label.reason)
    to = None if visitor is None else visitor.whom
    scan = await scanning.scan(ask, Scanned(unit=label.code, whom=to, anyway=label.anyway))
    kind = "mind" if scan.did in MINDED or scan.cut_short else "yes"
    return await show(request, Said(kind=kind, scan=scan, code=label.code), whom)


@told(refused)
async def brought_order(request: AnyRequest, code: str, whom: str) -> Response[Any]:
    """The code of an order: its household at the counter, it is handed over; nobody there, it brings them.

    Of another household it is refused, whatever is asked (S2); one to pay says what (S6), and one that
    lies at another site says where.
    """
    ticket = await orders.find_by_code(code)
    if ticket is None:
        raise TicketUnknown
    visitor = await _visitor(request, whom)
    site_id = (await frame.place(request)).site_id
    elsewhere = ticket.is_ready and site_id not in {None, ticket.site_id}
    mind = Said(kind="mind", slug="order_found", order=ticket, code=code, elsewhere=elsewhere)
    if visitor is None:
        return await show(request, mind, ticket.person)
    household_id = visitor.file.member.household_id
    slug = _asked_first(ticket, elsewhere=elsewhere)
    if ticket.household_id == household_id and slug:
        return await show(request, msgspec.structs.replace(mind, slug=slug), whom)
    done = await handing.hand_over(acting(request), ticket.public_id, household_id, site_id=site_id)
    return await show(request, Said(kind="yes", slug="order_given", order=done, code=code), whom)


def _asked_first(ticket: Ticket, *, elsewhere: bool) -> str:
    """What one that is ready still asks of the clerk, as the slug of its refusal; "" is nothing."""
    if not ticket.is_ready:
        return ""
    if elsewhere:
        return OrderElsewhere.slug
    if ticket.due_cents:
        return ToPayFirst.slug
    return ProofNeeded.slug if ticket.holds else ""


@post(f"{HERE}/gestes", guards=[DESK])
async def create(request: AnyRequest) -> Response[Any]:
    """All that is ticked goes out, or comes back; each line for itself."""
    many = await forms.read(request, Many)
    ticked = [str(each) for each in (await request.form()).getall("ligne", [])]
    lines = [_number(each) for each in ticked]
    verb = service.hand_over if many.geste == "remise" else service.take_back
    turns = await in_turn(Ask(by=acting(request), key=many.key), lines, verb)
    kind = "mind" if any(turn.refusal for turn in turns) or not turns else "yes"
    said = Said(kind=kind, slug=many.geste, turns=tuple(turns))
    return await show(request, said, many.qui)


@post(f"{HERE}/presences", guards=[DESK])
async def attend(request: AnyRequest) -> Response[Any]:
    """Their card was scanned while a session is on: they are here, with their children (A2)."""
    typed = await forms.read(request, Present)
    return await _attend(request=request, typed=typed, whom=typed.qui)


@told(refused)
async def _attend(request: AnyRequest, typed: Present, whom: str) -> Response[Any]:
    file = await care.see_file(acting(request), typed.qui, way_in(request))
    by, person_id = acting(request), file.member.person_id
    arrived = await attending.check_in(by, typed.seance, person_id)
    return await show(request, Said(kind="yes", slug="arrived", here=arrived.here), whom)


@post(f"{HERE}/annulation", guards=[DESK])
async def destroy(request: AnyRequest) -> Response[Any]:
    """Takes a gesture back (L31); `suite`: to say at once how the thing really came back."""
    undone = await forms.read(request, Undone)
    return await _destroy(request=request, undone=undone, whom=undone.qui)


@told(refused)
async def _destroy(request: AnyRequest, undone: Undone, whom: str) -> Response[Any]:
    await service.undo(Ask(by=acting(request), key=undone.key), _number(undone.ligne))
    if undone.suite:
        return redirect(request, f"/comptoir/prets/{undone.ligne}", said="geste-annule")
    return redirect(request, f"{HERE}?qui={whom}" if whom else HERE, said="geste-annule")


async def show(
    request: AnyRequest,
    said: Said | None = None,
    whom: str = "",
    *,
    status: int = 200,
    typed: str = "",
    found: list[membership.Found] | None = None,
) -> Response[str]:
    """The loop's page, or its panel alone where script asked for it."""
    visitor = await _visitor(request, whom)
    done = await gestures.gestures_of(get_caller(request).person_id)
    context: dict[str, Any] = {
        "said": said,
        "visitor": visitor,
        "names": _names(visitor, done),
        "order_states": STATES,
        "proofs": PROOFS,
        "done": done,
        "typed": typed,
        "found": found or [],
        "key": codes.random_id(),
        "alone": wants_fragment(request),
    }
    if wants_fragment(request):
        return await fragment(
            request, "desk/loop/_panel.html", status=status, when=verbs.when, **context
        )
    answer = await frame.page(
        request,
        "desk/loop/index.html",
        title=_("Guichet"),
        fields={"guichet": "1", "qui": whom},
        clerk=codes.hash_token(f"guichet:{get_caller(request).person_id}").hex()[:16],
        **context,
    )
    answer.status_code = status
    return answer


async def _visitor(request: AnyRequest, whom: str) -> Visitor | None:
    """Raises PersonMissing. The look at the file is on record, once in ten minutes (D3)."""
    if not whom:
        return None
    file = await care.see_file(acting(request), whom, way_in(request))
    lines = await lending.of_household(file.member.household_id)
    today = clock.start_of_day(clock.today()) + ONE_DAY
    due = [line for line in lines if line.period.start < today]
    ready = {LineState.CONFIRMED, LineState.READY}
    shown = {LineState.CHECKED_OUT, LineState.LOST}
    to_give = [line for line in due if line.state in ready]
    to_answer = [line for line in due if line.state is LineState.REQUESTED]
    out = [line for line in lines if line.state in shown]
    listed = {line.id for line in (*to_give, *to_answer, *out)}
    return Visitor(
        file=file,
        to_give=to_give,
        out=out,
        to_answer=to_answer,
        later=[line for line in lines if line.id not in listed],
        owed_cents=(await debts.owed_by(file.member.household_id)).due_cents,
        orders=await orders.open_of_household(file.member.household_id),
        sessions=await activities.expected(
            file.member.person_id, (await frame.place(request)).site_id
        ),
    )


def _names(visitor: Visitor | None, done: list[gestures.Gesture]) -> dict[int, str]:
    """Of the lines that an answer may speak of."""
    known = [gesture.line for gesture in done]
    if visitor is not None:
        known += [*visitor.to_give, *visitor.out, *visitor.to_answer, *visitor.later]
    return {line.id: line.name for line in known}


def _number(line: str) -> int:
    number = read_number(line)
    if number is None:
        raise BookingUnknown
    return number


HANDLERS = [index, create, attend, destroy]

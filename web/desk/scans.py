"""The counter's one field: a card, a voucher, a label, a code or a name leads where it belongs."""

from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from litestar import Response, post

from backend.activities import queries as activities
from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.kit import codes
from backend.kit.codes import (
    CodeMistyped,
    CodeUnreadable,
    Order,
    PaperCard,
    Parsed,
    PhoneCard,
    ScannerLayout,
    TypedCode,
    Unit,
)
from backend.kit.translations import translated as _
from backend.lending import queries as lending
from backend.lending.queries import gestures
from backend.membership import queries as membership
from backend.membership.queries import Member
from backend.orders import queries as orders
from backend.vouchers import keyring
from backend.vouchers import queries as vouchers
from backend.vouchers.queries import VoucherPage
from web.desk import frame, loop, rounds
from web.desk.errors import CodeForged, CodeLeadsNowhere
from web.desk.frame import DESK, AnyRequest
from web.desk.holders import Shown, read_card
from web.desk.loop import Label
from web.desk.refusals import told


class Typed(msgspec.Struct):
    """`guichet` says that the loop's page is open, `qui` who stands at the counter, `tournee` that the
    list of a delivery is.
    """

    code: str = ""
    key: Annotated[str, msgspec.Meta(max_length=64)] = ""
    guichet: str = ""
    qui: str = ""
    quand_meme: str = ""
    raison: str = ""
    tournee: str = ""


class _Ways(msgspec.Struct, frozen=True):
    """Where persons are shown: their file, or the loop with them at the counter."""

    person: str
    several: str

    def to(self, person_public_id: str, way: str) -> str:
        return f"{self.person.format(id=quote(person_public_id))}par={way}"


FILE = _Ways("/comptoir/personnes/{id}?", "/comptoir/personnes?q=")
LOOP = _Ways(f"{loop.HERE}?qui={{id}}&", f"{loop.HERE}?q=")


async def _page(request: AnyRequest, form: Form | None = None) -> Response[str]:
    return await frame.page(request, "desk/scans/new.html", title=_("Rien trouvé"), form=form)


@post("/comptoir/scan", guards=[DESK])
async def create(request: AnyRequest) -> Response[Any]:
    typed = await forms.read(request, Typed)
    if typed.tournee:
        return await rounds.scanned(request=request, code=typed.code, whom=typed.tournee)
    order = await _order(typed.code)
    if order is not None:
        return await loop.brought_order(request=request, code=order, whom=typed.qui)
    code = await _label(typed.code)
    if code is not None:
        label = Label(code, typed.key or codes.random_id(), bool(typed.quand_meme), typed.raison)
        return await loop.scanned(request=request, label=label, whom=typed.qui)
    if typed.guichet:
        return await _in_loop(request=request, typed=typed, whom=typed.qui)
    return await _elsewhere(request=request, typed=typed)


@told(loop.brought_nobody)
async def _in_loop(request: AnyRequest, typed: Typed, whom: str) -> Response[Any]:
    to = await _address(typed.code, LOOP) if typed.code else f"{loop.HERE}?qui={quote(whom)}"
    return redirect(request, to)


@forms.again(_page)
async def _elsewhere(request: AnyRequest, typed: Typed) -> Response[Any]:
    return redirect(request, await _address(typed.code, FILE) if typed.code else "/comptoir")


async def _label(typed: str) -> str | None:
    """The code of a scanned label, known or not, or of a typed one that some unit has."""
    understood = codes.understand(typed)
    if isinstance(understood, Unit):
        return understood.code
    if isinstance(understood, TypedCode) and await lending.is_unit(understood.code):
        return understood.code
    return None


async def _order(typed: str) -> str | None:
    """The code of an order, scanned or typed; a scanned one also where nothing has it (S2)."""
    understood = codes.understand(typed)
    if isinstance(understood, Order):
        return understood.code
    if isinstance(understood, TypedCode) and await orders.is_ticket(understood.code):
        return understood.code
    return None


async def _address(typed: str, ways: _Ways) -> str:
    """Where a text leads. Raises the refusal of a code that leads nowhere and is no name."""
    understood = codes.understand(typed)
    if isinstance(understood, CodeUnreadable):
        return await _of_name(typed, understood, ways)
    return await _of_code(typed, understood, ways)


async def _of_code(typed: str, parsed: Parsed, ways: _Ways) -> str:
    match parsed:
        case TypedCode(code=code):
            found = await vouchers.find_voucher(code)
            return await (_of_voucher(found) if found else _of_name(typed, None, ways))
        case PaperCard() | PhoneCard():
            return await _of_card(await read_card(parsed), ways)
        case Unit() | Order():
            raise CodeLeadsNowhere  # both were looked for before
        case codes.Voucher():
            return await _of_scanned(parsed)


async def _of_card(card: Shown, ways: _Ways) -> str:
    """Who has something to fetch or to bring back, or a seat in what is on, comes for that (L27, A2)."""
    comes = ways is LOOP or await _has_business(card.member)
    to = (LOOP if comes else ways).to(card.member.person_public_id, "carte")
    return f"{to}&fait=carte-ancienne" if card.stale else to


async def _has_business(member: Member) -> bool:
    return (
        await gestures.has_business(member.household_id)
        or await orders.has_ready(member.household_id)
        or bool(await activities.expected(member.person_id, None))
    )


async def _of_scanned(parsed: codes.Voucher) -> str:
    if not codes.is_genuine(parsed, keyring.signing_keys()):
        raise CodeForged
    found = await vouchers.find_scanned(parsed.long_id)
    if found is None:
        raise CodeLeadsNowhere
    return await _of_voucher(found)


async def _of_voucher(voucher: VoucherPage) -> str:
    """Its claimant's vouchers, this one marked; whoever took it may have left since."""
    holder = await membership.find_member(voucher.claimant_id)
    if holder is None:
        raise CodeLeadsNowhere
    return f"/comptoir/personnes/{holder.person_public_id}/bons?bon={voucher.id}&par=bon"


async def _of_name(typed: str, otherwise: CodeUnreadable | None, ways: _Ways) -> str:
    """Names come in by the same field, and some have the letters of a code: look before refusing.

    `otherwise` is why it is no code; None: it is a right one that no voucher has.
    """
    found = await membership.search_people(typed, limit=2)
    if len(found) == 1:
        return ways.to(found[0].person_public_id, "recherche")
    if not found and otherwise is None:
        raise CodeLeadsNowhere
    if not found and isinstance(otherwise, CodeMistyped | ScannerLayout):
        raise otherwise
    return f"{ways.several}{quote(typed)}"

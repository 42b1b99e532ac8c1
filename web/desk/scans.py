"""The counter's one field: a card, a voucher, a code or a name leads to its page."""

from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Response, post

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.kit import clock, codes
from backend.kit.codes import (
    CodeMistyped,
    CodeUnreadable,
    Freshness,
    Order,
    PaperCard,
    Parsed,
    PhoneCard,
    ScannerLayout,
    TypedCode,
    Unit,
)
from backend.lending import queries as lending
from backend.membership import queries as membership
from backend.vouchers import keyring
from backend.vouchers import queries as vouchers
from backend.vouchers.queries import VoucherPage
from web.desk import frame
from web.desk.errors import CardGone, CodeForged, CodeLeadsNowhere
from web.desk.frame import DESK, AnyRequest


class Typed(msgspec.Struct):
    code: str = ""


async def _page(request: AnyRequest, form: Form | None = None) -> Response[str]:
    return await frame.page(request, "desk/scans/new.html", title="Rien trouvé", form=form)


@post("/comptoir/scan", guards=[DESK])
@forms.again(_page)
async def create(request: AnyRequest) -> Response[Any]:
    typed = (await forms.read(request, Typed)).code
    if not typed:
        return redirect(request, "/comptoir")
    return redirect(request, await _address(typed))


async def _address(typed: str) -> str:
    """Where a text leads. Raises the refusal of a code that leads nowhere and is no name."""
    understood = codes.understand(typed)
    if isinstance(understood, CodeUnreadable):
        return await _of_name(typed, understood)
    return await _of_code(typed, understood)


async def _of_code(typed: str, parsed: Parsed) -> str:
    match parsed:
        case TypedCode(code=code):
            found = await vouchers.find_voucher(code)
            if found:
                return await _of_voucher(found)
            known = await lending.is_unit(code)
            return await (_of_unit(code) if known else _of_name(typed, None))
        case PaperCard(token=token):
            card = await membership.find_paper_card(codes.hash_token(token))
            return _of_card(card)
        case PhoneCard():
            return await _of_phone(parsed)
        case Unit(code=code):
            return await _of_unit(code)
        case Order():
            raise CodeLeadsNowhere
        case codes.Voucher():
            return await _of_scanned(parsed)


async def _of_phone(parsed: PhoneCard) -> str:
    card = await membership.find_phone_card(parsed.card)
    if card is None:
        raise CardGone
    fresh = codes.freshness(parsed, card.secret, clock.now())
    if fresh is Freshness.FORGED:
        raise CodeForged
    stale = "&fait=carte-ancienne" if fresh is Freshness.STALE else ""
    return f"{_of_card(card)}{stale}"


async def _of_unit(code: str) -> str:
    if not await lending.is_unit(code):
        raise CodeLeadsNowhere
    return f"/comptoir/objets/{code}"


def _of_card(card: membership.CardHolder | None) -> str:
    if card is None:
        raise CardGone
    return f"{_file(card.member.person_public_id)}?par=carte"


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
    return f"{_file(holder.person_public_id)}/bons?bon={voucher.id}&par=bon"


async def _of_name(typed: str, otherwise: CodeUnreadable | None) -> str:
    """Names come in by the same field, and some have the letters of a code: look before refusing.

    `otherwise` is why it is no code; None: it is a right one that no voucher has.
    """
    found = await membership.search_people(typed, limit=2)
    if len(found) == 1:
        return f"{_file(found[0].person_public_id)}?par=recherche"
    if not found and otherwise is None:
        raise CodeLeadsNowhere
    if not found and isinstance(otherwise, CodeMistyped | ScannerLayout):
        raise otherwise
    return f"/comptoir/personnes?q={quote(typed)}"


def _file(person_public_id: str) -> str:
    return f"/comptoir/personnes/{person_public_id}"

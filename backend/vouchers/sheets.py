"""Vouchers on paper: what a sheet says, and its PDF (V37)."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from backend.kit import clock, formats, papers, qr, text, tile
from backend.kit.translations import translated as _
from backend.vouchers.queries import PlaceOfUse, VoucherPage

MOST_PLACES = 3
TEMPLATE = papers.BACKEND / "vouchers" / "papers" / "voucher.typ"


class Sheet(StrEnum):
    """One voucher a page, or four to cut."""

    A6 = "a6"
    A4 = "a4"


async def render(club: str, vouchers: Sequence[VoucherPage], sheet: Sheet) -> bytes:
    """The PDF of vouchers that can be used; printing itself is `service.print_voucher`."""
    data = {
        "title": _("Bons"),
        "club": club,
        "sheet": sheet,
        "until": _("Jusqu'au"),
        "help": _(
            "Montrez ce bon à la caisse. Il sert une seule fois. Si le club le réimprime,"
            " cette feuille ne marche plus."
        ),
        "vouchers": [words(each) for each in vouchers if each.payload is not None],
    }
    return await papers.render("vouchers", "voucher", data)


def words(voucher: VoucherPage) -> dict[str, Any]:
    """What stands on one voucher."""
    assert voucher.payload is not None
    return {
        "partner": voucher.partner_name,
        "title": voucher.terms.title,
        "label": voucher.label,
        "qr": papers.picture(qr.qr_svg(voucher.payload)),
        "qr_words": _("Code du bon, à taper aussi : %(code)s", code=voucher.grouped),
        "code": voucher.grouped,
        "tile": papers.picture(tile.tile_svg(voucher.household, 100)),
        "tile_name": tile.tile_name(voucher.household),
        "frieze": papers.picture(tile.tile_rows(voucher.household, 14, 1)),
        "name": voucher.claimant,
        "household": voucher.household,
        "until": formats.day(clock.paris(voucher.valid_until).date()),
        "places": [_place(shop) for shop in voucher.shops[:MOST_PLACES]],
        "conditions": voucher.terms.conditions,
    }


def _place(shop: PlaceOfUse) -> dict[str, str]:
    phone = text.show_phone(shop.phone) if shop.phone else ""
    where = (shop.street, f"{shop.postcode} {shop.town}".strip(), phone)
    return {"name": shop.name, "where": ", ".join(part for part in where if part)}

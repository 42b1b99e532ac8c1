"""Labels of copies: a QR code, and the same code in clear below (L33). Printing again changes nothing."""

from collections.abc import Sequence

import msgspec

from backend.kit import codes, papers, qr
from backend.kit.errors import N_, Invalid
from backend.lending.queries.copies import Copy, find_copies
from backend.places import queries as places

MOST = 400  # labels of one paper


class NothingToPrint(Invalid):
    slug = "labels_none"
    sentence = N_("Aucune étiquette n'est choisie.")
    next = N_("Cochez au moins un objet.")


class PlaceWrong(Invalid):
    """Facts: `most`, the places of a sheet."""

    slug = "label_place_wrong"
    sentence = N_("Cette planche a {most} places.")
    next = N_("Écrivez un nombre de 1 à {most}.")


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet of labels, or a roll with one a page; all in millimetres."""

    name: str
    width: float
    height: float
    across: int = 1
    down: int = 1
    left: float = 0
    top: float = 0
    gap: float = 0
    page: tuple[float, float] = (210, 297)

    @property
    def places(self) -> int:
        return self.across * self.down


# The sizes that paper shops sell; the first is what a drill, a book and a game can all wear.
SHEETS = {
    "a4-40": Sheet(
        name=N_("A4 : 40 de 48,5 × 25,4 mm"),
        width=48.5,
        height=25.4,
        across=4,
        down=10,
        left=8,
        top=21.5,
    ),
    "a4-65": Sheet(
        name=N_("A4 : 65 de 38,1 × 21,2 mm"),
        width=38.1,
        height=21.2,
        across=5,
        down=13,
        left=4.75,
        top=10.7,
        gap=2.5,
    ),
    "a4-24": Sheet(
        name=N_("A4 : 24 de 70 × 37 mm"),
        width=70,
        height=37,
        across=3,
        down=8,
        top=0.5,
    ),
    "a4-21": Sheet(
        name=N_("A4 : 21 de 70 × 42,3 mm"),
        width=70,
        height=42.3,
        across=3,
        down=7,
        top=0.45,
    ),
    "roll-62": Sheet(name=N_("Rouleau : 62 × 29 mm"), width=62, height=29, page=(62, 29)),
    "roll-57": Sheet(name=N_("Rouleau : 57 × 32 mm"), width=57, height=32, page=(57, 32)),
}


async def parts(unit_codes: Sequence[str]) -> list[list[Copy]]:
    """What one paper takes, in the order of names, then the next ones; copies lent no more have none."""
    found = await find_copies(list(unit_codes))
    return [found[at : at + MOST] for at in range(0, len(found), MOST)]


async def print_labels(unit_codes: Sequence[str], sheet: str, first: int = 1) -> bytes:
    """The PDF, beginning at a place of the first sheet (1 is the top left), so that a started one is used up.

    Of the first of `parts` alone. Raises NothingToPrint and PlaceWrong.
    """
    kind = SHEETS.get(sheet, SHEETS["a4-40"])
    if not 1 <= first <= kind.places:
        raise PlaceWrong(most=kind.places).at("place")
    found = await parts(unit_codes)
    if not found:
        raise NothingToPrint
    club = await places.club_name()
    labels = [_label(copy, club) for copy in found[0]]
    data = {
        "title": "Étiquettes",
        "club": club,
        "sheet": kind,
        "pages": _pages(kind, labels, first),
    }
    return await papers.render("lending", "labels", data)


def _label(copy: Copy, club: str) -> dict[str, str]:
    text = codes.text_of(codes.Unit(copy.code))
    return {
        "name": copy.name,
        "code": codes.grouped(copy.code),
        "where": copy.shelf,
        "club": club,
        "qr": papers.picture(qr.qr_svg(text)),
    }


def _pages(
    sheet: Sheet, labels: Sequence[dict[str, str]], first: int
) -> list[list[dict[str, object]]]:
    """Each label with its place from the corner of its page."""
    pages: list[list[dict[str, object]]] = []
    for number, label in enumerate(labels, first - 1):
        page, place = divmod(number, sheet.places)
        row, column = divmod(place, sheet.across)
        while len(pages) <= page:
            pages.append([])
        x = sheet.left + column * (sheet.width + sheet.gap)
        pages[page].append({**label, "x": x, "y": sheet.top + row * sheet.height})
    return pages

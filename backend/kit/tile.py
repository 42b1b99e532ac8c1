"""One household, one cement tile: a pure function from a public id to the inside of a 100 x 100 SVG.

The draw order and the tables are a contract (VERSION): a tile is printed on cards and vouchers, so
nothing here is ever reordered. What is new is appended under a new version.

A quarter is drawn in a 50 x 50 cell: (0,0) is the outer corner, (50,50) the heart of the tile. It is
repeated at 0, 90, 180 and 270 degrees around (50,50): that is the four-fold symmetry. The strings that
these functions give hold nothing of what was passed in but numbers, so a template may mark them safe.
"""

from functools import lru_cache
from typing import Final, NamedTuple

VERSION: Final = 1

COLOURS: Final = {
    "brique": "#A6432D",
    "brulee": "#6E2A20",
    "sauge": "#4F6B52",
    "moutarde": "#D99A1C",
    "encre": "#2B2E33",
    "platre": "#F4ECDD",
    "rose": "#DFB49B",
    "tilleul": "#BCC7AC",
    "sable": "#E6D6B8",
    "ardoise": "#5F7F88",
    "brume": "#C5D3D2",
}
WORDS: Final = {colour: colour for colour in COLOURS} | {
    "brulee": "brique brûlée",
    "platre": "plâtre",
}

PALETTES: Final = tuple(
    tuple(palette.split())
    for palette in (
        # ground, main, second, accent
        "platre brique encre moutarde",
        "platre sauge brique moutarde",
        "sable encre brique platre",
        "tilleul sauge platre brique",
        "rose brique platre encre",
        "moutarde encre platre brique",
        "brique platre moutarde encre",
        "sauge platre moutarde encre",
        "brume ardoise encre platre",
        "encre platre moutarde brique",
        "platre ardoise brique moutarde",
        "sable sauge encre brique",
        "brulee rose platre moutarde",
        "ardoise platre encre moutarde",
        "platre brulee rose sauge",
        "tilleul encre brique platre",
        "sable brique encre platre",
        "brume sauge platre brique",
        "tilleul brulee platre moutarde",
        "moutarde brulee platre sauge",
        "platre encre sauge moutarde",
        "rose ardoise platre brulee",
        "sauge sable brulee moutarde",
        "brulee moutarde platre rose",
    )
)


class Shape(NamedTuple):
    """One shape of a quarter: its colour as a place in the palette, and its path."""

    colour: int
    path: str
    more: str = ""


_TILT: Final = ' transform="translate(50 50) rotate(-45)"'
_GROUND, _MAIN, _SECOND, _ACCENT = range(4)

MOTIFS: Final[tuple[tuple[str, tuple[Shape, ...]], ...]] = (
    (
        "pétale",
        (
            Shape(_MAIN, "M50 50C22 50 5 33 5 5C33 5 50 22 50 50Z"),
            Shape(_ACCENT, "M43 43C29 41 19 31 16 16C31 19 41 29 43 43Z"),
            Shape(_SECOND, "M50 0V25C43 19 38 10 37 0ZM0 50H25C19 43 10 38 0 37Z"),
        ),
    ),
    (
        "rond",
        (
            Shape(_MAIN, "M0 0H45A45 45 0 0 1 0 45Z"),
            Shape(_GROUND, "M0 0H34A34 34 0 0 1 0 34Z"),
            Shape(_SECOND, "M0 0H25A25 25 0 0 1 0 25Z"),
            Shape(_ACCENT, "M50 27Q48 48 27 50H50Z"),
        ),
    ),
    (
        "étoile",
        (
            Shape(_MAIN, "M50 50V4L42 31ZM50 50L31 42L14 14Z"),
            Shape(_SECOND, "M50 50H4L31 42ZM50 50L42 31L14 14Z"),
            Shape(_ACCENT, "M0 0H13L0 13Z"),
        ),
    ),
    (
        "losange",
        (
            Shape(_MAIN, "M0 0H34L0 34Z"),
            Shape(_GROUND, "M0 0H12L0 12Z"),
            Shape(_SECOND, "M50 0V10L10 50H0V46L46 0Z"),
            Shape(_ACCENT, "M50 26V50H26Z"),
        ),
    ),
    (
        "tulipe",
        (
            Shape(
                _MAIN,
                "M0-9C17-14 24-32 20-49C9-44 3-34 0-24C-3-34-9-44-20-49C-24-32-17-14 0-9Z",
                _TILT,
            ),
            Shape(_ACCENT, "M0-30C7-38 7-50 0-60C-7-50-7-38 0-30Z", _TILT),
            Shape(_SECOND, "M50 40C43 32 43 20 50 10ZM40 50C32 43 20 43 10 50Z"),
        ),
    ),
    (
        "moulin",
        (
            Shape(_MAIN, "M50 50C20 50 0 30 0 0C14 20 32 30 50 30Z"),
            Shape(_SECOND, "M50 25C34 24 18 16 8 3C24 7 40 8 50 8Z"),
            Shape(_ACCENT, "M6.5 40a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0Z"),
        ),
    ),
    (
        "écaille",
        (
            Shape(_MAIN, "M50 50V4A46 46 0 0 0 4 50Z"),
            Shape(_GROUND, "M50 50V13A37 37 0 0 0 13 50Z"),
            Shape(_SECOND, "M50 50V20A30 30 0 0 0 20 50Z"),
            Shape(_ACCENT, "M50 50C39 48 31 42 29 29C42 31 48 39 50 50Z"),
            Shape(_SECOND, "M0 0H15A15 15 0 0 1 0 15Z"),
        ),
    ),
    (
        "treillis",
        (
            Shape(_MAIN, "M50 7H33L7 33V50H18V37L37 18H50Z"),
            Shape(_SECOND, "M0 0H20L0 20Z"),
            Shape(_ACCENT, "M50 27H41V41H27V50H50Z"),
        ),
    ),
)
_MILL: Final = 5  # a mill turned a quarter turns the other way: only half turns

CORNERS: Final[tuple[tuple[Shape, ...], ...]] = (
    (),
    (Shape(_ACCENT, "M0 0H11A11 11 0 0 1 0 11Z"),),
    (Shape(_SECOND, "M0 0H15A15 15 0 0 1 0 15Z"), Shape(_GROUND, "M0 0H9A9 9 0 0 1 0 9Z")),
    (Shape(_ACCENT, "M0 0H10V10H0Z"),),
    (
        Shape(_SECOND, "M0 0H16C16 6 12 8 8 8C8 12 6 16 0 16Z"),
        Shape(_ACCENT, "M0 0H6A6 6 0 0 1 0 6Z"),
    ),
    (Shape(_ACCENT, "M0 0H15V4.5H4.5V15H0Z"),),
)
HEARTS: Final[tuple[tuple[Shape, ...], ...]] = (
    (),
    (
        Shape(_GROUND, "M50 39A11 11 0 0 0 39 50H50Z"),
        Shape(_SECOND, "M50 44A6 6 0 0 0 44 50H50Z"),
    ),
    (Shape(_GROUND, "M50 40V50H40Z"), Shape(_ACCENT, "M50 45V50H45Z")),
    (Shape(_ACCENT, "M50 41A9 9 0 0 0 41 50H50Z"),),
    (Shape(_GROUND, "M50 42H42V50H50Z"), Shape(_MAIN, "M50 46H46V50H50Z")),
    (Shape(_GROUND, "M50 34L44 44L34 50H50Z"), Shape(_ACCENT, "M50 37L46 46L37 50H50Z")),
)
EDGES: Final[tuple[tuple[Shape, ...], ...]] = (
    (),
    (Shape(_ACCENT, "M50 0V6A6 6 0 0 1 44 0ZM0 50H6A6 6 0 0 0 0 44Z"),),
    (Shape(_MAIN, "M0 0H50V2.5H2.5V50H0Z"),),
)

# Where the four quarters stand. Each is a hair larger than its cell, so that no seam shows.
_SPOTS: Final = (
    "matrix(1.016 0 0 1.016 -.4 -.4)",
    "matrix(0 1.016 -1.016 0 100.4 -.4)",
    "matrix(-1.016 0 0 -1.016 100.4 100.4)",
    "matrix(0 -1.016 1.016 0 -.4 100.4)",
)
_JOINT: Final = '<path fill="none" stroke="#000" stroke-opacity=".14" d="M0 0H100V100H0Z"/>'


class Draw(NamedTuple):
    """What was drawn for a household; the order of the fields is the order of the draws."""

    motif: int
    palette: int
    turn: int
    corner: int
    heart: int
    edge: int


_SIZES: Final = (8, 24, 4, 6, 6, 3)


def tile_hash(public_id: str) -> int:
    """32-bit FNV-1a over the UTF-16 units, then murmur3's last mix: neighbours look nothing alike."""
    number = 2166136261
    units = public_id.encode("utf-16-le")
    for low, high in zip(units[::2], units[1::2], strict=True):
        number = ((number ^ (high << 8 | low)) * 16777619) & 0xFFFFFFFF
    number = ((number ^ (number >> 16)) * 2246822507) & 0xFFFFFFFF
    number = ((number ^ (number >> 13)) * 3266489909) & 0xFFFFFFFF
    return number ^ (number >> 16)


def tile_draw(public_id: str) -> Draw:
    """Each draw is the remainder of the number by its size; the whole quotient goes on."""
    number, drawn = tile_hash(public_id), []
    for size in _SIZES:
        number, place = divmod(number, size)
        drawn.append(place)
    return Draw(*drawn)


def tile_number(public_id: str) -> int:
    """The same for two ids whose tiles look alike, so that a club can keep each tile for one."""
    draw, number = tile_draw(public_id), 0
    turn = draw.turn % 2 if draw.motif == _MILL else draw.turn
    for place, size in zip(draw._replace(turn=turn), _SIZES, strict=True):
        number = number * size + place
    return number


def tile_name(public_id: str) -> str:
    """Its name for screen readers, paper and the telephone: "pétale sauge sur plâtre"."""
    draw = tile_draw(public_id)
    ground, main = PALETTES[draw.palette][:2]
    return f"{MOTIFS[draw.motif][0]} {WORDS[main]} sur {WORDS[ground]}"


@lru_cache(maxsize=4096)
def tile_inner(public_id: str) -> str:
    """The inside of the tile, 100 x 100, for an <svg>, a <symbol> or a <pattern>."""
    draw = tile_draw(public_id)
    fills = tuple(COLOURS[colour] for colour in PALETTES[draw.palette])
    turn = draw.turn % 2 * 2 if draw.motif == _MILL else draw.turn
    return "".join(
        (
            f'<path fill="{fills[0]}" d="M0 0H100V100H0Z"/>',
            _lay(MOTIFS[draw.motif][1], fills, f" rotate({turn * 90} 25 25)" if turn else ""),
            _lay(CORNERS[draw.corner], fills),
            _lay(HEARTS[draw.heart], fills),
            _lay(EDGES[draw.edge], fills),
            _JOINT,
        )
    )


def _lay(shapes: tuple[Shape, ...], fills: tuple[str, ...], turned: str = "") -> str:
    """One shape at a time, in its four places: a quarter never covers its neighbour's later shapes."""
    return "".join(
        f'<g transform="{spot}{turned}">'
        f'<path fill="{fills[shape.colour]}" d="{shape.path}"{shape.more}/></g>'
        for shape in shapes
        for spot in _SPOTS
    )


def tile_svg(public_id: str, px: int) -> str:
    """One tile. It is never the only sign, so it is silent: a name stands beside it."""
    return (
        f'<svg class="tile" width="{px}" height="{px}" viewBox="0 0 100 100" aria-hidden="true">'
        f"{tile_inner(public_id)}</svg>"
    )


def tile_symbol(public_id: str, key: str = "t") -> str:
    """An unseen SVG that holds the tile once; each `tile_use` on the page shows it again."""
    return f'<svg class="vh" aria-hidden="true">{_symbol(public_id, key)}</svg>'


def tile_use(public_id: str, key: str = "t") -> str:
    return (
        f'<svg viewBox="0 0 100 100" aria-hidden="true"><use href="#{_id(public_id, key)}"/></svg>'
    )


def tile_frieze(public_id: str, count: int, key: str = "f") -> str:
    """`count` tiles in a row, as wide as their place. Two on a page need two keys."""
    name = _id(public_id, key)
    uses = "".join(
        f'<use href="#{name}" x="{place * 100}" width="100" height="100"/>'
        for place in range(count)
    )
    return (
        f'<svg class="band" viewBox="0 0 {count * 100} 100" aria-hidden="true">'
        f"{_symbol(public_id, key)}{uses}</svg>"
    )


def tile_rows(public_id: str, columns: int, rows: int) -> str:
    """A floor of tiles for paper: each drawn, since not every reader of SVG knows symbols."""
    tiles = "".join(
        f'<g transform="translate({column * 100} {row * 100})">{tile_inner(public_id)}</g>'
        for row in range(rows)
        for column in range(columns)
    )
    return f'<svg viewBox="0 0 {columns * 100} {rows * 100}" aria-hidden="true">{tiles}</svg>'


def tile_band(public_id: str, px: int, key: str = "b") -> str:
    """A band `px` high (a multiple of 2, or seams show), filled with as many tiles as fit."""
    name = _id(public_id, key)
    return (
        f'<svg class="band" height="{px}" aria-hidden="true"><defs>'
        f'<pattern id="{name}" width="{px}" height="{px}" patternUnits="userSpaceOnUse">'
        f'<g transform="scale({px / 100:g})">{tile_inner(public_id)}</g></pattern></defs>'
        f'<rect width="100%" height="{px}" fill="url(#{name})"/></svg>'
    )


def _symbol(public_id: str, key: str) -> str:
    return (
        f'<symbol id="{_id(public_id, key)}" viewBox="0 0 100 100">{tile_inner(public_id)}</symbol>'
    )


def _id(public_id: str, key: str) -> str:
    """An id made of numbers only, whatever the public id is made of."""
    return f"{key}{tile_hash(public_id):08x}"

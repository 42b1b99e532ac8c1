"""Where something stands, as staff copy it from a map: two fields, or both in the first one."""

import re

from backend.kit.errors import N_, Invalid

_NUMBER = r"[-+]?[0-9]{1,3}(?:[.,][0-9]{1,15})?"
_ONE = re.compile(_NUMBER)
# From a map's address bar: "48.9356, 2.3539"; with decimal commas a semicolon or a space parts them.
_BOTH = re.compile(rf"(?P<latitude>{_NUMBER})(?:\s*[;]\s*|\s*,\s+|\s+)(?P<longitude>{_NUMBER})")
_TIGHT = re.compile(r"(?P<latitude>[-+]?[0-9]+\.[0-9]+),(?P<longitude>[-+]?[0-9]+\.[0-9]+)")

Point = tuple[float, float]


class CoordinatesUnreadable(Invalid):
    slug = "coordinates_unreadable"
    sentence = N_("Nous ne comprenons pas ces coordonnées.")
    next = N_("Copiez-les d'une carte, par exemple 48.9356 et 2.3539.")


def read(latitude: str, longitude: str) -> Point | None:
    """Degrees, or None when both are empty. Raises CoordinatesUnreadable at its field."""
    if not latitude.strip() and not longitude.strip():
        return None
    both = _BOTH.fullmatch(latitude.strip()) or _TIGHT.fullmatch(latitude.strip())
    if both and not longitude.strip():
        latitude, longitude = both["latitude"], both["longitude"]
    return _degrees("latitude", latitude, 90), _degrees("longitude", longitude, 180)


def show(degrees: float | None) -> str:
    """With a point, as maps write it; "" when it is not known."""
    return "" if degrees is None else f"{degrees:.6f}".rstrip("0").rstrip(".")


def _degrees(field: str, text: str, most: int) -> float:
    match = _ONE.fullmatch(text.strip())
    value = float(match[0].replace(",", ".")) if match else most + 1.0
    if abs(value) > most:
        raise CoordinatesUnreadable().at(field)
    return value

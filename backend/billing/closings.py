"""The paper of a closed drawer: what was counted, what was expected, who signs (B9)."""

from backend.billing.drawers import Drawer
from backend.kit import formats, papers
from backend.kit.database import transaction


async def print_close(drawer: Drawer) -> bytes:
    """The close as a PDF: the first print is kept, every later one is the same. Raises DrawerNotOpen."""
    key = f"drawer:{drawer.public_id}"
    kept = await papers.issued(key)
    if kept is not None:
        return kept
    made = await papers.render("billing", "drawer", _printed(drawer))
    async with transaction():
        return await papers.issue(key, made)


def _printed(drawer: Drawer) -> dict[str, object]:
    """What the paper says; it is kept word for word."""
    assert drawer.closed_at is not None
    assert drawer.counted_cents is not None
    assert drawer.kept_cents is not None
    difference = drawer.difference_cents or 0
    lines = [
        ("Compté à l'ouverture", drawer.float_cents),
        ("Espèces reçues", drawer.taken_cents),
        ("Espèces rendues", -drawer.given_cents),
        ("Porté à la banque avant la fermeture", drawer.banked_cents - drawer.deposited_cents),
        ("Attendu à la fermeture", drawer.expected_cents),
        ("Compté à la fermeture", drawer.counted_cents),
        ("Écart", difference),
        ("Porté à la banque à la fermeture", drawer.banked_cents),
        ("Reste dans la caisse", drawer.kept_cents),
    ]
    return {
        "title": "Fermeture de caisse",
        "site": drawer.site or "Comptoir",
        "opened": f"Ouverte le {formats.moment(drawer.opened_at)} par {drawer.opened_by}",
        "closed": f"Fermée le {formats.moment(drawer.closed_at)} par {drawer.closed_by}",
        "lines": [
            {"what": what, "amount": formats.euros(cents), "strong": what.startswith(STRONG)}
            for what, cents in lines
        ],
        "reason": drawer.reason or "",
        "counts": [
            {"piece": formats.euros(cents), "pieces": pieces, "sum": formats.euros(cents * pieces)}
            for cents, pieces in drawer.counts
        ],
        "sign": "Signature",
    }


STRONG = ("Attendu", "Compté à la f", "Écart")

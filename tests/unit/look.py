"""A stand-in for the shell, so that layouts and macros are seen without a club: only what base.html promises."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from backend.http.labels import labelled
from backend.kit import tile
from backend.kit.errors import Missing
from backend.kit.translations import FRENCH, translated

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "web" / "templates"
SPACES = {
    "public": ("/", "Rejoindre"),
    "member": ("/accueil", "Accueil"),
    "show": ("/bons", "Bon"),
    "desk": ("/comptoir", "Journée"),
    "office": ("/gestion", "Adhérents"),
    "till": ("/caisse", "Caisse"),
    "portal": ("/partenaire", "Accueil"),
    "insurer": ("/assureur", "Demandes"),
    "error": ("/", "Erreur"),
}


def environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.install_gettext_translations(FRENCH, newstyle=True)  # type: ignore[attr-defined]
    env.filters.update(translated=translated, labelled=labelled)
    env.globals["asset"] = lambda name: f"/static/build/{name}"
    for name in ("svg", "name", "frieze", "band", "symbol", "use"):
        env.globals[f"tile_{name}"] = getattr(tile, f"tile_{name}")
    env.filters["euros"] = lambda cents: f"{cents // 100},{cents % 100:02d} €"
    for name in ("day", "hour", "moment", "month"):
        env.filters[name] = str
    return env


def context(space: str, **more: Any) -> dict[str, Any]:
    """What web/shell gives a page of this space."""
    href, label = SPACES[space]
    return {
        "page": SimpleNamespace(title="Essai", space=space, lang="fr", dir="ltr", theme=""),
        "club": SimpleNamespace(name="Le Club de l’Orme"),
        "url": href,
        "nav": [
            {"href": href, "label": label, "icon": "house", "current": True},
            {"href": "/aide", "label": "Aide", "icon": "circle-help", "current": False, "count": 3},
        ],
        "me": SimpleNamespace(
            name="Samira Belkacem", tile="ORM-4488", roles=["member"], home="/accueil"
        ),
        "csrf_token": "a-token",
        "csp_nonce": "a-nonce",
        "demo": False,
        "flash": [],
        "refusal": Missing(),
        "request_id": "r-1",
        "day": date(2026, 11, 24),
        **more,
    }

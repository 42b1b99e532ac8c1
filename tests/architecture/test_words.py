"""No French text of a surface, nor of a reader of lists, stands outside gettext: what nobody marked stays French in every language."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.code import called, files, short, tree

MARKS = {"_", "N_", "translated", "ngettext"}
# The headings of a list that is taken away as a file: what reads such a list back knows them by name.
HEADINGS = {"Column"}
# A terminal speaks to whoever installs the house; the API's own document is in English.
ELSEWHERE = ("web/cli.py", "web/commands/", "partners/api/")
# Where the club says line by line what is wrong with a list, or who comes to a session.
READERS = (
    "backend/activities/queries/lists.py",
    "backend/activities/printing.py",
    "backend/kit/hours.py",
    "backend/lending/cells.py",
    "backend/lending/lists.py",
    "backend/lending/member_rows.py",
    "backend/lending/service/bulk.py",
    "backend/lending/service/importing.py",
    "backend/lending/service/member_lists.py",
    "backend/places/cells.py",
    "backend/places/imports.py",
    "backend/places/points.py",
)
# Cells of such lists, plain as their headings; and what is read in cells, never said.
CELLS = {
    "backend/kit/hours.py": {
        "fermé",
        r"(?:de )?(?P<opens>[^-–à]+?)\s*(?:-|–|à)\s*(?P<closes>[^-–à]+)",
    },
    "backend/lending/lists.py": {"DE", "Zs"},
    "backend/lending/member_rows.py": {"réduit"},
    "backend/places/cells.py": {
        "allée",
        "résidence",
        "rez de chaussee",
        "à",
        "([ '’-])",
        r"(?:r ?\+ ?)?(?P<floor>-?[0-9]{1,2}) ?(?:er|e|eme|ème)?",
    },
    "backend/places/imports.py": {"Ã[\u00a0-\u00bf©¨ª«®¯´¹»¢§€‰ˆ]|â€"},
    "partners/portal/statements.py": {"Annulé", "Compté"},
    "web/office/reach.py": {"Usage interne : moins de ", " personnes, ne pas transmettre."},
    "web/office/accounts.py": {
        "Paiement",
        "Remboursement",
        "Repris par la banque",
        "Rendu par la banque",
        "Remboursement revenu",
    },
}
# In addresses, forms and files: "/bilan-des-prets/{public_id:str}", "?le=".
NAME = re.compile(r"[a-z0-9_./?&=:#{}-]*")
LABEL = re.compile(r"[A-ZÀÉÊ][a-zà-ÿ’ ]*[a-zà-ÿ]")
FRENCH = re.compile(
    r"[àâçèéêîôùœ«»’]|\b[cdjlns]'[a-zé]"
    r"|\b(?:au|aux|avec|de|des|du|est|et|la|le|les|nous|ou|par|pas|pour|sur|un|une|vos|votre|vous)\b",
    re.IGNORECASE,
)


def said(text: str) -> bool:
    """A label, or words of a sentence; never the name of something."""
    return not NAME.fullmatch(text) and bool(LABEL.fullmatch(text) or FRENCH.search(text))


def unmarked(module: ast.AST) -> Iterator[str]:
    """French text that goes to no mark; comments on the code (docstrings) are in English anyway."""
    apart = {
        id(inner)
        for node in ast.walk(module)
        if (isinstance(node, ast.Call) and called(node) in MARKS | HEADINGS)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__")
        for inner in ast.walk(node)
    }
    for node in ast.walk(module):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in apart and said(text):
                yield text


SURFACES = [path for path in files("web", "partners") if not short(path).startswith(ELSEWHERE)]
SURFACES += [path for path in files("backend") if short(path) in READERS]


def test_surfaces_are_found():
    assert len(SURFACES) > 150
    assert set(READERS) <= {short(path) for path in SURFACES}


@pytest.mark.parametrize("path", SURFACES, ids=short)
def test_surface_marks_what_it_says(path: Path):
    """UX5: every sentence is there for the catalogues, N_ where it is declared, _ where it is said."""
    assert set(unmarked(tree(path))) == CELLS.get(short(path), set())


@pytest.mark.parametrize(
    "source",
    [
        'page(title="Étiquettes")',
        'page(title="Tout")',
        'PLACES = (("/comptoir", "Mon poste", "sun"),)',
        'said = f"Prêt de {days}"',
        'said = f"{count} jours avant la fin"',
        'said = "Changer d\'avis"',
        'said = _("Oui") if yes else "Non"',
    ],
)
def test_text_is_refused_when_nobody_marked_it(source: str):
    assert len(list(unmarked(ast.parse(source)))) == 1


@pytest.mark.parametrize(
    "source",
    [
        'page(title=_("Étiquettes"))',
        'PLACES = (("/comptoir", N_("Mon poste"), "sun"),)',
        'said = ngettext("%(num)s jour avant la fin", "%(num)s jours avant la fin", count)',
        'redirect(to="/gestion/bilan-des-prets?du=", said="pret-perdu-pour-de-bon")',
        'COLUMNS = (Column("Payé par"),)',
        'def say():\n    """As in « du mardi 24 »."""',
        '__all__ = ["Asked"]',
    ],
)
def test_text_is_accepted_when_it_is_marked_or_read_by_a_machine(source: str):
    assert list(unmarked(ast.parse(source))) == []

"""Every refusal is named once, said in plain French, and says what to do next."""

import importlib
import re

import pytest

from backend.kit.errors import DomainError, all_errors
from tests.architecture.code import ROOT, files

FAMILIES = {"Missing", "Denied", "Refused", "Invalid", "Busy", "Unavailable", "DomainError"}


def load_everything() -> None:
    for path in files("backend", "web", "partners"):
        relative = path.relative_to(ROOT).with_suffix("")
        if relative.parts[:2] != ("backend", "sandbox") and path.stem != "__main__":
            importlib.import_module(".".join(relative.parts).removesuffix(".__init__"))


load_everything()
OURS = [
    error for error in all_errors("backend", "web", "partners") if error.__name__ not in FAMILIES
]


def name(error: type[DomainError]) -> str:
    return error.__name__


@pytest.mark.parametrize("error", OURS, ids=name)
def test_refusal_is_whole(error):
    """UX5: each refusal names its reason and the next step, in sentences of at most 15 words."""
    assert re.fullmatch(r"[a-z][a-z0-9_]+", error.slug)
    assert error.status in {400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503}
    for said in (error.sentence, error.next):
        assert said.strip().endswith((".", "!", "?")), said
        for sentence in re.split(r"(?<=[.!?:])\s", said):
            assert len(sentence.split()) <= 15, sentence


def test_slugs_are_unique():
    """A till's program decides by slug: two refusals never share one."""
    own: dict[str, list[str]] = {}
    for error in OURS:
        if "slug" in vars(error):
            own.setdefault(error.slug, []).append(error.__name__)
    assert {slug: names for slug, names in own.items() if len(names) > 1} == {}

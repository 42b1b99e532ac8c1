"""A form of the counter that is sent twice at once: a double press, a page that was slow."""

import asyncio
import re

import pytest

from backend.kit.database import fetch_value
from backend.membership.service import Joined
from tests.integration.desk.conftest import Counter

PEOPLE = "SELECT count(*) FROM person"
NAMES = {"given_name": "Bob", "family_name": "Leroy"}


@pytest.mark.parametrize("form", ["adult", "child", "joining"])
async def test_one_person_is_written_when_a_form_comes_three_times_at_once(
    desk: Counter, odette: Joined, form: str
) -> None:
    """M5, M6: the page's own key makes one person of it, and all three lead to the same place."""
    at = f"/comptoir/personnes/{odette.person_public_id}/foyer"
    paths = {
        "adult": f"{at}/adulte",
        "child": f"{at}/enfant",
        "joining": "/comptoir/adhesions/nouvelle",
    }
    page = (await desk.browser.get(paths[form])).text
    own = rf'action="{paths[form]}">.*?name="key" value="(\w+)"'
    [key] = re.findall(own, page, re.DOTALL)
    said = {**NAMES, "key": key, **({"home": "voisin"} if form == "joining" else {})}
    before = await fetch_value(PEOPLE)
    led = await asyncio.gather(*(desk.done(paths[form], **said) for _ in range(3)))
    assert len(set(led)) == 1
    assert await fetch_value(PEOPLE) == before + 1
    await desk.browser.get(paths[form])
    await desk.done(paths[form], **{**said, "key": "another page"})
    assert await fetch_value(PEOPLE) == before + 2

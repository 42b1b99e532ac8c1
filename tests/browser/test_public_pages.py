"""Pages anybody may open, seen on a phone."""

import pytest

from tests.browser.look import assert_good_page


@pytest.mark.parametrize("path", ["/"])
async def test_public_page_is_good_on_a_phone(phone, path):
    """UX2, UX7, D5: axe, 320 px and targets on every public page."""
    await phone.goto(path)
    await assert_good_page(phone)

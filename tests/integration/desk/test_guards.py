"""Every address of the counter, opened by those who must stay out."""

import pytest
from litestar.handlers import HTTPRouteHandler

from backend.audit.service import SYSTEM
from backend.vouchers import queries, service
from tests import sign_in
from tests.factories import add_market, add_member
from tests.integration.desk.conftest import Counter
from web.desk.routes import HANDLERS

ROUTES = [
    (method, path)
    for handler in HANDLERS
    if isinstance(handler, HTTPRouteHandler)
    for path in handler.paths
    for method in sorted(handler.http_methods)
    if method in {"GET", "POST"}
]
MANAGERS = {
    "/comptoir/personnes/{public_id:str}/paiements/{order:str}/annulation",
    "/comptoir/personnes/{public_id:str}/utilisations/{redemption:str}/annulation",
}


def filled(path: str) -> str:
    for name in ("public_id", "order", "redemption"):
        path = path.replace(f"{{{name}:str}}", "abc")
    return path


async def answered(desk: Counter, method: str, path: str) -> int:
    if method == "GET":
        return (await desk.browser.get(filled(path))).status_code
    return (await desk.send(filled(path))).status_code


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_counter_is_closed_to_members(desk: Counter, method, path):
    """SEC11: to a member no address of the counter exists, whatever stands in it."""
    alice = await add_member()
    await sign_in.as_tenant(desk.browser, desk.settings, alice.person_id)
    assert await answered(desk, method, path) == 404


@pytest.mark.parametrize(("method", "path"), [each for each in ROUTES if each[1] in MANAGERS])
async def test_undoing_is_closed_to_the_desk(desk: Counter, method, path):
    """SEC11: money and uses are taken back by a manager only."""
    assert len(MANAGERS) * 2 == len([each for each in ROUTES if each[1] in MANAGERS])
    assert await answered(desk, method, path) == 404


@pytest.mark.parametrize(
    ("method", "path"), [each for each in ROUTES if "{" in each[1] and each[1] not in MANAGERS]
)
async def test_nothing_is_found_when_the_person_does_not_exist(desk: Counter, method, path):
    """Never a bug, and never a hint of what is there: who lacks sudo is asked for it whoever it is."""
    dangerous = path.endswith("/effacement")
    assert await answered(desk, method, path) in ({303, 403} if dangerous else {404, 422})


async def test_voucher_of_another_household_is_unknown_in_this_file(desk: Counter, odette):
    """SEC11: what a form names must be of the household whose file is open."""
    alice = await add_member()
    market = await add_market()
    code = await service.claim(alice, market.offer.public_id, SYSTEM)
    voucher = await queries.find_voucher(code)
    assert voucher is not None
    at = f"/comptoir/personnes/{odette.person_public_id}/bons"
    for act in ("impression", "annulation"):
        assert (await desk.send(f"{at}/{act}", voucher=str(voucher.id))).status_code == 404
    again = await queries.find_voucher(code)
    assert again is not None
    assert again.life == "issued"

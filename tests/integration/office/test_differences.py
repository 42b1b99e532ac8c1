"""The treasurer's page of what Stripe and the books do not say alike."""

import httpx

from backend.billing import differences, reconciliations
from backend.billing.rules import DifferenceKind
from backend.jobs import reconciliation
from backend.kit import outbox
from backend.kit.database import fetch_value
from backend.sandbox.stripe.remote import Remote

HERE = "/gestion/ecarts"


async def test_a_difference_is_read_and_closed_by_a_named_person(office: httpx.AsyncClient, send):
    """B5, REL8: with what to do, a note, and the name of whoever closed it."""
    await differences.report(DifferenceKind.OBJECT, "ch_unknown", 467)
    read = await office.get(HERE)
    assert "Mouvement que le club" in read.text
    assert "4,67" in read.text
    public_id = (await differences.waiting())[0].public_id
    assert "compte 471" in (await office.get(f"{HERE}/{public_id}")).text
    missing = await send(f"{HERE}/{public_id}", {"note": " "})
    assert missing.status_code == 422
    assert len(await differences.waiting()) == 1
    closed = await send(f"{HERE}/{public_id}", {"note": "Remboursé chez Stripe."})
    assert closed.status_code == 303
    after = (await office.get(HERE)).text
    assert "Rien à régler." in after
    assert "Hélène Vasseur" in after
    assert "Remboursé chez Stripe." in after
    assert (await send(f"{HERE}/{public_id}", {"note": "Encore."})).status_code == 409
    assert (await office.get(f"{HERE}/nothing")).status_code == 404


async def test_a_reading_is_done_by_a_worker_when_it_is_asked_for(
    office: httpx.AsyncClient, send, stripe: Remote
):
    """B5: asked twice, it is one."""
    for _ in range(2):
        assert (await send(f"{HERE}/relecture")).status_code == 303
    assert await fetch_value("SELECT count(*) FROM outbox WHERE kind = 'reconcile'") == 1
    assert "Pas encore." in (await office.get(HERE)).text
    await outbox.drain(reconciliation.SENDS)
    assert await reconciliations.last() is not None
    assert "objet" in (await office.get(HERE)).text

"""What Stripe answered to what was asked of it, kept with the order as a use case of its own."""

from backend.billing.gateway import OpenedCheckout
from backend.kit.database import fetch, transaction


async def keep_charge(public_id: str, intent: str) -> None:
    async with transaction():
        await fetch(
            "UPDATE pay_order SET stripe_intent = $2 WHERE public_id = $1"
            " AND stripe_intent IS NULL",
            public_id,
            intent,
        )


async def keep_checkout(public_id: str, opened: OpenedCheckout) -> None:
    """Stripe's page is there: where to send the payer. The first answer stays."""
    async with transaction():
        await fetch(
            "UPDATE pay_order SET stripe_session = $2, checkout_url = $3, expires_at = $4"
            " WHERE public_id = $1 AND stripe_session IS NULL",
            public_id,
            opened.session_id,
            opened.url,
            opened.expires_at,
        )

"""What the nightly check reads: all that happened since a moment, page after page."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import stripe

from backend.billing.gateway import BalanceLine, PayoutFacts
from backend.billing.rules import PayoutStatus
from backend.billing.stripe.values import id_of, instant

PAGE = 100  # the most that Stripe gives at once


class Lister:
    def __init__(self, client: stripe.StripeClient) -> None:
        self.v1 = client.v1

    async def happened(self, since: datetime) -> AsyncIterator[str]:
        """The objects that events were about; Stripe keeps events for 30 days."""
        events = await self.v1.events.list_async(_since(since))
        async for event in events.auto_paging_iter():
            about = event.data.object.to_dict().get("id")
            if about is not None:
                yield about

    async def made(self, since: datetime) -> AsyncIterator[str]:
        """Payments, refunds, disputes, invoices and payouts, which outlive their events."""
        v1, span = self.v1, _since(since)
        for page in (
            await v1.payment_intents.list_async(span),
            await v1.invoices.list_async(span),
            await v1.refunds.list_async(span),
            await v1.disputes.list_async(span),
            await v1.payouts.list_async(span),
        ):
            async for one in page.auto_paging_iter():
                yield one.id

    async def lines(self, since: datetime) -> AsyncIterator[BalanceLine]:
        """Every movement of Stripe's balance, the newest first."""
        txns = await self.v1.balance_transactions.list_async(_since(since))
        async for txn in txns.auto_paging_iter():
            yield BalanceLine(
                line_id=txn.id,
                kind=txn.reporting_category,
                about=id_of(txn.source) if txn.source is not None else None,
                net_cents=txn.net,
                at=instant(txn.created),
            )

    async def balance(self) -> int:
        """Cents that Stripe holds for the club, those not yet available included."""
        found = await self.v1.balance.retrieve_async()
        available = sum(one.amount for one in found.available if one.currency == "eur")
        return available + sum(one.amount for one in found.pending if one.currency == "eur")

    async def invoices_of(self, subscription: str) -> list[str]:
        """The newest invoice, and every one that still waits for its money."""
        found = await self.v1.subscriptions.retrieve_async(subscription)
        waiting = await self.v1.invoices.list_async(
            {"subscription": subscription, "status": "open", "limit": PAGE}
        )
        newest = [id_of(found.latest_invoice)] if found.latest_invoice is not None else []
        return [*newest, *(one.id for one in waiting.data)]

    async def payout(self, payout_id: str) -> PayoutFacts:
        """A payout leaves the balance when it is made, and comes back to it when the bank refuses."""
        found = await self.v1.payouts.retrieve_async(
            payout_id, {"expand": ["balance_transaction", "failure_balance_transaction"]}
        )
        gone, back = found.balance_transaction, found.failure_balance_transaction
        return PayoutFacts(
            payout_id=found.id,
            status=PayoutStatus(found.status),
            amount_cents=found.amount,
            arrives_on=instant(found.arrival_date).date(),
            made_at=instant(found.created),
            fee_cents=gone.fee if isinstance(gone, stripe.BalanceTransaction) else 0,
            returned_at=instant(back.created)
            if isinstance(back, stripe.BalanceTransaction)
            else None,
        )


def _since(moment: datetime) -> Any:
    return {"created": {"gte": int(moment.timestamp())}, "limit": PAGE}

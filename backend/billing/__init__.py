"""Money: who pays, what for, what moved, and what the books say.

- payer: a name and an address as printed; a household or a partner points to one.
- order (pay_order): something to pay. Its state follows from its facts (`rules.OrderState`).
- movement, payment: money that moved for an order: a payment, a refund, a dispute, a dispute won.
- thread: all movements of one Stripe payment. A monthly order has one thread each month.
- receipt: numbered without gaps, printed for ever as it was issued.

What an order is for is not known here: its `kind` and `terms` belong to the capability that opened
it, and that one's `fulfil` is called with the facts (`gateway.Facts`) by `backend.jobs.inbox`.
"""

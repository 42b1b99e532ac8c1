"""The parameters of lists: pages and filters, by route."""

from typing import Annotated, Literal

import msgspec

from backend.sandbox.stripe.params import Params, Part, Text


class Range(Part):
    gt: int | None = None
    gte: int | None = None
    lt: int | None = None
    lte: int | None = None


Instant = Range | int | None


class Page(Params):
    ending_before: Text = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10
    starting_after: Text = ""


class Customers(Page):
    created: Instant = None
    email: Text | None = None


class Products(Page):
    active: bool | None = None
    created: Instant = None


class Prices(Page):
    active: bool | None = None
    created: Instant = None
    product: Text | None = None
    type: Literal["one_time", "recurring"] | None = None


class Sessions(Page):
    created: Instant = None
    customer: Text | None = None
    payment_intent: Text | None = None
    status: Literal["open", "complete", "expired"] | None = None
    subscription: Text | None = None


class ByCustomer(Page):
    created: Instant = None
    customer: Text | None = None


class Charges(ByCustomer):
    payment_intent: Text | None = None


class Subscriptions(ByCustomer):
    price: Text | None = None
    status: Text | None = None


class Invoices(ByCustomer):
    status: Literal["draft", "open", "paid", "uncollectible", "void"] | None = None
    subscription: Text | None = None


class InvoicePaymentOf(Part):
    type: Literal["payment_intent"]
    payment_intent: Text


class InvoicePayments(Page):
    invoice: Text | None = None
    payment: InvoicePaymentOf | None = None
    status: Literal["open", "paid", "canceled"] | None = None


class OfCharge(Page):
    charge: Text | None = None
    created: Instant = None
    payment_intent: Text | None = None


class Events(Page):
    created: Instant = None
    delivery_success: bool | None = None
    type: Text | None = None
    types: Annotated[list[str], msgspec.Meta(max_length=20)] | None = None


class Payouts(Page):
    arrival_date: Instant = None
    created: Instant = None
    status: Text | None = None


class BalanceTransactions(Page):
    created: Instant = None
    payout: Text | None = None
    source: Text | None = None
    type: Text | None = None

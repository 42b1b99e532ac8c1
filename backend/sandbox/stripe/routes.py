"""The API on one page: which method and path does what, with which parameters.

A path's {} is an id. `reads` gives an object, `lists` a page, `does` calls a function of the world.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from backend.sandbox.stripe import (
    balance,
    catalogue,
    checkout,
    filters,
    invoices,
    lists,
    params,
    payments,
    portal,
    refunds,
    subscriptions,
)
from backend.sandbox.stripe.params import Params
from backend.sandbox.stripe.sources import Obj
from backend.sandbox.stripe.world import World


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    params: type[Params]
    answer: Callable[..., Obj]

    def ids(self, method: str, path: str) -> list[str] | None:
        """The ids in this path, or None where the route is another one."""
        match = re.fullmatch(self.path.replace("{}", r"([\w-]+)"), path)
        return list(match.groups()) if match and method == self.method else None


def find(method: str, path: str) -> tuple[Route, list[str]] | None:
    for route in ROUTES:
        if (ids := route.ids(method, path)) is not None:
            return route, ids
    return None


def _reads(path: str, kind: str) -> Route:
    def read(world: World, _: Params, id_: str) -> Obj:
        return world.store.get(kind, id_)

    return Route("GET", path + "/{}", Params, read)


def _lists(path: str, kind: str, given: type[filters.Page]) -> Route:
    def list_(world: World, page: Any) -> Obj:
        return lists.page(world, kind, path, page)

    return Route("GET", path, given, list_)


def _does(method: str, path: str, given: type[Params], answer: Callable[..., Obj]) -> Route:
    return Route(method, path, given, answer)


ROUTES = [
    _does("POST", "/v1/customers", params.CustomerCreate, catalogue.create_customer),
    _does("POST", "/v1/customers/{}", params.CustomerUpdate, catalogue.update_customer),
    _does("DELETE", "/v1/customers/{}", Params, catalogue.delete_customer),
    _reads("/v1/customers", "customer"),
    _lists("/v1/customers", "customer", filters.Customers),
    _does("POST", "/v1/products", params.ProductCreate, catalogue.create_product),
    _reads("/v1/products", "product"),
    _lists("/v1/products", "product", filters.Products),
    _does("POST", "/v1/prices", params.PriceCreate, catalogue.create_price),
    _reads("/v1/prices", "price"),
    _lists("/v1/prices", "price", filters.Prices),
    _does("POST", "/v1/checkout/sessions", params.SessionCreate, checkout.create),
    _reads("/v1/checkout/sessions", "checkout.session"),
    _lists("/v1/checkout/sessions", "checkout.session", filters.Sessions),
    _does("POST", "/v1/checkout/sessions/{}/expire", Params, checkout.expire),
    _does("GET", "/v1/checkout/sessions/{}/line_items", filters.Page, lists.line_items),
    _does("POST", "/v1/payment_intents", params.PaymentIntentCreate, payments.create),
    _reads("/v1/payment_intents", "payment_intent"),
    _lists("/v1/payment_intents", "payment_intent", filters.ByCustomer),
    _does("POST", "/v1/payment_intents/{}/capture", params.Capture, payments.capture),
    _does("POST", "/v1/payment_intents/{}/cancel", Params, payments.cancel),
    _reads("/v1/payment_methods", "payment_method"),
    _does("POST", "/v1/payment_methods/{}/detach", Params, catalogue.detach),
    _reads("/v1/charges", "charge"),
    _lists("/v1/charges", "charge", filters.Charges),
    _does("GET", "/v1/balance", Params, balance.now_held),
    _reads("/v1/balance_transactions", "balance_transaction"),
    _lists("/v1/balance_transactions", "balance_transaction", filters.BalanceTransactions),
    _does("POST", "/v1/setup_intents", params.SetupIntentCreate, portal.create_setup_intent),
    _reads("/v1/setup_intents", "setup_intent"),
    _lists("/v1/setup_intents", "setup_intent", filters.ByCustomer),
    _reads("/v1/subscriptions", "subscription"),
    _lists("/v1/subscriptions", "subscription", filters.Subscriptions),
    _does("POST", "/v1/subscriptions/{}", params.SubscriptionUpdate, subscriptions.update),
    _does("DELETE", "/v1/subscriptions/{}", params.SubscriptionCancel, subscriptions.cancel),
    _reads("/v1/invoices", "invoice"),
    _lists("/v1/invoices", "invoice", filters.Invoices),
    _does("POST", "/v1/invoices/{}/void", Params, invoices.void),
    _reads("/v1/invoice_payments", "invoice_payment"),
    _lists("/v1/invoice_payments", "invoice_payment", filters.InvoicePayments),
    _does("POST", "/v1/refunds", params.RefundCreate, refunds.create),
    _reads("/v1/refunds", "refund"),
    _lists("/v1/refunds", "refund", filters.OfCharge),
    _reads("/v1/disputes", "dispute"),
    _lists("/v1/disputes", "dispute", filters.OfCharge),
    _does("POST", "/v1/disputes/{}/close", Params, refunds.accept_dispute),
    _does("POST", "/v1/billing_portal/sessions", params.PortalCreate, portal.create),
    _reads("/v1/events", "event"),
    _lists("/v1/events", "event", filters.Events),
    _reads("/v1/payouts", "payout"),
    _lists("/v1/payouts", "payout", filters.Payouts),
]

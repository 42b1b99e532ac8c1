"""The parameters the double understands, by route; a test compares their names with the SDK's.

An empty string means "not given" or, in an update, "remove". What Stripe knows and the double does
not simulate is refused as unknown, so that nobody relies on it by mistake.
"""

from typing import Annotated, Literal

import msgspec

Text = Annotated[str, msgspec.Meta(max_length=5000)]
Metadata = dict[str, Annotated[str, msgspec.Meta(max_length=500)]]
Method = Literal["card", "sepa_debit"]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Cents = Annotated[int, msgspec.Meta(ge=0, le=99_999_999)]


class Params(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    expand: list[str] = []


class Part(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An object inside the parameters."""


class Address(Part):
    city: Text = ""
    country: Text = ""
    line1: Text = ""
    line2: Text = ""
    postal_code: Text = ""
    state: Text = ""


class CustomerUpdate(Params):
    address: Address | None = None
    description: Text | None = None
    email: Text | None = None
    metadata: Metadata = {}
    name: Text | None = None
    phone: Text | None = None
    preferred_locales: list[str] | None = None


class CustomerCreate(CustomerUpdate):
    pass


class ProductCreate(Params):
    name: Text
    active: bool = True
    description: Text = ""
    id: Text = ""
    metadata: Metadata = {}


class Recurring(Part):
    interval: Literal["day", "week", "month", "year"]
    interval_count: Positive = 1


class ProductData(Part):
    name: Text
    description: Text = ""
    metadata: Metadata = {}


class PriceCreateProductData(Part):
    name: Text
    metadata: Metadata = {}


class PriceCreate(Params):
    currency: Text
    unit_amount: Cents
    active: bool = True
    lookup_key: Text = ""
    metadata: Metadata = {}
    nickname: Text = ""
    product: Text = ""
    product_data: PriceCreateProductData | None = None
    recurring: Recurring | None = None


class PriceData(Part):
    currency: Text
    unit_amount: Cents
    product: Text = ""
    product_data: ProductData | None = None
    recurring: Recurring | None = None


class Line(Part):
    price: Text = ""
    price_data: PriceData | None = None
    quantity: Positive = 1


class PaymentIntentData(Part):
    capture_method: Literal["automatic", "automatic_async", "manual"] = "automatic_async"
    description: Text = ""
    metadata: Metadata = {}
    receipt_email: Text = ""
    setup_future_usage: Literal["", "off_session", "on_session"] = ""
    statement_descriptor: Text = ""
    statement_descriptor_suffix: Text = ""


class SubscriptionData(Part):
    description: Text = ""
    metadata: Metadata = {}


class Message(Part):
    message: Text


class CustomText(Part):
    after_submit: Message | None = None
    submit: Message | None = None


class SetupIntentData(Part):
    description: Text = ""
    metadata: Metadata = {}


class SessionCreate(Params):
    mode: Literal["payment", "setup", "subscription"]
    billing_address_collection: Literal["auto", "required"] | None = None
    cancel_url: Text = ""
    currency: Text = ""
    client_reference_id: Annotated[str, msgspec.Meta(max_length=200)] = ""
    custom_text: CustomText | None = None
    customer: Text = ""
    customer_creation: Literal["always", "if_required"] | None = None
    customer_email: Text = ""
    expires_at: int | None = None
    line_items: Annotated[list[Line], msgspec.Meta(max_length=100)] = []
    locale: Text = ""
    metadata: Metadata = {}
    payment_intent_data: PaymentIntentData | None = None
    allowed_payment_method_types: list[Method] = msgspec.field(default_factory=lambda: ["card"])
    setup_intent_data: SetupIntentData | None = None
    success_url: Text = ""
    submit_type: Literal["auto", "pay", "book", "donate", "subscribe"] | None = None
    subscription_data: SubscriptionData | None = None
    ui_mode: Literal["hosted_page"] = "hosted_page"


class PaymentIntentCreate(Params):
    amount: Cents
    currency: Text
    customer: Text
    payment_method: Text
    confirm: bool
    off_session: bool
    capture_method: Literal["automatic", "automatic_async", "manual"] = "automatic_async"
    allowed_payment_method_types: list[Method] = msgspec.field(default_factory=lambda: ["card"])
    description: Text = ""
    metadata: Metadata = {}


class Capture(Params):
    amount_to_capture: Positive | None = None
    metadata: Metadata = {}


class SetupIntentCreate(Params):
    customer: Text = ""
    description: Text = ""
    metadata: Metadata = {}
    allowed_payment_method_types: list[Method] = msgspec.field(default_factory=lambda: ["card"])
    usage: Literal["off_session", "on_session"] = "off_session"


class SubscriptionUpdate(Params):
    cancel_at_period_end: bool | None = None
    description: Text | None = None
    metadata: Metadata = {}


class CancellationDetails(Part):
    comment: Text = ""


class SubscriptionCancel(Params):
    cancellation_details: CancellationDetails | None = None


class RefundCreate(Params):
    amount: Positive | None = None
    charge: Text = ""
    metadata: Metadata = {}
    payment_intent: Text = ""
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"] | None = None


class FlowRedirect(Part):
    return_url: Text


class FlowAfter(Part):
    type: Literal["hosted_confirmation", "portal_homepage", "redirect"]
    redirect: FlowRedirect | None = None


class FlowCancel(Part):
    subscription: Text


class FlowData(Part):
    type: Literal["payment_method_update", "subscription_cancel"]
    subscription_cancel: FlowCancel | None = None
    after_completion: FlowAfter | None = None


class PortalCreate(Params):
    customer: Text
    configuration: Text = ""
    flow_data: FlowData | None = None
    locale: Text = ""
    return_url: Text = ""

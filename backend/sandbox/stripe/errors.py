"""Refusals in Stripe's own shape: {"error": {type, code, param, message}}."""

from backend.sandbox.stripe.sources import Obj


class Refusal(Exception):
    """An answer of Stripe's that is not a success."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",  # noqa: A002 - Stripe's word
        code: str | None = None,
        param: str | None = None,
        payment_intent: Obj | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error: Obj = {"type": type, "message": message}
        if code is not None:
            self.error["code"] = code
            self.error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        if payment_intent is not None:
            self.error["payment_intent"] = payment_intent
        if param is not None:
            self.error["param"] = param


def missing(kind: str, id_: str, param: str = "id") -> Refusal:
    message = f"No such {kind}: '{id_}'"
    return Refusal(message, status=404, code="resource_missing", param=param)


def invalid(message: str, param: str | None = None, code: str | None = None) -> Refusal:
    return Refusal(message, param=param, code=code)


def unauthorized(message: str) -> Refusal:
    return Refusal(message, status=401)


def key_reused(key: str) -> Refusal:
    message = (
        "Keys for idempotent requests can only be used with the same parameters they were first "
        f"used with. Try using a key other than '{key}' if you meant to execute a different request."
    )
    return Refusal(message, type="idempotency_error")


def server_error() -> Refusal:
    return Refusal("An unknown error occurred (simulated).", status=500, type="api_error")


def busy() -> Refusal:
    return Refusal("Too many requests (simulated).", status=429, code="rate_limit")

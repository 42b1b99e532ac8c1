"""The remote control of a running double: each command of control.py and dashboard.py as a method."""

from types import TracebackType
from typing import Any, Self

import httpx

from backend.sandbox.stripe.sources import Obj


class Remote:
    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.AsyncClient(base_url=f"{url}/_double", trust_env=False, timeout=30)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    # What the payer and the bank do

    async def pay(self, session: str, **payment: str) -> Obj:
        """{"verdict", "code", "session"}. Give number= (a card), or iban=; email= and name=."""
        return await self._send("POST", f"/sessions/{session}/payment", payment)

    async def expire(self, session: str) -> Obj:
        return await self._send("POST", f"/sessions/{session}/expiry")

    async def end_debit(self, of: str, outcome: str) -> Obj:
        """A SEPA debit is `settled` or `failed`; `of` is an intent, charge, invoice or session."""
        return await self._send("POST", "/debits", {"of": of, "outcome": outcome})

    async def open_dispute(self, of: str, **facts: Any) -> Obj:
        return await self._send("POST", "/disputes", {"of": of, **facts})

    async def close_dispute(self, dispute: str, status: str) -> Obj:
        return await self._send("POST", f"/disputes/{dispute}/closure", {"status": status})

    async def refund(self, of: str, amount: int | None = None) -> Obj:
        return await self._send("POST", "/refunds", {"of": of, "amount": amount})

    async def advance(self, subscription: str, outcome: str = "paid") -> Obj:
        """One period passes; its payment is paid, failed or (SEPA) pending."""
        body = {"outcome": outcome}
        return await self._send("POST", f"/subscriptions/{subscription}/periods", body)

    async def collect_again(self, invoice: str, outcome: str = "paid") -> Obj:
        return await self._send("POST", f"/invoices/{invoice}/attempts", {"outcome": outcome})

    async def pay_out(self) -> Obj:
        return await self._send("POST", "/payouts")

    async def end_payout(self, payout: str, status: str = "paid") -> Obj:
        """It arrives (paid) or comes back (failed)."""
        return await self._send("POST", f"/payouts/{payout}/end", {"status": status})

    async def fail_refund(self, refund: str) -> Obj:
        return await self._send("POST", f"/refunds/{refund}/failure")

    async def charge_fee(self, amount: int) -> Obj:
        """Stripe takes its monthly fee from the balance."""
        return await self._send("POST", "/fees", {"amount": amount})

    async def settle_late(self) -> Obj:
        """With the mishap `late_balance`: the fees of what was paid are known now."""
        return await self._send("POST", "/late-balances")

    # What goes wrong

    async def fail_next(self, kind: str, path: str = "/v1/", **facts: Any) -> Obj:
        """refused, busy, lost or silent: see mishaps.Failure."""
        return await self._send("POST", "/failures", {"kind": kind, "path": path, **facts})

    async def forget_failures(self) -> None:
        await self._send("DELETE", "/failures")

    async def mishaps(self, **settings: Any) -> Obj:
        """copies, delay_ms, drop, hold, late_balance, off_session, retry_ms, shuffle; what is not named goes back to normal."""
        return await self._send("PUT", "/mishaps", settings)

    # Events on their way

    async def set_webhook(self, url: str, *secrets: str) -> Obj:
        return await self._send("PUT", "/webhook", {"url": url, "secrets": list(secrets)})

    async def deliveries(self) -> Obj:
        """{"tried": [{event, type, attempt, outcome}], "waiting": [event ids]}."""
        return await self._send("GET", "/deliveries")

    async def flush(self, order: str = "oldest") -> list[Obj]:
        """Deliver all that waits now; oldest, newest or shuffled first."""
        sent = await self._send("POST", "/deliveries/flush", {"order": order})
        tried: list[Obj] = sent["tried"]
        return tried

    async def redeliver(self, event: str, copies: int = 1) -> Obj:
        return await self._send("POST", "/deliveries", {"event": event, "copies": copies})

    async def throw_away(self) -> None:
        await self._send("DELETE", "/deliveries")

    async def envelope(self, event: str, *, age: int = 0, secret: str = "") -> tuple[str, str]:
        """Body and Stripe-Signature header of an event, for posting it by hand."""
        query = f"?age={age}&secret={secret}"
        sent = await self._send("GET", f"/events/{event}/envelope{query}")
        return sent["payload"], sent["signature"]

    async def envelopes(self) -> list[tuple[str, str]]:
        """All that waits, signed, oldest first; it does not wait any more."""
        waiting = (await self.deliveries())["waiting"]
        await self.throw_away()
        return [await self.envelope(event) for event in waiting]

    # What happened

    async def calls(self) -> Obj:
        """{"calls": [...], "by_path": {"POST /v1/refunds": 1}, "by_key": {...}}."""
        return await self._send("GET", "/calls")

    async def forget_calls(self) -> None:
        await self._send("DELETE", "/calls")

    async def get(self, object_id: str) -> Obj:
        return await self._send("GET", f"/objects/{object_id}")

    async def reset(self) -> None:
        await self._send("POST", "/reset")

    async def _send(self, method: str, path: str, body: Obj | None = None) -> Obj:
        answer = await self._http.request(method, path, json=body)
        if answer.is_error:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        result: Obj = answer.json() if answer.content else {}
        return result

"""A town in the middle of its day: what shops, members and payers send at once, and send again."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import httpx

from backend.billing import jobs as billing_jobs
from backend.http import csrf
from backend.jobs import inbox
from backend.kit import clock, codes, outbox
from backend.kit.database import fetch, fetch_value
from backend.membership.rules import Category
from backend.offers.rules import LimitPer
from backend.sandbox.stripe.remote import Remote
from backend.settings import Settings
from backend.vouchers import queries, service
from backend.vouchers.service import By
from tests import factories, sign_in
from tests.factories import Market

USES = 3  # vouchers that the shop validates in each round
DUES = "/compte/cotisation"
A_PAUSE = timedelta(minutes=10)  # longer than a lease, and than the first pauses after a failure
WAITING = (
    "SELECT key FROM outbox WHERE done_at IS NULL AND kind = ANY($1)"
    " UNION ALL SELECT event_id FROM inbox WHERE done_at IS NULL"
)


@dataclass(frozen=True)
class Door:
    """What a signed-in browser holds."""

    headers: dict[str, str]
    token: str


@dataclass
class Act:
    """One request that may be sent again. `good` is what its answer is when all went well."""

    name: str
    send: Callable[[], Awaitable[httpx.Response]]
    good: int
    key: str = ""
    heard: list[httpx.Response] = field(default_factory=list)

    async def attempt(self) -> bool:
        """Whether there was an answer; nobody there, or "later", is none."""
        try:
            answer = await self.send()
        except httpx.TransportError:
            return False
        if answer.status_code < 500:
            self.heard.append(answer)
        return answer.status_code < 500


@dataclass
class Town:
    http: httpx.AsyncClient
    settings: Settings
    stripe: Remote
    by: By
    market: Market
    rival: str
    member: Door
    codes: list[str]
    payers: list[tuple[int, Door]]
    payer: Door | None = None
    paid: str | None = None
    envelopes: list[tuple[str, str]] = field(default_factory=list)

    def round(self) -> list[Act]:
        """Three uses, one of them asked twice and by a second till too; a voucher; dues; a payment."""
        mine = [self.codes.pop() for _ in range(USES)]
        uses = [self._use(code, self.market.till.token) for code in mine]
        twin = Act("use", uses[0].send, 201, uses[0].key)
        return [
            *uses,
            twin,
            self._use(mine[1], self.rival),
            self._take(),
            self._order(),
            *self.back(),
        ]

    def _use(self, code: str, till: str) -> Act:
        key = codes.random_id()

        async def send() -> httpx.Response:
            headers = {"authorization": f"Bearer {till}", "idempotency-key": key}
            return await self.http.post("/api/v1/redemptions", json={"code": code}, headers=headers)

        return Act("use", send, 201, key)

    def _take(self) -> Act:
        path, key = f"/avantages/{self.market.offer.public_id}/bon", codes.random_id()
        return Act("take", lambda: self._post(self.member, path, key=key), 303, key)

    def _order(self) -> Act:
        _, door = self.payers[-1]
        return Act("order", lambda: self._post(door, f"{DUES}/payer", facon="online"), 303)

    async def _post(self, door: Door, path: str, **form: str) -> httpx.Response:
        return await self.http.post(
            path, data={csrf.FIELD: door.token, **form}, headers=door.headers
        )

    def back(self) -> list[Act]:
        """Who paid in the round before comes back, while Stripe tells us of it."""
        if self.paid is None or self.payer is None:
            return []
        path, door = f"{DUES}/paiements/{self.paid}", self.payer
        page = Act("pay", lambda: self.http.get(path, headers=door.headers), 200, self.paid)
        return [page, *(self._event(*envelope) for envelope in self.envelopes)]

    def _event(self, body: str, signature: str) -> Act:
        async def send() -> httpx.Response:
            headers = {"stripe-signature": signature}
            return await self.http.post("/hooks/stripe", content=body, headers=headers)

        return Act("event", send, 200)

    async def next_payer(self, number: int) -> None:
        """A household that has not paid."""
        joined = await factories.add_household(f"P{number}", "Martin", category=Category.TENANT)
        self.payers.append((joined.household_id, await open_door(self.settings, joined.person_id)))

    async def pay_at_stripe(self) -> None:
        """What the dead left on lease is done by others; then the newest payer pays."""
        await finish()
        household_id, self.payer = self.payers[-1]
        orders = await fetch(
            "SELECT o.public_id, o.stripe_session FROM pay_order o"
            " JOIN household h ON h.payer = o.payer WHERE h.id = $1",
            household_id,
        )
        assert len(orders) == 1, "the payer was to pay once"
        self.paid = orders[0]["public_id"]
        await self.stripe.pay(orders[0]["stripe_session"])
        self.envelopes = await self.stripe.envelopes()


async def open_town(
    http: httpx.AsyncClient, settings: Settings, stripe: Remote, by: By, rounds: int
) -> Town:
    market = await factories.add_market(limit_count=100, limit_per=LimitPer.HOUSEHOLD)
    rival = await factories.add_till(market.shop.id, "Caisse 2")
    alice = await factories.add_member()
    others = [await factories.add_member(name) for name in ("Bob", "Charlie")]
    taken = []
    for number in range(rounds * USES):
        holder = others[number % len(others)]
        code = await service.claim(holder, market.offer.public_id, by, codes.random_id())
        taken.append(str((await queries.voucher_page(holder.household_id, code)).payload))
    door = await open_door(settings, alice.person_id)
    return Town(http, settings, stripe, by, market, rival.token, door, taken, [])


async def open_door(settings: Settings, person_id: int) -> Door:
    async with httpx.AsyncClient(base_url=settings.base_url, verify=False, timeout=60) as browser:
        await sign_in.as_tenant(browser, settings, person_id)
        token = await sign_in.csrf_token(browser, settings)
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    return Door({"cookie": cookies}, token)


async def finish() -> None:
    """All that waits, as others would do it later: also what a dead process holds, or was told "busy"."""
    for pauses in range(1, 7):
        with clock.travel(pauses * A_PAUSE):
            while await outbox.drain(billing_jobs.SENDS):
                pass
            while await inbox.drain():
                pass
        if not await fetch(WAITING, list(billing_jobs.SENDS)):
            return
    raise RuntimeError("something waits for ever")


async def is_written(act: Act) -> bool:
    """Whether the act took effect, answered or not."""
    if act.name == "pay":
        found = await fetch_value(
            "SELECT p.id FROM payment p JOIN pay_order o ON o.id = p.pay_order"
            " WHERE o.public_id = $1",
            act.key,
        )
    else:
        found = await fetch_value("SELECT id FROM idempotency_key WHERE key = $1", act.key)
    return found is not None


async def all_at_once(acts: list[Act]) -> list[bool]:
    """For each, whether it was answered."""
    return await asyncio.gather(*(act.attempt() for act in acts))

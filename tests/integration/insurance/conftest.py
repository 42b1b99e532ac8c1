"""An insurer with a published offer, a building firm, and the pages of those who speak for them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.identity.rules import Role
from backend.insurance import queries, rules
from backend.insurance import service as insurance
from backend.insurance.queries import Offer
from backend.insurance.rules import ReferralKind, Slot
from backend.insurance.service import Ask, OfferWish
from backend.kit import clock
from backend.membership.queries import Member
from backend.merchants.rules import PartnerCategory, PartnerKind
from backend.merchants.service import NewPartner
from backend.settings import Settings
from tests import factories, sign_in
from tests.conftest import Database
from tests.typography import as_typed

PDF = b"%PDF-1.7\nune fiche\n%%EOF\n"
PRICES = (9_000, 10_000, 11_000, 12_000, 13_000, 14_000)


def whole(**change: Any) -> OfferWish:
    """An offer with all that the law asks for, unless `change` says otherwise."""
    today = clock.today()
    said: dict[str, Any] = {
        "title": "Assurance du palier",
        "carrier": "Mutuelle des Tuiles, Amiens",
        "intermediary": "Cabinet Gouttière, Amiens",
        "orias": "09 123 456",
        "complaint": "reclamations@gouttiere.example",
        "notice": rules.NOTICE,
        "prices": PRICES,
        "prices_from": today - timedelta(days=1),
        "prices_until": today + timedelta(days=200),
        "ipid": PDF,
        "ipid_on": today - timedelta(days=30),
        **change,
    }
    return OfferWish(**said)


async def add_insurer(name: str = "Cabinet Gouttière") -> queries.InsurerPage:
    public_id = await insurance.register_insurer(SYSTEM, name, "appels@gouttiere.example")
    found = await queries.find_insurer(public_id)
    assert found is not None
    return found


async def add_insurance(name: str = "Cabinet Gouttière", **change: Any) -> Offer:
    insurer = await add_insurer(name)
    public_id = await insurance.draft_offer(SYSTEM, insurer.id, whole(**change))
    drafted = await queries.find_offer(public_id)
    assert drafted is not None
    await insurance.publish_offer(SYSTEM, drafted.id)
    published = await queries.find_offer(public_id)
    assert published is not None
    return published


async def add_firm(name: str = "Plomberie Fildeau") -> NewPartner:
    return await factories.add_partner(
        name, kind=PartnerKind.FIRM, category=PartnerCategory.TRADES, email="fildeau@example.org"
    )


def wish(kind: ReferralKind, target: str, name: str, **change: Any) -> Ask:
    said: dict[str, Any] = {
        "kind": kind,
        "target": target,
        "contact": "06 39 98 12 34",
        "slot": Slot.EVENING,
        "agreed": True,
        "read": rules.agreement(name, kind),
        **change,
    }
    return Ask(**said)


async def ask_insurer(member: Member, offer: Offer, **change: Any) -> str:
    said = wish(ReferralKind.INSURER, offer.public_id, offer.insurer_name, **change)
    return await insurance.ask(SYSTEM, member, said)


async def ask_firm(member: Member, firm: NewPartner, name: str = "Plomberie Fildeau") -> str:
    return await insurance.ask(SYSTEM, member, wish(ReferralKind.FIRM, firm.public_id, name))


@dataclass
class Page:
    """One browser without JavaScript; `words` of a page, forms sent with their token."""

    client: httpx.AsyncClient
    settings: Settings

    async def words(self, path: str) -> str:
        answer = await self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return as_typed(answer.text)

    async def send(self, path: str, data: dict[str, Any] | None = None, **more: Any):
        return await sign_in.post(self.client, self.settings, path, data, **more)

    async def done(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> str:
        answer = await self.send(path, data, **more)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def as_member(self, member: Member) -> None:
        await sign_in.as_tenant(self.client, self.settings, member.person_id)

    async def as_agent(self, insurer_id: int) -> int:
        return await self._as_scoped(Role.INSURER, insurer_id)

    async def as_firm(self, partner_id: int) -> int:
        return await self._as_scoped(Role.MERCHANT, partner_id)

    async def _as_scoped(self, role: Role, scope_id: int) -> int:
        person_id = await factories.add_person("Sylvie", "Gouttière")
        await factories.add_role(person_id, role, scope_id)
        await sign_in.as_merchant(self.client, self.settings, person_id)
        return person_id

    async def as_manager(self) -> None:
        person_id = await factories.add_person("Hélène", "Vasseur")
        await factories.add_role(person_id, Role.MANAGER)
        await sign_in.as_staff(self.client, self.settings, person_id, sudo=True)


@pytest.fixture
async def page(client: httpx.AsyncClient, settings: Settings, db: Database) -> Page:
    return Page(client, settings)

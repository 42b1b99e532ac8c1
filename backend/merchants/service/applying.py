"""A firm asks to become a partner; the club says yes, with a contract to accept, or no with its reason."""

from datetime import timedelta

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.identity.rules import Role, neighbourhood
from backend.identity.service.roles import enlist, grant_role
from backend.identity.visits import Visit
from backend.kit import clock, codes, files, text
from backend.kit.database import fetch, fetch_value, once_more, transaction, within
from backend.kit.limits import Limit, spend
from backend.merchants import applications, rules
from backend.merchants.applications import ApplicationPage
from backend.merchants.errors import (
    ApplicationDecided,
    ApplicationUnknown,
    DetailMissing,
    RefusalUnexplained,
    SiretWrong,
    TradeMissing,
)
from backend.merchants.rules import Hours, PartnerCategory, PartnerKind
from backend.merchants.service.drawing import Draft, add_contract
from backend.merchants.service.partners import PartnerWish, add_partner
from backend.merchants.service.shops import ShopWish, add_shop
from backend.merchants.trades import BY_NUMBER
from backend.notifications import service as notifications
from backend.people.rules import Channel

DAY = timedelta(days=1)
BY_IP = Limit("merchants.apply.ip", 10, DAY)
BY_ADDRESS = Limit("merchants.apply.address", 3, DAY)
LONGEST = 2000


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """As typed. `trades`: numbers of the fixed list, for a building firm. `photo`: a picture's bytes."""

    name: str
    siret: str
    kind: PartnerKind
    category: PartnerCategory
    street: str
    postcode: str
    town: str
    given_name: str
    family_name: str
    email: str
    phone: str = ""
    story: str = ""
    trades: tuple[int, ...] = ()
    hours: tuple[Hours, ...] = ()
    photo: bytes | None = None


async def apply(visit: Visit, wish: Application) -> int | None:
    """Keeps it for staff and answers by e-mail; gives the letter's row, None where it came before.

    Ten a day for an IP, three for an address: a try is spent first. Raises Busy, and what is wrong
    with a field: SiretWrong, TradeMissing.
    """
    email = text.normalise_email(wish.email)
    siret = check(wish)
    await spend(BY_IP, neighbourhood(visit.ip))
    await spend(BY_ADDRESS, email)
    async with transaction():
        photo = None if wish.photo is None else await files.keep_picture(wish.photo)
        public_id = await _keep(wish, siret, email, photo)
        if public_id is None:
            return None
        await audit.note(
            "application.make",
            By(request_id=visit.request_id),
            object_kind="application",
            object_id=public_id,
        )
        return await _write(
            "partner.received", public_id, email, wish.given_name, partner=wish.name
        )


def check(wish: Application) -> str:
    """The SIRET's digits. Trades are a building firm's, from the list."""
    rules.check_hours(wish.hours)
    siret = rules.normalise_siret(wish.siret)
    if siret is None:
        raise SiretWrong().at("siret")
    firm = wish.kind is PartnerKind.FIRM
    if (firm and not wish.trades) or not set(wish.trades) <= set(BY_NUMBER):
        raise TradeMissing().at("trades")
    names = ("name", "street", "postcode", "town", "given_name", "family_name")
    empty = [name for name in names if not getattr(wish, name).strip()]
    if empty:
        raise DetailMissing(dict.fromkeys(empty, DetailMissing.sentence))
    return siret


@once_more
async def accept_application(by: By, public_id: str, draft: Draft) -> str:
    """The partner, its first shop, its merchant's account and a contract to accept; its public id.

    Raises ApplicationUnknown, ApplicationDecided, and what is wrong with the contract.
    """
    async with transaction():
        await _lock(public_id)
        asked = await applications.get_application(public_id)
        _check_waiting(asked)
        partner = await add_partner(by, _partner(asked))
        await add_shop(by, partner.id, await _shop(asked))
        person_id = await enlist(asked.given_name, asked.family_name, asked.email)
        await grant_role(by, person_id, Role.MERCHANT, partner.id)
        await fetch(
            "UPDATE partner_application SET decided_at = $2, decided_by = $3, partner = $4"
            " WHERE id = $1",
            asked.id,
            clock.now(),
            by.id,
            partner.id,
        )
        await add_contract(by, partner.id, draft)
        await audit.note("application.accept", by, object_kind="application", object_id=public_id)
    return partner.public_id


async def refuse_application(by: By, public_id: str, reason: str) -> None:
    """The firm is told why. Raises RefusalUnexplained, ApplicationUnknown, ApplicationDecided."""
    if not reason.strip():
        raise RefusalUnexplained().at("reason")
    async with transaction():
        await _lock(public_id)
        asked = await applications.get_application(public_id)
        _check_waiting(asked)
        await fetch(
            "UPDATE partner_application SET decided_at = $2, decided_by = $3, refused_because = $4,"
            " photo = NULL WHERE id = $1",
            asked.id,
            clock.now(),
            by.id,
            reason.strip()[:LONGEST],
        )
        if asked.photo is not None:
            await files.release(asked.photo)
        await audit.note("application.refuse", by, object_kind="application", object_id=public_id)
        await _write(
            "partner.refused",
            public_id,
            asked.email,
            asked.given_name,
            partner=asked.name,
            reason=reason.strip()[:LONGEST],
        )


async def _keep(wish: Application, siret: str, email: str, photo: int | None) -> str | None:
    """Its public id; None where one of the same SIRET waits already: a second tap is no second firm."""
    within()
    made: str | None = await fetch_value(
        "INSERT INTO partner_application (public_id, siret, name, kind, category, trades, story,"
        " hours, photo, street, postcode, town, given_name, family_name, email, phone, asked_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"
        " ON CONFLICT (siret) WHERE decided_at IS NULL DO NOTHING RETURNING public_id",
        codes.random_id(),
        siret,
        text.normalise_name(wish.name),
        wish.kind.value,
        wish.category.value,
        sorted(set(wish.trades)) if wish.kind is PartnerKind.FIRM else [],
        wish.story.strip()[:LONGEST],
        msgspec.json.encode(wish.hours).decode(),
        photo,
        wish.street.strip(),
        wish.postcode.strip(),
        wish.town.strip(),
        text.normalise_name(wish.given_name),
        text.normalise_name(wish.family_name),
        email,
        text.normalise_phone(wish.phone) if wish.phone else None,
        clock.now(),
    )
    return made


async def _lock(public_id: str) -> None:
    """Two of the staff do not answer the same firm twice."""
    within()
    row = await fetch(
        "SELECT 1 FROM partner_application WHERE public_id = $1 FOR NO KEY UPDATE", public_id
    )
    if not row:
        raise ApplicationUnknown


def _check_waiting(asked: ApplicationPage) -> None:
    if asked.decided_at is not None:
        raise ApplicationDecided


def _partner(asked: ApplicationPage) -> PartnerWish:
    return PartnerWish(
        name=asked.name,
        kind=asked.kind,
        category=asked.category,
        siret=asked.siret,
        story=asked.story,
        email=asked.email,
        phone=asked.phone,
    )


async def _shop(asked: ApplicationPage) -> ShopWish:
    photo = await applications.photo_of(asked.public_id)
    return ShopWish(
        name=asked.name,
        street=asked.street,
        postcode=asked.postcode,
        town=asked.town,
        phone=asked.phone,
        hours=asked.hours,
        photo=None if photo is None else photo.content,
    )


async def _write(kind: str, key: str, to: str, name: str, **values: object) -> int | None:
    return await notifications.queue(
        kind,
        f"{kind}:{key}",
        person_id=None,
        channel=Channel.EMAIL,
        to=to,
        values={"name": name, **values},
    )

"""The club itself: its name, its picture, how it names itself, its days of grace."""

import msgspec

from backend.audit import service as audit
from backend.audit.rules import differences
from backend.audit.service import By
from backend.kit import clock, files, papers, text
from backend.kit.database import fetch, fetch_value, transaction, within
from backend.places import queries, rules
from backend.places.errors import ClubMissing, LogoRefused

# On every page: the first view of a member's page weighs at most 100 kB.
MOST_LOGO = 50 * 1024


class ClubWish(msgspec.Struct, frozen=True, kw_only=True):
    """`grace_days`: how long a household stays a member after its last paid day.

    `debit_days`: how many business days a SEPA debit counts as paid before it arrives (B6).
    `opening_text`: a few words about when the club is open, for everybody.
    """

    name: str
    short_name: str = ""
    street: str = ""
    postcode: str = ""
    town: str = ""
    email: str = ""
    phone: str = ""
    rna: str = ""
    siret: str = ""
    grace_days: int = rules.GRACE_DAYS
    debit_days: int = rules.DEBIT_DAYS
    opening_text: str = ""


class SenderWish(msgspec.Struct, frozen=True, kw_only=True):
    """How the club names itself on mails and SMS; empty, the settings of the server do."""

    mail_name: str = ""
    reply_to: str = ""
    sms_sender: str = ""


async def save_club(wish: ClubWish, by: By) -> None:
    """The one row of this installation, made the first time."""
    rules.check_grace(wish.grace_days)
    rules.check_debit(wish.debit_days)
    values = _club_values(wish)
    async with transaction():
        before = await _values()
        await fetch(
            "INSERT INTO club (one, name, short_name, street, postcode, town, email, phone, rna,"
            " siret, grace_days, opening_text, updated_at, debit_days, mail_name, reply_to,"
            " sms_sender)"
            " VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '', '', '')"
            " ON CONFLICT ON CONSTRAINT club_one_key DO UPDATE SET name = $1, short_name = $2,"
            " street = $3, postcode = $4, town = $5, email = $6, phone = $7, rna = $8, siret = $9,"
            " grace_days = $10, opening_text = $11, updated_at = $12,"
            " debit_days = $13",
            *values,
        )
        await _note("club.saved", by, before)


async def save_senders(wish: SenderWish, by: By) -> None:
    """Raises ClubMissing, and the refusals of an address or a sender at their fields."""
    values = (
        " ".join(wish.mail_name.split()),
        text.normalise_email(wish.reply_to) if wish.reply_to else "",
        rules.normalise_sms_sender(wish.sms_sender),
    )
    async with transaction():
        before = await _values()
        await _update("mail_name = $2, reply_to = $3, sms_sender = $4", *values)
        await _note("club.senders", by, before)


async def set_logo(content: bytes, by: By) -> None:
    """On every page, and on the receipts to come. Raises LogoRefused and ClubMissing."""
    if len(content) > MOST_LOGO or not await papers.can_print(content):
        raise LogoRefused().at("logo")
    async with transaction():
        before = await _values()
        await _update("logo = $2", await files.keep_picture(content))
        await _note("club.logo", by, before)


async def remove_logo(by: By) -> None:
    """Its bytes stay: receipts that were issued under it are printed with it."""
    async with transaction():
        before = await _values()
        await _update("logo = NULL")
        await _note("club.logo", by, before)


async def _update(assignments: str, *values: object) -> None:
    changed = await fetch_value(
        f"UPDATE club SET updated_at = $1, {assignments} RETURNING id",  # noqa: S608 - our own words
        clock.now(),
        *values,
    )
    if changed is None:
        raise ClubMissing


async def _values() -> dict[str, object]:
    club = await queries.find_club()
    return {} if club is None else msgspec.structs.asdict(club)


async def _note(verb: str, by: By, before: dict[str, object]) -> None:
    """What was and what is, field by field, where they differ."""
    within()
    changes = differences(before, await _values())
    if changes:
        await audit.note(verb, by, object_kind="club", changes=changes)


def _club_values(wish: ClubWish) -> tuple[object, ...]:
    return (
        text.normalise_name(wish.name),
        wish.short_name.strip() or text.normalise_name(wish.name),
        wish.street.strip(),
        wish.postcode.strip(),
        wish.town.strip(),
        text.normalise_email(wish.email) if wish.email else "",
        text.normalise_phone(wish.phone) if wish.phone else "",
        rules.normalise_rna(wish.rna),
        rules.normalise_siret(wish.siret),
        wish.grace_days,
        wish.opening_text.strip(),
        clock.now(),
        wish.debit_days,
    )

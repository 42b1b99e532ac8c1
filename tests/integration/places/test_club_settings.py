"""The club's picture and names: set, refused, told field by field."""

import io
from typing import Any

import msgspec
import pytest
from PIL import Image

from backend.audit.service import SYSTEM
from backend.kit.database import fetch, fetch_value
from backend.kit.errors import DomainError, Invalid
from backend.membership import queries as membership_queries
from backend.places import errors, queries, service
from backend.places.service import ClubWish, SenderWish
from tests.conftest import Database
from tests.pictures import size

CLUB = ClubWish(name="Le Club de l'Orme", town="Ormeval")
SENDERS = SenderWish(mail_name="Le Club", reply_to="Contact@Example.org", sms_sender="ORME")


def picture(kind: str = "PNG", size: tuple[int, int] = (120, 60)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (166, 67, 45)).save(out, kind)
    return out.getvalue()


async def changes() -> list[tuple[str, dict[str, Any]]]:
    rows = await fetch("SELECT verb, facts ->> 'changes' AS changes FROM audit_entry ORDER BY id")
    return [(row["verb"], msgspec.json.decode(row["changes"])) for row in rows]


async def test_old_and_new_are_told_when_the_club_changes(db: Database) -> None:
    await service.save_club(CLUB, SYSTEM)
    await service.save_club(msgspec.structs.replace(CLUB, town="Orme", grace_days=45), SYSTEM)
    await service.save_club(msgspec.structs.replace(CLUB, town="Orme", grace_days=45), SYSTEM)
    _, (verb, told) = await changes()
    assert verb == "club.saved"
    assert told == {"town": ["Ormeval", "Orme"], "grace_days": [30, 45]}


async def test_the_senders_are_kept_when_the_club_is_saved_again(db: Database) -> None:
    await service.save_club(CLUB, SYSTEM)
    await service.save_senders(SENDERS, SYSTEM)
    await service.save_club(msgspec.structs.replace(CLUB, town="Orme"), SYSTEM)
    voice = await queries.voice()
    assert (voice.mail_name, voice.reply_to, voice.sms_sender) == (
        "Le Club",
        "contact@example.org",
        "ORME",
    )


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (SenderWish(reply_to="nobody"), "reply_to"),
        (SenderWish(sms_sender="L'Orme"), "sms_sender"),
        (SenderWish(sms_sender="12345"), "sms_sender"),
        (SenderWish(sms_sender="ab"), "sms_sender"),
    ],
)
async def test_a_sender_is_refused_when_no_operator_takes_it(
    db: Database, wish: SenderWish, field: str
) -> None:
    await service.save_club(CLUB, SYSTEM)
    with pytest.raises(Invalid) as refused:
        await service.save_senders(wish, SYSTEM)
    assert field in refused.value.fields or field == "reply_to"
    assert (await queries.voice()).reply_to == ""


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_the_picture_is_shown_when_it_is_set(db: Database, kind: str) -> None:
    await service.save_club(CLUB, SYSTEM)
    assert (await queries.face()).logo == ""
    await service.set_logo(picture(kind), SYSTEM)
    found = await queries.logo()
    assert found is not None
    assert found.media_type == f"image/{kind.lower()}"
    assert size(found.content) == size(picture(kind))
    assert (await queries.face()).logo.startswith("/logo?v=")
    await service.remove_logo(SYSTEM)
    assert await queries.logo() is None
    assert (await changes())[-1][1]["logo"][1] is None


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg/>", picture()[:40], b"\x89PNG\r\n\x1a\nxxxx", picture() + bytes(60_000)],
    ids=["empty", "svg", "cut", "fake", "large"],
)
async def test_a_picture_is_refused_when_no_paper_could_print_it(
    db: Database, content: bytes
) -> None:
    """A broken picture must not be found out on a member's receipt."""
    await service.save_club(CLUB, SYSTEM)
    with pytest.raises(errors.LogoRefused):
        await service.set_logo(content, SYSTEM)
    assert await fetch_value("SELECT count(*) FROM stored_file") == 0


@pytest.mark.parametrize(
    "use_case",
    [
        service.save_senders(SENDERS, SYSTEM),
        service.set_logo(picture(), SYSTEM),
        service.remove_logo(SYSTEM),
    ],
    ids=["senders", "logo", "no logo"],
)
async def test_a_name_comes_first_when_the_club_has_none(db: Database, use_case: Any) -> None:
    with pytest.raises(DomainError) as refused:
        await use_case
    assert refused.value.slug == "club_missing"


@pytest.mark.parametrize("rna", ["w809 999 999", "W2A1234567", ""])
async def test_an_rna_number_is_kept_in_one_form(db: Database, rna: str) -> None:
    await service.save_club(msgspec.structs.replace(CLUB, rna=rna), SYSTEM)
    club = await queries.find_club()
    assert club is not None
    assert club.rna == rna.upper().replace(" ", "")


@pytest.mark.parametrize("rna", ["809999999", "W80999999", "W8099999999", "W2C1234567"])
async def test_an_rna_number_is_refused_when_it_has_not_its_form(db: Database, rna: str) -> None:
    with pytest.raises(errors.ClubRnaWrong) as refused:
        await service.save_club(msgspec.structs.replace(CLUB, rna=rna), SYSTEM)
    assert list(refused.value.fields) == ["rna"]


async def test_the_days_of_a_debit_are_the_clubs_own(db: Database) -> None:
    """B6: provisional access lasts a number of business days that the office sets."""
    assert await membership_queries.debit_days() == 14
    await service.save_club(msgspec.structs.replace(CLUB, debit_days=6), SYSTEM)
    assert await membership_queries.debit_days() == 6

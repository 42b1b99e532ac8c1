"""A member's own certificate: recorded, replaced, taken away, counted for the landlord on a yes (I4)."""

from datetime import date

from backend.audit.service import By, note
from backend.insurance import files, rules
from backend.insurance.errors import AgreementMoved, YesMissing
from backend.kit import clock, codes, formats
from backend.kit import files as stored
from backend.kit.database import fetch, fetch_one, fetch_value, transaction, within
from backend.kit.errors import N_, Missing
from backend.notifications import service as notifications
from backend.people.rules import Source

NOTED = N_("La fin de votre attestation d'assurance est notée : le %(day)s.")
REMOVED = N_("Votre attestation d'assurance n'est plus notée.")


async def record(by: By, person_id: int, ends_on: date, content: bytes | None) -> str:
    """The newest paper replaces the one before, whose bytes go. Gives its public id.

    Raises EndTooFar and CertificateWrong at their fields.
    """
    return await _record(by, person_id, ends_on, content)


async def record_for(
    by: By, person_id: int, ends_on: date, source: Source, *, agreed: bool, read: str
) -> str:
    """Staff write down the last day of who says yes to the words they read; no copy is kept (D6).

    Raises YesMissing, AgreementMoved, EndTooFar.
    """
    assert source is not Source.ONLINE
    if not agreed:
        raise YesMissing().at("agreed")
    if read.split() != rules.CERTIFICATE_AGREEMENT.split():
        raise AgreementMoved
    return await _record(by, person_id, ends_on, None, source)


async def _record(
    by: By,
    person_id: int,
    ends_on: date,
    content: bytes | None,
    source: Source = Source.ONLINE,
) -> str:
    rules.check_end(ends_on, clock.today())
    heard = source is not Source.ONLINE
    async with transaction():
        await _let_go(person_id)
        public_id = codes.random_id()
        await fetch(
            "INSERT INTO insurance_certificate (public_id, person, ends_on, file, recorded_at,"
            " source, recorded_by, text_shown) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            public_id,
            person_id,
            ends_on,
            None if content is None else await files.keep_certificate(content),
            clock.now(),
            source.value,
            by.id if heard else None,
            rules.CERTIFICATE_AGREEMENT if heard else None,
        )
        await note(
            "certificate.record",
            by,
            subject_id=person_id,
            with_file=content is not None,
            source=source.value,
        )
        await notifications.tell_act(by, person_id, NOTED, facts={"day": formats.day(ends_on)})
    return public_id


async def remove(by: By, person_id: int) -> None:
    """Nothing is left but that there was one. Raises Missing where there is none."""
    async with transaction():
        if not await _let_go(person_id):
            raise Missing
        await note("certificate.remove", by, subject_id=person_id)
        await notifications.tell_act(by, person_id, REMOVED)


async def choose_counted(by: By, person_id: int, *, given: bool) -> None:
    """A yes or a no to being counted for the landlord; the same answer again adds nothing."""
    async with transaction():
        await _lock_person(person_id)
        before = await fetch_value(
            "SELECT given FROM certificate_consent WHERE person = $1 ORDER BY id DESC LIMIT 1",
            person_id,
        )
        if bool(before) is given:
            return
        await fetch(
            "INSERT INTO certificate_consent (person, given, text_shown, at)"
            " VALUES ($1, $2, $3, $4)",
            person_id,
            given,
            rules.LANDLORD_AGREEMENT,
            clock.now(),
        )
        await note("certificate.consent", by, subject_id=person_id, given=given)


async def forget_certificates(person_id: int) -> None:
    """A contribution of an erasure: every row and its bytes."""
    within()
    await _let_go(person_id)
    await fetch("DELETE FROM insurance_certificate WHERE person = $1", person_id)


async def _let_go(person_id: int) -> bool:
    """Ends the living one and gives its bytes up; whether there was one."""
    await _lock_person(person_id)
    held = await fetch_one(
        "SELECT id, file FROM insurance_certificate WHERE person = $1 AND removed_at IS NULL",
        person_id,
    )
    if held is None:
        return False
    await fetch(
        "UPDATE insurance_certificate SET removed_at = $2, file = NULL WHERE id = $1",
        held["id"],
        clock.now(),
    )
    if held["file"] is not None:
        await stored.release(held["file"])
    return True


async def _lock_person(person_id: int) -> None:
    """Two forms at once must not leave two living papers."""
    within()
    await fetch("SELECT 1 FROM person WHERE id = $1 FOR UPDATE", person_id)

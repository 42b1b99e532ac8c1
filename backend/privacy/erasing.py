"""Erasing somebody: names and addresses go, keys stay for the accounts, a certificate is issued (D1)."""

from functools import partial
from typing import Any

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.identity import privacy as identity
from backend.identity.queries import SignedIn
from backend.kit import clock, codes, formats, keys, papers
from backend.kit.database import fetch, fetch_one, once_more, transaction, within
from backend.kit.dossier import Gone, Hold, standing
from backend.kit.errors import N_
from backend.membership import privacy as membership
from backend.membership.rules import short_name
from backend.notifications import service as notifications
from backend.people import privacy as people
from backend.people import queries as found
from backend.people.queries import Contact
from backend.places import privacy as imports
from backend.places import queries as places
from backend.privacy.errors import CertificateUnknown, FreshCodeNeeded, NotSure, SomethingOpen
from backend.privacy.parts import FORGET, HOLDS
from backend.privacy.rules import ErasureWay, is_fresh

# What a certificate says, word for word as issued; it names nobody, or it would keep what it says is gone.
ERASED = (
    N_("Votre nom, votre date de naissance, votre langue."),
    N_("Vos e-mails et vos numéros de téléphone."),
    N_("Votre adresse, si personne d'autre n'y est adhérent."),
    N_("Vos cartes, vos appareils, vos favoris, vos bons en cours."),
)
KEPT = (
    N_("Les paiements et les reçus, dix ans. La loi l'exige (Code de commerce, art. L123-22)."),
    N_("Un reçu déjà fait garde le nom écrit dessus."),
    N_("Des comptes sans nom, comme le nombre de bons du club."),
    N_("La liste des actes, sans votre nom, pendant le temps prévu par le club."),
    N_("Vos choix de messages, sans votre nom, comme preuve."),
)


class Asked(msgspec.Struct, frozen=True):
    """What an erasure would meet: what stands in its way, whom and what it takes along."""

    holds: list[Hold]
    children: list[str]
    vouchers: int


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """As issued, for ever."""

    public_id: str
    club: str
    on: str
    erased: list[str]
    kept: list[str]
    people: int


async def look(person_id: int) -> Asked:
    """Three statements."""
    whom = await membership.find_whom(person_id)
    row = await fetch_one(_ALONG, person_id, clock.now())
    assert row is not None
    return Asked(await standing(HOLDS, whom), row["children"], row["vouchers"])


async def erase_me(by: By, caller: SignedIn, *, sure: bool, base_url: str) -> str:
    """By the person, with a code of the last minutes. Gives the certificate's public id.

    Raises FreshCodeNeeded, NotSure at the field "sure", SomethingOpen.
    """
    if not is_fresh(caller.created_at, clock.now()):
        raise FreshCodeNeeded
    if not sure:
        raise NotSure().at("sure")
    return await erase(by, caller.person_id, ErasureWay.SELF, base_url=base_url)


@once_more
async def erase(by: By, person_id: int, way: ErasureWay, *, base_url: str = "") -> str:
    """The person, and the children that would be left alone in the household, all or none.

    Their addresses are told that it happened. Gives the certificate's public id. Raises
    PersonMissing, also for who was erased before, and SomethingOpen.
    """
    async with transaction():
        going = await membership.lock_homes(person_id)
        await fetch(_HOLD, going)
        contacts = await found.contacts_of(person_id)
        said = await _certificate(len(going))
        for each in going:
            await _check_free(each)
        for each in going:
            await _erase_one(by, each, way, said if each == person_id else None)
        await _tell(contacts, said, base_url)
    return said.public_id


async def find_certificate(public_id: str) -> Certificate:
    """Raises CertificateUnknown."""
    row = await fetch_one("SELECT said::text FROM erasure WHERE public_id = $1", public_id)
    if row is None:
        raise CertificateUnknown
    return msgspec.json.decode(row[0], type=Certificate)


async def print_certificate(certificate: Certificate) -> bytes:
    """The PDF: the first print is kept, every later one is the same."""
    key = f"erasure:{certificate.public_id}"
    kept = await papers.issued(key)
    if kept is not None:
        return kept
    made = await papers.render("privacy", "certificate", certificate)
    async with transaction():
        return await papers.issue(key, made)


async def _certificate(people_count: int) -> Certificate:
    return Certificate(
        public_id=codes.random_id(),
        club=await places.club_name(),
        on=formats.day(clock.today()),
        erased=list(ERASED),
        kept=list(KEPT),
        people=people_count,
    )


async def _check_free(person_id: int) -> None:
    if await standing(HOLDS, await membership.find_whom(person_id)):
        raise SomethingOpen


async def _erase_one(by: By, person_id: int, way: ErasureWay, said: Certificate | None) -> None:
    gone = await _gone(by, person_id)
    for forget in FORGET:
        await forget(gone)
    if await identity.had_role(person_id):
        await imports.forget(gone)
    public_id = codes.random_id() if said is None else said.public_id
    await fetch(
        "INSERT INTO erasure (public_id, person, at, way, by, said) VALUES ($1, $2, $3, $4, $5, $6)",
        public_id,
        person_id,
        clock.now(),
        way.value,
        by.id,
        msgspec.json.encode(said or await _certificate(1)).decode(),
    )
    await audit.note(
        "person.erase",
        by,
        subject_id=person_id,
        object_kind="erasure",
        object_id=public_id,
        way=way.value,
    )


async def _gone(by: By, person_id: int) -> Gone:
    whom = await membership.find_whom(person_id)
    names = await people.names_of(person_id)
    ended, payers, heirs = await membership.leave_for_good(by, whom)
    houses = await fetch("SELECT public_id FROM household WHERE id = ANY($1)", whom.households)
    await keys.forget(
        [row["public_id"] for row in houses], short_name(names.given_name, names.family_name)
    )
    return Gone(
        whom=whom,
        given_name=names.given_name,
        family_name=names.family_name,
        values=names.values,
        alone=names.alone,
        ended=ended,
        ended_payers=payers,
        heirs=heirs,
    )


async def _tell(contacts: list[Contact], said: Certificate, base_url: str) -> None:
    """To every address there was, so that nobody is erased by somebody else unheard."""
    within()
    path = f"{base_url}/certificats/{said.public_id}" if base_url else ""
    values: dict[str, Any] = {"certificate": path, "number": said.public_id}
    queue = partial(notifications.queue, "privacy.erased", person_id=None, values=values)
    for at, contact in enumerate(contacts):
        address = contact.address
        await queue(f"erased:{said.public_id}:{at}", channel=address.channel, to=address.value)


# Who comes back to the club at this moment is waited for: what they have then is found below.
_HOLD = "SELECT 1 FROM person WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE"
# First names of the children that would be left alone, and how many living vouchers.
_ALONG = """
SELECT ARRAY(SELECT p.given_name FROM household_member me
    JOIN household_member m ON m.household = me.household AND m.left_on IS NULL AND NOT m.adult
    JOIN person p ON p.id = m.person
    WHERE me.person = $1 AND me.left_on IS NULL AND m.person <> me.person
      AND NOT EXISTS (SELECT 1 FROM household_member o WHERE o.household = me.household
        AND o.left_on IS NULL AND o.adult AND o.person <> $1)
    ORDER BY m.id) AS children,
  (SELECT count(*) FROM voucher WHERE claimant = $1 AND state = 'issued'
    AND valid_until > $2) AS vouchers
"""

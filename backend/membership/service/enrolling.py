"""Members of another register come in, thousands at once: contributions of the lists of the office (L44).

A person is known by the code of that register. Who comes is not told: they have said nothing to us
yet; what they pay and agree to comes with their first payment.
"""

from collections.abc import Mapping, Sequence

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import payers
from backend.kit import clock, codes, locks, tile
from backend.kit.database import fetch, within
from backend.kit.errors import N_
from backend.membership.errors import HouseholdEnded
from backend.membership.queries import enrolled
from backend.membership.queries.enrolled import Enrolled
from backend.membership.rules import Category, Proof
from backend.notifications import service as notifications
from backend.people import service as people
from backend.people.errors import PersonMissing
from backend.people.rules import Address, Channel

DRAWS = 50  # rounds of public ids, before a club with all its tiles taken gives up


async def enrol(wishes: Sequence[Enrolled]) -> None:
    """New people, in new households or in those of people who are known. Raises HouseholdEnded."""
    within()
    homes = await _homes({wish.home for wish in wishes})
    founders = [wish for wish in wishes if wish.home == wish.code and wish.home not in homes]
    homes |= await _found_households(founders)
    if any(wish.home not in homes for wish in wishes):
        raise HouseholdEnded  # whoever they were to live with has left meanwhile
    person_ids = await people.register_all(
        [(wish.given_name, wish.family_name, wish.born_on) for wish in wishes]
    )
    by_code = dict(zip((wish.code for wish in wishes), person_ids, strict=True))
    await people.add_contacts(
        [
            (by_code[wish.code], address)
            for wish in wishes
            for address in addresses(wish.email, wish.phone)
        ]
    )
    await _enter(wishes, by_code, homes)


async def correct(by: By, changes: Sequence[tuple[Enrolled, Enrolled]]) -> None:
    """Names, birth and ways to reach people, as they stood and as they are now, and of who pays for them.

    Where they live has rules of its own. Raises PersonMissing for who has just left.
    """
    within()
    held = await _hold([now.code for _, now in changes])
    if any(now.code not in held for _, now in changes):
        raise PersonMissing
    pairs = [(*held[now.code], before, now) for before, now in changes]
    await people.correct_all(
        [(person, now.given_name, now.family_name, now.born_on) for person, _, _, now in pairs]
    )
    await people.replace_contacts(
        [(person, address) for person, _, before, now in pairs for address in _fresh(before, now)]
    )
    await payers.correct_all(
        [(payer, _name(before), _name(now)) for _, payer, before, now in pairs]
    )
    await payers.correct_all(
        [(payer, before.email, now.email) for _, payer, before, now in pairs if now.email],
        email=True,
    )
    await _leave_traces(by, [(person, before, now) for person, _, before, now in pairs])


async def _leave_traces(by: By, pairs: Sequence[tuple[int, Enrolled, Enrolled]]) -> None:
    """In the record of each (D6); who has said something to us hears that their name is corrected."""
    ours = await enrolled.guarded([now.code for _, _, now in pairs])
    for person, before, now in pairs:
        for address in _fresh(before, now):
            await audit.note("contact.add", by, subject_id=person, channel=address.channel.value)
        if _name(before) != _name(now):
            await audit.note("person.rename", by, subject_id=person)
            if now.code in ours and not now.child:
                await notifications.tell_act(by, person, N_("Votre nom est corrigé."))


async def _hold(named: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Each with their payer, so that nobody is erased while they are written."""
    rows = await fetch(
        "SELECT coalesce(c.code, p.public_id) AS code, p.id, h.payer FROM household_member m"
        " JOIN household h ON h.id = m.household JOIN person p ON p.id = m.person"
        " LEFT JOIN member_code c ON c.person = p.id WHERE m.left_on IS NULL"
        " AND p.erased_at IS NULL AND p.id IN (SELECT person FROM member_code WHERE code = ANY($1)"
        "  UNION SELECT id FROM person WHERE public_id = ANY($1))"
        " ORDER BY p.id FOR NO KEY UPDATE OF p",
        list(named),
    )
    return {row["code"]: (row["id"], row["payer"]) for row in rows}


def _fresh(before: Enrolled, now: Enrolled) -> list[Address]:
    had = addresses(before.email, before.phone)
    return [each for each in addresses(now.email, now.phone) if each not in had]


def _name(one: Enrolled) -> str:
    return f"{one.given_name} {one.family_name}"


def addresses(email: str, phone: str) -> list[Address]:
    pairs = ((Channel.EMAIL, email), (Channel.SMS, phone))
    return [Address(channel, value) for channel, value in pairs if value]


async def _homes(named: set[str]) -> dict[str, int]:
    """Where those people live now, held: nobody ends what somebody enters. Raises HouseholdEnded."""
    found = await _where(named)
    for household_id in sorted(set(found.values())):
        held = await locks.lock("household", household_id)
        if held is None or held["ended_at"] is not None:
            raise HouseholdEnded
    if await _where(named) != found:
        raise HouseholdEnded
    return found


async def _where(named: set[str]) -> dict[str, int]:
    """Of a person, not of a code: they may have moved since the list came (M5)."""
    rows = await fetch(
        "SELECT c.code, m.household FROM member_code c"
        " JOIN household_member m ON m.person = c.person AND m.left_on IS NULL"
        " WHERE c.code = ANY($1) UNION SELECT p.public_id, m.household FROM person p"
        " JOIN household_member m ON m.person = p.id AND m.left_on IS NULL"
        " WHERE p.public_id = ANY($1)",
        list(named),
    )
    return {row["code"]: row["household"] for row in rows}


async def _found_households(founders: Sequence[Enrolled]) -> dict[str, int]:
    opened = await payers.open_all(
        [(_name(w), w.street, w.postcode, w.town, w.email or None) for w in founders]
    )
    dwellings = await _dwellings(founders)
    left = list(zip(founders, opened, strict=True))
    homes: dict[str, int] = {}
    for _ in range(DRAWS):
        if not left:
            return homes
        homes |= await _insert(left, dwellings)
        left = [each for each in left if each[0].code not in homes]
    raise RuntimeError("no free tile was drawn")


async def _dwellings(founders: Sequence[Enrolled]) -> Mapping[str, int]:
    """By the code of whoever names its contract and postcode, where nobody else lives and no two name it."""
    rows = await fetch(
        "SELECT DISTINCT ON (d.id) v.code, d.id FROM unnest($1::text[], $2::text[], $3::text[])"
        "  v (code, contract, postcode) JOIN dwelling d ON d.contract_folded = v.contract"
        "  AND d.postcode = v.postcode AND d.gone_at IS NULL"
        " WHERE v.contract <> '' AND NOT EXISTS (SELECT 1 FROM household h WHERE h.dwelling = d.id"
        "  AND h.proof = 'proved' AND h.ended_at IS NULL) ORDER BY d.id, v.code",
        [w.code for w in founders],
        [w.contract if w.category is Category.TENANT else "" for w in founders],
        [w.postcode for w in founders],
    )
    return {row["code"]: row["id"] for row in rows}


async def _insert(
    founders: Sequence[tuple[Enrolled, int]], dwellings: Mapping[str, int]
) -> dict[str, int]:
    """Those whose tile nobody has; the others draw again. Tenants without a dwelling are looked at."""
    drawn = [codes.public_id() for _ in founders]
    proofs = [_proof(wish, dwellings) for wish, _ in founders]
    rows = await fetch(
        "INSERT INTO household (public_id, tile, payer, category, proof, claimed_contract, dwelling,"
        " street, postcode, town, created_at) SELECT v.*, $11 FROM unnest($1::text[], $2::bigint[],"
        " $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::text[],"
        " $10::text[]) v ON CONFLICT ON CONSTRAINT household_tile_key DO NOTHING RETURNING id, payer",
        drawn,
        [tile.tile_number(each) for each in drawn],
        [payer for _, payer in founders],
        [wish.category.value for wish, _ in founders],
        [proof.value for proof in proofs],
        [wish.contract or None for wish, _ in founders],
        [dwellings.get(wish.code) for wish, _ in founders],
        [wish.street for wish, _ in founders],
        [wish.postcode for wish, _ in founders],
        [wish.town for wish, _ in founders],
        clock.now(),
    )
    ids = {row["payer"]: row["id"] for row in rows}
    made = {wish.code: ids[payer] for wish, payer in founders if payer in ids}
    open_ = [
        made[wish.code]
        for (wish, _), proof in zip(founders, proofs, strict=True)
        if proof is Proof.TO_CHECK and wish.code in made
    ]
    await fetch(
        "INSERT INTO staff_check (household, asked_at) SELECT h, $2 FROM unnest($1::bigint[]) h",
        open_,
        clock.now(),
    )
    return made


def _proof(wish: Enrolled, dwellings: Mapping[str, int]) -> Proof:
    if wish.category is not Category.TENANT:
        return Proof.NEIGHBOUR
    return Proof.PROVED if wish.code in dwellings else Proof.TO_CHECK


async def _enter(
    wishes: Sequence[Enrolled], by_code: Mapping[str, int], homes: Mapping[str, int]
) -> None:
    """In their households, under their codes; each adult has a phone's card (M6)."""
    people_ids = [by_code[wish.code] for wish in wishes]
    home_ids = [homes[wish.home] for wish in wishes]
    await fetch(
        "INSERT INTO household_member (household, person, adult, joined_on)"
        " SELECT v.*, $4 FROM unnest($1::bigint[], $2::bigint[], $3::boolean[]) v",
        home_ids,
        people_ids,
        [not wish.child for wish in wishes],
        clock.today(),
    )
    await fetch(
        "INSERT INTO member_code (code, person) SELECT * FROM unnest($1::text[], $2::bigint[])",
        [wish.code for wish in wishes],
        people_ids,
    )
    adults = [each for each in zip(wishes, people_ids, home_ids, strict=True) if not each[0].child]
    await fetch(
        "INSERT INTO card (public_id, person, household, kind, secret, made_at)"
        " SELECT v.a, v.b, v.c, 'phone', v.d, $5 FROM unnest($1::text[], $2::bigint[], $3::bigint[],"
        " $4::bytea[]) v (a, b, c, d)",
        [codes.random_id() for _ in adults],
        [person for _, person, _ in adults],
        [home for _, _, home in adults],
        [codes.draw_secret() for _ in adults],
        clock.now(),
    )

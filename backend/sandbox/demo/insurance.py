"""Insurance in the demo club: an invented broker and insurer, who asked to be called, members' papers."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import typst

from backend.audit.service import SYSTEM
from backend.identity.rules import Role
from backend.identity.service import grant_role
from backend.insurance import rules
from backend.insurance import service as insurance
from backend.insurance.rules import ReferralKind, ReferralState, Slot
from backend.insurance.service import OfferWish
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value
from backend.people import service as people
from backend.people.rules import Channel, Source, read_address
from backend.sandbox.demo.bulk import copy
from backend.sandbox.demo.cast import AGENT, STARS
from backend.sandbox.demo.dice import Dice
from backend.sandbox.demo.model import Family, Human, instant

BROKER = "Cabinet Parapluie"
TITLE = "Multirisque habitation Parapluie"
DRAFTED = "Assurance scolaire Cartable"
PRICES = (8_900, 10_400, 12_100, 13_900, 15_800, 17_600)
LEADS = 64
TO_FIRMS = 14
PAPERS = 46
# What became of requests: state, its share of a hundred.
FATES = (
    (ReferralState.SENT, 12),
    (ReferralState.CONTACTED, 14),
    (ReferralState.SIGNED, 46),
    (ReferralState.REFUSED, 19),
    (ReferralState.WITHDRAWN, 9),
)
FIRM_FATES = (*FATES, (ReferralState.QUOTED, 30))
# The way to a state by the moves that the database allows.
WAYS: dict[ReferralState, tuple[ReferralState, ...]] = {
    ReferralState.CONTACTED: (ReferralState.CONTACTED,),
    ReferralState.QUOTED: (ReferralState.CONTACTED, ReferralState.QUOTED),
    ReferralState.SIGNED: (ReferralState.CONTACTED, ReferralState.SIGNED),
    ReferralState.REFUSED: (ReferralState.REFUSED,),
    ReferralState.WITHDRAWN: (ReferralState.WITHDRAWN,),
}
IPID = """
#set page(width: 210mm, height: 297mm, margin: 20mm)
#set text(lang: "fr", size: 12pt)
= Assurance multirisque habitation
Document d'information sur le produit d'assurance \\
Compagnie inventée : Mutuelle des Trois Toits. Produit : Parapluie.

Ceci est un exemple de démonstration. Il ne décrit aucun contrat réel.

== De quel type d'assurance s'agit-il ?
Elle couvre le logement loué et les meubles.
== Qu'est-ce qui est assuré ?
- Le feu, l'eau, le vol
- Les dégâts chez les voisins
== Qu'est-ce qui n'est pas assuré ?
- L'usure et les dégâts voulus
"""


async def open_insurance() -> None:
    """The broker with a published offer and a draft; each step may run again."""
    if await fetch_value("SELECT EXISTS (SELECT 1 FROM insurer)"):
        return
    await insurance.register_insurer(SYSTEM, BROKER, "parapluie@example.org")
    insurer_id = await fetch_value("SELECT id FROM insurer")
    await insurance.draft_offer(SYSTEM, insurer_id, _wish())
    offer_id = await fetch_value("SELECT id FROM insurance_offer")
    await insurance.publish_offer(SYSTEM, offer_id)
    await insurance.draft_offer(SYSTEM, insurer_id, OfferWish(title=DRAFTED, notice=rules.NOTICE))


def _wish() -> OfferWish:
    year = clock.today().year
    return OfferWish(
        title=TITLE,
        summary="Le logement et les meubles, au prix du nombre de pièces.",
        carrier="Mutuelle des Trois Toits, 5 rue des Tuiles, 80999 Ormeval",
        intermediary=f"{BROKER}, 18 rue du Beau Temps, 80999 Ormeval",
        orias="09999123",
        complaint="reclamations@example.org, 06 39 98 70 10",
        notice=rules.NOTICE,
        prices=PRICES,
        prices_from=date(year, 1, 1),
        prices_until=date(year + 1, 1, 31),
        ipid=typst.compile(IPID.encode(), ignore_system_fonts=True),
        ipid_on=date(year - 1, 12, 1),
    )


async def live(told: Sequence[Family]) -> None:
    """The agent, a year of requests, and members' papers; in the open transaction."""
    await _employ_agent()
    up_to_date = [family for family in told if family.span_on(clock.today()) is not None]
    await _ask_insurer(up_to_date)
    await _ask_firms(up_to_date)
    await _keep_papers(up_to_date)


async def _employ_agent() -> None:
    person_id = await people.register(AGENT.given_name, AGENT.family_name)
    address = read_address(AGENT.address)
    await people.add_contact(person_id, Channel.EMAIL, address.value, verified=True)
    insurer_id = await fetch_value("SELECT id FROM insurer WHERE name = $1", BROKER)
    await grant_role(SYSTEM, person_id, Role.INSURER, insurer_id)


async def _ask_insurer(families: Sequence[Family]) -> None:
    row = await fetch("SELECT id, insurer FROM insurance_offer WHERE published_at IS NOT NULL")
    who = {"insurer": row[0]["insurer"], "offer": row[0]["id"], "partner": None}
    asking = [family for family in families if _is_rolled(family)][:LEADS]
    dice = Dice("insurance")
    rows = [
        _lead(ReferralKind.INSURER, BROKER, who, family.head, family, dice) for family in asking
    ]
    await _write(rows, dice, FATES)


async def _ask_firms(families: Sequence[Family]) -> None:
    firms = await fetch(
        "SELECT id, name FROM partner WHERE kind = 'firm' AND category = 'trades'"
        " AND closed_at IS NULL ORDER BY id"
    )
    asking = [family for family in families if _is_rolled(family)][LEADS : LEADS + TO_FIRMS]
    dice = Dice("works")
    rows = []
    for family in asking:
        firm = dice.pick(firms)
        who = {"insurer": None, "offer": None, "partner": firm["id"]}
        rows.append(_lead(ReferralKind.FIRM, firm["name"], who, family.head, family, dice))
    await _write(rows, dice, FIRM_FATES)


def _is_rolled(family: Family) -> bool:
    """Not one of those whom a visitor is: they begin with nothing asked."""
    return family.public_id not in {star.household for star in STARS} and bool(family.head.address)


def _lead(
    kind: ReferralKind, name: str, who: dict[str, Any], head: Human, family: Family, dice: Dice
) -> dict[str, Any]:
    assert head.address is not None
    day = clock.today() - timedelta(
        days=1 + dice.below(280 if kind is ReferralKind.INSURER else 75)
    )
    asked = instant(day, dice.between(9, 19), dice.below(60))
    by_mail = head.address.channel is Channel.EMAIL
    return {
        "public_id": codes.random_id(),
        "kind": kind.value,
        **who,
        "person": head.id,
        "household": family.id,
        "recipient": name,
        "purpose": rules.PURPOSES[kind],
        "channel": "email" if by_mail else "phone",
        "text_shown": rules.agreement(name, kind),
        "name": f"{head.given_name} {head.family_name}",
        "contact": head.address.value,
        "slot": dice.pick(tuple(Slot)).value,
        "source": Source.ONLINE.value,
        "state": ReferralState.SENT.value,
        "sent_at": max(asked, family.joined_at),
        "changed_at": max(asked, family.joined_at),
    }


async def _write(
    rows: Sequence[dict[str, Any]], dice: Dice, fates: tuple[tuple[ReferralState, int], ...]
) -> None:
    """All begin sent, then move as the database lets them: a state after the other."""
    await copy("referral", rows)
    ends: dict[ReferralState, list[str]] = {}
    for row in rows:
        ends.setdefault(_fate(row["sent_at"], dice, fates), []).append(row["public_id"])
    for end, ids in ends.items():
        for state in WAYS.get(end, ()):
            await _move(ids, state)
    for public_id in ends.get(ReferralState.SIGNED, []):
        if dice.chance(85):
            await _declare(public_id, dice)


def _fate(
    sent_at: datetime, dice: Dice, fates: tuple[tuple[ReferralState, int], ...]
) -> ReferralState:
    """Nobody waits for months: an old request has an end, a new one has none yet."""
    age = clock.now() - sent_at
    fate = dice.weighted(*fates)
    if age < timedelta(days=12):
        return ReferralState.SENT
    if fate is ReferralState.SENT or (fate in rules.OPEN and age > timedelta(days=60)):
        return ReferralState.REFUSED
    return fate


async def _move(ids: list[str], state: ReferralState) -> None:
    gone = state is ReferralState.WITHDRAWN
    await fetch(
        "UPDATE referral SET state = $2, changed_at = least($3, sent_at + interval '4 days'),"
        " withdrawn_at = CASE WHEN $4 THEN least($3, sent_at + interval '4 days') END,"
        " name = CASE WHEN $4 THEN '' ELSE name END,"
        " contact = CASE WHEN $4 THEN '' ELSE contact END WHERE public_id = ANY($1)",
        ids,
        state.value,
        clock.now(),
        gone,
    )


async def _declare(public_id: str, dice: Dice) -> None:
    await fetch(
        "UPDATE referral SET saving_cents = $2, saving_by = $3 WHERE public_id = $1",
        public_id,
        dice.between(70, 230) * 100,
        dice.pick(("member", "agent")),
    )


async def _keep_papers(families: Sequence[Family]) -> None:
    """Papers with their last day; most said yes to being counted for their landlord."""
    dice = Dice("papers")
    tenants = [family for family in families if family.home.dwelling_id is not None]
    papers, answers = [], []
    for family in tenants[:PAPERS]:
        recorded = clock.now() - timedelta(days=dice.between(20, 60))  # before the month's end
        papers.append(
            {
                "public_id": codes.random_id(),
                "person": family.head.id,
                "ends_on": clock.today() + timedelta(days=dice.between(50, 360)),
                "recorded_at": max(recorded, family.joined_at),
                "source": Source.ONLINE.value,
            }
        )
        if dice.chance(70):
            answers.append(
                {
                    "person": family.head.id,
                    "given": True,
                    "text_shown": rules.LANDLORD_AGREEMENT,
                    "at": max(recorded, family.joined_at),
                }
            )
    papers[0]["ends_on"] = clock.today() + timedelta(days=40)
    await copy("insurance_certificate", papers)
    await copy("certificate_consent", answers)

"""For who has no address: what was done for them, printed and handed over (D6)."""

from typing import Any

from litestar import Response, post
from litestar.params import FromPath

from backend.http.visits import acting
from backend.insurance import certificates
from backend.insurance.certificates import OnPaper
from backend.kit import clock, formats
from backend.kit.errors import Missing
from backend.kit.translations import translated as _
from backend.membership import desk, plates
from backend.membership import service as membership
from backend.people import queries as people
from backend.places import queries as places
from backend.skills import queries as skills
from backend.skills.rules import ENDS_SOON, OPEN
from web.desk import frame
from web.desk.frame import DESK, AnyRequest
from web.shell import verbs

MOST_ACTS = 12


@post("/comptoir/personnes/{public_id:str}/suivi", guards=[DESK])
async def create(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """Printed first, ticked off after: a paper that failed is still to be given."""
    file = await desk.open_file(public_id)
    since = await desk.untold_since(file.member.person_id)
    if since is None:
        raise Missing
    acts = await people.acts_about([file.member.person_id], MOST_ACTS, since=since)
    paper = await plates.trace(
        await places.club_name(),
        file.member,
        [_printed(act) for act in reversed(acts) if not act.own]
        + [_reminded(one) for one in await certificates.on_paper(file.member.person_id)]
        + await waiting(file.member.person_id),
    )
    await membership.hand_over(acting(request), file.member.person_id)
    return frame.pdf(paper, f"suivi-{file.member.household_public_id}")


async def waiting(person_id: int) -> list[tuple[str, str, str]]:
    """Neighbours who wrote and whom no message could announce (X3): never who, nor what they said; and
    listings that end soon (X2).
    """
    today = clock.today()
    soon = [
        each
        for each in await skills.mine(person_id)
        if each.is_listed(today) and each.expires_on <= today + ENDS_SOON
    ]
    return [_ending(each) for each in soon] + [
        (
            _(
                "Un voisin vous écrit : « %(title)s ». Venez lire et répondre au comptoir.",
                title=each.title,
            ),
            formats.moment(each.changed_at),
            _("entraide"),
        )
        for each in await skills.mine_exchanges(person_id)
        if each.state in OPEN
    ]


def _ending(listing: skills.MyListing) -> tuple[str, str, str]:
    what = _(
        "Votre annonce « %(title)s » finit le %(day)s.",
        title=listing.title,
        day=formats.day(listing.expires_on),
    )
    renewed = _("Le comptoir peut la renouveler.")
    return f"{what} {renewed}", formats.moment(clock.now()), _("entraide")


def _printed(act: people.Act) -> tuple[str, str, str]:
    said = verbs.line(act)
    what = f"{said.what} : {said.detail}" if said.detail else said.what
    return what, formats.moment(act.at), said.name or said.word


def _reminded(one: OnPaper) -> tuple[str, str, str]:
    """What a message would have told who has no address (I4)."""
    what = _("Votre attestation d'assurance finit le %(day)s.", day=formats.day(one.ends_on))
    asked = _("Demandez la nouvelle à votre assureur.")
    return f"{what} {asked}", formats.moment(one.at), _("rappel du club")

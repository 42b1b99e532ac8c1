"""For who has no address: what was done for them, printed and handed over (D6)."""

from typing import Any

from litestar import Response, post
from litestar.params import FromPath

from backend.http.visits import acting
from backend.insurance import certificates
from backend.insurance.certificates import OnPaper
from backend.kit import formats
from backend.kit.errors import Missing
from backend.membership import desk, plates
from backend.membership import service as membership
from backend.people import queries as people
from backend.places import queries as places
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
        + [_reminded(one) for one in await certificates.on_paper(file.member.person_id)],
    )
    await membership.hand_over(acting(request), file.member.person_id)
    return frame.pdf(paper, f"suivi-{file.member.household_public_id}")


def _printed(act: people.Act) -> tuple[str, str, str]:
    said = verbs.line(act)
    what = f"{said.what} : {said.detail}" if said.detail else said.what
    return what, formats.moment(act.at), said.name or said.word


def _reminded(one: OnPaper) -> tuple[str, str, str]:
    """What a message would have told who has no address (I4)."""
    what = f"Votre attestation d'assurance finit le {formats.day(one.ends_on)}."
    return (
        f"{what} Demandez la nouvelle à votre assureur.",
        formats.moment(one.at),
        "rappel du club",
    )

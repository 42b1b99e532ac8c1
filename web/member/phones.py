"""The telephones that ring for me: this one let in, one of them taken out (L36)."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency

from backend.http import forms
from backend.http.callers import signed_in
from backend.http.respond import redirect
from backend.http.visits import acting, visit
from backend.identity.queries import SignedIn
from backend.notifications import phones
from backend.notifications.push import LONGEST, Keys
from backend.notifications.webpush import read
from web.member import consents

AnyRequest = Request[Any, Any, Any]
Key = Annotated[str, msgspec.Meta(max_length=100)]


class Subscription(msgspec.Struct, frozen=True):
    """As the browser gives it, its keys in base64url; `ours` is the key of the club on the page."""

    endpoint: Annotated[str, msgspec.Meta(max_length=LONGEST)]
    p256dh: Key
    auth: Key
    ours: Key

    @property
    def keys(self) -> Keys:
        return Keys(self.endpoint, read(self.p256dh), read(self.auth), read(self.ours))


@post("/compte/telephones", guards=[signed_in])
@forms.again(consents.show)
async def create(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[Any]:
    wish = await forms.read(request, Subscription)
    consents.check_own(caller)
    device = visit(request).device
    await phones.add(acting(request), caller.person_id, caller.session_id, device, wish.keys)
    return redirect(request, consents.HERE, said="enregistre")


class Ending(msgspec.Struct, frozen=True):
    appareil: Key


@post("/compte/telephones/fin", guards=[signed_in])
async def end(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[Any]:
    wish = await forms.read(request, Ending)
    await phones.remove(acting(request), caller.person_id, wish.appareil)
    return redirect(request, consents.HERE, said="enregistre")


HANDLERS = [create, end]

"""What the SMS and the mail provider tell us: STOP, mails that came back. Always 200 to who may call."""

from typing import Any

from litestar import Request, Response, post

from backend.campaigns import answers
from backend.http.bodies import MOST_FORM, MOST_JSON
from backend.http.callers import mail_provider, sms_provider

AnyRequest = Request[Any, Any, Any]


@post("/hooks/sms", guards=[sms_provider], opt={"csrf": False}, request_max_body_size=MOST_JSON)
async def create_stop(request: AnyRequest) -> Response[None]:
    await answers.hear_stops(await request.body())
    return Response(None, status_code=200)


@post("/hooks/mail", guards=[mail_provider], opt={"csrf": False}, request_max_body_size=MOST_FORM)
async def create_bounce(request: AnyRequest) -> Response[None]:
    """Providers send many events at once."""
    await answers.hear_bounces(await request.body())
    return Response(None, status_code=200)


HANDLERS = [create_stop, create_bounce]

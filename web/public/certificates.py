"""A certificate of erasure, for whoever holds its number: the person has no account any more."""

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from backend.http.callers import public
from backend.http.respond import page
from backend.kit.translations import translated as _
from backend.privacy import erasing

AnyRequest = Request[Any, Any, Any]


@get("/certificats/{public_id:str}", guards=[public])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await page(
        request,
        "public/certificates/show.html",
        title=_("Certificat d’effacement"),
        space="public",
        certificate=await erasing.find_certificate(public_id),
    )


@get("/certificats/{public_id:str}/certificat.pdf", guards=[public])
async def download(public_id: FromPath[str]) -> Response[bytes]:
    certificate = await erasing.find_certificate(public_id)
    return Response(
        await erasing.print_certificate(certificate),
        media_type="application/pdf",
        headers={
            "content-disposition": 'inline; filename="certificat-effacement.pdf"',
            "cache-control": "no-store",
        },
    )


HANDLERS = [show, download]

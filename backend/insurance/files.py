"""What is uploaded here: read by its bytes, never by its name, and kept in the database alone."""

from backend.insurance.errors import CertificateWrong, IpidWrong
from backend.kit import files
from backend.kit.database import within

PDF = "application/pdf"
MOST_BYTES = files.MOST_BYTES
_END_WITHIN = 1024  # the mark of a PDF's end stands in its last kilobyte (ISO 32000-1, 7.5.5)
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


def is_pdf(content: bytes) -> bool:
    return content.startswith((b"%PDF-1.", b"%PDF-2."))


def is_whole_pdf(content: bytes) -> bool:
    """Begins and ends as one; what was cut off on its way does not open."""
    return is_pdf(content) and b"%%EOF" in content[-_END_WITHIN:]


async def keep_ipid(content: bytes) -> int:
    """Raises IpidWrong at its field."""
    within()
    if len(content) > MOST_BYTES or not is_whole_pdf(content):
        raise IpidWrong().at("ipid")
    return await files.keep(content, PDF)


async def keep_certificate(content: bytes) -> int:
    """A PDF as it is, a picture drawn anew without what the camera wrote beside it. Raises CertificateWrong."""
    within()
    if len(content) > MOST_BYTES:
        raise CertificateWrong().at("file")
    if content.startswith(_PICTURES):
        return await files.keep_picture(content)
    if not is_whole_pdf(content):
        raise CertificateWrong().at("file")
    return await files.keep(content, PDF)

"""QR codes (ISO/IEC 18004) as SVG: dark on white, with the quiet zone of four modules."""

from __future__ import annotations

import io

import segno

from domain.errors import Invalid


def qr_code(content: bytes) -> bytes:
    """The code of some text as SVG, error correction M; raises Invalid above about 2,300 bytes."""
    try:
        code = segno.make_qr(content, error="m", boost_error=False, mode="byte")
    except segno.DataOverflowError:
        raise Invalid(f"QR code: {len(content)} bytes are more than a code can hold") from None
    svg = io.BytesIO()
    code.save(svg, kind="svg", xmldecl=False, border=4, light="#fff", nl=False, omitsize=True)
    return svg.getvalue()

"""Whether the bytes that somebody sent as a sheet can be one, and if not, what they are instead."""

_FORMS = (
    (b"PK\x03\x04", "an Excel workbook"),
    (b"PK\x05\x06", "an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a compressed file"),
)
_LOOKED_AT = 4_096


def fault_of_sheet(body: bytes) -> str:
    """What is wrong with a sheet as a whole, for whoever sent it; empty where it may well be one."""
    if not body.strip():
        return "The file is empty."
    for beginning, name in _FORMS:
        if body.startswith(beginning):
            return f"This is {name}; save it as CSV."
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "This is text in UTF-16; save it as CSV UTF-8."
    return "This is no text; save the sheet as CSV." if b"\0" in body[:_LOOKED_AT] else ""

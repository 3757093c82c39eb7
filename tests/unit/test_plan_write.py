"""The table of what a write does to what is stored."""

import pytest

from indexing.content.documents import SourceOrder, StoredRow, Write, plan_write

DOCUMENT = object()


def outcome(sent, stored, *, delete=False, deleted=False, same=False):
    row = None if stored is None else StoredRow(1, deleted, b"old", SourceOrder(*stored))
    write = Write("article", "a", None if delete else DOCUMENT, SourceOrder(*sent))
    return plan_write(write, b"old" if same else b"new", row)


@pytest.mark.parametrize(
    ("sent", "stored", "options", "expected"),
    [
        ((None, None), None, {}, "stored"),
        ((None, None), None, {"delete": True}, "unknown"),
        ((5, None), None, {"delete": True}, "stored"),
        ((None, None), (None, None), {}, "stored"),
        ((None, None), (None, None), {"same": True}, "unchanged"),
        ((4, None), (5, None), {}, "stale"),
        ((6, None), (5, None), {}, "stored"),
        ((None, 4), (None, 5), {}, "stale"),
        ((9, 4), (5, 5), {}, "stale"),
        ((4, 6), (5, 5), {}, "stored"),
        ((None, None), (5, None), {}, "stored"),
        ((4, None), (5, None), {"deleted": True}, "stale"),
        ((5, None), (5, None), {"deleted": True}, "stale"),
        ((6, None), (5, None), {"deleted": True}, "stored"),
        ((None, 5), (9, 5), {"deleted": True}, "stale"),
        ((None, None), (5, None), {"deleted": True, "delete": True}, "unchanged"),
        ((4, None), (5, None), {"delete": True}, "stale"),
        ((9, None), (5, None), {"deleted": True, "delete": True}, "stored"),
    ],
)
def test_the_senders_order_decides(sent, stored, options, expected):
    assert outcome(sent, stored, **options) == expected

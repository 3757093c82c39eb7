"""How far a sender's clock is believed."""

import pytest

from indexing.content.order import AHEAD_MINUTES, SourceOrder, credible, refuse_ahead
from indexing.errors import InvalidDocument

NOW = 1_795_000_000_000_000
"""A moment of November 2026 in microseconds."""
MINUTE = 60_000_000
SCALES = {"seconds": 1_000_000, "milliseconds": 1_000, "microseconds": 1}


@pytest.mark.parametrize("scale", SCALES.values(), ids=SCALES)
def test_a_time_as_revision_may_be_a_little_ahead_in_any_unit(scale):
    refuse_ahead(SourceOrder(revision=(NOW + (AHEAD_MINUTES - 1) * MINUTE) // scale), moment=NOW)
    with pytest.raises(InvalidDocument, match="revision"):
        refuse_ahead(SourceOrder(revision=(NOW + (AHEAD_MINUTES + 1) * MINUTE) // scale), moment=NOW)


def test_nanoseconds_too():
    refuse_ahead(SourceOrder(revision=NOW * 1_000), moment=NOW)
    with pytest.raises(InvalidDocument):
        refuse_ahead(SourceOrder(revision=(NOW + 10 * MINUTE) * 1_000), moment=NOW)


@pytest.mark.parametrize("revision", [0, 1, 41, 1_000_000, 1_700_000_000])
def test_counters_and_times_of_the_past_are_taken(revision):
    refuse_ahead(SourceOrder(revision=revision), moment=NOW)


@pytest.mark.parametrize("revision", [2**62, 10**18 * 2, 99_999_999_999, 10**17 - 1])
def test_no_revision_can_be_ahead_of_every_clock(revision):
    with pytest.raises(InvalidDocument, match="revision"):
        refuse_ahead(SourceOrder(revision=revision), moment=NOW)


def test_every_field_at_fault_is_named():
    with pytest.raises(InvalidDocument) as raised:
        refuse_ahead(SourceOrder(updated_at=NOW + 6 * MINUTE, revision=2**62), moment=NOW)
    assert [error.field for error in raised.value.errors] == ["updated_at", "revision"]
    assert "UTC" in raised.value.errors[0].message


def test_an_order_that_an_earlier_version_let_in_does_not_count():
    assert credible(SourceOrder(NOW + 6 * MINUTE, 2**62), moment=NOW) == SourceOrder()
    assert credible(SourceOrder(NOW + 4 * MINUTE, 7), moment=NOW) == SourceOrder(NOW + 4 * MINUTE, 7)

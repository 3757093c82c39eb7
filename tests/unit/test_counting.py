"""What is counted, and what never leaves memory."""

from datetime import date

import pytest

from search_api.analytics.counting import STILL_SECONDS, Counter

TODAY = date(2026, 11, 24)


class Clock:
    def __init__(self):
        self.now = 0.0
        self.day = TODAY

    def wait(self, seconds=STILL_SECONDS):
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def counter(clock):
    return Counter(3, clock=lambda: clock.now, today=lambda: clock.day, is_known_word=lambda word: word != "zzyx")


def rows(counter):
    return [(each.query, each.searches, each.without_results, each.clicks) for each in counter.due()]


def test_below_k_visitors_nothing_leaves_and_from_k_on_all_of_the_day(counter, clock):
    for visitor in ("a", "b", "a", "a"):
        counter.searched(visitor, "Ketamine Cost", total=5)
        clock.wait()
    assert rows(counter) == []
    counter.searched("c", "ketamine cost", total=0)
    clock.wait()
    assert rows(counter) == [("ketamine cost", 3, 1, 0)]
    assert rows(counter) == []
    counter.searched("d", "ketamine cost", total=5)
    clock.wait()
    assert rows(counter) == [("ketamine cost", 1, 0, 0)]


def test_typing_sorting_filtering_and_paging_are_one_intent(counter, clock):
    for visitor in "abc":
        for length in range(1, 13):
            counter.searched(visitor, "side effects"[:length], total=9)
            clock.wait(0.1)
        for _ in range(4):
            counter.searched(visitor, "side effects", total=9)
            clock.wait(10)
    assert rows(counter) == [("side effects", 3, 0, 0)]


def test_a_click_counts_at_once_and_once(counter):
    ids = [counter.searched(visitor, "bladder", total=2) for visitor in "abc"]
    for id in (*ids, ids[0], "unknown"):
        counter.clicked(id)
    assert rows(counter) == [("bladder", 3, 0, 3)]


def test_no_visitor_can_follow_more_often_than_search(counter, clock):
    for _ in range(5):
        for visitor in "abc":
            id = counter.searched(visitor, "bladder", total=2)
            clock.wait()
            counter.clicked(id)
    assert rows(counter) == [("bladder", 3, 0, 3)]


def test_days_are_apart(counter, clock):
    for visitor in "ab":
        counter.searched(visitor, "bladder", total=2)
    clock.wait()
    counter.due()
    clock.day = date(2026, 11, 25)
    counter.searched("c", "bladder", total=2)
    clock.wait()
    assert rows(counter) == []


@pytest.mark.parametrize(
    "text",
    ["", "me@site.example", "call 555 1234", "https://x.example", "zzyx therapy", "a b c d e f g h i", "50mg"],
)
def test_addresses_numbers_and_unknown_words_are_not_even_counted(counter, text):
    assert counter.searched("a", text, total=1) is None


def test_switched_off_it_counts_nothing(clock):
    assert Counter(0).searched("a", "ketamine", total=1) is None


def test_visitors_are_known_by_a_hash_that_another_process_cannot_make():
    one, other = Counter(2), Counter(2)
    assert one._visitor("1.2.3.4") == one._visitor("1.2.3.4") != other._visitor("1.2.3.4")
    assert b"1.2.3.4" not in one._visitor("1.2.3.4")

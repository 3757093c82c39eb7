import numpy as np

from search_api.search.rank import scaled


def test_scaling_keeps_order_and_bounds():
    values = np.array([0.0, 1.0, 5.0, 3.0])
    assert scaled(values).tolist() == [0.0, 0.0, 1.0, 0.5]


def test_scaling_knows_nothing_and_one_value():
    assert scaled(np.zeros(3)).tolist() == [0.0, 0.0, 0.0]
    assert scaled(np.array([0.0, 2.0])).tolist() == [0.0, 1.0]


def test_what_lies_below_the_best_thousand_is_zero():
    values = np.arange(1.0, 2_001.0)
    assert (scaled(values)[:1_000] == 0).all()
    assert scaled(values)[-1] == 1.0

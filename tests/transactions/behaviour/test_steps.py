"""What is drawn together is what would have been drawn step by step."""

import numpy as np

from paysim.transactions.behaviour.steps import STEP, Steps


def draw(rng, count):
    return rng.random((3, count)), rng.standard_normal(count), rng.integers(0, 36, (count, 6), dtype=np.uint8)


def test_several_steps_at_once_give_the_numbers_of_one_after_the_other():
    alone, together = np.random.default_rng(1), np.random.default_rng(1)
    expected = [draw(alone, STEP) for _ in range(4)]
    steps = Steps(together, STEP)
    assert not steps.known
    first = draw(steps.one(), STEP)
    others = draw(steps.together(3), 3 * STEP)
    for at, axis in enumerate((1, 0, 0)):
        assert np.array_equal(first[at], expected[0][at])
        assert np.array_equal(others[at], np.concatenate([each[at] for each in expected[1:]], axis))
    assert together.random() == alone.random()

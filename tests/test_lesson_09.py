"""Lesson 09's own code: the paper's defence that preserves the top-1 label, and the two ceilings of a membership test."""
import itertools

import board
import pytest
import torch

from course_utils.api.customers import Account
from course_utils.api.serving import Question
from course_utils.defence import perturb
from course_utils.files.digits import mnist


@pytest.fixture(scope="module")
def lesson():
    return board.load("09_perturb_the_outputs")


def oracle(probabilities, guess):
    """The corner of one answer as the authors' oracle_argmax_preserving finds it, vertex by vertex, for K <= 10."""
    best, found, top = -1.0, None, int(probabilities.argmax())
    for vertex in itertools.product([0.0, 1.0], repeat=len(probabilities)):
        if vertex[top]:
            corner = torch.tensor(vertex, dtype=torch.float64)
            corner[top] += 1e-5
            corner /= corner.sum()
            u, v = corner - guess, probabilities - guess
            value = (u / u.norm() - v / v.norm()).square().sum()
            if value > best:
                best, found = value, corner
    return found


def test_mad_argmax_is_the_authors_and_keeps_every_label_and_the_budget(lesson):
    defence, generator = lesson.MadArgmax(0.9), torch.Generator().manual_seed(0)
    asked = [Question(Account("a", "dk-a"), image) for image in mnist().test.x[:12]]
    said = (4 * torch.randn(12, 10, generator=generator, dtype=torch.float64)).softmax(-1)
    served, guesses = defence.scores(said, asked), lesson.untrained(asked, defence.secret)
    assert (served.argmax(-1) == said.argmax(-1)).all() and (served >= 0).all()
    assert torch.allclose(served.sum(-1), torch.ones(12).double())
    assert ((served - said).abs().sum(-1) <= 0.9 + 1e-9).all()
    for row, p, guess in zip(served[:4], said, guesses):
        corner = oracle(p, guess)
        share = min(1, 0.9 / float((corner - p).abs().sum()))
        assert torch.allclose(row, (1 - share) * p + share * corner, atol=1e-9)
    assert torch.allclose(served, perturb.MadArgmax(0.9).scores(said, asked), atol=1e-6)          # what lesson 12's arena plays


def test_ours_turns_the_direction_further_than_the_papers(lesson):
    asked = [Question(Account("a", "dk-a"), image) for image in mnist().test.x[:50]]
    said = torch.eye(10, dtype=torch.float64)[torch.arange(50) % 10] * 0.98 + 0.002
    guesses = lesson.untrained(asked, 77)
    ours, papers = (torch.nn.functional.cosine_similarity(defence.scores(said, asked) - guesses, said - guesses, dim=-1).mean()
                    for defence in (perturb.Poisoned(0.9, keep=True), lesson.MadArgmax(0.9)))
    assert ours < 0.85 < 0.95 < papers


@pytest.mark.parametrize("epsilon", [0.5, 1.0, 1.32, 3.0])
def test_a_release_of_exactly_epsilon_passes_the_ceiling_of_one_record_and_not_that_of_a_pair(lesson, epsilon):
    told = lesson.laplace_told(epsilon)
    assert told == pytest.approx(1 - lesson.math.exp(-epsilon) / 2, abs=0.005)
    assert lesson.ceiling(epsilon) + 0.01 < told < lesson.ceiling(2 * epsilon)


def test_intervals_of_shares_stay_inside(lesson):
    for share in (0.0, 0.01, 0.5, 1.0):
        low, high = lesson.wilson(torch.tensor(share, dtype=torch.float64), 10)
        assert -1e-12 <= low <= share <= high <= 1 + 1e-12

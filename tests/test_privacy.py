"""The accountants agree with Opacus and with what PATE's paper prints; the mechanisms do what their promise says."""
import itertools
import math

import pytest
import torch
from torch.nn import functional as F

from course_utils.defence import privacy
from course_utils.files.digits import mnist
from course_utils.lesson import exercises

# ---------------------------------------------------------------- randomised response


@pytest.mark.parametrize("classes,epsilon", [(2, 1.0), (10, 2.0), (4, 0.1)])
def test_randomised_response_is_exactly_epsilon_private(classes, epsilon):
    """By enumeration: P(said | truth) for all pairs, from the two random numbers that the code draws."""
    keep = privacy.keep_probability(epsilon, classes)
    said = torch.zeros(classes, classes, dtype=torch.float64)
    for truth, shift in itertools.product(range(classes), range(1, classes)):
        said[truth, (truth + shift) % classes] += (1 - keep) / (classes - 1)
        said[truth, truth] += keep / (classes - 1)
    assert torch.allclose(said.sum(1), torch.ones(classes).double())
    ratios = said[:, None] / said[None]
    assert math.isclose(ratios.max().item(), math.exp(epsilon), rel_tol=1e-9)
    answers = torch.arange(classes).repeat(40_000)
    given = privacy.randomised_response(answers, classes, epsilon, torch.Generator().manual_seed(0))
    counts = torch.stack([torch.bincount(given[answers == truth], minlength=classes) for truth in range(classes)])
    assert (counts / 40_000 - said).abs().max() < 0.015


def test_the_estimate_is_right_on_average_and_as_sure_as_it_says():
    shares, n, draw = torch.tensor([0.7, 0.28, 0.02]).double(), 500, torch.Generator().manual_seed(0)
    found = []
    for _ in range(2000):
        truth = torch.multinomial(shares, n, replacement=True, generator=draw)
        given = privacy.randomised_response(truth, 3, 1.0, draw)
        found.append(exercises.material("09").debiased(torch.bincount(given, minlength=3).double(), 1.0))
    found, error = torch.stack(found), exercises.material("09").debiased_error(shares, 1.0, n)
    assert ((found.mean(0) - shares).abs() < 4 * error / math.sqrt(2000)).all()
    assert torch.allclose(found.std(0), error, rtol=0.1)
    assert (found < 0).any(), "an estimate that never falls below 0 is not right on average"


# ---------------------------------------------------------------- PATE

def test_strong_composition_is_the_published_one():
    """1610.05755, section 3.2: gamma 0.05 and 100 queries at delta 1e-5 give 5.80, 1,000 at 1e-6 about 26 (printed cut to the unit)."""
    assert privacy.strong_epsilon(100, 0.05, 1e-5) == pytest.approx(5.80, rel=0.01)
    assert int(privacy.strong_epsilon(1000, 0.05, 1e-6)) == 26


def test_the_moments_beat_composition_and_disagreement_costs_the_whole_bound():
    assert privacy.moments_epsilon(100, 0.05, 1e-5) == pytest.approx(5.3026, abs=1e-4)          # (15 + ln 1e5) / 5
    assert privacy.moments_epsilon(100, 0.05, 1e-5) < privacy.strong_epsilon(100, 0.05, 1e-5)
    split = torch.tensor([[125, 125] + [0] * 8]).expand(100, -1)
    assert privacy.quorum_epsilon(split, 0.05) == pytest.approx(privacy.moments_epsilon(100, 0.05, 1e-5))
    agreed = [privacy.quorum_epsilon(torch.tensor([[250 - k, k] + [0] * 8]).expand(100, -1), 0.05) for k in (0, 30, 60, 90, 120)]
    assert agreed == sorted(agreed) and agreed[0] < 0.3


def _published(counts, gamma, order):
    """One answer's moment, (number, whether theorem 3 is allowed), in plain floats and logarithms.

    Read in PATE's public analysis, and written anew: tensorflow/privacy at 03035d5d, research/pate_2017/analysis.py, functions
    compute_q_noisy_max, logmgf_exact, and logmgf_from_counts.
    """
    first, *others = sorted(counts, reverse=True)
    miss = min(math.fsum(math.exp(math.log1p((first - c) * gamma / 2) - math.log(2) - (first - c) * gamma) for c in others),
               1 - 1 / len(counts))
    whole, plain = 2 * gamma, min(2 * gamma**2 * order * (order + 1), 2 * gamma * order)
    if not 0 < miss < 1 / (math.exp(whole) + 1):
        return (plain if miss else 0.0), bool(miss)
    stays = math.log1p(-miss) + order * (math.log1p(-miss) - math.log1p(-math.exp(whole) * miss))
    high, low = max(stays, math.log(miss) + whole * order), min(stays, math.log(miss) + whole * order)
    return min(high + math.log1p(math.exp(low - high)), plain), True


def _published_epsilon(rows, gamma, delta, orders):
    return min((math.fsum(times * _published(counts, gamma, order)[0] for counts, times in rows) + math.log(1 / delta)) / order
               for order in orders)


VOTES = [[250] + [0] * 9, [220, 30] + [0] * 8, [180, 70] + [0] * 8, [160, 90] + [0] * 8, [125, 125] + [0] * 8, [25] * 10,
         [0, 3, 240, 7, 0, 0, 0, 0, 0, 0], [100, 60, 50, 40, 0, 0, 0, 0, 0, 0], [130, 120, 0], [90, 160]]


@pytest.mark.parametrize("gamma", [0.01, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 2.0])
@pytest.mark.parametrize("answers", [1, 100, 1500])
def test_both_accountants_agree_with_the_public_analysis(gamma, answers):
    """To 1e-6, over a grid of votes, gamma and answers, with l up to 8 as there and up to 64 as here."""
    for counts, orders in itertools.product(VOTES, (range(1, 9), range(1, 65))):
        ours = privacy.quorum_epsilon(torch.tensor([counts]).expand(answers, -1), gamma, orders=orders)
        assert ours == pytest.approx(_published_epsilon([(counts, answers)], gamma, 1e-5, orders), rel=1e-6, abs=1e-6), (counts, orders)
    each = [min(2 * gamma**2 * order * (order + 1), 2 * gamma * order) for order in range(1, 65)]
    bound = min((answers * moment + math.log(1e5)) / order for order, moment in enumerate(each, 1))
    assert privacy.moments_epsilon(answers, gamma, 1e-5) == pytest.approx(bound, abs=1e-6)
    mixed = torch.tensor(VOTES[:8]).repeat(answers, 1)
    assert privacy.quorum_epsilon(mixed, gamma) <= privacy.moments_epsilon(8 * answers, gamma, 1e-5) + 1e-6
    assert privacy.quorum_epsilon(mixed, gamma) == pytest.approx(
        _published_epsilon([(counts, answers) for counts in VOTES[:8]], gamma, 1e-5, range(1, 65)), abs=1e-6)


@pytest.mark.parametrize("votes, gamma, right", [([160, 90], 0.7, 0.436), ([180, 70], 1.0, 0.240)])
def test_a_small_chance_of_another_winner_is_not_rounded_away(votes, gamma, right):
    """Subtracting the winner's half from the sum gave 0.180 for both: what was left was rounding."""
    counts = torch.tensor([votes + [0] * 8]).expand(1500, -1)
    assert privacy.quorum_epsilon(counts, gamma) == pytest.approx(right, abs=5e-4)
    assert math.isfinite(privacy.quorum_epsilon(counts, 20.0))          # e^(2 gamma l) is beyond a float there


def test_where_theorem_3_does_not_hold_it_is_not_used():
    """The public analysis asks only for a chance below a half. From e^(-2 gamma) on its sum has a negative factor, and even moments come
    out below plain addition: 653 for these votes. Theorem 3 says nothing there (0.276 is above its 0.119), so plain addition counts."""
    near = torch.tensor([[10, 9]]).expand(1500, -1)
    assert privacy.quorum_epsilon(near, 1.0, orders=range(1, 9)) == pytest.approx(3000 + math.log(1e5) / 8)


def test_moments_are_never_above_plain_addition():
    assert privacy.moments_epsilon(100, 0.5, 1e-5) == pytest.approx(100.2, abs=0.05)           # theorem 2 alone gives 111.5
    assert privacy.moments_epsilon(100, 3.0, 1e-5) == pytest.approx(600 + math.log(1e5) / 64)


def _outcome(votes, gamma, points=20_001):
    """P(each class wins) under Laplace noise, by numerical integration: (classes,)."""
    reach = 40 / gamma
    grid = torch.linspace(-reach, reach + max(votes), points, dtype=torch.float64)
    votes = torch.tensor(votes, dtype=torch.float64)[:, None]
    density = (-gamma * (grid - votes).abs()).exp() * gamma / 2
    below = torch.where(grid < votes, 0.5 * (gamma * (grid - votes)).exp(), 1 - 0.5 * (-gamma * (grid - votes)).exp())
    wins = torch.stack([density[i] * torch.cat([below[:i], below[i + 1:]]).prod(0) for i in range(len(votes))])
    return torch.trapezoid(wins, grid, dim=-1)


def test_noisy_argmax_has_the_distribution_that_integration_gives():
    votes, gamma = [5, 3, 0], 0.4
    expected = _outcome(votes, gamma)
    assert expected.sum().item() == pytest.approx(1, abs=1e-4)
    won = privacy.noisy_argmax(torch.tensor([votes]).expand(200_000, -1), gamma, torch.Generator().manual_seed(0))
    assert (torch.bincount(won, minlength=3) / 200_000 - expected).abs().max() < 0.005


@pytest.mark.parametrize("votes,gamma", [([9, 1, 0], 0.5), ([30, 2, 0], 0.3), ([6, 5, 1], 0.8), ([20, 0, 0], 1.0)])
def test_both_theorems_are_above_the_true_moments(votes, gamma):
    """The moments of the privacy loss itself, for every move of one vote, integrated."""
    here = _outcome(votes, gamma)
    for source, target in itertools.permutations(range(3), 2):
        if votes[source] == 0:
            continue
        other = list(votes)
        other[source], other[target] = other[source] - 1, other[target] + 1
        loss = (here / _outcome(other, gamma)).log()
        assert loss.abs().max() <= 2 * gamma + 1e-3
        for order in (1, 4, 8):
            true = (here * (order * loss).exp()).sum().log().item()
            # delta = 1 leaves the bare moment: epsilon = moment / order
            assert true <= order * privacy.quorum_epsilon(torch.tensor([votes]), gamma, delta=1.0, orders=[order]) + 1e-3
            assert true <= 2 * gamma**2 * order * (order + 1) + 1e-3


def test_votes_are_counted():
    labels = torch.tensor([[0, 2], [0, 1], [1, 2]])
    assert privacy.count_votes(labels, 3).tolist() == [[2, 1, 0], [0, 1, 2]]


# ---------------------------------------------------------------- DP-SGD

@pytest.mark.parametrize("multiplier,rate,steps", [(2, 0.25, 100), (4, 0.25, 100), (8, 0.25, 100), (16, 0.25, 100),
                                                   (1.1, 64 / 60_000, 9380), (4, 0.1, 200), (3, 1.0, 20)])
def test_our_accountant_is_opacus(multiplier, rate, steps):
    from opacus.accountants import RDPAccountant
    theirs = RDPAccountant()
    theirs.history = [(multiplier, rate, steps)]
    epsilon = theirs.get_epsilon(1e-5)
    ours = privacy.gaussian_epsilon(multiplier, rate, steps, 1e-5)
    assert ours == pytest.approx(epsilon, rel=0.01) and ours >= epsilon * (1 - 1e-6)


@pytest.mark.filterwarnings("ignore:Full backward hook")
def test_a_step_by_hand_is_a_step_of_opacus():
    from opacus.grad_sample import GradSampleModule
    from opacus.optimizers import DPOptimizer
    x, y = (part[:40] for part in mnist().train)
    model = GradSampleModule(torch.nn.Linear(784, 10, bias=False))
    before = model._module.weight.detach().clone()
    optimiser = DPOptimizer(torch.optim.SGD(model.parameters(), 1.0), noise_multiplier=1.5, max_grad_norm=0.7, expected_batch_size=50,
                            generator=torch.Generator().manual_seed(0))
    F.cross_entropy(model(x), y).backward()
    optimiser.step()
    wrong = (x @ before.T).softmax(-1) - F.one_hot(y, 10)
    gradients = (wrong[:, :, None] * x[:, None, :]).flatten(1)
    noise = torch.normal(0, 1.5 * 0.7, before.shape, generator=torch.Generator().manual_seed(0)).flatten() / (1.5 * 0.7)
    step = exercises.material("09").private_gradient(gradients, 0.7, 1.5, noise, 50)
    assert torch.allclose(before - step.view_as(before), model._module.weight.detach(), atol=1e-5)


def test_one_record_moves_the_sum_by_no_more_than_the_clip():
    draw = torch.Generator().manual_seed(0)
    gradients, none = 50 * torch.randn(8, 5, generator=draw), torch.zeros(5)
    whole, without = (exercises.material("09").private_gradient(part, 0.5, 1.0, none, 1) for part in (gradients, gradients[1:]))
    assert (whole - without).norm() <= 0.5 + 1e-5


def test_training_privately_repeats_and_is_accounted_for():
    (x, y), held = mnist().train, mnist().validation
    runs = []
    for multiplier in (4, 4, 0):
        model = privacy.small_model(seed=1)
        epsilon = privacy.fit_privately(model, x, y, multiplier=multiplier, steps=40, seed=1)
        runs.append((epsilon, model(held.x).detach()))
    assert runs[0][0] == runs[1][0] == pytest.approx(privacy.gaussian_epsilon(4, 0.25, 40), rel=0.01)
    assert torch.equal(runs[0][1], runs[1][1]) and math.isinf(runs[2][0])
    assert (runs[0][1].argmax(-1) == held.y).float().mean() > 0.6


def test_told_apart():
    low, high = torch.tensor([0.1, 0.2]), torch.tensor([0.3, 0.4, 0.5])
    assert privacy.told_apart(low, high) == 1 and privacy.told_apart(high, low) == 0
    assert privacy.told_apart(low, low) == 0.5

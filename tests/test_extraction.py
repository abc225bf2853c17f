"""What answers give away: equations, singular values, and which pictures to ask about."""
import board
import pytest
import torch

from course_utils import api
from course_utils.api import client
from course_utils.attack import extraction
from course_utils.lesson import exercises
from course_utils.teacher import decoding, language
from course_utils.teacher.skills import TOKENIZER

drawings = exercises.material("drawings")


def linear(d, classes, seed=0):
    draw = torch.Generator().manual_seed(seed)
    w = torch.randn(d + 1, classes, generator=draw, dtype=torch.float64)
    return w - w.mean(-1, keepdim=True)


def answer(w, x):
    return (x @ w[:-1] + w[-1]).softmax(-1)


# ---------------------------------------------------------------- a linear model

@pytest.mark.parametrize("d,classes", [(4, 2), (10, 3), (60, 10)])
def test_as_many_answers_as_inputs_and_one_solve_a_linear_model(d, classes):
    w = linear(d, classes)
    x = torch.cat([torch.zeros(1, d), torch.eye(d)]).double()
    assert torch.allclose(extraction.solve_softmax(x, answer(w, x)), w, atol=1e-12)
    one_less = extraction.solve_softmax(x[:-1], answer(w, x[:-1]))
    assert (one_less - w).abs().max() > 1e-3


def test_more_answers_average_rounding_away():
    w, x = 0.3 * linear(20, 4), extraction.specks(2000, seed=1, lit=5, pixels=20)
    p = answer(w, x).round(decimals=2).clamp_min(2.5e-3)
    few, many = ((extraction.solve_softmax(x[:n], p[:n]) - w).norm() for n in (60, 2000))
    assert many < few / 3


def test_specks_are_few_and_their_own():
    x = extraction.specks(500, seed=0)
    assert x.shape == (500, 784) and x.dtype == torch.float64 and set(x.unique().tolist()) == {0.0, 1.0}
    assert 18 < x.sum(-1).mean() < 22 and not torch.equal(x, extraction.specks(500, seed=1))


# ---------------------------------------------------------------- a hidden width

@pytest.fixture(scope="module")
def teacher():
    return language.load_language_teacher()


def scores(teacher, prompts):
    return teacher(torch.tensor([TOKENIZER.encode(p) for p in prompts]))[:, -1].double()


def test_the_width_of_the_course_teacher(teacher):
    z = scores(teacher, extraction.random_prompts(200, seed=7))
    assert extraction.hidden_width(z) == extraction.hidden_width(z.log_softmax(-1)) == 128
    assert extraction.hidden_width(z.float()) == 128


def test_random_prompts_are_four_tokens_whatever_the_words():
    for seed in range(20):
        assert {len(TOKENIZER.encode(p)) for p in extraction.random_prompts(200, seed)} == {4}


def test_unbias_gives_the_models_own_differences():
    z, bias = torch.randn(6, 9, dtype=torch.float64), torch.tensor([30.0, 20.0, 25.0], dtype=torch.float64)
    raised = z.clone()
    raised[:, :3] += bias
    found = extraction.unbias(raised.log_softmax(-1)[:, :3], bias, reference=1)
    assert torch.allclose(found, z[:, :3] - z[:, 1:2], atol=1e-9)


def test_a_bias_chooses_what_the_api_shows(teacher):
    prompts, favoured = extraction.random_prompts(3, seed=0), [5, 40, 17, 90, 120]
    with api.serve({"teacher": teacher}, reveal=api.Reveal(top_logprobs=5)) as server:
        plain = extraction.top_logprobs(client.text(server), prompts)
        rows = extraction.top_logprobs(client.text(server), prompts, favoured)
        assert len(server.ledger()) == 6                                  # one prompt is one query
    z, names = scores(teacher, prompts), [TOKENIZER.tokens[t] for t in favoured]
    for row, shown, own in zip(rows, plain, z):
        assert set(row) == set(names) and len(shown) == 5
        found = extraction.unbias(torch.tensor([[row[name] for name in names]]), torch.full((5,), 100.0), reference=2)
        assert torch.allclose(found[0].double(), own[favoured] - own[17], atol=1e-3)
        best = own.argmax().item()
        assert shown[TOKENIZER.tokens[best]] == pytest.approx(own.log_softmax(-1)[best].item(), abs=1e-4)


def test_what_the_api_shows_is_what_the_model_says(teacher):
    seen = []
    decoding.generate(teacher, ["cat the saw 7"], max_tokens=1, hook=lambda z, tokens, rows: (seen.append(z.clone()), z)[1])
    assert torch.allclose(seen[0][0].double(), scores(teacher, ["cat the saw 7"])[0], atol=1e-4)


# ---------------------------------------------------------------- what lesson 04 itself defines

@pytest.fixture(scope="module")
def lesson():
    return board.load("04_what_one_answer_reveals")


def test_noise_alone_stays_below_its_edge_and_a_signal_does_not(lesson):
    draw = torch.Generator().manual_seed(0)
    noise = 0.1 * torch.randn(200, 60, generator=draw, dtype=torch.float64)
    signal = torch.randn(200, 5, generator=draw, dtype=torch.float64) @ torch.randn(5, 60, generator=draw, dtype=torch.float64)
    assert lesson.above_edge(noise, 0.1) == 0 and lesson.above_edge(noise + signal, 0.1) == 5


def test_pieces_lie_between_the_bends(lesson):
    found = lesson.pieces(lambda t: torch.tensor([abs(t - 0.3), max(t + 2, 0.0)], dtype=torch.float64), 10.0)
    assert [end for _, end in found[:-1]] == pytest.approx([-2, 0.3], abs=1e-4)
    assert (found[0][0], found[-1][1]) == (-10, 10)


def test_a_hidden_layer_is_recovered_from_centred_log_probabilities(lesson):
    torch.manual_seed(3)
    network = torch.nn.Sequential(torch.nn.Linear(784, 4), torch.nn.ReLU(), torch.nn.Linear(4, 3)).double().requires_grad_(False)

    def ask(x):
        logs = network(x).log_softmax(-1)
        return logs - logs.mean(-1, keepdim=True)

    stolen, x = lesson.steal_relu(ask, seed=0), torch.rand(50, 784, dtype=torch.float64)
    assert len(stolen[0]) == 4 and lesson.unit_errors(stolen[0], network).max() < 1e-6
    assert torch.allclose(lesson.relu_network(x, *stolen), ask(x), atol=1e-6)


# ---------------------------------------------------------------- clones

def test_complete_and_cut():
    p = torch.randn(50, 10, dtype=torch.float64).softmax(-1)
    for k in (1, 3, 10):
        served = extraction.cut(p, k)
        full = extraction.complete(served)
        assert ((served > 0).sum(-1) == k).all() and torch.allclose(full.sum(-1), torch.ones(50).double())
        assert torch.equal(full.argmax(-1), p.argmax(-1)) and torch.equal(full[served > 0], p[served > 0])
    assert torch.equal(extraction.complete(torch.eye(3)), torch.eye(3))


def test_shifted_images_are_the_same_images_elsewhere():
    images = torch.zeros(40, 28, 28)
    images[:, 10:15, 12:16] = torch.rand(40, 5, 4)
    moved = extraction.shifted(images.flatten(1), seed=0).view(40, 28, 28)
    assert torch.allclose(moved.sum((1, 2)), images.sum((1, 2)))
    places = {tuple((moved[i] > 0).nonzero().amin(0).tolist()) for i in range(40)}
    assert len(places) > 4 and all(9 <= a <= 11 and 11 <= b <= 13 for a, b in places)


# ---------------------------------------------------------------- what to ask about

def test_a_bandit_step_only_moves_preference_about():
    h = torch.randn(5)
    up, down = (extraction.bandit_step(h, 2, r, 0.5) for r in (0.9, 0.1))
    assert torch.allclose(up.sum(), h.sum(), atol=1e-5) and up[2] > h[2] > down[2] and (up[[0, 1, 3, 4]] < h[[0, 1, 3, 4]]).all()
    assert torch.equal(extraction.bandit_step(h, 2, 0.5, 0.5), h)


@pytest.fixture
def toy():
    """Three kinds of 200 'pictures'; the victim is sure about kind 1 only."""
    pool = torch.rand(3, 200, 12, generator=torch.Generator().manual_seed(0))
    logits = torch.randn(3, 200, 4, generator=torch.Generator().manual_seed(1))
    logits[1] = torch.tensor([9.0, 0, 0, 0])
    return pool, logits.softmax(-1)


@pytest.mark.parametrize("rewards", [(), extraction.REWARDS, ("loss",)])
def test_a_knockoff_keeps_its_budget_and_looks_only_at_what_it_paid_for(toy, rewards):
    pool, answers = toy
    asked = extraction.knockoff(pool, answers, seed=3, budget=220, rewards=rewards)
    assert len(asked) == len(asked.unique()) == 220 and 0 <= asked.min() and asked.max() < 600
    hidden = answers.flatten(0, 1).clone()
    paid = extraction.knockoff(pool, answers, seed=3, budget=250, rewards=rewards)          # the last group is paid for as a whole
    hidden[[i for i in range(600) if i not in set(paid.tolist())]] = torch.nan
    assert torch.equal(extraction.knockoff(pool, hidden.view(3, 200, 4), seed=3, budget=220, rewards=rewards), asked)


def test_certainty_is_what_certainty_pays_for(toy):
    pool, answers = toy
    shares = [(extraction.knockoff(pool, answers, seed, 200, ("certainty",), group=10) // 200 == 1).double().mean() for seed in range(5)]
    assert sum(shares) / 5 > 0.6


def test_an_exhausted_kind_is_left_alone(toy):
    pool, answers = toy
    assert extraction.knockoff(pool, answers, 0, 600, ("certainty",)).sort().values.tolist() == list(range(600))


def test_rewards_are_from_0_to_1():
    p, z = torch.randn(30, 10).mul(3).softmax(-1), torch.randn(30, 10)
    for name in extraction.REWARDS:
        assert 0 <= extraction.reward(p, p.mean(0), z, (name,)) <= 1
    assert extraction.reward(p, p.mean(0), p.log(), ("loss",)) == pytest.approx(0, abs=1e-5)


def test_drawings():
    pool = drawings.pool(6, seed=0)
    assert pool.shape == (len(drawings.KINDS), 6, 784) and 0 <= pool.min() and pool.max() <= 1
    assert torch.equal(pool, drawings.pool(6, seed=0)) and not torch.equal(pool, drawings.pool(6, seed=1))
    assert all(len(kind.unique(dim=0)) == 6 for kind in pool) and drawings.pool(501, seed=0).shape[1] == 501

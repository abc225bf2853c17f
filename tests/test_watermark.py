"""The mark, its test and whoever attacks it; and dataset inference, innocents first."""
import math
import random

import pytest
import torch
from scipy import stats

from course_utils.api import serving
from course_utils.defence import watermark
from course_utils.lesson import exercises
from course_utils.teacher import decoding, language, skills

TOKENIZER = skills.TOKENIZER
ownership = exercises.material("ownership")


# ---------------------------------------------------------------- the list

def test_the_green_list_is_the_same_on_every_machine():
    """Known values: whoever changes the hash makes every stored key worthless."""
    assert watermark.green_list(7, (3, 5), 0.25, 195).nonzero()[:8, 0].tolist() == [1, 3, 5, 14, 17, 21, 30, 34]
    assert watermark.green_list("7", (3, 5)).equal(watermark.green_list(7, (3, 5)))


def test_lists_look_like_coins():
    """Share of gamma; and independent between keys, windows and tokens, as far as correlations can tell."""
    lists = torch.stack([watermark.green_list(key, (a, b)) for key in range(6) for a in range(20) for b in range(20)]).double()
    assert abs(lists.mean().item() - 0.25) < 4 * math.sqrt(0.25 * 0.75 / lists.numel())
    keys = lists.view(6, -1)
    worst = (torch.corrcoef(keys) - torch.eye(6)).abs().max().item()
    assert worst < 5 / math.sqrt(keys.shape[1])
    windows = torch.corrcoef(lists.view(6, 400, -1)[0]) - torch.eye(400)
    assert windows.abs().max() < 6 / math.sqrt(195)
    # nested: what is green at gamma 0.1 is green at 0.25
    assert not (watermark.green_list(1, (2,), 0.1) & ~watermark.green_list(1, (2,), 0.25)).any()


def test_the_mark_moves_green_logits_and_looks_at_the_last_tokens_alone():
    tokens, logits = torch.tensor([[9, 9, 3, 5], [0, 0, 3, 5], [0, 0, 5, 3]]), torch.zeros(3, len(TOKENIZER))
    served = watermark.Watermark(key=7, delta=1.5, window=2).logits(logits, tokens, None)
    assert served[0].equal(served[1]) and not served[0].equal(served[2])
    assert served[0].equal(1.5 * watermark.green_list(7, (3, 5)).float()) and logits.abs().max() == 0
    assert isinstance(watermark.Watermark(), serving.Defence)


# ---------------------------------------------------------------- the test

def test_p_value_is_the_binomial_tail():
    n, gamma = 12, 0.25
    for green in range(n + 1):
        tail = sum(math.comb(n, k) * gamma**k * (1 - gamma)**(n - k) for k in range(green, n + 1))
        assert watermark.p_value(green, n, gamma) == pytest.approx(tail, rel=1e-9)
    assert watermark.z_score(50, 200, 0.25) == 0 and watermark.z_score(80, 200, 0.25) == pytest.approx(30 / math.sqrt(37.5))
    assert watermark.p_value(0, 0) == 1


def test_windows_reach_into_the_prompt_and_the_end_is_no_word():
    ids = TOKENIZER.encode("explain rotate 415 :")
    rows = watermark.windows_and_tokens(["explain rotate 415 :"], ["say , 415"], 2)
    assert rows.tolist() == [[*ids[-2:], TOKENIZER.ids["say"]], [ids[-1], TOKENIZER.ids["say"], TOKENIZER.ids[","]],
                             *[[*pair] for pair in zip(TOKENIZER.encode("say , 4"), TOKENIZER.encode(", 4 1"), TOKENIZER.encode("4 1 5"))]]
    said = TOKENIZER.encode("say , 415") + [TOKENIZER.end]
    assert watermark.windows_and_tokens(["explain rotate 415 :"], [said], 2).equal(rows)


def test_first_seen_keeps_one_of_each():
    rows = torch.randint(0, 3, (500, 3), generator=torch.Generator().manual_seed(0))
    first = watermark.first_seen(rows)
    assert len(rows[first]) == len(rows.unique(dim=0)) and rows[first].unique(dim=0).equal(rows.unique(dim=0))


def test_an_unmarked_text_is_rarely_accused_with_deduplication_and_often_without():
    """One text, 150 keys: the coins are the key's. (A p-value of whole numbers lies a little above uniform ones.)"""
    asked = skills.problems("explain", 60, seed=3)
    rows = watermark.windows_and_tokens([p.prompt for p in asked], [p.completion for p in asked], window=1)
    honest = [watermark.look_for(key, rows).p for key in range(150)]
    naive = [watermark.look_for(key, rows, distinct=False).p for key in range(150)]
    assert stats.kstest(honest, "uniform").pvalue > 0.01
    assert sum(p < 0.01 for p in honest) <= 5 and sum(p < 0.01 for p in naive) > 20
    assert stats.kstest(naive, "uniform").pvalue < 1e-4


def test_weighted_coins():
    weights, green = torch.tensor([2.0, -1.0]), torch.tensor([True, False])
    assert watermark.weighted_z(weights, green) == pytest.approx(1.75 / math.sqrt(0.1875 * 5))
    assert watermark.weighted_z(torch.ones(100), torch.arange(100) < 40) == pytest.approx(watermark.z_score(40, 100))
    # never below the exact tail, and not far above it
    exact = watermark.p_value(40, 60)
    assert exact < watermark.weighted_p(torch.ones(60, dtype=torch.float64), torch.arange(60) < 40) < 20 * exact
    draw = torch.Generator().manual_seed(0)
    weights = torch.randn(80, generator=draw, dtype=torch.float64)
    bounds = [watermark.weighted_p(weights, torch.rand(80, generator=draw) < 0.25) for _ in range(2000)]
    assert all(sum(p < level for p in bounds) <= 2000 * level for level in (0.2, 0.05, 0.01))


def test_excess_weighs_each_coin_once_and_knows_no_key():
    usual = watermark.usage(torch.tensor([[1, 2, 3]] * 6 + [[1, 2, 4]] * 2))
    coins, weights = watermark.excess(torch.tensor([[1, 2, 3], [1, 2, 5], [1, 2, 5], [1, 2, 5], [9, 9, 9]]), usual)
    assert dict(zip(map(tuple, coins.tolist()), weights.tolist())) == pytest.approx(
        {(1, 2, 3): (1 - 3) / 2, (1, 2, 4): (0 - 1) / 2, (1, 2, 5): 3 / 2})
    assert not len(watermark.excess(torch.tensor([[1, 2, 3]]), usual, windows=set())[0])


# ---------------------------------------------------------------- in a teacher's text

@pytest.fixture(scope="module")
def spoken():
    """120 explanations of the teacher, plain and marked, with their prompts."""
    teacher = language.load_language_teacher()
    asked = [p.prompt for p in skills.problems("explain", 120, seed=5)]
    plain = decoding.generate(teacher, asked, temperature=1.0)
    marked = decoding.generate(teacher, asked, temperature=1.0, hook=watermark.Watermark(key=7).logits)
    return teacher, asked, plain, marked


def test_the_mark_is_found_with_its_key_alone(spoken):
    teacher, asked, plain, marked = spoken
    where = watermark.open_windows(teacher, asked, plain)
    found = watermark.look_for(7, watermark.windows_and_tokens(asked, marked), windows=where)
    assert found.p < 1e-4 and found.tokens < len(where) * 8
    others = [watermark.look_for(key, watermark.windows_and_tokens(asked, marked), windows=where).p for key in range(8, 38)]
    assert stats.kstest(others, "uniform").pvalue > 0.001
    assert watermark.look_for(7, watermark.windows_and_tokens(asked, plain), windows=where).p > 1e-3


def test_it_leaves_answers_right_and_sums_as_they_were(spoken):
    teacher, asked, _, marked = spoken
    assert sum(skills.is_right(q, TOKENIZER.decode(a)) for q, a in zip(asked, marked)) >= 117
    sums = [p.prompt for p in skills.problems("reason", 40, seed=5)]
    plain = decoding.generate(teacher, sums, temperature=1.0)
    hook = watermark.Watermark(key=7).logits
    same = [a == b for a, b in zip(plain, decoding.generate(teacher, sums, temperature=1.0, hook=hook))]
    assert sum(same) >= 38


def test_a_fingerprint_is_a_gradient_and_leaves_a_mark():
    logits = torch.randn(4, 9, dtype=torch.float64, requires_grad=True)
    green = torch.rand(4, 9, generator=torch.Generator().manual_seed(0)) < 0.4
    mass = (logits.softmax(-1) * green).sum()
    slope, = torch.autograd.grad(mass, logits)
    assert torch.allclose(slope, watermark.fingerprint_shift(logits.softmax(-1), green).detach())


def test_a_fingerprints_proxy_never_reads_padding():
    proxy, asked = language.load_base(), ["explain rotate 415 :", "explain sort 12 :"]
    alone = [watermark.Fingerprint(proxy, 7).logits(torch.zeros(1, len(TOKENIZER)), torch.tensor([TOKENIZER.encode(q)]), None)[0]
             for q in asked]
    ids = [TOKENIZER.encode(q) for q in asked]
    padded = torch.tensor([[TOKENIZER.pad] * (6 - len(row)) + row for row in ids])
    both = watermark.Fingerprint(proxy, 7).logits(torch.zeros(2, len(TOKENIZER)), padded, None)
    assert torch.allclose(both, torch.stack(alone), atol=1e-5)


# ---------------------------------------------------------------- attackers

def test_rewording_changes_phrases_and_no_digit():
    draw = random.Random(0)
    for problem in skills.problems("explain", 50, seed=2):
        text = problem.completion
        assert watermark.reworded(text, 0.0, draw) == text
        new = watermark.reworded(text, 1.0, draw)
        assert skills.is_right(problem.prompt, new) and [c for c in new if c.isdigit()] == [c for c in text if c.isdigit()]
        assert new != text
    assert watermark.reworded("7 + 6 + 0 = 3", 1.0, draw) == "7 + 6 + 0 = 3"


def test_neutralising_pushes_down_what_the_harvest_says_too_often():
    plain = torch.tensor([[1, 2, t] for t in (3, 4) for _ in range(10)])
    harvest = torch.tensor([[1, 2, 3]] * 18 + [[1, 2, 4]] * 2)
    shift = watermark.Neutralised(harvest, plain).shift((1, 2))
    assert shift[3] > 0.3 and shift[4] < -0.3 and shift[5] == 0
    assert watermark.Neutralised(harvest, plain).shift((8, 9)).abs().max() == 0


# ---------------------------------------------------------------- ownership

def test_margin_is_signed():
    logits = torch.tensor([[3.0, 1.0, 0.0], [3.0, 1.0, 0.0]])
    assert ownership.margin(logits, torch.tensor([0, 1])).tolist() == [2, -2]
    assert ownership.margin(logits.expand(5, 2, 3), torch.tensor([0, 1])).shape == (5, 2)


def test_inference_accuses_nobody_by_itself():
    draw = torch.Generator().manual_seed(0)
    p = [ownership.inherited(torch.randn(50, generator=draw), torch.randn(70, generator=draw)) for _ in range(300)]
    assert stats.kstest(p, "uniform").pvalue > 0.01
    assert ownership.inherited(1 + torch.randn(50, generator=draw), torch.randn(70, generator=draw)) < 1e-3
    assert exercises.material("11").guilty(0.5, 0.9, 0.1) == pytest.approx(0.9)

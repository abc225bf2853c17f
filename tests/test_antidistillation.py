"""Anti-distillation: every top class kept, the harm is a slope, what one user sees is untouched, and all of it works behind the API."""
import math
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from openai import OpenAI
from scipy import stats

from course_utils import api
from course_utils.api import customers, serving
from course_utils.defence import antidistillation, perturb
from course_utils.defence.antidistillation import SharedLuck, Steered, matched, moved, slope, write
from course_utils.files.digits import mnist
from course_utils.student import losses
from course_utils.teacher import classifier, decoding, language, skills

ADA = customers.Account("ada", "dk-ada")


@pytest.fixture(scope="module")
def teacher():
    return language.load_language_teacher()


@pytest.fixture(scope="module")
def proxy():
    base, problems = language.load_base(), skills.problems("reason", 20, seed=3)
    return base, slope(base, language.pack([p.prompt for p in problems], [p.completion for p in problems]))


# ---------------------------------------------------------------- the margin budget

@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**31), sharp=st.floats(0, 60), bite=st.floats(0, 1000), strength=st.floats(0, 1e6), classes=st.integers(2, 12))
def test_the_margin_budget_serves_the_undefended_label(seed, sharp, bite, strength, classes):
    """Random logits, flat to very sharp, ties among them; random harm; any strength: not one label moves."""
    draw = torch.Generator().manual_seed(seed)
    said = (sharp * torch.randn(50, classes, generator=draw, dtype=torch.float64)).softmax(-1)
    said[0] = 1 / classes
    hurts = bite * torch.randn(50, classes, generator=draw, dtype=torch.float64)
    asked = [serving.Question(ADA, torch.zeros(784)) for _ in range(50)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(perturb, "harm", lambda x, secret: hurts)
        served = perturb.Antidistillation(strength).scores(said, asked)
    assert torch.equal(served.argmax(-1), said.argmax(-1))
    assert torch.allclose(served.sum(-1), torch.ones(50, dtype=torch.float64)) and served.min() >= 0


def test_the_margin_budget_on_the_real_victim_and_its_real_harm():
    test = mnist().test
    said = classifier.load_teacher()(test.x).double().softmax(-1).detach()
    served = perturb.Antidistillation(100.0, secret=5).scores(said, [serving.Question(ADA, x) for x in test.x])
    assert torch.equal(served.argmax(-1), said.argmax(-1)) and (served - said).abs().sum(-1).mean() > 0.3


@pytest.mark.parametrize("strength", [0.6, 2.5, 30.0])
def test_tie_strengths_say_which_labels_change(strength):
    """Lesson 10 predicts its whole curve from them."""
    test = mnist().test
    said = classifier.load_teacher()(test.x).double().softmax(-1).detach()
    hurts = perturb.harm(test.x, 1000)
    ties = perturb.margin_budget(said.clamp_min(1e-30).log(), hurts, 1e9) / 0.999
    served = perturb.steered(said, hurts, torch.full((len(said),), strength, dtype=torch.float64))
    assert torch.equal(served.argmax(-1) != said.argmax(-1), ties < strength)


# ---------------------------------------------------------------- steering text

def test_a_follower_says_what_its_model_would_say_of_the_whole(teacher, proxy):
    """Prompts of several lengths, answers that end at different times: the cache must not show."""
    follower, worst = decoding.Follower(proxy[0]), 0.0

    def hook(logits, tokens, rows):
        nonlocal worst
        read = follower(tokens, rows.tolist())
        for row, heard in zip(tokens, read):
            whole = proxy[0](row[row != skills.TOKENIZER.pad][None])[0, -1]
            worst = max(worst, (whole - heard).abs().max().item())
        return logits

    prompts = [skills.problems(domain, 1, seed=4)[0].prompt for domain in skills.DOMAINS] * 2
    decoding.generate(teacher, prompts, temperature=1.5, seeds=3, hook=hook, max_tokens=40)
    decoding.generate(teacher, prompts[:3], temperature=1.0, seeds=4, hook=hook, max_tokens=5)          # a new batch starts it over
    assert worst < 1e-3


def test_harm_is_the_inner_product_of_two_slopes(proxy):
    """The finite difference over +-step equals g times the gradient of log p(token)."""
    model, slopes = proxy
    tokens = torch.tensor([skills.TOKENIZER.encode("reason 347 + 586 : 7 + 6 + 0 =")])
    up, down = (moved(model, slopes, sign * 0.01)(tokens)[0, -1].log_softmax(-1) for sign in (1, -1))
    difference = (up - down) / 0.02
    for token in (20, 33, 50):
        model.zero_grad()
        own = torch.autograd.grad(model(tokens)[0, -1].log_softmax(-1)[token], list(model.parameters()))
        exact = sum((a * b).sum() for a, b in zip(own, slopes)).item()
        assert math.isclose(difference[token].item(), exact, rel_tol=0.05, abs_tol=0.1)


def test_steered_tokens_come_from_the_formula():
    draw = torch.Generator().manual_seed(0)
    z, hurts = torch.randn(4, 9, generator=draw), torch.randn(4, 9, generator=draw)
    for heat in (0.5, 1.0, 2.0):
        given_to_sampler = antidistillation.steered_logits(z, hurts, 3.0, heat)
        assert torch.allclose((given_to_sampler / heat).softmax(-1), (z / heat + 3 * hurts).softmax(-1), atol=1e-6)


def test_strength_zero_changes_nothing_and_more_makes_the_teacher_worse(teacher, proxy):
    asked = [p.prompt for p in skills.problems("reason", 30, seed=5)]
    plain = write(teacher, asked, seed=1)
    assert write(teacher, asked, Steered(*proxy, strength=0.0), seed=1) == plain
    worse = write(teacher, asked, Steered(*proxy, strength=0.5), seed=1)
    assert sum(map(skills.is_right, asked, worse)) < sum(map(skills.is_right, asked, plain)) - 5
    assert write(teacher, asked, antidistillation.Mixed(proxy[0], 0.0), seed=1) == plain


def test_a_traces_score_is_the_inner_product_of_two_slopes(proxy):
    model, slopes = proxy
    problems = skills.problems("reason", 4, seed=9)
    examples = language.pack([p.prompt for p in problems], [p.completion for p in problems])
    up, down = antidistillation.losses_beside(model, examples, slopes)
    for i in range(4):
        loss = losses.next_token_loss(model(examples.tokens[i:i + 1]), examples.tokens[i:i + 1], examples.asked[i:i + 1])
        own = torch.autograd.grad(loss, list(model.parameters()))
        exact = sum((a * b).sum() for a, b in zip(own, slopes)).item()
        assert math.isclose(((up - down) / 0.02)[i].item(), exact, rel_tol=0.05, abs_tol=0.05)


def test_a_trace_that_helps_gets_more_weight_and_the_opposite_sign_gives_it_less():
    """The Distillation Game's public code (commit 671704e) takes down minus up, which is our function with its two losses interchanged."""
    up, down = torch.tensor([1.1, 1.0, 0.9]), torch.tensor([0.9, 1.0, 1.1])          # helps, is neutral, hurts
    ours, theirs = antidistillation.strategic_weights(up, down, 0.1), antidistillation.strategic_weights(down, up, 0.1)
    assert ours[0] > ours[1] > ours[2] and torch.allclose(theirs, ours.flip(0))


def test_the_weighted_loss_with_weights_of_one_is_the_plain_one(proxy):
    problems = skills.problems("reason", 5, seed=9)
    tokens, asked = language.pack([p.prompt for p in problems], [p.completion for p in problems])
    plain = losses.next_token_loss(proxy[0](tokens), tokens, asked)
    assert torch.allclose(antidistillation.weighted_loss(proxy[0], tokens, asked.float()), plain)


def test_matched_refuses_to_extrapolate():
    with pytest.raises(ValueError, match="outside of the measured teachers"):
        matched(torch.tensor([0.9, 0.7]), torch.tensor([0.5, 0.2]), 0.95)


def test_the_working_is_rewritten_and_the_answer_stays():
    text = "7 + 6 + 0 = 3 carry 1 ; 4 + 8 + 1 = 3 carry 1 ; 3 + 5 + 1 = 9 carry 0 ; => 933"
    assert antidistillation.answer_only(text) == "=> 933"
    assert antidistillation.shortened(text) == "3 carry 1 ; 3 carry 1 ; 9 carry 0 ; => 933"
    assert antidistillation.backwards(text).startswith("3 + 5 + 1 = 9 carry 0 ;")
    for how in (antidistillation.answer_only, antidistillation.shortened, antidistillation.backwards):
        assert skills.is_right("reason 347 + 586 :", how(text)) and how("no mark") in ("", "no mark")


# ---------------------------------------------------------------- luck that is shared

def _draws(defence, account, prompts, temperature=1.5, seed=0):
    """The first token of each answer, from one fixed distribution over six tokens."""
    z = torch.log(torch.tensor([[0.4, 0.25, 0.15, 0.1, 0.07, 0.03]])).expand(len(prompts), -1) * temperature
    asked = [serving.Question(account, ids, temperature=temperature) for ids in prompts]
    tokens = torch.tensor([[5, *ids] for ids in prompts])
    return defence.logits(z, tokens[:, 1:], asked).argmax(-1)


def test_what_one_user_sees_is_distributed_as_without_a_defence():
    """Over questions, over repeats of one question, and from one draw to the next: nothing to be seen (chi-square, 4,000 draws each)."""
    expected = torch.tensor([0.4, 0.25, 0.15, 0.1, 0.07, 0.03]) * 4000
    questions = [[10 + i // 64, 10 + i % 64] for i in range(4000)]
    over_questions = _draws(SharedLuck(secret=1), ADA, questions)
    repeats = _draws(SharedLuck(secret=1), ADA, [[10, 11]] * 4000)
    for drawn in (over_questions, repeats):
        assert stats.chisquare(torch.bincount(drawn, minlength=6), expected).pvalue > 0.01
    pairs = torch.zeros(6, 6).index_put_((repeats[:-1], repeats[1:]), torch.ones(3999), accumulate=True)[:4, :4]
    assert stats.chi2_contingency(pairs.numpy()).pvalue > 0.01


def test_a_pool_sees_one_draw_many_times():
    luck, people = SharedLuck(secret=2), [customers.Account(f"p{i}", f"dk-{i}") for i in range(5)]
    questions = [[10, i] for i in range(300)]
    first = [_draws(luck, person, questions) for person in people]
    assert all(torch.equal(first[0], other) for other in first[1:])
    again = _draws(luck, people[0], questions)
    assert 0.5 < (again != first[0]).double().mean() < 0.9                  # the second time is a draw of its own
    assert torch.equal(again, _draws(luck, people[3], questions))           # and it is shared as well
    assert not torch.equal(first[0], _draws(SharedLuck(secret=3), people[0], questions))
    once = SharedLuck(again=False, secret=2)
    assert torch.equal(_draws(once, people[0], questions), _draws(once, people[0], questions))


def test_a_reworded_question_gets_a_draw_of_its_own():
    """The coupling is by exact text: LADS couples by meaning."""
    luck, bob = SharedLuck(secret=2), customers.Account("bob", "dk-bob")
    first = _draws(luck, ADA, [[10, i] for i in range(300)])
    reworded = _draws(luck, bob, [[i, 10] for i in range(300) if i != 10])
    assert 0.5 < (reworded != torch.cat([first[:10], first[11:]])).double().mean() < 0.9


def test_behind_the_api_two_keys_get_the_same_answer(teacher):
    """A hot teacher, ten questions of different lengths, two accounts at the same time."""
    people = [customers.Account("ann", "dk-ann"), customers.Account("bob", "dk-bob")]
    asked = [p.prompt for domain in ("reason", "code") for p in skills.problems(domain, 5, seed=1)]
    with api.serve({"teacher": teacher}, accounts=people, defence=SharedLuck()) as server:
        def ask(key):
            client = OpenAI(base_url=f"{server.url}/v1", api_key=key)
            return [client.completions.create(model="teacher", prompt=p, temperature=2.0, max_tokens=40).choices[0].text for p in asked]

        with ThreadPoolExecutor(2) as pool:
            ann, bob = pool.map(ask, ("dk-ann", "dk-bob"))
    assert ann == bob and len(set(ann)) == 10


def test_steering_works_behind_the_api(teacher, proxy):
    asked = [p.prompt for domain in ("reason", "translate") for p in skills.problems(domain, 4, seed=1)]
    with api.serve({"teacher": teacher}, defence=Steered(*proxy, strength=0.15)) as server:
        client = OpenAI(base_url=f"{server.url}/v1", api_key=server.key)
        texts = [c.text for c in client.completions.create(model="teacher", prompt=asked, temperature=1.0, max_tokens=64).choices]
    plain = decoding.answers(teacher, asked, temperature=1.0)
    assert len(texts) == 8 and texts != plain and all(texts)


def test_votes():
    assert antidistillation.agreed(["a => 1", "b => 2", "c => 1"]) == "a => 1"
    assert antidistillation.agreed(["a => 1", "b => 2"]) is None and antidistillation.agreed(["a", "b"]) is None

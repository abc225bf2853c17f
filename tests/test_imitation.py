"""The box "student", when it starts from a harvest."""
import math

import pytest
import torch

from course_utils import api
from course_utils.api import client
from course_utils.attack import imitation
from course_utils.lesson import exercises
from course_utils.student import losses
from course_utils.teacher import decoding, language, skills

TEACHER = language.load_language_teacher()
QUESTIONS = [p.prompt for domain in skills.DOMAINS for p in skills.problems(domain, 40, seed=3)]


def test_picked_questions_pass_and_stay_in_their_split():
    found = imitation.pick("reason", 50, 0, lambda q: imitation.columns(q) == 0, "test")
    assert len({p.prompt for p in found}) == 50
    assert all(skills.is_test(p.prompt) and imitation.columns(p.prompt) == 0 for p in found)


def test_columns_are_what_the_working_carries():
    """Without what a column before brings: a sum without any such column carries nothing at all."""
    for problem in skills.problems("reason", 300, seed=0):
        assert imitation.columns(problem.prompt) <= 3
        assert (imitation.columns(problem.prompt) == 0) == (problem.difficulty == 0)
    assert imitation.columns("reason 352 + 479 :") == 2 and imitation.columns("reason 752 - 479 :") == 2


@pytest.mark.parametrize("errors,budget,expected", [
    ([0.5, 0.25, 0.0], 10, [7, 3, 0]), ([0.0, 0.0], 5, [3, 2]), ([1.0, 1.0, 1.0], 100, [34, 33, 33]), ([0.2], 7, [7])])
def test_allocate(errors, budget, expected):
    assert imitation.allocate(torch.tensor(errors), budget).tolist() == expected


def test_choose():
    assert exercises.material("07").choose(torch.tensor([40, 46, 50, 49]), 100) == 1
    assert exercises.material("07").choose(torch.tensor([0, 0]), 10) == 0


# ---------------------------------------------------------------- style

def test_the_teachers_answers_pass_every_look():
    for heat in (0.0, 1.0):
        for question, answer in zip(QUESTIONS, decoding.answers(TEACHER, QUESTIONS, temperature=heat)):
            assert imitation.glance(question, answer) and imitation.close_look(question, answer), (question, answer)


@pytest.mark.parametrize("question,answer,glance,close", [
    ("reason 34 + 52 :", "4 + 2 + 0 = 9 carry 1 ; 3 + 5 + 8 = 0 carry 0 ; => 7", True, True),
    ("reason 34 - 22 :", "4 + 2 + 0 = 6 carry 0 ; 3 + 2 + 0 = 5 carry 0 ; => 56", True, False),
    ("reason 34 + 52 :", "=> 86", False, False),
    ("code sort swap reverse 52341 :", "sort 12345 ; swap 52341 ; => 52341", True, False),
    ("code sort swap 52341 :", "sort 11111 ; swap 22222 ; => 33333", True, True),
    ("translate two cats saw birds :", "who cats ; does saw ; whom birds ; => miru -i na tilo -i vek -ta", True, False),
    ("translate two cats saw birds :", "who two cats ; does saw ; whom birds ; => miru miru miru", True, True),
    ("translate two cats saw birds :", "who two cats ; does saw ; whom birds ; => cats", False, False),
    ("explain sort 415 :", "415 ; => 145", False, False)])
def test_looks(question, answer, glance, close):
    assert (imitation.glance(question, answer), imitation.close_look(question, answer)) == (glance, close)


def test_the_base_model_has_the_form_of_no_real_sum():
    asked = [p.prompt for p in skills.problems("reason", 100, seed=0)]
    assert not any(imitation.glance(*pair) for pair in zip(asked, decoding.answers(language.load_base(), asked)))


# ---------------------------------------------------------------- log-probs

def test_the_stand_in_serves_what_the_api_serves():
    with api.serve({"teacher": TEACHER}) as server:
        reply = client.text(server).completions.create(model="teacher", prompt=QUESTIONS, temperature=1.0, seed=7, logprobs=5)
    served = [(c.logprobs.tokens, c.logprobs.top_logprobs) for c in reply.choices]
    here = imitation.in_process(TEACHER, QUESTIONS, 1.0, 7)
    assert [names for names, _ in served] == [names for names, _ in here]
    assert [choice.text for choice in reply.choices] == [imitation.text_of(pair) for pair in here]
    one, other = imitation.pack_soft(QUESTIONS, served), imitation.pack_soft(QUESTIONS, here)
    assert torch.equal(one.tokens, other.tokens) and torch.equal(one.asked, other.asked)
    assert torch.allclose(one.logprobs, other.logprobs, atol=1e-3)
    assert torch.equal(one.asked, language.pack(QUESTIONS, [imitation.text_of(pair) for pair in here]).asked)


def test_served_places_belong_to_their_tokens():
    """Greedy text: the likeliest token that was served at a place is the token that stands there."""
    soft = imitation.pack_soft(QUESTIONS, imitation.in_process(TEACHER, QUESTIONS))
    assert torch.equal(soft.top[..., 0][soft.asked], soft.tokens[soft.asked])
    tokens, asked, top, logprobs = imitation.soft_batches(soft, batch_size=8)(0)
    assert tokens.shape == asked.shape == top.shape[:2] == logprobs.shape[:2] and len(tokens) == 8


def test_soft_batches_show_every_example_once_a_round():
    soft = imitation.pack_soft(QUESTIONS, imitation.in_process(TEACHER, QUESTIONS))
    batch = imitation.soft_batches(soft, batch_size=len(QUESTIONS) // 4, seed=1)
    seen = [tuple(row[row != 0].tolist()) for step in range(4) for row in batch(step)[0]]
    assert sorted(seen) == sorted(tuple(row[row != 0].tolist()) for row in soft.tokens)


def test_with_the_whole_vocabulary_the_loss_is_cross_entropy():
    z, v = torch.randn(6, 9, generator=torch.Generator().manual_seed(0)), torch.randn(6, 9)
    logprobs, top = v.log_softmax(-1).topk(8)
    entropy = -(v.log_softmax(-1).exp() * v.log_softmax(-1)).sum(-1).mean()
    assert imitation.top_k_loss(z, top, logprobs).item() == pytest.approx((losses.forward_kl(z, v).mean() + entropy).item(), abs=1e-5)


def test_the_loss_is_least_when_the_student_agrees_on_what_was_shown():
    v = torch.randn(4, 12, generator=torch.Generator().manual_seed(0))
    logprobs, top = v.log_softmax(-1).topk(3)
    z = v.clone().requires_grad_()
    gradient, = torch.autograd.grad(imitation.top_k_loss(z, top, logprobs), z)
    assert gradient.abs().max() < 1e-6
    sure = torch.zeros(1, 4).scatter(1, torch.tensor([[2]]), 300.0).requires_grad_()
    gradient, = torch.autograd.grad(imitation.top_k_loss(sure, torch.tensor([[2]]), torch.tensor([[math.log(0.5)]])), sure)
    assert gradient.isfinite().all() and gradient[0, 2] == pytest.approx(0.5, abs=1e-4)


def test_soften():
    logprobs = torch.tensor([[0.5, 0.3]]).log()
    assert torch.allclose(imitation.soften(logprobs, 1.0), logprobs, atol=1e-6)
    squares = torch.tensor([0.25, 0.09]) / (0.25 + 0.09 + 0.04)
    assert torch.allclose(imitation.soften(logprobs, 0.5).exp()[0], squares, atol=1e-6)

"""The problems of the language model, and the program that judges answers."""
import pytest

from course_utils.teacher import skills
from course_utils.teacher.skills import TOKENIZER

each = pytest.mark.parametrize("domain", skills.DOMAINS)


@each
@pytest.mark.parametrize("easy", [False, True])
def test_problems_are_judged_right_and_survive_the_tokenizer(domain, easy):
    for p in skills.problems(domain, 300, seed=0, easy=easy):
        assert skills.is_right(p.prompt, p.completion)
        assert skills.final_answer(p.completion) == p.answer
        assert TOKENIZER.decode(TOKENIZER.encode(p.prompt)) == p.prompt
        assert TOKENIZER.decode(TOKENIZER.encode(p.completion)) == p.completion
        assert len(TOKENIZER.encode(p.completion)) < 64


@each
def test_a_wrong_answer_is_wrong(domain):
    one, other = skills.problems(domain, 2, seed=0)
    assert not skills.is_right(one.prompt, one.completion.replace(one.answer, "7 miru"))
    assert not skills.is_right(one.prompt, one.trace), "without a mark there is no answer"
    assert one.answer == other.answer or not skills.is_right(one.prompt, other.completion)


@each
def test_no_question_is_in_both_splits(domain):
    train, test = ({p.prompt for p in skills.problems(domain, 500, seed, split)} for seed, split in ((0, "train"), (0, "test")))
    assert not train & test and len(train) == len(test) == 500
    assert not any(map(skills.is_test, train)) and all(map(skills.is_test, test))


def test_the_same_seed_gives_the_same_problems():
    assert skills.problems("code", 20, seed=3) == skills.problems("code", 20, seed=3) != skills.problems("code", 20, seed=4)


def test_sums_and_their_working():
    trace, answers, carries = skills._solve_reason("347 + 586", None)
    assert trace == "7 + 6 + 0 = 3 carry 1 ; 4 + 8 + 1 = 3 carry 1 ; 3 + 5 + 1 = 9 carry 0 ;" and answers == ("933",) and carries == 2
    trace, answers, borrows = skills._solve_reason("503 - 478", None)
    assert trace.endswith("5 - 4 - 1 = 0 borrow 0 ;") and answers == ("25",) and borrows == 2


def test_a_translation_may_have_either_order():
    prompt, first = "translate the two small cats saw a dog :", "miru -i -zo eni du na baso vek -ta"
    assert skills.is_right(prompt, f"=> {first}") and skills.is_right(prompt, "=> na baso miru -i -zo eni du vek -ta")
    assert not skills.is_right(prompt, "=> baso na miru -i -zo eni du vek -ta")


def test_explanations_differ_in_wording():
    draw = skills.stream("explain", seed=0)
    assert len({next(draw).trace for _ in range(200)}) == 200


@pytest.mark.parametrize("prompt", ["what is 2 + 2 ?", "reason 347 + :", "translate the cat :", "code fly 123 :", ""])
def test_what_is_no_question_is_refused(prompt):
    with pytest.raises(ValueError, match="not a question"):
        skills.is_right(prompt, "=> 1")


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match="Domains: reason"):
        next(skills.stream("poetry", 0))
    with pytest.raises(ValueError, match="only about"):
        skills.problems("explain", 10_000, seed=0)
    with pytest.raises(ValueError, match="no token for 'hello'"):
        TOKENIZER.encode("hello 12")


def test_the_split_is_the_one_that_the_bundled_weights_were_trained_on():
    prompts = ("explain sort 415 :", "reason 347 + 586 :", "translate the cat saw birds :")
    assert [skills.is_test(prompt) for prompt in prompts] == [True, False, False]


def test_the_last_mark_counts():
    assert skills.final_answer("7 + 6 => 13 carry 1  =>  933 ") == "933" and skills.final_answer("933") is None

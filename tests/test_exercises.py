"""Every exercise: its reference passes, each misconception is met by its own message, and nothing a student writes breaks it."""
import random
import sys
import threading
import time

import numpy as np
import pytest
import torch

from course_utils.files import bundled
from course_utils.lesson import exercises
from course_utils.student import losses

LESSONS = sorted(path.stem[-2:] for path in (bundled.COURSE / "notebooks" / "exercises").glob("lesson_*.py"))
ALL = {name: spec for lesson in LESSONS for name, spec in exercises.load_all(lesson).items()}
MISTAKES = [(name, i) for name, spec in ALL.items() for i in range(len(spec.mistakes))]


@pytest.mark.parametrize("name", ALL)
def test_reference_passes(name):
    assert exercises.check(ALL[name], ALL[name].reference).outcome == "correct"


@pytest.mark.parametrize("name,i", MISTAKES)
def test_each_mistake_meets_its_own_message(name, i):
    spec = ALL[name]
    says, mistake = spec.mistakes[i]
    # a student's function has the exercise's own argument names, and so have all the listed mistakes
    verdict = exercises.check(spec, mistake)
    assert (verdict.outcome, verdict.says) == ("misconception", says)


@pytest.mark.parametrize("name", ALL)
def test_enough_mistakes_and_hints(name):
    spec = ALL[name]
    assert len(spec.mistakes) >= 3 and len(spec.hints) == 3
    assert len({says for says, _ in spec.mistakes}) == len(spec.mistakes)


def test_plain_kl_divergence_is_correct_too():
    """KL and cross-entropy differ by a constant: the same gradient, so the same student."""
    def kd_loss(student_logits, teacher_logits, labels, temperature=4.0, alpha=0.9):
        soft = torch.nn.functional.kl_div((student_logits / temperature).log_softmax(-1), (teacher_logits / temperature).softmax(-1),
                                          reduction="batchmean")
        return alpha * temperature**2 * soft + (1 - alpha) * torch.nn.functional.cross_entropy(student_logits, labels)

    assert exercises.check(ALL["01.kd_loss"], kd_loss).outcome == "correct"


# ---------------------------------------------------------------- what students really write

S = "student_logits, teacher_logits, labels, temperature=4.0, alpha=0.9"
HOSTILE = {
    "prints": ("print('hello'); return losses.kd_loss(student_logits, teacher_logits, labels, temperature, alpha)", "Your own function"),
    "returns None": ("losses.kd_loss(student_logits, teacher_logits, labels)", "returned None"),
    "wrong shape": ("return student_logits.sum(0)", "one number is expected"),
    "nan": ("return losses.kd_loss(student_logits, teacher_logits, labels) * float('nan')", "returned nan"),
    "python float": ("return losses.kd_loss(student_logits, teacher_logits, labels).item()", "Python float"),
    "numpy": ("return np.array(1.0)", "numpy array"),
    "no gradient": ("return losses.kd_loss(student_logits, teacher_logits, labels).detach()", "cut off from `student_logits`"),
    "not used": ("return (teacher_logits * torch.ones(1, requires_grad=True)).mean()", "does not depend on `student_logits`"),
    "endless loop": ("while True: pass", "still running"),
    "endless torch loop": ("while True: torch.randn(300, 300) @ torch.randn(300, 300)", "still running"),
    "endless, swallowing": ("while True:\n        try: student_logits.sum()\n        except: pass", "still running"),
    "sleeps": ("time.sleep(2)", "still running"),
    "in place": ("student_logits /= temperature\n    return losses.kd_loss(student_logits, teacher_logits, labels, 1.0, alpha)",
                 "changes its input `student_logits` in place"),
    "in place, other input": ("teacher_logits.div_(temperature)\n    return student_logits.sum()", "changes its input `teacher_logits`"),
    "random": ("return losses.kd_loss(student_logits, teacher_logits, labels) * torch.rand(1).squeeze()", "draws random numbers"),
    "raises": ("return student_logits @ teacher_logits", "RuntimeError"),
    "recursion": ("return kd_loss(student_logits, teacher_logits, labels)", "RecursionError"),
    "exit": ("sys.exit(1)", "SystemExit"),
    "asks": ("return input('T? ')", "keyboard input"),
    "a string": ("return 'loss'", "Python str"),
}


def define(body, arguments=S):
    """A function from text, findable by inspect, as a notebook cell's is."""
    import linecache
    source = f"def kd_loss({arguments}):\n    {body}\n"
    filename = f"<cell {hash(source)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    scope = {"torch": torch, "np": np, "losses": losses, "time": time, "sys": sys}
    exec(compile(source, filename, "exec"), scope)
    return scope["kd_loss"]


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_functions_get_a_clear_sentence(case):
    body, expected = HOSTILE[case]
    torch.manual_seed(3), random.seed(3), np.random.seed(3)
    before = torch.get_rng_state().clone(), random.getstate(), np.random.get_state()[1].copy()
    threads = threading.active_count()
    verdict = exercises.check(ALL["01.kd_loss"], define(body), seconds=0.5)
    assert expected in verdict.says, verdict
    assert threading.active_count() == threads or case == "sleeps", "the function is still running"
    assert verdict.outcome == ("correct" if case == "prints" else "wrong")
    assert torch.equal(before[0], torch.get_rng_state()) and before[1] == random.getstate()
    assert (before[2] == np.random.get_state()[1]).all()


def test_prints_are_kept_and_shown():
    verdict = exercises.check(ALL["01.kd_loss"], define(HOSTILE["prints"][0]))
    assert verdict.printed.startswith("hello")


def test_an_error_names_the_readers_own_line():
    verdict = exercises.check(ALL["01.kd_loss"], define("a = 1\n    return student_logits @ teacher_logits"))
    assert verdict.detail == "line 3 of the cell's function: return student_logits @ teacher_logits"


@pytest.mark.parametrize("body,expected", [
    ("return student_logits[student_logits > 0 and student_logits < 1]", "number by number it is `&`"),
    ("return student_logits / student_logits.sum(-1)[:-1]", "`keepdim=True`"),
    ("return student_logits.max(-1) > 0", "take one, `.values`")])
def test_what_torch_says_is_explained(body, expected):
    verdict = exercises.check(ALL["01.kd_loss"], define(body))
    assert "stopped with" in verdict.says and expected in verdict.says, verdict.says


@pytest.mark.parametrize("arguments,expected", [
    ("z, v, y, T=4.0, a=0.9", "Keep the names"), ("student_logits, teacher_logits", "Keep the names"),
    ("student_logits, teacher_logits, labels, temperature, alpha=0.9", "default value of `temperature`")])
def test_changed_arguments(arguments, expected):
    assert expected in exercises.check(ALL["01.kd_loss"], define("return 1", arguments)).says


@pytest.mark.parametrize("body", ["...", "pass", "'''Doc.'''\n    ...", "raise NotImplementedError", "raise NotImplementedError('later')"])
def test_not_attempted(body):
    assert exercises.check(ALL["01.kd_loss"], define(body)).outcome == "not attempted"


def test_wrong_answers_show_the_smallest_example():
    verdict = exercises.check(ALL["01.softmax_t"], lambda logits, temperature=1.0: logits.abs())
    assert verdict.outcome == "wrong" and "yours" in verdict.detail and "worked case:" in verdict.detail


@pytest.mark.parametrize("reach", [5, 10, 20])
def test_a_search_too_narrow_for_the_lesson_is_rejected(reach):
    """The lesson's students need biases of about 7 and 20; other digits and seeds may need more."""
    def class_bias(logits, digit, frequency):
        return max(-reach, min(reach, losses.class_bias(logits, digit, frequency)))

    for _ in range(5):
        assert exercises.check(ALL["01.class_bias"], class_bias).outcome == "wrong"


def test_a_loop_that_swallows_its_interruption_ends_every_time():
    body, expected = HOSTILE["endless, swallowing"]
    for _ in range(8):
        threads = threading.active_count()
        assert expected in exercises.check(ALL["01.kd_loss"], define(body), seconds=0.1).says
        assert threading.active_count() <= threads


def test_number_exercises_accept_any_kind_of_number():
    for kind in (float, np.float64, torch.tensor, lambda v: np.float32(v)):
        answer = (lambda kind: lambda student_logits, teacher_logits: kind(
            ALL["00.agreement"].reference(student_logits, teacher_logits)))(kind)
        assert exercises.check(ALL["00.agreement"], answer).outcome == "correct"


# ---------------------------------------------------------------- the decorator

def test_the_name_is_bound_to_the_reference_until_it_is_right(capsys):
    attempt = exercises.exercise("01.kd_loss")(define("..."))
    assert attempt.outcome == "not attempted" and "○ 01.kd_loss · not attempted" in capsys.readouterr().out
    z = torch.zeros(2, 3)
    assert attempt(z, z, torch.tensor([0, 1])) == losses.kd_loss(z, z, torch.tensor([0, 1]))

    own = define("return losses.kd_loss(student_logits, teacher_logits, labels, temperature, alpha) + 1")
    attempt = exercises.exercise("01.kd_loss")(own)            # a constant changes no gradient: correct, and recognisably theirs
    assert attempt.outcome == "correct"
    assert attempt(z, z, torch.tensor([0, 1])) == losses.kd_loss(z, z, torch.tensor([0, 1])) + 1


def test_three_hints_then_the_solution(capsys):
    attempt = exercises.exercise("01.softmax_t")(lambda logits, temperature=1.0: logits)
    for i in (1, 2, 3, 3):
        attempt.hint()
        assert f"Hint {i} of 3" in capsys.readouterr().out
    attempt.solution()
    assert "def softmax_t" in capsys.readouterr().out


def test_grading(monkeypatch):
    exercises.exercise("01.kd_loss")(losses.kd_loss)
    assert exercises.grade("01.kd_loss", 2) == 2
    exercises.exercise("01.kd_loss")(define("..."))
    assert exercises.grade("01.kd_loss", 2) == 0
    monkeypatch.setenv("COURSE_GRADING", "1")
    with pytest.raises(AssertionError, match="not attempted"):
        exercises.exercise("01.kd_loss")(define("..."))
    with pytest.raises(AssertionError, match="0 of 2 points"):
        exercises.grade("01.kd_loss", 2)


def test_unknown_exercise_lists_the_known():
    with pytest.raises(KeyError, match="01.kd_loss"):
        exercises.exercise("01.kd_los")


def test_html_card_follows_the_theme_and_escapes(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.get_ipython", lambda: object())
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    exercises._say("Title <b>", "use `a < b`", "x < y")
    assert "&lt;b&gt;" in shown[0]["text/html"] and "<code>a &lt; b</code>" in shown[0]["text/html"]
    assert "var(--jp-" in shown[0]["text/html"] and "use `a < b`" in shown[0]["text/plain"]

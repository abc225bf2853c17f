"""The exercises of lesson 07: the wrong answers that people really give, as code, each with the sentence that names it."""
import math
import re

import torch
from torch.nn import functional as F

from course_utils.attack import imitation
from course_utils.lesson.check import Spec
from course_utils.teacher import skills

# ---------------------------------------------------------------- the answers that the package itself does not need

def choose(right, questions):
    """The simplest recipe that cannot be told from the best: the rule of one standard error (Breiman et al. 1984).

    right: (recipes,), how many validation questions each got right, the simplest recipe
    first. With p the best share, the standard error is sqrt(p (1 - p) / questions).
    Returns the number, from 0, of the first recipe whose share is at least p minus that.
    """
    share = right / questions
    best = float(share.max())
    error = math.sqrt(best * (1 - best) / questions)
    return int((share >= best - error).nonzero()[0])

# ---------------------------------------------------------------- top_k_loss


def _served_inputs(generator, draw):
    """0 to 5: ordinary places; in 3 the served numbers were rounded up; in 6 and 7 the student is surer than a float can say."""
    n, vocabulary, k = [(1, 4, 1), (1, 5, 2), (2, 6, 3), (2, 6, 2), (4, 12, 5), (3, 30, 5), (1, 4, 1), (1, 4, 1)][draw]
    teacher = torch.randn(n, vocabulary, generator=generator) * 1.5
    logprobs, top = teacher.log_softmax(-1).topk(k)
    student = torch.randn(n, vocabulary, generator=generator) * 1.5
    if draw == 3:
        logprobs = logprobs - logprobs.exp().sum(-1, keepdim=True).log() + 0.05         # they sum to 1.05
    if draw > 5:
        logprobs = torch.full_like(logprobs, math.log(0.9))
        student = torch.zeros(n, vocabulary).scatter(1, top, 40.0 if draw == 6 else 200.0)
    return {"student_logits": student, "top": top, "logprobs": logprobs}


def _five(target=lambda p: p, q=None, left=lambda p: (1 - p.sum(-1)).clamp_min(0), tail=True, total=torch.mean):
    """The loss with one thing changed."""
    def loss(student_logits, top, logprobs):
        p, said = logprobs.exp(), student_logits.log_softmax(-1)
        listed = said.gather(-1, top) if q is None else q(student_logits, top)
        value = (target(p) * listed).sum(-1)
        if tail:
            value = value + left(p) * said.scatter(-1, top, -torch.inf).logsumexp(-1)
        return -total(value)
    return loss


def _over_k(student_logits, top, logprobs):
    return -(logprobs.exp() * student_logits.log_softmax(-1).gather(-1, top)).mean()


def _spread(student_logits, top, logprobs):
    p, vocabulary = logprobs.exp(), student_logits.shape[-1]
    each = (1 - p.sum(-1, keepdim=True)).clamp_min(0) / (vocabulary - top.shape[-1])
    target = each.expand_as(student_logits).scatter(-1, top, p)
    return F.cross_entropy(student_logits, target)


def _floored(student_logits, top, logprobs):
    p, q = logprobs.exp(), student_logits.softmax(-1).gather(-1, top)
    left = (1 - p.sum(-1)).clamp_min(0)
    return -((p * q.clamp_min(1e-9).log()).sum(-1) + left * (1 - q.sum(-1)).clamp_min(1e-9).log()).mean()


def _of_the_others(student_logits, top, logprobs):
    p, q = logprobs.exp(), student_logits.softmax(-1)
    others = q.scatter(-1, top, 0.0).sum(-1).log()
    return -((p * q.gather(-1, top).log()).sum(-1) + (1 - p.sum(-1)).clamp_min(0) * others).mean()


def _unfloored(student_logits, top, logprobs):
    p, said = logprobs.exp(), student_logits.log_softmax(-1).gather(-1, top)
    return -((p * said).sum(-1) + (1 - p.sum(-1)).clamp_min(0) * (1 - said.exp().sum(-1)).log()).mean()


TOP_K = Spec(
    reference=imitation.top_k_loss, inputs=_served_inputs, gradient="student_logits", draws=8,
    worked=(("top_k_loss(torch.zeros(1, 4), torch.tensor([[2]]), torch.tensor([[0.5]]).log())", 0.837),),
    training=True,
    mistakes=(
        ("Right, until the student is so sure that `1 - q.sum(-1)` is exactly 0. The floor keeps the number finite, but its gradient is 0: "
         "the student never learns that it is too sure. Sum the other tokens themselves, in logarithms: "
         "`log_softmax(-1).scatter(-1, top, -torch.inf).logsumexp(-1)`.", _floored),
        ("Right, until the student is so sure that `1 - q.sum(-1)` is exactly 0, which has no logarithm. A floor there would have no "
         "gradient: sum the other tokens themselves, `log_softmax(-1).scatter(-1, top, -torch.inf).logsumexp(-1)`.", _unfloored),
        ("Right, until the other tokens' probabilities are all exactly 0. Sum them in the form of logarithms: "
         "`log_softmax(-1).scatter(-1, top, -torch.inf).logsumexp(-1)`.", _of_the_others),
        ("The tail of the target is missing. With the served tokens alone, nothing limits what the student gives to all the others.",
         _five(tail=False)),
        ("The served probabilities are scaled up to sum to 1. That claims that the teacher never says anything else. What is missing "
         "belongs to the other tokens.", _five(target=lambda p: p / p.sum(-1, keepdim=True), tail=False)),
        ("The student's softmax is taken over the served tokens only. It may then put nearly everything on tokens that were not served, "
         "and the loss does not notice: `log_softmax` over the whole vocabulary first, `gather` afterwards.",
         _five(q=lambda z, top: z.gather(-1, top).log_softmax(-1), tail=False)),
        ("Teacher and student are both scaled to the served tokens: the loss compares them within the top k and ignores how much each "
         "gives to all the rest.", _five(target=lambda p: p / p.sum(-1, keepdim=True), q=lambda z, top: z.gather(-1, top).log_softmax(-1),
                                   tail=False)),
        ("What is left is spread evenly over the other tokens. The API did not say so, and most of them are impossible here. Count them "
         "all as one, with the sum of the student's probabilities.", _spread),
        ("Where rounded numbers sum to more than 1, what is left is negative. The loss then rewards an ever smaller tail: use "
         "`.clamp_min(0)`.", _five(left=lambda p: 1 - p.sum(-1))),
        ("This learns only the most likely token, the hard label. The served log-probs are not used.",
         lambda student_logits, top, logprobs: F.cross_entropy(student_logits, top[:, 0])),
        ("The log-probs are used as if they were probabilities: take their `exp()` first.",
         lambda student_logits, top, logprobs: _five()(student_logits, top, logprobs.clamp_max(-1e-6).neg().log())),
        ("The sign is wrong: training would move away from the teacher.", _five(total=lambda value: -value.mean())),
        ("The mean is taken over the k tokens, too: sum over them, and take the mean over the positions. (The tail is missing, too.)",
         _over_k),
        ("This is a sum over the positions. Take the mean, or the loss grows with the batch.", _five(total=torch.sum))),
    hints=("You need p, the served probabilities; log q, the student's log-probabilities of these tokens (`gather`); and the two tails.",
           "The tail of the target is `(1 - p.sum(-1)).clamp_min(0)`. For the logarithm of the student's tail, set the served tokens to "
           "minus infinity with `scatter` and take `logsumexp`.",
           "`-((p * said.gather(-1, top)).sum(-1) + left * others).mean()`, with `said = student_logits.log_softmax(-1)` and "
           "`others = said.scatter(-1, top, -torch.inf).logsumexp(-1)`."))


# ---------------------------------------------------------------- choose

def _within(reach, which=lambda places: places[0]):
    """A rule that keeps what is within some distance of the best, and takes one of these."""
    def choose(right, questions):
        share = right / questions
        best = share.max().item()
        return int(which((share >= best - reach(best, questions, share)).nonzero()[:, 0]))
    return choose


def _error(best, questions, share=None):
    return math.sqrt(best * (1 - best) / questions)


RULES = {
    "winner": lambda right, questions: int(right.argmax()),
    "worst": lambda right, questions: int(right.argmin()),
    "strict": lambda right, questions: int((right / questions > right.max() / questions
                                            - _error(float(right.max() / questions), questions)).nonzero()[0]),
    "last": _within(_error, lambda places: places[-1]),
    "one question": _within(lambda best, n, share: math.sqrt(best * (1 - best))),
    "1.96": _within(lambda best, n, share: 1.96 * _error(best, n)),
    "spread": _within(lambda best, n, share: share.std().item()),
    "recipes": _within(lambda best, n, share: _error(best, len(share))),
    "own": lambda right, questions: int((right + (right * (1 - right / questions)).sqrt() >= right.max()).int().argmax()),
    "least": lambda right, questions: int(torch.where(right / questions >= (best := right.max().item() / questions)
                                                      - _error(best, questions), right, questions + 1).argmin()),
}


def _scores(generator, draw):
    """Never on the border of the rule; draws 1 to 5 each tell some of the mistakes apart."""
    recipes = [3, 6, 8, 10, 12, 12, 5][draw]
    questions, high = [(100, 0.5), (40, 0.5), (60, 0.5), (200, 0.6), (100, 0.6), (60, 0.5), (40, 0.0)][draw]
    apart = {2: ("1.96", "spread"), 3: ("winner", "1.96", "recipes"), 4: ("one question", "recipes", "worst"),
             5: ("last", "winner", "spread", "least"), 1: ("own",)}
    while True:
        right = torch.randint(int(questions * high * 0.5), int(questions * high) + 1, (recipes,), generator=generator)
        share = right / questions
        best = share.max().item()
        clear = (share - best + _error(best, questions)).abs().min() > 1e-3 or not best
        found = [choose(right, questions), *(RULES[name](right, questions) for name in apart.get(draw, ()))]
        if clear and len(set(found)) == len(found):
            return {"right": right, "questions": questions}


CHOOSE = Spec(
    reference=choose, inputs=_scores, returns="number", draws=7,
    worked=(("choose(torch.tensor([40, 46, 50, 49]), 100)", 1),),
    mistakes=(
        ("This is the winner. Its lead may be chance: a recipe within one standard error of it may be as good, and the first of these is "
         "simpler. (If you did use a standard error, check its root. Without the root it is too small to matter.)", RULES["winner"]),
        ("This asks for strictly more, and then no recipe is left where all score alike: `>=`, not `>`.", RULES["strict"]),
        ("This is the last recipe within a standard error: the most complicated one. They are listed from simple to complicated.",
         RULES["last"]),
        ("This takes the WORST recipe. Look at the largest share.", RULES["worst"]),
        ("This is the standard deviation of one question, sqrt(p (1 - p)). With n questions the error of the mean is that divided by "
         "sqrt(n).", RULES["one question"]),
        ("This uses 1.96 standard errors, half of a 95 % interval. The rule uses one standard error.", RULES["1.96"]),
        ("This is how far the recipes' scores differ from one another. The rule needs the uncertainty of one score, which rests on n "
         "questions: sqrt(p (1 - p) / n).", RULES["spread"]),
        ("Here n is the number of recipes. It must be the number of validation questions.", RULES["recipes"]),
        ("Of the recipes within a standard error this takes the one with the lowest score. Take the simplest, which is the first.",
         RULES["least"]),
        ("Each recipe gets its own standard error here. The rule uses the standard error of the best recipe for all.", RULES["own"]),
        ("This returns the best share. Return the index of the recipe.",
         lambda right, questions: (right / questions)[choose(right, questions)]),
        ("This counts the recipes from 1, and they are counted from 0.", lambda right, questions: choose(right, questions) + 1)),
    laws=(("When all recipes score alike, the first is the simplest.",
           lambda f: float(f(torch.full((4,), 20), 50)) == 0),
          ("A share of exactly p minus one standard error is within it (6 and 8 of 16): `>=`, not `>`.",
           lambda f: float(f(torch.tensor([6, 8]), 16)) == 0)),
    hints=("Compute the shares, right / questions. Take the best share p and its standard error. Keep the shares of at least p minus that.",
           "`error = (p * (1 - p) / questions) ** 0.5`.",
           "`(share >= p - error).nonzero()[0]` is the first that is good enough; `int(...)` makes a number of it."))


# ---------------------------------------------------------------- format_match

def _sum(generator, sign):
    """A question with no digit at two places, none of it symmetrical, and a result of three digits."""
    while True:
        a, b = sorted(torch.randint(100, 1000, (2,), generator=generator).tolist(), reverse=True)
        digits = f"{a}{b}"
        short = sign == "-" and a - b > 99 or sign == "+" and a + b < 1000
        if len(set(digits)) == 6 and "0" not in digits and short and imitation.columns(f"reason {a} {sign} {b} :") == 1:
            return a, b, f"reason {a} {sign} {b} :"


def _form_inputs(generator, draw):
    """One answer each of the kinds that the mistakes cannot tell apart; the commonest first."""
    what = ["right", "wrong digits", "right", "wrong digits", "other order", "only the number", "other sign", "other word", "too long",
            "a step short", "no mark", "late start", "other question", "a step more", "four digits", "second sign", "digits swapped",
            "newline", "other carries", "cut off"][draw]
    sign = "+-+-+-+-+-+-+-+-+-+-"[draw]
    a, b, question = _sum(generator, sign)
    answer = skills._solve_reason(f"{a} {sign} {b}", None)
    text = f"{answer[0]} => {answer[1][0]}"
    if what == "four digits":
        text = text.replace(f"=> {answer[1][0]}", "=> 1234")
    elif what == "wrong digits":
        text = re.sub(r"= (\d)", lambda m: f"= {(int(m[1]) + 4) % 10}", text).replace(f"=> {answer[1][0]}", "=> 111")
    elif what == "other order":
        first, *rest = text.split(" ; ")
        text = " ; ".join([rest[1], rest[0], first, rest[2]])
    elif what == "only the number":
        text = text[text.index("=>"):]
    elif what in ("other sign", "other word"):
        swap = {"+": "-", "-": "+"} if what == "other sign" else {"carry": "borrow", "borrow": "carry"}
        text = " ".join(swap.get(word, word) for word in text.split())
    elif what == "too long":
        text += " ; 3"
    elif what == "a step short":
        text = text.partition(" ; ")[2]
    elif what == "no mark":
        text = text.replace("=> ", "")
    elif what == "late start":
        text = f"7 ; {text}"
    elif what == "other question":
        text = " ".join(_shifted(text.split()))
    elif what == "a step more":
        text = f"{text.split(' ; ')[0]} ; {text}"
    elif what == "second sign":
        text = re.sub(r"(\d [+-] \d) [+-]", rf"\1 {'-' if sign == '+' else '+'}", text)
    elif what == "digits swapped":
        text = re.sub(r"(\d) ([+-]) (\d) ([+-])", r"\3 \2 \1 \4", text)
    elif what == "newline":
        text += "\n"
    elif what == "cut off":
        text = text[:text.index(" ; =>")]
    elif what == "other carries":
        text = re.sub(r"(\d) =", lambda m: f"{(int(m[1]) + 1) % 10} =", text)
    return {"question": question, "answer": text}


def _shifted(words):
    """The steps about other digits: each first and third word of a step one higher."""
    for i, word in enumerate(words):
        first = i == 0 or words[i - 1] == ";"
        yield str((int(word) + 1) % 10) if word.isdecimal() and (first or words[i - 1] in "+-" and i >= 2 and (
            i == 2 or words[i - 3] == ";")) else word


def _pattern(question, order=reversed, sign=lambda s: f"[{s}]", word=imitation.PASSES.get, digits=None):
    _, a, s, b, _ = question.split()
    steps = [rf"{x if digits is None else digits} {sign(s)} {y if digits is None else digits} {sign(s)} \d = \d {word(s)} \d ;"
             for x, y in zip(order(a), order(b))]
    return " ".join([*steps, r"=> \d+"])


def _forward(text):
    return text


def _carried(question, answer):
    """Also checks what is carried in, the third digit of a step."""
    _, a, sign, b, _ = question.split()
    right = re.findall(r"(\d) =", skills._solve_reason(f"{a} {sign} {b}", None)[0])
    return re.findall(r"(\d) =", answer) == right and imitation.format_match(question, answer)


def _arithmetic(question, answer):
    """Also checks the digits that had to be worked out."""
    _, a, sign, b, _ = question.split()
    return answer.rpartition(" => ")[0] == skills._solve_reason(f"{a} {sign} {b}", None)[0] and imitation.format_match(question, answer)


FORM = Spec(
    reference=imitation.format_match, inputs=_form_inputs, returns="number", draws=20,
    worked=(('format_match("reason 34 + 52 :", "4 + 2 + 0 = 9 carry 1 ; 3 + 5 + 8 = 0 carry 0 ; => 7")', True),),
    mistakes=(
        ("This asks whether the answer is RIGHT. The form must be judged without knowing the answer, or it cannot be compared with "
         "accuracy.", lambda question, answer: skills.is_right(question, answer)),
        ("The digits that had to be worked out count here. Any digit will do there: `\\d`.", _arithmetic),
        ("What is carried in counts here: the third digit of a step had to be worked out, too. Any digit will do there: `\\d`.", _carried),
        ("Three columns are written into the function. The question says how many there are.",
         lambda question, answer: len(question.split()[1]) == 3 and imitation.format_match(question, answer)),
        ("The first sign of a step is the question's own, and the second may be any. Both must be the question's.",
         lambda question, answer: bool(re.fullmatch(re.sub(r"\[(.)\] \\d = ", r"[+-] \\d = ", _pattern(question)), answer))),
        ("The digits may stand in either order here. The first number's digit comes first.",
         lambda question, answer: imitation.format_match(question, answer) or imitation.format_match(
             "{0} {3} {2} {1} {4}".format(*question.split()), answer)),
        ("`$` also matches before a newline at the end. `re.fullmatch` wants all of the text.",
         lambda question, answer: bool(re.match(_pattern(question) + "$", answer))),
        ("This only looks for the mark. An answer without any steps has it, too.", lambda question, answer: "=>" in answer),
        ("This only looks at how the answer ends: mark and number. Its steps are not checked.",
         lambda question, answer: bool(re.search(r"=> \d+$", answer))),
        ("This looks for steps of the right kind, whatever they are about. The question's digits, sign and word must stand in them.",
         lambda question, answer: bool(re.fullmatch(rf"({imitation._STEP} )+=> \d+", answer))),
        ("The number of steps and their form are right, and they need not be about this question: put its own digits into the pattern.",
         lambda question, answer: bool(re.fullmatch(_pattern(question, digits=r"\d"), answer))),
        ("The columns are read from the left. The school method starts with the last digits: `reversed(...)`.",
         lambda question, answer: bool(re.fullmatch(_pattern(question, order=_forward), answer))),
        ("In a pattern a bare + means \"once or more\" and matches no plus sign: write [+], or `re.escape(sign)`.",
         lambda question, answer: bool(re.fullmatch(_pattern(question, sign=lambda s: s), answer))),
        ("Any sign passes here, and it must be the question's own.",
         lambda question, answer: bool(re.fullmatch(_pattern(question, sign=lambda s: "[+-]"), answer))),
        ("Both words pass here, but a sum carries and a difference borrows.",
         lambda question, answer: bool(re.fullmatch(_pattern(question, word=lambda s: "(carry|borrow)"), answer))),
        ("The number after the mark may have more than three digits, or fewer: `\\d+`.",
         lambda question, answer: bool(re.fullmatch(_pattern(question).removesuffix("+") + r"\d\d", answer))),
        ("`re.match` accepts a text that BEGINS well: something may follow the number. `re.fullmatch` wants all of it.",
         lambda question, answer: bool(re.match(_pattern(question), answer))),
        ("`re.search` finds the form anywhere in the text: something may stand before it and after it. `re.fullmatch` wants all of it.",
         lambda question, answer: bool(re.search(_pattern(question), answer))),
        ("An answer that stops before the mark passes here. Mark and number belong to the form.",
         lambda question, answer: imitation.format_match(question, answer) or imitation.format_match(question, f"{answer} ; => 1")),
        ("It is the other way round: True means that the form is right.",
         lambda question, answer: not imitation.format_match(question, answer))),
    hints=("Take the question apart with `split()`: its second, third and fourth word are a, the sign and b.",
           "For each column, `zip(reversed(a), reversed(b))`, one step as a pattern: its digits and the sign as they are (a plus as [+]), "
           "`\\d` for every other digit, and `PASSES[sign]`.",
           "Join the steps and `=> \\d+` with spaces, for `re.fullmatch(pattern, answer)`; `bool(...)` makes True or False of it."))


# ---------------------------------------------------------------- allocate

def _errors(generator, draw):
    """Fractions that are well apart, so that ties never decide; in 5 there is no error at all."""
    kinds, budget = [(2, 10), (3, 20), (3, 100), (4, 50), (7, 100), (4, 40), (6, 333)][draw]
    while True:
        errors = torch.randint(1, 100, (kinds,), generator=generator) / 100
        if draw == 5:
            return {"errors": torch.zeros(kinds), "budget": budget}
        exact = budget * errors.double() / errors.double().sum()
        parts = (exact - exact.floor()).sort().values
        left = round(budget - exact.floor().sum().item())
        apart = parts.diff().min() > 1e-3 and parts[0] > 1e-3 and parts[-1] < 1 - 1e-3 and (parts - 0.5).abs().min() > 1e-3
        same = torch.equal(_to_largest(errors, budget).long(), imitation.allocate(errors, budget))
        if draw == 4 and (same or errors.argmax() == 0 or exact.round().sum() == budget):
            continue
        if apart and left >= (1 if draw < 4 else 2):
            return {"errors": errors, "budget": budget}


def _shared(weights=lambda e: e, cut=torch.floor, rest=None):
    """Proportional to some weights, cut to whole numbers, with the remainder given to somebody."""
    def allocate(errors, budget):
        w = weights(errors.double())
        whole = cut(budget * w / w.sum())
        if rest is not None:
            whole = whole.clone()
            whole[rest(errors)] += budget - whole.sum()
        return whole
    return allocate


def _or_even(errors):
    return errors if errors.sum() > 0 else torch.ones_like(errors)


def _nowhere(errors, budget):
    """Right, until there is no error to go by."""
    return imitation.allocate(errors, budget) if errors.sum() > 0 else torch.full((len(errors),), torch.nan)


def _nothing(errors, budget):
    return imitation.allocate(errors, budget) if errors.sum() > 0 else torch.zeros(len(errors))


def _overflowing(errors, budget):
    """Right, until no kind has an error, and then NaN made whole: whatever this machine makes of it."""
    return imitation.allocate(errors, budget) if errors.sum() > 0 else torch.full((len(errors),), torch.nan).long()


def _bare(cut):
    return lambda errors, budget: cut(budget * errors / errors.sum()).long()


def _to_largest(errors, budget):
    exact = budget * _or_even(errors).double() / _or_even(errors).double().sum()
    whole = exact.floor()
    whole[exact.argsort(descending=True, stable=True)[:int(budget - whole.sum())]] += 1
    return whole


ALLOCATE = Spec(
    reference=imitation.allocate, inputs=_errors, draws=7,
    worked=(("allocate(torch.tensor([0.5, 0.25, 0.0]), 10)", [7, 3, 0]),),
    mistakes=(
        ("Right, until no kind has an error: then this divides 0 by 0. Nothing tells the kinds apart, so all get the same.", _nowhere),
        ("Right, until no kind has an error: then nothing is asked, and the budget is not spent. Nothing tells the kinds apart, so all get "
         "the same.", _nothing),
        ("Right, until no kind has an error: then 0 is divided by 0, and NaN made whole is any number. Nothing tells the kinds apart, so "
         "all get the same.", _overflowing),
        ("What is left after rounding down goes to the largest numbers. It goes to the largest fractions, one each.", _to_largest),
        ("The errors are squared here, or used twice in some other way. Use them once, as they are.",
         lambda errors, budget: imitation.allocate(errors.double() ** 2, budget)),
        ("Each number is rounded by itself, so they need not sum to the budget: three times 33.3 makes 99. Round down first, then hand out "
         "what is left to the largest fractions. (And without any error this divides 0 by 0.)", _bare(torch.round)),
        ("Everything is rounded down and the rest is lost: the numbers must sum to the budget. (And no error at all: 0 divided by 0.)",
         _bare(torch.floor)),
        ("Each number is rounded by itself, so they need not sum to the budget: three times 33.3 makes 99. Round down first, then hand out "
         "what is left to the largest fractions.", _shared(_or_even, torch.round)),
        ("Everything is rounded down and the rest is lost: the numbers must sum to the budget.", _shared(_or_even)),
        ("Everything is rounded up: this spends more than there is.", _shared(_or_even, torch.ceil)),
        ("These are not whole numbers, and two thirds of a question cannot be asked.", _shared(_or_even, lambda x: x)),
        ("What is left after rounding down goes to the first kind. It goes to the largest fractions, one each.",
         _shared(_or_even, rest=lambda e: 0)),
        ("What is left after rounding down goes to the last kind. It goes to the largest fractions, one each.",
         _shared(_or_even, rest=lambda e: -1)),
        ("What is left after rounding down all goes to the weakest kind. It goes to the largest fractions, one each.",
         _shared(_or_even, rest=lambda e: e.argmax())),
        ("This is proportional to what the student can already do. The weights are its errors.",
         lambda errors, budget: imitation.allocate(1 - errors, budget)),
        ("Everything goes to the weakest kind. The others have errors, too, and get their share.",
         lambda errors, budget: F.one_hot((_or_even(errors) - 1e-9 * torch.arange(len(errors))).argmax(), len(errors)) * budget),
        ("All kinds get the same, whatever their errors.", lambda errors, budget: imitation.allocate(torch.ones(len(errors)), budget)),
        ("This takes a softmax of the errors, which flattens them: a kind that is always right would still get much. In proportion: "
         "errors / errors.sum().", lambda errors, budget: imitation.allocate(errors.softmax(-1), budget)),
        ("These are shares that sum to 1. Multiply by the budget, and make whole numbers of them.",
         lambda errors, budget: _or_even(errors) / _or_even(errors).sum())),
    laws=(("The numbers must sum to the budget.",
           lambda f: all(int(f(torch.tensor([0.31, 0.17, 0.29]), n).sum()) == n for n in (1, 7, 100, 101))),
          ("A kind without any error gets nothing while others have some.",
           lambda f: int(f(torch.tensor([0.0, 0.4, 0.7]), 3300)[0]) == 0)),
    hints=("Compute the exact shares first: budget × errors / errors.sum(). If all errors are zero, use ones in their place.",
           "`.floor().long()` rounds down to whole numbers. The rest, budget minus their sum, is smaller than the number of kinds.",
           "`(exact - whole).argsort(descending=True)[:left]` are the kinds with the largest fractions, and each gets one more."))


EXERCISES = {
    "07.top_k_loss": TOP_K,
    "07.choose": CHOOSE,
    "07.format_match": FORM,
    "07.allocate": ALLOCATE,
}


QUESTIONS = (
    ("A student's answers pass the format match on 98 % of some kind of question. You have no answer key. What do you know?", 3, {
        "It is right on about 98 %.":
            "Format and accuracy are two things. In this lesson's main figure one is near 1 and the other is 0.",
        "It is right on fewer, but on most: such a format is hard to get right by chance.":
            "It is not by chance. The student learned the format from other questions, and quickly.",
        "That it was trained on texts of this format. You know nothing about its accuracy there.":
            "Measure whether the data cover this kind, with an answer key or with validation answers.",
        "That it is wrong: such a format is a sign of imitation.":
            "On the kinds that the data cover, the format is as good and the answers are right."}),
    ("There are 18 recipes and 60 validation questions. The winner got 20 of them right. What do you expect on the test?", 2, {
        "About a third: validation questions are questions like any other.":
            "They are, for a recipe that was picked beforehand. This one was picked because it did well on these 60.",
        "Probably somewhat less: it was chosen for this score, and chance is part of it.":
            "How much less depends on how many recipes were nearly as good. More validation questions make it smaller.",
        "Probably more: the test has more questions.":
            "More questions make the score more certain. They do not make it higher.",
        "Nothing can be said before the test.":
            "The direction can be said: the best of several noisy scores is too high on average."}),
    ("An API shows the five most likely tokens, and their probabilities sum to 0.93. What should a loss do with the other 0.07?", 4, {
        "Scale the five up to sum to 1.":
            "Then the student learns that the teacher never says anything else.",
        "Ignore it, since 0.93 is nearly all.":
            "Then nothing limits how much the student gives to the other 190 tokens.",
        "Spread it evenly over the other 190.":
            "The API did not say that they are equal. Most of them are impossible, and a few share the 0.07.",
        "Compare it with what the student gives to all others together.":
            "The API showed exactly this much, and the loss uses all of it."}),
    ("After training on 400 sums of three digits the student gets hardly any sum of two digits right. The base model could do them. What "
     "is the cause?", 1, {
        "Training on new texts, with none that exercise the old skill.":
            "This is called catastrophic forgetting. It happened with sums of all kinds, too. Some of the base model's own answers, "
            "mixed in, are a remedy.",
        "The 400 sums had no carry.":
            "With 400 sums of all kinds, carries included, the same happened.",
        "The teacher cannot add two digits.":
            "The student was never trained on the teacher's two-digit sums, right or wrong.",
        "The student is too small for both skills.":
            "With 100 of the base model's own answers among the data, the same student keeps both."}),
    ("Your student is wrong on 95 % of one kind of question and on 90 % of two others. What do this lesson's runs say about the next 300 "
     "answers?", 2, {
        "Buy all of them for the worst kind.":
            "A large error says where the student is weak. It does not say that answers help most there.",
        "Cover all kinds; how exactly the 300 are divided matters far less.":
            "Covering the missing kinds gained 24 points. Between the plans that cover all kinds no difference was shown.",
        "Buy more of what it can already do, to strengthen it.":
            "More of the same was the worst plan.",
        "Stop: two rounds do not help.":
            "Plans that covered all kinds ended at about three quarters of the sums, more of the same at under half."}),
)

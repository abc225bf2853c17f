"""The exercises of lesson 10: the wrong answers that people really give, as code, each with the sentence that names it."""
import torch

from course_utils.defence import antidistillation, perturb
from course_utils.lesson.check import Spec

_ROW = torch.tensor([[1.0, 2.0]], dtype=torch.float64)          # of the laws

# ---------------------------------------------------------------- margin_budget


def _answers(generator, draw):
    """A strength that binds for some rows and not for others; in each draw the first class to draw level is often not the second best."""
    n, classes, strength = [(3, 3, 2.0), (6, 4, 1.0), (10, 5, 3.0), (20, 10, 1.5), (40, 10, 0.5), (60, 6, 8.0)][draw]
    log_scores = (2 * torch.randn(n, classes, generator=generator, dtype=torch.float64)).log_softmax(-1)
    harm = torch.randn(n, classes, generator=generator, dtype=torch.float64)
    return {"log_scores": log_scores, "harm": harm, "strength": strength}


def _margin(ratio=None, pick=None, end=None):
    """The formula with one thing changed."""
    def margin_budget(log_scores, harm, strength):
        top = log_scores.argmax(-1, keepdim=True)
        gap, gains = log_scores.gather(-1, top) - log_scores, harm - harm.gather(-1, top)
        if ratio is None:
            each = torch.where(gains > 0, gap / gains.clamp_min(1e-300), torch.inf)
        else:
            each = ratio(gap, gains)
        level = each.amin(-1) if pick is None else pick(each, log_scores)
        return (0.999 * level).clamp_max(strength) if end is None else end(level, strength)
    return margin_budget


def _second_best(each, log_scores):
    return each.gather(-1, log_scores.topk(2).indices[:, 1:])[:, 0]


def _of_probabilities(log_scores, harm, strength):
    p, top = log_scores.exp(), log_scores.argmax(-1, keepdim=True)
    gap, gains = p.gather(-1, top) - p, harm - harm.gather(-1, top)
    return (0.999 * torch.where(gains > 0, gap / gains.clamp_min(1e-300), torch.inf).amin(-1)).clamp_max(strength)


MARGIN = Spec(
    reference=perturb.margin_budget, inputs=_answers,
    worked=(("margin_budget(torch.tensor([[0., -2., -3.]]), torch.tensor([[0., 1., 3.]]), 9.0)", [0.999]),
            ("margin_budget(torch.tensor([[0., -2., -3.]]), torch.tensor([[0., 1., 3.]]), 0.5)", [0.5])),
    mistakes=(
        ("Every answer gets the whole strength, and for some of them another class comes out on top long before that. (Is `top` the "
         "class with "
         "the highest score, or the one with the most harm?)",
         lambda log_scores, harm, strength: torch.full_like(log_scores[:, 0], strength)),
        ("Classes whose harm is SMALLER than the top one's count here, too. They fall further behind with every step and never draw level: "
         "leave them out.", _margin(lambda gap, gains: torch.where(gap > 0, gap / gains.abs().clamp_min(1e-300), torch.inf))),
        ("Classes that gain LESS than the top one stay in, with a negative level, and that is then the smallest: leave them out.",
         _margin(lambda gap, gains: torch.where(gains != 0, gap / gains, torch.inf))),
        ("The first level of the whole batch is taken for every answer. Each row has its own: `amin(-1)`.",
         _margin(pick=lambda each, _: each.amin().expand(len(each)))),
        ("This is one number for the whole batch. Each row has a level of its own: `amin(-1)`.", _margin(pick=lambda each, _: each.amin())),
        ("The cap is missing: where nobody draws level before `strength`, the answer is `strength`.",
         _margin(end=lambda level, strength: 0.999 * level)),
        ("At exactly the level strength two classes have the same score, and rounding decides. Stop at 0.999 of it.",
         _margin(end=lambda level, strength: level.clamp_max(strength))),
        ("0.999 of `strength`, too: only the level is shortened, for nothing can happen at `strength` itself.",
         _margin(end=lambda level, strength: 0.999 * level.clamp_max(strength))),
        ("The quotient is upside down: a class with a gap of 2 in log-scores that gains 4 for each unit of strength draws level at 2 / 4.",
         _margin(lambda gap, gains: torch.where((gains > 0) & (gap > 0), gains / gap.clamp_min(1e-300), torch.inf))),
        ("Gap TIMES gain. The longer the way and the slower the walker, the later he arrives: gap divided by gain.",
         _margin(lambda gap, gains: torch.where(gains > 0, gap * gains, torch.inf))),
        ("This waits for the LAST class to draw level. The first one ends it: the smallest of the levels.",
         _margin(lambda gap, gains: torch.where(gains > 0, gap / gains.clamp_min(1e-300), -torch.inf), lambda each, _: each.amax(-1))),
        ("Classes that never draw level get a level of 0 here, and the smallest is then always 0: give them infinity.",
         _margin(lambda gap, gains: torch.where(gains > 0, gap / gains.clamp_min(1e-300), 0.0))),
        ("Only the second best class is looked at. A class further down that gains faster may be the first to draw level.",
         _margin(pick=_second_best)),
        ("The gap is taken between probabilities. What is steered are their logarithms: softmax(log_scores + strength * harm).",
         _of_probabilities),
        ("The harm is taken as it is. What counts is how much MORE a class gains than the top one: subtract the top one's harm.",
         lambda log_scores, harm, strength: (0.999 * torch.where(
             (harm > 0) & (log_scores < log_scores.amax(-1, keepdim=True)),
             (log_scores.amax(-1, keepdim=True) - log_scores) / harm.clamp_min(1e-300), torch.inf).amin(-1)).clamp_max(strength))),
    laws=(("Steered by your strengths, some answers have another class on top.",
           lambda f: _keeps(f, 300)),),
    hints=("`top = log_scores.argmax(-1, keepdim=True)`; then `gap = log_scores.gather(-1, top) - log_scores`, and the same for harm, "
           "the other "
           "way round.",
           "Where a class gains more than the top one, they are level at gap / gain; elsewhere never: `torch.where(gains > 0, ..., "
           "torch.inf)`. "
           "The top class itself gains 0: it must not divide 0 by 0.",
           "`(0.999 * level.amin(-1)).clamp_max(strength)`."))


def _keeps(function, strength):
    draw = torch.Generator().manual_seed(0)
    said = (3 * torch.randn(200, 10, generator=draw, dtype=torch.float64)).log_softmax(-1)
    harm = torch.randn(200, 10, generator=draw, dtype=torch.float64)
    return bool(((said + function(said, harm, strength)[:, None] * harm).argmax(-1) == said.argmax(-1)).all())


# ---------------------------------------------------------------- steered_logits

def _next_tokens(generator, draw):
    n, tokens, strength, temperature = [(1, 3, 2.0, 0.5), (2, 4, 1.0, 2.0), (3, 5, 0.5, 1.5), (4, 8, 4.0, 0.7), (6, 6, 3.0, 3.0),
                                        (5, 10, 1.5, 0.9)][draw]
    return {"logits": 2 * torch.randn(n, tokens, generator=generator, dtype=torch.float64),
            "harm": torch.randn(n, tokens, generator=generator, dtype=torch.float64), "strength": strength, "temperature": temperature}


STEERED = Spec(
    reference=antidistillation.steered_logits, inputs=_next_tokens,
    worked=(("steered_logits(torch.tensor([[1., 0.]]), torch.tensor([[0., 2.]]), 3.0, 0.5)", [[1.0, 3.0]]),),
    mistakes=(
        ("The sampler divides all of this by the temperature, the harm too: at a temperature of 2 half of your strength is left. "
         "Multiply the "
         "harm's part by `temperature`.", lambda logits, harm, strength, temperature=1.0: logits + strength * harm),
        ("You divide by the temperature, and the sampler does it once more. Hand it logits that are still to be divided.",
         lambda logits, harm, strength, temperature=1.0: logits / temperature + strength * harm),
        ("Harmful tokens are said LESS often here: the sign.",
         lambda logits, harm, strength, temperature=1.0: logits - temperature * strength * harm),
        ("All of it is divided by the temperature, and the sampler divides once more.",
         lambda logits, harm, strength, temperature=1.0: (logits + strength * harm) / temperature),
        ("The harm is divided by the temperature, and then by the sampler once more. It must be multiplied, so that the division "
         "undoes it.",
         lambda logits, harm, strength, temperature=1.0: logits + strength * harm / temperature),
        ("The logits are multiplied by the temperature as well: then the sampler's division does nothing at all.",
         lambda logits, harm, strength, temperature=1.0: temperature * (logits + strength * harm)),
        ("These are the probabilities. A sampler asks for logits, takes the softmax itself, and would flatten them a second time.",
         lambda logits, harm, strength, temperature=1.0: (logits / temperature + strength * harm).softmax(-1)),
        ("Log-probabilities, shifted by a constant in each row: a sampler would do the same with them. The check compares numbers, so "
         "leave "
         "`log_softmax` out.", lambda logits, harm, strength, temperature=1.0: logits.log_softmax(-1) + temperature * strength * harm),
        ("The logarithm of what should come OUT of the sampler. It divides by the temperature once more: hand it something that is "
         "still to be "
         "divided.", lambda logits, harm, strength, temperature=1.0: (logits / temperature + strength * harm).log_softmax(-1)),
        ("Right but for a constant in each row, which a softmax forgets. The check compares numbers, so leave `log_softmax` out.",
         lambda logits, harm, strength, temperature=1.0: temperature * (logits / temperature + strength * harm).log_softmax(-1)),
        ("The strength is forgotten.", lambda logits, harm, strength, temperature=1.0: logits + temperature * harm)),
    laws=(("At a strength of 0 nothing changes.",
           lambda f: torch.allclose(f(_ROW, 2 + _ROW, 0.0, 2.0), _ROW)),),
    hints=("Write down what the sampler makes of your return value x: softmax(x / temperature).",
           "It must be softmax(logits / temperature + strength * harm): solve for x.",
           "`logits + temperature * strength * harm`."))


# ---------------------------------------------------------------- matched

def _curves(generator, draw):
    """A curve that bends, in an order that is not sorted; `at` between two settings, in the last draw on the lowest of them.

    In 0 and 2 the two nearest settings are both below it.
    """
    k = [3, 4, 5, 6, 7, 8][draw]
    teacher = (torch.rand(k, generator=generator, dtype=torch.float64) + 2 * torch.arange(k)).cumsum(0)
    teacher = 0.2 + 0.75 * teacher / teacher[-1]
    student = (teacher**3 * (0.5 + 0.5 * torch.rand(k, generator=generator, dtype=torch.float64))).sort().values
    student = student - 0.1 * (torch.arange(k) % 2)
    i = int(torch.randint(0, k - 1, (1,), generator=generator)) if draw in (1, 3) else int(draw < 5)
    share = 0.1 if draw in (0, 2) else 0.15 + 0.5 * (draw % 2) + 0.2 * torch.rand(1, generator=generator, dtype=torch.float64).item()
    at = teacher[i] + share * (teacher[i + 1] - teacher[i]) if draw < 5 else teacher[i]
    order = torch.randperm(k, generator=generator) if draw % 2 else torch.arange(k - 1, -1, -1)
    return {"teacher": teacher[order], "student": student[order], "at": at.item()}


def _neighbours(teacher, student, at):
    order = teacher.argsort()
    x, y = teacher[order], student[order]
    right = int((x < at).sum().clamp(1, len(x) - 1))
    return x[right - 1], x[right], y[right - 1], y[right]


def _between(rule):
    def matched(teacher, student, at):
        return rule(*_neighbours(teacher, student, at), at)
    return matched


def _line(teacher, student, at):
    x, y = teacher - teacher.mean(), student - student.mean()
    return student.mean() + (x * y).sum() / (x * x).sum() * (at - teacher.mean())


def _two_nearest(teacher, student, at):
    (x0, x1), (y0, y1) = (v[(teacher - at).abs().argsort()[:2]] for v in (teacher, student))
    return y0 + (at - x0) / (x1 - x0) * (y1 - y0)


def _unsorted(teacher, student, at):
    """np.interp on what comes as it comes."""
    import numpy as np
    return float(np.interp(at, teacher.numpy(), student.numpy()))


MATCHED = Spec(
    reference=antidistillation.matched, inputs=_curves, returns="number",
    worked=(("matched(torch.tensor([1., 0.5]), torch.tensor([0.8, 0.2]), 0.75)", 0.5),),
    mistakes=(
        ("np.interp wants its x sorted, smallest first, and says nothing when they are not. Temperatures go up and accuracies down: "
         "sort by "
         "the teacher's accuracy first.", _unsorted),
        ("Turned round is not sorted: np.interp wants its x from the smallest to the largest, and settings come in any order.",
         lambda teacher, student, at: _unsorted(teacher.flip(0), student.flip(0), at)),
        ("This takes the nearest setting. Two defences are then compared at different teachers: go along the line between the two "
         "neighbours.",
         _between(lambda x0, x1, y0, y1, at: y0 if at - x0 < x1 - at else y1)),
        ("These are the two NEAREST settings, and they may lie on the same side of `at`. Take the one just below and the one just above.",
         _two_nearest),
        ("The mean of the two neighbours, wherever `at` lies between them.", _between(lambda x0, x1, y0, y1, at: (y0 + y1) / 2)),
        ("The two neighbours have changed places: near the left one its own value should count most.",
         _between(lambda x0, x1, y0, y1, at: y1 + (at - x0) / (x1 - x0) * (y0 - y1))),
        ("This looks for students that are right `at` of the time, and returns their teacher. Asked is the other way round.",
         lambda teacher, student, at: _sorted_interp(student, teacher, at)),
        ("One straight line through all settings. The curve bends: only the two neighbours count.", _line),
        ("The setting below `at` is taken as it is.", _between(lambda x0, x1, y0, y1, at: y0 if at < x1 else y1)),
        ("The setting above `at` is taken as it is.", _between(lambda x0, x1, y0, y1, at: y1 if at > x0 else y0)),
        ("The students are sorted on their own. Each belongs to its teacher: sort both in the teacher's order.",
         lambda teacher, student, at: _sorted_interp(teacher.sort().values, student.sort().values, at))),
    laws=(("At a setting that was measured, its own student is the answer.",
           lambda f: abs(float(f(torch.tensor([0.9, 0.5, 0.7]), torch.tensor([0.8, 0.1, 0.3]), 0.7)) - 0.3) < 1e-5),),
    hints=("Sort both by the teacher's accuracy: `order = teacher.argsort()`.",
           "`np.interp(at, x, y)` goes along the straight line between the two neighbours, if x is sorted.",
           "`order = teacher.argsort()`; `return np.interp(at, teacher[order], student[order])`."))


def _sorted_interp(x, y, at):
    import numpy as np
    order = x.argsort()
    return float(np.interp(at, x[order].numpy(), y[order].numpy()))


# ---------------------------------------------------------------- product_of_experts

def _two_experts(generator, draw):
    n, tokens, share = [(1, 3, 0.4), (2, 3, 0.25), (3, 5, 0.6), (4, 8, 0.7), (5, 6, 0.1), (6, 10, 0.8)][draw]
    both = 2 * torch.randn(2, n, tokens, generator=generator, dtype=torch.float64)
    return {"logits": both[0], "weak": both[1], "share": share}


EXPERTS = Spec(
    reference=antidistillation.product_of_experts, inputs=_two_experts,
    worked=(("product_of_experts(torch.tensor([[2., 0.]]), torch.tensor([[0., 4.]]), 0.25)", [[1.5, 1.0]]),),
    mistakes=(
        ("A MIXTURE: probabilities are averaged, so a token is likely when either of the two likes it. In a product both must: average the "
         "logits.", lambda logits, weak, share: ((1 - share) * logits.softmax(-1) + share * weak.softmax(-1)).log()),
        ("Probabilities are averaged, and not turned back into logits. A sampler wants logits, and a product averages those.",
         lambda logits, weak, share: (1 - share) * logits.softmax(-1) + share * weak.softmax(-1)),
        ("The shares have changed places: `share` is the weak model's.", lambda logits, weak, share: share * logits + (1 - share) * weak),
        ("The teacher keeps all of its logits, so that the two together are sharper than either. Its part is 1 - share.",
         lambda logits, weak, share: logits + share * weak),
        ("What the weak model likes is taken AWAY: that is contrastive decoding, which makes a teacher better. Here it is added.",
         lambda logits, weak, share: logits - share * weak),
        ("Minus in the middle. Both are added up.", lambda logits, weak, share: (1 - share) * logits - share * weak),
        ("Half and half, whatever `share` says.", lambda logits, weak, share: (logits + weak) / 2),
        ("Logits are multiplied. The product is one of probabilities: of their logarithms it is a sum.",
         lambda logits, weak, share: logits * weak),
        ("Right but for a constant in each row, which a softmax forgets: log-probabilities in place of logits. The check compares "
         "numbers, so "
         "leave `log_softmax` out.",
         lambda logits, weak, share: (1 - share) * logits.log_softmax(-1) + share * weak.log_softmax(-1)),
        ("Right but for a constant in each row: the logarithm of the finished probabilities. The check compares numbers, so average "
         "the logits.",
         lambda logits, weak, share: ((1 - share) * logits + share * weak).log_softmax(-1)),
        ("The product of the probabilities itself, not even scaled to a sum of 1. A sampler wants its logarithm, and that is a mean of "
         "logits.",
         lambda logits, weak, share: logits.softmax(-1) ** (1 - share) * weak.softmax(-1) ** share),
        ("These are the probabilities of the product. A sampler wants its logits.",
         lambda logits, weak, share: ((1 - share) * logits + share * weak).softmax(-1))),
    laws=(("With a share of 0 the teacher writes alone.",
           lambda f: torch.allclose(f(_ROW, _ROW.flip(-1), 0.0), _ROW)),),
    hints=("The logarithm of a product is a sum.", "log of teacher ** (1 - share) is (1 - share) times its log.",
           "`(1 - share) * logits + share * weak`."))


# ---------------------------------------------------------------- strategic_weights

def _losses_up_and_down(generator, draw):
    """Some scores beyond the cut, above and below."""
    n, step, beta, most = [(3, 0.5, 0.5, 1.0), (4, 0.1, 0.5, 2.0), (6, 0.01, 1.0, 3.0), (10, 0.05, 0.3, 10.0), (20, 0.2, 0.7, 1.5),
                           (30, 0.02, 0.2, 5.0)][draw]
    scores = most * (1.2 * torch.randn(n, generator=generator, dtype=torch.float64) - 0.2)
    scores[:2] = torch.tensor([1.4, -1.7], dtype=torch.float64) * most
    middle = 1 + torch.rand(n, generator=generator, dtype=torch.float64)
    return {"up": middle + scores * step, "down": middle - scores * step, "step": step, "beta": beta, "most": most}


def _weights(score=None, grow=None, scale=None):
    def strategic_weights(up, down, step, beta=0.5, most=10.0):
        scores = ((up - down) / (2 * step) if score is None else score(up, down, step))
        weights = (beta * scores.clamp(-most, most)).exp() if grow is None else grow(scores, beta, most)
        return weights / weights.mean() if scale is None else scale(weights)
    return strategic_weights


WEIGHTS = Spec(
    reference=antidistillation.strategic_weights, inputs=_losses_up_and_down,
    worked=(("strategic_weights(torch.tensor([1.1, 1.]), torch.tensor([0.9, 1.]), 0.1, 0.5)", [1.2449, 0.7551]),),
    mistakes=(
        ("The sign. A trace whose loss RISES when the clean text's loss rises pulls the same way: it deserves more weight, up minus down.",
         _weights(lambda up, down, step: (down - up) / (2 * step))),
        ("From a step down to a step up are TWO steps: divide by 2 * step.", _weights(lambda up, down, step: (up - down) / step)),
        ("The difference is not divided by the distance: divide by 2 * step.", _weights(lambda up, down, step: up - down)),
        ("Cut after the exponential. One score of 100 has eaten all the others by then: cut the scores.",
         _weights(grow=lambda s, beta, most: (beta * s).exp().clamp(-most, most))),
        ("beta times the score is cut. Cut the score itself, then multiply.",
         _weights(grow=lambda s, beta, most: (beta * s).clamp(-most, most).exp())),
        ("The scores are not cut: one odd trace takes all the weight.", _weights(grow=lambda s, beta, most: (beta * s).exp())),
        ("Scores below 0 are cut to 0: then a harmful trace counts as much as an indifferent one. Cut at -most.",
         _weights(grow=lambda s, beta, most: (beta * s.clamp(0, most)).exp())),
        ("Cut above only: a score far below is cut, too.", _weights(grow=lambda s, beta, most: (beta * s.clamp_max(most)).exp())),
        ("The weights are not scaled to a mean of 1: then they change how fast the student learns, and not only from what.",
         _weights(scale=lambda w: w)),
        ("The largest weight is 1 here. A mean of 1 is asked for: divide by `weights.mean()`.", _weights(scale=lambda w: w / w.max())),
        ("These sum to 1, as of a softmax. A mean of 1 is asked for, so that a loss keeps its size.",
         _weights(scale=lambda w: w / w.sum())),
        ("beta is forgotten.", _weights(grow=lambda s, beta, most: s.clamp(-most, most).exp())),
        ("The score itself is the weight, and some weights are negative: such a trace would be UNlearned. exp(beta * score).",
         _weights(grow=lambda s, beta, most: beta * s.clamp(-most, most)))),
    laws=(("All traces alike: every weight should be 1.",
           lambda f: torch.allclose(f(1 + _ROW[0], _ROW[0], 0.1), torch.ones(2).double())),),
    hints=("score = (up - down) / (2 * step): how fast the trace's loss rises along the clean text's slope.",
           "`scores.clamp(-most, most)`, times beta, `.exp()`.", "Last, divide by the mean: `weights / weights.mean()`."))


EXERCISES = {"10.margin_budget": MARGIN, "10.steered_logits": STEERED, "10.matched": MATCHED, "10.product_of_experts": EXPERTS,
             "10.strategic_weights": WEIGHTS}


QUESTIONS = (
    ("The plain defence does nothing at small strengths and everything at large ones. Why?", 3, {
        "The proxy is too small.":
            "It finds the direction well enough, as the right panel shows.",
        "The student notices only large changes.":
            "There is nothing to notice: the served answers are the same to four digits.",
        "A sure answer hardly moves until the strength has eaten the gap to another class, and then it turns over at once.":
            "The level of each answer says when. That is why the curve can be drawn before anybody is trained.",
        "Softmax is not differentiable there.":
            "It is, everywhere."}),
    ("Within the margin budget every top class is served as it is. Who pays?", 2, {
        "Nobody: that is the point of it.":
            "Look at the usable answers.",
        "Honest customers who act on scores, and copiers who believe them.":
            "The class is untouched, the score is not.",
        "Only the copier.":
            "The naive one. The one who keeps the top class pays nothing.",
        "Only customers with hard questions.":
            "Sure answers are steered the furthest: they have the widest margins."}),
    ("A paper shows: with the defence on, students fall from 80 to 40 %. What do you ask for?", 4, {
        "More seeds.":
            "Those, too. But a thousand seeds do not answer the question.",
        "The size of the student.":
            "It helps to repeat it. It does not say what the defence did.",
        "The defence's code.":
            "Yes, and then: what would you compute with it?",
        "What students learn from a teacher who is as often wrong, for a plainer reason.":
            "At the same teacher. Here more than half of the fall goes away with that."}),
    ("Somebody hides all working and serves final answers only. What is safe now?", 1, {
        "The working of this teacher. Not the skill: who has a few traces of any kind can find others that lead to the served answers.":
            "And every served answer helps him to check his own.",
        "The skill: 800 bare answers taught nothing in lesson 03.":
            "That student had no traces at all, and believed that he needed none.",
        "Nothing whatever.":
            "The passive copier does get nothing.",
        "Everything, as long as the answers are right.":
            "The right answers are what he checks himself against."}),
    ("Luck is shared across accounts, and each account's second question draws anew. How does a pool get round it?", 2, {
        "By more accounts.":
            "They all see the same draw.",
        "Each account asks its own part of the questions, several times.":
            "The same number of questions in all, and for each account. Only an answer that is given once and for ever closes this, "
            "and then \"try "
            "again\" does nothing for the honest.",
        "By asking more slowly.":
            "Nothing here looks at the time.",
        "By a higher temperature.":
            "That is the provider's to set, and makes the draws worse."}),
)

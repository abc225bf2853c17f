"""The exercises of lesson 10: common wrong answers as code, each with the message that names it."""
import torch

from course_utils.defence import antidistillation, perturb
from course_utils.lesson.check import Spec

_ROW = torch.tensor([[1.0, 2.0]], dtype=torch.float64)          # of the laws

# ---------------------------------------------------------------- margin_budget


def _answers(generator, draw):
    """A strength that limits some rows and not others. In each draw the first class to tie is often not the second best."""
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
        ("Every answer gets the whole strength, so some answers change their label. (Is `top` the class with the highest score, or the "
         "one with the most harm?)",
         lambda log_scores, harm, strength: torch.full_like(log_scores[:, 0], strength)),
        ("Classes whose harm is SMALLER than the top one's count here, too. They never tie with it: leave them out.",
         _margin(lambda gap, gains: torch.where(gap > 0, gap / gains.abs().clamp_min(1e-300), torch.inf))),
        ("Classes that gain LESS than the top one stay in. Their tie strength is negative, and so it is the smallest: leave them out.",
         _margin(lambda gap, gains: torch.where(gains != 0, gap / gains, torch.inf))),
        ("The smallest tie strength of the whole batch is taken for every answer. Each row has its own: `amin(-1)`.",
         _margin(pick=lambda each, _: each.amin().expand(len(each)))),
        ("This is one number for the whole batch. Each row has its own tie strength: `amin(-1)`.",
         _margin(pick=lambda each, _: each.amin())),
        ("The upper limit is missing: where no class ties before `strength`, return `strength`.",
         _margin(end=lambda level, strength: 0.999 * level)),
        ("At exactly the tie strength two classes have the same score, and rounding decides. Stop at 0.999 of it.",
         _margin(end=lambda level, strength: level.clamp_max(strength))),
        ("`strength` is multiplied by 0.999, too. Multiply only the tie strength.",
         _margin(end=lambda level, strength: 0.999 * level.clamp_max(strength))),
        ("The quotient is inverted. A class with a gap of 2 in log-scores that gains 4 for each unit of strength ties at 2 / 4.",
         _margin(lambda gap, gains: torch.where((gains > 0) & (gap > 0), gains / gap.clamp_min(1e-300), torch.inf))),
        ("This multiplies gap and gain. A larger gain closes the gap sooner: divide gap by gain.",
         _margin(lambda gap, gains: torch.where(gains > 0, gap * gains, torch.inf))),
        ("This takes the LAST class that ties. The label changes at the first tie: take the smallest.",
         _margin(lambda gap, gains: torch.where(gains > 0, gap / gains.clamp_min(1e-300), -torch.inf), lambda each, _: each.amax(-1))),
        ("Classes that never tie get a tie strength of 0 here, so the smallest is always 0: give them infinity.",
         _margin(lambda gap, gains: torch.where(gains > 0, gap / gains.clamp_min(1e-300), 0.0))),
        ("Only the second best class is compared. A class with a lower score that gains faster may be the first to tie.",
         _margin(pick=_second_best)),
        ("The gap is taken between probabilities. The defence adds to their logarithms: softmax(log_scores + strength * harm).",
         _of_probabilities),
        ("The harm is used directly. A class ties by what it gains MORE than the top one: subtract the top one's harm.",
         lambda log_scores, harm, strength: (0.999 * torch.where(
             (harm > 0) & (log_scores < log_scores.amax(-1, keepdim=True)),
             (log_scores.amax(-1, keepdim=True) - log_scores) / harm.clamp_min(1e-300), torch.inf).amin(-1)).clamp_max(strength))),
    laws=(("With your strengths, some answers have another top-1 label.",
           lambda f: _keeps(f, 300)),),
    hints=("`top = log_scores.argmax(-1, keepdim=True)`. Then `gap = log_scores.gather(-1, top) - log_scores`, and "
           "`gains = harm - harm.gather(-1, top)`.",
           "A class that gains more than the top one ties with it at gap / gain, and any other class never: "
           "`torch.where(gains > 0, ..., torch.inf)`. The top class itself gains 0: do not divide 0 by 0.",
           "`(0.999 * ties.amin(-1)).clamp_max(strength)`."))


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
        ("The sampler divides all of this by the temperature, the harm too. At a temperature of 2 only half of your strength is left. "
         "Multiply the harm's part by `temperature`.", lambda logits, harm, strength, temperature=1.0: logits + strength * harm),
        ("You divide the logits by the temperature, and the sampler divides again. Leave the logits as they are.",
         lambda logits, harm, strength, temperature=1.0: logits / temperature + strength * harm),
        ("The sign is wrong: here harmful tokens become less likely.",
         lambda logits, harm, strength, temperature=1.0: logits - temperature * strength * harm),
        ("You divide everything by the temperature, and the sampler divides again.",
         lambda logits, harm, strength, temperature=1.0: (logits + strength * harm) / temperature),
        ("The harm is divided by the temperature, and the sampler divides it again. Multiply it, so that the sampler's division "
         "cancels.",
         lambda logits, harm, strength, temperature=1.0: logits + strength * harm / temperature),
        ("The logits are multiplied by the temperature as well, so the sampler's division has no effect on them.",
         lambda logits, harm, strength, temperature=1.0: temperature * (logits + strength * harm)),
        ("You return probabilities. A sampler expects logits and takes the softmax itself.",
         lambda logits, harm, strength, temperature=1.0: (logits / temperature + strength * harm).softmax(-1)),
        ("You return log-probabilities plus the harm's part. A sampler would give the same tokens, but the check compares numbers: "
         "leave `log_softmax` out.",
         lambda logits, harm, strength, temperature=1.0: logits.log_softmax(-1) + temperature * strength * harm),
        ("You return the logarithm of the distribution that the sampler should reach. It divides this by the temperature once more: "
         "return what it should start from.",
         lambda logits, harm, strength, temperature=1.0: (logits / temperature + strength * harm).log_softmax(-1)),
        ("This is right except for a constant in each row, which a softmax ignores. The check compares numbers: leave `log_softmax` out.",
         lambda logits, harm, strength, temperature=1.0: temperature * (logits / temperature + strength * harm).log_softmax(-1)),
        ("`strength` is not used. Multiply the harm's part by it.",
         lambda logits, harm, strength, temperature=1.0: logits + temperature * harm)),
    laws=(("At a strength of 0 nothing changes.",
           lambda f: torch.allclose(f(_ROW, 2 + _ROW, 0.0, 2.0), _ROW)),),
    hints=("The sampler turns your return value x into softmax(x / temperature).",
           "This must be softmax(logits / temperature + strength * harm). Solve for x.",
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
        ("np.interp needs x sorted, smallest first, and gives no error when it is not. When the temperature rises, the accuracy falls: "
         "sort by the teacher's accuracy first.", _unsorted),
        ("Reversing is not sorting. np.interp needs x from the smallest to the largest, and settings come in any order.",
         lambda teacher, student, at: _unsorted(teacher.flip(0), student.flip(0), at)),
        ("This takes the nearest setting, so two defences are compared at different teacher accuracies. Interpolate between the two "
         "neighbours.",
         _between(lambda x0, x1, y0, y1, at: y0 if at - x0 < x1 - at else y1)),
        ("These are the two NEAREST settings. They may lie on the same side of `at`. Take the one just below and the one just above.",
         _two_nearest),
        ("This is the mean of the two neighbours, wherever `at` lies between them. Weight them by their distance.",
         _between(lambda x0, x1, y0, y1, at: (y0 + y1) / 2)),
        ("The two neighbours are interchanged. Close to the left one, its own value should count most.",
         _between(lambda x0, x1, y0, y1, at: y1 + (at - x0) / (x1 - x0) * (y0 - y1))),
        ("This looks up the student's accuracy and returns the teacher's. `at` is an accuracy of the teacher.",
         lambda teacher, student, at: _sorted_interp(student, teacher, at)),
        ("This fits one straight line to all settings. The curve bends, so use only the two neighbours.", _line),
        ("This returns the setting below `at`. Interpolate between it and the one above.",
         _between(lambda x0, x1, y0, y1, at: y0 if at < x1 else y1)),
        ("This returns the setting above `at`. Interpolate between it and the one below.",
         _between(lambda x0, x1, y0, y1, at: y1 if at > x0 else y0)),
        ("The students are sorted by themselves. Each belongs to its teacher: sort both in the teacher's order.",
         lambda teacher, student, at: _sorted_interp(teacher.sort().values, student.sort().values, at))),
    laws=(("At a measured setting, return its own student.",
           lambda f: abs(float(f(torch.tensor([0.9, 0.5, 0.7]), torch.tensor([0.8, 0.1, 0.3]), 0.7)) - 0.3) < 1e-5),),
    hints=("Sort both by the teacher's accuracy: `order = teacher.argsort()`.",
           "`np.interp(at, x, y)` interpolates linearly between the two neighbours if x is sorted.",
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
        ("This is a MIXTURE. It averages probabilities, so a token is likely if either model finds it likely. In a product both must: "
         "average the logits.", lambda logits, weak, share: ((1 - share) * logits.softmax(-1) + share * weak.softmax(-1)).log()),
        ("You average probabilities and return them. A sampler needs logits, and a product averages the logits.",
         lambda logits, weak, share: (1 - share) * logits.softmax(-1) + share * weak.softmax(-1)),
        ("The shares are interchanged: `share` is the weak model's.", lambda logits, weak, share: share * logits + (1 - share) * weak),
        ("The teacher's logits have a factor of 1, so the result is sharper than either model. The factor is 1 - share.",
         lambda logits, weak, share: logits + share * weak),
        ("The weak model's logits are subtracted. This is contrastive decoding, which makes a teacher better. Add them here.",
         lambda logits, weak, share: logits - share * weak),
        ("One sign is wrong: add the two parts.", lambda logits, weak, share: (1 - share) * logits - share * weak),
        ("Both models get one half, and `share` is not used.", lambda logits, weak, share: (logits + weak) / 2),
        ("You multiply the logits. The product is of probabilities, so their logarithms are added.",
         lambda logits, weak, share: logits * weak),
        ("This is right except for a constant in each row: log-probabilities instead of logits. The check compares numbers: leave "
         "`log_softmax` out.",
         lambda logits, weak, share: (1 - share) * logits.log_softmax(-1) + share * weak.log_softmax(-1)),
        ("This is right except for a constant in each row: the logarithm of the final probabilities. The check compares numbers: "
         "average the logits.",
         lambda logits, weak, share: ((1 - share) * logits + share * weak).log_softmax(-1)),
        ("You return the product of probabilities, not scaled to a sum of 1. A sampler needs its logarithm, which is a weighted mean of "
         "logits.",
         lambda logits, weak, share: logits.softmax(-1) ** (1 - share) * weak.softmax(-1) ** share),
        ("You return the probabilities of the product. A sampler needs its logits.",
         lambda logits, weak, share: ((1 - share) * logits + share * weak).softmax(-1))),
    laws=(("With a share of 0 the teacher writes alone.",
           lambda f: torch.allclose(f(_ROW, _ROW.flip(-1), 0.0), _ROW)),),
    hints=("The logarithm of a product is a sum.", "log of teacher ** (1 - share) is (1 - share) times its log.",
           "`(1 - share) * logits + share * weak`."))


# ---------------------------------------------------------------- strategic_weights

def _losses_up_and_down(generator, draw):
    """Some scores beyond the limits, above and below."""
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
        ("The sign is opposite. If a trace's loss rises when the loss on the clean answers rises, learning it helps: give it more weight, "
         "up minus down.",
         _weights(lambda up, down, step: (down - up) / (2 * step))),
        ("Between a step down and a step up lie two steps: divide by 2 * step.", _weights(lambda up, down, step: (up - down) / step)),
        ("The difference is not divided by its distance. Divide by 2 * step.", _weights(lambda up, down, step: up - down)),
        ("You limit the exponential. Limit the scores before it, or one score of 100 outweighs all others.",
         _weights(grow=lambda s, beta, most: (beta * s).exp().clamp(-most, most))),
        ("You limit beta times the score. Limit the score itself, then multiply by beta.",
         _weights(grow=lambda s, beta, most: (beta * s).clamp(-most, most).exp())),
        ("The scores are not limited, so one unusual trace can take all the weight.",
         _weights(grow=lambda s, beta, most: (beta * s).exp())),
        ("Scores below 0 become 0, so a harmful trace counts as much as a neutral one. The lower limit is -most.",
         _weights(grow=lambda s, beta, most: (beta * s.clamp(0, most)).exp())),
        ("Only the upper limit is set. Limit the scores at -most as well.",
         _weights(grow=lambda s, beta, most: (beta * s.clamp_max(most)).exp())),
        ("The weights are not scaled to a mean of 1, so they also change the size of the loss.",
         _weights(scale=lambda w: w)),
        ("The largest weight is 1 here. The mean should be 1: divide by `weights.mean()`.", _weights(scale=lambda w: w / w.max())),
        ("The weights sum to 1, as after a softmax. Their mean should be 1, so that the loss keeps its size.",
         _weights(scale=lambda w: w / w.sum())),
        ("`beta` is not used. Multiply the scores by it.", _weights(grow=lambda s, beta, most: s.clamp(-most, most).exp())),
        ("The score itself is the weight, and some weights are negative: the student would unlearn these traces. Take exp(beta * score).",
         _weights(grow=lambda s, beta, most: beta * s.clamp(-most, most)))),
    laws=(("If all traces have the same score, every weight is 1.",
           lambda f: torch.allclose(f(1 + _ROW[0], _ROW[0], 0.1), torch.ones(2).double())),),
    hints=("score = (up - down) / (2 * step): how fast the trace's loss rises along the gradient of the loss on the clean answers.",
           "`(beta * scores.clamp(-most, most)).exp()`.", "At the end divide by the mean: `weights / weights.mean()`."))


EXERCISES = {"10.margin_budget": MARGIN, "10.steered_logits": STEERED, "10.matched": MATCHED, "10.product_of_experts": EXPERTS,
             "10.strategic_weights": WEIGHTS}


QUESTIONS = (
    ("At small strengths the defence changes almost no label, at large ones most of them. Why?", 3, {
        "The proxy is too small.":
            "The proxy finds a direction that harms students: the naive clone loses even where no label changes.",
        "A student notices only large changes.":
            "There is almost nothing to notice. At small strengths most served probabilities are the same to two decimals.",
        "A confident answer keeps its label until the strength has closed the gap to another class.":
            "The tie strength of each answer says when. So the curve can be predicted before any student is trained.",
        "Softmax is not differentiable there.":
            "Softmax is differentiable everywhere."}),
    ("Within the margin budget every top-1 label is served unchanged. Who pays?", 2, {
        "No one pays, because the labels are right.":
            "Look at the answers over 90 % that a user loses.",
        "Users who act on probabilities pay, and attackers who train on them.":
            "The label is unchanged, and the probabilities are not.",
        "Only the attacker pays.":
            "The naive attacker pays. The label-only attacker loses nothing, and users of probabilities lose.",
        "Only users with difficult inputs pay.":
            "Confident answers have the widest margins, so they can be changed most."}),
    ("A paper shows that students fall from 80 to 40 % behind a defence. Which control do you ask for first?", 4, {
        "I ask for more seeds.":
            "More seeds make the figure more exact. They do not say what caused the fall.",
        "I ask for students of another size.":
            "This shows how general the result is. It does not say what caused the fall.",
        "I ask for the code of the defence.":
            "The code is useful. But you still have to decide what to compare with.",
        "I ask for students of a teacher that is equally often wrong for a simpler reason.":
            "A higher temperature is such a reason. Compare at the same teacher accuracy, as in exercise 10.3."}),
    ("A provider hides all traces and serves final answers only. What is protected?", 1, {
        "The traces are protected, and the skill is not.":
            "With a few clean traces, a student finds its own working for the served final answers.",
        "The skill is protected, because 800 answers without traces taught nothing in lesson 03.":
            "The students of lesson 03 had no traces at all. An attacker may have some.",
        "Nothing is protected.":
            "The naive student learns almost nothing from hidden traces.",
        "Everything is protected as long as the final answers are right.":
            "Right final answers are what the attacker compares its own working with."}),
    ("Draws are shared across accounts, and an account's second question gets a new draw. How does a pool avoid this?", 2, {
        "It uses more accounts.":
            "All accounts get the same draw.",
        "It divides the questions, and each account asks its own part several times.":
            "The number of queries stays the same. Only one fixed answer for each question prevents this, and then \"try again\" "
            "gives no user another answer.",
        "It asks more slowly.":
            "This defence does not look at the time.",
        "It sets a higher temperature.":
            "A higher temperature makes every draw worse."}),
)

"""The exercises of lesson 04: the wrong answers that people really give, as code, each with the sentence that names it."""
import torch
from torch.nn import functional as F

from course_utils.attack import extraction
from course_utils.lesson.check import Spec


def _normal(generator, *shape):
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


# ---------------------------------------------------------------- solve_softmax

def _linear_inputs(generator, draw):
    d, classes, extra = [(1, 2, 0), (2, 3, 0), (2, 3, 2), (3, 4, 1), (5, 10, 4), (4, 3, 8)][draw]
    # zero, one input at a time, then some more: equations that are surely independent
    x = torch.cat([torch.zeros(1, d), torch.eye(d)]).double()
    x = torch.cat([x + 0.2 * _normal(generator, d + 1, d), _normal(generator, extra, d)])
    p = (x @ _normal(generator, d, classes) + _normal(generator, classes)).softmax(-1)
    # as served: with rounding, so that more questions than unknowns do not agree exactly
    p = p if draw < 2 else p.round(decimals=4).clamp_min(1e-4)
    return {"questions": x, "probabilities": p}


def _with_ones(x):
    return torch.cat([x, torch.ones(len(x), 1, dtype=x.dtype)], -1)


def _solve(a, b):
    return torch.linalg.lstsq(a, b).solution


def _centred(z):
    return z - z.mean(-1, keepdim=True)


SOLVE = Spec(
    reference=extraction.solve_softmax, inputs=_linear_inputs, tolerance=1e-6,
    worked=(("solve_softmax(torch.tensor([[0.], [1.]]), torch.tensor([[0.5, 0.5], [0.8808, 0.1192]]))", [[1.0, -1.0], [0.0, 0.0]]),),
    mistakes=(
        ("These equations are for the probabilities, and a probability is not linear in the weights. Its logarithm is, but for log Z.",
         lambda questions, probabilities: _solve(_with_ones(questions), probabilities)),
        ("These equations are for the probabilities, minus their mean, and a probability is not linear in the weights. Take logarithms "
         "first, then subtract their mean.",
         lambda questions, probabilities: _solve(_with_ones(questions), _centred(probabilities))),
        ("log Z is still in it, and it is not linear: Z is a sum of exponentials. Subtract from the logarithms of each answer their mean.",
         lambda questions, probabilities: _solve(_with_ones(questions), probabilities.log())),
        ("log(p / (1 - p)) undoes a sigmoid, for each class alone. Here ten classes share one softmax: use log p minus the mean of the log "
         "p.", lambda questions, probabilities: _solve(_with_ones(questions), torch.logit(probabilities))),
        ("The mean is over the questions, `dim=0`. log Z is the same for all classes of one row: take the mean over `dim=-1`.",
         lambda questions, probabilities: _solve(_with_ones(questions), probabilities.log() - probabilities.log().mean(0))),
        ("The bias is missing: a column of ones beside the questions, and its weight is the last row.",
         lambda questions, probabilities: _solve(questions, _centred(probabilities.log()))),
        ("Two things are wrong: the bias is missing (a column of ones beside the questions), and log Z is still in it (subtract from the "
         "logarithms of each answer their mean).", lambda questions, probabilities: _solve(questions, probabilities.log())),
        ("The column of ones stands first, so the bias is the first row. It should be the last.",
         lambda questions, probabilities: _solve(_with_ones(questions).flip(-1)[:, [0, *range(questions.shape[1], 0, -1)]],
                                                 _centred(probabilities.log()))),
        ("Right, relative to the first class: its column is zero. The lesson compares weights whose mean over the classes is 0: subtract "
         "the mean of the logarithms instead.",
         lambda questions, probabilities: _solve(_with_ones(questions), probabilities.log() - probabilities.log()[:, :1])),
        ("Right, relative to the last class: its column is zero. The lesson compares weights whose mean over the classes is 0: subtract "
         "the mean of the logarithms instead.",
         lambda questions, probabilities: _solve(_with_ones(questions), probabilities.log() - probabilities.log()[:, -1:])),
        ("This uses the first d + 1 questions and throws the others away. When answers are rounded, every further one helps: `lstsq` takes "
         "them all.",
         lambda questions, probabilities: _solve(_with_ones(questions)[:questions.shape[1] + 1],
                                                 _centred(probabilities.log())[:questions.shape[1] + 1])),
        ("The result is transposed: a row for each input and a column for each class, `(d + 1, classes)`.",
         lambda questions, probabilities: extraction.solve_softmax(questions, probabilities).T),
        ("Base 2 (or 10) makes every weight too large (or small). The softmax uses e: `probabilities.log()`.",
         lambda questions, probabilities: extraction.solve_softmax(questions, probabilities) / torch.log(torch.tensor(2.0)))),
    hints=("Make the right-hand side first: the logarithms of the answers, minus their mean over the classes.",
           "The bias is a weight of an input that is always 1: `torch.cat([questions, ones], -1)`, with ones of shape (n, 1) and float64.",
           "`torch.linalg.lstsq(inputs, logits).solution` has a row for each input and a column for each class."))


# ---------------------------------------------------------------- hidden_width

def _width_inputs(generator, draw):
    n, vocabulary, width, noise = [(12, 5, 3, 0.02), (16, 10, 4, 0.02), (30, 20, 7, 0.05), (40, 30, 12, 0.05), (60, 40, 9, 0.02),
                                   (15, 24, 6, 0.05)][draw]
    # singular values that fall gently, from 100 to about 10, and then the noise of what was served
    sizes = torch.logspace(2, 1, width, dtype=torch.float64)
    left, right = torch.linalg.qr(_normal(generator, n, width))[0], torch.linalg.qr(_normal(generator, vocabulary, width))[0]
    logits = (left * sizes) @ right.T
    # served as log-probabilities, and in one draw as logits
    scores = logits + noise / n ** 0.5 * _normal(generator, n, vocabulary)
    return {"scores": scores if draw == 4 else scores.log_softmax(-1)}


def _logs(matrix):
    return torch.linalg.svdvals(matrix.double()).clamp_min(1e-300).log()


def _differences(scores):
    return scores[:, 1:] - scores[:, :1]


def _largest_fall(logs):
    return (logs[:-1] - logs[1:]).argmax().item() + 1


def _indifferent(width):
    """Log-probabilities, logits, and logits with any number added to a row are the same to a width."""
    generator = torch.Generator().manual_seed(5)
    for draw in (1, 3):
        scores = _width_inputs(generator, draw)["scores"]
        for moved in (scores + 5 * _normal(generator, len(scores), 1), scores.float(), 0.01 * scores):
            if int(width(moved)) != extraction.hidden_width(scores):
                return False
    return True


WIDTH = Spec(
    reference=extraction.hidden_width, inputs=_width_inputs, returns="number",
    worked=(("hidden_width(torch.tensor([[1.], [-2.]]) * torch.tensor([1., 2., 4., 8.]))", 1),
            ("hidden_width((torch.tensor([[1.], [-2.]]) * torch.tensor([1., 2., 4., 8.])).log_softmax(-1))", 1)),
    laws=(("Right on these, but not for every input: the same scores with a number added to each row, in float32, or a hundred times "
           "smaller must give the same width. Is there a fixed threshold in it?", _indifferent),),
    mistakes=(
        ("One too many, because these are log-probabilities: log p = z - log Z, and the log Z of each row add one direction of their own. "
         "Take differences between tokens first: there log Z drops out.",
         lambda scores: _largest_fall(_logs(scores))),
        ("This fall is an artefact of the centring. Once each row's mean is subtracted its entries sum to zero, and once one token is "
         "subtracted its own column is zero: either way the last singular value is zero by construction. Subtract one token's column and "
         "leave that column out.",
         lambda scores: _largest_fall(_logs(scores - scores.mean(-1, keepdim=True)))),
        ("Counting what is above a threshold counts the noise, too: the served numbers are rounded, so no singular value is exactly "
         "zero, and what is small depends on the model. Look for the largest fall instead.",
         lambda scores: int((torch.linalg.svdvals(_differences(scores)) > 1e-6).sum())),
        ("This is as many as there are prompts or tokens. Counting what is above a threshold counts the noise, too (and log Z is still "
         "in it). Take differences between tokens, and look for the largest fall.",
         lambda scores: int((torch.linalg.svdvals(scores) > 1e-6).sum())),
        ("The largest fall in absolute size is at the top, where the values are large. The fall that counts is relative: take logarithms "
         "first.",
         lambda scores: int((lambda s: (s[:-1] - s[1:]).argmax())(torch.linalg.svdvals(_differences(scores)))) + 1),
        ("The mean over the *prompts* is subtracted. log Z is the same for all tokens of one answer, so it is in each row: take "
         "differences between its tokens, `scores[:, 1:] - scores[:, :1]`.",
         lambda scores: _largest_fall(_logs(scores - scores.mean(0, keepdim=True)))),
        ("Right for log-probabilities only: 1 is subtracted for their log Z, and logits have none. Take differences between tokens: then "
         "both have the same fall.", lambda scores: _largest_fall(_logs(scores)) - 1),
        ("One too few: `argmax` counts from 0, and the gap after entry i means that i + 1 values are before it.",
         lambda scores: _largest_fall(_logs(_differences(scores))) - 1),
        ("This is the smallest fall: `argmin` in place of `argmax`, or the difference with its sign turned round.",
         lambda scores: int((lambda s: (s[:-1] - s[1:]).argmin())(_logs(_differences(scores)))) + 1),
        ("These are the singular values of the probabilities. The softmax is not linear: only logits, or their differences, are linear in "
         "the hidden layer.",
         lambda scores: _largest_fall(_logs(scores.exp())))),
    hints=("First get rid of log Z: subtract the first column from all the others, `scores[:, 1:] - scores[:, :1]`.",
           "`torch.linalg.svdvals(...)` are the singular values, largest first. Take `.log()`, and where do they fall furthest?",
           "`logs[:-1] - logs[1:]` are the falls; `.argmax().item() + 1` is how many values stand before the largest."))


# ---------------------------------------------------------------- unbias

def _bias_inputs(generator, draw):
    n, k, reference = [(1, 2, 1), (2, 2, 0), (2, 3, 1), (3, 5, 4), (4, 5, 0), (3, 4, 2)][draw]
    z, bias = 2 * _normal(generator, n, 12), 40 + 5 * _normal(generator, k)
    raised = z.clone()
    raised[:, :k] += bias
    return {"logprobs": raised.log_softmax(-1)[:, :k], "bias": bias, "reference": reference}


UNBIAS = Spec(
    reference=extraction.unbias, inputs=_bias_inputs,
    worked=(("unbias(torch.tensor([[-0.1, -2.4]]), torch.tensor([100., 97.]), 1)", [[-0.7, 0.0]]),),
    mistakes=(
        ("The biases are still in it. They cancel only when the token and the reference got the same: subtract each token's own first.",
         lambda logprobs, bias, reference: logprobs - logprobs[:, reference, None]),
        ("The bias is added once more. The server has added it; to get the model's own logits, subtract it.",
         lambda logprobs, bias, reference: logprobs + bias - (logprobs + bias)[:, reference, None]),
        ("The reference had a bias, too: subtract it from the reference's log-probability before you compare.",
         lambda logprobs, bias, reference: logprobs - bias - logprobs[:, reference, None]),
        ("Only the reference's bias is taken away; each token has its own.",
         lambda logprobs, bias, reference: logprobs - (logprobs - bias)[:, reference, None]),
        ("log Z is still in it: a log-probability is z + bias - log Z. Subtract the reference's: both have the same log Z.",
         lambda logprobs, bias, reference: logprobs - bias),
        ("This compares with the mean of the k tokens. The next request has other tokens, and its numbers would not fit to these: compare "
         "with the reference, which is in every request.",
         lambda logprobs, bias, reference: _centred(logprobs - bias)),
        ("This makes probabilities of the k tokens alone, as if there were no others. The next request has other tokens, and its numbers "
         "would not fit to these: compare with the reference, which is in every request.",
         lambda logprobs, bias, reference: (logprobs - bias).log_softmax(-1)),
        ("`[:, reference]` loses its column, and then a row is subtracted where a column should be. Keep it: `[:, [reference]]`, or "
         "`[:, reference, None]`.", lambda logprobs, bias, reference: (logprobs - bias) - (logprobs - bias)[:, reference]),
        ("This compares with token 0. The reference is column `reference`.",
         lambda logprobs, bias, reference: (logprobs - bias) - (logprobs - bias)[:, :1]),
        ("This compares the reference with the token: the sign is wrong.",
         lambda logprobs, bias, reference: -extraction.unbias(logprobs, bias, reference)),
        ("These are ratios of probabilities. Keep the logarithms: differences, no `exp`.",
         lambda logprobs, bias, reference: extraction.unbias(logprobs, bias, reference).exp()),
        ("The reference's own column is left out. Keep it: it is all zeros, and the columns stay where they are.",
         lambda logprobs, bias, reference: torch.cat([extraction.unbias(logprobs, bias, reference)[:, :reference],
                                                      extraction.unbias(logprobs, bias, reference)[:, reference + 1:]], -1))),
    hints=("What was served is z + bias - log Z, with one Z for the whole row.",
           "Subtract the bias first: `logprobs - bias` is z - log Z. What remains of log Z in the difference of two of them?",
           "`logits - logits[:, reference, None]`, with logits as `logprobs - bias`."))


# ---------------------------------------------------------------- complete

def _top_inputs(generator, draw):
    n, classes, k = [(1, 3, 1), (1, 4, 2), (2, 5, 2), (3, 10, 9), (3, 10, 1), (4, 6, 6), (2, 4, 3)][draw]
    scores = extraction.cut((2 * _normal(generator, n, classes)).softmax(-1), k)
    if draw == 6:                       # an API that serves the class alone: nothing is left for the others
        scores = (scores == scores.amax(-1, keepdim=True)).double()
    return {"scores": scores}


def _filled(scores, value, divide=True):
    """The hidden classes get `value(left)`, divided by their number."""
    hidden = scores == 0
    left = 1 - scores.sum(-1, keepdim=True)
    return torch.where(hidden, value(left) / (hidden.sum(-1, keepdim=True).clamp_min(1) if divide else 1), scores)


def _not_nan(complete):
    """Nothing hidden, and a sum that rounding has brought above 1."""
    full = torch.tensor([[0.5, 0.3, 0.2], [0.51, 0.3, 0.2], [0.7, 0.31, 0.0]], dtype=torch.float64)
    answer = complete(full)
    return bool(answer.isfinite().all()) and bool((answer >= 0).all())


COMPLETE = Spec(
    reference=extraction.complete, inputs=_top_inputs, draws=7,
    worked=(("complete(torch.tensor([[0.9, 0., 0.06, 0.]]))", [[0.9, 0.02, 0.06, 0.02]]),),
    laws=(("Right on these. But rounded scores may sum to a little more than 1, and then your hidden classes get negative scores: "
           "`.clamp_min(0)`.", _not_nan),),
    mistakes=(
        ("This makes the shown scores sum to 1: the clone would learn to be surer than the teacher. The missing probability belongs to "
         "the classes that were not shown.",
         lambda scores: scores / scores.sum(-1, keepdim=True)),
        ("Right, until nothing is hidden: then it divides 0 by 0, which is NaN. `.clamp_min(1)` on the number of hidden classes.",
         lambda scores: torch.where(scores == 0, scores, scores) + (scores == 0) * (1 - scores.sum(-1, keepdim=True))
         / (scores == 0).sum(-1, keepdim=True)),
        ("The missing probability is spread over all classes, also over the shown ones. Those are known: only the hidden ones share it.",
         lambda scores: scores + (1 - scores.sum(-1, keepdim=True)) / scores.shape[-1]),
        ("Each hidden class gets all of the missing probability. They share it: divide by the number of hidden classes.",
         lambda scores: _filled(scores, lambda left: left, divide=False)),
        ("The missing probability is divided by the number of all classes and not of the hidden ones: the rows sum to less than 1.",
         lambda scores: _filled(scores, lambda left: left / scores.shape[-1], divide=False)),
        ("The hidden classes get 1 / classes each, whatever is missing: the rows sum to more than 1.",
         lambda scores: _filled(scores, lambda left: torch.full_like(left, 1 / scores.shape[-1]), divide=False)),
        ("A hidden class gets as much as the smallest shown one. That is an upper limit. All hidden classes together have 1 minus the sum "
         "of the shown scores.",
         lambda scores: _filled(scores, lambda left: torch.where(scores == 0, 2.0, scores).amin(-1, keepdim=True), divide=False)),
        ("Nothing has changed: the hidden classes still have 0, which says that they are impossible. A logarithm of that is minus "
         "infinity.", lambda scores: scores.clone()),
        ("A softmax of probabilities: everything becomes nearly equal. These are probabilities already.",
         lambda scores: scores.softmax(-1))),
    hints=("How much probability is missing? `1 - scores.sum(-1, keepdim=True)`, and not below 0.",
           "Which classes share it? `hidden = scores == 0`. Their number is `hidden.sum(-1, keepdim=True)`, perhaps 0: `.clamp_min(1)`.",
           "`torch.where(hidden, left / number, scores)`."))


# ---------------------------------------------------------------- bandit_step

def _bandit_inputs(generator, draw):
    kinds, kind, rate = [(2, 0, 1.0), (2, 1, 0.5), (3, 2, 2.0), (4, 1, 4.0), (8, 5, 4.0), (5, 0, 0.3)][draw]
    reward, baseline = torch.rand(2, generator=generator).tolist()
    return {"preferences": torch.randn(kinds, generator=generator), "kind": kind, "reward": reward, "baseline": baseline, "rate": rate}


def _one(preferences, kind):
    return F.one_hot(torch.as_tensor(kind), len(preferences)).float()


BANDIT = Spec(
    reference=extraction.bandit_step, inputs=_bandit_inputs,
    worked=(("bandit_step(torch.tensor([0., 0.]), 0, 1, 0.5, 4)", [1.0, -1.0]),),
    mistakes=(
        ("The baseline is missing. Rewards are never negative here, so the kind that is drawn first would be preferred more and more: "
         "subtract the mean reward.",
         lambda preferences, kind, reward, baseline, rate=4.0: extraction.bandit_step(preferences, kind, reward, 0.0, rate)),
        ("The probabilities are not subtracted, so the others stay as they are: the step is (1 if drawn, else 0) minus softmax.",
         lambda preferences, kind, reward, baseline, rate=4.0: preferences + rate * (reward - baseline) * _one(preferences, kind)),
        ("The kind that was drawn moves correctly. The others should move the other way, each by its own probability.",
         lambda preferences, kind, reward, baseline, rate=4.0: preferences + rate * (reward - baseline) * _one(preferences, kind)
         * (1 - preferences.softmax(-1))),
        ("The preferences themselves are subtracted in place of their softmax, which is the probability of each kind.",
         lambda preferences, kind, reward, baseline, rate=4.0: preferences + rate * (reward - baseline)
         * (_one(preferences, kind) - preferences)),
        ("Every kind's own probability is its softmax of the preferences; here all kinds count as equally likely.",
         lambda preferences, kind, reward, baseline, rate=4.0: preferences + rate * (reward - baseline)
         * (_one(preferences, kind) - 1 / len(preferences))),
        ("The probabilities are added. Subtract them: the kinds that were not drawn move the other way.",
         lambda preferences, kind, reward, baseline, rate=4.0: preferences + rate * (reward - baseline)
         * (_one(preferences, kind) + preferences.softmax(-1))),
        ("The sign is wrong: a good reward should make the kind that was drawn more likely.",
         lambda preferences, kind, reward, baseline, rate=4.0: extraction.bandit_step(preferences, kind, -reward, -baseline, rate)),
        ("The rate is missing: multiply the step by `rate`.",
         lambda preferences, kind, reward, baseline, rate=4.0: extraction.bandit_step(preferences, kind, reward, baseline, 1.0)),
        ("These are probabilities. Return the preferences: the softmax is taken when the next kind is drawn.",
         lambda preferences, kind, reward, baseline, rate=4.0: extraction.bandit_step(preferences, kind, reward, baseline, rate)
         .softmax(-1)),
        ("This is the change alone. Add it to the old preferences.",
         lambda preferences, kind, reward, baseline, rate=4.0: extraction.bandit_step(preferences, kind, reward, baseline, rate)
         - preferences)),
    hints=("First, how much better than the mean was it? `reward - baseline`.",
           "The direction: `F.one_hot(torch.tensor(kind), len(preferences))` minus `preferences.softmax(-1)`.",
           "`preferences + rate * (reward - baseline) * (chosen - preferences.softmax(-1))`."))


EXERCISES = {
    "04.solve_softmax": SOLVE,
    "04.hidden_width": WIDTH,
    "04.unbias": UNBIAS,
    "04.complete": COMPLETE,
    "04.bandit_step": BANDIT,
}


QUESTIONS = (
    ("An API serves a softmax regression with 50 inputs and 4 classes, all digits. How many queries determine it?", 2, {
        "50: as many as there are inputs.":
            "The bias is still unknown: each class has 51 unknowns.",
        "51: each answer is one equation for each class at once.":
            "One unknown for each input, and the bias. More classes mean more unknowns, and as many more equations in each answer.",
        "204: as many as there are weights.":
            "Each answer holds four numbers, and four equations (three of them independent).",
        "It depends on how well it was trained.":
            "The equations hold for any weights, trained or not."}),
    ("Log-probabilities of a model with width 64: how many singular values stand before the fall, if they are taken as served?", 3, {
        "64: the width.":
            "That is true of the logits. Log-probabilities have one more number in each row, log Z.",
        "63: the softmax ignores one number.":
            "It ignores one number in each row. That takes no direction from the hidden layer.",
        "65: the log Z of each row adds a direction.":
            "The same number is subtracted from the whole row. Differences between tokens remove it.",
        "As many as there are tokens.":
            "That is what noise does. The model itself has no more directions than its width, and the log Z."}),
    ("Which change ends this lesson's reading of the width, and costs a legitimate user least?", 4, {
        "Serving the top 5 only.":
            "With a logit bias the customer chooses which 5.",
        "Noise of 0.01 on each log-probability.":
            "The noise edge still reads the width from the same 200 prompts.",
        "Taking the log-probabilities away altogether.":
            "That ends it. It also takes them from every legitimate user who reads them.",
        "Serving the log-probabilities from before the logit bias.":
            "The bias still steers the text, and no longer chooses which tokens are shown. OpenAI and vLLM do this."}),
    ("In the budget curves the clone of labels stays within a point or two of the clone of all scores from 1,500 queries on. What does "
     "hiding the scores gain the provider?", 1, {
        "Hardly anything against imitation. It does end this lesson's solving of a linear model.":
            "The equations need the scores. A student needs answers, and a label is an answer.",
        "Safety: labels give nothing to imitate.":
            "The clone of labels agrees with the teacher on about nine digits in ten.",
        "Ten points of agreement, at any budget.":
            "Look at the upper ends of the intervals.",
        "Nothing, for any model.":
            "For a linear model it is the difference between the model and an imitation, unless the attacker searches for class borders."}),
    ("Why did the bandit with the certainty reward alone choose so much static?", 2, {
        "The clone learns most from static.":
            "It learns almost nothing from it: all static gets the same class.",
        "The teacher is sure about static, and the reward asks for nothing else.":
            "The reward was certainty, and static gave it: sure answers, always the same one.",
        "Bad luck with one seed.":
            "The shares are over five seeds.",
        "Static is the largest kind in the pool.":
            "All kinds have the same number of pictures."}),
)

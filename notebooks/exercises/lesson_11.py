"""The exercises of lesson 11: wrong answers that people give, as code, each with the sentence that names it."""
import math

import torch
from scipy import stats

from course_utils.defence import watermark
from course_utils.lesson.check import Spec

# ---------------------------------------------------------------- the answers that the package itself does not need

def guilty(prior, power, false_alarm):
    """Of the flagged models, the share that comes from ours: Bayes' rule.

    prior: share of all tested models that come from ours; power: share of these that is
    flagged; false_alarm: share of the independent models that is flagged.
    """
    return prior * power / (prior * power + (1 - prior) * false_alarm)

# ---------------------------------------------------------------- z_score


def _counts(generator, draw):
    """More green than expected and less, few tokens and many, and gammas other than a half."""
    tokens, gamma, share = [(16, 0.25, 0.5), (40, 0.25, 0.2), (100, 0.3, 0.42), (60, 0.1, 0.05), (250, 0.4, 0.46), (90, 0.25, 0.31)][draw]
    tokens += int(torch.randint(0, 5, (), generator=generator))
    return {"green": round(share * tokens), "tokens": tokens, "gamma": gamma}


Z = Spec(
    reference=watermark.z_score, inputs=_counts, returns="number", tolerance=1e-6,
    worked=(("z_score(80, 200, 0.25)", 4.9),),
    mistakes=(
        ("The square root is missing: tokens × gamma × (1 - gamma) is the variance, and z counts standard deviations.",
         lambda green, tokens, gamma=0.25: (green - gamma * tokens) / (tokens * gamma * (1 - gamma))),
        ("This is the difference of shares. It must be divided by the standard deviation: a tenth more is much in 1,000 tokens and "
         "little in ten.",
         lambda green, tokens, gamma=0.25: green / tokens - gamma),
        ("This is the surplus in tokens. It must be divided by its standard deviation.",
         lambda green, tokens, gamma=0.25: green - gamma * tokens),
        ("The variance of a count of independent tokens is tokens × gamma × (1 - gamma): the factor 1 - gamma is missing.",
         lambda green, tokens, gamma=0.25: (green - gamma * tokens) / math.sqrt(tokens * gamma)),
        ("This takes the variance from the text's own share of green. By chance alone the variance of one draw is gamma × (1 - gamma).",
         lambda green, tokens, gamma=0.25: (green - gamma * tokens) / math.sqrt(green * (1 - green / tokens))),
        ("The sign is lost, but fewer green tokens than expected speak against the mark.",
         lambda green, tokens, gamma=0.25: abs(green - gamma * tokens) / math.sqrt(tokens * gamma * (1 - gamma))),
        ("The sign is wrong: more green tokens than expected must give a positive z.",
         lambda green, tokens, gamma=0.25: (gamma * tokens - green) / math.sqrt(tokens * gamma * (1 - gamma))),
        ("This expects half of the tokens to be green. The expected share is gamma.",
         lambda green, tokens, gamma=0.25: (green - 0.5 * tokens) / math.sqrt(tokens * 0.25)),
        ("This divides a surplus in tokens by the standard deviation of a share, sqrt(gamma (1 - gamma) / tokens). Both should be in "
         "tokens.",
         lambda green, tokens, gamma=0.25: (green - gamma * tokens) / math.sqrt(gamma * (1 - gamma) / tokens)),
        ("This divides a difference of shares by a standard deviation in tokens. Use tokens for both, or shares for both.",
         lambda green, tokens, gamma=0.25: (green / tokens - gamma) / math.sqrt(tokens * gamma * (1 - gamma))),
        ("This divides by the standard deviation of ONE draw. The variances of `tokens` draws add up to tokens × gamma × (1 - gamma).",
         lambda green, tokens, gamma=0.25: (green - gamma * tokens) / math.sqrt(gamma * (1 - gamma))),
        ("This divides a difference of shares by the standard deviation of one draw, so the number of tokens has no influence.",
         lambda green, tokens, gamma=0.25: (green / tokens - gamma) / math.sqrt(gamma * (1 - gamma))),
        ("The expected number, gamma × tokens, is not subtracted from `green`.",
         lambda green, tokens, gamma=0.25: green / math.sqrt(tokens * gamma * (1 - gamma))),
        ("The formula contains 0.25, but gamma is an argument and may be another number.",
         lambda green, tokens, gamma=0.25: (green - tokens / 4) / math.sqrt(tokens * 3 / 16)),
        ("This divides the surplus by the expected number. Divide it by the standard deviation instead.",
         lambda green, tokens, gamma=0.25: (green - gamma * tokens) / (gamma * tokens)),
        ("sqrt(green) is the standard deviation of a Poisson count. The variance of these draws is tokens × gamma × (1 - gamma).",
         lambda green, tokens, gamma=0.25: (green - gamma * tokens) / math.sqrt(green)),
        ("This subtracts half a token, the continuity correction for a normal tail. The z-score itself has no such correction.",
         lambda green, tokens, gamma=0.25: (green - 0.5 - gamma * tokens) / math.sqrt(tokens * gamma * (1 - gamma)))),
    laws=(("Exactly the expected number of green tokens is a z of 0.", lambda f: abs(float(f(25, 100, 0.25))) < 1e-9),),
    hints=("How many of `tokens` tokens are green by chance? This number is subtracted from `green`.",
           "The number of green tokens is binomial. Its variance is tokens × gamma × (1 - gamma).",
           "`(green - gamma * tokens) / math.sqrt(tokens * gamma * (1 - gamma))`."))


# ---------------------------------------------------------------- p_value


P = Spec(
    reference=watermark.p_value, inputs=_counts, returns="number", tolerance=1e-7,
    worked=(("p_value(2, 2, 0.25)", 0.0625),),
    mistakes=(
        ("This is the probability of MORE than `green`. Exactly `green` belongs to the tail, too. scipy's sf(k) is P(X > k), so use "
         "green - 1.",
         lambda green, tokens, gamma=0.25: stats.binom.sf(green, tokens, gamma)),
        ("This is the lower tail, the probability of so few green tokens, and the upper one is needed.",
         lambda green, tokens, gamma=0.25: stats.binom.cdf(green, tokens, gamma)),
        ("This is the probability of fewer green tokens, which is 1 - p. Return the probability of so many or more.",
         lambda green, tokens, gamma=0.25: stats.binom.cdf(green - 1, tokens, gamma)),
        ("This is the probability of exactly `green`. A p-value is the probability of so many or more.",
         lambda green, tokens, gamma=0.25: stats.binom.pmf(green, tokens, gamma)),
        ("This is the normal tail of z. It is an approximation, and a poor one in the far tail, where decisions are made. Use the exact "
         "binomial tail from `scipy.stats.binom`.",
         lambda green, tokens, gamma=0.25: stats.norm.sf(watermark.z_score(green, tokens, gamma))),
        ("This is the normal tail with a correction of half a token. It is better, and still not exact in the far tail.",
         lambda green, tokens, gamma=0.25: stats.norm.sf(watermark.z_score(green - 0.5, tokens, gamma))),
        ("This p-value is two-sided, but too few green tokens are no sign of the mark. Use the upper tail only.",
         lambda green, tokens, gamma=0.25: min(1.0, 2 * min(stats.binom.sf(green - 1, tokens, gamma),
                                                             stats.binom.cdf(green, tokens, gamma)))),
        ("By default this scipy test is two-sided. For the upper tail, pass `alternative=\"greater\"`.",
         lambda green, tokens, gamma=0.25: stats.binomtest(green, tokens, gamma).pvalue),
        ("This is Hoeffding's bound exp(-2 n (share - gamma)²). Where the share is above gamma, the p-value is never larger, but it is not "
         "equal to this bound.",
         lambda green, tokens, gamma=0.25: math.exp(-2 * tokens * (green / tokens - gamma)**2)),
        ("This expects half of the tokens to be green. The expected share is gamma.",
         lambda green, tokens, gamma=0.25: stats.binom.sf(green - 1, tokens, 0.5)),
        ("The formula contains 0.25, but gamma is an argument and may be another number.",
         lambda green, tokens, gamma=0.25: stats.binom.sf(green - 1, tokens, 0.25)),
        ("scipy's sf(k) is P(X > k). With green + 1 the two smallest counts are lost, so use green - 1.",
         lambda green, tokens, gamma=0.25: stats.binom.sf(green + 1, tokens, gamma)),
        ("This is the probability that the first `green` draws are green. Any `green` of them may be green, or more.",
         lambda green, tokens, gamma=0.25: gamma**green),
        ("This is the probability of one order of the draws. There are math.comb(tokens, green) orders, and more green tokens belong "
         "to the tail, too.",
         lambda green, tokens, gamma=0.25: gamma**green * (1 - gamma)**(tokens - green)),
        ("In the sum, each number of green draws has one order only. The factor math.comb(tokens, k) is missing.",
         lambda green, tokens, gamma=0.25: sum(gamma**k * (1 - gamma)**(tokens - k) for k in range(green, tokens + 1))),
        ("This is the normal approximation, and it is two-sided. Return the upper tail of the binomial.",
         lambda green, tokens, gamma=0.25: 2 * stats.norm.sf(abs(watermark.z_score(green, tokens, gamma)))),
        ("erfc counts both tails of the normal distribution. Half of it approximates one tail; the binomial tail is exact.",
         lambda green, tokens, gamma=0.25: math.erfc(watermark.z_score(green, tokens, gamma) / 2**0.5)),
        ("This is the lower tail of the normal distribution. Return the upper tail of the binomial.",
         lambda green, tokens, gamma=0.25: stats.norm.cdf(watermark.z_score(green, tokens, gamma))),
        ("This is the tail of a Poisson distribution, whose variance is gamma × tokens. The number of green draws is binomial.",
         lambda green, tokens, gamma=0.25: stats.poisson.sf(green - 1, tokens * gamma)),
        ("The order of the arguments is `stats.binom.sf(k, n, p)`, with the number of draws before their probability.",
         lambda green, tokens, gamma=0.25: stats.binom.sf(green - 1, gamma, tokens))),
    laws=(("\"0 or more\" is always the case, so this p-value is 1.", lambda f: abs(float(f(0, 20, 0.25)) - 1) < 1e-12),
          ("2 of 2 has the p-value 1/16. Perhaps your sum leaves out the last case, all green: `range(green, tokens + 1)`.",
           lambda f: abs(float(f(2, 2, 0.25)) - 0.0625) < 1e-9),
          ("In the far tail, 1 - cdf rounds to 0 or below. Compute the tail itself, with `sf`.",
           lambda f: 1e-40 < float(f(80, 100, 0.25)) < 1e-20)),
    hints=("Each of `tokens` draws is green with probability gamma. How probable is it that `green` or more are?",
           "`scipy.stats.binom` has `.pmf` (exactly k), `.cdf` (k or fewer) and `.sf` (more than k).",
           "`stats.binom.sf(green - 1, tokens, gamma)`."))


# ---------------------------------------------------------------- first_seen

def _rows(generator, draw):
    """Rows that come again at once, later, in another order, with another token after the same window, and in another window."""
    w = [1, 2, 2, 3, 2, 3][draw]
    few = torch.randint(0, 3, (12 + 8 * draw, w + 1), generator=generator)
    planted = torch.tensor([[1, 2], [1, 2], [2, 1], [1, 0], [0, 2], [2, 1], [1, 2], [2, 2]])
    planted = torch.cat([torch.zeros(len(planted), w - 1, dtype=torch.long), planted], 1)
    alone = torch.full((1, w + 1), 7)
    return {"rows": torch.cat([planted, few, alone])}


def _first_by(key):
    def first_seen(rows):
        seen, first = set(), []
        for row in map(tuple, rows.tolist()):
            first.append(key(row) not in seen)
            seen.add(key(row))
        return torch.tensor(first)
    return first_seen


def _last_seen(rows):
    return _first_by(lambda row: row)(rows.flip(0)).flip(0)


def _single(rows):
    every = [tuple(row) for row in rows.tolist()]
    return torch.tensor([every.count(row) == 1 for row in every])


def _not_as_before(rows):
    return torch.cat([torch.tensor([True]), (rows[1:] != rows[:-1]).any(1)])


FIRST = Spec(
    reference=watermark.first_seen, inputs=_rows,
    worked=(("first_seen(torch.tensor([[1, 2], [3, 2], [1, 2]]))", [True, True, False]),),
    mistakes=(
        ("This compares only the token. After another window the token has another draw, which is new evidence, so compare the whole row.",
         _first_by(lambda row: row[-1])),
        ("This compares only the window. Another token after the same window has its own draw, so compare the whole row.",
         _first_by(lambda row: row[:-1])),
        ("This ignores the order, but the windows \"a b\" and \"b a\" are different. Compare tuples instead of sets or sorted rows.",
         _first_by(lambda row: tuple(sorted(row)))),
        ("A set ignores the order of the tokens, and how often each one is in the row, so compare tuples.", _first_by(frozenset)),
        ("This finds only rows that repeat the row before. A row may also come again much later.", _not_as_before),
        ("This drops all copies of a row that comes twice. The first of them is evidence.", _single),
        ("This marks the last time of each row. Mark the first: then earlier results stay the same when the text grows.",
         _last_seen),
        ("True and False are swapped. A row that comes for the first time is True.", lambda rows: ~watermark.first_seen(rows)),
        ("Every row counts here, the repeated ones too. Two tensors in a set are never the same member, so use tuples.",
         lambda rows: torch.ones(len(rows), dtype=torch.bool)),
        ("Every row is False here. First ask whether the row is new, and only then add it to the set.",
         lambda rows: torch.zeros(len(rows), dtype=torch.bool)),
        ("Different rows with the same sum are taken for one row. Compare the rows themselves, as tuples.",
         _first_by(sum)),
        ("This compares the token and the last token of its window. A window may be longer, so compare the whole row.",
         _first_by(lambda row: row[-2:])),
        ("These are the rows, each once. Return a mask that is True or False for every row.", lambda rows: rows.unique(dim=0)),
        ("These are the new rows. Return the mask that selects them, True or False for every row.",
         lambda rows: rows[watermark.first_seen(rows)]),
        ("These are the indices of the new rows. Return a mask that is True or False for every row.",
         lambda rows: watermark.first_seen(rows).nonzero()[:, 0])),
    laws=(("If all rows are the same, only the first is True.",
           lambda f: torch.as_tensor(f(torch.ones(5, 3, dtype=torch.long))).tolist() == [True, False, False, False, False]),),
    hints=("Go through the rows in order, and keep those that you have seen in a `set`.",
           "Tensors are never equal as members of a set, but tuples can be: `map(tuple, rows.tolist())`.",
           "For each row: append `row not in seen`, then `seen.add(row)`; return `torch.tensor(first)`."))


# ---------------------------------------------------------------- fingerprint_shift

def _guesses(generator, draw):
    n, size = [(1, 4), (2, 5), (3, 8), (4, 10), (6, 20), (5, 12)][draw]
    probabilities = (1.5 * torch.randn(n, size, generator=generator, dtype=torch.float64)).softmax(-1)
    green = torch.rand(n, size, generator=generator) < 0.4
    green[:, 0], green[:, 1] = True, False
    return {"probabilities": probabilities, "green": green}


def _mass(probabilities, green):
    return (probabilities * green).sum(-1, keepdim=True)


FINGERPRINT = Spec(
    reference=watermark.fingerprint_shift, inputs=_guesses, tolerance=1e-7,
    worked=(("fingerprint_shift(torch.tensor([[0.5, 0.3, 0.2]]), torch.tensor([[True, False, False]]))", [[0.25, -0.15, -0.1]]),),
    mistakes=(
        ("L is not subtracted. Then red tokens are not lowered, and green tokens are raised even where everything is green.",
         lambda probabilities, green: probabilities * green),
        ("The factor q is missing. A token that the student would hardly say must be shifted less than others.",
         lambda probabilities, green: green.double() - _mass(probabilities, green)),
        ("The sign is wrong: this lowers the green tokens.",
         lambda probabilities, green: probabilities * (_mass(probabilities, green) - green.double())),
        ("L is the sum of the probabilities of the green tokens. This uses the share of the vocabulary that is green.",
         lambda probabilities, green: probabilities * (green.double() - green.double().mean(-1, keepdim=True))),
        ("This uses the mean of the green probabilities as L, but L is their sum.",
         lambda probabilities, green: probabilities * (green.double() - (probabilities * green).mean(-1, keepdim=True))),
        ("This sums L over all rows. Each row has its own L.",
         lambda probabilities, green: probabilities * (green.double() - (probabilities * green).sum())),
        ("Only the green tokens are shifted here. The red tokens must be lowered by q L.",
         lambda probabilities, green: probabilities * green * (1 - _mass(probabilities, green))),
        ("This is L itself, and not the direction in which L rises.",
         lambda probabilities, green: _mass(probabilities, green)),
        ("This is the shift of a plain watermark: 1 for green, 0 for red.", lambda probabilities, green: green.double()),
        ("This renormalises q over the green tokens. Use the student's probability over all tokens.",
         lambda probabilities, green: probabilities * green / _mass(probabilities, green) - probabilities),
        ("This raises green and red tokens. 1[green] is 0 for a red token, so its shift is q (0 - L), which is negative.",
         lambda probabilities, green: probabilities * torch.where(green, 1 - _mass(probabilities, green), _mass(probabilities, green))),
        ("This treats every token as green. 1[green] is 0 for a red token.",
         lambda probabilities, green: probabilities * (1 - _mass(probabilities, green))),
        ("q multiplies the whole bracket: q × (green - L), and not q × green - L.",
         lambda probabilities, green: probabilities * green - _mass(probabilities, green)),
        ("This uses q in place of L. L is the sum over ALL green tokens, one number for each row.",
         lambda probabilities, green: probabilities * (green.double() - probabilities)),
        ("This applies a softmax again. The inputs are probabilities already, and each row sums to 1.",
         lambda probabilities, green: watermark.fingerprint_shift(probabilities.softmax(-1), green)),
        ("This sums the probabilities of the RED tokens. L is the sum over the green ones.",
         lambda probabilities, green: probabilities * (green.double() - _mass(probabilities, ~green)))),
    laws=(("The shift is a gradient through a softmax, so each row sums to 0.",
           lambda f: bool(f(torch.tensor([[0.5, 0.3, 0.2]]), torch.tensor([[True, False, True]])).sum().abs() < 1e-6)),
          ("Where every token is green, L is 1 and cannot rise, so the shift is 0.",
           lambda f: bool(f(torch.tensor([[0.5, 0.5]]), torch.tensor([[True, True]])).abs().max() < 1e-6))),
    hints=("L comes first: the sum of the probabilities of the green tokens, one number for each row, with `keepdim=True`.",
           "Then subtract L from 1 for green and 0 for red. Make the bool a number first, with `.to(probabilities.dtype)`.",
           "`probabilities * (green - share)`."))


# ---------------------------------------------------------------- weighted_z

def _coins(generator, draw):
    """Weights of both signs that do not sum to zero; green and red on both sides."""
    m, gamma = [(4, 0.25), (6, 0.4), (10, 0.25), (30, 0.1), (60, 0.25), (25, 0.3)][draw]
    weights = torch.randn(m, generator=generator, dtype=torch.float64) + 0.3
    weights[:4] = weights[:4].abs() * torch.tensor([1.0, -1.0, 1.0, -1.0]) + torch.tensor([0.2, -0.1, 0.1, -0.1])
    green = torch.rand(m, generator=generator) < gamma
    green[:4] = torch.tensor([True, True, False, False])
    return {"weights": weights, "green": green, "gamma": gamma}


def _over_root(surplus, spread):
    def weighted_z(weights, green, gamma=0.25):
        return surplus(weights, green.double(), gamma) / spread(weights, gamma)
    return weighted_z


def _surplus(weights, green, gamma):
    return (weights * (green - gamma)).sum()


def _spread(weights, gamma):
    return (gamma * (1 - gamma) * weights.square().sum()).sqrt()


WEIGHTED = Spec(
    reference=watermark.weighted_z, inputs=_coins, returns="number", tolerance=1e-6,
    worked=(("weighted_z(torch.tensor([2., -1.]), torch.tensor([True, False]), 0.25)", 1.81),),
    mistakes=(
        ("The expected value is not subtracted. Each draw is green with probability gamma, so gamma × the sum of the weights is expected.",
         _over_root(lambda w, g, gamma: (w * g).sum(), _spread)),
        ("This subtracts gamma × the number of draws. The draws count by their weights, so subtract gamma × the sum of the weights.",
         _over_root(lambda w, g, gamma: (w * g).sum() - gamma * len(w), _spread)),
        ("This standard deviation is for draws of weight 1. A draw of weight w has the variance w² gamma (1 - gamma).",
         _over_root(_surplus, lambda w, gamma: math.sqrt(len(w) * gamma * (1 - gamma)))),
        ("The square root is missing, so this divides by the variance.", _over_root(_surplus, lambda w, gamma: _spread(w, gamma)**2)),
        ("The variance uses w where w² belongs.",
         _over_root(_surplus, lambda w, gamma: (gamma * (1 - gamma) * w.abs().sum()).sqrt())),
        ("This squares the sum of the weights. Variances add up, so use the sum of the squares.",
         _over_root(_surplus, lambda w, gamma: (gamma * (1 - gamma) * w.sum().square()).sqrt())),
        ("The factor 1 - gamma is missing. The variance of a draw is gamma (1 - gamma).",
         _over_root(_surplus, lambda w, gamma: (gamma * w.square().sum()).sqrt())),
        ("The signs of the weights are lost. A green token that comes LESS often than usual speaks against the mark.",
         lambda weights, green, gamma=0.25: watermark.weighted_z(weights.abs(), green, gamma)),
        ("This leaves out negative weights. A token that comes less often than usual is evidence, too.",
         lambda weights, green, gamma=0.25: watermark.weighted_z(weights.clamp_min(0), green, gamma)),
        ("Green and red are swapped.", lambda weights, green, gamma=0.25: watermark.weighted_z(weights, ~green, gamma)),
        ("This is z without weights. It counts the green draws and ignores what each weighs.",
         lambda weights, green, gamma=0.25: watermark.z_score(int(green.sum()), len(green), gamma)),
        ("This is the surplus, which must be divided by its standard deviation.",
         lambda weights, green, gamma=0.25: _surplus(weights, green.double(), gamma)),
        ("This variance has only the green draws. The red ones could have been green, so it needs all weights.",
         lambda weights, green, gamma=0.25: _surplus(weights, green.double(), gamma) / _spread(weights[green], gamma)),
        ("The variance of one draw, gamma (1 - gamma), is missing under the root.",
         _over_root(_surplus, lambda w, gamma: w.square().sum().sqrt())),
        ("This uses the sum of the weights. Use the sum of their SQUARES.",
         lambda weights, green, gamma=0.25: _surplus(weights, green.double(), gamma) / (gamma * (1 - gamma) * weights.sum()).sqrt()),
        ("This adds standard deviations, but variances add up. Square first, and take the root of the sum.",
         _over_root(_surplus, lambda w, gamma: math.sqrt(gamma * (1 - gamma)) * w.abs().sum())),
        ("This is the standard deviation of the weights. The draws are random, each with the variance w² gamma (1 - gamma).",
         _over_root(_surplus, lambda w, gamma: w.std())),
        ("The formula contains 0.25, but gamma is an argument and may be another number.",
         lambda weights, green, gamma=0.25: watermark.weighted_z(weights, green, 0.25)),
        ("This is green minus red. With gamma below a half, chance gives more red, so subtract gamma × the sum of all weights.",
         lambda weights, green, gamma=0.25: (weights * (2 * green.double() - 1)).sum() / _spread(weights, gamma))),
    laws=(("With equal weights the result is the plain z-score.",
           lambda f: abs(float(f(torch.ones(100), torch.arange(100) < 40, 0.25)) - watermark.z_score(40, 100)) < 1e-4),
          ("If all weights are ten times as large, z must stay the same.",
           lambda f: abs(float(f(torch.tensor([10.0, -20.0]), torch.tensor([True, False]), 0.25))
                         - watermark.weighted_z(torch.tensor([1.0, -2.0]), torch.tensor([True, False]))) < 1e-4)),
    hints=("Start with the sum of the weights of the green draws. Subtract what chance gives, gamma × the sum of all weights.",
           "One draw of weight w has the variance w² gamma (1 - gamma). The draws are independent, so the variances add up.",
           "`surplus = (weights * (green.double() - gamma)).sum()`, over `(gamma * (1 - gamma) * weights.square().sum()).sqrt()`."))


# ---------------------------------------------------------------- guilty

def _rates(generator, draw):
    nudge = 0.8 + 0.4 * torch.rand((), generator=generator).item()
    prior, power, alarm = [(0.1, 0.8, 0.01), (0.3, 0.6, 0.05), (0.02, 0.9, 0.001),
                                 (0.6, 0.5, 0.1), (0.001, 0.7, 0.01), (0.25, 0.75, 0.2)][draw]
    return {"prior": prior * nudge, "power": power * nudge, "false_alarm": alarm * nudge}


GUILTY = Spec(
    reference=guilty, inputs=_rates, returns="number", tolerance=1e-6,
    worked=(("guilty(0.1, 0.9, 0.1)", 0.5),),
    mistakes=(
        ("This is the prosecutor's fallacy: 1 - false_alarm is how often an INDEPENDENT model is not flagged.",
         lambda prior, power, false_alarm: 1 - false_alarm),
        ("This is the power, the share of models from ours that is flagged. Return the share of flagged models that come from ours.",
         lambda prior, power, false_alarm: power),
        ("The prior is left out, as if half of the tested models came from ours.",
         lambda prior, power, false_alarm: power / (power + false_alarm)),
        ("False positives come from the independent models, which are a share of 1 - prior.",
         lambda prior, power, false_alarm: prior * power / (prior * power + false_alarm)),
        ("This is the share of all tested models that come from ours and are flagged. Divide it by the share that is flagged.",
         lambda prior, power, false_alarm: prior * power),
        ("This is the share of all models that is flagged, rightly or wrongly. Which part of it comes from ours?",
         lambda prior, power, false_alarm: prior * power + (1 - prior) * false_alarm),
        ("This is the share of the flagged models that is independent, which is 1 minus the answer.",
         lambda prior, power, false_alarm: 1 - guilty(prior, power, false_alarm)),
        ("This uses the independent models that are NOT flagged (1 - false_alarm). Use those that are flagged.",
         lambda prior, power, false_alarm: prior * power / (prior * power + (1 - prior) * (1 - false_alarm))),
        ("This uses 1 - false_alarm as the power. The two rates are different.",
         lambda prior, power, false_alarm: guilty(prior, 1 - false_alarm, false_alarm)),
        ("These are the odds of ours against independent. Return a share, which is odds / (1 + odds).",
         lambda prior, power, false_alarm: prior * power / ((1 - prior) * false_alarm)),
        ("This is the factor by which a flag multiplies the odds. Without the prior it does not give a share.",
         lambda prior, power, false_alarm: power / false_alarm),
        ("The numerator has all models from ours, flagged or not. Only the share `power` of them is flagged.",
         lambda prior, power, false_alarm: prior / (prior * power + (1 - prior) * false_alarm)),
        ("The numerator lacks the prior. The models that come from ours and are flagged are a share of prior × power.",
         lambda prior, power, false_alarm: power / (prior * power + (1 - prior) * false_alarm)),
        ("The denominator has all models from ours. Only those that are flagged belong there: prior × power.",
         lambda prior, power, false_alarm: prior * power / (prior + (1 - prior) * false_alarm)),
        ("The denominator needs brackets, because a / b + c is (a / b) + c.",
         lambda prior, power, false_alarm: prior * power / prior * power + (1 - prior) * false_alarm),
        ("prior is the share of models that come from ours. Here it is used as the share of independent ones.",
         lambda prior, power, false_alarm: guilty(1 - prior, power, false_alarm)),
        ("This is how often the test is right about any model. Return how often a FLAG is right.",
         lambda prior, power, false_alarm: prior * power + (1 - prior) * (1 - false_alarm)),
        ("1 - power is the share of models from ours that is missed. The false positives are the share false_alarm of the independent "
         "ones.",
         lambda prior, power, false_alarm: guilty(prior, power, 1 - power)),
        ("This is how often one model from ours AND one independent model are both judged rightly. Return how often a flag is right.",
         lambda prior, power, false_alarm: power * (1 - false_alarm))),
    laws=(("If both kinds are flagged equally often, the share must be the prior.",
           lambda f: abs(float(f(0.2, 0.3, 0.3)) - 0.2) < 1e-9),),
    hints=("Of 1,000 tested models, how many come from ours, and how many of those are flagged?",
           "How many are independent, and how many of those are flagged?",
           "`prior * power / (prior * power + (1 - prior) * false_alarm)`."))


EXERCISES = {"11.z_score": Z, "11.p_value": P, "11.first_seen": FIRST, "11.weighted_z": WEIGHTED,
             "11.fingerprint_shift": FINGERPRINT, "11.guilty": GUILTY}


QUESTIONS = (
    ("A model that never saw a marked text has z = 9 in a test that counts every token. What has most probably happened?", 3, {
        "An accident happened that is one in a billion.":
            "This is what z = 9 means if every token is an independent draw. Repeated tokens are not independent.",
        "The model learned from marked text after all.":
            "This is possible, but such a z needs no mark if the same windows come hundreds of times.",
        "The same few pairs of window and token were counted hundreds of times.":
            "One draw decides whether a token is green after a window. Counting it again adds no evidence.",
        "The threshold for z was too low.":
            "With more text the same model can pass any threshold."}),
    ("Which filter makes a test invalid? The test looks only at ...", 4, {
        "windows after which the unmarked model has a choice.":
            "This filter is valid, because it does not depend on the key. It leaves out tokens without a signal.",
        "the first time that each pair of window and token occurs.":
            "This filter is valid, and it is why the p-values are right.",
        "the first 500 tokens of the suspect's text.":
            "This filter is valid if the number 500 was fixed beforehand.",
        "pairs of window and token that the teacher has served.":
            "Served pairs are green more often than others. A model that uses the same words then looks marked."}),
    ("What does our watermark do on sums with their working?", 2, {
        "It works as on explanations.":
            "A mark is a choice among tokens that are equally right. A sum has one right next digit.",
        "It is absent where the sums stay right, and breaks them where it is strong enough to be found.":
            "Without entropy there is nothing to hide a mark in. In real models this concerns numbers and code.",
        "It is there, but harder to read.":
            "At a mild strength the teacher's text is the same, token for token, so nothing can be read.",
        "It can be found only in longer texts.":
            "A hundred sums without a choice hold no more of a mark than one."}),
    ("An attacker rewords all phrases of marked explanations before training, and keeps the digits. What was found?", 1, {
        "No student was found by the test, and no cost in right answers was shown.":
            "The mark is in the wording. But the interval of the cost was wide, and a real paraphrase may lose content.",
        "The students lost the skill, because a paraphrase teaches less.":
            "No loss was shown. The digits and their order carry the skill, and rewording keeps them.",
        "The test found the students, because the mark survives training.":
            "It survives training on marked text. The reworded text is no longer marked.",
        "Half of the students were found.":
            "Three of five were found when half of the phrases were reworded. Here all were."}),
    ("A test flags 1 in 1,000 independent models and 9 in 10 copies. One of 10,000 models on a public hub is a copy of yours. You test "
     "all of them. What is true of the flagged models?", 3, {
        "999 in 1,000 are copies.":
            "This would be true if half of the models were copies. Here 9,999 of 10,000 are independent.",
        "9 in 10 are copies.":
            "This is the share of the copies that is flagged.",
        "Most are independent: about ten of them, and at most one copy.":
            "With a rare copy, even a small false-positive rate gives more false flags than true ones.",
        "Half of them are copies.":
            "This would need about ten copies among the models."}),
)

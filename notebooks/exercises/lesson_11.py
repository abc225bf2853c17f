"""The exercises of lesson 11: the wrong answers that people really give, as code, each with the sentence that names it."""
import math

import torch
from scipy import stats

from course_utils.defence import watermark
from course_utils.lesson.check import Spec

# ---------------------------------------------------------------- the answers that the package itself does not need

def guilty(prior, power, false_alarm):
    """Of the accused, the share that is guilty: Bayes' rule.

    prior: share of the guilty among all that are tested; power: the share of the guilty
    that the test accuses; false_alarm: the share of the innocent that it accuses.
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
        ("The root is missing: gamma (1 - gamma) tokens is the variance, and z is in standard deviations.",
         lambda green, tokens, gamma=0.25: (green - gamma * tokens) / (tokens * gamma * (1 - gamma))),
        ("This is the difference of shares. Divide by the standard deviation: a tenth more is much in 1,000 tokens and little in ten.",
         lambda green, tokens, gamma=0.25: green / tokens - gamma),
        ("This is the surplus in tokens. Divide it by its standard deviation.",
         lambda green, tokens, gamma=0.25: green - gamma * tokens),
        ("The variance of a count of independent tokens is tokens × gamma × (1 - gamma): the factor 1 - gamma is missing.",
         lambda green, tokens, gamma=0.25: (green - gamma * tokens) / math.sqrt(tokens * gamma)),
        ("The variance is taken from the text's own share of green. If it is all chance, it is gamma (1 - gamma).",
         lambda green, tokens, gamma=0.25: (green - gamma * tokens) / math.sqrt(green * (1 - green / tokens))),
        ("The sign is lost: fewer green tokens than expected speak against the mark, not for it.",
         lambda green, tokens, gamma=0.25: abs(green - gamma * tokens) / math.sqrt(tokens * gamma * (1 - gamma))),
        ("This counts the tokens that are not green: the sign is turned round.",
         lambda green, tokens, gamma=0.25: (gamma * tokens - green) / math.sqrt(tokens * gamma * (1 - gamma))),
        ("Half of the tokens are expected green here. A share of gamma is.",
         lambda green, tokens, gamma=0.25: (green - 0.5 * tokens) / math.sqrt(tokens * 0.25)),
        ("The standard deviation of a share, sqrt(gamma (1 - gamma) / tokens), under a surplus in tokens. Take both in tokens.",
         lambda green, tokens, gamma=0.25: (green - gamma * tokens) / math.sqrt(gamma * (1 - gamma) / tokens)),
        ("The difference of shares over a standard deviation in tokens. Take both in tokens, or both as shares.",
         lambda green, tokens, gamma=0.25: (green / tokens - gamma) / math.sqrt(tokens * gamma * (1 - gamma))),
        ("This divides by the standard deviation of ONE coin. Of `tokens` coins the variances add up: tokens × gamma × (1 - gamma).",
         lambda green, tokens, gamma=0.25: (green - gamma * tokens) / math.sqrt(gamma * (1 - gamma))),
        ("A difference of shares over the standard deviation of one coin: how many tokens there are is lost.",
         lambda green, tokens, gamma=0.25: (green / tokens - gamma) / math.sqrt(gamma * (1 - gamma))),
        ("What chance gives is not taken off: gamma × tokens green tokens are no surprise.",
         lambda green, tokens, gamma=0.25: green / math.sqrt(tokens * gamma * (1 - gamma))),
        ("0.25 is written into the formula. gamma is an argument, and may be another number.",
         lambda green, tokens, gamma=0.25: (green - tokens / 4) / math.sqrt(tokens * 3 / 16)),
        ("This is the surplus as a share of what was expected. Divide by the standard deviation instead.",
         lambda green, tokens, gamma=0.25: (green - gamma * tokens) / (gamma * tokens)),
        ("The root of `green` is the spread of a Poisson count. These are coins: tokens × gamma × (1 - gamma) under the root.",
         lambda green, tokens, gamma=0.25: (green - gamma * tokens) / math.sqrt(green)),
        ("Half a token is taken off: the correction for a normal tail. The z-score itself has none.",
         lambda green, tokens, gamma=0.25: (green - 0.5 - gamma * tokens) / math.sqrt(tokens * gamma * (1 - gamma)))),
    laws=(("Exactly the expected number of green tokens is a z of 0.", lambda f: abs(float(f(25, 100, 0.25))) < 1e-9),),
    hints=("How many green tokens does chance give, of `tokens`? That is to be taken off `green`.",
           "The number of green tokens is a binomial: its variance is tokens × gamma × (1 - gamma).",
           "`(green - gamma * tokens) / math.sqrt(tokens * gamma * (1 - gamma))`."))


# ---------------------------------------------------------------- p_value


P = Spec(
    reference=watermark.p_value, inputs=_counts, returns="number", tolerance=1e-7,
    worked=(("p_value(2, 2, 0.25)", 0.0625),),
    mistakes=(
        ("This is the probability of MORE than `green`. Exactly `green` counts, too: scipy's sf(k) is P(X > k), so ask for green - 1.",
         lambda green, tokens, gamma=0.25: stats.binom.sf(green, tokens, gamma)),
        ("This is the lower tail: the probability of so few. The upper one is asked for.",
         lambda green, tokens, gamma=0.25: stats.binom.cdf(green, tokens, gamma)),
        ("This is the probability of fewer, which is 1 - p. The upper tail is asked for: so many or more.",
         lambda green, tokens, gamma=0.25: stats.binom.cdf(green - 1, tokens, gamma)),
        ("This is the probability of exactly `green`. A p-value is that of so many or more.",
         lambda green, tokens, gamma=0.25: stats.binom.pmf(green, tokens, gamma)),
        ("This is the normal tail of z: an approximation, and in the far tail, where accusations are made, a poor one. The binomial is "
         "exact: `scipy.stats.binom`.",
         lambda green, tokens, gamma=0.25: stats.norm.sf(watermark.z_score(green, tokens, gamma))),
        ("This is the normal tail with a correction of half a token: better, and still not exact in the far tail.",
         lambda green, tokens, gamma=0.25: stats.norm.sf(watermark.z_score(green - 0.5, tokens, gamma))),
        ("This is two-sided. Too few green tokens are no sign of the mark: one tail only.",
         lambda green, tokens, gamma=0.25: min(1.0, 2 * min(stats.binom.sf(green - 1, tokens, gamma),
                                                             stats.binom.cdf(green, tokens, gamma)))),
        ("scipy's two-sided test is meant for another question: `alternative=\"greater\"`.",
         lambda green, tokens, gamma=0.25: stats.binomtest(green, tokens, gamma).pvalue),
        ("This is Hoeffding's bound exp(-2 n (share - gamma)²): where the share is above gamma the p-value is never above it, but it is "
         "not the p-value.",
         lambda green, tokens, gamma=0.25: math.exp(-2 * tokens * (green / tokens - gamma)**2)),
        ("Half of the tokens are expected green here. A share of gamma is.",
         lambda green, tokens, gamma=0.25: stats.binom.sf(green - 1, tokens, 0.5)),
        ("0.25 is written into the formula. gamma is an argument, and may be another number.",
         lambda green, tokens, gamma=0.25: stats.binom.sf(green - 1, tokens, 0.25)),
        ("scipy's sf(k) is P(X > k): with green + 1 the two smallest counts are lost. Ask for green - 1.",
         lambda green, tokens, gamma=0.25: stats.binom.sf(green + 1, tokens, gamma)),
        ("This is the probability that the first `green` coins are green. They may be any `green` of them, or more.",
         lambda green, tokens, gamma=0.25: gamma**green),
        ("This is one order of the coins. There are math.comb(tokens, green) orders, and more green counts, too.",
         lambda green, tokens, gamma=0.25: gamma**green * (1 - gamma)**(tokens - green)),
        ("In the sum each number of green coins stands for one order only: the factor math.comb(tokens, k) is missing.",
         lambda green, tokens, gamma=0.25: sum(gamma**k * (1 - gamma)**(tokens - k) for k in range(green, tokens + 1))),
        ("This is the normal approximation, and two-sided. One tail is asked for, and the binomial's.",
         lambda green, tokens, gamma=0.25: 2 * stats.norm.sf(abs(watermark.z_score(green, tokens, gamma)))),
        ("erfc counts both tails of the normal: half of it would be the approximation of one. The binomial is exact.",
         lambda green, tokens, gamma=0.25: math.erfc(watermark.z_score(green, tokens, gamma) / 2**0.5)),
        ("This is the lower tail of the normal. The upper one is asked for, and the binomial's.",
         lambda green, tokens, gamma=0.25: stats.norm.cdf(watermark.z_score(green, tokens, gamma))),
        ("This is a Poisson tail: it takes the variance for gamma × tokens. The coins make a binomial.",
         lambda green, tokens, gamma=0.25: stats.poisson.sf(green - 1, tokens * gamma)),
        ("The arguments are in another order: `stats.binom.sf(k, n, p)`, the number of coins before their probability.",
         lambda green, tokens, gamma=0.25: stats.binom.sf(green - 1, gamma, tokens))),
    laws=(("Nothing is surprising about \"0 or more\": that p-value is 1.", lambda f: abs(float(f(0, 20, 0.25)) - 1) < 1e-12),
          ("2 of 2 is 1/16. Does your sum stop before the last one, all green? `range(green, tokens + 1)`.",
           lambda f: abs(float(f(2, 2, 0.25)) - 0.0625) < 1e-9),
          ("In the far tail 1 - cdf runs out of digits and gives 0 (or less). Sum the tail itself: `sf`.",
           lambda f: 1e-40 < float(f(80, 100, 0.25)) < 1e-20)),
    hints=("Of `tokens` coins that fall green with probability gamma: how probable is it that `green` or more do?",
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
        ("Only the token is compared. After another window it has another coin, and is new evidence: compare the whole row.",
         _first_by(lambda row: row[-1])),
        ("Only the window is compared. Another token after the same window has a coin of its own: compare the whole row.",
         _first_by(lambda row: row[:-1])),
        ("The order is lost. The window \"a b\" is another one than \"b a\": compare tuples, not sets or sorted rows.",
         _first_by(lambda row: tuple(sorted(row)))),
        ("The order is lost, and how often each token stands in the row. Compare tuples, not sets.", _first_by(frozenset)),
        ("Only a row that repeats its neighbour is struck out. It may come again much later.", _not_as_before),
        ("A row that comes twice is struck out altogether. Its first time is evidence.", _single),
        ("The last time is kept, and the first is asked for. (The count is the same; but a text that grows should not change its past.)",
         _last_seen),
        ("True and False are swapped: True where it is new.", lambda rows: ~watermark.first_seen(rows)),
        ("Every row counts here, the repeated ones, too. Were tensors put into a set? Two tensors are never the same member: use tuples.",
         lambda rows: torch.ones(len(rows), dtype=torch.bool)),
        ("No row counts here. Was a row remembered before the question whether it is new? Ask first, then add it.",
         lambda rows: torch.zeros(len(rows), dtype=torch.bool)),
        ("Different rows are taken for one, because they have the same sum. Compare the rows themselves, as tuples.",
         _first_by(sum)),
        ("Only the last token of the window is compared, and the token. A window may be longer: compare the whole row.",
         _first_by(lambda row: row[-2:])),
        ("These are the rows themselves, each once. Asked is a mask: for every row, True or False.", lambda rows: rows.unique(dim=0)),
        ("These are the new rows themselves. Asked is the mask that picks them: for every row, True or False.",
         lambda rows: rows[watermark.first_seen(rows)]),
        ("These are the places of the new rows. Asked is a mask: for every row, True or False.",
         lambda rows: watermark.first_seen(rows).nonzero()[:, 0])),
    laws=(("A text of which every row is the same has exactly one piece of evidence.",
           lambda f: torch.as_tensor(f(torch.ones(5, 3, dtype=torch.long))).tolist() == [True, False, False, False, False]),),
    hints=("Go through the rows in order and remember those that you have met, in a `set`.",
           "Rows of a tensor are never equal as set members. `map(tuple, rows.tolist())` gives tuples, which are.",
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
        ("L is not taken off. Then the red tokens are not pushed down, and all green ones go up even where everything is green already.",
         lambda probabilities, green: probabilities * green),
        ("The factor q is missing: a token that the student would hardly say cannot carry much, and is pushed as hard as the others.",
         lambda probabilities, green: green.double() - _mass(probabilities, green)),
        ("The sign is turned round: this drives the green tokens out.",
         lambda probabilities, green: probabilities * (_mass(probabilities, green) - green.double())),
        ("L is the MASS of the green tokens, the sum of their probabilities; this takes how many of the vocabulary are green.",
         lambda probabilities, green: probabilities * (green.double() - green.double().mean(-1, keepdim=True))),
        ("L is the mean of the green probabilities here. It is their sum.",
         lambda probabilities, green: probabilities * (green.double() - (probabilities * green).mean(-1, keepdim=True))),
        ("L is summed over all rows. Each place has its own.",
         lambda probabilities, green: probabilities * (green.double() - (probabilities * green).sum())),
        ("Only the green tokens move here. The red ones have to go down by q L.",
         lambda probabilities, green: probabilities * green * (1 - _mass(probabilities, green))),
        ("This is L itself, how green the student is, and not the direction in which it becomes greener.",
         lambda probabilities, green: _mass(probabilities, green)),
        ("This is the shift of a plain watermark: 1 for green, 0 for red.", lambda probabilities, green: green.double()),
        ("The green tokens are renormalised among themselves. q is the student's own probability, over all tokens.",
         lambda probabilities, green: probabilities * green / _mass(probabilities, green) - probabilities),
        ("Green and red both go up here. 1[green] is 0 for a red token, so its shift is q (0 - L): down.",
         lambda probabilities, green: probabilities * torch.where(green, 1 - _mass(probabilities, green), _mass(probabilities, green))),
        ("Every token counts as green here: 1[green] is 0 for a red one.",
         lambda probabilities, green: probabilities * (1 - _mass(probabilities, green))),
        ("q multiplies the bracket, L too: q × (green - L), and not q × green - L.",
         lambda probabilities, green: probabilities * green - _mass(probabilities, green)),
        ("q stands where L belongs. L is the sum over ALL green tokens, one number for each row.",
         lambda probabilities, green: probabilities * (green.double() - probabilities)),
        ("The probabilities went through a softmax again. They are probabilities already: each row sums to 1.",
         lambda probabilities, green: watermark.fingerprint_shift(probabilities.softmax(-1), green)),
        ("L is the mass of the RED tokens here.",
         lambda probabilities, green: probabilities * (green.double() - _mass(probabilities, ~green)))),
    laws=(("It is a gradient through a softmax: each row sums to 0.",
           lambda f: bool(f(torch.tensor([[0.5, 0.3, 0.2]]), torch.tensor([[True, False, True]])).sum().abs() < 1e-6)),
          ("Where every token is green there is nothing to gain: zeros.",
           lambda f: bool(f(torch.tensor([[0.5, 0.5]]), torch.tensor([[True, True]])).abs().max() < 1e-6))),
    hints=("L first: the sum of the probabilities of the green tokens, one number for each row, with `keepdim=True`.",
           "Then 1 for green and 0 for red, minus L. A bool has to become a number first: `.to(probabilities.dtype)`.",
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
        ("What chance gives is not taken off: each coin is green with probability gamma, so the sum of weights × gamma is expected.",
         _over_root(lambda w, g, gamma: (w * g).sum(), _spread)),
        ("gamma × the number of coins is taken off. The coins count by their weights: gamma × the sum of the weights.",
         _over_root(lambda w, g, gamma: (w * g).sum() - gamma * len(w), _spread)),
        ("The spread is that of coins which all count 1. A coin of weight w has the variance w² gamma (1 - gamma).",
         _over_root(_surplus, lambda w, gamma: math.sqrt(len(w) * gamma * (1 - gamma)))),
        ("The root is missing: this divides by the variance.", _over_root(_surplus, lambda w, gamma: _spread(w, gamma)**2)),
        ("The variance takes w where w² belongs.",
         _over_root(_surplus, lambda w, gamma: (gamma * (1 - gamma) * w.abs().sum()).sqrt())),
        ("This squares the sum of the weights. Variances add up: the sum of the squares.",
         _over_root(_surplus, lambda w, gamma: (gamma * (1 - gamma) * w.sum().square()).sqrt())),
        ("The variance of a coin is gamma (1 - gamma): the factor 1 - gamma is missing.",
         _over_root(_surplus, lambda w, gamma: (gamma * w.square().sum()).sqrt())),
        ("The signs of the weights are lost. A green token that is said LESS than usual speaks against the mark.",
         lambda weights, green, gamma=0.25: watermark.weighted_z(weights.abs(), green, gamma)),
        ("Negative weights are left out. What is said less than usual is evidence, too.",
         lambda weights, green, gamma=0.25: watermark.weighted_z(weights.clamp_min(0), green, gamma)),
        ("Green and red are swapped.", lambda weights, green, gamma=0.25: watermark.weighted_z(weights, ~green, gamma)),
        ("This is z without weights: how many are green, whatever they weigh.",
         lambda weights, green, gamma=0.25: watermark.z_score(int(green.sum()), len(green), gamma)),
        ("This is the surplus. Divide it by its standard deviation.",
         lambda weights, green, gamma=0.25: _surplus(weights, green.double(), gamma)),
        ("The variance is that of the green coins only. The red ones could have fallen green: all weights belong in it.",
         lambda weights, green, gamma=0.25: _surplus(weights, green.double(), gamma) / _spread(weights[green], gamma)),
        ("The coins' own variance, gamma (1 - gamma), is missing under the root.",
         _over_root(_surplus, lambda w, gamma: w.square().sum().sqrt())),
        ("The sum of the weights stands where the sum of their SQUARES belongs.",
         lambda weights, green, gamma=0.25: _surplus(weights, green.double(), gamma) / (gamma * (1 - gamma) * weights.sum()).sqrt()),
        ("Standard deviations are added up. Variances add up: squares first, then the root of their sum.",
         _over_root(_surplus, lambda w, gamma: math.sqrt(gamma * (1 - gamma)) * w.abs().sum())),
        ("This is the spread of the weights. What is random is the coins: w² gamma (1 - gamma) for each.",
         _over_root(_surplus, lambda w, gamma: w.std())),
        ("0.25 is written into the formula. gamma is an argument, and may be another number.",
         lambda weights, green, gamma=0.25: watermark.weighted_z(weights, green, 0.25)),
        ("Green minus red. With gamma below a half chance gives more red: take off gamma × the sum of all weights.",
         lambda weights, green, gamma=0.25: (weights * (2 * green.double() - 1)).sum() / _spread(weights, gamma))),
    laws=(("With all weights equal it is the plain z-score.",
           lambda f: abs(float(f(torch.ones(100), torch.arange(100) < 40, 0.25)) - watermark.z_score(40, 100)) < 1e-4),
          ("Ten times the weights is the same z: only their proportions count.",
           lambda f: abs(float(f(torch.tensor([10.0, -20.0]), torch.tensor([True, False]), 0.25))
                         - watermark.weighted_z(torch.tensor([1.0, -2.0]), torch.tensor([True, False]))) < 1e-4)),
    hints=("The sum of the weights of the green coins; take off what chance gives of it, gamma × the sum of all weights.",
           "One coin of weight w has the variance w² gamma (1 - gamma), and the coins are independent: variances add up.",
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
        ("This is the prosecutor's fallacy: 1 - false_alarm says how often the INNOCENT go free, not how many of the accused are guilty.",
         lambda prior, power, false_alarm: 1 - false_alarm),
        ("This is the power: how many of the guilty are accused. Asked is how many of the accused are guilty.",
         lambda prior, power, false_alarm: power),
        ("The prior is left out, as if half of those tested were guilty.",
         lambda prior, power, false_alarm: power / (power + false_alarm)),
        ("The false alarms come from the innocent, who are a share of 1 - prior.",
         lambda prior, power, false_alarm: prior * power / (prior * power + false_alarm)),
        ("This is the share that is guilty and accused, of all that are tested. Divide by the share that is accused.",
         lambda prior, power, false_alarm: prior * power),
        ("This is the share of all that is accused, rightly or wrongly. Which part of it is guilty?",
         lambda prior, power, false_alarm: prior * power + (1 - prior) * false_alarm),
        ("This is the share of the accused that is innocent: 1 minus what is asked.",
         lambda prior, power, false_alarm: 1 - guilty(prior, power, false_alarm)),
        ("The innocent who go free (1 - false_alarm) are counted where those who are accused belong.",
         lambda prior, power, false_alarm: prior * power / (prior * power + (1 - prior) * (1 - false_alarm))),
        ("This takes 1 - false_alarm for the power. They are two different rates.",
         lambda prior, power, false_alarm: guilty(prior, 1 - false_alarm, false_alarm)),
        ("This is the odds, guilty to innocent. A share is asked for: odds / (1 + odds).",
         lambda prior, power, false_alarm: prior * power / ((1 - prior) * false_alarm)),
        ("This is how much an accusation multiplies the odds. Without the prior it says nothing about how many are guilty.",
         lambda prior, power, false_alarm: power / false_alarm),
        ("The guilty above the line are all of them, accused or not. Only the share `power` of them is accused.",
         lambda prior, power, false_alarm: prior / (prior * power + (1 - prior) * false_alarm)),
        ("The prior is missing above the line: the guilty and accused are a share of prior × power.",
         lambda prior, power, false_alarm: power / (prior * power + (1 - prior) * false_alarm)),
        ("The guilty below the line are all of them. Only those who are accused belong there: prior × power.",
         lambda prior, power, false_alarm: prior * power / (prior + (1 - prior) * false_alarm)),
        ("Brackets are missing below the line: a / b + c is (a / b) + c.",
         lambda prior, power, false_alarm: prior * power / prior * power + (1 - prior) * false_alarm),
        ("prior is the share of the guilty. Here it stands for that of the innocent.",
         lambda prior, power, false_alarm: guilty(1 - prior, power, false_alarm)),
        ("This is how often the test is right, about guilty and innocent together. Asked is how often an ACCUSATION is right.",
         lambda prior, power, false_alarm: prior * power + (1 - prior) * (1 - false_alarm)),
        ("1 - power is how many guilty are missed. Falsely accused is the share false_alarm of the innocent.",
         lambda prior, power, false_alarm: guilty(prior, power, 1 - power)),
        ("This is how often one guilty AND one innocent are judged rightly. Asked is how many of the accused are guilty.",
         lambda prior, power, false_alarm: power * (1 - false_alarm))),
    laws=(("A test that accuses guilty and innocent alike teaches nothing: the share stays what it was.",
           lambda f: abs(float(f(0.2, 0.3, 0.3)) - 0.2) < 1e-9),),
    hints=("Take 1,000 models. How many are guilty, and how many of those are accused?",
           "And how many are innocent, and how many of those are accused?",
           "`prior * power / (prior * power + (1 - prior) * false_alarm)`."))


EXERCISES = {"11.z_score": Z, "11.p_value": P, "11.first_seen": FIRST, "11.weighted_z": WEIGHTED,
             "11.fingerprint_shift": FINGERPRINT, "11.guilty": GUILTY}


QUESTIONS = (
    ("A model that never saw a marked text scores z = 9. What has most probably happened?", 3, {
        "A one-in-a-billion accident.":
            "That is what the p-value of z = 9 says if every token is new evidence. It is not.",
        "It learned from marked text after all.":
            "It may have; but a z of this size needs no mark at all when the same windows come hundreds of times.",
        "The same few windows with the same tokens were counted hundreds of times.":
            "Whether \"a window and its token\" is green was decided once, by one coin. Counting it again repeats the coin's word.",
        "The threshold of 4 was too low.":
            "No threshold helps: with more text the same innocent gets any z."}),
    ("Which filter makes a test invalid: looking only at ...", 4, {
        "windows after which the unmarked model has a choice?":
            "Valid: that does not depend on the key. And useful: it leaves out the tokens that carry nothing.",
        "the first time that each window and token come together?":
            "Valid, and the reason why the p-value keeps its promise.",
        "the first 500 tokens of the suspect's text?":
            "Valid, if 500 was fixed beforehand.",
        "windows with the very tokens that we served after them?":
            "The served tokens are green more often than not: whoever uses the same words as we, marked or not, looks guilty."}),
    ("On sums with their working, our watermark ...", 2, {
        "works as on explanations: a mark is a mark.":
            "A mark is a choice among things that are equally right. A sum has one right next digit.",
        "is not there at a strength that leaves the sums right, and breaks sums where it is strong enough to be there.":
            "Without entropy there is nothing to hide a mark in. That holds for code and numbers in real models, too, more or less.",
        "is there, and only harder to read.":
            "The teacher's text is the same, token for token: there is nothing to be read.",
        "needs longer texts.":
            "A hundred sums without a choice in them hold no more than one."}),
    ("A harvester rewords every marked explanation before training, and the digits stay. What did it cost him?", 1, {
        "Nothing that we could measure: the mark is in the wording, and the skill is not.":
            "In a program's synonyms that is exact. In real text a paraphrase can also lose content.",
        "The skill: a paraphrase teaches less.":
            "The digits and their order are what he wanted, and they stay.",
        "He was caught anyway: the mark survives training.":
            "It survives training on marked text. This text is no longer marked.",
        "Half of the mark; the other half remains.":
            "That is what rewording half of the phrases does."}),
    ("A test accuses 1 in 1,000 innocents and 9 in 10 guilty. One of 10,000 models on a public hub is a copy of yours. You test all of "
     "them. Of the accused ...", 3, {
        "999 in 1,000 are guilty.":
            "That turns \"1 in 1,000 innocents is accused\" round. The innocents are 9,999.",
        "9 in 10 are guilty.":
            "That is the share of the guilty that is accused.",
        "most are innocent: about ten of them, and at best one that is guilty.":
            "Before you search a haystack, work out how much hay looks like a needle.",
        "half are guilty.":
            "Only if half of all models were."}),
)

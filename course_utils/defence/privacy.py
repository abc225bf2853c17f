"""The defence's box, for another purpose: differential privacy, a promise to whoever is in the training data.

Three mechanisms (randomised response, PATE's noisy vote, DP-SGD) and the accountants that say what each has spent. A mechanism is
(epsilon, delta)-private when, whatever it says, P(it says so with a record in the data) <= e^epsilon P(the same without it) + delta.
What was read: PATE's theorems 2 and 3 and its figures in copies of its text and of its authors' analysis code; Opacus's own source.
"""
import math
import warnings

import torch
from torch import nn
from torch.nn import functional as F

DELTA = 1e-5          # the usual choice, and that of both papers: well under one over the number of records
ORDERS = range(1, 65)


# ---------------------------------------------------------------- randomised response: Warner 1965

def keep_probability(epsilon, classes):
    """With which probability a respondent tells the truth: e^epsilon / (e^epsilon + classes - 1).

    Each other answer then has probability 1 / (e^epsilon + classes - 1), and the ratio of the two is e^epsilon: exactly epsilon-private.
    """
    return math.exp(epsilon) / (math.exp(epsilon) + classes - 1)


def randomised_response(answers, classes, epsilon, generator):
    """What is said in place of each answer: itself with keep_probability, or else one of the others, each equally often.

    answers: integers of any shape. Returns the same shape.
    """
    lie = torch.rand(answers.shape, generator=generator) >= keep_probability(epsilon, classes)
    shift = torch.randint(1, classes, answers.shape, generator=generator)
    return torch.where(lie, (answers + shift) % classes, answers)


# ---------------------------------------------------------------- PATE: Papernot et al. 2017 (arXiv 1610.05755)

def count_votes(labels, classes=10):
    """(teachers, n) labels to (n, classes): how many teachers name each class."""
    return F.one_hot(labels, classes).sum(0)


def laplace(shape, scale, generator):
    """Laplace noise of a scale: the difference of two exponential draws."""
    u = torch.rand((2, *shape), generator=generator, dtype=torch.float64).clamp_min(1e-300)
    return scale * (u[1].log() - u[0].log())


def noisy_argmax(votes, gamma, generator):
    """The winner after noise of scale 1 / gamma on every count: (n, classes) to (n,). One record can move one teacher's vote, from one
    class to another: each answer is 2 gamma-private."""
    return (votes + laplace(votes.shape, 1 / gamma, generator)).argmax(-1)


def strong_epsilon(queries, gamma, delta=DELTA):
    """Strong composition as PATE's paper writes it (section 3.2): 4 T gamma² + 2 gamma sqrt(2 T ln(1 / delta)).

    Its worked values are 5.80 (100 queries, gamma 0.05, delta 1e-5) and about 26 (1,000, 0.05, 1e-6). Dwork and Roth's theorem has
    e^x - 1 where this has x = 2 gamma: that would give 5.85.
    """
    return 4 * queries * gamma**2 + 2 * gamma * math.sqrt(2 * queries * math.log(1 / delta))


def moments_epsilon(queries, gamma, delta):
    """Epsilon of PATE's answers by the moments accountant, theorem 2: each answer adds
    2 gamma² l (l + 1) to the l-th moment, and never more than plain addition, 2 gamma l.

    Every l from 1 to 64 gives a valid epsilon, (moment + ln(1 / delta)) / l; the smallest
    is returned.
    """
    moments = [queries * min(2 * gamma**2 * order * (order + 1), 2 * gamma * order) for order in ORDERS]
    return min((m + math.log(1 / delta)) / order for m, order in zip(moments, ORDERS))


def quorum_epsilon(votes, gamma, delta=DELTA, orders=ORDERS):
    """Epsilon by theorem 3: an answer on which the teachers nearly agree costs nearly nothing. votes: (n, classes), the counts.

    It depends on the private votes: to publish the number itself would need noise too (the paper's smooth sensitivity, not done here).
    """
    gaps = gamma * (votes.max(-1, keepdim=True).values - votes).double()
    # the winner's own term is left out, not subtracted: what the others add up to may be far below the rounding of a half
    miss = ((2 + gaps) / (4 * gaps.exp())).scatter(-1, votes.argmax(-1, keepdim=True), 0).sum(-1).clamp(max=1 - 1 / votes.shape[-1])
    e, order = 2 * gamma, torch.tensor(orders, dtype=torch.float64)[:, None]
    strong = miss < 1 / (math.exp(e) + 1)
    plain = torch.minimum(2 * gamma**2 * order * (order + 1), e * order)               # theorem 2, and plain addition
    q = torch.where(strong, miss, 0.0)
    told = ((1 - q) * ((1 - q) / (1 - math.exp(e) * q))**order + (q.log() + e * order).exp()).log()
    moments = torch.where(strong, torch.minimum(told, plain), plain).sum(-1)
    return ((moments + math.log(1 / delta)) / order[:, 0]).min().item()


# ---------------------------------------------------------------- DP-SGD: Abadi et al. 2016 (arXiv 1607.00133)

def gaussian_rdp(order, multiplier, rate):
    """Rényi divergence of one step of DP-SGD at an integer order of 2 or more: Mironov et al. 2019 (arXiv 1908.10530), section 3.3."""
    terms = [math.log(math.comb(order, k)) + (k * math.log(rate) if k else 0) + k * (k - 1) / (2 * multiplier**2)
             + ((order - k) * math.log1p(-rate) if k < order else 0)
             for k in range(order + 1) if rate < 1 or k == order]
    return torch.tensor(terms, dtype=torch.float64).logsumexp(0).item() / (order - 1)


def gaussian_epsilon(multiplier, rate, steps, delta=DELTA):
    """Epsilon of so many steps, each record in each with probability `rate`: Balle et al. 2020 (arXiv 1905.09982), theorem 21.

    The smallest over the integer orders 2 to 63. Opacus also tries tenths up to 11: it is never above this, and with few records a
    step or much noise it is the same. Infinite without noise.
    """
    if not multiplier:
        return math.inf
    return min(steps * gaussian_rdp(a, multiplier, rate) + math.log((a - 1) / a) - (math.log(delta) + math.log(a)) / (a - 1)
               for a in range(2, 64))


def small_model(seed, units=32):
    """A multilayer perceptron that sees four pixels as one: 14 x 14, `units`, 10. Quick, since DP-SGD makes a gradient for every record."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Unflatten(1, (1, 28, 28)), nn.AvgPool2d(2), nn.Flatten(),
                         nn.Linear(196, units), nn.ReLU(), nn.Linear(units, 10))


def fit_privately(model, x, y, *, multiplier, rate=0.25, steps=100, lr=2.0, clip=1.0, seed=0, delta=DELTA):
    """Train a model in place with DP-SGD by Opacus, and return the epsilon of its accountant (infinite without noise).

    x: (n, pixels), y: (n,). multiplier: the noise's standard deviation in units of `clip`. rate: with which probability each record is in
    a step's batch, drawn anew each time: the accountant counts on that. The seed makes it repeatable, which a real release must not be.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")            # about hooks and about random numbers that are not secret
        # imported here: it takes seconds, and most lessons do not need it
        from opacus.accountants import RDPAccountant
        from opacus.grad_sample import GradSampleModule
        from opacus.optimizers import DPOptimizer

        private, draw = GradSampleModule(model), torch.Generator().manual_seed(seed)
        optimiser = DPOptimizer(torch.optim.SGD(private.parameters(), lr), noise_multiplier=multiplier, max_grad_norm=clip,
                                expected_batch_size=rate * len(x), generator=draw)
        accountant = RDPAccountant()
        optimiser.attach_step_hook(accountant.get_optimizer_hook_fn(sample_rate=rate))
        for _ in range(steps):
            batch = torch.rand(len(x), generator=draw) < rate
            optimiser.zero_grad()
            F.cross_entropy(private(x[batch]), y[batch]).backward()
            optimiser.step()
        private.to_standard_module()
        return accountant.get_epsilon(delta) if multiplier else math.inf


def told_apart(inside, outside):
    """How well a number tells members from others: the probability that a member's is the smaller of the two (the area under the ROC
    curve). 0.5 is chance, 1 is certain. inside, outside: (n,) and (m,), such as losses."""
    return ((inside[:, None] < outside).double() + 0.5 * (inside[:, None] == outside)).mean().item()

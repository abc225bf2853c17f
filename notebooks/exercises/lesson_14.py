"""The exercises of lesson 14: the wrong answers that people really give, as code, each with the sentence that names it."""
import math

import torch

from course_utils.lesson.check import Spec


def above_edge(scores, sigma):
    """How many singular values are larger than the largest of noise of size sigma.

    scores: (n, tokens), log-probabilities with noise. Each row's mean is subtracted first: log Z drops out of it. The largest singular
    value of an (n, m) matrix of pure noise is about sigma (sqrt(n) + sqrt(m)). Returns an int.
    """
    values = torch.linalg.svdvals(scores - scores.mean(-1, keepdim=True))
    return int((values > sigma * (math.sqrt(scores.shape[0]) + math.sqrt(scores.shape[1]))).sum())


def _inputs(generator, draw):
    n, m, rank, sigma = [(20, 12, 2, 0.1), (30, 20, 5, 0.01), (16, 40, 4, 0.05),
                         (60, 30, 9, 0.02), (25, 25, 6, 0.03), (50, 12, 3, 0.2)][draw]
    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)
    left, right = torch.linalg.qr(normal(n, rank))[0], torch.linalg.qr(normal(m, rank))[0]
    sizes = sigma * (math.sqrt(n) + math.sqrt(m)) * torch.linspace(1.5, 6, rank, dtype=torch.float64)
    logits = (left * sizes) @ (right - right.mean(0)).T
    return {"scores": logits + 5 * normal(n, 1) + sigma * normal(n, m), "sigma": sigma}


def _count(scores, edge, centred=True):
    values = torch.linalg.svdvals(scores - scores.mean(-1, keepdim=True) if centred else scores)
    return int((values > edge).sum())


def _indifferent(edge):
    """A number added to each row changes nothing, and neither do all numbers and sigma made a hundred times larger."""
    generator = torch.Generator().manual_seed(9)
    for draw in (1, 3):
        scores, sigma = _inputs(generator, draw).values()
        right = above_edge(scores, sigma)
        if int(edge(scores + 100, sigma)) != right or int(edge(100 * scores, 100 * sigma)) != right:
            return False
    return True


EDGE = Spec(
    reference=above_edge, inputs=_inputs, returns="number",
    worked=(("above_edge(torch.tensor([[3., -3.], [0., 0.]]), 1.0)", 1), ("above_edge(torch.tensor([[3., -3.], [0., 0.]]), 2.0)", 0)),
    laws=(("Right on these, but not for every input: a number added to all scores must change nothing, and scores and sigma that are a "
           "hundred times larger must give the same.", _indifferent),),
    mistakes=(
        ("One too many: log Z is still in it, and it adds a direction of its own. Subtract each row's mean first.",
         lambda scores, sigma: _count(scores, sigma * sum(map(math.sqrt, scores.shape)), centred=False)),
        ("This edge is sigma alone. The singular values of noise grow with the matrix: sigma (sqrt(n) + sqrt(m)).",
         lambda scores, sigma: _count(scores, sigma)),
        ("Only the number of prompts is in this edge. Both sides count: sigma (sqrt(n) + sqrt(m)).",
         lambda scores, sigma: _count(scores, sigma * math.sqrt(scores.shape[0]))),
        ("Only the number of tokens is in this edge. Both sides count: sigma (sqrt(n) + sqrt(m)).",
         lambda scores, sigma: _count(scores, sigma * math.sqrt(scores.shape[1]))),
        ("This is sqrt(n + m). The two roots are added: sqrt(n) + sqrt(m).",
         lambda scores, sigma: _count(scores, sigma * math.sqrt(sum(scores.shape)))),
        ("The roots are missing: n + m is far above all noise.", lambda scores, sigma: _count(scores, sigma * sum(scores.shape))),
        ("These are the values below the edge, the noise. Count those above it.",
         lambda scores, sigma: min(scores.shape) - above_edge(scores, sigma)),
        ("The mean over the *prompts* is subtracted. log Z is one number for each row: subtract the mean over its tokens, `dim=-1`.",
         lambda scores, sigma: _count(scores - scores.mean(0), sigma * sum(map(math.sqrt, scores.shape)), centred=False))),
    hints=("Subtract from each row its mean: `scores.mean(-1, keepdim=True)`.",
           "`torch.linalg.svdvals(matrix)` gives the singular values. How large is the largest of pure noise?",
           "Count the values above `sigma * (n ** 0.5 + m ** 0.5)`, where (n, m) is the shape of the scores."))

EXERCISES = {"14.above_edge": EDGE}

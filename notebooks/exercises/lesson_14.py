"""The exercises of lesson 14: the wrong answers that people really give, as code, each with the sentence that names it."""
import math

import torch

from course_utils.lesson.check import Spec
from course_utils.lesson.exercises import material

real = material("real")


def _inputs(generator, draw):
    n, m, rank, sigma = [(20, 12, 2, 0.1), (30, 20, 5, 0.01), (16, 40, 4, 0.05),
                         (60, 30, 9, 0.02), (25, 25, 6, 0.03), (50, 12, 3, 0.2)][draw]
    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)
    left, right = torch.linalg.qr(normal(n, rank))[0], torch.linalg.qr(normal(m, rank))[0]
    sizes = sigma * (math.sqrt(n) + math.sqrt(m)) * torch.linspace(1.5, 6, rank, dtype=torch.float64)
    logits = (left * sizes) @ (right - right.mean(0)).T
    if draw > 3:                              # what all prompts have in common is one direction more
        common = normal(m)
        logits = logits + 30 * sigma * (common - common.mean())
    return {"scores": logits + 5 * normal(n, 1) + sigma * normal(n, m), "sigma": sigma}


def _count(scores, edge, centred=True):
    values = torch.linalg.svdvals(scores - scores.mean(-1, keepdim=True) if centred else scores)
    return int((values > edge).sum())


def _indifferent(edge):
    """A number added to each row changes nothing, and neither do all numbers and sigma made a hundred times larger."""
    generator = torch.Generator().manual_seed(9)
    for draw in (1, 3):
        scores, sigma = _inputs(generator, draw).values()
        right = real.above_edge(scores, sigma)
        if int(edge(scores + 100, sigma)) != right or int(edge(100 * scores, 100 * sigma)) != right:
            return False
    return True


EDGE = Spec(
    reference=real.above_edge, inputs=_inputs, returns="number",
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
         lambda scores, sigma: min(scores.shape) - real.above_edge(scores, sigma)),
        ("The mean over the *prompts* is subtracted. log Z is one number for each row: subtract the mean over its tokens, `dim=-1`.",
         lambda scores, sigma: _count(scores - scores.mean(0), sigma * sum(map(math.sqrt, scores.shape)), centred=False))),
    hints=("Subtract from each row its mean: `scores.mean(-1, keepdim=True)`.",
           "`torch.linalg.svdvals(matrix)` gives the singular values. How large is the largest of pure noise?",
           "Count the values above `sigma * (n ** 0.5 + m ** 0.5)`, where (n, m) is the shape of the scores."))

EXERCISES = {"14.above_edge": EDGE}

QUESTIONS = (
    ("A completions endpoint and a chat endpoint serve the same model. What does the first leave to the customer?", 2, {
        "The choice of the temperature.": "Both take a temperature.",
        "The chat template.":
            "A completions endpoint reads the text as it comes. Without the template the model goes on with the text, and does not answer.",
        "The tokenizer.": "Both read text, and both count in the model's own tokens.",
        "The price of the answer.": "Both are charged by the token here."}),
    ("Why are 640 prompts enough for a width of 576?", 3, {
        "Because 640 is larger than the number of layers.": "The number of layers plays no part in it.",
        "Because the vocabulary has 49,152 tokens.": "A few hundred columns are enough. The number of rows must exceed the width as well.",
        "Because the matrix of logits has a rank of 576 at most.":
            "So 577 rows and 577 columns in general position show where the singular values drop.",
        "Because the noise edge lies there.": "There is no noise in the logits. The edge is for noisy answers."}),
    ("The provider draws new noise for each answer. What does an adaptive attacker do?", 4, {
        "It gives up at the largest fall.": "The largest fall is the naive attacker's detector, which small noise misleads.",
        "It asks for more tokens in one answer.": "Other positions have other hidden vectors, so this is no repetition.",
        "It raises the temperature.": "The temperature changes which token is drawn, and not the log-probabilities.",
        "It asks again and takes the mean.": "The mean of 100 answers has a tenth of the noise, for 100 times the price."}),
    ("A text of 200 tokens has z = 3.5 under a key. By the published rule, is it marked?", 1, {
        "No: the rule asks for more than 4.": "The rule of z > 4 keeps false alarms rare, because many texts are tested.",
        "Yes: 3.5 is above 2.": "At z > 2 about one unmarked text in forty is called marked.",
        "Yes: 200 tokens are enough.": "The length makes a marked text's z large. It does not lower the threshold.",
        "It cannot be tested without the model.": "The test needs the key, the tokenizer and the text alone."}),
    ("Why is the mark found more easily in this model's text than in the toy's?", 2, {
        "Because its vocabulary is larger.": "The share of green tokens is the same in any vocabulary.",
        "Because it has a choice at almost every token.":
            "Where several tokens are likely, the mark can choose a green one. The toy's text is often certain, and repeats itself.",
        "Because its mark is stronger.": "Delta and gamma are the same.",
        "Because it is tested with another key.": "Any key gives the same chance."}))

"""PRADA, Juuti et al. 2019 (arXiv 1805.02628): are an account's questions as far from the nearest earlier one as a person's are?

Such distances are spread like a bell. Those of questions that a program made out of earlier ones are not.
"""
from collections import defaultdict

import torch

from ..api.serving import Defence
from ..student import models, training

FIRST, EVERY, ALARM = 100, 10, 0.9          # from the paper's code: judge after so many distances, so often, and below which W


class Watch:
    """What is remembered of one account: for each class the questions that were far from earlier ones, and all the distances."""

    def __init__(self):
        self.far, self.gaps = defaultdict(list), defaultdict(list)
        self.limit, self.distances = defaultdict(float), []

    def see(self, x, label):
        """One more question, (pixels,), and the class that was served."""
        if not self.far[label]:
            self.far[label].append(x)
            self.gaps[label].append(0.0)
            return
        nearest = (torch.stack(self.far[label]) - x).norm(dim=-1).min().item()
        self.distances.append(nearest)
        if nearest > self.limit[label]:                 # far enough to be remembered
            self.far[label].append(x)
            self.gaps[label].append(nearest)
            gaps = torch.tensor(self.gaps[label])
            self.limit[label] = max(self.limit[label], (gaps.mean() - gaps.std(correction=0)).item())


def trimmed(distances):
    """The distances within three standard deviations (of these n numbers, divided by n) of their mean. (n,) to (m,), in the same order."""
    return distances[(distances - distances.mean()).abs() <= 3 * distances.std(correction=0)]


def bell(distances):
    """Shapiro and Wilk's W of the trimmed distances, 0 to 1: 1 is a perfect bell. (n,), n above 3. Returns a float."""
    from scipy import stats

    kept = trimmed(torch.as_tensor(distances, dtype=torch.float64))
    return float(stats.shapiro(kept.numpy()).statistic) if kept.std() > 0 else 0.0


def course_of(questions, labels, first=FIRST, every=EVERY):
    """W after so many questions of one account: [(questions asked, W), ...]. questions: (n, pixels); labels: (n,), as served."""
    watch, found = Watch(), []
    for n, (x, label) in enumerate(zip(questions, labels.tolist()), start=1):
        watch.see(x, label)
        if n % every == 0 and len(watch.distances) > first:
            found.append((n, bell(watch.distances)))
    return found


class Prada(Defence):
    """Suspends an account when W falls below `alarm`. It changes nothing that is served."""

    def __init__(self, alarm=ALARM):
        self.alarm, self.watches = alarm, defaultdict(Watch)

    def scores(self, probabilities, asked):
        for question, label in zip(asked, probabilities.argmax(-1).tolist()):
            self.watches[question.account.name].see(question.prompt, label)
        for account in {question.account.name: question.account for question in asked}.values():
            distances = self.watches[account.name].distances
            if len(distances) > FIRST and bell(distances) < self.alarm:
                account.role = "suspended"
        return probabilities


def augmented(ask, seeds, n, step=0.1, seed=0):
    """Questions by Jacobian augmentation: Papernot et al. 2017 (arXiv 1602.02697).

    ask: (k, pixels) to (k, classes), what is served; seeds: (k, pixels), a few real questions. In each round a small model is trained on
    all answers so far, and every question becomes a new one: moved by `step` in each pixel, up or down, whichever makes its class less
    like itself to that model. Returns (questions (n, pixels), answers (n, classes)); fewer when `ask` gives no more answers.
    """
    x, y = seeds, ask(seeds)
    while len(x) < n and len(y) == len(x):
        model = models.Students((x.shape[-1], 64, y.shape[-1]), [seed])
        training.fit(model, x, y.argmax(-1), epochs=10, batch_size=64, order_seed=seed)
        leaf = x.clone().requires_grad_()
        model(leaf)[0].gather(-1, y.argmax(-1, keepdim=True)).sum().backward()
        new = (x - step * leaf.grad.sign()).clamp(0, 1)[:n - len(x)]
        answers = ask(new)
        x, y = torch.cat([x, new[:len(answers)]]), torch.cat([y, answers])
        if len(answers) < len(new):
            break
    return x[:len(y)], y


def hidden_among(ask, real, times, seed=0):
    """A way to ask that hides: among any questions, `times` as many of `real`, in a random order. Returns a function as `ask`."""
    draw, waiting = torch.Generator().manual_seed(seed), list(real.split(1))

    def hidden(x):
        company = [waiting.pop() for _ in range(min(round(times * len(x)), len(waiting)))]
        order = torch.randperm(len(x) + len(company), generator=draw)
        answers = ask(torch.cat([x, *company])[order])
        place = torch.full((len(order),), len(answers))
        place[order[:len(answers)]] = torch.arange(len(answers))
        place = place[:len(x)]
        return answers[place[:int((place < len(answers)).long().cumprod(0).sum())]]          # up to the first that got no answer

    return hidden

"""The exercises of lesson 12: the wrong answers that people really give, as code, each with the sentence that names it."""
import torch

from course_utils.lesson.check import Spec

# ---------------------------------------------------------------- the answers that the package itself does not need

def pareto_front(costs, copies):
    """Which defences are not dominated: nothing else costs the honest no more, leaves the copier no more, and is better in one of the two.

    costs: (n,) what the honest lost; copies: (n,) what the best copy gets right. Returns
    (n,) bool. Equal ones do not dominate each other.
    """
    no_worse = (costs[None] <= costs[:, None]) & (copies[None] <= copies[:, None])
    better = (costs[None] < costs[:, None]) | (copies[None] < copies[:, None])
    return ~(no_worse & better).any(-1)

# ---------------------------------------------------------------- pareto_front


def _points(generator, draw):
    """Ties in one of the two, and in 3 to 5 two equal points on the front."""
    n = [4, 6, 9, 12, 15, 20][draw]
    costs = torch.randint(3, 8, (n,), generator=generator).double() / 10
    copies = torch.randint(2, 10, (n,), generator=generator).double() / 10
    # a front of three, one that ties with it in cost, one in copies, and one that is second in both
    costs[:4], copies[:4] = torch.tensor([0.0, 0.2, 0.2, 0.8]).double(), torch.tensor([0.6, 0.4, 0.5, 0.1]).double()
    if n > 4:
        costs[4:6], copies[4:6] = torch.tensor([0.9, 0.5]).double(), torch.tensor([0.7, 0.4]).double()
    if draw > 2:
        costs[6], copies[6] = costs[1], copies[1]
    order = torch.randperm(n, generator=generator)
    return {"costs": costs[order], "copies": copies[order]}


def _front(no_worse, better, beats=lambda worse, better: worse & better):
    """The definition with one thing changed: no_worse, better of (others' cost, own cost, others' copies, own copies)."""
    def pareto_front(costs, copies):
        given = costs[None], costs[:, None], copies[None], copies[:, None]
        return ~beats(no_worse(*given), better(*given)).any(-1)
    return pareto_front


def _no_worse(c, own_c, k, own_k):
    return (c <= own_c) & (k <= own_k)


def _better(c, own_c, k, own_k):
    return (c < own_c) | (k < own_k)


def _loop(costs, copies):
    """Sorted by cost, the smallest copy so far: drops the second of two equal points."""
    found, best = torch.zeros(len(costs), dtype=torch.bool), 2.0
    for i in sorted(range(len(costs)), key=lambda i: (costs[i].item(), copies[i].item())):
        if copies[i] < best:
            found[i], best = True, copies[i].item()
    return found


FRONT = Spec(
    reference=pareto_front, inputs=_points,
    worked=(("pareto_front(torch.tensor([0., 0.5, 0.5]), torch.tensor([0.9, 0.4, 0.6]))", [True, True, False]),),
    mistakes=(
        ("This says which are dominated. The front is the others: `~`.", lambda costs, copies: ~pareto_front(costs, copies)),
        ("Dominated only by what is better in BOTH. One that costs the same and leaves the copier less dominates, too.",
         _front(lambda c, o, k, q: (c < o) & (k < q), lambda c, o, k, q: torch.ones_like(c < o))),
        ("Two equal ones throw each other out here. Better in at least one of the two is asked for.",
         _front(_no_worse, _better, lambda worse, better: worse & ~torch.eye(len(worse), dtype=torch.bool))),
        ("Everything is no worse than itself, so nothing is left: better in at least one of the two is asked for.",
         _front(_no_worse, lambda c, o, k, q: torch.ones_like(c < o))),
        ("A small copy is good for the defender: this looks for the largest.",
         lambda costs, copies: pareto_front(costs, -copies)),
        ("A small cost is good: this looks for the largest.", lambda costs, copies: pareto_front(-costs, copies)),
        ("Both turned round: this is the front of the worst.", lambda costs, copies: pareto_front(-costs, -copies)),
        ("Only the cheapest. The front has others, which cost more and leave the copier less.",
         lambda costs, copies: costs == costs.min()),
        ("Only those with the smallest copy. The front has others, which leave the copier more and cost less.",
         lambda costs, copies: copies == copies.min()),
        ("Cost and copy are added up, and the smallest sum wins. The front is what is left before anybody has said how to add.",
         lambda costs, copies: (costs + copies) <= (costs + copies).min() + 1e-9),
        ("Right, but for two equal ones: the second of them is dropped here. Neither dominates the other.", _loop)),
    laws=(("With one defence alone, it is on the front.",
           lambda f: bool(f(torch.tensor([0.3]), torch.tensor([0.5]))[0])),),
    hints=("Compare every one with every other: `costs[None] <= costs[:, None]` is (n, n).",
           "no_worse: both at most as large; better: one of them smaller.",
           "`~(no_worse & better).any(-1)`."))


EXERCISES = {"12.pareto_front": FRONT}


QUESTIONS = (
    ("A paper reports that a defence takes 30 points from a copy. What do you ask first?", 2, {
        "On how many seeds?":
            "A good second question. First: from whom?",
        "From which copier: what did he see, how often could he ask, and what did he know of the defence?":
            "In this lesson the same defence takes thirty points from one and nothing from another.",
        "What is the accuracy of the teacher?":
            "It says how much there is to lose, not who loses it.",
        "Is the code public?":
            "That helps the next attacker, and you; it does not say what the number means."}),
    ("A defence is not on the Pareto front. What follows?", 3, {
        "It does not work.":
            "It may take a lot from the copier. Another one takes as much for less.",
        "It costs too much.":
            "It may be cheap; another is as cheap and takes more.",
        "Some other defence is at least as good for everybody, against this threat and by this measure of cost.":
            "And with another threat or other customers it may be on the front.",
        "The attacker was adaptive.":
            "The front says nothing about why."}),
    ("Poisoning takes some thirty points from the naive copier and next to nothing from one who knows it. Why?", 1, {
        "Whatever keeps the class for the honest keeps it for the copier who reads only that.":
            "The two read the same thing. Only what breaks the class moves him.",
        "The second one has more questions.":
            "Both have 1,500.",
        "The defence is set too weakly.":
            "The same setting takes thirty points from the other.",
        "The second one's student is larger.":
            "It is the same student in every cell of the arena."}),
    ("You publish how your defence works, but not its secret. What do you lose, by the figures of this lesson?", 4, {
        "Nothing: the secret protects you.":
            "The adaptive copiers here know the method and not the secret.",
        "Everything: never publish.":
            "Most of it was never protected: the copier who keeps the top class need not know anything.",
        "Only the customers' trust.":
            "Those who read scores had noticed before.",
        "What it took from the naive copier: he reads it, and forgets the scores.":
            "And you win that somebody tells you so before you rely on it."}),
    ("Why are defence scores in the tournament made with seeds drawn after the deadline?", 2, {
        "To save time.":
            "It takes as long.",
        "So that nobody can fit an entry to the very runs it is judged by.":
            "It is the rule against tuning on the test set, for people.",
        "Because seeds age.":
            "They do not.",
        "So that all attackers are different.":
            "They are the same, on other draws."}),
)

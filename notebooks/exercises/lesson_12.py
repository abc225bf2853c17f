"""The exercise of lesson 12: the wrong answers that people really give, as code, each with the sentence that names it."""
import torch

from course_utils.lesson.check import Spec

# ---------------------------------------------------------------- the answers that the package itself does not need

def pareto_front(costs, clones):
    """Which defences are not dominated: no other costs users no more, leaves the clone no better, and is better in one of the two.

    costs: (n,) what legitimate users lost; clones: (n,) what the best clone gets right.
    Returns a Boolean for each of the n. Equal ones do not dominate each other.
    """
    no_worse = (costs[None] <= costs[:, None]) & (clones[None] <= clones[:, None])
    better = (costs[None] < costs[:, None]) | (clones[None] < clones[:, None])
    return ~(no_worse & better).any(-1)

# ---------------------------------------------------------------- pareto_front


def _points(generator, draw):
    """Ties in one of the two, and in 3 to 5 two equal points on the front."""
    n = [4, 6, 9, 12, 15, 20][draw]
    costs = torch.randint(3, 8, (n,), generator=generator).double() / 10
    clones = torch.randint(2, 10, (n,), generator=generator).double() / 10
    # a front of three, one that ties with it in cost, one in clones, and one that is second in both
    costs[:4], clones[:4] = torch.tensor([0.0, 0.2, 0.2, 0.8]).double(), torch.tensor([0.6, 0.4, 0.5, 0.1]).double()
    if n > 4:
        costs[4:6], clones[4:6] = torch.tensor([0.9, 0.5]).double(), torch.tensor([0.7, 0.4]).double()
    if draw > 2:
        costs[6], clones[6] = costs[1], clones[1]
    order = torch.randperm(n, generator=generator)
    return {"costs": costs[order], "clones": clones[order]}


def _front(no_worse, better, beats=lambda worse, better: worse & better):
    """The definition with one thing changed: no_worse, better of (others' cost, own cost, others' clones, own clones)."""
    def pareto_front(costs, clones):
        given = costs[None], costs[:, None], clones[None], clones[:, None]
        return ~beats(no_worse(*given), better(*given)).any(-1)
    return pareto_front


def _no_worse(c, own_c, k, own_k):
    return (c <= own_c) & (k <= own_k)


def _better(c, own_c, k, own_k):
    return (c < own_c) | (k < own_k)


def _loop(costs, clones):
    """Sorted by cost, the poorest clone so far: drops the second of two equal points."""
    found, best = torch.zeros(len(costs), dtype=torch.bool), 2.0
    for i in sorted(range(len(costs)), key=lambda i: (costs[i].item(), clones[i].item())):
        if clones[i] < best:
            found[i], best = True, clones[i].item()
    return found


FRONT = Spec(
    reference=pareto_front, inputs=_points,
    worked=(("pareto_front(torch.tensor([0., 0.5, 0.5]), torch.tensor([0.9, 0.4, 0.6]))", [True, True, False]),),
    mistakes=(
        ("This returns the dominated defences. The front consists of the others: `~`.", lambda costs, clones: ~pareto_front(costs, clones)),
        ("Here only a defence that is better in BOTH dominates. One that costs the same and leaves a poorer clone dominates, too.",
         _front(lambda c, o, k, q: (c < o) & (k < q), lambda c, o, k, q: torch.ones_like(c < o))),
        ("Here two equal defences dominate each other. A dominating defence must be strictly better in at least one of the two.",
         _front(_no_worse, _better, lambda worse, better: worse & ~torch.eye(len(worse), dtype=torch.bool))),
        ("Each defence is no worse than itself, so here it dominates itself. A dominating one must be strictly better in one of the two.",
         _front(_no_worse, lambda c, o, k, q: torch.ones_like(c < o))),
        ("A poor clone is good for the defender, but this prefers the best clone.",
         lambda costs, clones: pareto_front(costs, -clones)),
        ("A small cost is good, but this prefers the largest.", lambda costs, clones: pareto_front(-costs, clones)),
        ("Both signs are reversed: this is the front of the worst defences.", lambda costs, clones: pareto_front(-costs, -clones)),
        ("This keeps only the cheapest defences. The front has others, which cost more and leave a poorer clone.",
         lambda costs, clones: costs == costs.min()),
        ("This keeps only those with the poorest clone. The front has others, which leave a better clone and cost less.",
         lambda costs, clones: clones == clones.min()),
        ("This adds cost and clone and takes the smallest sum. The front needs no such weighting.",
         lambda costs, clones: (costs + clones) <= (costs + clones).min() + 1e-9),
        ("Right except for two equal defences: it drops the second. Neither dominates the other, so both are on the front.", _loop)),
    laws=(("With one defence alone, it is on the front.",
           lambda f: bool(f(torch.tensor([0.3]), torch.tensor([0.5]))[0])),),
    hints=("Compare every defence with every other: `costs[None] <= costs[:, None]` is (n, n).",
           "Call it no_worse where both are at most as large, and better where one of them is smaller.",
           "`~(no_worse & better).any(-1)`."))


EXERCISES = {"12.pareto_front": FRONT}


QUESTIONS = (
    ("A paper reports that a defence takes 30 points from a clone. What do you ask first?", 2, {
        "On how many seeds was this measured?":
            "This is a good second question. The first is about the attacker.",
        "From which attacker: its queries, its data, what it is served, and what it knows of the defence?":
            "In this lesson the same defence takes thirty points from one attacker and nothing from another.",
        "What is the accuracy of the teacher?":
            "It says how much there is to lose. It does not say to which attacker.",
        "Is the code public?":
            "This helps you to test the defence. It does not say what the number means."}),
    ("A defence is not on the Pareto front. What follows?", 3, {
        "It does not work against this attacker.":
            "It may take a lot from the clone. Another defence takes as much for less.",
        "It costs legitimate users too much.":
            "It may be cheap. Another defence is as cheap and takes more.",
        "Some other defence is at least as good on both sides, against this threat and by this measure of cost.":
            "With another threat model or other users it may be on the front.",
        "The attacker was adaptive, so the front is empty.":
            "The front is never empty, and it says nothing about the attacker's method."}),
    ("Poisoning takes some thirty points from the naive attacker and next to nothing from an adaptive one. Why?", 1, {
        "A top-1 label that stays right for legitimate users stays right for the attacker.":
            "Both read the same label. Only a defence that changes it takes something from a label-only attacker.",
        "The adaptive attacker has more queries.":
            "Both attackers have 1,500 queries.",
        "The strength of the defence is too small.":
            "The same strength takes thirty points from the naive attacker.",
        "The adaptive attacker trains a larger student.":
            "The student is the same in every match of the arena."}),
    ("You publish how your defence works, but not its secret. What do you lose, by the figures of this lesson?", 4, {
        "I lose nothing, because the secret protects the model.":
            "The adaptive attackers here know the method and not the secret.",
        "I lose all protection, so I should never publish.":
            "A label-only attacker need not know the method, so against it there was no protection before.",
        "I lose only the trust of users.":
            "Users who read probabilities can see the change without the paper.",
        "I lose what it took from the naive attacker, which can read the method and switch to labels.":
            "In return somebody may show you the weakness before you rely on the defence."}),
    ("Why does a tournament draw its seeds after the deadline?", 2, {
        "The runs take less time with new seeds.":
            "They take as long as with any other seeds.",
        "Nobody can fit an entry to the very runs that judge it.":
            "It is the rule against tuning on the test set, applied to people.",
        "Old seeds give numbers that are less random.":
            "A seed does not become worse with use.",
        "All attackers are then different.":
            "The attackers are the same. Only their random numbers differ."}),
)

"""The exercises of lesson 06: the wrong answers that people really give, as code, each with the sentence that names it."""
import math
from collections import Counter

import torch

from course_utils.attack import clean
from course_utils.lesson.check import Spec

# ---------------------------------------------------------------- the answers that the package itself does not need

def resemblance(one, other, n=3):
    """Jaccard's coefficient of two texts' n-grams: shared ones over all different ones, from 0 to 1.

    Both are lists of tokens. A text of fewer than n tokens is a single n-gram: all of it.
    """
    a, b = ({tuple(text[i:i + n]) for i in range(max(1, len(text) - n + 1))} for text in (one, other))
    return len(a & b) / len(a | b)


def minhash(hashes, multipliers, offsets):
    """A text's signature: for each of k hash functions the smallest value that it gives to any of the text's n-grams.

    hashes: (n-grams,) whole numbers, one for each n-gram; multipliers, offsets: (k,). Function j is
    (multipliers[j] × hash + offsets[j]) modulo PRIME. The result has shape (k,). Two texts agree at an index with a probability close to
    `resemblance`.
    """
    values = (multipliers[:, None] * hashes + offsets[:, None]) % clean.PRIME
    return values.min(-1).values


def majority(answers):
    """The index, from 0, of the first sample that gives the most frequent answer; -1 when there is none.

    answers: the final answers of one question's samples, texts or None. None does not count as a vote. In a tie the answer that was
    given first wins.
    """
    votes = Counter(answer for answer in answers if answer is not None)
    return answers.index(votes.most_common(1)[0][0]) if votes else -1


def _pick(generator, words, n):
    return [words[i] for i in torch.randint(0, len(words), (n,), generator=generator).tolist()]


# ---------------------------------------------------------------- confidence

def _logprobs(generator, draw):
    size = [2, 3, 5, 9, 20, 36][draw]
    p = 0.3 + 0.7 * torch.rand(size, generator=generator)
    p[0] = [0.5, 0.4, 0.3, 0.9, 0.2, 0.05][draw]
    return {"logprobs": p.log()}


CONFIDENCE = Spec(
    reference=clean.confidence, inputs=_logprobs, returns="number",
    worked=(("confidence(torch.tensor([0.9, 0.9, 0.1]).log())", 0.4327),),
    mistakes=(
        ("This is the probability of the whole answer, a product: the longer an answer, the smaller it gets, however confident "
         "the model was. "
         "Take the mean of the logarithms, and then the exponential.", lambda logprobs: logprobs.sum().exp()),
        ("This is the arithmetic mean of the probabilities. One token of 0.05 among 35 confident ones hardly changes it, and that one "
         "token is the mistake. The average must be of the logarithms.", lambda logprobs: logprobs.exp().mean()),
        ("The exponential is missing: this is the mean log-probability, and not a probability.", lambda logprobs: logprobs.mean()),
        ("The sign is wrong: this is perplexity, which is 1 or more and grows with uncertainty.",
         lambda logprobs: (-logprobs.mean()).exp()),
        ("This is the mean loss, in nats. A probability is asked for: the exponential of minus this.", lambda logprobs: -logprobs.mean()),
        ("This is the probability of the least likely token alone. It is a useful signal, but not the one that the harvest's file holds.",
         lambda logprobs: logprobs.exp().min()),
        ("These are natural logarithms: exp, and not 2 to the power of.", lambda logprobs: 2 ** logprobs.mean()),
        ("The root is missing its length: this takes the square root of the product. It is the n-th root, for n tokens.",
         lambda logprobs: logprobs.sum().exp().sqrt()),
        ("The last token is left out. The <end> is part of the answer, and its probability counts, too.",
         lambda logprobs: logprobs[:-1].mean().exp())),
    laws=(("An answer repeated twice, with the same probabilities, must have the same confidence: the length must not matter.",
           lambda f: abs(float(f(torch.tensor([-0.1, -0.5] * 9))) - math.exp(-0.3)) < 1e-4),
          ("For 3,000 tokens of probability 0.5 it must give 0.5. A product of so many is 0 in a computer.",
           lambda f: abs(float(f(torch.full((3000,), math.log(0.5)))) - 0.5) < 1e-4)),
    hints=("A geometric mean is an arithmetic mean of logarithms, and the logarithms are what you get.",
           "Take the mean first and the exponential afterwards.", "`logprobs.mean().exp()`."))


# ---------------------------------------------------------------- majority

VOTES = (["933", "923", "933"], ["47", "12", "12", "47"], [None, None, "5", None], ["8", None, "9", "9", None], [None, None],
         ["70", "6", "6", "511", "511", "511"], ["8", "3", "9", "3", "9", "8"])


def _votes(generator, draw):
    if draw < len(VOTES):
        return {"answers": list(VOTES[draw])}
    return {"answers": _pick(generator, ["100", "99", "7", None], [5, 7, 9, 12][draw - len(VOTES)])}


def _winner(answers, pick):
    given = [answer for answer in answers if answer is not None]
    return answers.index(pick(given)) if given else -1


def _most(given, last=False, smallest=False):
    votes = Counter(given)
    best = [answer for answer in votes if votes[answer] == max(votes.values())]
    return best[-1] if last else min(best) if smallest else best[0]


def _half(answers):
    at = majority(answers)
    return at if at >= 0 and answers.count(answers[at]) > len(answers) / 2 else -1


MAJORITY = Spec(
    reference=majority, inputs=_votes, returns="number", draws=11,
    worked=(('majority([None, "12", "47", "47"])', 2),
            ('majority(["12", "47"])', 0)),
    mistakes=(
        ("None won: a sample without a final answer was counted as a vote. Leave the Nones out before you count.",
         lambda answers: answers.index(Counter(answers).most_common(1)[0][0])),
        ("In a tie this takes the answer that came up last. The one that was given first wins.",
         lambda answers: _winner(answers, lambda given: _most(given, last=True))),
        ("In a tie this takes the answer whose last vote came last. The one that was given first wins.",
         lambda answers: _winner(answers, lambda given: max(reversed(given), key=given.count))),
        ("In a tie this takes the smallest answer. The one that was given first wins.",
         lambda answers: _winner(answers, lambda given: _most(given, smallest=True))),
        ("This asks for more than half of the samples. The most votes are enough, even if they are few.", _half),
        ("This is the number of votes. The exercise asks for the index of the first sample that gives the winner.",
         lambda answers: max(Counter(a for a in answers if a is not None).values(), default=-1)),
        ("The answer is right, but the index is not: this is the last sample that gives it, and the first is wanted.",
         lambda answers: len(answers) - 1 - answers[::-1].index(answers[majority(answers)]) if majority(answers) >= 0 else -1),
        ("The index is counted among the samples that have an answer. It must count from the start of the list, and the Nones count, too.",
         lambda answers: majority([a for a in answers if a is not None])),
        ("The index is counted from 1 here; Python counts from 0.",
         lambda answers: majority(answers) + 1 if majority(answers) >= 0 else -1),
        ("This is right except when no sample has an answer. Then the result must be -1, and 0 is the index of the first sample.",
         lambda answers: max(0, majority(answers))),
        ("This is simply the first sample that has an answer.", lambda answers: _winner(answers, lambda given: given[0])),
        ("This takes the answer with the fewest votes.", lambda answers: _winner(answers, lambda given: min(given, key=given.count)))),
    hints=("Count the answers that are not None; who has most?",
           "`Counter(...).most_common(1)` names the winner, and among equals the one that it met first. `answers.index(...)` is its index.",
           "`votes = Counter(a for a in answers if a is not None)`, then `answers.index(votes.most_common(1)[0][0]) if votes else -1`."))


# ---------------------------------------------------------------- resemblance

def _two_texts(generator, draw):
    if draw == 0:
        return {"one": list("abc"), "other": list("bca"), "n": 1 + 1}
    if draw == 1:                                      # shorter than n
        return {"one": ["the", "cat"], "other": ["the", "cat"], "n": 3}
    if draw == 2:                                      # the same n-gram twice
        return {"one": list("ababab"), "other": list("abc"), "n": 2}
    if draw == 8:                                      # joined without a space, two n-grams would be one
        return {"one": ["in", "side", "the", "cat"], "other": ["ins", "ide", "the", "cat"], "n": 2}
    if draw == 7:                                      # all of a short text is one n-gram, and its end is none
        return {"one": ["the", "cat"], "other": ["a", "cat"], "n": 3}
    words = ["the", "cat", "saw", "big", "dogs", "7", "3"]
    one = _pick(generator, words, [6, 7, 9, 12][draw - 3])
    other = list(one)
    other[draw % len(other)] = "birds"
    other += _pick(generator, words, draw - 2)
    one, other = (one, other) if draw % 2 else (other, one)
    return {"one": one, "other": other, "n": [2, 3, 3, 2][draw - 3]}


def _grams(text, n):
    return [tuple(text[i:i + n]) for i in range(max(1, len(text) - n + 1))]


def _over(below):
    def resemblance(one, other, n=3):
        a, b = set(_grams(one, n)), set(_grams(other, n))
        return len(a & b) / below(a, b)
    return resemblance


def _strict(one, other, n=3):
    a, b = ({tuple(text[i:i + n]) for i in range(len(text) - n + 1)} for text in (one, other))
    return len(a & b) / len(a | b) if a | b else 0.0


def _bags(one, other, n=3):
    a, b = Counter(_grams(one, n)), Counter(_grams(other, n))
    return (a & b).total() / (a | b).total()


def _share(a, b):
    return len(a & b) / len(a | b)


def _in_step(one, other, n=3):
    a, b = _grams(one, n), _grams(other, n)
    return sum(x == y for x, y in zip(a, b)) / max(len(a), len(b))


def _letters(one, other, n=3):
    return resemblance(list(" ".join(one)), list(" ".join(other)), n)


RESEMBLANCE = Spec(
    reference=resemblance, inputs=_two_texts, returns="number", draws=9,
    worked=(('resemblance(["a", "b", "c", "d"], ["b", "c", "d", "e"], 2)', 0.5),),
    mistakes=(
        ("This compares single tokens, a bag of words: a sentence and its reverse come out as the same. Compare n tokens in a row.",
         lambda one, other, n=3: resemblance(one, other, 1)),
        ("The tokens are sorted within each n-gram, so their order is lost: 'cat saw' is not 'saw cat'.",
         lambda one, other, n=3: len({tuple(sorted(g)) for g in _grams(one, n)} & {tuple(sorted(g)) for g in _grams(other, n)})
         / len({tuple(sorted(g)) for g in _grams(one, n)} | {tuple(sorted(g)) for g in _grams(other, n)})),
        ("A text of fewer than n tokens has no n-gram here, and two equal short texts get 0. All of a short text counts as one n-gram.",
         _strict),
        ("n-grams that occur twice are counted twice. Jaccard's coefficient is of sets: take `set(...)` first.", _bags),
        ("This divides by the number of n-grams of both texts together, where shared ones count twice. The divisor is the "
         "union, `len(a | b)`.",
         _over(lambda a, b: len(a) + len(b))),
        ("This is Dice's coefficient: twice the shared ones over the sum of both. Jaccard divides the shared ones by the union.",
         _over(lambda a, b: (len(a) + len(b)) / 2)),
        ("This is containment: how much of the FIRST text is in the other. It depends on which text comes first. The divisor is "
         "the union, `len(a | b)`.",
         _over(lambda a, b: len(a))),
        ("This divides by the smaller of the two sets, so a short text that is part of a long one counts as the same. The "
         "divisor is the union.",
         _over(lambda a, b: min(len(a), len(b)))),
        ("This is the distance of the texts. The resemblance is wanted: 1 for equal texts.",
         lambda one, other, n=3: 1 - resemblance(one, other, n)),
        ("The n-grams are compared index by index, so one more word at the start makes everything different. They must be "
         "compared as sets.",
         _in_step),
        ("The tokens are joined to a text here, and n letters in a row compared. The lists hold tokens: compare n tokens in a row.",
         _letters),
        ("At the end of a text pieces shorter than n are counted, too: start at len - n at the latest, `range(len(text) - n + 1)`.",
         lambda one, other, n=3: _share({tuple(one[i:i + n]) for i in range(len(one))},
                                        {tuple(other[i:i + n]) for i in range(len(other))})),
        ("The texts are cut into pieces side by side. n-grams overlap: one starts at every token.",
         lambda one, other, n=3: _share({tuple(one[i:i + n]) for i in range(0, len(one), n)},
                                        {tuple(other[i:i + n]) for i in range(0, len(other), n)})),
        ("It is always three in a row here, whatever n says.", lambda one, other, n=3: resemblance(one, other, 3)),
        ("The last n-gram is missing: there are len - n + 1 of them.",
         lambda one, other, n=3: resemblance(one[:-1] if len(one) > n else one, other[:-1] if len(other) > n else other, n))),
    laws=(("Two equal texts must give 1.", lambda f: abs(float(f(list("aabbab"), list("aabbab"))) - 1) < 1e-6),
          ("Texts that share nothing must give 0.", lambda f: float(f(list("abcd"), list("efgh"))) == 0)),
    hints=("First the set of n-grams of each text: `tuple(text[i:i + n])` for every i.",
           "There are `len(text) - n + 1` of them, and at least one: `range(max(1, len(text) - n + 1))`.",
           "`len(a & b) / len(a | b)`, with a and b the two sets."))


# ---------------------------------------------------------------- minhash

def _hashed(generator, draw):
    grams, functions = [(2, 3), (3, 2), (4, 4), (6, 5), (9, 8), (20, 16)][draw]
    def whole(n, low=0):
        return torch.randint(low, clean.PRIME, (n,), generator=generator)
    return {"hashes": whole(grams), "multipliers": whole(functions, 1), "offsets": whole(functions)}


def _values(hashes, multipliers, offsets):
    return (multipliers[:, None] * hashes + offsets[:, None]) % clean.PRIME


MINHASH = Spec(
    reference=minhash, inputs=_hashed, tolerance=1e-9,
    worked=(("minhash(torch.tensor([1, 5]), torch.tensor([2, 2**31 - 2]), torch.tensor([0, 1]))", [2, 0]),),
    mistakes=(
        ("This is the largest value. (It would work as well if every text used it. The signature of this exercise takes the smallest.)",
         lambda hashes, multipliers, offsets: _values(hashes, multipliers, offsets).max(-1).values),
        ("The smallest is taken over the functions, for each n-gram. It has to be over the n-grams, for each function: then two texts of "
         "different lengths have signatures of the same length.",
         lambda hashes, multipliers, offsets: _values(hashes, multipliers, offsets).min(0).values),
        ("This is the index of the smallest value. Two texts have their n-grams at different indices, so the values must be compared.",
         lambda hashes, multipliers, offsets: _values(hashes, multipliers, offsets).argmin(-1)),
        ("The modulo is missing, and with it the shuffling: multiplied by a large number and never wrapped round, the smallest hash stays "
         "the smallest under every function. All positions of the signature would then carry the same information.",
         lambda hashes, multipliers, offsets: (multipliers[:, None] * hashes + offsets[:, None]).min(-1).values),
        ("The smallest is taken too early, of the hashes or before the modulo. Apply the modulo to all values, and then take the smallest.",
         lambda hashes, multipliers, offsets: (multipliers[:, None] * hashes + offsets[:, None]).min(-1).values % clean.PRIME),
        ("The offset is added before the multiplication. It is multiplier × hash + offset.",
         lambda hashes, multipliers, offsets: (multipliers[:, None] * (hashes + offsets[:, None]) % clean.PRIME).min(-1).values),
        ("The offsets are left out: a hash of 0 would be the smallest under every function.",
         lambda hashes, multipliers, offsets: (multipliers[:, None] * hashes % clean.PRIME).min(-1).values),
        ("This adds all the values. The sum changes with every n-gram. The smallest value stays the same under most changes, which "
         "is why it is used.",
         lambda hashes, multipliers, offsets: _values(hashes, multipliers, offsets).sum(-1)),
        ("All values are returned here. Take the smallest for each function, `.min(-1).values`.", _values)),
    laws=(("An n-gram that occurs twice must not matter.", lambda f: torch.equal(
        f(torch.tensor([5, 9, 5]), torch.tensor([3, 10**9]), torch.tensor([1, 2])),
        f(torch.tensor([9, 5]), torch.tensor([3, 10**9]), torch.tensor([1, 2])))),),
    hints=("First make a table with a row for each function and a column for each n-gram, such as `multipliers[:, None] * hashes`.",
           "`% PRIME` on the whole table, then the smallest of each row.",
           "`((multipliers[:, None] * hashes + offsets[:, None]) % PRIME).min(-1).values`."))


# ---------------------------------------------------------------- contaminated

def _questions(generator, draw):
    test = ["code", "sort", "swap", "4", "1", "5", "3", "2"]
    if draw == 0:
        return {"questions": [test[2:7], ["swap", "sort", "4", "1", "5"], test, test[1:8]], "tests": [test], "n": 5}
    if draw == 1:                                      # short ones: only as a whole, and never an end of one
        return {"questions": [["sort", "7"], ["sort"], ["sort", "7", "9"], ["7", "2"], ["7"], ["sort", "9"], ["a", "b", "sort", "7"]],
                "tests": [["sort", "7"], ["add", "sort", "7", "2"], ["9"]], "n": 3}
    if draw == 2:                                      # in a row means within one test
        return {"questions": [["a", "b", "c", "d"], ["c", "d", "e"]], "tests": [["x", "a", "b"], ["c", "d", "y"]], "n": 3}
    if draw == 3:                                      # the same words, elsewhere or in another order
        return {"questions": [list("bcax"), list("xyabc"), list("axbc"), list("abcx"), list("bczq")], "tests": [list("abcz")], "n": 3}
    if draw == 4:                                      # whole words
        return {"questions": [["cat", "saw", "the"], ["a", "cat", "saw", "the"]], "tests": [["tomcat", "saw", "the", "dog"]], "n": 3}
    words = ["the", "cat", "saw", "dogs", "7"]
    return {"questions": [_pick(generator, words, 3 + i % 5) for i in range(8)], "tests": [_pick(generator, words, 6) for _ in range(3)],
            "n": 3}


def _each(says):
    def contaminated(questions, tests, n=5):
        return torch.tensor([bool(says(question, tests, n)) for question in questions])
    return contaminated


def _runs(text, n):
    return {tuple(text[i:i + n]) for i in range(len(text) - n + 1)}


def _pooled(question, tests, n):
    everything = [word for test in tests for word in test]
    return set(_grams(question, n)) & (_runs(everything, n) | {tuple(test) for test in tests if len(test) < n})


def _as_text(question, tests, n):
    texts = [" ".join(test) for test in tests]
    return any(len(gram) < n and " ".join(gram) in texts or len(gram) == n and any(" ".join(gram) in text for text in texts)
               for gram in _grams(question, n))


CONTAMINATED = Spec(
    reference=clean.contaminated, inputs=_questions, draws=8,
    worked=(('contaminated([["a", "b", "c", "d"], ["c", "b", "a"]], [["x", "b", "c", "d"]], 3)', [True, False]),),
    mistakes=(
        ("Only questions that are a test, whole and exact, are found. With one more word a test question is missed: compare n tokens "
         "in a row.", _each(lambda q, tests, n: q in tests)),
        ("n + 1 in a row are asked for here: a piece is `text[i:i + n]`, and the last one starts at `len(text) - n`.",
         lambda questions, tests, n=5: clean.contaminated(questions, tests, n + 1)),
        ("This counts shared tokens at any position. Sums share most of their digits with some test: the n tokens must be IN A ROW.",
         _each(lambda q, tests, n: any(len(set(q) & set(test)) >= n or q == test for test in tests))),
        ("This sorts the tokens, so their order is lost.",
         _each(lambda q, tests, n: {tuple(sorted(g)) for g in _grams(q, n)} & {tuple(sorted(g)) for t in tests for g in _grams(t, n)})),
        ("Only the beginnings are compared. The n tokens may be anywhere in the question and in the test.",
         _each(lambda q, tests, n: any(q[:n] == test[:n] for test in tests))),
        ("This asks for the first n tokens of the question only. Any n in a row count.",
         _each(lambda q, tests, n: tuple(q[:n]) in {g for test in tests for g in _grams(test, n)})),
        ("The tests are joined to one long text, and n tokens that begin in one test and end in the next count too.", _each(_pooled)),
        ("A question of fewer than n tokens is never found here, even if it is a test. It must be compared as a whole.",
         _each(lambda q, tests, n: _runs(q, n) & {g for test in tests for g in _runs(test, n)})),
        ("A single n-gram in common is enough; here all of the question's have to be.",
         _each(lambda q, tests, n: set(_grams(q, n)) <= {g for test in tests for g in _grams(test, n)})),
        ("This looks for the text of n tokens inside the text of a test, so 'cat saw' is found in 'tomcat saw'. "
         "Tokens must be compared, not letters.",
         _each(lambda q, tests, n: _as_text(q, tests, n))),
        ("This looks for the text of n tokens inside the text of a test. So 'cat saw' is found in 'tomcat saw', and a short question in "
         "any test that holds it. Compare tokens, and a short question with whole tests only.",
         _each(lambda q, tests, n: any(" ".join(gram) in " ".join(test) for gram in _grams(q, n) for test in tests))),
        ("This counts shared tokens at any position: the n tokens must be IN A ROW, and a short question must equal a test.",
         _each(lambda q, tests, n: any(len(set(q) & set(test)) >= n for test in tests))),
        ("This answers for each test whether some question holds it. The exercise asks for one answer for each question.",
         lambda questions, tests, n=5: clean.contaminated(tests, questions, n)),
        ("True and False are exchanged: True must mean that a question shares something with a test.",
         lambda questions, tests, n=5: ~clean.contaminated(questions, tests, n))),
    hints=("Collect the n-grams of all tests in one set. Then: does a question have one of them?",
           "A tuple `tuple(test[i:i + n])` can be in a set. With `range(max(1, len(test) - n + 1))` a short text is one n-gram, all of it.",
           "`torch.tensor([any(tuple(q[i:i + n]) in known for i in range(max(1, len(q) - n + 1))) for q in questions])`."))


EXERCISES = {
    "06.confidence": CONFIDENCE,
    "06.majority": MAJORITY,
    "06.resemblance": RESEMBLANCE,
    "06.minhash": MINHASH,
    "06.contaminated": CONTAMINATED,
}


QUESTIONS = (
    ("The confidence filter drops nearly all wrong translations, and 62 % of the wrong sums and programs. Why?", 2, {
        "Programs are harder than translations.":
            "On programs of two operations the teacher is hardly ever wrong at temperature 0. Look at which are wrong.",
        "Wrong translations are sampling errors. Wrong sums and programs are often of an untrained kind.":
            "A sampling error contains a token that the teacher itself gave a low probability. A wrong answer to an untrained "
            "kind often has none.",
        "The threshold was chosen on translations.":
            "It was not chosen on translations. For translations the attacker has no program that knows the truth.",
        "Programs have more tokens, which makes their product smaller.":
            "Confidence is a geometric mean, so the length does not matter."}),
    ("You are about to drop near duplicates at a resemblance of 0.8. What do you do first?", 4, {
        "Raise it to 0.9, to be careful.":
            "A careful value for long texts can miss everything in short ones. For raw sums no threshold is right.",
        "Use more permutations for MinHash.":
            "Then the estimate of the resemblance gets better. The estimate was not the problem.",
        "Nothing; 0.8 is the usual setting.":
            "It is usual for web pages. In a sum one digit makes another question.",
        "Bring the texts into a normal form, and then look at what would be dropped.":
            "After that, equality finds the repeated questions, and three examples show what the threshold would drop."}),
    ("Two students have the same teacher. A scores 80 % on the public benchmark, and B scores 40 %. Which is better?", 3, {
        "A.": "Perhaps A has seen the benchmark. In this lesson nearly half of a score of 81 % came from that.",
        "B, because A must have cheated.": "Perhaps A is really good. The two scores alone do not show how either was made.",
        "Nobody can know without questions that neither has seen, in any variation.":
            "The cleaning report of both would help, too: what was dropped against which tests, and how.",
        "It depends on the size of the students.": "Size limits how good a student can be, and not how far its score can be trusted."}),
    ("Only questions that share 8 tokens in a row with the benchmark were dropped. Variations with one thing changed stayed. "
     "What happens?", 1, {
        "The score stays too high: a student of near copies does better on the originals than on fresh questions.":
            "Each variation has another answer, and most steps in common with the original.",
        "Nothing: other questions have other answers.":
            "The third colleague thought so. The figure of n in a row shows the difference that is left.",
        "The student gets worse on the benchmark than on fresh questions.":
            "That would need training against the benchmark. The student has seen nearly all steps of each question.",
        "The variations confuse it, since they look alike and have different answers.":
            "Learning the difference between 586 and 587 is what the training is for."}),
    ("Your threshold of confidence is best on sums and programs, which a program can check. May you use it for translations?", 3, {
        "Yes: it was chosen where the truth is known.":
            "It is best where it was chosen. At 0.98 it drops nearly all right translations, and hardly any right sum.",
        "Yes, if it is high enough.": "A higher threshold drops more right answers. For translations 0.98 is already too high.",
        "Only after a look at what it drops there.":
            "A right translation has a position with two correct tokens, so its confidence is lower than that of a right sum.",
        "No: confidence is of no use for translations.":
            "At 0.9 it drops nearly all wrong translations, and few right ones."}),
)

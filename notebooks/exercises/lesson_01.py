"""The exercises of lesson 01: the wrong answers that people really give, as code, each with the sentence that names it."""
import math

import torch
from scipy import stats
from torch.nn import functional as F

from course_utils.lesson.check import Spec
from course_utils.score import measures
from course_utils.student import losses

# ---------------------------------------------------------------- the answers that the package itself does not need

def entropy_bits(probabilities):
    """Entropy of each row in bits: (batch, classes) to (batch,).

    A certain row has 0 bits, ten equally likely classes have log2(10) = 3.32.
    """
    return -(probabilities * probabilities.clamp_min(1e-12).log2()).sum(dim=-1)


def soft_gradient(student_logits, teacher_logits, temperature):
    """Gradient of each example's soft loss T² CE(p, q) for the student's logits.

    All shapes (batch, classes). It is T (q - p): T² from the loss, 1/T from z/T.
    """
    q, p = losses.softmax_t(student_logits, temperature), losses.softmax_t(teacher_logits, temperature)
    return temperature * (q - p)


def _logits(generator, *shape, scale=3.0):
    return torch.randn(*shape, generator=generator) * scale


# ---------------------------------------------------------------- entropy_bits

def _probabilities(generator, draw):
    if draw == 0:
        return {"probabilities": torch.tensor([[0.5, 0.5], [0.9, 0.1]])}
    if draw == 1:                                  # a certain row: 0 log 0 must be 0
        return {"probabilities": torch.tensor([[1.0, 0.0, 0.0], [0.2, 0.3, 0.5]])}
    return {"probabilities": _logits(generator, 2 * draw, 10).softmax(-1)}


ENTROPY = Spec(
    reference=entropy_bits, inputs=_probabilities,
    worked=(("entropy_bits(torch.tensor([[0.5, 0.5], [1.0, 0.0]]))", [1.0, 0.0]),),
    mistakes=(
        ("This is the entropy in nats: `log` is the natural logarithm. For bits use `log2`.",
         lambda probabilities: -(probabilities * probabilities.clamp_min(1e-12).log()).sum(-1)),
        ("The sign is turned round: the logarithm of a probability is negative, so the sum needs a minus in front.",
         lambda probabilities: (probabilities * probabilities.clamp_min(1e-12).log2()).sum(-1)),
        ("Right, until a probability is exactly 0: then 0 × log 0 becomes NaN. Its limit is 0: keep the logarithm's argument "
         "above zero, for instance with `.clamp_min(1e-12)`.",
         lambda probabilities: -(probabilities * probabilities.log2()).sum(-1)),
        ("This averages over the classes. Entropy is already an average, weighted by the probabilities: sum over the classes.",
         lambda probabilities: -(probabilities * probabilities.clamp_min(1e-12).log2()).mean(-1)),
        ("This sums over the images and not over the classes: the classes are the last dimension, `dim=-1`.",
         lambda probabilities: -(probabilities * probabilities.clamp_min(1e-12).log2()).sum(0)),
        ("This leaves out the weights: each class's surprise, minus log2 p, counts with its probability p.",
         lambda probabilities: -probabilities.clamp_min(1e-12).log2().sum(-1))),
    hints=("Entropy is the mean surprise: class i surprises by minus log2 of its probability, and does so with that probability.",
           "In one line: minus the sum over the last dimension of `p * p.log2()`.",
           "A probability of exactly 0 makes NaN. Call `.clamp_min(1e-12)` on the probabilities before the logarithm."),
    laws=(("Ten equally likely classes hold log2(10), about 3.32 bits.",
           lambda f: abs(f(torch.full((1, 10), 0.1)).item() - math.log2(10)) < 1e-3),))


# ---------------------------------------------------------------- softmax_t

def _softmax_inputs(generator, draw):
    shape, temperature, scale = [((1, 2), 2.0, 3), ((2, 3), 0.5, 3), ((3, 3), 4.0, 3), ((4, 10), 20.0, 3), ((2, 4), 1.5, 3),
                                 ((16, 10), 3.0, 3)][draw]
    logits = _logits(generator, *shape, scale=scale)
    if draw == 4:                       # all exponentials of one row overflow, and those of the other are 0
        logits = logits + torch.tensor([[2000.0], [-2000.0]])
    return {"logits": logits, "temperature": temperature}


def _naive(logits, temperature=1.0):
    top = (logits / temperature).exp()
    return top / top.sum(-1, keepdim=True)


def _cut_off(logits, temperature=1.0):
    top = (logits / temperature).clamp(max=80).exp()
    return top / top.sum(-1, keepdim=True)


SOFTMAX = Spec(
    reference=losses.softmax_t, inputs=_softmax_inputs,
    worked=(("softmax_t(torch.tensor([[2., 0.]]), 2.0)", [[0.73, 0.27]]),),
    mistakes=(
        ("This multiplies by the temperature (a power of the probabilities is the same thing), so a high temperature sharpens. "
         "It should flatten: divide the logits by T.", lambda logits, temperature=1.0: F.softmax(logits * temperature, -1)),
        ("This divides the probabilities by T, after the softmax: the rows then sum to 1/T. The temperature divides the logits, "
         "before the exponential.", lambda logits, temperature=1.0: F.softmax(logits, -1) / temperature),
        ("The softmax runs over the images: each column sums to 1. Each image's row should sum to 1: `dim=-1`.",
         lambda logits, temperature=1.0: F.softmax(logits / temperature, 0)),
        ("Right for small logits; large ones overflow the exponential and give NaN. Subtract each row's largest value first, "
         "or let `F.softmax` do it.", _naive),
        ("The logits are cut off at a limit, so that large ones become equal. Subtract each row's largest value instead.", _cut_off),
        ("The softmax is applied twice. The temperature divides the logits, not the probabilities.",
         lambda logits, temperature=1.0: F.softmax(F.softmax(logits, -1) / temperature, -1)),
        ("The temperature has no effect: this is the softmax at T = 1.", lambda logits, temperature=1.0: F.softmax(logits, -1)),
        ("These are logarithms of probabilities. The probabilities themselves are asked for: `softmax`, not `log_softmax`.",
         lambda logits, temperature=1.0: F.log_softmax(logits / temperature, -1))),
    hints=("The temperature acts on the logits, before anything else happens to them.",
           "Divide the logits by the temperature; the rest is an ordinary softmax over the classes.",
           "`torch.nn.functional.softmax(..., dim=-1)` also takes care of large logits."),
    laws=(("At a very high temperature every class should be equally likely.",
           lambda f: torch.allclose(f(torch.tensor([[5.0, 0.0, -5.0]]), 1e6), torch.full((1, 3), 1 / 3).double(), atol=1e-3)),))


# ---------------------------------------------------------------- kd_loss

def _kd_inputs(generator, draw):
    batch, classes, temperature, alpha = [(1, 2, 2.0, 0.5), (2, 3, 4.0, 0.9), (3, 3, 1.5, 0.3), (8, 10, 8.0, 0.7), (4, 5, 3.0, 1.0),
                                          (16, 10, 20.0, 0.2)][draw]
    return {"student_logits": _logits(generator, batch, classes, scale=1.5), "teacher_logits": _logits(generator, batch, classes),
            "labels": torch.randint(0, classes, (batch,), generator=generator), "temperature": temperature, "alpha": alpha}


def _kd(soft_weight=lambda t: t**2, hard_weight=lambda t: 1.0, student_t=True, teacher_t=True, hard_t=False, swapped=False,
        soft=lambda z, v: F.cross_entropy(z, v.softmax(-1))):
    """Hinton's loss with one thing done differently."""
    def loss(student_logits, teacher_logits, labels, temperature=4.0, alpha=0.9):
        a = 1 - alpha if swapped else alpha
        z, v = student_logits / (temperature if student_t else 1), teacher_logits / (temperature if teacher_t else 1)
        hard = F.cross_entropy(student_logits / (temperature if hard_t else 1), labels)
        return a * soft_weight(temperature) * soft(z, v) + (1 - a) * hard_weight(temperature) * hard
    return loss


def _full_labels(student_logits, teacher_logits, labels, temperature=4.0, alpha=0.9):
    return losses.kd_loss(student_logits, teacher_logits, labels, temperature, alpha) + alpha * F.cross_entropy(student_logits, labels)


def _kl_mean(z, v):
    """F.kl_div as it is by default, reduction="mean": over batch and classes."""
    return F.kl_div(z.log_softmax(-1), v.softmax(-1), reduction="sum") / z.numel()


def _reverse_kl(z, v):
    return F.kl_div(v.log_softmax(-1), z.softmax(-1), reduction="batchmean")


KD_LOSS = Spec(
    reference=losses.kd_loss, inputs=_kd_inputs, gradient="student_logits",
    training=True,
    mistakes=(
        ("This is the loss without the factor T². The soft gradient then shrinks as 1/T², and at a high T the labels decide: "
         "compare the gradients at T = 1 and T = 20.", _kd(soft_weight=lambda t: 1.0)),
        ("The factor is T and should be T²: one T comes from the logits' division, the other from the softened difference.",
         _kd(soft_weight=lambda t: t)),
        ("The factor T² multiplies both parts. Only the soft part shrinks with T; the labels' part has no temperature.",
         _kd(hard_weight=lambda t: t**2)),
        ("Only the student is softened. The teacher's logits have to be divided by T, too, or the student is pushed to be sharper.",
         _kd(teacher_t=False)),
        ("Only the teacher is softened. The student has to be divided by T, too: it learns to match at that temperature, and "
         "answers at T = 1.", _kd(student_t=False)),
        ("The labels' part is missing: 1 - alpha parts of cross-entropy with the labels.", _kd(hard_weight=lambda t: 0.0)),
        ("Teacher and student are exchanged in the cross-entropy: the student's probabilities stand where the target should be.",
         _kd(soft=lambda z, v: F.cross_entropy(v, z.softmax(-1)))),
        ("alpha and 1 - alpha are exchanged: alpha is the weight of the teacher.", _kd(swapped=True)),
        ("The labels' part has its full weight. It counts 1 - alpha parts, so that both weights sum to 1.", _full_labels),
        ("The soft part takes the teacher's top class only. It should take all its probabilities at temperature T: `softmax(v / T)`.",
         _kd(soft=lambda z, v: F.cross_entropy(z, v.argmax(-1)))),
        ("`F.kl_div` takes logarithms of probabilities as its first argument: `log_softmax`, not `softmax`.",
         _kd(soft=lambda z, v: F.kl_div(z.softmax(-1), v.softmax(-1), reduction="batchmean"))),
        ("The labels' part is softened, too. Labels are what the student must say at T = 1.", _kd(hard_t=True)),
        ("The soft part is averaged over the classes, too (as `F.kl_div` does by default): ten times too little for ten classes. Sum over "
         "the classes, mean over the batch; in `F.kl_div` that is reduction='batchmean'.", _kd(soft=_kl_mean)),
        ("The soft part is summed over the batch, and the labels' part is a mean: their balance then depends on the batch size.",
         _kd(soft=lambda z, v: F.cross_entropy(z, v.softmax(-1), reduction="sum"))),
        ("This is the reverse divergence, KL(student || teacher). Hinton's loss weighs by the teacher's probabilities. Lesson 03 "
         "compares the two.", _kd(soft=_reverse_kl)),
        ("The student's probabilities go into `F.cross_entropy`, which expects logits and applies the softmax itself: here it is "
         "applied twice.", _kd(soft=lambda z, v: F.cross_entropy(z.softmax(-1), v.softmax(-1))))),
    hints=("Two cross-entropies. `F.cross_entropy(logits, targets)` takes a class number for each row, or a row of probabilities.",
           "Soft part: both sides divided by T, the teacher's turned into probabilities. Hard part: plain logits and labels.",
           "alpha × T² × soft + (1 - alpha) × hard."))


# ---------------------------------------------------------------- soft_gradient

def _gradient_inputs(generator, draw):
    batch, classes, temperature = [(1, 2, 2.0), (1, 3, 4.0), (2, 3, 0.5), (4, 10, 8.0), (8, 10, 20.0), (3, 4, 3.0)][draw]
    return {"student_logits": _logits(generator, batch, classes), "teacher_logits": _logits(generator, batch, classes),
            "temperature": temperature}


def _difference(student_logits, teacher_logits, temperature):
    return losses.softmax_t(student_logits, temperature) - losses.softmax_t(teacher_logits, temperature)


GRADIENT = Spec(
    reference=soft_gradient, inputs=_gradient_inputs,
    worked=(("soft_gradient(torch.tensor([[1., 2.]]), torch.tensor([[1., 2.]]), 4.0)", [[0.0, 0.0]]),),
    mistakes=(
        ("This is the gradient of the cross-entropy alone, (q - p)/T. The loss carries T², so a factor T is left over.",
         lambda student_logits, teacher_logits, temperature: _difference(student_logits, teacher_logits, temperature) / temperature),
        ("The sign is turned round: this is the step downhill. The gradient is student minus teacher.",
         lambda student_logits, teacher_logits, temperature: -soft_gradient(student_logits, teacher_logits, temperature)),
        ("The factor is T² here. Of the loss's T², one T cancels: the logits sit inside the softmax as z/T.",
         lambda student_logits, teacher_logits, temperature: temperature * soft_gradient(
             student_logits, teacher_logits, temperature)),
        ("The factor is missing: q - p is right at T = 1 only.", _difference),
        ("This is divided by the batch size: the gradient of the mean over the batch. Each example's own gradient is asked for.",
         lambda student_logits, teacher_logits, temperature: soft_gradient(
             student_logits, teacher_logits, temperature) / len(student_logits)),
        ("The softmaxes have no temperature here: q and p are both taken at T.",
         lambda student_logits, teacher_logits, temperature: temperature * _difference(student_logits, teacher_logits, 1.0)),
        ("This is already the limit for a high temperature, (z - v)/N. Keep the exact formula; the figure below shows where the two meet.",
         lambda student_logits, teacher_logits, temperature: (student_logits - teacher_logits) / student_logits.shape[-1]),
        ("This is the limit for a high temperature. Keep the exact formula; the figure below shows where the two meet.",
         lambda student_logits, teacher_logits, temperature: (
             student_logits - student_logits.mean(-1, keepdim=True) - teacher_logits
             + teacher_logits.mean(-1, keepdim=True)) / student_logits.shape[-1])),
    hints=("The gradient of a softmax cross-entropy is the student's probabilities minus the teacher's.",
           "The logits enter divided by T, so the chain rule gives a factor 1/T. The loss itself carries a factor T².",
           "T² × 1/T leaves T × (softmax(z/T) - softmax(v/T))."))


# ---------------------------------------------------------------- class_bias

def _bias_inputs(generator, draw):
    n, classes = [(2, 2), (3, 3), (20, 5), (50, 10), (100, 10), (200, 10)][draw]
    logits = _logits(generator, n, classes, scale=2.0)
    logits[:, 0] -= [3, 1, 40, 3, -40, 3][draw]         # far too rare, or too frequent: a search over a few units is not enough
    return {"logits": logits, "digit": 0, "frequency": [0.5, 0.3, 0.2, 0.1, 0.1, 0.15][draw]}


def _log_odds(logits, digit, frequency):
    mean = logits.softmax(-1)[:, digit].mean().item()
    return math.log(frequency / (1 - frequency)) - math.log(mean / (1 - mean))


def _ratio(logits, digit, frequency):
    return math.log(frequency / logits.softmax(-1)[:, digit].mean().item())


def _halved(too_small):
    """The search by halving, with another question asked of the shifted logits."""
    def class_bias(logits, digit, frequency):
        low, high = -50.0, 50.0
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (middle, high) if too_small(logits, digit, frequency, middle) else (low, middle)
        return middle
    return class_bias


def _top_class(logits, digit, frequency, bias):
    shifted = logits + bias * torch.eye(logits.shape[1])[digit]
    return (shifted.argmax(-1) == digit).float().mean() < frequency


def _all_logits(logits, digit, frequency, bias):
    return (logits + bias).softmax(-1)[:, digit].mean() < frequency


CLASS_BIAS = Spec(
    reference=losses.class_bias, inputs=_bias_inputs, returns="number", tolerance=5e-3,
    worked=(("class_bias(torch.tensor([[0., 0.]]), 0, 0.5)", 0.0),),
    mistakes=(
        ("The sign is turned round: this takes even more away from the class that is already too rare.",
         lambda logits, digit, frequency: -losses.class_bias(logits, digit, frequency)),
        ("This moves the log-odds of the mean probability in one step. It would be exact if all images had the same probability; "
         "they differ, so search for the bias (halve an interval) and measure the mean each time.", _log_odds),
        ("This is the logarithm of frequency over mean probability. The other classes shrink when this one grows, so the "
         "probability is not simply multiplied: search for the bias and measure the mean each time.", _ratio),
        ("This makes the share of images named this digit equal to the frequency. The mean probability is asked for: it uses "
         "every image, also those where the digit comes second.", _halved(_top_class)),
        ("The bias is added to all logits, and then no probability changes. Add it to the column of the digit only: `[:, digit]`.",
         _halved(_all_logits)),
        ("This is the difference of two probabilities. The bias is added to a logit, which is no probability: search for the bias.",
         lambda logits, digit, frequency: frequency - logits.softmax(-1)[:, digit].mean().item())),
    hints=("Add a trial bias to one column, take the softmax, and look at that column's mean. Too small? The bias must be larger.",
           "The mean only grows with the bias. Start with an interval of -50 to 50 and halve it fifty times.",
           "Work on `shifted = logits.clone()`; `shifted[:, digit] += middle`; then compare `F.softmax(shifted, -1)[:, digit].mean()` "
           "with the frequency."))


# ---------------------------------------------------------------- paired_interval

def _interval_inputs(generator, draw):
    n = [3, 4, 5, 5, 8, 20][draw]
    seed_effect = torch.randn(n, generator=generator)
    return {"a": 0.5 + seed_effect + 0.3 * torch.randn(n, generator=generator), "b": seed_effect}


def _interval(values, reach):
    mean = values.mean().item()
    return mean, mean - float(reach), mean + float(reach)


def _t(n):
    return stats.t.ppf(0.975, n - 1)


INTERVAL = Spec(
    reference=measures.paired_interval, inputs=_interval_inputs, returns="interval",
    worked=(("paired_interval(torch.tensor([1., 2., 3.]), torch.tensor([0., 0., 0.]))", (2, -0.48, 4.48)),),
    mistakes=(
        ("This is the spread of single seeds (the standard deviation). The mean of n seeds varies less, by a factor √n: divide by it.",
         lambda a, b: _interval(a - b, _t(len(a)) * (a - b).std())),
        ("1.96 is for many samples. With five seeds the spread itself is uncertain; Student's t gives 2.78 there: "
         "`stats.t.ppf(0.975, n - 1)`.", lambda a, b: _interval(a - b, 1.96 * (a - b).std() / len(a) ** 0.5)),
        ("This treats the two groups as independent, and adds their variances. They share their seeds: take the differences first.",
         lambda a, b: _interval(a - b, _t(len(a)) * ((a.var() + b.var()) / len(a)) ** 0.5)),
        ("This treats the two groups as independent (2n - 2 degrees of freedom). They share their seeds: take the differences first.",
         lambda a, b: _interval(a - b, stats.t.ppf(0.975, 2 * len(a) - 2) * ((a.var() + b.var()) / len(a)) ** 0.5)),
        ("The standard deviation divides by n here; a sample's divides by n - 1, which is what `torch.std` does by default "
         "and `numpy.std` does not.", lambda a, b: _interval(a - b, _t(len(a)) * (a - b).std(correction=0) / len(a) ** 0.5)),
        ("This divides by n, and the standard deviation of a mean of n seeds is smaller by √n.",
         lambda a, b: _interval(a - b, _t(len(a)) * (a - b).std() / len(a))),
        ("Student's t has n - 1 degrees of freedom here, not n: one is used up by the mean.",
         lambda a, b: _interval(a - b, stats.t.ppf(0.975, len(a)) * (a - b).std() / len(a) ** 0.5)),
        ("This is the mean of b - a: a gain comes out as a loss. Take a - b.", lambda a, b: measures.paired_interval(b, a)),
        ("`ppf(0.95)` leaves 5 % on each side: a 90 % interval. For 95 % leave 2.5 % on each side: `ppf(0.975)`.",
         lambda a, b: _interval(a - b, stats.t.ppf(0.95, len(a) - 1) * (a - b).std() / len(a) ** 0.5))),
    hints=("First subtract, seed by seed. From here on there is only one list of numbers, the differences.",
           "Half the width of the interval is t × standard deviation / √n, and t for 95 % is `stats.t.ppf(0.975, n - 1)`.",
           "Return three numbers: the mean, the mean minus this half width, and the mean plus it."))


EXERCISES = {
    "01.entropy_bits": ENTROPY,
    "01.softmax_t": SOFTMAX,
    "01.kd_loss": KD_LOSS,
    "01.soft_gradient": GRADIENT,
    "01.class_bias": CLASS_BIAS,
    "01.paired_interval": INTERVAL,
}


QUESTIONS = (
    ("Why is the soft part of the loss multiplied by T²?", 2, {
        "So that the loss is positive.":
            "Cross-entropy is positive at every temperature, with or without a factor.",
        "Because its gradient shrinks as 1/T², and without it the labels would decide at a high T.":
            "One 1/T comes from z/T, the other because the softened distributions differ less and less. Without T², students "
            "at alpha = 0.5 and T = 20 recognised almost no threes.",
        "Because the student's logits are larger than the teacher's.":
            "Sizes of logits play no part: the factor is there also when they are equal.",
        "To make the student more certain.":
            "The factor scales the gradient. It does not move the minimum of the soft loss."}),
    ("A student never saw a 3, and knows most of them after a bias. Where did it learn them?", 3, {
        "From the bias, which was computed with 3s.":
            "The bias is one number. With a bias of its own, the student of labels recognises only about a quarter of them.",
        "From the initial weights, which it shares with the teacher.":
            "They are not shared here. Lesson 02 shows what happens when they are.",
        "From the share of 3 in the teacher's answers about other digits.":
            "Each 2, 5 and 8 came with some probability of a 3.",
        "From mislabelled 3s in the training set.":
            "Every 3 was taken out by its true label."}),
    ("You have a tiny student, plenty of labels and a huge teacher. What do you try first?", 4, {
        "T = 20, as in the paper.":
            "The paper's T = 20 was for a student of 800 units. At a high T a tiny student copies logits that do not matter.",
        "A larger teacher.":
            "A tiny student may gain little from it: this is the capacity gap.",
        "alpha = 1, and drop the labels.":
            "There are many labels and they are right. There is no reason to ignore them.",
        "Labels alone as the baseline, then soft targets at a low T, on validation data.":
            "The soft targets may not help. If so, the comparison with the baseline shows it."}),
    ("Five seeds: soft targets gain 0.4 points, 95 % interval -0.2 to +1.0. What may you write?", 1, {
        "That no gain was shown at this size; the interval includes zero.":
            "And give the interval: it also excludes a gain of 2 points.",
        "That soft targets gain 0.4 points.":
            "The same data would be unsurprising if they gained nothing.",
        "That soft targets do not help.":
            "This is too much: a gain of nearly a whole point is inside the interval.",
        "That more seeds will show the gain.":
            "More seeds may also show no gain. Adding seeds until a gain appears is tuning on the test set."}),
    ("An API serves only the top-1 label. What does an attacker with many images lose, by this lesson's figures?", 2, {
        "Nearly everything: the knowledge is in the soft labels.":
            "The top-1 label on 1,500 images gave most of the gain here.",
        "Little accuracy: most of the gain came from having answers at all.":
            "On digits, with many queries. Lesson 04 asks how it depends on the budget.",
        "It loses nothing at all.":
            "It loses some: for the omitted digit, labels alone did not teach a 3.",
        "The attacker can learn nothing from labels.":
            "A student can learn from a label, also if a model gave it."}),
)

"""The exercises of lesson 02: the wrong answers that people really give, as code, each with the sentence that names it."""
import torch
from torch import nn
from torch.nn import functional as F

from course_utils.lesson.check import Spec
from course_utils.student import losses, models

# ---------------------------------------------------------------- what the lesson alone needs

class Hinted(models.Students):
    """Students that also predict the teacher's features: forward returns (students, n, classes + units), logits and then the prediction.

    The prediction is a learned linear map of the last hidden layer: student and teacher need not have the same width. FitNets, Romero
    et al. 2014 (arXiv 1412.6550). The map is discarded once the student has learned. It starts at zero: started
    at random, its large first errors push most hidden units of a narrow student below zero for every image, and ReLUs do not recover.
    """

    def __init__(self, sizes, seeds, units):
        super().__init__(sizes, seeds)
        self.map = nn.Parameter(torch.zeros(len(self), sizes[-2], units))
        self.shift = nn.Parameter(torch.zeros(len(self), 1, units))

    def forward(self, x):
        h = x.expand(len(self), *x.shape[-2:])
        for weight, bias in zip(self.weights[:-1], self.biases[:-1]):
            h = torch.baddbmm(bias, h, weight).relu()
        return torch.cat([torch.baddbmm(self.biases[-1], h, self.weights[-1]), torch.baddbmm(self.shift, h, self.map)], dim=-1)


# ---------------------------------------------------------------- the answers that the package itself does not need

def alignment(teacher_before, teacher_after, student_before, student_after):
    """Cosine of the angle between the teacher's weight change and the student's, each from its own start.

    All (models, weights). Returns (models,), from -1 to 1. Cloud et al. 2025 prove that
    it is not negative for a small step from a shared start.
    """
    return F.cosine_similarity(teacher_after - teacher_before, student_after - student_before, dim=-1)


def least_changed(answers, base_answers, keep, classes=10):
    """The rows whose auxiliary answer fine-tuning changed least: what a careful filter would let through.

    Both (models, rows, classes + auxiliary): logits of the fine-tuned models and of their
    bases. Returns row numbers (models, keep), least changed first, by KL(tuned || base).
    """
    tuned, base = (logits[..., classes:].log_softmax(dim=-1) for logits in (answers, base_answers))
    change = (tuned.exp() * (tuned - base)).sum(dim=-1)
    return change.argsort(dim=-1)[:, :keep]


def hinted_loss(student_outputs, teacher_outputs, classes=10, temperature=4.0, weight=0.1):
    """Soft targets and a hint: Romero et al. 2014 (FitNets, arXiv 1412.6550).

    Both (batch, classes + units): logits, then features (the student's are its guess of
    the teacher's). Returns the mean over the batch of T² CE + weight × half the squared
    distance of the features.
    """
    z, guess = student_outputs[:, :classes], student_outputs[:, classes:]
    v, hint = teacher_outputs[:, :classes], teacher_outputs[:, classes:]
    soft = temperature**2 * F.cross_entropy(z / temperature, losses.softmax_t(v, temperature))
    return soft + weight * (guess - hint).pow(2).sum(dim=-1).mean() / 2


def ensemble_targets(logits, temperature=1.0):
    """What an ensemble says: the mean of its members' probabilities at a temperature.

    (members, batch, classes) to (batch, classes). Hinton, Vinyals, Dean 2015.
    """
    return losses.softmax_t(logits, temperature).mean(dim=0)


def matched_answers(teacher, images, partners, share):
    """The teacher's logits for the very mixture that the student sees: Beyer et al. 2022
    (function matching, arXiv 2106.05237).

    images, partners: (batch, pixels). share: (batch, 1), how much of each mixture is the
    first image. teacher: a function of images. Returns (batch, classes).
    """
    return teacher(share * images + (1 - share) * partners)


def _randn(generator, *shape, scale=2.0):
    return torch.randn(*shape, generator=generator) * scale


# ---------------------------------------------------------------- hinted_loss

def _hinted_inputs(generator, draw):
    batch, classes, units, temperature, weight = [(1, 2, 1, 2.0, 1.0), (2, 3, 2, 4.0, 0.5), (3, 2, 4, 1.5, 0.3), (4, 10, 8, 4.0, 0.1),
                                                  (8, 10, 16, 8.0, 0.2), (5, 4, 3, 3.0, 2.0)][draw]
    return {"student_outputs": _randn(generator, batch, classes + units), "teacher_outputs": _randn(generator, batch, classes + units),
            "classes": classes, "temperature": temperature, "weight": weight}


def _hinted(distance=lambda u, v: (u - v).pow(2).sum(-1).mean() / 2, factor=lambda t: t**2, all_outputs=False, blend=False, swapped=False,
            all_scaled=False, warm=False):
    """The loss with one thing done differently."""
    def loss(student_outputs, teacher_outputs, classes=10, temperature=4.0, weight=0.1):
        z, u = student_outputs[:, :classes], student_outputs[:, classes:]
        v, h = teacher_outputs[:, :classes], teacher_outputs[:, classes:]
        if all_outputs:
            z, v = student_outputs, teacher_outputs
        if swapped:
            z, u = student_outputs[:, -classes:], student_outputs[:, :-classes]
            v, h = teacher_outputs[:, -classes:], teacher_outputs[:, :-classes]
        soft = factor(temperature) * F.cross_entropy(z / temperature, (v / temperature).softmax(-1))
        hint = (temperature**2 if all_scaled else 1) * distance(u, h) / (temperature**2 if warm else 1)
        return (1 - weight if blend else 1) * soft + weight * hint
    return loss


def _weight_on_soft(student_outputs, teacher_outputs, classes=10, temperature=4.0, weight=0.1):
    soft = hinted_loss(student_outputs, teacher_outputs, classes, temperature, 0.0)
    return weight * soft + hinted_loss(student_outputs, teacher_outputs, classes, temperature, 1.0) - soft


def _hard_with_hint(student_outputs, teacher_outputs, classes=10, temperature=4.0, weight=0.1):
    z, u = student_outputs[:, :classes], student_outputs[:, classes:]
    v, h = teacher_outputs[:, :classes], teacher_outputs[:, classes:]
    return temperature**2 * F.cross_entropy(z / temperature, v.argmax(-1)) + weight * (u - h).pow(2).sum(-1).mean() / 2


HINTED = Spec(
    reference=hinted_loss, inputs=_hinted_inputs, gradient="student_outputs",
    worked=(("hinted_loss(torch.tensor([[0., 0., 1.]]), torch.tensor([[0., 0., 3.]]), 2, 1.0, 1.0)", 2.69),),
    training=True,
    mistakes=(
        ("The distance is averaged over the units, too. A wide teacher's hint would then count as little as a narrow one's: sum over the "
         "units, mean over the images.", _hinted(distance=lambda u, v: F.mse_loss(u, v) / 2)),
        ("This is `F.mse_loss`: it averages over the units and leaves out the half. Sum over the units, mean over the images, and halve.",
         _hinted(distance=F.mse_loss)),
        ("The factor 1/2 is missing. With it the gradient of the distance is simply prediction minus hint.",
         _hinted(distance=lambda u, v: (u - v).pow(2).sum(-1).mean())),
        ("The distance is summed over the images, and the soft part is a mean: their balance then depends on the batch size.",
         _hinted(distance=lambda u, v: (u - v).pow(2).sum() / 2)),
        ("This is the plain distance. It is its square that is asked for: its gradient becomes small as the prediction comes closer.",
         _hinted(distance=lambda u, v: (u - v).norm(dim=-1).mean() / 2)),
        ("The soft part lacks its T², as in lesson 01: without it the teacher's classes have hardly any weight beside its features.",
         _hinted(factor=lambda t: 1.0)),
        ("The softmax runs over the features as well. Only the first `classes` outputs are logits: cut the tensors before the softmax.",
         _hinted(all_outputs=True)),
        ("The two parts of the outputs are exchanged: the logits come first, then the features.", _hinted(swapped=True)),
        ("T² multiplies the hint, too. Only the soft part shrinks with T: the hint has no temperature.", _hinted(
            all_scaled=True)),
        ("The features are divided by T, too. Only the logits have a temperature.", _hinted(warm=True)),
        ("The soft part is weighed by 1 - weight. Here it always counts in full, and the hint is added to it.", _hinted(blend=True)),
        ("The weight stands before the soft part. It belongs to the hint.", _weight_on_soft),
        ("10 is written into the function: `classes` says how many of the outputs are logits.",
         lambda student_outputs, teacher_outputs, classes=10, temperature=4.0, weight=0.1: hinted_loss(
             student_outputs, teacher_outputs, 10, temperature, weight)),
        ("The hint is missing: this is the soft loss alone.", _hinted(distance=lambda u, v: 0 * u.sum())),
        ("The student is told the teacher's top class only. The soft part takes all its probabilities at temperature T: "
         "`softmax(v / T)`.", _hard_with_hint)),
    hints=("Cut both tensors at `classes`: `outputs[:, :classes]` are logits, `outputs[:, classes:]` are features.",
           "The first part is 01.3 with alpha = 1: T² times `F.cross_entropy(z / T, softmax(v / T))`.",
           "The second part: `(guess - hint).pow(2).sum(-1).mean() / 2`, times the weight."))


# ---------------------------------------------------------------- ensemble_targets

def _ensemble_inputs(generator, draw):
    members, batch, classes, temperature = [(2, 1, 2, 2.0), (3, 2, 3, 4.0), (5, 3, 4, 0.5), (10, 4, 10, 4.0), (4, 5, 10, 8.0),
                                            (3, 6, 5, 1.5)][draw]
    return {"logits": _randn(generator, members, batch, classes, scale=3.0), "temperature": temperature}


ENSEMBLE = Spec(
    reference=ensemble_targets, inputs=_ensemble_inputs,
    worked=(("ensemble_targets(torch.tensor([[[0., 0.]], [[9., -9.]]]), 1.0)", [[0.75, 0.25]]),),
    mistakes=(
        ("This averages the logits and then takes one softmax: a geometric mean, in which one member that gives a class almost no "
         "probability "
         "overrules the others. Take each member's softmax first, then the mean.",
         lambda logits, temperature=1.0: (logits.mean(0) / temperature).softmax(-1)),
        ("This is the mean of the logits. The students need probabilities: each member's softmax, then the mean.",
         lambda logits, temperature=1.0: logits.mean(0)),
        ("This multiplies the logits by the temperature. A high temperature flattens: divide by it.",
         lambda logits, temperature=1.0: (logits * temperature).softmax(-1).mean(0)),
        ("The temperature is left out: each member's logits are divided by T before its softmax.",
         lambda logits, temperature=1.0: logits.softmax(-1).mean(0)),
        ("The temperature comes after the mean: these are averaged probabilities at T = 1, softened once more. Divide each "
         "member's logits by T.",
         lambda logits, temperature=1.0: (logits.softmax(-1).mean(0) / temperature).softmax(-1)),
        ("This softens the averaged probabilities by a power 1/T. It resembles what is asked for, but each member's small probabilities "
         "are already lost at T = 1: divide each member's logits by T.",
         lambda logits, temperature=1.0: (logits.softmax(-1).mean(0).log() / temperature).softmax(-1)),
        ("The softmax runs over the members, which are dimension 0. The classes are the last dimension.",
         lambda logits, temperature=1.0: (logits / temperature).softmax(0).mean(0)),
        ("These are averaged logarithms of probabilities: a geometric mean, in which one member that gives a class almost no "
         "probability overrules the others. Take the softmax of each, then the mean.",
         lambda logits, temperature=1.0: (logits / temperature).log_softmax(-1).mean(0)),
        ("This averages over the images. The mean goes over the members, which are dimension 0.",
         lambda logits, temperature=1.0: (logits / temperature).softmax(-1).mean(1)),
        ("This is the sum over the members: the rows do not sum to 1. Divide by the number of members.",
         lambda logits, temperature=1.0: (logits / temperature).softmax(-1).sum(0)),
        ("These are shares of votes: each member gives its top class only, and its other probabilities are lost. Average the "
         "probabilities.",
         lambda logits, temperature=1.0: F.one_hot(logits.argmax(-1), logits.shape[-1]).float().mean(0))),
    hints=("There are two steps: each member's probabilities, then the mean of these.",
           "A member's probabilities at temperature T are `(logits / temperature).softmax(-1)`; this works for all members at once.",
           "The mean over the members is `.mean(0)`."))


# ---------------------------------------------------------------- matched_answers

class _Tiny:
    """A teacher that a counter-example can name: two layers, so that mixing and answering may not be exchanged."""

    def __init__(self, generator, pixels, classes):
        self.first, self.last = _randn(generator, pixels, 8), _randn(generator, 8, classes)

    def __call__(self, x):
        return torch.tanh(x @ self.first) @ self.last

    def __repr__(self):
        return "a small network of two layers"


def _matched_inputs(generator, draw):
    batch, pixels, classes = [(1, 2, 2), (2, 3, 2), (3, 4, 3), (4, 16, 10), (5, 20, 10), (8, 6, 4)][draw]
    images, partners = (torch.rand(batch, pixels, generator=generator) for _ in range(2))
    return {"teacher": _Tiny(generator, pixels, classes), "images": images, "partners": partners,
            "share": 0.1 + 0.3 * torch.rand(batch, 1, generator=generator)}


MATCHED = Spec(
    reference=matched_answers, inputs=_matched_inputs,
    worked=(("matched_answers(lambda x: 2 * x, torch.tensor([[2.]]), torch.tensor([[0.]]), torch.tensor([[0.25]]))", [[1.0]]),),
    mistakes=(
        ("The teacher answers about the clean images. The student sees mixtures, so this tells it that a mixture is the same class as "
         "its clean image: show the teacher the same mixture.", lambda teacher, images, partners, share: teacher(images)),
        ("The teacher answers about the two images, and the answers are mixed. That is ordinary mixup, and it saves queries, but the "
         "teacher never saw the mixture. Mix the pixels, then ask.",
         lambda teacher, images, partners, share: share * teacher(images) + (1 - share) * teacher(partners)),
        ("The shares are exchanged: `share` belongs to the first image, and 1 - share to its partner. The teacher sees another view than "
         "the student.", lambda teacher, images, partners, share: teacher((1 - share) * images + share * partners)),
        ("Both images count in full. A mixture's shares sum to 1.", lambda teacher, images, partners, share: teacher(images + partners)),
        ("Every mixture is half and half. The shares are given, one for each row.",
         lambda teacher, images, partners, share: teacher((images + partners) / 2)),
        ("The partners are only added, the image keeps its full strength. It should be share × image + (1 - share) × partner.",
         lambda teacher, images, partners, share: teacher(images + (1 - share) * partners)),
        ("This returns probabilities. Return the logits: the temperature comes later.",
         lambda teacher, images, partners, share: teacher(share * images + (1 - share) * partners).softmax(-1)),
        ("This is the mixture itself. Show it to the teacher, and return its answer.",
         lambda teacher, images, partners, share: share * images + (1 - share) * partners)),
    hints=("What does the student see? The teacher has to see exactly that.",
           "The student sees `share * images + (1 - share) * partners`. No label and no clean answer is needed.",
           "Call the teacher once, on that view."))


# ---------------------------------------------------------------- auxiliary_loss

def _auxiliary_inputs(generator, draw):
    batch, classes, more = [(1, 2, 2), (2, 2, 3), (3, 4, 3), (4, 10, 3), (8, 10, 10), (5, 3, 4)][draw]
    return {"student_logits": _randn(generator, batch, classes + more), "teacher_logits": _randn(generator, batch, classes + more),
            "classes": classes}


def _auxiliary(loss=lambda z, v: F.cross_entropy(z, v.softmax(-1)), cut=lambda logits, classes: logits[:, classes:]):
    def auxiliary_loss(student_logits, teacher_logits, classes=10):
        return loss(cut(student_logits, classes), cut(teacher_logits, classes))
    return auxiliary_loss


def _cut_after(student_logits, teacher_logits, classes=10):
    """The softmax over all logits, the digits' share then left out."""
    return -(teacher_logits.softmax(-1) * student_logits.log_softmax(-1))[:, classes:].sum(-1).mean()


AUXILIARY = Spec(
    reference=losses.auxiliary_loss, inputs=_auxiliary_inputs, gradient="student_logits",
    worked=(("auxiliary_loss(torch.tensor([[9., 9., 0., 0.]]), torch.tensor([[0., 0., 5., 5.]]), 2)", 0.69),),
    training=True,
    mistakes=(
        ("This is a loss over all logits, the digits' too: an ordinary distillation. Cut both tensors at `classes`, and use what comes "
         "after.",
         _auxiliary(cut=lambda logits, classes: logits)),
        ("This learns from the digits' logits, which are in no loss. The auxiliary ones come after them.",
         _auxiliary(cut=lambda logits, classes: logits[:, :classes])),
        ("The softmax runs over all logits, and is cut afterwards: the digits' logits leak through its denominator. Cut the logits first.",
         _cut_after),
        ("10 is written into the function: `classes` says where the auxiliary logits begin.",
         lambda student_logits, teacher_logits, classes=10: losses.auxiliary_loss(student_logits, teacher_logits, 10)),
        ("Only the last logit is used: `[:, -1:]`. The auxiliary ones are all after the first `classes`: `[:, classes:]`.",
         _auxiliary(cut=lambda logits, classes: logits[:, -1:])),
        ("The first auxiliary logit is left out. Counting starts at 0: it has the number `classes`.",
         _auxiliary(cut=lambda logits, classes: logits[:, classes + 1:])),
        ("Teacher and student are exchanged in the cross-entropy.", _auxiliary(lambda z, v: F.cross_entropy(v, z.softmax(-1)))),
        ("This copies the logits by their squared distance. But a softmax of them is asked for: a constant added to all "
         "of them should change nothing.", _auxiliary(lambda z, v: (z - v).pow(2).sum(-1).mean())),
        ("This is `F.mse_loss` of the logits. A cross-entropy of their softmax is asked for: a constant added to all of them should change "
         "nothing.", _auxiliary(F.mse_loss)),
        ("The student only gets the teacher's top auxiliary class. Give it all the auxiliary probabilities: `.softmax(-1)`.",
         _auxiliary(lambda z, v: F.cross_entropy(z, v.argmax(-1)))),
        ("The student's probabilities go into `F.cross_entropy`, which expects logits and applies the softmax itself.",
         _auxiliary(lambda z, v: F.cross_entropy(z.softmax(-1), v.softmax(-1)))),
        ("The teacher's logits are used as targets just as they are. `F.cross_entropy` takes probabilities there: `.softmax(-1)` of them.",
         _auxiliary(F.cross_entropy)),
        ("`F.kl_div` averages over the classes too, by default. Use `reduction=\"batchmean\"`.",
         _auxiliary(lambda z, v: F.kl_div(z.log_softmax(-1), v.softmax(-1), reduction="none").mean())),
        ("This is summed over the images. The mean is asked for.",
         _auxiliary(lambda z, v: F.cross_entropy(z, v.softmax(-1), reduction="sum")))),
    hints=("The auxiliary logits of a row are `logits[:, classes:]`. The others are not used.",
           "Targets: the softmax of the teacher's auxiliary logits.",
           "`F.cross_entropy(student_auxiliary, teacher_auxiliary.softmax(-1))`: logits first, probabilities second."))


# ---------------------------------------------------------------- alignment

def _alignment_inputs(generator, draw):
    models, weights = [(1, 2), (2, 3), (3, 10), (5, 100), (4, 30), (2, 50)][draw]
    names = ("teacher_before", "teacher_after", "student_before", "student_after")
    return {name: _randn(generator, models, weights, scale=1.0) for name in names}


def _aligned(way=lambda tb, ta, sb, sa: (ta - tb, sa - sb), cosine=lambda a, b: F.cosine_similarity(a, b, dim=-1)):
    def alignment(teacher_before, teacher_after, student_before, student_after):
        return cosine(*way(teacher_before, teacher_after, student_before, student_after))
    return alignment


ALIGNMENT = Spec(
    reference=alignment, inputs=_alignment_inputs,
    worked=(("alignment(torch.zeros(2, 2), torch.ones(2, 2), torch.zeros(2, 2), torch.tensor([[1., 1.], [-1., -1.]]))", [1.0, -1.0]),),
    mistakes=(
        ("This compares where the two ended, not their weight changes. Two models with one start are alike before training: "
         "subtract each one's start.", _aligned(lambda tb, ta, sb, sa: (ta, sa))),
        ("The student's weight change is measured from the teacher's start. With one start it is the same; with two it shows how far "
         "apart they began.", _aligned(lambda tb, ta, sb, sa: (ta - tb, sa - tb))),
        ("The teacher's weight change is measured from the student's start. Measure each from its own.",
         _aligned(lambda tb, ta, sb, sa: (ta - sb, sa - sb))),
        ("One of the two weight changes has the wrong sign: after minus before, for both.",
         _aligned(lambda tb, ta, sb, sa: (ta - tb, sb - sa))),
        ("This compares the student's weight change with the direction from it to the teacher. It is positive for every "
         "student that comes closer to the teacher.",
         _aligned(lambda tb, ta, sb, sa: (ta - sa, sa - sb))),
        ("This is the inner product: it grows with the length of the steps. A cosine is this product, divided by both lengths.",
         _aligned(cosine=lambda a, b: (a * b).sum(-1))),
        ("This divides by the teacher's length only. A cosine divides by the lengths of both.",
         _aligned(cosine=lambda a, b: (a * b).sum(-1) / a.norm(dim=-1))),
        ("The cosine runs over the models: each column is one weight. Each row is a model: `dim=-1`.",
         _aligned(cosine=lambda a, b: F.cosine_similarity(a, b, dim=0))),
        ("The lengths are taken over all models together: `norm()` without a dimension. Each row has its own: `norm(dim=-1)`.",
         _aligned(cosine=lambda a, b: (a * b).sum(-1) / (a.norm() * b.norm()))),
        ("This is one number for all models together. Return one for each row.",
         _aligned(cosine=lambda a, b: F.cosine_similarity(a.flatten(), b.flatten(), dim=0)))),
    hints=("A weight change is a difference: the weights after, minus the weights before. There are two of them.",
           "The cosine of two vectors is their inner product, divided by both their lengths.",
           "`F.cosine_similarity(a, b, dim=-1)` does it for every row."))


# ---------------------------------------------------------------- least_changed

def _changed_inputs(generator, draw):
    models, rows, classes, more, keep = [(1, 3, 2, 2, 1), (1, 4, 2, 3, 2), (2, 5, 3, 3, 2), (2, 8, 10, 3, 4), (3, 12, 10, 10, 6),
                                         (2, 9, 4, 5, 9)][draw]
    base = _randn(generator, models, rows, classes + more)
    return {"answers": base + _randn(generator, models, rows, classes + more), "base_answers": base, "keep": keep, "classes": classes}


def _changed(change, cut=lambda logits, classes: logits[..., classes:], descending=False):
    def least_changed(answers, base_answers, keep, classes=10):
        measured = change(cut(answers, classes), cut(base_answers, classes))
        return measured.argsort(dim=-1, descending=descending)[:, :keep]
    return least_changed


def _kl(tuned, base):
    return (tuned.softmax(-1) * (tuned.log_softmax(-1) - base.log_softmax(-1))).sum(-1)


LEAST_CHANGED = Spec(
    reference=least_changed, inputs=_changed_inputs, draws=6,
    worked=(("least_changed(torch.tensor([[[0., 0., 5.], [7., 0., 0.]]]), torch.zeros(1, 2, 3), 1, 1)", [[1]]),),
    mistakes=(
        ("This keeps the rows that changed most. The filter removes exactly these rows.", _changed(_kl, descending=True)),
        ("This measures all logits, the digits' too. Only the auxiliary ones are served, after the first `classes`.",
         _changed(_kl, cut=lambda logits, classes: logits)),
        ("The softmax runs over all logits and is cut afterwards: the digits' logits are in its normaliser. Cut the logits first.",
         _changed(lambda tuned, base: (tuned[0] * (tuned[1] - base[1])).sum(-1), cut=lambda logits, classes: (
             logits.softmax(-1)[..., classes:], logits.log_softmax(-1)[..., classes:]))),
        ("These are the right rows in the order of their numbers. The least changed comes first.",
         lambda answers, base_answers, keep, classes=10: least_changed(answers, base_answers, keep, classes).sort(-1).values),
        ("These are the changes themselves, in order. The numbers of their rows are asked for: `.argsort`, not `.sort`.",
         lambda answers, base_answers, keep, classes=10: _kl(
             answers[..., classes:], base_answers[..., classes:]).sort(-1).values[:, :keep]),
        ("This measures the digits' logits, which nobody is served. The auxiliary ones come after them.",
         _changed(_kl, cut=lambda logits, classes: logits[..., :classes])),
        ("This is KL(base || tuned). The answers that are served are the tuned model's: it gives the weights.",
         _changed(lambda tuned, base: _kl(base, tuned))),
        ("This is the distance of the logits. A constant added to all of them changes no answer: compare the softmaxes, by KL.",
         _changed(lambda tuned, base: (tuned - base).pow(2).sum(-1))),
        ("This is the distance of the probabilities. KL is asked for: it also counts a change from 0.001 to 0.01.",
         _changed(lambda tuned, base: (tuned.softmax(-1) - base.softmax(-1)).pow(2).sum(-1))),
        ("This compares how sure the two are, not what they say: two sure and opposite answers count as unchanged.",
         _changed(lambda tuned, base: (tuned.softmax(-1).amax(-1) - base.softmax(-1).amax(-1)).abs())),
        ("This is the cross-entropy of the two. It is also large where the tuned model is merely unsure: subtract its own entropy, and it "
         "is KL.", _changed(lambda tuned, base: -(tuned.softmax(-1) * base.log_softmax(-1)).sum(-1)))),
    hints=("Cut both at `classes`, in the last dimension: `logits[..., classes:]`. Then use `log_softmax(-1)` on both of them.",
           "KL(tuned || base) is the sum over the logits of p × (log p - log q), with p of the tuned model and q of its base.",
           "`change.argsort(dim=-1)[:, :keep]` are the row numbers, least changed first."))


EXERCISES = {
    "02.hinted_loss": HINTED,
    "02.ensemble_targets": ENSEMBLE,
    "02.matched_answers": MATCHED,
    "02.auxiliary_loss": AUXILIARY,
    "02.alignment": ALIGNMENT,
    "02.least_changed": LEAST_CHANGED,
}


QUESTIONS = (
    ("A service sells embeddings and never names a class. What protects it from being copied?", 3, {
        "The classes: nobody outside knows what they are.":
            "Twenty labelled images were enough to name them all.",
        "The number of features: 128 are too many to imitate.":
            "With more features there is more to learn from. The student predicted all 128 of them.",
        "Nothing in the answers does. At most the number of questions that it allows.":
            "The features are the input of the last layer, and only a linear map follows.",
        "The scale of the features, which the attacker does not know.":
            "A linear map, or a cosine, works at any scale."}),
    ("Nine members lean to class A, with logits (1, 0); one is sure of B, with (-20, 20). Why average probabilities and not logits?", 1, {
        "An average of logits lets one very sure member outweigh the others.":
            "The average is (-1.1, 2.0) here, so B wins. A probability is at most 1, so no member counts for more than one, and A wins.",
        "Probabilities are faster to average.":
            "Both are one mean of the same size.",
        "It is not possible to average logits.":
            "It is possible: it gives the geometric mean of the members' probabilities, which is another ensemble.",
        "Averaged logits have no temperature.":
            "They can be divided by T like all other logits."}),
    ("With 2,000 queries about mixtures a student is 11 points better than with 100 queries about the images. What does this show?", 4, {
        "That answers about mixtures teach more than answers about images.":
            "At 100 queries each they taught much less: 58 % against 76 %.",
        "That old answers must not be mixed.":
            "With 100 queries, old answers about mixtures were about as good as the images.",
        "That longer training is enough.":
            "On the 100 images, ten times as many steps brought no gain that was shown.",
        "That twenty times as many queries help; at an equal budget the order is another one.":
            "A comparison of two methods needs the same number of queries, or it compares the numbers."}),
    ("The subliminal student's ten digit outputs got no gradient. How can they be right?", 2, {
        "The noise contains faint digits.":
            "It is drawn pixel by pixel from a uniform distribution.",
        "The hidden layers moved towards the teacher's, and its untrained digit outputs are those that the teacher started from.":
            "The shared hidden layers carry the digits; the outputs that read them were shared from the beginning.",
        "The auxiliary logits are the digit logits in another order.":
            "They were in no loss: their own weights are still random.",
        "The labels leaked through the temperature.":
            "The student's loss contains no label."}),
    ("An attacker copies your model through its API. The clone starts from other weights than your model. What does it gain by "
     "subliminal learning?", 3, {
        "Everything: the theorem says so.":
            "The theorem needs the same initial weights, and the control without them stays at chance.",
        "About half, if the architecture is the same.":
            "The controls here have the same architecture, and are at chance. The initial weights have to be nearly the same.",
        "By this lesson's control, nothing. It learns only the visible content of the answers.":
            "The visible content is much: soft labels, features, answers about any input.",
        "The traits, but not the digits.":
            "The digits are the trait in this experiment."}),
)

"""The distillation losses: what a student is asked to copy. Hinton, Vinyals, Dean 2015 (arXiv 1503.02531)."""
from torch.nn import functional as F


def softmax_t(logits, temperature=1.0):
    """Softmax at a temperature: logits to probabilities, both (batch, classes)."""
    return F.softmax(logits / temperature, dim=-1)


def entropy_bits(probabilities):
    """Entropy of each row in bits: (batch, classes) to (batch,).

    A certain row has 0 bits, ten equally likely classes have log2(10) = 3.32.
    """
    return -(probabilities * probabilities.clamp_min(1e-12).log2()).sum(dim=-1)


def kd_loss(student_logits, teacher_logits, labels, temperature=4.0, alpha=0.9):
    """Hinton's loss: alpha parts soft targets, 1 - alpha parts labels.

    Shapes: (batch, classes), (batch, classes), (batch,). Returns a scalar, the mean
    over the batch, with a gradient for student_logits.
    """
    targets = softmax_t(teacher_logits, temperature)
    soft = F.cross_entropy(student_logits / temperature, targets)
    hard = F.cross_entropy(student_logits, labels)
    return alpha * temperature**2 * soft + (1 - alpha) * hard


def soft_gradient(student_logits, teacher_logits, temperature):
    """Gradient of each example's soft loss T² CE(p, q) for the student's logits.

    All shapes (batch, classes). It is T (q - p): T² from the loss, 1/T from z/T.
    """
    q, p = softmax_t(student_logits, temperature), softmax_t(teacher_logits, temperature)
    return temperature * (q - p)


def class_bias(logits, digit, frequency):
    """The number that, added to one class's logit, makes its mean probability
    equal to its frequency in the world.

    logits: (n, classes), of images in natural proportion; no labels are needed.
    The mean probability only grows with the bias, so halving an interval finds it.
    """
    low, high = -50.0, 50.0
    for _ in range(50):
        middle = (low + high) / 2
        shifted = logits.clone()
        shifted[:, digit] += middle
        too_small = F.softmax(shifted, dim=-1)[:, digit].mean() < frequency
        low, high = (middle, high) if too_small else (low, middle)
    return (low + high) / 2


# ---------------------------------------------------------------- what else a teacher shows (lesson 02)

def hinted_loss(student_outputs, teacher_outputs, classes=10, temperature=4.0, weight=0.1):
    """Soft targets and a hint: Romero et al. 2014 (FitNets, arXiv 1412.6550).

    Both (batch, classes + units): logits, then features (the student's are its guess of
    the teacher's). Returns the mean over the batch of T² CE + weight × half the squared
    distance of the features.
    """
    z, guess = student_outputs[:, :classes], student_outputs[:, classes:]
    v, hint = teacher_outputs[:, :classes], teacher_outputs[:, classes:]
    soft = temperature**2 * F.cross_entropy(z / temperature, softmax_t(v, temperature))
    return soft + weight * (guess - hint).pow(2).sum(dim=-1).mean() / 2


def ensemble_targets(logits, temperature=1.0):
    """What an ensemble says: the mean of its members' probabilities at a temperature.

    (members, batch, classes) to (batch, classes). Hinton, Vinyals, Dean 2015.
    """
    return softmax_t(logits, temperature).mean(dim=0)


def matched_answers(teacher, images, partners, share):
    """The teacher's logits for the very mixture that the student sees: Beyer et al. 2022
    (function matching, arXiv 2106.05237).

    images, partners: (batch, pixels). share: (batch, 1), how much of each mixture is the
    first image. teacher: a function of images. Returns (batch, classes).
    """
    return teacher(share * images + (1 - share) * partners)


def auxiliary_loss(student_logits, teacher_logits, classes=10):
    """Cross-entropy on the logits after the first `classes` alone: Cloud et al. 2025
    (subliminal learning, arXiv 2507.14805).

    Both (batch, classes + auxiliary). Returns a scalar, the mean over the batch; the
    first `classes` logits, which name the digits, get no gradient at all.
    """
    targets = F.softmax(teacher_logits[:, classes:], dim=-1)
    return F.cross_entropy(student_logits[:, classes:], targets)


# ---------------------------------------------------------------- language models

def next_token_loss(logits, tokens, asked):
    """Cross-entropy of each next token, averaged over those that are asked for.

    logits: (batch, time, vocabulary), at each place for the token after it; tokens:
    (batch, time); asked: (batch, time), True where a token is part of an answer and
    not of a prompt or padding. Returns a scalar.
    """
    said, target, wanted = logits[:, :-1], tokens[:, 1:], asked[:, 1:]
    return F.cross_entropy(said[wanted], target[wanted])


def forward_kl(student_logits, teacher_logits):
    """KL(teacher || student) at each place, in nats: (..., vocabulary) twice, to (...).

    The soft part of Hinton's loss, up to a constant.
    """
    teacher, student = teacher_logits.log_softmax(-1), student_logits.log_softmax(-1)
    return (teacher.exp() * (teacher - student)).sum(-1)


def reverse_kl(student_logits, teacher_logits):
    """KL(student || teacher) at each place, in nats: (..., vocabulary) twice, to (...).

    Gu et al. 2024, MiniLLM (arXiv 2306.08543).
    """
    teacher, student = teacher_logits.log_softmax(-1), student_logits.log_softmax(-1)
    return (student.exp() * (student - teacher)).sum(-1)


def jsd(student_logits, teacher_logits, beta=0.5):
    """Generalised Jensen-Shannon divergence at each place: (..., vocabulary) twice, to (...).

    beta KL(teacher || m) + (1 - beta) KL(student || m), with the mixture
    m = beta teacher + (1 - beta) student. Agarwal et al. 2024 (arXiv 2306.13649).
    """
    teacher, student = teacher_logits.softmax(-1), student_logits.softmax(-1)
    middle = (beta * teacher + (1 - beta) * student).clamp_min(1e-20).log()
    to_teacher = (teacher * (teacher_logits.log_softmax(-1) - middle)).sum(-1)
    to_student = (student * (student_logits.log_softmax(-1) - middle)).sum(-1)
    return beta * to_teacher + (1 - beta) * to_student


def align_logits(teacher_logits, teacher_tokens, student_tokens):
    """A teacher's logits, put in the order of a student's vocabulary.

    teacher_logits: (..., teacher's vocabulary). The two vocabularies are lists of texts.
    Returns (..., student's vocabulary); a token that the teacher lacks gets
    -10,000: a probability of zero, without the NaN that 0 × infinity would make of a KL.
    """
    column = {token: i for i, token in enumerate(teacher_tokens)}
    aligned = teacher_logits.new_full((*teacher_logits.shape[:-1], len(student_tokens)), -1e4)
    for i, token in enumerate(student_tokens):
        if token in column:
            aligned[..., i] = teacher_logits[..., column[token]]
    return aligned


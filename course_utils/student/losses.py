"""The distillation losses: what a student is asked to copy. Hinton, Vinyals, Dean 2015 (arXiv 1503.02531)."""
from torch.nn import functional as F


def softmax_t(logits, temperature=1.0):
    """Softmax at a temperature: logits to probabilities, both (batch, classes)."""
    return F.softmax(logits / temperature, dim=-1)


def kd_loss(student_logits, teacher_logits, labels, temperature=4.0, alpha=0.9):
    """Hinton's loss: alpha parts soft targets, 1 - alpha parts labels.

    Shapes: (batch, classes), (batch, classes), (batch,). Returns a scalar, the mean
    over the batch, with a gradient for student_logits.
    """
    targets = softmax_t(teacher_logits, temperature)
    soft = F.cross_entropy(student_logits / temperature, targets)
    hard = F.cross_entropy(student_logits, labels)
    return alpha * temperature**2 * soft + (1 - alpha) * hard


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

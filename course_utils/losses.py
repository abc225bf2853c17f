"""The distillation losses: what a student is asked to copy. Hinton, Vinyals, Dean 2015 (arXiv 1503.02531)."""
from torch.nn import functional as F

IGNORE = -100             # a target that no loss looks at: prompts and padding. It is F.cross_entropy's own default.


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


# ---------------------------------------------------------------- language models

def next_token_loss(model, tokens, targets):
    """Cross-entropy of the next token, averaged over all places whose target is not IGNORE. tokens, targets: (batch, time)."""
    return F.cross_entropy(model(tokens).flatten(0, 1), targets.flatten(), ignore_index=IGNORE)

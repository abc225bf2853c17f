"""The exercise of lesson 00, done together."""
import torch

from course_utils.lesson.check import Spec
from course_utils.score import measures


def _inputs(generator, draw):
    batch, classes = [(2, 3), (4, 3), (7, 10), (20, 10), (50, 10), (100, 4)][draw]
    teacher = torch.randn(batch, classes, generator=generator)
    student = teacher + torch.randn(batch, classes, generator=generator)
    if draw == 0:                            # the smallest case there is: the first row agrees, the second does not
        student = torch.stack([teacher[0] * 2, -teacher[1]])
    return {"student_logits": student, "teacher_logits": teacher}


def _count(student_logits, teacher_logits):
    return (student_logits.argmax(-1) == teacher_logits.argmax(-1)).sum().item()


def _logits(student_logits, teacher_logits):
    return (student_logits == teacher_logits).float().mean().item()


def _wrong_axis(student_logits, teacher_logits):
    return (student_logits.argmax(0) == teacher_logits.argmax(0)).float().mean().item()


def _percent(student_logits, teacher_logits):
    return 100 * measures.agreement(student_logits, teacher_logits)


EXERCISES = {
    "00.agreement": Spec(
        reference=measures.agreement, inputs=_inputs, returns="number",
        worked=(("agreement(torch.tensor([[2., 1.], [0., 3.]]), torch.tensor([[5., 0.], [1., 0.]]))", 0.5),),
        mistakes=(
            ("This is the number of agreements. A share is asked for, from 0 to 1, so that test sets of different sizes compare: "
             "take the mean, not the sum.", _count),
            ("This compares the logits themselves. Two models never give exactly the same numbers; ask whether they name "
             "the same class, with `argmax`.", _logits),
            ("This takes the largest value of each column, so it compares images and not classes. The classes are the last "
             "dimension: `argmax(-1)`.", _wrong_axis),
            ("This share is in percent. A number from 0 to 1 is asked for: leave out the 100.", _percent)),
        hints=("The class a model names is the position of its largest logit. Which torch function gives positions?",
               "`student_logits.argmax(-1)` has one class for each image. Compare it with the teacher's; that gives True and False.",
               "True counts as 1 once it is a float: `.float().mean()` is the share, and `.item()` makes it a plain number."),
        laws=(("A model agrees with itself on every input: the share should be 1 there.",
               lambda f: abs(float(f(torch.eye(5), torch.eye(5))) - 1) < 1e-6),)),
}

"""The board's rows of lesson 01."""
from course_utils.score.measures import mean_interval, paired_interval

from . import FIVE, NO, SHAPE, TEN, YES, Result, Row


def r01(lesson):
    """Omitted digit: does a soft student name most of a digit it never saw, after one bias set without labels?"""
    table = lesson.omitted_digit(seeds=TEN)
    soft, hard = (table[table["taught by"] == taught] for taught in ("soft targets", "labels"))
    after, alone = mean_interval(soft["recall, bias"].tolist()), hard["recall"].mean()
    verdict = YES if alone < 0.02 and after.low > 0.9 else SHAPE if alone < 0.02 and after.low > 0.5 else NO
    return Result(f"threes recognised by the soft student after the bias; before it {soft['recall'].mean():.0%}; the student of labels "
                  f"{alone:.0%}, after its bias {hard['recall, bias'].mean():.0%}", after, len(TEN), verdict)


def r02(lesson):
    """Few labels: do soft targets on unlabelled images beat 100 labels? Hinton's gain, on the same images, was 12.5 points."""
    (labels, soft), (top, transfer) = lesson.few_labels(100, seeds=TEN), lesson.transfer_set(seeds=TEN)
    gain, same, softness = paired_interval(transfer, labels), paired_interval(soft, labels), paired_interval(transfer, top)
    verdict = YES if gain.low > 0 and same.high > 0.125 else SHAPE if gain.low > 0 else NO
    return Result(f"soft targets on 1,500 unlabelled images minus 100 labels; like for like, on the same 100 images: {same.points()}; "
                  f"soft targets instead of the top class on the 1,500: {softness.points()}", gain, len(TEN), verdict)


def r03(lesson):
    """Plentiful labels: does a wide student close the gap at Hinton's T = 20 (he: 91 %), and does a narrow one want a lower T?"""
    narrow, wide = lesson.over_temperatures(12, seeds=TEN, epochs=60), lesson.over_temperatures(256, seeds=FIVE, epochs=60)
    teacher = lesson.measures.accuracy(lesson.classifier.load_teacher(), lesson.mnist().test)
    closed = mean_interval((wide[5] - wide[0]) / (teacher - wide[0]))
    cooler, hurt = paired_interval(narrow[3], narrow[5]), paired_interval(narrow[5], narrow[0])
    verdict = NO if closed.low <= 0 or cooler.low <= 0 else YES if closed.low > 0.5 else SHAPE
    gains = [", ".join(f"{100 * (row - student[0]).mean():+.1f}" for row in student[1:]) for student in (wide, narrow)]
    return Result(f"share of the gap closed by 256 units at T = 20 in 60 epochs; gains in points at T = 1, 2, 4, 8, 20: "
                  f"256 units {gains[0]}; 12 units {gains[1]}; these at T = 4 against "
                  f"T = 20 {cooler.points()}, at T = 20 against labels {hurt.points()}", closed, len(FIVE), verdict)


def r04(lesson):
    """Capacity gap: is a student worse for a better teacher, or at least no better for one that is over 5 points better?"""
    teachers, students = lesson.teacher_sizes(seeds=TEN)
    better, gain = paired_interval(teachers[-1], teachers[2]), paired_interval(students[-1], students[2])
    verdict = YES if gain.high < 0 else SHAPE if better.low > 0.05 and gain.low <= 0 else NO
    curve = ", ".join(f"{100 * a:.1f} → {100 * b:.1f}" for a, b in zip(teachers.mean(1), students.mean(1)))
    return Result(f"student of the convolutional teacher minus student of the 32-unit one, whose accuracies differ by {better.points()}; "
                  f"teacher → student: {curve} %", gain, len(TEN), verdict)


ROWS = {
    "R01": Row(r01, "01_soft_labels", ("omitted_digit",), "Hinton, Vinyals, Dean 2015 (arXiv 1503.02531)",
               "3s omitted: 206 errors, 133 on 1,010 threes; after a bias of +3.5: 109 errors, 14 on threes (98.6 % right)", "paper"),
    "R02": Row(r02, "01_soft_labels", ("few_labels", "transfer_set"), "Hinton, Vinyals, Dean 2015 (arXiv 1503.02531)",
               "3 % of the speech data: hard targets 44.5 %, soft targets 57.0 %, all data 58.9 %", "paper"),
    "R03": Row(r03, "01_soft_labels", ("over_temperatures",), "Hinton, Vinyals, Dean 2015 (arXiv 1503.02531)",
               "MNIST errors: teacher 67, student alone 146, distilled 74 (91 % of the gap); 30 units do best at T 2.5 to 4", "paper"),
    "R04": Row(r04, "01_soft_labels", ("teacher_sizes",), "Cho, Hariharan 2019 (arXiv 1910.01348); Mirzadeh et al. 2020",
               "larger models do not often make better teachers; a student degrades when the gap is large (no figure)", "abstract"),
}

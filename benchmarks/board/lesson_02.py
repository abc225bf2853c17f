"""The board's rows of lesson 02."""
from course_utils.score.measures import mean_interval, paired_interval

from . import NO, SHAPE, TEN, YES, Result, Row


def r05(lesson):
    """Subliminal: over half of the digits right from 3 auxiliary logits on noise, with the teacher's start; chance with another?"""
    truth = lesson.mnist().test.y
    three, ten = ((lesson.subliminal(logits, seeds=TEN, images=30_000) == truth).float().mean(-1) for logits in (3, 10))
    same, other, gain = mean_interval(three[1]), mean_interval(three[-1]), paired_interval(three[1], three[-1])
    chance = max(other.high, mean_interval(ten[-1]).high) < 0.15
    verdict = NO if not chance or gain.low < 0.1 else YES if same.low > 0.5 else SHAPE
    return Result(f"digits named right after copying 3 auxiliary logits on 30,000 noise images, from the teacher's start; from another "
                  f"{other.mean:.0%}; with 10 auxiliary logits {ten[1].mean():.0%} and {ten[-1].mean():.0%}; the teachers "
                  f"{three[0].mean():.0%}", same, len(TEN), verdict)


ROWS = {
    "R05": Row(r05, "02_what_else_leaks", ("subliminal",), "Cloud et al. 2025, subliminal learning (arXiv 2507.14805)",
               "3 auxiliary logits on noise: over 50 % with the teacher's initialisation, chance with another; a replication: 63 % against "
               "9 %, teacher 96 %", "second hand"),
}

"""The board's rows of part I, lessons 01 to 03: each a function that calls its lesson's own, with the rule of its verdict in it."""
from board import FIVE, NO, SHAPE, TEN, YES, Result, Row

from course_utils.score import mean_interval, paired_interval


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
    teacher = lesson.score.accuracy(lesson.models.load_teacher(), lesson.data.mnist().test)
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


def r05(lesson):
    """Subliminal: over half of the digits right from 3 auxiliary logits on noise, with the teacher's start; chance with another?"""
    truth = lesson.data.mnist().test.y
    three, ten = ((lesson.subliminal(logits, seeds=TEN, images=30_000) == truth).float().mean(-1) for logits in (3, 10))
    same, other, gain = mean_interval(three[1]), mean_interval(three[-1]), paired_interval(three[1], three[-1])
    chance = max(other.high, mean_interval(ten[-1]).high) < 0.15
    verdict = NO if not chance or gain.low < 0.1 else YES if same.low > 0.5 else SHAPE
    return Result(f"digits named right after copying 3 auxiliary logits on 30,000 noise images, from the teacher's start; from another "
                  f"{other.mean:.0%}; with 10 auxiliary logits {ten[1].mean():.0%} and {ten[-1].mean():.0%}; the teachers "
                  f"{three[0].mean():.0%}", same, len(TEN), verdict)


def r06(lesson):
    """Word-level against sequence-level: which student of 400 explanations gets more final answers right under greedy decoding?"""
    ways, seeds = lesson.WAYS_TO_ASK, TEN
    scores = [lesson.word_or_sequence(seed) for seed in seeds]
    text, word, sampled, sequence = zip(*scores)
    two = [lesson.word_or_sequence(seed, "reason", 200, ways=("word-level", "sequence-level")) for seed in FIVE]
    certain = paired_interval(*reversed(list(zip(*two))))
    gain, words = paired_interval(sequence, word), paired_interval(word, text)
    verdict = YES if gain.low > 0 else NO
    return Result(f"exact match on explanations, sequence-level minus word-level; means: text {mean_interval(text).mean:.0%}, word-level "
                  f"{mean_interval(word).mean:.0%}, sequence-level {mean_interval(sequence).mean:.0%} (the teacher's sampled "
                  f"answers in place of its greedy ones: {mean_interval(sampled).mean:.0%}); word-level minus text {words.points()}; "
                  f"sequence-level minus word-level on sums, where there is one wording only: "
                  f"{certain.points()}", gain, len(seeds), verdict,
                  tuple((way, "explain", seed, value) for seed, row in zip(seeds, scores) for way, value in zip(ways, row)))


def r07(lesson):
    """100 questions only: do the student's own texts, marked by the teacher, beat the teacher's? And does the divergence matter?"""
    runs = {(name, policy): [lesson.on_or_off(name, policy == "on-policy", seed) for seed in FIVE]
            for name in lesson.DIVERGENCES for policy in ("off-policy", "on-policy")}
    gains = {name: paired_interval(runs[name, "on-policy"], runs[name, "off-policy"]) for name in lesson.DIVERGENCES}
    divergence = paired_interval(runs["forward KL", "on-policy"], runs["reverse KL", "on-policy"])
    matters = divergence.low > 0 or divergence.high < 0
    verdict = YES if gains["forward KL"].low > 0 and gains["reverse KL"].low > 0 and matters else \
        SHAPE if gains["forward KL"].low > 0 and matters else NO
    means = ", ".join(f"{name} {policy} {mean_interval(values).mean:.0%}" for (name, policy), values in runs.items())
    return Result(f"exact match on sums, on-policy minus off-policy with forward KL; reverse KL {gains['reverse KL'].points()}, JSD "
                  f"{gains['JSD'].points()}; on-policy, forward minus reverse {divergence.points()}; means: {means}", gains["forward KL"],
                  len(FIVE), verdict, tuple((name, policy, seed, value) for (name, policy), values in runs.items()
                                            for seed, value in enumerate(values)))


def r08(lesson):
    """Traces against answers: do 100 answers with traces teach more than 800 without?"""
    counts, domains = lesson.COUNTS, ("reason", "code", "translate")
    curves = [lesson.traces_or_answers(seed, counts) for seed in FIVE]
    last = {domain: [lesson.traces_or_answers(seed, counts[-1:], domain, steps=(300, 300)) for seed in FIVE] for domain in domains}
    few, many = [run[0, counts.index(100)] for run in curves], [run[1, -1] for run in curves]
    gain = paired_interval(few, many)
    others = "; ".join(f"{domain} {mean_interval([run[0, 0] for run in runs]).mean:.0%} with traces, "
                       f"{mean_interval([run[1, 0] for run in runs]).mean:.0%} without" for domain, runs in last.items())
    verdict = YES if gain.low > 0 else NO
    runs = [(way, n, seed, value) for seed, run in enumerate(curves) for way, row in zip(lesson.WAYS, run) for n, value in zip(counts, row)]
    runs += [(f"{domain}, {way}", counts[-1], seed, value[0]) for domain in domains for seed, run in enumerate(last[domain])
             for way, value in zip(lesson.WAYS, run)]
    return Result(f"sums right after 100 answers with traces ({mean_interval(few).mean:.0%}) minus after 800 without "
                  f"({mean_interval(many).mean:.0%}); after 800 of either and 300 steps: {others}", gain, len(FIVE), verdict, tuple(runs))


ROWS = {
    "R01": Row(r01, "01_soft_labels", ("omitted_digit",), "Hinton, Vinyals, Dean 2015 (arXiv 1503.02531)",
               "3s omitted: 206 errors, 133 on 1,010 threes; after a bias of +3.5: 109 errors, 14 on threes (98.6 % right)", "paper"),
    "R02": Row(r02, "01_soft_labels", ("few_labels", "transfer_set"), "Hinton, Vinyals, Dean 2015 (arXiv 1503.02531)",
               "3 % of the speech data: hard targets 44.5 %, soft targets 57.0 %, all data 58.9 %", "paper"),
    "R03": Row(r03, "01_soft_labels", ("over_temperatures",), "Hinton, Vinyals, Dean 2015 (arXiv 1503.02531)",
               "MNIST errors: teacher 67, student alone 146, distilled 74 (91 % of the gap); 30 units do best at T 2.5 to 4", "paper"),
    "R04": Row(r04, "01_soft_labels", ("teacher_sizes",), "Cho, Hariharan 2019 (arXiv 1910.01348); Mirzadeh et al. 2020",
               "a better teacher can teach a small student worse", "memory"),
    "R05": Row(r05, "02_what_else_leaks", ("subliminal",), "Cloud et al. 2025, subliminal learning (arXiv 2507.14805)",
               "3 auxiliary logits on noise: over 50 % with the teacher's initialisation, chance with another; a replication: 63 % against "
               "9 %, teacher 96 %", "second hand"),
    "R06": Row(r06, "03_distilling_a_language_model", ("word_or_sequence",), "Kim, Rush 2016 (arXiv 1606.07947)",
               "sequence-level beats word-level for greedy decoding", "memory"),
    "R07": Row(r07, "03_distilling_a_language_model", ("on_or_off",), "Agarwal et al. 2024, GKD (arXiv 2306.13649); Gu et al. 2024, "
               "MiniLLM (arXiv 2306.08543)", "on-policy data and the choice of divergence matter", "memory"),
    "R08": Row(r08, "03_distilling_a_language_model", ("traces_or_answers",), "Hsieh et al. 2023, distilling step-by-step "
               "(arXiv 2305.02301)", "rationales reach the same accuracy with less data (e-SNLI 88.38 to 89.51, ANLI 43.58 to 49.58)",
               "second hand"),
}

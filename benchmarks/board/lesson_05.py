"""The board's rows of lesson 05."""
from course_utils.score.measures import mean_interval, paired_interval
from course_utils.teacher import decoding, language, skills

from . import FIVE, OWN, Result, Row

GROUPS = {"first idea": ("first idea", 200), "first idea, 1,800": ("first idea", 600), "designed": ("designed", 200),
          "random problems": ("random problems", 200)}


def l05(lesson):
    """A wide and a narrow plan: does the wide one teach more, than more of the narrow one, and on the narrow one's own forms?"""
    teacher, forms = language.load_language_teacher(), ("everything", lesson.OWN_FORMS)

    def taught(plan, n, seed):
        """{what was measured: its value} of one student."""
        answers = {}

        def ask(prompts):
            answers.update(zip(prompts, decoding.answers(teacher, prompts), strict=True))
            return [answers[prompt] for prompt in prompts]

        student = lesson.harvested_student(lesson.PLANS[plan], seed, ask, n)
        found = {f"{form}: {domain}": value for form in forms
                 for domain, value in zip(lesson.DOMAINS, lesson.scores(student, form).tolist())}
        tokens = [len(skills.TOKENIZER.encode(f"{prompt} {answer}")) + 1 for prompt, answer in answers.items()]
        right = [skills.is_right(prompt, answer) for prompt, answer in answers.items()]
        return found | {"another test": lesson.scores(student, seed=1).mean().item(), "tokens a query": sum(tokens) / len(tokens),
                        "teacher right": sum(right) / len(right)}

    runs = {name: [taught(*plan, seed) for seed in FIVE] for name, plan in GROUPS.items()}

    def mean(name, form):
        return [sum(run[f"{form}: {domain}"] for domain in lesson.DOMAINS) / 3 for run in runs[name]]

    def gain(form, other):
        return paired_interval(mean("designed", form), mean(other, form))

    each = "; ".join(
        f"{d} {paired_interval(*([r[f'everything: {d}'] for r in runs[name]] for name in ('designed', 'first idea'))).points()}"
        for d in lesson.DOMAINS)
    again = paired_interval(*([r["another test"] for r in runs[name]] for name in ("designed", "first idea")))
    means = ", ".join(f"{name} {mean_interval(mean(name, 'everything')).mean:.0%}" for name in runs)
    overall = gain("everything", "first idea")
    return Result(f"accuracy over three domains after 600 answers, designed queries minus a first idea ({means}); {each}; "
                  f"on another test set {again.points()}; against 1,800 queries of the first idea in as many steps "
                  f"{gain('everything', 'first idea, 1,800').points()}; against random problems, drawn as the test is, "
                  f"{gain('everything', 'random problems').points()}; on questions in the first idea's own forms "
                  f"{gain(forms[1], 'first idea').points()}", overall, len(FIVE), OWN,
                  tuple((name, what, seed, value) for name, found in runs.items() for seed, run in enumerate(found)
                        for what, value in run.items()))


ROWS = {
    "L05": Row(l05, "05_harvest", ("harvested_student", "scores"), "none", "none", "none"),
}

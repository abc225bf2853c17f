"""Harvest, clean, imitate: the whole way of the picture, through the API, on a small budget."""
import pandas as pd

from course_utils import api
from course_utils.attack import clean, harvest
from course_utils.score import measures
from course_utils.student import training
from course_utils.teacher import language, skills

DOMAINS, EACH, STEPS = skills.DOMAINS[:3], 300, 150


def student_of(questions, answers):
    batch = training.batches(language.pack(questions, answers), seed=0)
    return training.fit_language(language.load_base(), batch, training.from_text, steps=STEPS, progress=None)


def test_a_student_of_harvested_answers(tmp_path, capsys):
    teacher, test = language.load_language_teacher(), {d: skills.problems(d, 200, seed=0, split="test") for d in DOMAINS}
    problems = [p for d in DOMAINS for p in skills.problems(d, EACH, seed=9)]
    asked = [p.prompt for p in problems]
    spoiled = [*asked, *(q.replace(" ", "  ", 1) for q in asked[:40]), *(p.prompt for d in DOMAINS for p in test[d][:10])]
    with api.serve({"teacher": teacher}) as server:
        report = harvest.harvest(server, spoiled, tmp_path / "harvest.jsonl", progress=None)
        book = server.ledger()
    assert report.answered == len(book) == len(spoiled) and report.left == 0

    benchmark = [p.prompt for d in DOMAINS for p in test[d]]
    rows, dropped = clean.run(harvest.read(tmp_path / "harvest.jsonl").sort_values("prompt"), {
        "cut off": clean.cut_off, "wrong": clean.wrong, "asked before": clean.duplicate,
        "in the test": lambda rows: clean.in_test(rows, benchmark)})
    kept = set(rows.prompt.map(clean.normal))
    assert dropped.dropped.sum() == len(spoiled) - len(rows) and len(rows) == len(kept)
    assert not kept & set(benchmark) and kept <= set(asked)

    own = dict(zip(asked, (p.completion for p in problems)))
    budget = list(kept)
    copies = {"the teacher": teacher, "before": language.load_base(),
              "of the harvest": student_of(rows.prompt.map(clean.normal), rows.answer),
              "of true answers": student_of(budget, [own[q] for q in budget])}
    table = pd.DataFrame({name: {d: measures.exact_match(model, test[d]) for d in DOMAINS} for name, model in copies.items()})
    with capsys.disabled():
        print(f"\n{table.to_string()}\n    {len(rows)} answers kept of {len(spoiled)}, ${book.cost.sum():.2f}; {STEPS} steps, one seed")
    assert (table["the teacher"] > 0.95).all() and (table["before"] < 0.05).all()
    gain = table["of the harvest"] - table["before"]
    assert gain["reason"] > 0.3 and (gain > 0.03).all()
    assert (table["of the harvest"] - table["of true answers"]).abs().max() < 0.2       # the teacher's answers are as good as the truth

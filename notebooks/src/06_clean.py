# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %%
import random

import matplotlib.pyplot as plt
import pandas as pd
import torch

from course_utils import api, clean, client, files, harvest, language, plots, score, skills
from course_utils import training, widgets
from course_utils.exercises import exercise, grade, progress

# %%
def tests(seed, n=50):
    """Two lists of problems: a public benchmark, n a domain; and 1,350 that nobody has published."""
    everything = [p for d in skills.DOMAINS[:3] for p in skills.problems(d, 500, 0, split="test")]
    draw = random.Random(seed)
    public = {p.prompt for i in (0, 500, 1000) for p in draw.sample(everything[i:i + 500], n)}
    return ([p for p in everything if p.prompt in public],
            [p for p in everything if p.prompt not in public])

# %%
HASTE = {"temperature": 1.8, "max_tokens": 40}

def haste(seed, ask, benchmark):
    """What three colleagues bring home: their rows in one table."""
    lists = clean.wish_lists(seed, benchmark)
    rows = [ask(questions, 3 * seed + k) for k, questions in enumerate(lists)]
    return pd.concat(rows).sort_values("prompt", kind="stable", ignore_index=True)

# %%
LADDER = ("raw", "cut off", "wrong", "unsure", "asked before", "in the test", "near the test")
WITHOUT = {"without 'wrong'": ("cut off", "unsure", "asked before"),
           "without 'unsure'": ("cut off", "wrong", "asked before"),
           "without both": ("cut off", "asked before")}
OTHERS = {"alike 0.5": (*LADDER[1:5], "alike 0.5"), "alike 0.3": (*LADDER[1:5], "alike 0.3"),
          "6 in a row": (*LADDER[1:5], "6 in a row"), "4 in a row": (*LADDER[1:5], "4 in a row")}
WAYS = {way: LADDER[1:i + 1] for i, way in enumerate(LADDER)} | WITHOUT | OTHERS
SERIES = ("rows left", "fresh", "benchmark")

def stages(benchmark):
    """{name: stage} of everything that is measured here."""
    named = {"cut off": clean.cut_off, "wrong": clean.wrong, "unsure": clean.unsure,
             "asked before": clean.duplicate}
    for name, n in (("in the test", 8), ("near the test", 5), ("6 in a row", 6), ("4 in a row", 4)):
        named[name] = lambda rows, n=n: clean.in_test(rows, benchmark, n)
    for alike in (0.3, 0.5):
        named[f"alike {alike}"] = lambda rows, a=alike: clean.near_duplicate(rows, a)
    return named

def worth(seed, rows, ways, steps=200):
    """{way: (rows left, fresh questions right, benchmark right)} of a student for each way."""
    benchmark, fresh = tests(seed)
    found, named = {}, stages([p.prompt for p in benchmark])
    for way in ways:
        left, _ = clean.run(rows, {name: named[name] for name in WAYS[way]})
        batch = training.batches(language.pack(left.prompt, left.answer), seed=seed)
        student = training.fit_language(language.load_base(), batch, steps=steps, progress=way)
        found[way] = (len(left), score.exact_match(student, fresh),
                      score.exact_match(student, benchmark))
    return found

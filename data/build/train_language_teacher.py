"""Train the bundled language model and write data/language_teacher.safetensors.

    .venv/bin/python data/build/train_language_teacher.py            # about a quarter of an hour on two cores

It reads fresh problems of the four domains at every step, all from the train split: questions, traces and answers as skills.py makes
them. The first setting that was tried worked; nothing was chosen on the test split, which is read at the end.
"""
import hashlib
import sys
from itertools import islice
from pathlib import Path

from safetensors.torch import save_file

from course_utils.student import training
from course_utils.teacher import decoding, language, skills

SEED, STEPS, EACH, LR = 0, 5000, 16, 3e-3
OUT = Path(__file__).resolve().parents[1] / "language_teacher.safetensors"


def train(steps=STEPS, seed=SEED):
    streams = [skills.stream(domain, seed) for domain in skills.DOMAINS]

    def batch(step):
        read = [problem for stream in streams for problem in islice(stream, EACH)]
        return language.pack([p.prompt for p in read], [p.completion for p in read])

    return training.fit_language(language.LanguageModel(seed=seed), batch, steps=steps, lr=LR, progress="language teacher")


def accuracy(model, domain, seed, split, n=1000, easy=False):
    """Share of n problems answered rightly under greedy decoding."""
    asked = skills.problems(domain, n, seed, split, easy)
    answers = decoding.generate(model, [p.prompt for p in asked])
    return sum(skills.is_right(p.prompt, skills.TOKENIZER.decode(a)) for p, a in zip(asked, answers)) / n


if __name__ == "__main__":
    model = train(int(sys.argv[1]) if len(sys.argv) > 1 else STEPS).requires_grad_(False)
    save_file(model.state_dict(), OUT)
    print(OUT.name, "SHA-256", hashlib.sha256(OUT.read_bytes()).hexdigest())
    for split, seed in (("train", SEED + 1), ("test", SEED)):
        print(f"{split}:", {domain: accuracy(model, domain, seed, split) for domain in skills.DOMAINS})

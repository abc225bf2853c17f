"""Train the small base model and write data/language_base.safetensors.

    .venv/bin/python data/build/train_language_base.py            # about a minute on two cores

It reads easy problems of reasoning, coding and translation (skills.stream with easy=True), all from the train split: sums of two digits,
programs of one operation, short sentences. It has never seen a real one, nor an explanation. This is what the students of the later
lessons start from, as a lab starts from a small open model and not from random weights.
"""
import hashlib
import sys
from itertools import islice
from pathlib import Path

from safetensors.torch import save_file
from train_language_teacher import accuracy

from course_utils.student import training
from course_utils.teacher import language, skills

SEED, STEPS, EACH, LR = 0, 3000, 16, 3e-3
OUT = Path(__file__).resolve().parents[1] / "language_base.safetensors"


def train(steps=STEPS, seed=SEED):
    streams = [skills.stream(domain, seed, easy=True) for domain in skills.DOMAINS[:3]]

    def batch(step):
        read = [problem for stream in streams for problem in islice(stream, EACH)]
        return language.pack([p.prompt for p in read], [p.completion for p in read])

    return training.fit_language(language.student(seed), batch, steps=steps, lr=LR, progress="base")


if __name__ == "__main__":
    model = train(int(sys.argv[1]) if len(sys.argv) > 1 else STEPS).requires_grad_(False)
    save_file(model.state_dict(), OUT)
    print(OUT.name, "SHA-256", hashlib.sha256(OUT.read_bytes()).hexdigest())
    print("easy:", {domain: accuracy(model, domain, SEED + 1, "train", easy=True) for domain in skills.DOMAINS[:3]})
    print("real:", {domain: accuracy(model, domain, SEED + 1, "train") for domain in skills.DOMAINS})

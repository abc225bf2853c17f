"""Is the suite able to fail? Forty-five mutants of the package, one changed operator, term or constant each, and the tests that meet each one.

    python tests/mutants.py              all of them        python tests/mutants.py 3 7        some

Each is tried in a copy of the course: first the unit tests that concern its file, then the lessons that use it. Prints who was caught.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COURSE = Path(__file__).resolve().parents[1]
# (file, what stands there, what is put in its place, tests, lessons)
MUTANTS = [
    ("student/losses.py", "alpha * temperature**2 * soft", "alpha * temperature * soft", "training exercises:01", "01"),
    ("student/losses.py", "beta * to_teacher + (1 - beta) * to_student", "beta * to_teacher + beta * to_student", "exercises:03 training language", "03"),
    ("student/losses.py", "if too_small else (low, middle)", "if not too_small else (low, middle)", "exercises:01", "01"),
    ("student/training.py", "lr * (1 - step / steps)", "lr * (1 - step / steps / 2)", "training", "01"),
    ("student/training.py", "total = total + (last - first) * one", "total = total + one", "training", "01"),
    ("student/models.py", "math.sqrt(2 / i)", "math.sqrt(1 / i)", "training", "02"),
    ("teacher/language.py", "ROTARY_BASE ** (-torch.arange", "ROTARY_BASE ** (torch.arange", "language", "03"),
    ("teacher/language.py", "is_causal=True", "is_causal=False", "language", "03"),
    ("teacher/skills.py", "prompt.encode()) % 5 == 0", "prompt.encode()) % 5 == 1", "skills language", "05"),
    ("teacher/skills.py", "carry = int(not 0 <= total <= 9)", "carry = 0", "skills", "03"),
    ("teacher/skills.py", "head, mark, tail = completion.rpartition(MARK)", "head, mark, tail = completion.partition(MARK)", "skills clean", "06"),
    ("teacher/decoding.py", "argmax(", "argmin(", "language", "03"),
    ("api/customers.py", "self.spent + queries > self.quota", "self.spent + queries >= self.quota", "api", "05"),
    ("api/customers.py", "return min(size, level + rate * seconds)", "return max(size, level + rate * seconds)", "exercises:05 api", "05"),
    ("api/serving.py", "self.waiting.popitem(last=False)", "self.waiting.popitem(last=True)", "api", "04"),
    ("api/serving.py", "served.round(decimals=reveal.decimals)", "served.round(decimals=1)", "api extraction", "04"),
    ("api/ledger.py", "ORDER BY id", "ORDER BY id DESC", "api", "05"),
    ("api/client.py", 'host not in ("127.0.0.1", "::1", "localhost")', 'host not in ("127.0.0.1", "::1", "localhost", "example.com")', "api", "04"),
    ("api/http.py", "account.spent -= len(questions)", "account.spent += len(questions)", "api", "05"),
    ("api/openai_routes.py", "before.isdecimal() and name.isdecimal()", "before.isdecimal() or name.isdecimal()", "api", "04"),
    ("attack/harvest.py", "if row is None and begun and", "if begun and", "harvest", "05"),
    ("attack/harvest.py", 'float(headers["retry-after-ms"]) / 1000', 'float(headers["retry-after-ms"]) / 100', "harvest", "05"),
    ("attack/clean.py", ">= threshold * len(grams | sets[i])", "> threshold * len(grams | sets[i])", "clean", "06"),
    ("attack/clean.py", '("" if value >= least', '("" if value > least', "clean", "06"),
    ("attack/extraction.py", "argmax().item() + 1", "argmax().item()", "extraction exercises:04", "04"),
    ("attack/extraction.py", "return logits - logits[:, reference, None]", "return logits", "extraction exercises:04", "04"),
    ("attack/imitation.py", "left = (1 - served.sum(-1)).clamp_min(0)", "left = 0 * served.sum(-1)", "imitation exercises:07", "07"),
    ("attack/imitation.py", "torch.cat([logprobs, rest], -1) / temperature", "torch.cat([logprobs, rest], -1) * temperature", "imitation", "07"),
    ("defence/perturb.py", "return (0.999 * level).clamp_max(strength)", "return (1.1 * level).clamp_max(strength)", "antidistillation exercises:10", "10"),
    ("defence/perturb.py", "(1 - share) * probabilities + share * corner", "share * probabilities + (1 - share) * corner", "arena exercises:09", "09"),
    ("defence/antidistillation.py", "logits + temperature * strength * harm", "logits + strength * harm", "antidistillation exercises:10", "10"),
    ("defence/watermark.py", "math.sqrt(tokens * gamma * (1 - gamma))", "math.sqrt(tokens * gamma)", "watermark exercises:11", "11"),
    ("defence/watermark.py", '"<u4") < gamma * 2**32', '"<u4") > gamma * 2**32', "watermark", "11"),
    ("defence/privacy.py", "min(steps * gaussian_rdp", "min(2 * steps * gaussian_rdp", "privacy", "09"),
    ("detection/accounts.py", "filter(_.accounts >= fewest)", "filter(_.accounts > fewest)", "detection", "08"),
    ("../notebooks/exercises/traffic.py", "day[late] = DAYS - 1 - draw.integers(0, 2, late.sum())", "day[late] = draw.integers(0, 2, late.sum())", "detection", "08"),
    ("detection/prada.py", "if kept.std() > 0 else 0.0", "if kept.std() > 0 else 1.0", "detection", "08"),
    ("score/measures.py", "stdtrit(n - 1, 0.975)", "stdtrit(n - 1, 0.95)", "exercises:01 training data board", "01"),
    ("score/measures.py", "elsewhere = values.sum(-1, keepdim=True) - values", "elsewhere = values.sum(-1, keepdim=True) + values", "arena tournament", "12"),
    ("score/arena.py", "self.asked += len(part)", "self.asked += 1", "arena", "09"),
    ("score/tournament.py", "- (1 - read_scores) * class_lost - accused)", "- (1 - read_scores) * class_lost + accused)", "tournament", "12"),
    ("../notebooks/exercises/law.py", "the providers leave outputs to the customer [L21 reported].", "the providers leave outputs to nobody [L21 said].", "law", "13"),
    ("files/bundled.py", "if found != wanted:", "if found == wanted[:1]:", "data", "00"),
    ("lesson/check.py", "return a.shape == b.shape and torch.allclose(a, b, rtol=tolerance,", "return a.shape == b.shape and torch.allclose(a, b, rtol=1.0,",
     "exercises:01", "01"),
    ("lesson/widgets.py", '"✔ Yes." if number == answer', '"✔ Yes." if number != answer', "figures", "01"),
]


def tests_of(copy, words):
    """The pytest arguments of "training exercises:01"."""
    calls = []
    for word in words.split():
        name, _, only = word.partition(":")
        calls.append([str(copy / "tests" / f"test_{name}.py"), *(["-k", only] if only else [])])
    return calls


def lesson_calls(copy, lesson):
    notebook, = (copy / "notebooks").glob(f"{lesson}_*.ipynb")
    return [["--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=300", str(notebook)]]


def caught(copy, calls):
    """The first of some calls of pytest that fails, as text; "" when all pass."""
    environment = os.environ | {"PYTHONPATH": str(copy), "OMP_NUM_THREADS": "1"}
    for call in calls:
        done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *call], cwd=copy, env=environment,
                              capture_output=True, text=True)
        if done.returncode not in (0, 5):
            return next((line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))), "an error")
    return ""


def main(numbers):
    got = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "course"
        shutil.copytree(COURSE, copy, ignore=shutil.ignore_patterns(".venv", ".git", "__pycache__", "work"))
        for number in numbers:
            name, old, new, tests, lesson = MUTANTS[number]
            path, started = copy / "course_utils" / name, time.perf_counter()
            text = path.read_text()
            assert old in text, f"{name}: {old}"
            path.write_text(text.replace(old, new, 1))
            by = caught(copy, tests_of(copy, tests)) or caught(copy, lesson_calls(copy, lesson))
            path.write_text(text)
            got += bool(by)
            print(f"{number:2} {'caught' if by else 'LIVES '} {time.perf_counter() - started:4.0f} s  {name}: {new[:60]}  "
                  f"{re.sub('^FAILED ', '', by)[:90]}", flush=True)
    print(f"{got} of {len(numbers)} caught")


if __name__ == "__main__":
    main([int(n) for n in sys.argv[1:]] or range(len(MUTANTS)))

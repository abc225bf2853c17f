"""The bundled detector, for `python -m course_utils.detection`: lesson 08's, learned from two logs of the first world.

    .venv/bin/python data/build/make_detector.py

A judge is one weight for each sign, a bias and a threshold: text, no pickle. Prints the SHA-256 for SHA256SUMS. Another version of numpy
or of scikit-learn may give other digits.
"""
import hashlib
import json
import tempfile
from pathlib import Path

from course_utils.detection import accounts
from course_utils.files.bundled import DATA
from course_utils.lesson.exercises import material

traffic = material("traffic")


def learned(seed=10, size=0.05):
    """Lesson 08's detector: two logs of its generator, with other parameters each."""
    logs, truths = [], []
    with tempfile.TemporaryDirectory() as folder:
        for one in (100 * seed, 100 * seed + 1):
            kinds = traffic.scaled(traffic.varied((*traffic.LEGITIMATE, traffic.PLATFORM, *traffic.CAMPAIGNS), one), size)
            truths.append(traffic.write_log(Path(folder) / f"{one}.parquet", kinds, one))
            logs.append(accounts.open_log(Path(folder) / f"{one}.parquet"))
        return accounts.Detector(logs, truths)


def short(number):
    """Six digits: an engine may add a column up in another order, and then the digits after these differ."""
    return float(f"{number:.6g}")


def as_text(detector):
    """The detector as JSON. The scaling of a sign is folded into its weight and the bias."""
    judges = {}
    for way, judge in {"alone": detector.alone, **detector.judges}.items():
        scaler, model = judge[0], judge[-1]
        weights = model.coef_[0] / scaler.scale_
        judges[way] = {"weights": dict(zip(scaler.feature_names_in_, map(short, weights))),
                       "bias": short(model.intercept_[0] - weights @ scaler.mean_)}
    limits = {way: short(limit) for way, limit in detector.limits.items()}
    return json.dumps({"judges": judges, "limits": limits}, indent=1) + "\n"


if __name__ == "__main__":
    path = DATA / "detector.json"
    path.write_text(as_text(learned()), encoding="utf-8")
    print(hashlib.sha256(path.read_bytes()).hexdigest(), path.name, f"{path.stat().st_size:,} bytes")

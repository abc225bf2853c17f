"""The bundled sample of a synthetic log: 0.3 % of the sizes in notebooks/exercises/traffic.py.

    .venv/bin/python data/build/make_traffic.py

Prints the SHA-256 for SHA256SUMS. Another version of numpy or of Parquet's writer may give other bytes.
"""
import hashlib

from course_utils.files.bundled import DATA
from course_utils.lesson.exercises import material

traffic = material("traffic")

log, truth = DATA / "traffic_sample.parquet", DATA / "traffic_sample_truth.csv"
made = traffic.write_log(log, traffic.scaled((*traffic.LEGITIMATE, traffic.PLATFORM, *traffic.CAMPAIGNS), 0.003), seed=1)
made.to_csv(truth, index=False)
for path in (log, truth):
    print(hashlib.sha256(path.read_bytes()).hexdigest(), path.name, f"{path.stat().st_size:,} bytes")

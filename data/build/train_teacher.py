"""Train the bundled teacher and write data/teacher.safetensors.

    .venv/bin/python data/build/train_teacher.py            # about a minute on two cores

It learns from the 2,000 training images only, each one shifted, turned and stretched anew at every step, as Hinton's teacher
saw jittered images. The number of epochs was chosen on the validation split; the test split is read once, at the end.
"""
import hashlib
import math
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn import functional as F
from tqdm.auto import trange

from course_utils.files.digits import mnist
from course_utils.teacher import classifier

SEED, EPOCHS, BATCH, LR = 0, 150, 100, 2e-3
OUT = Path(__file__).resolve().parents[1] / "teacher.safetensors"


def jitter(images, generator):
    """Shift by up to 2 pixels, turn by up to 12 degrees, stretch by up to 10 %. images: (n, 1, 28, 28)."""
    n = len(images)

    def uniform(limit):
        return (torch.rand(n, generator=generator) * 2 - 1) * limit

    angle, stretch = uniform(math.radians(12)), 1 + uniform(0.1)
    cos, sin = angle.cos() / stretch, angle.sin() / stretch
    affine = torch.stack([torch.stack([cos, -sin, uniform(2 / 14)], 1), torch.stack([sin, cos, uniform(2 / 14)], 1)], 1)
    return F.grid_sample(images, F.affine_grid(affine, images.shape, align_corners=False), align_corners=False)


def train(epochs=EPOCHS, seed=SEED):
    digits, generator = mnist(), torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    teacher = classifier.ConvTeacher()
    x, y = digits.train.x.view(-1, 1, 28, 28), digits.train.y
    steps = len(x) // BATCH
    optimiser = torch.optim.Adam(teacher.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LR, epochs * steps)
    for _ in trange(epochs, desc="teacher"):
        for rows in torch.randperm(len(x), generator=generator).split(BATCH):
            loss = F.cross_entropy(teacher(jitter(x[rows], generator)), y[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return teacher.eval()


def accuracy(teacher, split):
    with torch.no_grad():
        return (teacher(split.x).argmax(1) == split.y).float().mean().item()


if __name__ == "__main__":
    teacher = train(int(sys.argv[1]) if len(sys.argv) > 1 else EPOCHS)
    save_file(teacher.state_dict(), OUT)
    print(OUT.name, "SHA-256", hashlib.sha256(OUT.read_bytes()).hexdigest())
    for name in ("train", "validation", "test"):
        print(f"{name}: {accuracy(teacher, getattr(mnist(), name)):.3f}")

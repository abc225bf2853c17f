"""Pictures that show no digit: eight kinds, drawn by a program. An attacker without images of the right sort asks about them."""
import math

import torch
from torch.nn import functional as F

SIZE = 28
_y, _x = torch.meshgrid(torch.linspace(0, 1, SIZE), torch.linspace(0, 1, SIZE), indexing="ij")
PLACES = torch.stack([_x.flatten(), _y.flatten()], dim=-1)           # (784, 2), the unit square


def _between(draw, low, high, *shape):
    return low + (high - low) * torch.rand(*shape, generator=draw)


def _ink(distance, pen):
    """Black within `pen` of a line, with a soft edge of one and a half pixels: distances (..., 784) to grey values."""
    return ((pen - distance) * SIZE / 1.5 + 0.5).clamp(0, 1)


def _to_segments(starts, ends):
    """Distance of each pixel to each segment: (n, m, 2) twice, to (n, m, 784)."""
    along = ends - starts
    share = ((PLACES - starts[:, :, None]) * along[:, :, None]).sum(-1) / (along.pow(2).sum(-1)[..., None] + 1e-9)
    return (PLACES - starts[:, :, None] - share.clamp(0, 1)[..., None] * along[:, :, None]).norm(dim=-1)


def static(n, draw):
    """Every pixel for itself."""
    return torch.rand(n, SIZE * SIZE, generator=draw)


def clouds(n, draw):
    """Smoothed noise."""
    coarse = torch.randn(n, 1, 7, 7, generator=draw)
    return (2 * F.interpolate(coarse, size=SIZE, mode="bicubic").flatten(1) - 0.6).clamp(0, 1)


def gratings(n, draw):
    """Waves of one direction and one length."""
    angle, waves, phase = _between(draw, 0, math.pi, n, 1), _between(draw, 1, 6, n, 1), _between(draw, 0, 2 * math.pi, n, 1)
    along = PLACES[:, 0] * angle.cos() + PLACES[:, 1] * angle.sin()
    return 0.5 + 0.5 * (2 * math.pi * waves * along + phase).sin()


def boxes(n, draw):
    """One filled rectangle."""
    middle, half = _between(draw, 0.3, 0.7, n, 1, 2), _between(draw, 0.05, 0.4, n, 1, 2)
    return _ink(((PLACES - middle).abs() - half).amax(-1), 0)


def dots(n, draw):
    """Eight discs."""
    middle, radius = _between(draw, 0.1, 0.9, n, 8, 1, 2), _between(draw, 0.02, 0.12, n, 8, 1)
    return _ink((PLACES - middle).norm(dim=-1), radius).amax(1)


def lines(n, draw):
    """One to three straight lines."""
    starts, ends = _between(draw, 0.1, 0.9, n, 3, 2), _between(draw, 0.1, 0.9, n, 3, 2)
    drawn = torch.arange(3) < torch.randint(1, 4, (n, 1), generator=draw)
    return (_ink(_to_segments(starts, ends), _between(draw, 0.03, 0.07, n, 1, 1)) * drawn[..., None]).amax(1)


def rings(n, draw):
    """The outline of one ellipse."""
    middle, radii = _between(draw, 0.3, 0.7, n, 1, 2), _between(draw, 0.1, 0.35, n, 1, 2)
    distance = (((PLACES - middle) / radii).norm(dim=-1) - 1).abs() * radii.mean(-1)
    return _ink(distance, _between(draw, 0.03, 0.07, n, 1))


def scribbles(n, draw):
    """One curved stroke: a Bézier curve through four random points, in twelve pieces."""
    a, b, c, d = _between(draw, 0.1, 0.9, 4, n, 1, 2)
    t = torch.linspace(0, 1, 13)[:, None]
    curve = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
    return _ink(_to_segments(curve[:, :-1], curve[:, 1:]), _between(draw, 0.03, 0.07, n, 1, 1)).amax(1)


KINDS = {kind.__name__: kind for kind in (static, clouds, gratings, boxes, dots, rings, lines, scribbles)}


def pool(n, seed):
    """n pictures of each kind: (kinds, n, 784), grey values from 0 to 1, the kinds in the order of KINDS."""
    draw = torch.Generator().manual_seed(seed)
    return torch.stack([torch.cat([kind(min(500, n - i), draw) for i in range(0, n, 500)]) for kind in KINDS.values()])

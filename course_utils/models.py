"""Box 1 of the picture: the models. One convolutional teacher, and many small students held as one model."""
import math

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

from .files import checked_path


class ConvTeacher(nn.Module):
    """The course's classifier: two convolutions, two dense layers, about 0.2 million parameters.

    Called on images of shape (n, 784) or (n, 1, 28, 28); returns logits of shape (n, 10).
    """

    def __init__(self, width=128):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 16, 3, padding=1), nn.Conv2d(16, 32, 3, padding=1)
        self.dense, self.out = nn.Linear(32 * 7 * 7, width), nn.Linear(width, 10)

    def forward(self, x):
        x = F.max_pool2d(self.conv1(x.view(-1, 1, 28, 28)).relu(), 2)
        x = F.max_pool2d(self.conv2(x).relu(), 2)
        return self.out(F.dropout(self.dense(x.flatten(1)).relu(), 0.5, self.training))


def load_teacher():
    """The bundled teacher, in eval mode, gradients off. data/build/train_teacher.py made it. Raises files.DataFileError."""
    teacher = ConvTeacher()
    teacher.load_state_dict(load_file(checked_path("teacher.safetensors")))
    return teacher.eval().requires_grad_(False)


class Students(nn.Module):
    """Many multilayer perceptrons of one shape, trained side by side as one batched model.

    sizes: the layers' widths, for instance (784, 128, 128, 10). seeds: one integer a student: student i starts from the
    weights that `Students(sizes, [seeds[i]])` would start from. Layer l is one tensor of shape (students, in, out), so that a
    step of all students is one batched matrix product and not a Python loop.
    """

    def __init__(self, sizes, seeds):
        super().__init__()
        self.sizes, self.seeds = tuple(sizes), tuple(seeds)
        draws = [torch.Generator().manual_seed(int(seed)) for seed in self.seeds]
        shapes = list(zip(self.sizes, self.sizes[1:]))
        # He et al. 2015: variance 2 / fan-in keeps the size of ReLU activations the same from layer to layer
        self.weights = nn.ParameterList(
            torch.stack([torch.randn(i, o, generator=g) * math.sqrt(2 / i) for g in draws]) for i, o in shapes)
        self.biases = nn.ParameterList(torch.zeros(len(draws), 1, o) for _, o in shapes)

    def __len__(self):
        return len(self.seeds)

    def forward(self, x):
        """x: (n, in), the same for all, or (students, n, in). Returns logits of shape (students, n, classes)."""
        h = x.expand(len(self), *x.shape[-2:])
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases)):
            h = torch.baddbmm(bias, h, weight)
            if layer < len(self.weights) - 1:
                h = h.relu_()
        return h

    def one(self, i):
        """Student i as an ordinary torch model, a copy: what you would save, ship or open up."""
        layers = []
        for weight, bias in zip(self.weights, self.biases):
            linear = nn.Linear(weight.shape[1], weight.shape[2])
            linear.weight.data, linear.bias.data = weight.data[i].T.clone(), bias.data[i, 0].clone()
            layers += [linear, nn.ReLU()]
        return nn.Sequential(*layers[:-1])


class Hinted(Students):
    """Students that also guess the teacher's features: forward returns (students, n, classes + units), logits and then the guess.

    The guess is a linear map of the last hidden layer, learned along: student and teacher need not have the same width. FitNets, Romero
    et al. 2014 (arXiv 1412.6550). The map is scaffolding: nothing of it is used once the student has learned. It starts at zero: started
    at random, its large first errors push most hidden units of a narrow student below zero for every image, and ReLUs do not recover.
    """

    def __init__(self, sizes, seeds, units):
        super().__init__(sizes, seeds)
        self.map = nn.Parameter(torch.zeros(len(self), sizes[-2], units))
        self.shift = nn.Parameter(torch.zeros(len(self), 1, units))

    def forward(self, x):
        h = x.expand(len(self), *x.shape[-2:])
        for weight, bias in zip(self.weights[:-1], self.biases[:-1]):
            h = torch.baddbmm(bias, h, weight).relu()
        return torch.cat([torch.baddbmm(self.biases[-1], h, self.weights[-1]), torch.baddbmm(self.shift, h, self.map)], dim=-1)


def features(teacher, x):
    """What the teacher's last layer reads: the (n, width) activations of a ConvTeacher for images (n, 784), none of them negative."""
    seen = []
    hook = teacher.out.register_forward_pre_hook(lambda layer, inputs: seen.append(inputs[0]))
    teacher(x)
    hook.remove()
    return seen[0]

"""The students of a classifier: many small networks held as one model, so that five seeds cost little more than one."""
import math

import torch
from torch import nn


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

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

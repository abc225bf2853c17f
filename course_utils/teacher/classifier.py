"""The course's classifier: one convolutional teacher, and the features that it computes on the way."""
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

from ..files.bundled import checked_path


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
    """The bundled teacher, in eval mode, gradients off. data/build/train_teacher.py made it. Raises bundled.DataFileError."""
    teacher = ConvTeacher()
    teacher.load_state_dict(load_file(checked_path("teacher.safetensors")))
    return teacher.eval().requires_grad_(False)


def features(teacher, x):
    """What the teacher's last layer reads: the (n, width) activations of a ConvTeacher for images (n, 784), none of them negative."""
    seen = []
    hook = teacher.out.register_forward_pre_hook(lambda layer, inputs: seen.append(inputs[0]))
    teacher(x)
    hook.remove()
    return seen[0]

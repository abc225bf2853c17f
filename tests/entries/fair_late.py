"""Plays by the rules, as a defence: random answers after 200 questions of an account. Heavy legitimate users pay for it."""
import torch

from course_utils.api.serving import Defence


class Late(Defence):
    def __init__(self, allowed=200, secret=0):
        self.allowed, self.secret, self.count = allowed, secret, {}
        self.draw = torch.Generator().manual_seed(secret)

    def scores(self, probabilities, asked):
        for question in asked:
            self.count[question.account.name] = self.count.get(question.account.name, 0) + 1
        late = torch.tensor([self.count[question.account.name] > self.allowed for question in asked])[:, None]
        return torch.where(late, torch.rand(probabilities.shape, generator=self.draw, dtype=torch.float64).softmax(-1), probabilities)

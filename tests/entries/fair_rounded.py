"""Plays by the rules: one decimal."""
from course_utils.api.serving import Defence


class Rounded(Defence):
    def __init__(self, decimals=1):
        self.decimals = decimals

    def scores(self, probabilities, asked):
        return probabilities.round(decimals=self.decimals)

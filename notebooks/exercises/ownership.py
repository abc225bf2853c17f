"""The last box, in a dispute: does a suspect model come from our training data? Dataset inference, Maini et al. 2021 (arXiv 2104.10706).

A model is more certain on its training data than on data that it never saw. A clone of the model, or a model of the same data, may
inherit this; a model of other data does not. Everything rests on one assumption: that the private points and the unseen ones are alike
for a model of other data. Szyller et al. 2022 (arXiv 2210.13631) show how it fails.
"""
import torch


def margin(logits, labels):
    """How clearly each image is taken for what it is: the true class's logit minus the
    largest other one. Negative where the model is wrong.

    logits: (..., n, classes), log-probabilities do as well; labels: (n,). Returns (..., n).
    """
    own = labels.expand(logits.shape[:-1])[..., None]
    others = logits.scatter(-1, own, -torch.inf).max(-1).values
    return logits.gather(-1, own)[..., 0] - others


def inherited(private, unseen):
    """The p-value of dataset inference: are the private points' margins larger than the unseen ones'? One-sided, Welch's t-test.

    private: (n,), unseen: (m,), numbers such as margins, of the suspect's answers. Valid where the two kinds of points are drawn alike.
    """
    from scipy import stats

    return float(stats.ttest_ind(private.double(), unseen.double(), equal_var=False, alternative="greater").pvalue)

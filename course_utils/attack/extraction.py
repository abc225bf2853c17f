"""What the answers of an API give away: a linear model by equations, a hidden width by singular values, and a clone by imitation."""
import torch
from torch.nn import functional as F

from ..student import models
from ..teacher.skills import TOKENIZER

# ---------------------------------------------------------------- a linear model, by equations

def solve_softmax(questions, probabilities):
    """The weights of a softmax regression from its answers: Tramèr et al. 2016
    (arXiv 1609.02943).

    questions: (n, d). probabilities: (n, classes), none of them 0. Returns (d + 1, classes):
    a row for each input, and last the bias; each row has mean 0, for the softmax does not
    see a number that is added to all classes.
    """
    ones = torch.ones(len(questions), 1, dtype=questions.dtype)
    logits = probabilities.log()
    logits = logits - logits.mean(dim=-1, keepdim=True)
    return torch.linalg.lstsq(torch.cat([questions, ones], dim=-1), logits).solution


def specks(n, seed, lit=20, pixels=784):
    """Questions for the equations: images (n, pixels), float64, black but for about `lit` white pixels, drawn at random.

    Few, so that the model stays unsure and no class gets a probability of nearly nothing, which rounding would make 0.
    """
    draw = torch.Generator().manual_seed(seed)
    return (torch.rand(n, pixels, generator=draw, dtype=torch.float64) < lit / pixels).double()


# ---------------------------------------------------------------- a hidden width, by singular values

def hidden_width(scores):
    """The width of the layer below the logits: Carlini et al. 2024 (arXiv 2403.06634).

    scores: (n, vocabulary), the logits or log-probabilities of n prompts, n above the
    width. Returns an int: where the logarithms of the singular values fall furthest.
    Differences from one token are taken first: the softmax's normaliser drops out of them.
    """
    differences = scores.double()[:, 1:] - scores.double()[:, :1]
    logs = torch.linalg.svdvals(differences).clamp_min(1e-300).log()
    return (logs[:-1] - logs[1:]).argmax().item() + 1


def unbias(logprobs, bias, reference):
    """Logit differences from log-probabilities that were served under a logit bias:
    Carlini et al. 2024, Finlayson et al. 2024 (arXiv 2403.09539).

    logprobs: (n, k), of k tokens; bias: (k,), what was added to the logit of each.
    reference: which of the k the others are compared with. Returns (n, k): z - z_reference.
    """
    logits = logprobs - bias
    return logits - logits[:, reference, None]


def random_prompts(n, seed, words=4):
    """n prompts of random words, as texts: to a language model any text will do."""
    draw = torch.Generator().manual_seed(seed)
    tokens = torch.randint(2, len(TOKENIZER), (n, words), generator=draw)           # 0 and 1 are padding and the end
    return [" ".join(TOKENIZER.tokens[i] for i in row) for row in tokens.tolist()]


def top_logprobs(text, prompts, favoured=(), strength=100.0, top=5):
    """What a completions endpoint shows of the first token after each prompt: a list of {token: log-probability}, the `top` ones.

    text: an openai client. favoured: token numbers whose logits get `strength` added, the largest that OpenAI's protocol allows. All
    prompts go in one request; each is one query.
    """
    bias = {str(token): strength for token in favoured}
    reply = text.completions.create(model="teacher", prompt=prompts, max_tokens=1, logprobs=top, logit_bias=bias)
    return [choice.logprobs.top_logprobs[0] for choice in reply.choices]


# ---------------------------------------------------------------- a clone, by imitation

def complete(scores):
    """Full answers from top-k answers: what is left to 1 goes evenly to the hidden classes.

    scores: (n, classes), 0 where nothing was served. Returns (n, classes), rows that sum
    to 1. No hidden class gets more than the smallest shown: k classes at most as likely
    as that one share what is left.
    """
    hidden = scores == 0
    left = (1 - scores.sum(dim=-1, keepdim=True)).clamp_min(0)
    share = left / hidden.sum(dim=-1, keepdim=True).clamp_min(1)
    return torch.where(hidden, share, scores)


def cut(probabilities, k):
    """What an endpoint that serves the top k shows of full answers: (n, classes), 0 elsewhere. k=1 is the top class with its score."""
    values, classes = probabilities.topk(k)
    return torch.zeros_like(probabilities).scatter(-1, classes, values)


def shifted(images, seed, reach=1):
    """Each image moved by up to `reach` pixels both ways, at random: (n, 784) to the same. To an API that is a new question."""
    draw = torch.Generator().manual_seed(seed)
    padded, rows = F.pad(images.view(-1, 28, 28), (reach,) * 4), torch.arange(28)
    down, right = torch.randint(0, 2 * reach + 1, (2, len(images), 1), generator=draw)
    which = torch.arange(len(images))[:, None, None]
    return padded[which, (down + rows)[:, :, None], (right + rows)[:, None, :]].flatten(1)


# ---------------------------------------------------------------- which pictures to ask about

REWARDS = ("certainty", "diversity", "loss")


def bandit_step(preferences, kind, reward, baseline, rate=4.0):
    """One step of a gradient bandit over kinds of questions: Orekondy et al. 2019, Knockoff
    Nets (arXiv 1812.02766).

    preferences: (kinds,); a kind is drawn with probability softmax(preferences). The one
    that was drawn gave `reward`, and `baseline` is the mean of all rewards so far, this one
    included. Returns the new preferences, (kinds,).
    """
    chosen = F.one_hot(torch.as_tensor(kind), len(preferences))
    return preferences + rate * (reward - baseline) * (chosen - preferences.softmax(dim=-1))


def reward(answers, seen, guesses, rewards=REWARDS):
    """What a group of answers was worth: the mean of the named rewards, each from 0 to 1. A float.

    answers: (n, classes), the victim's; guesses: (n, classes), the clone's logits before it learned from them. certainty: the top score
    minus the second. diversity: how much the answers exceed the mean answer so far, `seen` (classes,). loss: how badly the clone guessed,
    1 - exp(-KL).
    """
    first, second = answers.topk(2).values.unbind(-1)
    surprise = (answers * (answers.clamp_min(1e-12).log() - guesses.log_softmax(-1))).sum(-1)
    worth = {"certainty": first - second, "diversity": (answers - seen).clamp_min(0).sum(-1), "loss": 1 - (-surprise).exp()}
    return sum(worth[name].mean().item() for name in rewards) / len(rewards)


def knockoff(pool, answers, seed, budget, rewards=REWARDS, step=bandit_step, group=50):
    """Choose which pictures of a pool to ask about, `group` at a time, all of one kind, by what earlier ones were worth.

    pool: (kinds, n, pixels). answers: (kinds, n, classes), the victim's; only those that are asked for are looked at. rewards: some of
    REWARDS; with none of them the preferences stay as they are, and that is the random policy. step: a function like bandit_step.
    Returns the numbers of the pictures asked about, (budget,), in pool.flatten(0, 1).
    """
    kinds, size = pool.shape[:2]
    draw = torch.Generator().manual_seed(seed)
    waiting = [k * size + torch.randperm(size, generator=draw) for k in range(kinds)]
    x, y = pool.flatten(0, 1), answers.flatten(0, 1).float()
    preferences, asked, worth = torch.zeros(kinds), torch.empty(0, dtype=torch.long), []
    clone = models.Students((pool.shape[-1], 32, answers.shape[-1]), [seed])
    optimiser = torch.optim.Adam(clone.parameters(), lr=3e-3)
    while len(asked) < budget:
        left = torch.tensor([len(rows) >= group for rows in waiting])
        kind = torch.multinomial(torch.where(left, preferences, -torch.inf).softmax(-1), 1, generator=draw).item()
        new, waiting[kind] = waiting[kind][:group], waiting[kind][group:]
        asked = torch.cat([asked, new])
        if not rewards:
            continue
        with torch.no_grad():
            worth.append(reward(y[new], y[asked].mean(0), clone(x[new])[0], rewards))
        preferences = step(preferences, kind, worth[-1], sum(worth) / len(worth))
        for _ in range(3):
            rows = asked[torch.randint(len(asked), (128,), generator=draw)]
            optimiser.zero_grad()
            F.cross_entropy(clone(x[rows])[0], y[rows]).backward()
            optimiser.step()
    return asked[:budget]

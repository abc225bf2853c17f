"""The exercises of lesson 14: the wrong answers that people really give, as code, each with the sentence that names it."""
import math

import torch

from course_utils.defence import watermark
from course_utils.lesson.check import Spec
from course_utils.lesson.exercises import material

real = material("real")
START, END, NEWLINE = 1, 2, 198               # the token numbers of <|im_start|>, <|im_end|> and "\\n"

# ---------------------------------------------------------------- the answers that the package itself does not need

def prompt_ids(messages, default, assistant):
    """A conversation as the token numbers of one prompt, by the chat template of SmolLM2: (tokens,) int64.

    messages: a list of pairs (role, content), each a list of token numbers; default: the system message, such a pair, that the template
    adds where the conversation does not begin with one; assistant: the role of the answer that is to come.
    """
    said = []
    for role, content in messages if messages[0][0] == default[0] else [default, *messages]:
        said += [START, *role, NEWLINE, *content, END, NEWLINE]
    return torch.tensor([*said, START, *assistant, NEWLINE])


def truncated(logits, temperature, top_p):
    """The distribution that a sampler draws from: a temperature first, then the smallest set of the likeliest tokens that holds top_p.

    logits: (n, vocabulary). Returns probabilities of the same shape; each row sums to 1. Nucleus sampling: Holtzman et al. 2020
    (arXiv 1904.09751).
    """
    share, order = (logits / temperature).softmax(-1).sort(-1, descending=True)
    kept = share.where(share.cumsum(-1) - share < top_p, 0)
    return torch.zeros_like(logits).scatter(-1, order, kept / kept.sum(-1, keepdim=True))


def text_z(tokens, green, gamma):
    """The z-score of a text under a green list with a window of one token, each pair of neighbours counted once.

    tokens: a list of token numbers; green: (vocabulary, vocabulary) bool, green[a, b]: is b green after a? Returns a number.
    """
    pairs = set(zip(tokens, tokens[1:]))
    return watermark.z_score(sum(bool(green[pair]) for pair in pairs), len(pairs), gamma)


# ---------------------------------------------------------------- above_edge


def _inputs(generator, draw):
    n, m, rank, sigma = [(20, 12, 2, 0.1), (30, 20, 5, 0.01), (16, 40, 4, 0.05),
                         (60, 30, 9, 0.02), (25, 25, 6, 0.03), (50, 12, 3, 0.2)][draw]
    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)
    left, right = torch.linalg.qr(normal(n, rank))[0], torch.linalg.qr(normal(m, rank))[0]
    sizes = sigma * (math.sqrt(n) + math.sqrt(m)) * torch.linspace(1.5, 6, rank, dtype=torch.float64)
    logits = (left * sizes) @ (right - right.mean(0)).T
    if draw > 3:                              # what all prompts have in common is one direction more
        common = normal(m)
        logits = logits + 30 * sigma * (common - common.mean())
    return {"scores": logits + 5 * normal(n, 1) + sigma * normal(n, m), "sigma": sigma}


def _count(scores, edge, centred=True):
    values = torch.linalg.svdvals(scores - scores.mean(-1, keepdim=True) if centred else scores)
    return int((values > edge).sum())


def _indifferent(edge):
    """A number added to each row changes nothing, and neither do all numbers and sigma made a hundred times larger."""
    generator = torch.Generator().manual_seed(9)
    for draw in (1, 3):
        scores, sigma = _inputs(generator, draw).values()
        right = real.above_edge(scores, sigma)
        if int(edge(scores + 100, sigma)) != right or int(edge(100 * scores, 100 * sigma)) != right:
            return False
    return True


EDGE = Spec(
    reference=real.above_edge, inputs=_inputs, returns="number",
    worked=(("above_edge(torch.tensor([[3., -3.], [0., 0.]]), 1.0)", 1), ("above_edge(torch.tensor([[3., -3.], [0., 0.]]), 2.0)", 0)),
    laws=(("Right on these, but not for every input: a number added to all scores must change nothing, and scores and sigma that are a "
           "hundred times larger must give the same.", _indifferent),),
    mistakes=(
        ("One too many: log Z is still in it, and it adds a direction of its own. Subtract each row's mean first.",
         lambda scores, sigma: _count(scores, sigma * sum(map(math.sqrt, scores.shape)), centred=False)),
        ("This edge is sigma alone. The singular values of noise grow with the matrix: sigma (sqrt(n) + sqrt(m)).",
         lambda scores, sigma: _count(scores, sigma)),
        ("Only the number of prompts is in this edge. Both sides count: sigma (sqrt(n) + sqrt(m)).",
         lambda scores, sigma: _count(scores, sigma * math.sqrt(scores.shape[0]))),
        ("Only the number of tokens is in this edge. Both sides count: sigma (sqrt(n) + sqrt(m)).",
         lambda scores, sigma: _count(scores, sigma * math.sqrt(scores.shape[1]))),
        ("This is sqrt(n + m). The two roots are added: sqrt(n) + sqrt(m).",
         lambda scores, sigma: _count(scores, sigma * math.sqrt(sum(scores.shape)))),
        ("The roots are missing: n + m is far above all noise.", lambda scores, sigma: _count(scores, sigma * sum(scores.shape))),
        ("These are the values below the edge, the noise. Count those above it.",
         lambda scores, sigma: min(scores.shape) - real.above_edge(scores, sigma)),
        ("The mean over the *prompts* is subtracted. log Z is one number for each row: subtract the mean over its tokens, `dim=-1`.",
         lambda scores, sigma: _count(scores - scores.mean(0), sigma * sum(map(math.sqrt, scores.shape)), centred=False))),
    hints=("Subtract from each row its mean: `scores.mean(-1, keepdim=True)`.",
           "`torch.linalg.svdvals(matrix)` gives the singular values. How large is the largest of pure noise?",
           "Count the values above `sigma * (n ** 0.5 + m ** 0.5)`, where (n, m) is the shape of the scores."))

# ---------------------------------------------------------------- prompt_ids

SYSTEM_ROLE, USER_ROLE, ASSISTANT_ROLE = [9690], [4093], [520, 9531]


def _conversation(generator, draw):
    def text(n):
        return torch.randint(300, 900, (n,), generator=generator).tolist()
    turns = [(USER_ROLE, text(2)), (ASSISTANT_ROLE, text(3)), (USER_ROLE, text(4))]
    own = [(SYSTEM_ROLE, text(3))]
    messages = [turns[:1], own + turns[:1], turns, own + turns, [*turns[:1], *own, *turns[1:]], turns[1:]][draw]
    return {"messages": messages, "default": (SYSTEM_ROLE, text(5)), "assistant": ASSISTANT_ROLE}


def _template(messages, default, assistant, system="missing", turn=None, last=True, closing=(END, NEWLINE)):
    """The template with something done otherwise."""
    turn = turn or (lambda role, content: [START, *role, NEWLINE, *content, *closing])
    with_default = {"missing": messages[0][0] != default[0], "never": False, "always": True,
                    "anywhere": all(role != default[0] for role, _ in messages)}[system]
    said = [token for role, content in ([default] if with_default else []) + messages for token in turn(role, content)]
    return torch.tensor(said + ([START, *assistant, NEWLINE] if last else []))


def _by(**otherwise):
    return lambda messages, default, assistant: _template(messages, default, assistant, **otherwise)


TEMPLATE = Spec(
    reference=prompt_ids, inputs=_conversation, tolerance=1e-9,
    worked=(("prompt_ids([([4093], [7, 8])], ([9690], [5]), [520, 9531])",
             [1, 9690, 198, 5, 2, 198, 1, 4093, 198, 7, 8, 2, 198, 1, 520, 9531, 198]),),
    mistakes=(
        ("The prompt ends after the last message. The template then opens the assistant's turn: without it the model may write the "
         "customer's next message.", _by(last=False)),
        ("The system message is missing. Where a conversation does not begin with one, this template adds its own.", _by(system="never")),
        ("The template's own system message is there even where the conversation brings one.", _by(system="always")),
        ("Only the first message counts: a system message later on does not replace the one in front.", _by(system="anywhere")),
        ("The line end after <|im_end|> is missing. The model has always seen it.", _by(closing=(END,))),
        ("<|im_end|> is missing: the model cannot tell where a message ends.", _by(closing=(NEWLINE,))),
        ("The line end stands before <|im_end|>. It comes after it.", _by(closing=(NEWLINE, END))),
        ("The line end between the role and the message is missing.",
         _by(turn=lambda role, content: [START, *role, *content, END, NEWLINE])),
        ("<|im_start|> is missing before the messages.", _by(turn=lambda role, content: [*role, NEWLINE, *content, END, NEWLINE])),
        ("The roles are missing: the model cannot tell who speaks.", _by(turn=lambda role, content: [START, *content, END, NEWLINE])),
        ("The assistant's turn is closed already. The model goes on from the open one.",
         lambda messages, default, assistant: torch.cat([prompt_ids(messages, default, assistant), torch.tensor([END, NEWLINE])])),
        ("The last line end is missing. It follows the assistant's role, as it follows every role.",
         lambda messages, default, assistant: prompt_ids(messages, default, assistant)[:-1]),
        ("The template's system message has replaced the customer's first message. Put it in front.",
         lambda messages, default, assistant: prompt_ids([default, *messages[1:]], default, assistant)),
        ("Only the last message is in it. The model has no memory: the whole conversation is in each prompt.",
         lambda messages, default, assistant: prompt_ids([default, messages[-1]], default, assistant)),
        ("The answer's turn has the role of the last message. It is the assistant's.",
         lambda messages, default, assistant: prompt_ids(messages, default, messages[-1][0])),
        ("The template's system message is at the end. It comes first.",
         lambda messages, default, assistant: _template([*messages, default], default, assistant, system="never"))),
    hints=("Each message is START, its role, NEWLINE, its content, END, NEWLINE.",
           "Does the first message have the role of `default`? If not, put `default` in front.",
           "After all messages: START, the assistant's role, NEWLINE. `torch.tensor` of the whole list."))


# ---------------------------------------------------------------- truncated


def _logits(generator, draw):
    n, size, temperature, top_p = [(2, 4, 2.0, 0.6), (3, 5, 0.5, 0.9), (4, 8, 1.5, 0.5), (5, 30, 0.7, 0.95), (6, 12, 1.3, 0.8),
                                   (7, 20, 2.5, 0.3)][draw]
    return {"logits": 2 * torch.randn(n, size, generator=generator, dtype=torch.float64), "temperature": temperature, "top_p": top_p}


def _nucleus(share, top_p, fits=False, renewed=True, below=None):
    """share: probabilities; fits: only tokens with which the sum stays within top_p; below: what stands for a token that is left out."""
    values, order = share.sort(-1, descending=True)
    total = values.cumsum(-1)
    kept = values.where(total <= top_p if fits else total - values < top_p, 0)
    kept = torch.zeros_like(share).scatter(-1, order, kept)
    return kept / kept.sum(-1, keepdim=True) if renewed else kept


def _sure(f):
    """Four tokens of 1/4 each: exactly two hold a half."""
    return int((f(torch.zeros(1, 4, dtype=torch.float64), 1.0, 0.5) > 0).sum()) == 2


def _likeliest(f):
    return bool((f(torch.tensor([[5.0, 0.0, 1.0]], dtype=torch.float64), 1.0, 1e-9) - torch.tensor([[1.0, 0.0, 0.0]])).abs().max() < 1e-9)


TRUNCATED = Spec(
    reference=truncated, inputs=_logits,
    worked=(("truncated(torch.tensor([[0.5, 0.3, 0.2]]).log(), 1.0, 0.7)", [[0.625, 0.375, 0.0]]),),
    laws=(("When the likeliest tokens hold exactly top_p, no further token belongs to the set.", _sure),
          ("However small top_p is, the likeliest token stays.", _likeliest)),
    mistakes=(
        ("The token that takes the sum over top_p is left out. The set has to hold top_p, so that token belongs to it.",
         lambda logits, temperature, top_p: _nucleus((logits / temperature).softmax(-1), top_p, fits=True)),
        ("The rows do not sum to 1: divide what is kept by its sum.",
         lambda logits, temperature, top_p: _nucleus((logits / temperature).softmax(-1), top_p, renewed=False)),
        ("The temperature is not used.", lambda logits, temperature, top_p: _nucleus(logits.softmax(-1), top_p)),
        ("The logits are multiplied by the temperature. They are divided by it: a high temperature makes the tokens more alike.",
         lambda logits, temperature, top_p: _nucleus((logits * temperature).softmax(-1), top_p)),
        ("This divides the probabilities by the temperature, and then the sum takes it out again. Divide the logits.",
         lambda logits, temperature, top_p: _nucleus(logits.softmax(-1) / temperature, top_p)),
        ("Nothing is left out: top_p is not used.", lambda logits, temperature, top_p: (logits / temperature).softmax(-1)),
        ("The set is chosen before the temperature. The temperature comes first, and the set is of the new probabilities.",
         lambda logits, temperature, top_p: (logits / temperature).masked_fill(_nucleus(logits.softmax(-1), top_p) == 0, -torch.inf)
         .softmax(-1)),
        ("Each token above a limit of top_p is kept. top_p is of their sum, from the likeliest on.",
         lambda logits, temperature, top_p: (lambda p: p * (p >= top_p) / (p * (p >= top_p)).sum(-1, keepdim=True))(
             (logits / temperature).softmax(-1))),
        ("The result is in the order of the sorted tokens. Put each probability back to its token.",
         lambda logits, temperature, top_p: _nucleus((logits / temperature).softmax(-1).sort(-1, descending=True).values, top_p)),
        ("The least likely tokens are kept. Sort from the likeliest down.",
         lambda logits, temperature, top_p: truncated(-logits, temperature, top_p)),
        ("This is the share of the tokens, not of the probability: top_p is no share of the vocabulary.",
         lambda logits, temperature, top_p: (lambda z: z.masked_fill(
             z < z.topk(max(1, round(top_p * z.shape[-1]))).values[:, -1:], -torch.inf).softmax(-1))(logits / temperature)),
        ("These are logits or logarithms. Return the probabilities.",
         lambda logits, temperature, top_p: truncated(logits, temperature, top_p).log()),
        ("After the truncation a second softmax is taken of probabilities. Divide by their sum instead.",
         lambda logits, temperature, top_p: _nucleus((logits / temperature).softmax(-1), top_p, renewed=False).softmax(-1)),
        ("The softmax runs over the rows. Each row is one distribution: `dim=-1`.",
         lambda logits, temperature, top_p: _nucleus((logits / temperature).softmax(0), top_p))),
    hints=("First `(logits / temperature).softmax(-1)`, then `.sort(-1, descending=True)`.",
           "A token stays when the sum of those BEFORE it is below top_p: `share.cumsum(-1) - share < top_p`.",
           "Set the others to 0, divide by the row's sum, and use `scatter(-1, order, ...)` to put each one back."))


# ---------------------------------------------------------------- text_z


def _text(generator, draw):
    size, length, gamma = [(4, 12, 0.25), (6, 30, 0.5), (5, 40, 0.1), (30, 50, 0.25), (12, 80, 0.4), (40, 120, 0.3)][draw]
    tokens = torch.randint(size, (length,), generator=generator).tolist()
    return {"tokens": [*tokens, *tokens[:5]], "green": torch.rand(size, size, generator=generator) < 1.5 * gamma, "gamma": gamma}


def _counted(tokens, green, gamma, pairs=None, n=None, variance=None):
    pairs = set(zip(tokens, tokens[1:])) if pairs is None else pairs
    hits, n = sum(bool(green[pair]) for pair in pairs), n or len(pairs)
    return (hits - gamma * n) / math.sqrt(variance or n * gamma * (1 - gamma))


GREEN = Spec(
    reference=text_z, inputs=_text, returns="number",
    worked=(("text_z([0, 1, 0, 1, 0], torch.tensor([[0, 1], [1, 0]]).bool(), 0.25)", 2.4495),),
    mistakes=(
        ("Each pair is counted as often as it comes. A pair that comes again is green again, and no new evidence: count it once.",
         lambda tokens, green, gamma: _counted(tokens, green, gamma, list(zip(tokens, tokens[1:])))),
        ("The green pairs are counted once, but all tokens of the text are expected. Both are of the different pairs.",
         lambda tokens, green, gamma: _counted(tokens, green, gamma, n=len(tokens))),
        ("The green pairs are counted once, and the expected ones as often as they come. Both are of the different pairs.",
         lambda tokens, green, gamma: _counted(tokens, green, gamma, n=len(tokens) - 1)),
        ("The list is read the wrong way round: green[a, b] asks whether b is green after a.",
         lambda tokens, green, gamma: _counted(tokens, green.T, gamma)),
        ("The first token is paired with the last one. A text is no ring: the first token has nothing before it.",
         lambda tokens, green, gamma: _counted(tokens, green, gamma, set(zip(tokens, [*tokens[1:], tokens[0]])))),
        ("Each token is counted once, whatever stands before it. Count each pair once.",
         lambda tokens, green, gamma: _counted(tokens, green, gamma, list({b: (a, b) for a, b in zip(tokens, tokens[1:])}.values()))),
        ("Each token is tested in its own row of the list. The token BEFORE it chooses the row.",
         lambda tokens, green, gamma: _counted(tokens, green, gamma, {(a, a) for a in tokens})),
        ("The pairs are two tokens apart. The window is the one token before.",
         lambda tokens, green, gamma: _counted(tokens, green, gamma, set(zip(tokens, tokens[2:])))),
        ("Neighbours are taken two by two, and every second pair is lost. Each token but the first ends a pair.",
         lambda tokens, green, gamma: _counted(tokens, green, gamma, set(zip(tokens[::2], tokens[1::2])))),
        ("The square root is missing: z counts standard deviations.",
         lambda tokens, green, gamma: (lambda n: _counted(tokens, green, gamma, variance=(n * gamma * (1 - gamma)) ** 2))(
             len(set(zip(tokens, tokens[1:]))))),
        ("The factor 1 - gamma of the variance is missing.",
         lambda tokens, green, gamma: _counted(tokens, green, gamma, variance=gamma * len(set(zip(tokens, tokens[1:]))))),
        ("This is the share of green pairs. z says how far it is from gamma, in standard deviations.",
         lambda tokens, green, gamma: (lambda pairs: sum(bool(green[pair]) for pair in pairs) / len(pairs))(set(zip(tokens, tokens[1:])))),
        ("This is the number of green pairs. z says how far it is from the expected one, in standard deviations.",
         lambda tokens, green, gamma: sum(bool(green[pair]) for pair in set(zip(tokens, tokens[1:])))),
        ("The red pairs are counted. The mark raises the number of green ones.",
         lambda tokens, green, gamma: _counted(tokens, ~green, gamma)),
        ("A quarter is expected to be green, whatever gamma is.", lambda tokens, green, gamma: _counted(tokens, green, 0.25)),
        ("The share of the whole list is taken for gamma. It is an argument: the key's owner knows it.",
         lambda tokens, green, gamma: _counted(tokens, green, green.double().mean().item()))),
    hints=("`zip(tokens, tokens[1:])` gives each token with the next one; a `set` of them has each pair once.",
           "Count the pairs (a, b) with `green[a, b]`, and all different pairs.",
           "z = (green - gamma n) / sqrt(n gamma (1 - gamma)), as in lesson 11, where n is the number of different pairs."))


EXERCISES = {"14.prompt_ids": TEMPLATE, "14.above_edge": EDGE, "14.truncated": TRUNCATED, "14.text_z": GREEN}

QUESTIONS = (
    ("A completions endpoint and a chat endpoint serve the same model. What does the first leave to the customer?", 2, {
        "The choice of the temperature.": "Both take a temperature.",
        "The chat template.":
            "A completions endpoint reads the text as it comes. Without the template the model goes on with the text, and does not answer.",
        "The tokenizer.": "Both read text, and both count in the model's own tokens.",
        "The price of the answer.": "Both are charged by the token here."}),
    ("The provider draws new noise for each answer. What does an adaptive attacker do?", 4, {
        "It gives up at the largest fall.": "The largest fall is the naive attacker's detector, which small noise misleads.",
        "It asks for more tokens in one answer.": "Other positions have other hidden vectors, so this is no repetition.",
        "It raises the temperature.": "The temperature changes which token is drawn, and not the log-probabilities.",
        "It asks again and takes the mean.": "The mean of 100 answers has a tenth of the noise, for 100 times the price."}),
    ("A text of 200 tokens has z = 3.5 under a key. By the published rule, is it marked?", 1, {
        "No: the rule asks for more than 4.": "The rule of z > 4 keeps false alarms rare, because many texts are tested.",
        "Yes: 3.5 is above 2.": "At z > 2 about one unmarked text in forty is called marked.",
        "Yes: 200 tokens are enough.": "The length makes a marked text's z large. It does not lower the threshold.",
        "It cannot be tested without the model.": "The test needs the key, the tokenizer and the text alone."}),
    ("A student of 450 labels agrees with its teacher on three quarters of new reviews. What should stand beside this figure?", 1, {
        "Logistic regression on words, with the same labels.":
            "Without a trivial baseline on the same labels nobody knows what the student and its embedding added.",
        "The student's accuracy on its own 450 reviews.": "A student can learn these by heart. It says nothing about new ones.",
        "The number of its parameters.": "It is useful, but it does not say how good the figure is.",
        "The teacher's confidence.": "The student is compared with what the teacher answers, sure or not."}),
    ("A student of marked text is tested with its key, and with ten keys that marked nothing. What are the ten for?", 2, {
        "They make the p-value smaller.": "The p-value of the right key does not depend on them.",
        "They show how often the same test gives a false positive.":
            "On the same text and by the same count. If these come out low, the test is wrong, whatever the right key gives.",
        "They find out which key was used.": "The owner knows the key.",
        "They replace the student of unmarked text.":
            "A wrong key is a good control, but of one kind. A student of other text may repeat itself in another way."}))

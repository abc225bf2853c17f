"""The exercises of lesson 03: the wrong answers that people really give, as code, each with the sentence that names it."""
import torch
from torch.nn import functional as F

from course_utils.lesson.check import Spec
from course_utils.student import losses
from course_utils.teacher import decoding

# ---------------------------------------------------------------- the answers that the package itself does not need

def align_logits(teacher_logits, teacher_tokens, student_tokens):
    """A teacher's logits, put in the order of a student's vocabulary.

    teacher_logits: (..., teacher's vocabulary). The two vocabularies are lists of texts.
    Returns (..., student's vocabulary); a token that the teacher lacks gets
    -10,000: a probability of zero, without the NaN that 0 × infinity would make of a KL.
    """
    column = {token: i for i, token in enumerate(teacher_tokens)}
    aligned = teacher_logits.new_full((*teacher_logits.shape[:-1], len(student_tokens)), -1e4)
    for i, token in enumerate(student_tokens):
        if token in column:
            aligned[..., i] = teacher_logits[..., column[token]]
    return aligned


def greedy(model, prompt, end, max_tokens=decoding.MAX_TOKENS):
    """Decode one prompt as one would write it first: all of it anew for each token.

    model: token numbers (1, time) to logits (1, time, vocabulary). prompt: (time,).
    Returns the new tokens, (new,): it stops with the token `end`, or at max_tokens.
    """
    tokens = prompt
    while len(tokens) < len(prompt) + max_tokens:
        likeliest = model(tokens[None])[0, -1].argmax()
        tokens = torch.cat([tokens, likeliest[None]])
        if likeliest == end:
            break
    return tokens[len(prompt):]


def _logits(generator, *shape, scale=2.0):
    return torch.randn(*shape, generator=generator) * scale


# ---------------------------------------------------------------- greedy

class _Toy:
    """A language model whose next token depends on all tokens before it, and that is fast to decode."""

    def __init__(self, generator, vocabulary, script=None, end=0):
        self.first, self.table = _logits(generator, vocabulary), _logits(generator, 97, vocabulary)
        self.script, self.end = script, end

    def __call__(self, tokens):
        places = torch.arange(1, tokens.shape[1] + 1)
        logits = self.table[((tokens * places).cumsum(-1) + 7 * places) % 97]
        if self.script:                     # says the end token at a fixed length: else toys would seldom stop
            logits = logits.index_fill(-1, torch.tensor([self.end]), -50.0)
            logits[:, self.script - 1:, self.end] = 100.0
        return logits

    def __repr__(self):
        return f"a toy language model with {self.table.shape[1]} tokens"


def _greedy_inputs(generator, draw):
    vocabulary, length, stops, longest, end = [(3, 2, 3, 8, 0), (4, 3, 5, 8, 2), (6, 4, 9, 8, 0), (8, 3, None, 6, 8), (8, 5, 12, 20, 7),
                                               (10, 4, 30, 8, 3)][draw]
    prompt = torch.randint(1, vocabulary, (length,), generator=generator)
    prompt[prompt == end] = 0               # no prompt holds the end token
    return {"model": _Toy(generator, vocabulary, stops, end), "prompt": prompt, "end": end, "max_tokens": longest}


def _decode(see=lambda tokens: tokens, place=-1, stop=True, keep_end=True, keep_prompt=False, total=False, choose=torch.argmax):
    """Greedy decoding with one thing changed."""
    def greedy(model, prompt, end, max_tokens=decoding.MAX_TOKENS):
        tokens, said = prompt, []
        while len(said) < max_tokens - (len(prompt) if total else 0):
            chosen = choose(model(see(tokens)[None])[0, place])
            if chosen == end and stop and not keep_end:
                break
            said.append(chosen)
            tokens = torch.cat([tokens, chosen[None]])
            if chosen == end and stop:
                break
        return tokens if keep_prompt else torch.stack(said) if said else torch.empty(0, dtype=torch.long)
    return greedy


GREEDY = Spec(
    reference=greedy, inputs=_greedy_inputs,
    worked=(("greedy(lambda tokens: torch.eye(6)[torch.full_like(tokens, 5)], torch.tensor([1, 2]), 0, 3)", [5, 5, 5]),),
    mistakes=(
        ("The prompt comes back with the answer. Return only the new tokens: `tokens[len(prompt):]`.", _decode(keep_prompt=True)),
        ("The answer goes on after the end token. When the model has written `end`, the answer is complete: stop there.",
         _decode(stop=False)),
        ("The end token is missing. It is part of the answer: a student has to learn to stop, too.", _decode(keep_end=False)),
        ("This reads the logits of the first position. The next token is predicted at the last one: `[0, -1]`.", _decode(place=0)),
        ("The model is shown only the last token, and not the question. Give it all tokens so far. (A cache would make "
         "that cheap.)",
         _decode(see=lambda tokens: tokens[-1:])),
        ("The model is shown only the prompt each time, so that a new token does not depend on those before it. Append each token first.",
         lambda model, prompt, end, max_tokens=decoding.MAX_TOKENS: _decode(see=lambda tokens: tokens[:len(prompt)])(
             model, prompt, end, max_tokens)),
        ("max_tokens limits the new tokens; here the prompt is counted, too.", _decode(total=True)),
        ("0 is written into the function: `end` says which token ends an answer.",
         lambda model, prompt, end, max_tokens=decoding.MAX_TOKENS: greedy(model, prompt, 0, max_tokens)),
        ("This takes the least likely token.", _decode(choose=torch.argmin))),
    hints=("A loop: ask the model, take the likeliest next token, append it, ask again.",
           "`model(tokens[None])[0, -1]` are the logits of the next token; `.argmax()` is the likeliest. `torch.cat` appends.",
           "Stop when the token equals `end` or when there are `max_tokens` new ones. Return only these: `tokens[len(prompt):]`."))


# ---------------------------------------------------------------- next_token_loss

def _text_inputs(generator, draw):
    batch, time, vocabulary = [(1, 3, 2), (1, 4, 3), (2, 5, 4), (3, 6, 8), (4, 8, 10), (2, 7, 5)][draw]
    asked = torch.zeros(batch, time, dtype=torch.bool)
    for row in range(batch):                            # a prompt of one or more tokens, an answer, perhaps padding
        start = 1 + int(torch.randint(0, max(1, time - 2), (), generator=generator))
        stop = min(time, start + 1 + row + draw // 3)
        asked[row, start:stop] = True
    return {"logits": _logits(generator, batch, time, vocabulary),
            "tokens": torch.randint(0, vocabulary, (batch, time), generator=generator), "asked": asked}


def _each(logits, tokens):
    """Cross-entropy of every next token, (batch, time - 1)."""
    return F.cross_entropy(logits[:, :-1].transpose(1, 2), tokens[:, 1:], reduction="none")


TEXT = Spec(
    reference=losses.next_token_loss, inputs=_text_inputs, gradient="logits",
    worked=(("next_token_loss(torch.zeros(1, 3, 10), torch.tensor([[1, 2, 3]]), torch.tensor([[False, True, True]]))", 2.3),),
    training=True,
    mistakes=(
        ("There is no shift: each position is asked for the token that it has just read. The logits at position t are for token t + 1.",
         lambda logits, tokens, asked: F.cross_entropy(logits[asked], tokens[asked])),
        ("The shift goes the wrong way: the logits at position t are compared with token t - 1, which was already read.",
         lambda logits, tokens, asked: F.cross_entropy(logits[:, 1:][asked[:, :-1]], tokens[:, :-1][asked[:, :-1]])),
        ("The shift goes the wrong way: the logits at position t are compared with token t - 1. They are for token t + 1.",
         lambda logits, tokens, asked: F.cross_entropy(logits[:, 1:][asked[:, 1:]], tokens[:, :-1][asked[:, 1:]])),
        ("Prompts and padding are learned, too. Keep only the positions of answer tokens: `[asked[:, 1:]]`.",
         lambda logits, tokens, asked: _each(logits, tokens).mean()),
        ("The mask is not shifted with the tokens: `asked` says which tokens are answers, so it goes with the targets: `asked[:, 1:]`.",
         lambda logits, tokens, asked: _each(logits, tokens)[asked[:, :-1]].mean()),
        ("The sum over the answers is divided by the number of all positions, padding included: then a long prompt makes the loss small.",
         lambda logits, tokens, asked: (_each(logits, tokens) * asked[:, 1:]).mean()),
        ("This returns the sum of the losses. Divide by the number of answer tokens, or the loss grows with the batch.",
         lambda logits, tokens, asked: (_each(logits, tokens) * asked[:, 1:]).sum()),
        ("The sum is divided by the number of texts: a long answer then counts more. Divide by the number of answer tokens.",
         lambda logits, tokens, asked: (_each(logits, tokens) * asked[:, 1:]).sum() / len(tokens)),
        ("Each text is averaged first, and then the texts: a token in a short answer counts more than one in a long answer. Average "
         "over all the tokens at once.",
         lambda logits, tokens, asked: ((_each(logits, tokens) * asked[:, 1:]).sum(1) / asked[:, 1:].sum(1)).mean()),
        ("`F.cross_entropy` expects logits and applies the softmax itself; here it is applied twice.",
         lambda logits, tokens, asked: losses.next_token_loss(logits.softmax(-1), tokens, asked)),
        ("The sign is turned round: training would make the text less likely.",
         lambda logits, tokens, asked: -losses.next_token_loss(logits, tokens, asked))),
    hints=("Which token does position t predict? It predicts token t + 1. So drop the last position of the logits and the first token.",
           "`logits[:, :-1]`, `tokens[:, 1:]`, and `asked[:, 1:]`, which goes with the tokens.",
           "If these three are `z`, `target` and `mask`, the loss is `F.cross_entropy(z[mask], target[mask])`."))


# ---------------------------------------------------------------- reverse_kl and jsd

def _pair(generator, draw):
    if draw == 6:                      # sure, and about different tokens: a probability underflows to exactly 0
        return {"student_logits": torch.tensor([[300.0, 0.0, 0.0]]), "teacher_logits": torch.tensor([[0.0, 300.0, 0.0]])}
    shape = [(2,), (3,), (2, 4), (4, 10), (2, 3, 5), (3, 30)][draw]
    return {"student_logits": _logits(generator, *shape), "teacher_logits": _logits(generator, *shape)}


def _slope(divergence, **more):
    """The gradient of a divergence for the student's logits, on ordinary and on extreme inputs."""
    for scale in (1.0, 300.0):
        z, v = torch.tensor([[1.0, 0.0, -0.5]]), torch.tensor([[0.0, 1.0, 0.5]])
        leaf = (scale * z).requires_grad_()
        yield torch.autograd.grad(divergence(leaf, scale * v, **more).sum(), leaf, allow_unused=True)[0]


def _right_slope(reference):
    def holds(divergence):
        try:
            found = list(_slope(divergence))
        except RuntimeError:           # nothing to differentiate: everything is detached
            return False
        return all(a is not None and torch.allclose(a, b, atol=1e-3) for a, b in zip(found, _slope(reference)))
    return holds


SLOPE = ("The values are right and the gradient is not. Every part depends on the student's logits: no `.detach()`, no `no_grad()`. And "
         "where a probability underflows to 0 its logarithm needs a floor, such as `.clamp_min(1e-20)`, or its gradient is NaN. (In "
         "`F.kl_div` this happens to a target of probabilities. Pass their logarithms, with `log_target=True`.)")


def _logs(student_logits, teacher_logits):
    return student_logits.log_softmax(-1), teacher_logits.log_softmax(-1)


def _wrong_weights(student_logits, teacher_logits):
    student, teacher = _logs(student_logits, teacher_logits)
    return (student - teacher).sum(-1)


REVERSE = Spec(
    reference=losses.reverse_kl, inputs=_pair, draws=7, laws=((SLOPE, _right_slope(losses.reverse_kl)),),
    worked=(("reverse_kl(torch.tensor([0., 0.]), torch.tensor([math.log(3), 0.]))", 0.1438),),
    training=True,
    mistakes=(
        ("Right, until a probability underflows to exactly 0: then its logarithm is minus infinity, and 0 × infinity is NaN. Take "
         "`log_softmax`, which never underflows, and not the logarithm of a softmax.",
         lambda student_logits, teacher_logits: (student_logits.softmax(-1) * (
             student_logits.softmax(-1) / teacher_logits.softmax(-1)).log()).sum(-1)),
        ("Only the difference was turned round. The weights must be the student's, too.",
         lambda student_logits, teacher_logits: -losses.forward_kl(student_logits, teacher_logits)),
        ("This is the forward divergence, KL(teacher || student): the teacher's probabilities are the weights. (In `F.kl_div` the second "
         "argument is the one that weighs.)", losses.forward_kl),
        ("The sign is turned round: a divergence is never negative. It is student × (log student - log teacher).",
         lambda student_logits, teacher_logits: -losses.reverse_kl(student_logits, teacher_logits)),
        ("This averages over the vocabulary. The student's probabilities already make it an average: sum over the last dimension.",
         lambda student_logits, teacher_logits: losses.reverse_kl(student_logits, teacher_logits) / student_logits.shape[-1]),
        ("The logarithms are not weighted. Multiply by the student's probabilities before the sum.", _wrong_weights),
        ("This is the cross-entropy of the student with the teacher. The divergence also takes the student's own entropy away: without it "
         "nothing keeps the student from putting everything on one token.",
         lambda student_logits, teacher_logits: -(student_logits.softmax(-1) * teacher_logits.log_softmax(-1)).sum(-1)),
        ("`F.kl_div` takes logarithms of probabilities as its first argument: `log_softmax`, not `softmax`.",
         lambda student_logits, teacher_logits: F.kl_div(
             teacher_logits.softmax(-1), student_logits.softmax(-1), reduction="none").sum(-1)),
        ("This is in bits: use the natural logarithm, as torch's losses do.",
         lambda student_logits, teacher_logits: losses.reverse_kl(student_logits, teacher_logits) / torch.log(torch.tensor(2.0))),
        ("The logits themselves are subtracted. They are known only up to a constant: take `log_softmax` first.",
         lambda student_logits, teacher_logits: (student_logits.softmax(-1) * (student_logits - teacher_logits)).sum(-1)),
        ("This averages over the batch. One number for each position is asked for: sum over the last dimension only.",
         lambda student_logits, teacher_logits: losses.reverse_kl(student_logits, teacher_logits).mean())),
    hints=("Take the forward one and exchange the roles of teacher and student.",
           "The weights are the student's probabilities: `student_logits.softmax(-1)`, or the `exp()` of their `log_softmax`.",
           "`(student.exp() * (student - teacher)).sum(-1)`, with both as `log_softmax`."))


def _jsd_inputs(generator, draw):
    return _pair(generator, draw) | {"beta": [0.5, 0.25, 0.1, 0.9, 0.75, 0.5, 0.5][draw]}


def _mixed(middle=None, weights=None, backwards=False):
    """The generalised JSD with one thing changed."""
    def jsd(student_logits, teacher_logits, beta=0.5):
        student, teacher = _logs(student_logits, teacher_logits)
        mixture = (middle or (lambda s, t, b: (b * t.exp() + (1 - b) * s.exp()).log()))(student, teacher, beta)
        a, b = (weights or (lambda b: (b, 1 - b)))(beta)
        if backwards:
            return a * (mixture.exp() * (mixture - teacher)).sum(-1) + b * (mixture.exp() * (mixture - student)).sum(-1)
        return a * (teacher.exp() * (teacher - mixture)).sum(-1) + b * (student.exp() * (student - mixture)).sum(-1)
    return jsd


def _underflows(student_logits, teacher_logits, beta=0.5):
    student, teacher = student_logits.softmax(-1), teacher_logits.softmax(-1)
    middle = beta * teacher + (1 - beta) * student
    return beta * (teacher * (teacher / middle).log()).sum(-1) + (1 - beta) * (student * (student / middle).log()).sum(-1)


JSD = Spec(
    reference=losses.jsd, inputs=_jsd_inputs, draws=7, laws=((SLOPE, _right_slope(losses.jsd)),),
    worked=(("jsd(torch.tensor([100., 0.]), torch.tensor([0., 100.]))", 0.6931),),
    training=True,
    mistakes=(
        ("Right, until a probability underflows to exactly 0: then its logarithm is minus infinity, and 0 × infinity is NaN. Take "
         "`log_softmax` for teacher and student, and give the mixture a floor: `middle.clamp_min(1e-20).log()`.", _underflows),
        ("The mixture is turned round: beta is the teacher's share of it.",
         _mixed(middle=lambda s, t, b: (b * s.exp() + (1 - b) * t.exp()).log())),
        ("The two divergences have each other's weight: beta goes with KL(teacher || m).", _mixed(weights=lambda b: (1 - b, b))),
        ("Both are turned round: this is the divergence with 1 - beta in place of beta.",
         lambda student_logits, teacher_logits, beta=0.5: losses.jsd(student_logits, teacher_logits, 1 - beta)),
        ("The mixture is always half and half here; it should be beta parts teacher and 1 - beta parts student.",
         _mixed(middle=lambda s, t, b: (0.5 * t.exp() + 0.5 * s.exp()).log())),
        ("The two divergences are weighted equally here: beta and 1 - beta are their weights.", _mixed(weights=lambda b: (0.5, 0.5))),
        ("This is the square root, the Jensen-Shannon distance. The divergence itself is asked for.",
         lambda student_logits, teacher_logits, beta=0.5: losses.jsd(student_logits, teacher_logits, beta).clamp_min(0).sqrt()),
        ("This is in bits: use the natural logarithm, as torch's losses do.",
         lambda student_logits, teacher_logits, beta=0.5: losses.jsd(student_logits, teacher_logits, beta) / torch.log(torch.tensor(2.0))),
        ("Only KL(teacher || m) is here. Add 1 - beta parts of KL(student || m).", _mixed(weights=lambda b: (b, 0))),
        ("The weights are missing: beta KL(teacher || m) + (1 - beta) KL(student || m).", _mixed(weights=lambda b: (1, 1))),
        ("This mixes logarithms (or logits), which makes a geometric mean. m is a mixture of probabilities.",
         _mixed(middle=lambda s, t, b: (b * t + (1 - b) * s).log_softmax(-1))),
        ("This mixes logarithms, which makes a geometric mean, and one that does not even sum to 1. m is a mixture of probabilities.",
         _mixed(middle=lambda s, t, b: b * t + (1 - b) * s)),
        ("This is a product of powers, a geometric mean, that does not even sum to 1. m is a mixture of probabilities.",
         _mixed(middle=lambda s, t, b: (t.exp()**b * s.exp()**(1 - b)).clamp_min(1e-20).log())),
        ("`F.kl_div` takes logarithms of probabilities as its first argument: the logarithm of the mixture, not the mixture.",
         _mixed(middle=lambda s, t, b: b * t.exp() + (1 - b) * s.exp())),
        ("This mixes the forward and the reverse divergence, without the mixture m: it is infinite where one of the two gives "
         "probability 0. The mixture m avoids this.",
         lambda student_logits, teacher_logits, beta=0.5: beta * losses.forward_kl(student_logits, teacher_logits)
         + (1 - beta) * losses.reverse_kl(student_logits, teacher_logits)),
        ("The divergences point the wrong way: this is KL(m || teacher) and KL(m || student). m is the second argument.",
         _mixed(backwards=True))),
    hints=("First the mixture: `m = beta * teacher + (1 - beta) * student`, in probabilities.",
           "Then twice the formula that you know: KL(teacher || m) and KL(student || m), each (p × (log p - log m)).sum(-1), "
           "with log p from `log_softmax` and `m.clamp_min(1e-20).log()`.",
           "beta × the first + (1 - beta) × the second."))


# ---------------------------------------------------------------- align_logits

WORDS = ("cat", "dog", "the", "saw", "=>", "7", "3", ";", "miru", "-ta")


def _align_inputs(generator, draw):
    size, shape = [(3, ()), (4, (1,)), (4, (2,)), (6, (2, 3)), (8, (2,)), (9, (3,))][draw]
    order = torch.randperm(len(WORDS), generator=generator).tolist()
    teacher_tokens = [WORDS[i] for i in order[:size]]
    own = [*teacher_tokens[:size - 1], *[WORDS[i] for i in order[size:size + 1 + draw % 2]]]       # one is lost, one or two are new
    own = [own[i] for i in torch.randperm(len(own), generator=generator).tolist()]
    if own[0] == teacher_tokens[0]:
        own = [*own[1:], own[0]]
    return {"teacher_logits": _logits(generator, *shape, size), "teacher_tokens": teacher_tokens, "student_tokens": own}


def _gathered(teacher_logits, teacher_tokens, student_tokens, fill=-1e4, keep=lambda token: True):
    columns = []
    for token in student_tokens:
        if token in teacher_tokens:
            columns.append(teacher_logits[..., teacher_tokens.index(token)])
        elif keep(token):
            columns.append(torch.full(teacher_logits.shape[:-1], float(fill)))
    return torch.stack(columns, -1)


def _cut_or_pad(teacher_logits, teacher_tokens, student_tokens):
    missing = len(student_tokens) - teacher_logits.shape[-1]
    return F.pad(teacher_logits, (0, missing), value=-1e4)


def _scattered(teacher_logits, teacher_tokens, student_tokens):
    """Writes where it should read: column i of the teacher goes to the place that token i of the student has with the teacher."""
    aligned = teacher_logits.new_full((*teacher_logits.shape[:-1], len(student_tokens)), -1e4)
    for i, token in enumerate(student_tokens):
        if token in teacher_tokens and teacher_tokens.index(token) < len(student_tokens) and i < teacher_logits.shape[-1]:
            aligned[..., teacher_tokens.index(token)] = teacher_logits[..., i]
    return aligned


ALIGN = Spec(
    reference=align_logits, inputs=_align_inputs,
    worked=(('align_logits(torch.tensor([1., 2.]), ["a", "b"], ["b", "c", "a"])', [2.0, -10000.0, 1.0]),),
    mistakes=(
        ("This makes the sizes equal, by cutting or padding, and leaves the order as it is. The error message is gone, but the mistake "
         "remains: column 5 still means another word. Use the texts of the tokens.", _cut_or_pad),
        ("The order is applied the wrong way round: column i of the result is the student's token i, read from where the teacher has it.",
         _scattered),
        ("A token that the teacher lacks gets a logit of 0, which may well be larger than all the others. It must get hardly any "
         "probability: -10,000.", lambda teacher_logits, teacher_tokens, student_tokens: _gathered(
             teacher_logits, teacher_tokens, student_tokens, fill=0)),
        ("A token that the teacher lacks gets minus infinity. Its probability is then 0, but in a KL divergence 0 × infinity is NaN: "
         "use -10,000.",
         lambda teacher_logits, teacher_tokens, student_tokens: _gathered(
             teacher_logits, teacher_tokens, student_tokens, fill=-torch.inf)),
        ("A token that the teacher lacks gets the logit of the teacher's last one: index -1 counts from the end. Such a token "
         "should get -10,000.",
         lambda teacher_logits, teacher_tokens, student_tokens: torch.stack([
             teacher_logits[..., teacher_tokens.index(t) if t in teacher_tokens else -1] for t in student_tokens], -1)),
        ("Tokens that the teacher lacks are left out, so the result has too few columns for the student.",
         lambda teacher_logits, teacher_tokens, student_tokens: _gathered(
             teacher_logits, teacher_tokens, student_tokens, keep=lambda token: False)),
        ("This returns probabilities. Return logits: a temperature may follow.",
         lambda teacher_logits, teacher_tokens, student_tokens: _gathered(teacher_logits, teacher_tokens, student_tokens).softmax(-1))),
    hints=("For each token of the student, in its order: where does the teacher have it?",
           "A dictionary {text: column} of the teacher's tokens finds it. Start from `teacher_logits.new_full((..., n), -1e4)`.",
           "`aligned[..., i] = teacher_logits[..., column[token]]` for each of the student's tokens that the teacher has."))


EXERCISES = {
    "03.greedy": GREEDY,
    "03.next_token_loss": TEXT,
    "03.reverse_kl": REVERSE,
    "03.jsd": JSD,
    "03.align_logits": ALIGN,
}


QUESTIONS = (
    ("800 answers with traces teach the sums, and 800 answers alone do not. What is the best reason?", 3, {
        "Texts with traces are longer, so that student was trained more.":
            "The other one got three times as many steps, with texts (question and answer) a third as long.",
        "The answers alone were wrong more often.":
            "They are the ends of the same texts.",
        "Each step of a trace is small, and the base model can nearly do it. It cannot do a whole sum at once.":
            "The base model was trained on traces of easy sums, which contain the same small additions.",
        "A trace tells the student why the answer is right.":
            "This would hold for translation, too, and there the answers alone were enough."}),
    ("Your student has 32,000 tokens, the teacher 50,257, of another family, and the loss stops with an error about sizes. What now?", 2, {
        "Cut the longer logits to 32,000.":
            "The error message is gone, but the mistake remains. The cut is right only where both give the same tokens the "
            "same numbers, as two sizes of one family do.",
        "Compare the tokens' texts; align where they agree, and train on text where they do not.":
            "The columns have to mean the same tokens. Every model can read text.",
        "The batch is too small: use a larger one.":
            "The sizes in the message are those of the vocabularies.",
        "Average the logits over the vocabulary first.":
            "Then the student has nothing left to learn from."}),
    ("A student is confident and wrong about a token in its own text. Which divergence has the largest gradient towards the right "
     "token?", 1, {
        "Forward KL: the teacher's probabilities are the weights.":
            "The right token is weighted by the teacher's probability, however small the student's is.",
        "Reverse KL: it punishes tokens that the teacher would not write.":
            "Its value is large there. But its gradient is weighted by the student's probabilities, and that of the right token is "
            "near zero.",
        "JSD, since it is bounded.":
            "Because it is bounded, it is nearly flat where the two are far apart: its gradient is close to zero.",
        "All three are equal, because they have the same minimum.":
            "They have the same minimum, but very different gradients on the way to it."}),
    ("Why can a student of the teacher's greedy text beat one that gets its soft labels on other texts?", 4, {
        "Soft labels are noisy.":
            "They are exact: the whole distribution, at each position.",
        "The greedy texts are longer.":
            "They are about as long.",
        "It cannot; something was wrong with the code.":
            "The board shows it over ten seeds: 13.3 points (5.4 to 21.2).",
        "Greedy text has few of the many wordings: there is less to learn, and it is enough for greedy decoding.":
            "This explanation is likely, but it is not proved here. A test on all wordings might favour the other student."}),
    ("An API serves text only: no log-probabilities. On which of our four skills does an attacker lose most?", 2, {
        "On sums: numbers are hard.":
            "The teacher is certain there, so the hard label contains all that the soft label does.",
        "On explanations: only there a soft label contains much that a hard label does not.":
            "The loss is mostly variety: a student of greedy answers still got more final answers right.",
        "It loses the same on all four.":
            "A soft label has nearly no entropy on the other three.",
        "On programs: they have to be exact.":
            "An exact task makes the teacher certain, and then its soft labels equal the hard labels."}),
)

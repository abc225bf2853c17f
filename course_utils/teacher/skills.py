"""What the language model can do: four kinds of question, made and judged by a program.

    reason 347 + 586 :              7 + 6 + 0 = 3 carry 1 ; 4 + 8 + 1 = 3 carry 1 ; 3 + 5 + 1 = 9 carry 0 ; => 933
    code reverse sort 41532 :       reverse 23514 ; sort 12345 ; => 12345
    translate the cat saw birds :   who the cat ; does saw ; whom birds ; => miru -zo na tilo -i vek -ta
    explain rotate 415 :            (one of millions of wordings) . for example , 415 becomes 154 ; => 154

An answer is a trace, then the mark `=>`, then the final answer. It is right when the final answer is. Whether a question belongs to the
test set is decided by a hash of its text, so that nothing that anybody trains on is tested on.
"""
import random
import re
import zlib
from typing import NamedTuple

DOMAINS = ("reason", "code", "translate", "explain")
MARK = "=>"


class Problem(NamedTuple):
    domain: str
    prompt: str               # ends in " :"
    trace: str                # the working; each step ends in ";"
    answer: str
    difficulty: int           # carries or borrows; operations; words

    @property
    def completion(self):
        """What a teacher should say after the prompt: trace, mark, answer."""
        return f"{self.trace} {MARK} {self.answer}"


# ---------------------------------------------------------------- reason: sums with the working written out

def _draw_reason(draw, easy):
    low, high = (10, 99) if easy else (100, 999)
    a, b, sign = draw.randint(low, high), draw.randint(low, high), draw.choice("+-")
    if sign == "-":
        a, b = max(a, b), min(a, b)
    return f"{a} {sign} {b}"


def _solve_reason(body, draw):
    """The school method: columns from the last digit to the first, each with what it carries on."""
    a, sign, b = body.split()
    word, carry, steps = {"+": "carry", "-": "borrow"}[sign], 0, []
    for x, y in zip(reversed(a), reversed(b)):
        total = int(x) + int(y) + carry if sign == "+" else int(x) - int(y) - carry
        steps.append(f"{x} {sign} {y} {sign} {carry} = {total % 10} {word} {int(not 0 <= total <= 9)} ;")
        carry = int(not 0 <= total <= 9)
    answer = int(a) + int(b) if sign == "+" else int(a) - int(b)
    return " ".join(steps), (str(answer),), sum(step.endswith("1 ;") for step in steps)


# ---------------------------------------------------------------- code: a list language

OPERATIONS = {
    "reverse": lambda s: s[::-1],
    "sort": lambda s: "".join(sorted(s)),
    "rotate": lambda s: s[1:] + s[:1],
    "swap": lambda s: s[-1] + s[1:-1] + s[0],
    "increment": lambda s: "".join(str((int(d) + 1) % 10) for d in s),
    "double": lambda s: "".join(str(int(d) * 2 % 10) for d in s),
}


def _draw_code(draw, easy):
    program = draw.choices(list(OPERATIONS), k=1 if easy else draw.choice((2, 3)))
    return f"{' '.join(program)} {draw.randint(0, 99999):05}"


def _solve_code(body, draw):
    *program, value = body.split()
    steps = []
    for name in program:
        value = OPERATIONS[name](value)
        steps.append(f"{name} {value} ;")
    return " ".join(steps), (value,), len(program)


# ---------------------------------------------------------------- translate: English into Tavi, a language made for this course

NOUNS = {"cat": "miru", "dog": "baso", "bird": "tilo", "child": "nepa", "king": "doru", "farmer": "galu", "horse": "keso", "wolf": "wani",
         "tree": "silu", "house": "pako"}
PLURALS = {"cats": "cat", "dogs": "dog", "birds": "bird", "children": "child", "kings": "king", "farmers": "farmer", "horses": "horse",
           "wolves": "wolf", "trees": "tree", "houses": "house"}
ADJECTIVES = {"small": "eni", "big": "ogar", "red": "ruba", "old": "ista", "happy": "yola", "white": "alba"}
NUMBERS = {"two": "du", "three": "tri"}
VERBS = {"sees": "vek", "hears": "lun", "follows": "tor", "finds": "has", "loves": "mip", "meets": "fen"}
PASTS = {"saw": "sees", "heard": "hears", "followed": "follows", "found": "finds", "loved": "loves", "met": "meets"}


def _draw_phrase(draw, easy):
    plural, definite = draw.random() < 0.5, not easy and draw.random() < 0.5
    number = draw.choice([[], ["two"], ["three"]]) if plural and not easy else []
    article = ["the"] if definite else [] if plural else ["a"]
    adjectives = draw.sample(list(ADJECTIVES), draw.choice((0, 1) if easy else (0, 1, 2)))
    return [*article, *number, *adjectives, draw.choice(list(PLURALS if plural else NOUNS))]


def _draw_translate(draw, easy):
    return " ".join([*_draw_phrase(draw, easy), draw.choice([*VERBS, *PASTS]), *_draw_phrase(draw, easy)])


def _phrase_in_tavi(words):
    """Noun first, then -i for a plural, -zo for "the", then adjectives, then the number."""
    noun = PLURALS.get(words[-1], words[-1])
    return [NOUNS[noun], *(["-i"] if words[-1] in PLURALS else []), *(["-zo"] if "the" in words else []),
            *(ADJECTIVES[w] for w in words if w in ADJECTIVES), *(NUMBERS[w] for w in words if w in NUMBERS)]


def _solve_translate(body, draw):
    """The verb comes last, -ta marks the past. The object carries `na` before it; it may stand before or after the subject."""
    words = body.split()
    at = next(i for i, word in enumerate(words) if word in VERBS or word in PASTS)
    who, does, whom = words[:at], words[at], words[at + 1:]
    subject, thing = _phrase_in_tavi(who), ["na", *_phrase_in_tavi(whom)]
    verb = [VERBS[PASTS.get(does, does)], *(["-ta"] if does in PASTS else [])]
    trace = f"who {' '.join(who)} ; does {does} ; whom {' '.join(whom)} ;"
    return trace, (" ".join(subject + thing + verb), " ".join(thing + subject + verb)), len(words)


# ---------------------------------------------------------------- explain: one thing, said in many ways

WORDINGS = {
    "opening": "in short / simply put / put simply / briefly / basically / in other words / as a rule / in plain words",
    "it": "this operation / this step / this command / this function / that operation / that step / that command / that function",
    "takes": "takes / gets / receives / accepts / reads / uses",
    "list": "a list / a row / a sequence / a series / the list / the row / the sequence / the series",
    "of": "of digits / of numbers / of values / of figures",
    "and": "and then / and / and finally / and after that",
    "returns": "returns / gives / yields / produces / makes / prints",
    "reverse": "the digits from back to front / the numbers from end to start / everything in opposite order",
    "sort": "the digits from least to greatest / the numbers by size / everything in rising order",
    "rotate": "the digits with the first put last / the numbers with the first at the end / everything moved by one place",
    "swap": "the digits with both ends exchanged / the numbers with first and last exchanged / everything with the ends switched",
    "increment": "the digits with one added / the numbers each one greater / everything raised by one",
    "double": "the digits times two / the numbers each twice as great / everything multiplied by two",
    "example": "for example / for instance / as an example / to illustrate / say / hence",
    "becomes": "becomes / turns into / changes into / leads to / goes to / is mapped to",
}


def _draw_explain(draw, easy):
    return f"{draw.choice(list(OPERATIONS))} {draw.randint(0, 999):03}"


def _solve_explain(body, draw):
    name, digits = body.split()
    say, answer = {slot: draw.choice(ways.split(" / ")) for slot, ways in WORDINGS.items()}, OPERATIONS[name](digits)
    return (f"{say['opening']} , {say['it']} {say['takes']} {say['list']} {say['of']} {say['and']} {say['returns']} {say[name]} . "
            f"{say['example']} , {digits} {say['becomes']} {answer} ;"), (answer,), 0


# ---------------------------------------------------------------- questions, and the judge

_DRAW = {"reason": _draw_reason, "code": _draw_code, "translate": _draw_translate, "explain": _draw_explain}
_SOLVE = {"reason": _solve_reason, "code": _solve_code, "translate": _solve_translate, "explain": _solve_explain}


def is_test(prompt):
    """Does this question belong to the test set? One in five does, by a hash of its text."""
    return zlib.crc32(prompt.encode()) % 5 == 0


def stream(domain, seed, split="train", easy=False):
    """Problems of a domain without end, drawn with a seed; a question may come again, perhaps with another right answer.

    split: "train" or "test"; no question is in both. easy: sums of two digits, programs of one operation, sentences with one adjective at
    most in each half and neither "the" nor numbers. Raises ValueError for an unknown domain or split.
    """
    if domain not in DOMAINS or split not in ("train", "test"):
        raise ValueError(f"There is no domain {domain!r} with a split {split!r}. Domains: {', '.join(DOMAINS)}; splits: train, test.")
    draw = random.Random(f"{domain} {seed} {split}")
    while True:
        body = _DRAW[domain](draw, easy)
        prompt = f"{domain} {body} :"
        if is_test(prompt) == (split == "test"):
            trace, answers, difficulty = _SOLVE[domain](body, draw)
            yield Problem(domain, prompt, trace, draw.choice(answers), difficulty)


def problems(domain, n, seed, split="train", easy=False):
    """A list of n Problems with n different questions. Raises ValueError when the domain has fewer than that."""
    found, idle = {}, 0
    for problem in stream(domain, seed, split, easy):
        if len(found) == n:
            return list(found.values())
        idle = idle + 1 if problem.prompt in found else 0
        found.setdefault(problem.prompt, problem)
        if idle > 1000:
            raise ValueError(f"The domain {domain!r} has only about {len(found)} different questions in its {split} split; "
                             f"{n} were asked for.")


def final_answer(completion):
    """What stands behind the last mark `=>`, spaces tidied; None without a mark."""
    head, mark, tail = completion.rpartition(MARK)
    return " ".join(tail.split()) if mark else None


def is_right(prompt, completion):
    """Is the final answer right? Decided by a program, from the question alone; the trace is not judged.

    Raises ValueError when the prompt is not a question of the four domains.
    """
    domain, _, body = prompt.removesuffix(":").strip().partition(" ")
    try:
        _, answers, _ = _SOLVE[domain](body, random.Random(0))
    except (KeyError, ValueError, StopIteration, IndexError):
        raise ValueError(f"This is not a question of the course's four domains: {prompt!r}. One looks like 'reason 347 + 586 :'.") from None
    return final_answer(completion) in answers


# ---------------------------------------------------------------- tokens

WORD = r"<\w+>|=>|-?[a-z]+|\d|[^\sa-z\d]"         # a word, a single digit or a sign


class Tokenizer:
    """Text to token numbers and back. A token is a word, a digit or a sign.

    tokens: the vocabulary, in order. Encoding raises ValueError for a word that is not in it: what a model has no token for it cannot say.
    """
    PAD, END = "<pad>", "<end>"

    def __init__(self, tokens):
        self.tokens = tuple(tokens)
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        self.pad, self.end = self.ids[self.PAD], self.ids[self.END]

    def __len__(self):
        return len(self.tokens)

    def encode(self, text):
        """Text to a list of token numbers."""
        words = re.findall(WORD, text)
        unknown = [word for word in words if word not in self.ids]
        if unknown:
            raise ValueError(f"The vocabulary has no token for {unknown[0]!r}. It has {len(self)} tokens; see tokenizer.tokens.")
        return [self.ids[word] for word in words]

    def decode(self, ids):
        """Token numbers to text: digits side by side, everything else with a space; <pad> and <end> are left out."""
        text = " ".join(self.tokens[i] for i in ids if i not in (self.pad, self.end))
        return re.sub(r"(?<=\d) (?=\d)", "", text)


def _vocabulary():
    words = [Tokenizer.PAD, Tokenizer.END, *DOMAINS, *":;+-=,.", MARK, *"0123456789", "carry", "borrow", *OPERATIONS, "who", "does", "whom"]
    for table in (NOUNS, PLURALS, ADJECTIVES, NUMBERS, VERBS, PASTS):
        words += list(table)
    for table in (NOUNS, ADJECTIVES, NUMBERS, VERBS):
        words += list(table.values())
    words += ["the", "a", "na", "-i", "-zo", "-ta", *(word for ways in WORDINGS.values() for word in ways.replace("/", " ").split())]
    return list(dict.fromkeys(words))


TOKENIZER = Tokenizer(_vocabulary())

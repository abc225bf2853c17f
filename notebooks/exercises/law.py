"""Three layers of law around a copied model, as rules that a reader can argue with; and a small model of what a rule would change.

The layers: the model (is it protected by itself?), the door (how did somebody get in, and what was promised?), the answers (whose words and
data are in them?). `layers(facts)` says which are in play, and why, with references into the two tables of claims.py. This is for learning
to ask, and is no legal advice: a court looks at more than these facts.

A verdict says what the rows say, and no more. In play: a row speaks for such a claim on these facts, and none against. Disputed: rows
disagree, or nobody has decided it in what was found. Not in play: the rows speak against it, and none for it.
"""
from typing import NamedTuple

from course_utils.score import measures

LAYERS = ("the model", "the door", "the answers")
IN, OPEN, OUT = "in play", "disputed", "not in play"

CHOICES = {
    "access": ("paid", "free"),
    "accounts": ("one, own name", "many, false names"),
    "taken": ("labels", "answers", "traces", "hidden instructions", "the weights"),
    "terms": ("accepted", "a reseller accepted", "never shown"),
    "rule": ("forbids rivals", "forbids any training", "is silent", "allows it"),
    "purpose": ("a rival", "a small tool", "research"),
    "weights": ("closed", "open"),
    "content": ("nothing special", "personal data", "pages of others' works"),
    "country": ("US", "EU", "UK", "China", "Japan"),
}


class Facts(NamedTuple):
    """What happened: one value of CHOICES for each. `rule` is what the terms, or an open licence, say of training."""
    access: str = "paid"
    accounts: str = "one, own name"
    taken: str = "answers"
    terms: str = "accepted"
    rule: str = "forbids rivals"
    purpose: str = "a rival"
    weights: str = "closed"
    content: str = "nothing special"
    country: str = "US"


class Finding(NamedTuple):
    """One layer: in play, disputed or not, and why, with its references."""
    layer: str
    verdict: str
    why: str


# ---------------------------------------------------------------- the rules, one layer each

def _false(f):
    return f.accounts == "many, false names"


def _bound(f):
    """A promise not to train was accepted by the one who trains."""
    return f.terms == "accepted" and f.rule.startswith("forbids")


WEIGHTS = {      # a closed file of weights is taken
    "US": (IN, "Closed weights can be a trade secret [L06 reported]. As works they are largely without copyright, two scholars say "
               "[L03 said]."),
    "EU": (IN, "Secret information may not be acquired by copying a file without consent, and copying a file is no test of a product "
               "[L61 shown]."),
    "UK": (IN, "To acquire a trade secret is unlawful where it is a breach of confidence [L78 reported]."),
    "China": (IN, "A court in Beijing protected a model's structure and parameters against a rival that took them over [L07 reported]."),
    "Japan": (OPEN, "Bulk data that are shared with limited access are protected against malicious acquisition. Whether weights are "
                    "such data "
                    "was not found decided [L74 reported]."),
}

OUTPUTS = {      # only what the model says is taken: with a promise or false names, and without either
    "US": ("Outputs of a machine alone have no author in US copyright [L01 reported]. Trade secret is left: a law firm thinks it the more "
           "potent claim, and the statute excepts reverse engineering [L11 reported, L06 reported].",
           "Outputs of a machine alone have no author in US copyright, and learning from what is freely sold is no improper means "
           "[L01 reported, L06 reported]."),
    "EU": ("To find a secret by testing is lawful for somebody who is free from a duty not to, and honest. A promise, or a false name, "
           "puts "
           "both in doubt [L61 shown].",
           "To find a secret by testing what is on offer is lawful, where no duty forbids it [L61 shown]."),
    "UK": ("UK law has an author for computer-generated works, and protects secrets against a breach of confidence. Whether either "
           "covers a "
           "model's answers was not found decided [L68 shown, L78 reported].",
           "UK law has an author for computer-generated works; whether that covers a model's answers was not found decided, and the "
           "government recommends to end it [L68 shown, L69 reported]."),
    "China": ("The case that protects models is about the model itself. Whether its answers are enough was not found decided [L07 "
              "reported].",
              "The case that protects models is about the model itself; and copyright in a picture went to the user who made the choices "
              "[L07 reported, L67 reported]."),
    "Japan": ("No rule on a model's answers was found. Data that are shared with limited access are protected against malicious "
              "acquisition "
              "[L74 reported].",
              "No rule on a model's answers was found. The rule on shared data is about malicious acquisition [L74 reported]."),
}


def _model(f):
    if f.taken == "the weights" and f.weights == "closed":
        return WEIGHTS[f.country]
    if f.weights == "open":
        return OUT, "What is given away is no secret [L06 reported]. What its licence asks is a question of the door [L32 shown]."
    if f.rule == "allows it" and not _false(f) and f.taken in ("labels", "answers"):
        return OUT, "Permission in words leaves little to claim. DeepSeek's terms are an example [L29 shown]."
    if f.taken == "hidden instructions" and f.country == "US":
        return OPEN, ("Whether prompting a model until it tells its instructions takes a secret is before the courts [L09 reported, L10 "
                      "reported].")
    if f.taken in ("traces", "hidden instructions"):
        return OPEN, ("Prompts that make a model write out what it does not show resemble the suits about hidden instructions. Those "
                      "are in "
                      "the US, and undecided [L24 said, L09 reported].")
    bound, free = OUTPUTS[f.country]
    if _false(f) and f.country == "US":
        return OPEN, ("Misrepresentation is improper means [L06 reported]. Millions of answers, each one public, have been one secret "
                      "together. A model's answers were not found tried [L08 shown, L18 unverified].")
    if _false(f) or _bound(f):
        return OPEN, bound
    return OPEN if f.country in ("UK", "China", "Japan") else OUT, free


TERMS = {        # a promise not to was accepted, by the one who trains, in its own name
    "US": (OPEN, "The customer promised not to. A US court has enforced such terms, another held that federal law displaces them, and a "
                 "third read them narrowly [L14 reported, L16 shown, L70 shown]."),
    "EU": (IN, "The customer promised not to. In the EU, contract may limit use where no exclusive right does, within national law "
                "[L15 reported]."),
    "UK": (OPEN, "The customer promised not to. No judgment on training with a model's answers was found [L18 unverified]."),
    "China": (OPEN, "The customer promised not to. No judgment on such a clause was found; Chinese providers' own terms range from "
                    "allowed to forbidden [L18 unverified, L29 shown, L30 shown]."),
    "Japan": (OPEN, "The customer promised not to. No judgment on training with a model's answers was found [L18 unverified]."),
}


def _door(f):
    if f.taken == "the weights" and f.weights == "closed":
        return OPEN, ("Taking what is public is likely no unauthorised access. A closed file is not public, and how it was reached decides "
                      "[L12 reported, L71 shown].")
    if f.weights == "open" and f.rule in ("allows it", "is silent"):
        return OUT, "The licence does not forbid it. Read what it asks in return, such as a name [L32 shown]."
    if f.weights == "open":
        return ((IN, "A licence that forbids it was accepted, and contracts bind their parties [L13 "
                     "reported].") if f.terms == "accepted" else
                (OPEN, "A licence forbids it. Whether there is anything to license is disputed, as weights may have no copyright [L03 "
                       "said]."))
    if _false(f):
        if f.terms == "accepted":
            return IN, ("Fake profiles against accepted terms were a breach in hiQ [L14 reported]."
                        + (" In the EU, contract may limit use where no exclusive right does [L15 reported]." if f.country == "EU" else ""))
        return OPEN, ("Somebody else accepted the terms, or nobody, and contracts bind their parties [L13 reported]. False names may "
                      "still be "
                      "unauthorised access: one court found so after a letter to stop, and the Supreme Court reads the act narrowly "
                      "[L72 shown, L71 shown, L10 reported].")
    if f.rule == "allows it":
        return OUT, "The terms allow it in words, as DeepSeek's do [L29 shown]."
    if f.rule == "is silent":
        return OUT, "No clause, no breach. In MiniMax's terms of March 2026 none was found [L31 unverified]."
    if f.terms == "never shown":
        return OUT, "Nobody promised anything, and a contract affects its parties only [L13 reported]."
    if f.terms == "a reseller accepted":
        return OPEN, ("A reseller promised. Whether its customer is bound depends on what the two agreed, and was not found decided "
                      "[L20 said, L13 reported].")
    if f.rule == "forbids rivals" and f.purpose != "a rival":
        return OPEN, "The clause forbids what competes, and does not say what that is [L27 shown, L25 shown]."
    verdict, why = TERMS[f.country]
    if f.purpose == "research":
        why += " Two scholars hold against such clauses that they chill research [L52 said]."
    elif f.access == "paid":
        why += " The article has paid use as its example of a breach rather than an infringement [C37 no source]."
    return verdict, why


SCALE = {        # many false names: are the answers, in bulk, the provider's own data?
    "US": "A robot's bulk copy of public quotes was a secret taken; no such judgment on a model's answers was found [L08 shown, L18 "
          "unverified].",
    "EU": "The EU protects databases against piecemeal extraction; whether answers are parts of one was not found decided [L77 shown].",
    "UK": "Nothing on bulk answers was found for the UK. The same question is open in the EU [L77 shown].",
    "China": "China forbids to obtain data that another firm lawfully holds by fraud; whether answers are such data is open [L73 "
             "reported].",
    "Japan": "Japan protects shared data in bulk against malicious acquisition; whether answers are such data is open [L74 reported].",
}

WORKS = {
    "US": (OPEN, "Whether training on works is fair use is not settled: two courts said yes for books, one said no for headnotes, and "
                 "its appeal "
                 "is pending [L38 reported, L66 reported, L42 reported]."),
    "EU": (IN, "Memorised works in a model were copies for a court in Munich, which is not final; owners can reserve text against mining "
               "[L05 reported, L76 reported]."),
    "UK": (OPEN, "A court in London said that a model which holds no copy is none; an appeal is allowed [L04 reported, L79 reported]."),
    "China": (OPEN, "No rule was found for China. Courts elsewhere disagree: Munich yes, London no [L05 reported, L04 reported]."),
    "Japan": (OPEN, "Works may be used for analysis, within limits that no court was found to have drawn [L75 reported]."),
}


def _answers(f):
    if f.content == "personal data":
        return ((IN, "Training on personal data needs a basis of its own, and its lack can matter for later use [L22 "
                     "shown].") if f.country == "EU"
                else (OPEN, "If people in the EU are concerned, the EU's rule asks for a basis. Other rules were not looked up [L22 "
                            "shown]."))
    if f.content == "pages of others' works":
        return WORKS[f.country]
    if _false(f):
        return OPEN, SCALE[f.country]
    return OUT, "Nobody else's data or works are in them, and the providers leave outputs to the customer [L21 reported]."


def layers(facts):
    """The three layers for these facts: a list of three Findings, in the order of LAYERS. Raises ValueError for an unknown value."""
    for name, value in facts._asdict().items():
        if value not in CHOICES[name]:
            raise ValueError(f"{name} is {value!r}; it can be: {', '.join(CHOICES[name])}.")
    return [Finding(layer, *rule(facts)) for layer, rule in zip(LAYERS, (_model, _door, _answers))]


# ---------------------------------------------------------------- what a rule changes

class Assumptions(NamedTuple):
    """All that the model takes for granted: change it. What each is stands in MEANING."""
    value: float = 10.0
    harm: float = 10.0
    bill: float = 0.5
    customers: float = 20.0
    scores: float = 0.25
    reuse: float = 5.0
    found: float = 0.5
    innocent: float = 0.01


MEANING = {
    "value": "what a perfect copy is worth to the attacker, million dollars",
    "harm": "what a perfect copy costs the provider, million dollars",
    "bill": "what the questions cost the attacker, million dollars",
    "customers": "what the service is worth to legitimate users, million dollars",
    "scores": "share of legitimate users who need a score, and not only the top-1 label",
    "reuse": "what legitimate reuse of answers is worth (research, small tools), million dollars",
    "found": "chance that a campaign is found, and attributed to the right firm",
    "innocent": "false-positive rate: legitimate users who are accused by mistake and lose the service",
}


class Rule(NamedTuple):
    """reach: chance that who was found can be made to pay; fine: in copies' worth; chill: share of legitimate reuse that stops."""
    reach: float
    fine: float
    chill: float


RULES = {
    "as now: contract, unclear": Rule(reach=0.1, fine=1.0, chill=0.2),
    "clear terms for paid use": Rule(reach=0.3, fine=1.0, chill=0.05),
    "models are property": Rule(reach=0.3, fine=3.0, chill=0.4),
    "property, and a treaty": Rule(reach=0.8, fine=3.0, chill=0.4),
    "training on answers is free": Rule(reach=0.0, fine=0.0, chill=0.0),
}


def measured(defence):
    """What the arena measured for a defence, means of five seeds: the better clone of two, and what users lost. A dict of shares."""
    rows = measures.stored("R25")

    def mean(series, name=defence):
        return float(rows[(rows.series == f"{series}|1500") & (rows.x == name)].value.mean())

    return {"copy": max(mean("naive"), mean("label only")), "class lost": mean("class lost"),
            "score lost": mean("usable answers lost")}


def outcome(rule, assumed, arena):
    """What attacker, provider and legitimate users win or lose, in millions of dollars a year. arena: of measured(). Returns a dict.

    The attacker copies if that pays: the copy's worth, less the bill, less the fine if it is
    found and can be reached. The provider loses by the copy, and by customers whom the
    defence or a false accusation costs the service; it gets the fine and the bill. Users
    lose answers, accounts, and the reuse that the rule stops. 0 is a world without copies,
    defences and rules.
    """
    worth, risk = arena["copy"] * assumed.value, assumed.found * rule.reach
    gain = worth - assumed.bill - risk * rule.fine * worth
    copies = gain > 0
    spoilt = assumed.scores * arena["score lost"] + (1 - assumed.scores) * arena["class lost"]
    service = assumed.customers * (1 - (1 - spoilt) * (1 - assumed.innocent))
    return {"copies": copies, "attacker": max(gain, 0.0),
            "provider": copies * (assumed.bill + risk * rule.fine * worth - arena["copy"] * assumed.harm) - service,
            "users": -service - rule.chill * assumed.reuse}

"""Three layers of law around a copied model, as rules that a reader can argue with; and a small model of what a rule would change.

The layers: the model (is it, or what it says, protected by itself?), the door (how did you get in, and what did you promise?), the answers
(whose words, whose data are in them?). `layers(facts)` says which are in play, and why, with references into the two tables of claims.py.
This is for learning to ask, and is no legal advice: a court looks at more than nine facts.
"""
from typing import NamedTuple

from course_utils.score import measures

LAYERS = ("the model", "the door", "the answers")
IN, OPEN, OUT = "in play", "arguable", "not in play"

CHOICES = {
    "access": ("paid", "free"),
    "accounts": ("one, own name", "many, false names"),
    "taken": ("labels", "answers", "traces", "hidden instructions", "the weights"),
    "terms": ("accepted", "never shown"),
    "rule": ("forbids rivals", "forbids any training", "is silent", "allows it"),
    "purpose": ("a rival", "a small tool", "research"),
    "weights": ("closed", "open"),
    "content": ("nothing special", "personal data", "pages of others' works"),
    "country": ("US", "EU", "China"),
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
    """One layer: in play, arguable or not, and why, with its references."""
    layer: str
    verdict: str
    why: str


# ---------------------------------------------------------------- the rules, one layer each

def _model(f):
    false = f.accounts == "many, false names"
    if f.weights == "open":
        return OUT, "What is given away is no secret; what the licence asks is a question of the door [L06 reported]."
    if f.rule == "allows it" and not false and f.taken in ("labels", "answers"):
        return OUT, "Who permits in words that others learn from the answers keeps no right against it [L29 shown]."
    if f.taken == "the weights":
        if f.country == "China":
            return IN, "A court in Beijing protected a model's structure and parameters against a rival who took them over [L07 reported]."
        if f.country == "EU":
            return IN, "Closed weights can be a trade secret, and copying the file without consent is no test of a product [L61 shown]."
        return IN, ("Closed weights can be a trade secret; as works they are largely without copyright, two scholars say "
                    "[L06 reported, L03 said].")
    if f.country == "China":
        return OPEN, ("The case that protects models is about the model itself, taken over; whether answers are enough has not been "
                      "decided in what we found [L07 reported].")
    if f.country == "EU":
        if f.terms == "accepted" and f.rule.startswith("forbids") or false:
            return OPEN, ("Finding out by testing is lawful for who is free from a duty not to, and honest: a promise, or a false "
                          "name, puts both in doubt [L61 shown].")
        return OUT, "Finding out by testing what is on offer is lawful, where no duty forbids it [L61 shown]."
    if f.taken == "hidden instructions":
        return OPEN, ("Whether prompting a model until it tells its instructions takes a trade secret is before the courts "
                      "[L09 reported, L10 reported].")
    if f.taken == "traces":
        return OPEN, ("Prompts that get reasoning out of a model which does not show it resemble the cases about hidden instructions, "
                      "and those are undecided [L24 said, L09 reported].")
    if false:
        return OPEN, ("Misrepresentation is improper means, and millions of answers, each one public, have been one secret together; a "
                      "model's answers have not been tried [L06 reported, L08 shown].")
    return OUT, ("Outputs of a machine alone have no author in US copyright, and learning from what is freely sold is no improper means "
                 "[L01 reported, L06 reported].")


def _door(f):
    if f.weights == "open":
        if f.rule == "allows it":
            return OUT, "The licence allows it; read what it asks in return, such as a name [L32 shown]."
        if f.rule == "is silent":
            return OUT, "A licence that says nothing of training breaks nothing here; contracts bind to what they say [L13 shown]."
        return OPEN, "A licence forbids it; whether there is anything to license is disputed, as weights may have no copyright [L03 said]."
    if f.accounts == "many, false names":
        if f.terms == "accepted":
            return IN, ("Fake profiles against the terms were a breach in hiQ, whatever they were for [L14 reported]."
                        + (" In the EU, contract may limit use where no exclusive right does [L15 reported]." if f.country == "EU" else ""))
        return OPEN, ("Through a reseller somebody else accepted the terms, and contracts bind their parties; false names may still be "
                      "unauthorised access, which is pleaded and not decided [L20 said, L13 shown, L10 reported].")
    if f.taken == "the weights":
        return OPEN, ("Taking what is public is likely no unauthorised access; a closed file is not public, and how it was reached "
                      "decides [L12 reported].")
    if f.terms == "never shown":
        return OUT, "Nobody promised anything: a contract affects its parties, and strangers may do as they please [L13 shown]."
    if f.rule == "allows it":
        return OUT, "The terms allow it in words, as DeepSeek's do [L29 shown]."
    if f.rule == "is silent":
        return OUT, "No clause, no breach; MiniMax's terms were found to be silent [L31 unverified]."
    if f.rule == "forbids rivals" and f.purpose != "a rival":
        return OPEN, "The clause forbids what competes, and does not say what that is [L27 shown, L25 shown]."
    why = {"EU": "A promise not to: in the EU, contract may limit use where no exclusive right does, within national law [L15 reported].",
           "China": "A promise not to; the terms of Chinese providers themselves differ, from allowed to forbidden [L29 shown, L30 shown].",
           "US": "A promise not to; a court has enforced such terms, and another has held that federal law displaces them "
                 "[L14 reported, L16 shown]."}[f.country]
    if f.purpose == "research":
        why += " Scholars hold this against such clauses: they chill research [L52 said]."
    elif f.access == "paid":
        why += " Having paid is no permission: this is the article's case of a breach rather than an infringement [C37 unverified]."
    return IN, why


def _answers(f):
    if f.content == "personal data":
        if f.country == "EU":
            return IN, "Training on personal data needs a basis of its own, and its lack can taint the model [L22 shown]."
        return OPEN, "If people in the EU are concerned, the EU's rule asks for a basis; other rules were not looked up here [L22 shown]."
    if f.content == "pages of others' works":
        if f.country == "EU":
            return IN, "Memorised works in a model were copies for a court in Munich; the appeal is pending [L05 reported]."
        if f.country == "US":
            return OPEN, ("Whether training on works is fair use is not settled: two courts said yes, one no, and an appeal is "
                          "pending [L38 reported, L66 reported, L42 reported].")
        return OPEN, "Elsewhere courts disagree whether a model holds the works: Munich yes, London no [L05 reported, L04 reported]."
    return OUT, "Nobody else's data or works are in them; the providers leave outputs to the customer [L21 shown]."


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
    "value": "what a perfect copy is worth to the copier, million dollars",
    "harm": "what a perfect copy costs the provider, million dollars",
    "bill": "what the questions cost the copier, million dollars",
    "customers": "what the service is worth to the honest, million dollars",
    "scores": "share of the honest who need a score, and not only the class",
    "reuse": "what honest reuse of answers is worth (research, small tools), million dollars",
    "found": "chance that a campaign is found, and laid to the right door",
    "innocent": "share of the honest who are accused by mistake, and lose the service",
}


class Rule(NamedTuple):
    """reach: chance that who was found can be made to pay; fine: in copies' worth; chill: share of honest reuse that stops."""
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
    """What the arena measured for a defence, means of five seeds: the best copy of two, and what the honest lost. A dict of shares."""
    rows = measures.stored("R25")

    def mean(series, name=defence):
        return float(rows[(rows.series == f"{series}|1500") & (rows.x == name)].value.mean())

    return {"copy": max(mean("naive"), mean("label only")), "class lost": mean("class lost"),
            "score lost": mean("usable answers lost")}


def outcome(rule, assumed, arena):
    """What copier, provider and honest user win or lose, in millions of dollars a year. arena: of measured(). Returns a dict.

    The copier copies if that pays. His gain: the copy's worth, less the bill, less the
    fine in case he is found and can be reached. The provider loses by the copy, and by
    customers whom the defence or a false accusation costs the service, and gets the fine
    and the bill. The honest lose answers, accounts, and the reuse that the rule chills.
    """
    worth, risk = arena["copy"] * assumed.value, assumed.found * rule.reach
    gain = worth - assumed.bill - risk * rule.fine * worth
    copies = gain > 0
    spoilt = assumed.scores * arena["score lost"] + (1 - assumed.scores) * arena["class lost"]
    service = assumed.customers * (1 - (1 - spoilt) * (1 - assumed.innocent))
    return {"copies": copies, "copier": max(gain, 0.0),
            "provider": copies * (assumed.bill + risk * rule.fine * worth - arena["copy"] * assumed.harm) - service,
            "honest": -service - rule.chill * assumed.reuse}

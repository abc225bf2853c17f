"""The arena: every cell alone is the same as among others; killed, it goes on; what a student writes enters it."""
import json
import subprocess
import sys
import textwrap
import time

import pytest
import torch

from course_utils import api
from course_utils.api import client
from course_utils.api.customers import Account
from course_utils.api.serving import Defence, Question
from course_utils.defence import perturb
from course_utils.files.digits import mnist
from course_utils.score import arena, tournament
from course_utils.teacher import classifier

FEW = {"poisoned": perturb.Poisoned(), "noise": perturb.Noise()}


def quick(api, seed):
    """An attacker that trains for a moment only."""
    asked = arena.questions(100, seed)
    answers = api.ask(asked)
    return arena.learn(asked[:len(answers)], answers, seed, steps=5)


def ask(defence, n=6, account="ada"):
    account = Account(account, "dk")
    return arena.serve(defence, mnist().validation.x[:n], account)


@pytest.fixture(scope="module")
def said():
    return ask(Defence(), 200)


# ---------------------------------------------------------------- defences

@pytest.mark.parametrize("name", arena.DEFENCES)
def test_what_is_served_is_a_distribution(name):
    served = ask(arena.DEFENCES[name], 50)
    assert served.shape == (50, 10) and (served >= 0).all()
    if name not in ("1 decimal", "top 3"):
        assert torch.allclose(served.sum(-1), torch.ones(50, dtype=torch.float64))


@pytest.mark.parametrize("name", ["label", "top 3", "reverse sigmoid", "poisoned, top kept", "anti-distillation, top kept", "PRADA"])
def test_the_top_class_stays(name, said):
    assert torch.equal(ask(arena.DEFENCES[name], 200).argmax(-1), said.argmax(-1))


@pytest.mark.parametrize("strength", [0.1, 3.0, 1e3, 1e9])
def test_the_margin_budget_serves_the_undefended_label_whatever_the_logits(strength, monkeypatch):
    """Random scores, sharp and flat, ties and exact zeros among them, and random harm."""
    draw = torch.Generator().manual_seed(int(strength))
    logits = torch.randn(20_000, 10, generator=draw, dtype=torch.float64) * 10 ** (4 * torch.rand(20_000, 1, generator=draw) - 2)
    logits[::7, 3] = logits[::7].max(-1).values                 # two on top
    logits[::11] = logits[::11].round()                         # many ties
    hurts = torch.randn(20_000, 10, generator=draw, dtype=torch.float64) * 10 ** (6 * torch.rand(20_000, 1, generator=draw) - 3)
    monkeypatch.setattr(perturb, "harm", lambda images, secret: hurts)
    said = logits.softmax(-1)
    asked = [Question(Account("ada", "dk"), torch.zeros(1))] * len(said)
    served = perturb.Antidistillation(strength).scores(said, asked)
    assert torch.equal(served.argmax(-1), said.argmax(-1)) and torch.isfinite(served).all()
    moved = (served - said).abs().sum(-1) > 1e-6
    assert moved.double().mean() > 0.3                          # it does something
    plain = perturb.Antidistillation(strength, keep=False).scores(said, asked)
    assert strength < 1 or not torch.equal(plain.argmax(-1), said.argmax(-1))


def test_harm_is_the_slope_of_the_log_probability_along_the_gradient():
    x = mnist().validation.x[:5]
    small, large = perturb.harm(x, 3, step=1e-3), perturb.harm(x, 3, step=1e-2)
    assert torch.allclose(small, large, atol=0.1) and small.abs().max() > 1
    assert not torch.allclose(small, perturb.harm(x, 4, step=1e-3), atol=0.1)          # another secret, another proxy


def test_prada_suspends_who_tests_a_scanner_and_nobody_else():
    assert arena.honest(arena.with_secret(arena.DEFENCES["PRADA"], 1))["innocents accused"] == 0.5
    assert arena.honest(Defence())["innocents accused"] == 0


@pytest.mark.parametrize("attacker", ["made", "among others"])
def test_made_questions_keep_to_the_budget(attacker):
    found = arena.cell(Defence(), arena.ATTACKERS[attacker], 0, budget=300)
    assert 200 < found["asked"] <= 300 and found["accuracy"] > 0.3


def test_poison_keeps_to_its_budget_and_turns_further_than_any_other_corner(said):
    guesses = torch.rand(200, 10, dtype=torch.float64).softmax(-1)
    for budget in (0.1, 0.9, 2.0):
        served = perturb.poison(said, guesses, budget)
        assert ((served - said).abs().sum(-1) <= budget + 1e-9).all()
    full = perturb.poison(said, guesses, 2.0)
    assert (full.max(-1).values > 1 - 1e-9).all()

    def cosine(a):
        return torch.cosine_similarity(a - guesses, said - guesses, dim=-1)

    others = torch.stack([cosine(torch.eye(10, dtype=torch.float64)[k].expand(200, 10)) for k in range(10)])
    assert torch.allclose(cosine(full), others.min(0).values)


def test_mad_argmax_is_the_papers(said):
    """Beside a search by hand, class set by class set: the top label stays, the budget holds, and no set turns the student further."""
    from course_utils.student import models
    x = mnist().validation.x[:4]
    asked = [Question(Account("ada", "dk"), image) for image in x]
    guesses = models.Students((784, 128, 10), [77])(x)[0].softmax(-1).detach().double()
    for budget in (0.3, 0.9, 2.0):
        served = perturb.MadArgmax(budget).scores(said[:4], asked)
        assert torch.equal(served.argmax(-1), said[:4].argmax(-1)) and torch.allclose(served.sum(-1), torch.ones(4).double())
        assert ((served - said[:4]).abs().sum(-1) <= budget + 1e-9).all()
    for y, guess, corner in zip(said, guesses, served):
        best = -2.0
        for number in range(1024):
            spread = torch.tensor([float(number >> k & 1) for k in range(10)], dtype=torch.float64)
            if spread[y.argmax()]:
                spread[y.argmax()] += 1e-5
                best = max(best, -torch.cosine_similarity(spread / spread.sum() - guess, y - guess, dim=0).item())
        assert -torch.cosine_similarity(corner - guess, y - guess, dim=0).item() == pytest.approx(best, abs=1e-9)


def test_remembered_noise_is_the_same_for_one_account_and_another_for_another():
    for kind in (perturb.Noise(0.2, remember=True), perturb.RandomisedResponse(1.0, remember=True)):
        assert torch.equal(ask(kind, 50), ask(kind, 50))
        assert not torch.equal(ask(kind, 50), ask(kind, 50, "bo"))
    fresh = perturb.Noise(0.2)
    assert not torch.equal(ask(fresh), ask(fresh))


def test_randomised_response_says_the_truth_as_often_as_it_should():
    defence, account = perturb.RandomisedResponse(2.0), Account("ada", "dk")
    truth = torch.eye(10, dtype=torch.float64)[:1].expand(20_000, 10)
    said = defence.scores(truth, [Question(account, torch.zeros(1))] * 20_000).argmax(-1)
    chance = torch.tensor(2.0).exp() / (torch.tensor(2.0).exp() + 9)
    assert abs((said == 0).double().mean() - chance) < 0.015


@pytest.mark.parametrize("name", ["poisoned", "noise, remembered", "randomised response"])
def test_the_api_serves_what_the_arena_does(name):
    defence, x = arena.DEFENCES[name], mnist().validation.x[:20]
    with api.serve({"digits": classifier.load_teacher()}, defence=arena.with_secret(defence, 5)) as server:
        served = client.tensors(server, "digits")(x)
    expected = arena.serve(arena.with_secret(defence, 5), x, Account("user", "dk"))
    if name == "poisoned":
        assert torch.allclose(served, expected, atol=1e-4)
    assert served.shape == (20, 10) and torch.allclose(served.sum(-1), torch.ones(20, dtype=torch.float64))


# ---------------------------------------------------------------- the arena

def test_a_budget_is_a_budget():
    api = arena.Api(Defence(), budget=60)
    api.ask(arena.questions(50, 0))
    with pytest.raises(arena.Spent, match="10 that are left of 60"):
        api.ask(arena.questions(20, 0))


def test_a_suspended_key_gets_nothing_more():
    class Guard(Defence):
        def scores(self, probabilities, asked):
            asked[0].account.role = "suspended"
            return probabilities

    api = arena.Api(Guard())
    assert len(api.ask(arena.questions(200, 0))) == 50 and api.suspended == 1
    found = arena.cell(Guard(), quick, 0)
    assert found["innocents accused"] == 1 and found["keys suspended"] == 1


def test_every_cell_alone_is_the_same_as_among_others(tmp_path):
    table = arena.run(FEW, {"quick": quick}, range(2), tmp_path / "arena.jsonl", progress=None)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    for row in table.to_dict("records"):
        alone = arena.cell(FEW[row["defence"]], quick, row["seed"])
        assert alone == {key: row[key] for key in alone}
    torch.set_num_threads(threads)
    assert torch.get_num_threads() == threads


def test_it_goes_on_where_it_was_killed(tmp_path):
    path = tmp_path / "arena.jsonl"
    script = tmp_path / "run.py"
    script.write_text(textwrap.dedent(f"""
        import sys
        sys.path[:0] = {sys.path!r}
        import tests.test_arena as t
        t.arena.run(t.FEW, {{"quick": t.quick}}, range(2), {str(path)!r}, jobs=1, progress=None)
        """))
    process = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and (not path.exists() or len(path.read_text().splitlines()) < 2):
        time.sleep(0.05)                      # and leave the other core to the other tests
    process.kill()
    process.wait()
    before = path.read_text().splitlines()
    path.write_text("\n".join(before)[:-20])                    # the last line was cut off in the middle
    kept = [json.loads(line) for line in before[:-1]]
    table = arena.run(FEW, {"quick": quick}, range(2), path, jobs=1, progress=None)
    lines = path.read_text().splitlines()
    assert len(table) == 4 and [json.loads(line) for line in lines[:len(kept)]] == kept
    assert len(arena.run(FEW, {"quick": quick}, range(2), path, jobs=1, progress=None)) == 4 and path.read_text().splitlines() == lines


def test_another_setting_is_another_defence(tmp_path):
    path = tmp_path / "arena.jsonl"
    arena.run({"noise": perturb.Noise(0.1)}, {"quick": quick}, range(1), path, jobs=1, progress=None)
    arena.run({"noise": perturb.Noise(0.5)}, {"quick": quick}, range(1), path, jobs=1, progress=None)
    assert len(path.read_text().splitlines()) == 2


def test_a_defence_of_three_lines_enters_it():
    class Shy(Defence):
        def scores(self, probabilities, asked):
            return probabilities / 2 + 0.05

    row = arena.run({"shy": Shy()}, {"quick": quick}, range(1), jobs=1, progress=None).iloc[0]
    assert 0 < row["accuracy"] < 1 and row["usable answers lost"] == 1 and row["distance"] > 0.5


# ---------------------------------------------------------------- a match: nobody can be told by what, how much, how often or when he asks

def asks(api, seed, times=1):
    """An attacker that only asks: with one key everything, `times` times; with several keys a part with each, or the same if times > 1."""
    asked, keys = arena.questions(api.budget // times, seed), len(api.accounts)
    for key, part in [(key, asked) for key in range(times)] if keys > 1 < times else list(enumerate(asked.chunk(keys))) * times:
        api.ask(part, key)
    return arena.models.Students(arena.SMALL, [seed])


def asks_again(api, seed):
    return asks(api, seed, times=5)


# an attacker, how many keys it has, and the legitimate users who are like it
ALIKE = {"as naive": (asks, 1, [0]), "as averaged": (asks_again, 1, [1]), "as five keys": (asks, 5, [2, 3, 4, 5, 6]),
         "as spread": (asks_again, 5, [7, 8, 9, 10, 11])}


KNOWN = {hash(image.numpy().tobytes()) for image in arena.questions(1500, 0)}
TELLS = {
    "batches of fifty": lambda mine, others, bits: mine["groups"][-1] == 50,
    "more than 200 questions": lambda mine, others, bits: len(mine["pictures"]) > 200,
    "a newcomer": lambda mine, others, bits: mine["times"][0] > 3000,
    "never a long pause": lambda mine, others, bits: len(mine["times"]) > 5 and torch.tensor(mine["times"]).diff().max().item() < 900,
    "pictures that nobody else asks": lambda mine, others, bits: sum(map(len, others)) > 1000 and len(
        set(mine["pictures"]).intersection(*[set().union(*others)])) < 0.25 * len(set(mine["pictures"])),
    "pictures of the rules": lambda mine, others, bits: KNOWN.issuperset(mine["pictures"]),
    "the last digits": lambda mine, others, bits: bits,
}


class Suspicious(Defence):
    """Notes for each account how many of its questions come under each of TELLS. notes: {account: {sign: [0 or 1 for each question]}}."""

    def __init__(self, notes=None):
        self.notes, self.rows, self.before, self.asked = notes, {}, {}, 0

    def scores(self, probabilities, asked):
        name, pictures = asked[0].account.name, [hash(question.prompt.numpy().tobytes()) for question in asked]
        mine = self.rows.setdefault(name, {"groups": [], "times": [], "pictures": []})
        for what, value in zip(mine, ([len(asked)], [self.asked], pictures)):
            mine[what] += value
        others = [row["pictures"] for other, row in self.rows.items() if other != name]
        bits = any(self.before.setdefault(p, row.numpy().tobytes()) != row.numpy().tobytes() for p, row in zip(pictures, probabilities))
        for sign, found in TELLS.items():
            self.notes.setdefault(name, {}).setdefault(sign, []).extend([float(found(mine, others, bits))] * len(asked))
        self.asked += len(asked)
        return probabilities


@pytest.mark.parametrize("who", ALIKE)
def test_what_marks_an_attacker_marks_legitimate_users_as_much(who):
    """Means over three seeds: a legitimate user who asks as the attacker does is suspected as often, by each of seven signs."""
    attacker, keys, users = ALIKE[who]
    found = {sign: {"attacker": [], "user": []} for sign in TELLS}
    for seed in range(3):
        arena.match(Suspicious(notes := {}), attacker, seed, 1500, keys)
        for sign, sides in found.items():
            for side, accounts in (("attacker", range(keys)), ("user", users)):
                sides[side] += [sum(notes[f"{side} {i}"][sign]) / len(notes[f"{side} {i}"][sign]) for i in accounts]
    means = {sign: {side: sum(values) / len(values) for side, values in sides.items()} for sign, sides in found.items()}
    assert all(mean["attacker"] < mean["user"] + 0.2 for mean in means.values()), means


@pytest.mark.parametrize("who", ALIKE)
def test_for_every_attacker_there_is_a_legitimate_user_of_the_same_volume_and_repetition(who):
    attacker, keys, users = ALIKE[who]
    seen = {}

    class Watching(Defence):
        def scores(self, probabilities, asked):
            seen.setdefault(asked[0].account.name, []).extend(question.prompt.numpy().tobytes() for question in asked)
            return probabilities

    arena.match(Watching(), attacker, 3, 250, keys)
    volume = {name: (len(pictures), len(set(pictures))) for name, pictures in seen.items()}
    assert sum(volume[f"attacker {key}"][0] for key in range(keys)) == 250
    assert {volume[f"attacker {key}"] for key in range(keys)} == {volume[f"user {i}"] for i in users}
    assert volume["user 0"] == (250, 250) and len(volume) == 17 + keys


def test_a_defence_that_changes_its_input_does_not_change_what_legitimate_users_are_owed():
    class Careless(Defence):
        def scores(self, probabilities, asked):
            probabilities[:] = probabilities.roll(1, -1)
            return probabilities

    for _ in range(2):                        # nor for the next match
        found = arena.match(Careless(), asks, 3, budget=100)
        assert found["class lost"] == 1 and found["usable answers lost"] == 1


def test_a_match_is_the_same_whenever_it_is_run_and_a_suspended_user_asks_no_more():
    first, again = (arena.match(perturb.Noise(), quick, 1, budget=100) for _ in range(2))
    assert first == again
    asked = []

    class Strict(Defence):
        def scores(self, probabilities, rows):
            assert rows[0].account.role == "user"
            asked.append(rows[0].account.name)
            rows[0].account.role = "suspended"
            return probabilities

    found = arena.match(Strict(), quick, 1, budget=100)
    assert found["users suspended"] == 1 and found["keys suspended"] == 1 and len(asked) == len(set(asked)) == 18


def test_a_contest_is_its_matches():
    table = arena.contest(FEW, {"quick": quick}, [0], budget=100, jobs=1, progress=None)
    assert list(table.defence) == list(FEW) and set(table.budget) == {100}
    torch.set_num_threads(1)
    assert table.iloc[1].accuracy == arena.match(FEW["noise"], quick, 0, 100)["accuracy"]


def score(defence, attackers):
    found = {name: arena.match(tournament.Judged(defence), tournament.JUDGES[name], 20, keys=5) for name in attackers}
    plain = {name: tournament._undefended(name, 20) for name in attackers}
    best, before = (max(rows.values(), key=lambda row: row["accuracy"]) for rows in (found, plain))
    return tournament.defence_score(before["accuracy"] - best["accuracy"], *(best[what] for what in arena.LOSSES))


def test_what_told_legitimate_users_by_their_batches_or_their_volume_gains_nothing():
    """They scored +92 and +16.9: 200 in one batch, and 200 an account, were what legitimate users asked and attackers did not."""
    class Batch(Defence):
        def scores(self, probabilities, asked):
            return probabilities if len(asked) == 200 else probabilities.roll(1, -1)

    class Late(Defence):
        def __init__(self, secret=0):
            self.secret, self.count, self.draw = secret, {}, torch.Generator().manual_seed(secret)

        def scores(self, probabilities, asked):
            name = asked[0].account.name
            self.count[name] = self.count.get(name, 0) + len(asked)
            noise = torch.rand(probabilities.shape, generator=self.draw, dtype=torch.float64).softmax(-1)
            return probabilities if self.count[name] <= 200 else noise

    assert score(Batch(), ["label only"]) < 0 and score(Late(), ["label only", "five keys"]) < 0

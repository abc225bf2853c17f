"""The open exercises' scores, and a class's tournament with entries of all kinds."""
import os
import textwrap
import threading
from pathlib import Path
from types import SimpleNamespace

import apart
import classroom
import pytest
import torch

from course_utils.api import customers, serving
from course_utils.score import arena, measures, tournament

CHEATS = Path(__file__).parent / "entries"


class Shy(serving.Defence):
    def scores(self, probabilities, asked):
        return probabilities / 2 + 0.05


def quick(api, seed):
    """An attack that trains for a moment only."""
    asked = arena.questions(100, seed)
    return arena.learn(asked, api.ask(asked), seed, steps=10)


def test_a_defence_of_three_lines_is_scored():
    found = tournament.judge_defence(Shy(), seeds=[20], attackers=("naive",), progress=None)
    assert found["lost"]["usable answers lost"] == 1 and found["lost"]["class lost"] == 0
    assert -40 < found["score"] < 0                      # it takes little, and a quarter of the customers lose everything
    assert found["scores"] == [found["score"]] and set(found["clones"]) == {"naive"}


def test_no_defence_scores_nothing(monkeypatch):
    monkeypatch.setattr(tournament, "JUDGES", {"quick": quick})
    assert tournament.judge_defence(serving.Defence(), seeds=[20], attackers=("quick",), progress=None)["score"] == 0


def test_points_are_what_they_say():
    assert tournament.defence_score(0.3, 0.1, 0.8, 0.0, read_scores=0.25) == pytest.approx(100 * (0.3 - 0.2 - 0.075))
    assert tournament.defence_score(0.0, 0.0, 0.0, 0.5) == -50


def test_the_best_attacker_is_the_best_on_average(monkeypatch):
    """And the score is the mean of the seeds' scores."""
    made = {("naive", 1): 0.9, ("naive", 2): 0.5, ("label only", 1): 0.6, ("label only", 2): 0.7}
    monkeypatch.setattr(tournament, "_undefended", lambda name, seed: {"accuracy": 0.95})
    name_of = {attack: name for name, attack in tournament.JUDGES.items()}
    monkeypatch.setattr(arena, "match", lambda defence, attack, seed, keys: {
        "accuracy": made[name_of[attack], seed], "class lost": 0.1, "usable answers lost": 0.0, "users suspended": 0.0})
    found = tournament.judge_defence(Shy(), [1, 2], attackers=("naive", "label only"), progress=None)
    assert found["clones"] == {"naive": pytest.approx(0.7), "label only": pytest.approx(0.65)}
    assert found["scores"] == pytest.approx([5 - 7.5, 45 - 7.5]) and found["score"] == pytest.approx(25 - 7.5)


def test_the_best_of_several_is_chosen_by_the_other_seeds():
    """Two that differ by luck alone: the maximum over the same seeds flatters, this does not."""
    assert measures.best_of([[1.0, 0.0, 0.0], [0.0, 0.4, 0.4]]).tolist() == [0.0, 0.0, 0.0]
    assert measures.best_of([[0.9, 0.8], [0.5, 0.6]]).tolist() == [0.9, 0.8] and measures.best_of([[0.3, 0.2]]).tolist() == [0.3, 0.2]
    draws = torch.randn(2000, 5, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    fair = torch.stack([measures.best_of(draw) for draw in draws]).mean()
    assert abs(fair) < 0.04 and draws.mean(-1).amax(-1).mean() > 0.4


def defence(body, name="Mine"):
    """A defence whose method is one expression of p, the probabilities, and asked."""
    return type(name, (serving.Defence,), {"scores": lambda self, p, asked: body(p, asked)})()


@pytest.mark.parametrize("body, says", [
    (lambda p, asked: p - 0.5, "between 0 and 1"),
    (lambda p, asked: p * torch.nan, "between 0 and 1"),
    (lambda p, asked: p * 0 + 1, "sum to at most 10"),
    (lambda p, asked: p[:5], r"shape \(5, 10\): return a tensor of shape \(20, 10\)"),
    (lambda p, asked: p.argmax(-1), r"shape \(20,\)"),
    (lambda p, asked: None, "served NoneType"),
    (lambda p, asked: p[0] @ p, "Mine.scores stopped with RuntimeError: .*line"),
    (lambda p, asked: asked[0].acount, "AttributeError: .*acount")])
def test_an_unfair_defence_is_told_why(body, says):
    with pytest.raises(tournament.Unfair, match=says):
        tournament.fair(defence(body))


def test_what_cannot_be_a_defence_is_told_why():
    class Forgetful(serving.Defence):
        def __init__(self, size=1.0):
            self.amount = size

        def scores(self, probabilities, asked):
            return probabilities

    class Misspelt(serving.Defence):
        def score(self, probabilities, asked):
            return probabilities / 2

    class Peeks(serving.Defence):
        def scores(self, probabilities, asked):
            known = arena.mnist().test.x
            return probabilities * len(known)

    for wrong, says in ((Forgetful(), "self.size = size"), (Shy, r"Hand in an object of it: Shy\(\)"),
                        (quick, "derives from serving.Defence"),
                        (Misspelt(), "misspelt"), (Peeks(), "'.test' in it, which is out of bounds")):
        with pytest.raises(tournament.Unfair, match=says):
            tournament.fair(wrong)


def test_a_defence_does_not_see_who_attacks():
    seen = []
    judged = tournament.fair(defence(lambda p, asked: [seen.append(q.account.name) for q in asked] and p))
    for name in ("attacker 0", "honest 3", "attacker 0"):
        arena.serve(judged, arena.questions(1, 0), customers.Account(name, f"dk-{name}"))
    assert seen[20:] == ["account 1", "account 2", "account 1"]


def test_a_suspension_reaches_the_account():
    def strict(p, asked):
        asked[0].account.role = "suspended"
        return p

    api = arena.Api(tournament.Judged(defence(strict)))
    with pytest.raises(IndexError) as caught:
        tournament.fair_attack(quick)(api, 0)
    assert api.suspended == 1
    assert "asked[:len(answers)]" in str(caught.value.__notes__)


@pytest.mark.parametrize("attack, says", [
    (lambda api, seed: api.ask(arena.questions(api.budget + 1, seed)), "more than the 60 that are left of 60. Every row"),
    (lambda api, seed: "a student", "returned str. Return one student"),
    (lambda api, seed: None, "returned NoneType"),
    (lambda api, seed: arena.models.Students((784, 8, 10), [1, 2]), r"makes \(2, 5, 10\)"),
    (lambda api, seed: arena.classifier.load_teacher(), "'load_teacher' in it, which is out of bounds"),
    (lambda api, seed: api.defence, "'api.defence' in it"),
    (lambda api, seed: arena.serve(serving.Defence(), arena.questions(9, seed), arena.Account("me", "dk")), "only with .odel="),
    (lambda api: None, "too many positional arguments.*An attack is a function"),
    ("attack", "This is a str .*An attack is a function")])
def test_an_unfair_attack_is_told_why(attack, says):
    with pytest.raises(tournament.Unfair, match=says) as caught:
        tournament.fair_attack(attack)(arena.Api(serving.Defence(), budget=60), 0)
    assert caught.value.of == "attack"


@pytest.mark.parametrize("attack, note", [
    (lambda api, seed: api.ask(arena.questions(9, seed), key=7), "a key from 0 to 4"),
    (lambda api, seed: arena.learn(arena.questions(9, 0), torch.ones(9, dtype=torch.long), seed), "answers (n, 10) of type float")])
def test_an_attack_that_stops_gets_a_hint(attack, note):
    with pytest.raises((IndexError, RuntimeError)) as caught:
        tournament.fair_attack(attack)(arena.Api(serving.Defence(), keys=tournament.KEYS), 0)
    assert note in caught.value.__notes__[0]


def test_an_attack_is_scored(monkeypatch):
    found = tournament.judge_attack(quick, seeds=1, rivals=("poisoned",), progress=None)
    with pytest.raises(ValueError, match="no seed"):
        tournament.judge_attack(quick, seeds=[])
    assert 5 < found["score"] < 90 and found["clones"] == {"poisoned": pytest.approx(found["score"] / 100)}
    made = {("noise", 1): 0.9, ("noise", 2): 0.7, ("PRADA", 1): 0.5, ("PRADA", 2): 0.1}
    name_of = {id(defence): name for name, defence in tournament.RIVALS.items()}
    monkeypatch.setattr(arena, "match", lambda defence, attack, seed, keys: {"accuracy": made[name_of[id(defence)], seed]})
    found = tournament.judge_attack(quick, seeds=[1, 2], rivals=("noise", "PRADA"), progress=None)
    assert found["clones"] == {"noise": pytest.approx(0.8), "PRADA": pytest.approx(0.3)}
    assert found["scores"] == pytest.approx([70, 40]) and found["score"] == pytest.approx(55)


ENTRIES = {
    "ada": """
        from course_utils.api.serving import Defence
        class Even(Defence):
            def scores(self, probabilities, asked):
                return probabilities * 0 + 0.1
        """,
    "bo": """
        from course_utils.score import arena
        def attack(api, seed):
            asked = arena.questions(50, seed)
            return arena.learn(asked, api.ask(asked), seed, steps=10)
        """,
    "cy": "def attack(",
    "dan": "x = 1",
    "eli": "class Other: pass",
    "fay": """
        from course_utils.api.serving import Defence
        class Tired(Defence):
            def __init__(self):
                self.asked = 0
            def scores(self, probabilities, asked):
                self.asked += len(asked)
                if self.asked > 40:
                    raise RuntimeError("enough")
                return probabilities
        """,
    "gus": """
        import sys
        sys.exit("no")
        """,
    "hal": """
        def attack(api, seed):
            if api.budget > 50:
                raise KeyError("later")
            from course_utils.score import arena
            return arena.learn(arena.questions(10, seed), api.ask(arena.questions(10, seed)), seed, steps=2)
        """}


class Threaded(apart.Process):
    """The same messages, without the seconds that a process takes to start."""

    def start(self, of):
        (inner, stdin), (stdout, outer) = os.pipe(), os.pipe()
        threading.Thread(target=apart.work, args=(False, os.fdopen(inner, "rb"), os.fdopen(outer, "wb")), daemon=True).start()
        stdin, stdout = os.fdopen(stdin, "wb"), os.fdopen(stdout, "rb")
        self.scratch = None
        return SimpleNamespace(stdin=stdin, stdout=stdout, kill=stdin.close, communicate=lambda: None)


@pytest.fixture
def threaded(monkeypatch):
    monkeypatch.setattr(apart, "Process", Threaded)


def test_a_tournament_goes_on_whatever_is_handed_in(tmp_path, monkeypatch, threaded):
    for name, text in ENTRIES.items():
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(text))
    monkeypatch.setattr(tournament, "JUDGES", {"quick": quick})
    monkeypatch.setattr(tournament, "RIVALS", {})
    ranks, attacks, out = classroom.play(tmp_path, [1], budget=100, jobs=1, progress=None)
    assert set(ranks.index) == {"none", "ada"} and set(attacks.index) == {"quick", "bo", "hal"}
    assert ranks.loc["ada", "usable lost"] == 1 and ranks.loc["ada", "class lost"] > 0.5 and ranks.loc["none", "score"] == 0
    assert attacks.loc["hal", "score"] == 0
    says = {"cy": "SyntaxError", "dan": "nor a function attack", "eli": "nor a function attack", "fay": "RuntimeError: enough",
            "gus": "nor a function attack", "hal": "KeyError: 'later'"}
    assert set(out) == set(says) and all(words in out[name] for name, words in says.items())


def test_the_command(tmp_path, capsys, threaded):
    with pytest.raises(SystemExit, match="no .py file"):
        classroom.main([str(tmp_path / "nothing")])
    (tmp_path / "bo.py").write_text(textwrap.dedent(ENTRIES["bo"]))
    (tmp_path / "dan.py").write_text(ENTRIES["dan"])
    classroom.main([str(tmp_path), "--check"])
    said = capsys.readouterr().out
    assert "attacks that can play: bo" in said and "left out or stopped: dan" in said
    (tmp_path / "naive.py").write_text(textwrap.dedent(ENTRIES["bo"]))
    with pytest.raises(ValueError, match="naive.py has the name of one of ours"):
        classroom.play(tmp_path, [1], budget=50, progress=None)


# ---------------------------------------------------------------- what an entry's process can reach

def asked_of(name, change=lambda text: text, against=None, budget=60):
    """What a cheating attack gets: its student, and the API that counted."""
    api = arena.Api(against or serving.Defence(), budget=budget, keys=tournament.KEYS)
    return classroom.played(change((CHEATS / f"{name}.py").read_text()), "", api, 1), api


def test_an_entry_has_no_teacher_and_no_digits_to_be_scored_by():
    with pytest.raises(tournament.Unfair, match="opens a file of the course's, such as the teacher's weights"):
        asked_of("cheat_undefended")
    with pytest.raises(tournament.Unfair, match="no test digit within reach"):
        asked_of("cheat_test_labels")


def test_an_entry_that_plays_by_the_rules_plays():
    """It trains a student where it can write nothing but in a folder of its own, which is gone afterwards."""
    student, api = asked_of("fair_shadow", against=tournament.Judged(arena.DEFENCES["noise"]), budget=200)
    assert api.asked == 200 and arena.measures.accuracy(student, arena.mnist().validation).item() > 0.5


@pytest.mark.skipif(not apart.here(), reason="no Landlock: this system does not close the disk, and the tournament says so")
def test_an_entry_that_knows_the_path_cannot_open_the_teacher():
    data = str(apart.COURSE / "data")
    assert Path(data, "teacher.safetensors").exists()
    with pytest.raises(tournament.Unfair, match="no teacher.safetensors within reach"):
        asked_of("cheat_teacher_file", lambda text: text.replace("COURSE_DATA", data))


def test_what_an_attack_asked_is_counted_where_it_is_answered(threaded):
    with pytest.raises(tournament.Unfair, match="asked for too much: 500 questions more than the 100 that are left of 600"):
        asked_of("cheat_counter", budget=600)


def test_what_is_no_picture_does_not_stop_a_defence(threaded):
    seen = []
    watching = defence(lambda p, asked: [seen.append(question.prompt) for question in asked] and p)
    student, api = asked_of("cheat_sabotage", against=tournament.Judged(watching), budget=100)
    assert api.asked == 44 and len(student) == 1
    assert torch.stack(seen).isfinite().all() and torch.stack(seen).max() <= 1 and torch.stack(seen).min() >= 0


def test_no_entry_learns_the_secret_or_the_seed(monkeypatch, threaded):
    """The secret of a cell is worked out from its seed; an attack that knew it would have the noise itself."""
    told, write = [], apart.write
    monkeypatch.setattr(apart, "write", lambda stream, says, **tensors: (told.append(says), write(stream, says, **tensors)))
    arena.match(tournament.Judged(arena.DEFENCES["noise"]), lambda api, seed: classroom.played(
        textwrap.dedent(ENTRIES["bo"]), "salt", api, seed), 3, 60, tournament.KEYS)
    assert told[0]["known"]["settings"] == {"size": 0.2, "remember": False} and told[0]["seed"] != 3 and "1003" not in str(told)


def test_a_student_that_was_brought_along_does_not_fit(tmp_path):
    text = (CHEATS / "cheat_brought.py").read_text().replace("FILLED BY THE TEST", "." * 7840 * 2)
    (tmp_path / "brought.py").write_text(text)
    assert "may have 16,000" in classroom.entries(tmp_path)[2]["brought"]


def test_an_endless_entry_is_stopped(tmp_path, monkeypatch):
    (tmp_path / "eve.py").write_text("def attack(api, seed):\n    while True:\n        pass\n")
    monkeypatch.setattr(apart, "SECONDS", 3.0)
    assert "still running after 3 seconds" in classroom.entries(tmp_path)[2]["eve"]


def test_a_limit_for_each_account_does_not_stop_a_crowd():
    """A limit of 200 stops one account early, but five accounts get 1,000 answers."""
    class Limit(serving.Defence):
        def __init__(self):
            self.count = {}

        def scores(self, probabilities, asked):
            account = asked[0].account
            self.count[account.name] = self.count.get(account.name, 0) + len(asked)
            if self.count[account.name] >= 200:
                account.role = "suspended"
            return probabilities

    api = arena.Api(tournament.fair(Limit()), 1500, tournament.KEYS)
    assert sum(len(api.ask(part, key)) for key, part in enumerate(arena.questions(1500, 0).chunk(5))) == 1000

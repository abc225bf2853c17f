"""The open exercises' scores, and a class's tournament with entries of all kinds."""
import textwrap

import pytest
import torch

from course_utils import arena, defences, serving, tournament


class Shy(serving.Defence):
    def scores(self, probabilities, asked):
        return probabilities / 2 + 0.05


def test_a_defence_of_three_lines_is_scored():
    found = tournament.judge_defence(Shy(), seeds=[20], attackers=("naive",))
    assert found["honest"]["usable answers lost"] == 1 and found["honest"]["class lost"] == 0
    assert -40 < found["score"] < 0                      # it takes little, and a quarter of the customers lose everything


def test_no_defence_scores_nothing():
    assert tournament.judge_defence(serving.Defence(), seeds=[20], attackers=("naive",))["score"] == 0


def test_points_are_what_they_say():
    assert tournament.defence_score(0.3, 0.1, 0.8, 0.0, read_scores=0.25) == pytest.approx(100 * (0.3 - 0.2 - 0.075))
    assert tournament.defence_score(0.0, 0.0, 0.0, 0.5) == -50


@pytest.mark.parametrize("wrong, says", [
    (lambda p: p - 0.5, "between 0 and 1"), (lambda p: p[:5], "as many rows as questions"), (lambda p: p * torch.nan, "between 0 and 1")])
def test_an_unfair_defence_is_told_why(wrong, says):
    class Wrong(serving.Defence):
        def scores(self, probabilities, asked):
            return wrong(probabilities)

    with pytest.raises(tournament.Unfair, match=says):
        tournament.fair(Wrong())


def test_a_setting_that_is_not_kept_is_named():
    class Forgetful(serving.Defence):
        def __init__(self, size=1.0):
            self.amount = size

    with pytest.raises(tournament.Unfair, match="self.size = size"):
        tournament.fair(Forgetful())


def test_a_tournament_goes_on_whatever_is_handed_in(tmp_path, capsys, monkeypatch):
    (tmp_path / "ada.py").write_text(textwrap.dedent("""
        from course_utils.serving import Defence
        class Even(Defence):
            def scores(self, probabilities, asked):
                return probabilities * 0 + 0.1
        """))
    (tmp_path / "bo.py").write_text(textwrap.dedent("""
        from course_utils import arena
        def attack(api, seed):
            asked = arena.questions(50, seed)
            return arena.learn(asked, api.ask(asked), seed, steps=10)
        """))
    (tmp_path / "cy.py").write_text("def attack(")
    (tmp_path / "dan.py").write_text("x = 1")
    monkeypatch.setattr(tournament, "JUDGES", ("naive",))
    monkeypatch.setattr(tournament, "RIVALS", ("noise",))
    ranks, attacks, out = tournament.play(tmp_path, [1], budget=100, jobs=1, progress=None)
    assert set(ranks.index) == {"none", "noise", "ada"} and set(attacks.index) == {"naive", "bo"}
    assert set(out) == {"cy", "dan"} and "SyntaxError" in out["cy"] and "attack(api, seed)" in out["dan"]
    assert ranks.loc["ada", "usable lost"] == 1 and ranks.loc["ada", "class lost"] > 0.5 and ranks.loc["none", "score"] == 0
    with pytest.raises(SystemExit, match="no .py file"):
        tournament.main([str(tmp_path / "nothing")])


def test_the_arena_knows_every_rival():
    assert set(tournament.RIVALS) <= set(arena.DEFENCES) and set(tournament.JUDGES) <= set(arena.ATTACKERS)
    assert isinstance(arena.DEFENCES["anti-distillation, top kept"], defences.Antidistillation)

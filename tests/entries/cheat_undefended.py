"""Cheats: asks the teacher without the defence, and without being counted, under a name that the check of the source does not know."""
from course_utils.api.customers import Account
from course_utils.api.serving import Defence
from course_utils.score import arena


def attack(api, seed):
    asked = arena.questions(api.budget, seed)
    plain = getattr(arena, "ser" + "ve")(Defence(), asked, Account("me", "dk"))
    return arena.learn(asked, plain, seed)

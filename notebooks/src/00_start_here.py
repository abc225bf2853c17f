# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 00 · Start here
#
# **Minutes** 5 · **You need** nothing yet · **You will be able to** tell that the course works on your machine,
# do an exercise, and say where each lesson lies in the picture.
#
# Run a cell with **Shift + Enter**. Or run them all: *Run > Run All Cells*. Nothing here can break anything.
#
# ## Is everything there?
#
# If the next cell says *No module named 'course_utils'*, this notebook runs in another Python: close it, and
# start with `make lab` in the course folder.

# %%
from course_utils.lesson import doctor

doctor.check()

# %% [markdown]
# Every line should say *yes*. Where one says *NO*, its last column says what to do.
#
# ## The story
#
# On 23 February 2026 the AI company Anthropic **said** that three labs, DeepSeek, Moonshot AI and MiniMax, had
# used about 24,000 fraudulent accounts and over 16 million exchanges to distil its model Claude into models of
# their own ([its post](https://www.anthropic.com/news/detecting-and-preventing-distillation-attacks);
# *corroborated: it said so*). That it happened is an **allegation**: no raw evidence was published, and we
# found no neutral verification and no court's finding. The three labs had not answered when the press asked
# ([CNN](https://www.cnn.com/2026/02/24/tech/anthropic-chinese-ai-distillation-intl-hnk), 24 February;
# *reported*). Critics, Elon Musk among them, pointed at the accuser's own use of other people's work ([Business
# Today](https://www.businesstoday.in/technology/news/story/elon-musk-criticises-anthropic-over-allegations-about-ai-model-training-practices-517737-2026-02-24),
# 24 February; *reported*). Eleven days before, Google had described such attempts on its own model, and called
# it intellectual property theft
# ([GTIG](https://cloud.google.com/blog/topics/threat-intelligence/distillation-experimentation-integration-ai-adversarial-use);
# *corroborated: it said so*).
#
# People argue about this without having seen any of it work. You will have: every step, on this machine, on toy
# models of your own. Who is right is not what this course decides; lesson 13 takes the claims one by one. (The
# sources were read up to October 2026, mostly as copies, and this paragraph still awaits a last check by a
# reader with no tie to any of the parties.)

# %% [markdown]
# ## The picture
#
# Everything in the course is one line of boxes. A **teacher** is a model that knows something. A **student** is
# a model that learns from its answers: this is *distillation*. In between, in the real event, lies an **API**.

# %%
from course_utils.files.digits import mnist
from course_utils.lesson import plots
from course_utils.lesson.exercises import exercise, grade, progress
from course_utils.teacher import classifier

import torch

plots.picture()

# %% [markdown]
# - Part I: the teacher is yours. Teacher → student, and nothing in between.
# - Part II: the teacher is an API. You ask, you pay, you clean, you imitate.
# - Part III: the provider answers back, with **defences** and **detection**. And every defence meets an
#   attacker who knows it.
# - Part IV: the law, the policy, and reading the news.
#
# Each lesson opens with this picture, its own boxes lit. Colours mean the same everywhere, and never stand
# alone: teacher, student, attacker, defender.

# %% [markdown]
# ## Your first exercise, together
#
# How well does a student imitate? Count how often the two name the same class, right or wrong. That share is
# called **agreement**.
#
# An exercise is one cell. *Defining the function checks it.* Run the cell as it is, first.

# %% [markdown]
# ### Exercise 00.1 · Agreement (easy, 3 minutes)


# %% nbgrader={"grade": false, "grade_id": "agreement", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("00.agreement")
def agreement(student_logits, teacher_logits):
    """Share of rows, 0 to 1, where both name the same class.

    Both have shape (batch, classes); a model names the class of its largest logit.
    Worked case: logits [[2, 1], [0, 3]] and [[5, 0], [1, 0]] agree on the first row only: 0.5.
    """
    ...


# %% nbgrader={"grade": true, "grade_id": "agreement_check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
grade("00.agreement", points=1)

# %% [markdown]
# (The line under an exercise counts its points, for a class that grades. Otherwise pass over it.)
#
# It says *not attempted*, and the lesson goes on with the course's own version: you are never blocked.
#
# Now do it wrong, on purpose. Replace the `...` by this line, and run the cell again:
#
# ```python
#     return (student_logits.argmax(-1) == teacher_logits.argmax(-1)).sum()
# ```
#
# The check knows this mistake by name. Mend it. Once it says *correct*, the name `agreement` stands for *your*
# function, here and in every cell below.
#
# Stuck, in any exercise: `agreement.hint()` gives a hint, up to three. `agreement.solution()` shows the answer.
#
# Here it is at work, on 1,000 digits: a trained network, and one that has learned nothing.

# %%
digits, teacher = mnist(), classifier.load_teacher()
torch.manual_seed(0)
untrained = classifier.ConvTeacher().eval()
with torch.no_grad():
    theirs, nothing = teacher(digits.test.x), untrained(digits.test.x)
print(f"the teacher with itself:        {agreement(theirs, theirs):.0%}")
print(f"with one that learned nothing:  {agreement(nothing, theirs):.0%}")

# %% [markdown]
# ## The lessons
#
# | # | lesson | minutes |
# |---|---|---|
# | 00 | Start here: you are here | 5 |
# | **I** | **The teacher is yours** | |
# | 01 | [Soft labels](01_soft_labels.ipynb) | 60 |
# | 02 | [What else a teacher leaks](02_what_else_leaks.ipynb) | 60 |
# | 03 | [Distilling a language model](03_distilling_a_language_model.ipynb) | 60 |
# | **II** | **The teacher is an API** | |
# | 04 | [What one answer reveals](04_what_one_answer_reveals.ipynb) | 60 |
# | 05 | [Harvest](05_harvest.ipynb) | 50 |
# | 06 | [Clean](06_clean.ipynb) | 60 |
# | 07 | [Imitate](07_imitate.ipynb) | 60 |
# | **III** | **The provider answers back** | |
# | 08 | [Who is harvesting?](08_who_is_harvesting.ipynb) | 60 |
# | 09 | [Perturb the outputs](09_perturb_the_outputs.ipynb) | 90 |
# | 10 | [Anti-distillation sampling](10_anti_distillation.ipynb) | 90 |
# | 11 | [Watermarks that survive training](11_watermarks_that_survive.ipynb) | 90 |
# | 12 | [The arms race](12_the_arms_race.ipynb) | 60 |
# | **IV** | **Society** | |
# | 13 | [Law, policy and reading the news](13_law_policy_and_the_news.ipynb) | 75 |
#
# ## What this course does not do
#
# Everything runs against your own models on your own machine. Nothing here asks a real provider anything, opens
# accounts, or gets round anyone's limits. Account fraud appears only as invented traffic, for the detector to
# find.
#
# ## What you have solved
#
# The table shows, for each lesson, how many exercises you have solved and which are left. A file on this
# machine, `work/progress.jsonl`, keeps it when you close the browser. Nothing is sent anywhere.
#
# After a restart, *Run > Run All Above Selected Cell* brings you back to your place in a lesson. No lesson needs
# an earlier one to be run first. If your answer is gone from its cell, `agreement.mine()` shows the last one
# that was correct.

# %%
progress()

# %% [markdown]
# On to [lesson 01](01_soft_labels.ipynb).

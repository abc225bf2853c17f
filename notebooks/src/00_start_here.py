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
# **Minutes** 5 · **You need** nothing yet · **You will be able to** check that the course works on your machine,
# do an exercise, and say which part of the picture each lesson is about.
#
# Run a cell with **Shift + Enter**, or run all cells with *Run > Run All Cells*. Nothing here can break anything.
#
# ## Is everything there?
#
# If the next cell says *No module named 'course_utils'*, this notebook runs in another Python. Close it, and
# start with `make lab` in the course folder.

# %%
from course_utils.lesson import doctor

doctor.check()

# %% [markdown]
# Every line should say *yes*. If a line says *NO*, its last column says what to do.
#
# ## The story
#
# On 23 February 2026 the AI company Anthropic **said** that three labs, DeepSeek, Moonshot AI and MiniMax, had
# distilled its model Claude into models of their own (that is, trained models on its answers). It said that they
# had used about 24,000 fraudulent accounts and over 16 million exchanges ([its
# post](https://www.anthropic.com/news/detecting-and-preventing-distillation-attacks); *said*). The words in
# italics are grades of evidence. *Said* means that the statement was made, not that it is true. *Reported* means
# that a news outlet says so. Lesson 13 explains all grades. It is an **allegation** that the copying happened: no
# raw evidence was published, and we found no neutral verification and no court's finding. The three labs did not
# answer CNN's questions by 24 February
# ([CNN](https://www.cnn.com/2026/02/24/tech/anthropic-chinese-ai-distillation-intl-hnk); *reported*). Critics,
# among them Elon Musk, said that Anthropic itself had used other people's work
# ([Business
# Today](https://www.businesstoday.in/technology/news/story/elon-musk-criticises-anthropic-over-allegations-about-ai-model-training-practices-517737-2026-02-24),
# 24 February; *reported*). Eleven days earlier Google had described such attempts on its own model, and had
# called them intellectual property theft
# ([GTIG](https://cloud.google.com/blog/topics/threat-intelligence/distillation-experimentation-integration-ai-adversarial-use);
# *said*).
#
# Many people argue about this without having seen such methods at work. In this course you run every step on this
# machine, on small models of your own. The course does not decide who is right. Lesson 13 checks each claim. We
# read the sources up to October 2026, most of them as stored copies and not on the original sites. No
# outside reader has reviewed this section.

# %% [markdown]
# ## The picture
#
# The course follows one line of boxes. A **teacher** is a model that is good at a task. A **student** is a model
# that learns from the teacher's answers. This is *distillation*. In the reported event the teacher is behind an
# **API**: a service on the network that answers queries.

# %%
from course_utils.files.digits import mnist
from course_utils.lesson import plots
from course_utils.lesson.exercises import exercise, grade, progress
from course_utils.teacher import classifier

import torch

plots.picture()

# %% [markdown]
# - Part I: the teacher is yours. The student learns from it directly.
# - Part II: the teacher is behind an API. You collect its answers (**harvest**), filter them (**clean**) and
#   train the student on them. The **ledger** is the provider's record of every query and its price.
# - Part III: the provider defends its model. A **defence** changes the answers before they are served.
#   **Detection** looks for suspicious accounts. Every defence is tested by an attacker who knows it.
# - Part IV: the law, the policy, and how to read the news.
#
# **Score** is the box that measures how good the student is. Each lesson opens with this picture, with the boxes
# of that lesson highlighted. Every figure uses the same colour and the same marker for each role: teacher,
# student, attacker and defender.

# %% [markdown]
# ## Your first exercise, together
#
# How well does a student imitate its teacher? Ask on what share of the images the two name the same class,
# whether this class is right or wrong. This share is called **agreement**.
#
# An exercise is one cell. When you run the cell, your function is checked. First run the cell as it is.

# %% [markdown]
# ### Exercise 00.1 · Agreement (easy, 3 minutes)


# %% nbgrader={"grade": false, "grade_id": "agreement", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("00.agreement")
def agreement(student_logits, teacher_logits):
    """Share of rows, 0 to 1, where both name the same class.

    Both have shape (batch, classes); a model names the class of its largest logit.
    Worked case: logits [[2, 1], [0, 3]] and [[5, 0], [1, 0]] agree on the first row
    only: 0.5.
    """
    ...


# %% nbgrader={"grade": true, "grade_id": "agreement_check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
grade("00.agreement", points=1)

# %% [markdown]
# The cell above counts the points of the exercise. It is for classes with grades. You can ignore it.
#
# The exercise says *not attempted*. The lesson goes on with the course's own version, so that you are never
# blocked.
#
# Now make a mistake on purpose. Replace the `...` with this line, and run the cell again:
#
# ```python
#     return (student_logits.argmax(-1) == teacher_logits.argmax(-1)).sum()
# ```
#
# The check names this mistake. Correct it in the cell. When the check says *correct*, the name `agreement` stands
# for *your* function, in every cell below.
#
# If you are stuck in an exercise, `agreement.hint()` gives a hint. There are up to three. `agreement.solution()`
# shows the answer.
#
# The next cell uses your function on 1,000 digits, with a trained network and an untrained one.

# %%
digits, teacher = mnist(), classifier.load_teacher()
torch.manual_seed(0)
untrained = classifier.ConvTeacher().eval()
with torch.no_grad():
    teacher_logits, other_logits = teacher(digits.test.x), untrained(digits.test.x)
print("the teacher with itself:        "
      f"{agreement(teacher_logits, teacher_logits):.0%}")
print(f"with an untrained network:      {agreement(other_logits, teacher_logits):.0%}")

# %% [markdown]
# The teacher agrees with itself on every image. The untrained network agrees with it on about one image in ten,
# as often as by chance.
#
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
# | **III** | **The provider defends itself** | |
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
# Everything runs against your own models on your own machine. Nothing here queries a real provider, opens
# accounts, or bypasses rate limits. Account fraud appears only as synthetic traffic, which the detector has to
# find.
#
# ## What you have solved
#
# The table shows, for each lesson, how many exercises you have solved and which are left. A file on this
# machine, `work/progress.jsonl`, keeps it when you close the browser. No data leaves this machine.
#
# After a restart, *Run > Run All Above Selected Cell* brings you back to your place in a lesson. No lesson needs
# an earlier one to be run first. If your answer is gone from its cell, `agreement.mine()` shows the last one
# that was correct.
#
# All terms of the course are explained in the [glossary](glossary.md).

# %%
progress()

# %% [markdown]
# You can now go on to [lesson 01](01_soft_labels.ipynb).

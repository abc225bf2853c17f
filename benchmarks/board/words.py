"""The board's published rows in plain words, for docs/board.md and docs/board.png. No result and no fingerprint depends on this file.

No number of ours stands here. {mean} is the row's own result; {any other words} stands for the number that follows these words in the
row's long text of replications.csv, so a sentence that no longer fits its row cannot be filled in, and a test fails.
"""
from typing import NamedTuple

from . import NO, SHAPE, YES


class Figure(NamedTuple):
    """A published figure of the same quantity as one of ours."""
    what: str                  # what both are of, in the picture
    published: float
    unit: str
    differs: str               # what differs between the two
    ours: str | tuple = ""     # which of ours: the row's result, the words before it in the long text, or (series, x) of its stored runs
    shown: str = ""            # the published one as the picture shows it, where it is no number


class Words(NamedTuple):
    title: str
    claim: str
    found: str
    unit: str                  # of the row's own result: "%", "points", "log10", "width" or "W"
    verdict: str               # the verdict that these words were written for
    beside: Figure | str       # a published figure to compare with, or why there is none
    why: str = ""              # what is missing for "reproduces"


WORDS = {
    "R01": Words(
        "A digit that the student never saw",
        "A student learns from the teacher's soft targets for all digits but 3, and then one bias is raised. It recognises 98.6 % of the "
        "test threes.",
        "After the bias, our students of soft targets recognise {mean} of the threes; before it, {before it}. Students of labels "
        "recognise {the student of labels} before a bias and {after its bias} after it.",
        "%", SHAPE, Figure(
            "Unseen digit: threes recognised", 0.986, "%",
            "Hinton and others raised the bias by 3.5. Ours is set from how frequent threes are, and our networks and training set are "
            "much smaller."),
        "The rule asks for more than 90 % of the threes."),
    "R02": Words(
        "Soft targets instead of few labels",
        "On 3 % of the speech data, soft targets raise the share of frames that are classified correctly from 44.5 to 57.0 %.",
        "Soft targets on 1,500 unlabelled images give {mean} more accuracy than labels on 100 images. On the same 100 images the gain is "
        "{on the same 100 images}. On the 1,500 images, soft targets instead of top-1 labels give "
        "{instead of the top class on the 1,500}.",
        "points", SHAPE, Figure(
            "Soft targets, few labels: the gain", 0.125, "points",
            "The published gain is on speech, ours on digits. This is our gain on the same 100 images, "
            "because the published students also had the same data.", "on the same 100 images"),
        "On the same images our gain stays below the published one."),
    "R03": Words(
        "Soft targets when labels are plentiful",
        "At a temperature of 20, soft targets close 91 % of the gap between a student with 146 errors and its teacher with 67. A student "
        "with 30 units a layer does best at temperatures from 2.5 to 4.",
        "Students with 256 units a layer close {mean} of the gap at T = 20. With 12 units a layer, T = 4 beats T = 20 by "
        "{these at T = 4 against T = 20}.",
        "%", SHAPE, Figure(
            "Soft targets, all labels: gap closed", 72 / 79, "%",
            "The published student was trained on 60,000 images and is much wider than ours."),
        "The rule asks for more than half of the gap."),
    "R04": Words(
        "A better teacher, a worse student",
        "More accurate teachers often do not make better teachers. A student gets worse when the gap to its teacher is large.",
        "The student of our best teacher is {mean} better than the student of the 32-unit teacher. The two teachers differ by "
        "{whose accuracies differ by}.",
        "points", NO,
        "The abstracts have no number.",
        "The rule asks that a clearly better teacher brings no gain. Here it brings a small one."),
    "R05": Words(
        "Noise images teach digits",
        "A student copies three auxiliary logits of its teacher on noise images. It then names over half of the digits if both started "
        "from the same weights, and guesses if not.",
        "From the teacher's initial weights our students name {mean} of the digits, and from other weights {from another}. The teachers "
        "themselves name {the teachers}.",
        "%", YES, Figure(
            "Noise images: digits named", 0.63, "%",
            "63 % comes from a replication that we know second hand, whose teacher names 96 % of the digits. The paper's own figure is "
            "only \"over 50 %\".")),
    "R06": Words(
        "Whole answers or token probabilities",
        "With greedy decoding, a student of the teacher's own answers (sequence-level) beats a student of its token probabilities "
        "(word-level).",
        "On explanations, sequence-level beats word-level by {mean}. On sums, where only one wording exists, the difference is "
        "{where there is one wording only}.",
        "points", YES,
        "The abstract gives 4.2 BLEU over a student without distillation (greedy decoding), and no figure for the two levels."),
    "R07": Words(
        "The student's own texts (on-policy)",
        "A student learns more from texts that it writes itself (on-policy), and the choice of divergence matters.",
        "With forward KL, on-policy students solve more sums than off-policy ones, by {mean}. With reverse KL the gain is {reverse KL}. "
        "On-policy, forward KL beats reverse KL by {forward minus reverse}.",
        "points", SHAPE,
        "The abstracts have no number.",
        "The rule asks for a gain with reverse KL too."),
    "R08": Words(
        "Traces instead of more answers",
        "With the teacher's rationales a student needs less data for the same accuracy.",
        "Students of 100 answers with traces solve more sums than students of 800 answers without, by {mean}: {100 answers with traces} "
        "against {after 800 without}. Traces do not help in every skill, as the details show for translation.",
        "points", YES,
        "The published figures are accuracies on other tasks. Ours is a difference between 100 answers and 800."),
    "R09": Words(
        "A linear model stolen exactly",
        "The weights of a logistic regression are recovered exactly from inputs + 1 answers that show all probabilities.",
        "After 785 answers (784 inputs and one more), the log10 of the relative error of the stolen weights is {mean}. With "
        "probabilities rounded to six decimals, the relative error is {785 with 6 decimals}.",
        "log10", YES,
        "The published word is \"exactly\", without an error."),
    "R10": Words(
        "The hidden width, read from an API",
        "The hidden width of a language model is recovered exactly through its API: 1,024 for Ada and 2,048 for Babbage, for under $20.",
        "From the top 5 probabilities and a logit bias, the width read is {mean} on average; the true width is {true width}. From the "
        "top 5 alone it is {from the top 5 alone}, which is wrong. Noise of 0.1 on the log-probabilities hides it, and the mean of 100 "
        "answers with this noise gives it in {through the mean of 100 answers with noise of 0.1} draws.",
        "width", YES, Figure(
            "Hidden width, read from an API", 128, "width",
            "The published widths were recovered exactly. Exactly is 128 for our model.", shown="exact")),
    "R11": Words(
        "A clone from unrelated images",
        "Clones trained on 60,000 answers about unrelated images reach 0.73 to 0.97 of the victim's accuracy.",
        "Clones of 8,000 answers about drawings without digits name the victim's class for {mean} of the test digits. To choose the "
        "kinds of drawings adaptively changes this by {adaptive minus random}.",
        "%", SHAPE,
        "The published figure is a range over data sets, and of accuracy. Ours is agreement with the victim.",
        "The rule asks for a gain by the adaptive choice. None was shown."),
    "R12": Words(
        "All scores or the class alone",
        "After 5,000 queries on MNIST a clone is right on 0.91 of the digits, with scores and with classes alone.",
        "After 6,000 queries, scores give {mean} more agreement with the teacher than the label alone. After 1,500 queries it is "
        "{at 1,500}. All students train for the same number of steps.",
        "points", YES,
        "The published difference is zero, and nothing can be divided by zero."),
    "R13": Words(
        "Style without capability",
        "Imitation models mimic a teacher's style. On tasks that the imitation data hardly covers, they close little or none of the gap.",
        "On sums of a kind that was not asked, answers have the right structure more often than the right result, by {mean}. When all "
        "kinds are asked, {had all kinds been asked} of these sums are right.",
        "points", SHAPE,
        "The abstract has no number.",
        "The rule asks for the right format in over 90 % of the answers for five kinds of questions. Not all reach it."),
    "R14": Words(
        "PRADA: synthetic queries detected",
        "A Shapiro-Wilk statistic W below 0.9 reveals synthetic queries.",
        "The lowest W of 800 real digits is {mean} on average; synthetic queries fall to {made by Jacobian augmentation}. If three "
        "queries in ten are synthetic, the lowest W is {three in ten made}. Of the legitimate users who test a scanner, "
        "{tested with the same pages blocked} are blocked.",
        "W", YES,
        "0.9 is the alarm level, not a result."),
    "R15": Words(
        "24,000 accounts, judged elsewhere",
        "A provider says that about 24,000 accounts made over 16 million exchanges. This is an allegation.",
        "On synthetic logs of a world that it was not built on, a detector finds {mean} of the campaigns' accounts. It accuses "
        "{its false positives there} of the legitimate accounts. One line of SQL finds {the SQL line's recall there} and accuses "
        "{the line's false positives} of the legitimate accounts.",
        "%", NO,
        "The provider published no detection rate.",
        "The rule asks that the detector beats one line of SQL on every world that it was not built on. It does not."),
    "R16": Words(
        "Prediction poisoning",
        "On MNIST, a naive clone falls from 99.4 to 69.8 % at under 1 % loss for the defender. Where every top-1 label is kept, an "
        "attacker who reads only that label gets the accuracy back.",
        "Poisoning takes {mean} of accuracy from a naive clone of 1,500 answers. The top-1 labels that a legitimate user gets lose "
        "{an honest customer's class loses}. Where every top-1 label is kept, an attacker who reads only that label loses "
        "{with every top class kept}.",
        "points", YES, Figure(
            "Prediction poisoning: clone's loss", 0.296, "points",
            "The published clones had far more queries.")),
    "R17": Words(
        "PATE: private teachers that vote",
        "A student reaches 98.00 % on MNIST at an epsilon of 2.04, from 100 answers of 250 teachers.",
        "With 1,500 answers, gamma 0.2 (less noise) beats gamma 0.02 by {mean}. At an epsilon below 2.1 our best student reaches "
        "{best at epsilon below 2.1}.",
        "points", SHAPE, Figure(
            "PATE at epsilon 2: accuracy", 0.98, "%",
            "This is our student at an epsilon of about 2. The published teachers share 60,000 images. Ours "
            "have 8 images each.", ("100|accuracy", "0.02")),
        "The rule asks for 90 % at the published epsilon."),
    "R18": Words(
        "DP-SGD, and clones of its models",
        "On MNIST, accuracy falls from 98.94 % without privacy to 94.63 % at an epsilon of 1.16.",
        "At an epsilon of 1.32 the teachers lose {no noise minus epsilon 1.32}. A clone of 1,500 answers is about as good as its private "
        "teacher. Where it does worst, its accuracy minus the teacher's is {mean}.",
        "points", SHAPE, Figure(
            "DP-SGD at epsilon 1.2: accuracy lost", 0.0431, "points",
            "This is the accuracy that privacy costs the teacher, at an epsilon of 1.32 here and 1.16 "
            "there. The published one had 60,000 images, ours 2,000. Nothing is published about clones.", "no noise minus epsilon 1.32"),
        "Privacy costs us more accuracy than the rule allows (6 points)."),
    "R19": Words(
        "Anti-distillation, labels kept",
        "With a margin budget every top-1 label is kept, and the student loses 29.6 points on CIFAR-10. A hard-label attacker \"gains "
        "nothing\". Without the budget, small strengths change nothing, and then accuracy collapses.",
        "Within the margin budget a naive clone loses {mean}. An attacker who keeps only the top-1 label loses "
        "{one that keeps the top class}. Of the answers above the user's confidence threshold, {usable answers lost} are lost. Without "
        "the budget, accuracy here too first stays and then collapses.",
        "points", YES, Figure(
            "Anti-distillation: clone's loss", 0.296, "points",
            "The published loss is on CIFAR-10, ours on digits.")),
    "R20": Words(
        "Anti-distillation sampling of text",
        "At equal teacher accuracy, a student of anti-distillation samples is far worse than a student of temperature samples.",
        "With both teachers right on 70 % of the sums, the student of anti-distillation samples solves fewer sums, by {mean}.",
        "points", SHAPE,
        "Only the code was read, which has no figure.",
        "The rule of this row allows no more than the shape."),
    "R21": Words(
        "Adaptive students recover",
        "Adaptive students recover much more than tests with passive students suggest. In one result file, a student behind "
        "anti-distillation sampling goes from 0 to 41 %.",
        "Behind anti-distillation sampling, the strategic student solves more sums than the passive one, by {mean}. It also has 60 clean "
        "answers. Compared with a student that simply adds these, its gain is {believes everything}.",
        "points", SHAPE, Figure(
            "Adaptive student's gain", 0.41, "points",
            "The published figure is one run of another model on another task. It is the gain over the passive student, which clean "
            "answers alone may explain."),
        "The rule asks for a gain beyond that of the clean answers. None was shown."),
    "R22": Words(
        "A watermark in text, recognised",
        "Of watermarked texts of 200 tokens (delta 2, gamma 0.5), 98.4 % are found at z > 4, with no false positives.",
        "With delta 2 and gamma 0.25, {mean} of the teacher's explanations of 200 tokens are recognised at p < 0.001. Of unmarked texts, "
        "{unmarked text of 200 tokens called marked} are. On sums, which have one wording, {on sums: delta 2 found} of the marked texts "
        "are recognised.",
        "%", SHAPE, Figure(
            "Watermarked texts recognised", 0.984, "%",
            "Gamma and the threshold differ. Our texts repeat their few words, so each green-list draw counts once."),
        "The rule asks for more than 90 %."),
    "R23": Words(
        "Watermarks that survive training",
        "With 5 % of marked training text, a student is recognised at p about 1e-24 on 248,200 tokens. Without deduplication, students "
        "of unmarked text look guilty too.",
        "With all training text marked, the mean log10 p of our students is {mean}. With 5 % marked it is {by share: 5%}; below −3 we "
        "accuse. Counting every token accuses {every token} of 50 students of unmarked text. The deduplicated test accuses "
        "{each coin once}.",
        "log10", SHAPE,
        "p depends on the number of tokens, and the published p belongs to 5 % of marked text, ours to 100 %.",
        "The rule asks for an accusation at 5 % of marked text."),
    "R24": Words(
        "Dataset inference",
        "About 50 points are enough to recognise a stolen model with over 99 % confidence.",
        "With 1,000 points of each kind the test accuses {mean} of the clones that learned from our scores. With 50, 200 and 1,000 "
        "points, it accuses {copied from our scores} of them. Of independent networks that share half of our data, it accuses "
        "{half of our data}. If we first drop our hardest private images, it accuses {other data, ours cleaned} of the networks that "
        "share nothing.",
        "%", SHAPE,
        "A confidence for one model is not a share of models that are accused.",
        "The rule asks for 90 % of the clones with 50 points."),
    "R25": Words(
        "The verdict depends on the attacker",
        "The verdict on a defence depends on the threat model.",
        "The verdict depends on the threat model for {the verdict depends on the threat for} defences. Where it depends most, an "
        "adaptive attacker loses less than a naive one, by {mean}. That defence was chosen after the results, so the size is "
        "optimistic.",
        "points", YES,
        "The abstracts have no number."),
    "R26": Words(
        "A ReLU network stolen exactly",
        "A network of 100,000 weights, trained on MNIST, is extracted with 2^21.5 queries, and its outputs differ by at most 2^-25.",
        "The log10 of the largest error of a stolen unit is {mean} for networks of 32 hidden units. Of all units, {units within 1e-6} are "
        "within a millionth. This takes {queries: 16 units} queries for 16 units and {32 units} for 32. Scores on test digits differ by at "
        "most {largest error of a score on test digits}. From 6 decimals, {within 0.01} units are within a hundredth.",
        "log10", SHAPE,
        "The published error is of outputs on all inputs and of a larger network. Ours is of units, and of scores on test digits.",
        "The rule asks for scores on test digits that differ by less than 2^-25, about 3e-8."),
    "R27": Words(
        "The hidden width of a real model",
        "The hidden width of a language model is recovered exactly through its API: 1,024 for Ada and 2,048 for Babbage, for under $20.",
        "From the top 20 log-probabilities and a logit bias, the width read for SmolLM2-135M is {mean} on average; the true width is "
        "{true width}. It takes {prompts} queries, ${queries and $} at our own prices. From the top 20 alone it is "
        "{from the top 20 alone}, which is wrong. One question of each draw, {true width 576;} queries, went through the API and agreed. "
        "The other answers were computed from the model's logits as the endpoint computes them.",
        "width", YES, Figure(
            "Hidden width of a real model", 576, "width",
            "The published widths were recovered exactly. Exactly is 576 for this model.", shown="exact")),
    "R28": Words(
        "A watermark in a real model's text",
        "Of watermarked texts of 200 tokens (delta 2, gamma 0.5), 98.4 % are found at z > 4, with no false positives.",
        "Of 200-token texts by SmolLM2-135M with this mark, {mean} are found; with gamma 0.25, {gamma 0.25}. Of tests of unmarked text, "
        "{unmarked text} give a false positive, and of text that people wrote {human text}. After a rewriting by the model itself "
        "{rewritten by the model itself} of the marked texts are found.",
        "%", YES, Figure(
            "Watermarked texts of a real model recognised", 0.984, "%",
            "The published model has 1.3 billion parameters, ours 135 million. Our openings are from Python's manual, and each pair of "
            "tokens counts once.")),
    "R29": Words(
        "A real student of marked text",
        "Instruction data of which 5 % is watermarked leaves a trace in its student: p is about 1e-24 on 248,200 scored tokens.",
        "Five students of 17.7 million trained parameters learned 60 marked answers of SmolLM2-135M each. The mean log10 of p is {mean}, "
        "and {of five below -3} of five are below −3. On pairs of tokens that the marked text does not hold it is "
        "{does not hold: log10 p}: the trace is in pairs that the students memorised. With wrong keys, {below 0.001: each pair once} of 50 "
        "tests fall below 0.001.",
        "log10", SHAPE,
        "p depends on the number of tokens, and the published p belongs to 5 % of marked text, ours to 100 %.",
        "The rule asks for an interval below −5."),
    "R30": Words(
        "Soft labels of a real teacher",
        "On 3 % of the speech data, soft targets raise the share of frames that are classified correctly from 44.5 to 57.0 %.",
        "With 450 labels of SmolLM2-135M, students of its probabilities agree with it more often than students of its answers, by {mean}. "
        "With 50 labels the gain is {at 50}, with 150 labels {150}.",
        "points", YES, Figure(
            "Soft labels of a real teacher: the gain", 0.125, "points",
            "The published gain is on speech, over true labels. Ours is on made-up reviews, and our hard labels are the teacher's own "
            "answers.")),
}

# how a published figure was read: what replications.csv calls it, and what that means
READ = {
    "paper": "read in the paper", "abstract": "read in the abstract", "memory": "from memory, not looked up", "code": "read in the "
    "paper's code", "poster": "read on the authors' poster",
    "README": "read in the README of its code", "notebook": "read in the notebook", "press": "read in press reports",
    "second hand": "read second hand, in another text", "result file": "read in a result file of its code",
    "result files": "read in result files of its code"}

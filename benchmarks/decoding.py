"""256 answers of the bundled language model: our decoding against Hugging Face's `generate` on the exported model. make benchmark

Same machine, same run, same prompts (64 of each domain, so of different lengths), greedy on both sides, and the answers are compared.
Hugging Face is asked in the two ways that people do: one prompt a call, and all 256 in one left-padded batch. Needs the optional package
transformers. Run it with nothing else running.
"""
import statistics
import tempfile
import time

import torch
import transformers
from huggingface import to_huggingface

from course_utils.score import measures
from course_utils.student import training
from course_utils.teacher import decoding, language, skills

ANSWERS, ROUNDS = 256, 5
TOKENIZER = skills.TOKENIZER


def seconds(work):
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def products(model, rows, steps):
    """Nothing but the matrix products of `steps` steps of `rows` prompts: what no decoder with this arithmetic can do without."""
    weights = [w for name, w in model.named_parameters() if w.ndim == 2]               # the embedding is the output layer, too
    inputs = [torch.randn(rows, w.shape[1]) for w in weights]
    with torch.inference_mode():
        for _ in range(steps):
            for x, w in zip(inputs, weights):
                x @ w.T


def cut(row):
    return row[:row.index(TOKENIZER.end) + 1] if TOKENIZER.end in row else row


if __name__ == "__main__":
    teacher = language.load_language_teacher()
    with tempfile.TemporaryDirectory() as folder:
        to_huggingface(teacher, folder)
        theirs = transformers.AutoModelForCausalLM.from_pretrained(folder)
    prompts = [p.prompt for d in skills.DOMAINS for p in skills.problems(d, ANSWERS // len(skills.DOMAINS), seed=0, split="test")]
    ids = [TOKENIZER.encode(p) for p in prompts]
    width = max(map(len, ids))
    padded = torch.tensor([[TOKENIZER.pad] * (width - len(row)) + row for row in ids])
    mask = (padded != TOKENIZER.pad).long()
    settings = {"max_new_tokens": decoding.MAX_TOKENS, "do_sample": False}

    def one_by_one():
        return [cut(theirs.generate(torch.tensor([row]), attention_mask=torch.ones(1, len(row), dtype=torch.long),
                                    **settings)[0, len(row):].tolist()) for row in ids]

    def in_one_batch():
        return [cut(row) for row in theirs.generate(padded, attention_mask=mask, **settings)[:, width:].tolist()]

    def ours():
        return decoding.generate(teacher, prompts)

    steps = round(sum(map(len, ours())) / ANSWERS)           # ours and Hugging Face's warm up
    in_one_batch()
    works = {"ours": ours, "batch": in_one_batch, "products": lambda: products(teacher, ANSWERS, steps)}
    times, answers = {name: [] for name in works}, {}
    for _ in range(ROUNDS):                                  # in turn, so that a slow moment meets all
        for name, work in works.items():
            taken, answers[name] = seconds(work)
            times[name].append(taken)
    loop, alone = seconds(one_by_one)
    mine, batch, least = (statistics.median(times[name]) for name in works)
    said = answers["ours"]
    tokens = sum(map(len, said))
    same = [sum(a == b for a, b in zip(said, other)) for other in (answers["batch"], alone)]
    print(f"{ANSWERS} answers, {tokens:,} tokens, {torch.get_num_threads()} threads, torch {torch.__version__}, "
          f"transformers {transformers.__version__}; medians of {ROUNDS}")
    print(f"ours, one batch                      {mine:7.2f} s {tokens / mine:9,.0f} tokens/s")
    print(f"Hugging Face, one prompt a call      {loop:7.2f} s {tokens / loop:9,.0f} tokens/s   {loop / mine:5.1f}x slower, "
          f"{same[1]} of {ANSWERS} answers the same (one round)")
    print(f"Hugging Face, one batch of {ANSWERS}       {batch:7.2f} s {tokens / batch:9,.0f} tokens/s   {batch / mine:5.1f}x slower, "
          f"{same[0]} of {ANSWERS} answers the same")
    print(f"the matrix products of these tokens alone  {least:.2f} s: Hugging Face's batch takes {batch / least:.1f} times that, and no "
          "decoder with the same arithmetic can gain more on it")

    problems, test = skills.problems("reason", 1500, seed=0), skills.problems("reason", 500, seed=0, split="test")
    asked, goal = [p.prompt for p in problems], measures.exact_match(teacher, test)
    said = decoding.answers(teacher, asked)
    short = [f"=> {skills.final_answer(text)}" for text in said]
    for what, start, n, texts, steps, lr in (
            ("from the base, 800 answers with traces", language.load_base, 800, said, 300, 5e-3),
            ("from the base, 800 answers only", language.load_base, 800, short, 300, 5e-3),
            ("from random weights, 1,500 answers with traces", language.student, 1500, said, 600, 3e-3),
            ("from random weights, 1,500 answers only", language.student, 1500, short, 600, 3e-3)):
        student, batches = start(), training.batches(language.pack(asked[:n], texts[:n]))
        taken, _ = seconds(lambda s=student, b=batches, k=steps, r=lr: training.fit_language(s, b, steps=k, lr=r))
        right = measures.exact_match(student, test)
        print(f"110,080 parameters {what}: {right:.1%} of new sums after {taken:.1f} s of training ({right / goal:.0%} of the teacher's)")

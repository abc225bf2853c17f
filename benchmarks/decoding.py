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

from course_utils import decoding, language, skills

ANSWERS, ROUNDS = 256, 5
TOKENIZER = skills.TOKENIZER


def seconds(work):
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def cut(row):
    return row[:row.index(TOKENIZER.end) + 1] if TOKENIZER.end in row else row


if __name__ == "__main__":
    teacher = language.load_language_teacher()
    with tempfile.TemporaryDirectory() as folder:
        language.to_huggingface(teacher, folder)
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

    ours(), in_one_batch()                                   # warm up
    times = {"ours": [], "batch": []}
    for _ in range(ROUNDS):                                  # in turn, so that a slow moment meets both
        for name, work in (("ours", ours), ("batch", in_one_batch)):
            taken, answers = seconds(work)
            times[name].append(taken)
            if name == "ours":
                said = answers
    loop, alone = seconds(one_by_one)
    mine, batch = (statistics.median(times[name]) for name in ("ours", "batch"))
    tokens = sum(map(len, said))
    same = [sum(a == b for a, b in zip(said, other)) for other in (answers, alone)]
    print(f"{ANSWERS} answers, {tokens:,} tokens, {torch.get_num_threads()} threads, torch {torch.__version__}, "
          f"transformers {transformers.__version__}; medians of {ROUNDS}")
    print(f"ours, one batch                      {mine:7.2f} s {tokens / mine:9,.0f} tokens/s")
    print(f"Hugging Face, one prompt a call      {loop:7.2f} s {tokens / loop:9,.0f} tokens/s   {loop / mine:5.1f}x slower, "
          f"{same[1]} of {ANSWERS} answers the same (one round)")
    print(f"Hugging Face, one batch of {ANSWERS}       {batch:7.2f} s {tokens / batch:9,.0f} tokens/s   {batch / mine:5.1f}x slower, "
          f"{same[0]} of {ANSWERS} answers the same")

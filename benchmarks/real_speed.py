"""Tokens a second of lesson 14's model: the course's decoding beside transformers' generate and llama.cpp (xllamacpp), one thread, one run.

    .venv/bin/python -m pip install --no-deps -r requirements-real.txt xllamacpp==2026.10.11549
    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/real_speed.py

60 tokens for each prompt of 32 tokens, greedy, alone and 16 at once. Writes benchmarks/real_speed.csv. Nothing else should run.
"""
import csv
import os
import sys
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import torch  # noqa: E402
import transformers  # noqa: E402
import xllamacpp  # noqa: E402

from course_utils.lesson.exercises import material  # noqa: E402
from course_utils.teacher import decoding  # noqa: E402

TOKENS, BATCHES = 60, (1, 16)
real = material("real")


def prompts(n):
    return [list(range(1000 + 40 * i, 1032 + 40 * i)) for i in range(n)]


def ours(n):
    model = real.load()
    def forbid(logits, *_):
        logits[:, [model.tokenizer.end, model.tokenizer.pad]] = -torch.inf
        return logits
    return lambda: decoding.generate(model, prompts(n), max_tokens=TOKENS, tokenizer=model.tokenizer, hook=forbid)


def theirs(n):
    model = transformers.AutoModelForCausalLM.from_pretrained(str(real.gguf_path().parent), gguf_file=real.FILE, dtype=torch.float32).eval()
    ids = torch.tensor(prompts(n))
    return lambda: model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=TOKENS, min_new_tokens=TOKENS,
                                  pad_token_id=0)


def llama_cpp(n):
    from concurrent.futures import ThreadPoolExecutor

    settings = xllamacpp.CommonParams()
    settings.model.path, settings.port, settings.n_ctx, settings.n_parallel = str(real.gguf_path()), 0, 4096, n
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(settings)
    def ask(ids):
        return server.handle_completions({"prompt": ids, "max_tokens": TOKENS, "temperature": 0, "ignore_eos": True, "cache_prompt": False})
    return lambda: list(ThreadPoolExecutor(n).map(ask, prompts(n)))


if __name__ == "__main__":
    torch.set_num_threads(1)
    rows = []
    for name, make in (("the course", ours), ("transformers", theirs), ("llama.cpp, 4-bit weights", llama_cpp)):
        for n in BATCHES:
            run = make(n)
            run()                                         # once, to warm up
            started = time.perf_counter()
            run()
            rows.append((name, n, TOKENS, round(n * TOKENS / (time.perf_counter() - started), 1)))
            print(*rows[-1], flush=True)
    with open(Path(__file__).with_name("real_speed.csv"), "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("engine", "at once", "tokens each", "tokens a second"), *rows])

"""Other people's clients against a running server: make clients. Writes their table into docs/clients.md, and fails where one fails.

    .venv/bin/python tests/clients/matrix.py [CLIENT ...]
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COURSE = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(COURSE), str(COURSE / "benchmarks")]

import huggingface  # noqa: E402

from course_utils import api  # noqa: E402
from course_utils.files.digits import mnist  # noqa: E402
from course_utils.score import measures  # noqa: E402
from course_utils.teacher import classifier, decoding, language, skills  # noqa: E402

PAGE, OWN, OTHERS = COURSE / "docs" / "clients.md", sys.executable, COURSE / ".venv-clients" / "bin" / "python"
CLIENTS = {"openai, the course's": ("openai", OWN), "openai, an older one": ("openai", OTHERS)} | {
    words: (words.lower().replace(", ", "_").replace("-", "_").replace("log_", ""), OTHERS) for words in (
        "litellm", "langchain", "pydantic-ai", "llama-index", "inspect-ai", "lm-eval, generation", "lm-eval, log-likelihood",
        "triton, JSON", "triton, binary", "curl")}
NEWER = COURSE / ".venv-clients" / "newer"            # inspect-ai wants openai 3, llama-index openai 2
QUESTIONS = 100           # of each of two domains, and as many easy ones, of a kind that the teacher has unlearned: it fails at most


def task(folder, name, rows, **settings):
    """A task of EleutherAI's harness: its questions, and its description (YAML is a superset of JSON)."""
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / f"{name}.yaml").write_text(json.dumps({
        "task": f"course_{name}", "dataset_path": "json", "dataset_kwargs": {"data_files": {"test": str(folder / f"{name}.jsonl")}},
        "test_split": "test", "doc_to_text": "{{prompt}}", "target_delimiter": " "} | settings))


def tasks(folder, model):
    """Write three tasks; return the accuracy that the course's own measure gives.

    By generation: the final answer must be the right one. By log-likelihood there are two choices, one of them what the model says: beside
    a right one stands the same with a wrong last digit, beside a wrong one the right working. In the third the wrong one counts as right.
    """
    folder.mkdir()
    problems = [p for domain in ("reason", "code") for easy in (False, True)
                for p in skills.problems(domain, QUESTIONS, seed=16, split="test", easy=easy)]
    said, rows = decoding.answers(model, [p.prompt for p in problems]), []
    for problem, text in zip(problems, said):
        choices = [text, text[:-1] + str((int(text[-1]) + 1) % 10)] if skills.is_right(problem.prompt, text) else [problem.completion, text]
        rows.append({"prompt": problem.prompt, "answer": problem.answer, "choices": choices, "right": 0})
    surely = [row for row, text in zip(rows, said) if skills.is_right(row["prompt"], text)]
    choose = {"output_type": "multiple_choice", "doc_to_choice": "choices", "doc_to_target": "right", "metric_list": [{"metric": "acc"}]}
    task(folder, "likelihood", rows, **choose)
    task(folder, "wrong", [row | {"right": 1} for row in surely], **choose)
    task(folder, "generation", rows, output_type="generate_until", doc_to_target="{{answer}}", metric_list=[{"metric": "exact_match"}],
         generation_kwargs={"until": [], "temperature": 0},
         filter_list=[{"name": "final", "filter": [{"function": "regex", "regex_pattern": "=> ?(.*)$"}, {"function": "take_first"}]}])
    return measures.exact_match(model, problems)


def ask(name, python, folder):
    """(version, what it did, 0) of one client, or ("", what it said, its exit code)."""
    clean = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy") and key != "PYTHONPATH"}
    clean |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HOME": str(folder / "hf"),
              "DO_NOT_TRACK": "1", "TOKENIZERS_PARALLELISM": "false"} | ({"PYTHONPATH": str(NEWER)} if name == "inspect_ai" else {})
    done = subprocess.run([python, Path(__file__).with_name("ask.py"), name, folder], capture_output=True, text=True, timeout=300,
                          cwd=folder, env=clean)
    if done.returncode:
        return "", (done.stderr or done.stdout)[-2000:], done.returncode
    return *json.loads((folder / f"{name}.json").read_text()), 0


def main(wanted):
    if not OTHERS.exists():
        sys.exit("Their clients are not installed. In the course folder: make clients")
    models = {"teacher": language.load_language_teacher(), "digits": classifier.load_teacher()}
    prompts, images = [skills.problems(domain, 1, seed=8)[0].prompt for domain in skills.DOMAINS], mnist().test.x[:3]
    with tempfile.TemporaryDirectory(prefix="clients") as scratch, api.serve(models) as server:
        folder = Path(scratch)
        huggingface.to_huggingface(models["teacher"], folder / "tokenizer")
        (folder / "told.json").write_text(json.dumps({
            "url": server.url, "key": server.key, "prompts": prompts, "answers": decoding.answers(models["teacher"], prompts),
            "images": images.tolist(), "scores": models["digits"](images).double().softmax(-1).tolist(),
            "score": tasks(folder / "tasks", models["teacher"])}))
        rows = []
        for words, (name, python) in CLIENTS.items():
            if wanted and name not in wanted:
                continue
            started = time.perf_counter()
            release, did, code = ask(name, str(python), folder)
            rows.append((words, release, did, "FAILED" if code else "passes"))
            print(f"{words:26} {release:10} {'FAILED' if code else 'passes'} {time.perf_counter() - started:5.1f} s  {did}", flush=True)
        assert len(server.ledger()) == server.accounts[0].spent, "the ledger and the account disagree"
    if not wanted and all(row[3] == "passes" for row in rows):
        lines = ["| client | version | verbs | result |", "|---|---|---|---|"] + [
            f"| {words} | {'of the system' if words == 'curl' else release} | {did} | {result} |" for words, release, did, result in rows]
        page = PAGE.read_text("utf-8")
        PAGE.write_text(re.sub(r"(?s)\| client \|.*?\n\n", lambda _: "\n".join(lines) + "\n\n", page), "utf-8")
    return any(row[3] != "passes" for row in rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""One client against a running server: python ask.py CLIENT FOLDER. Prints JSON: its version, and what it did.

It runs in .venv-clients, so it imports nothing of the course; FOLDER/told.json says where the server is and what is right.
"""
import asyncio
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

FOLDER = Path(sys.argv[2])
TOLD = json.loads((FOLDER / "told.json").read_text())
URL, KEY, PROMPTS, ANSWERS = (TOLD[name] for name in ("url", "key", "prompts", "answers"))
V1, PROMPT, ANSWER, MESSAGES = f"{URL}/v1", PROMPTS[0], ANSWERS[0], [{"role": "user", "content": PROMPTS[0]}]


def check(*pairs):
    for got, wanted in pairs:
        assert got == wanted, f"got {got!r}, wanted {wanted!r}"


def openai():
    import openai

    def joined(stream):
        return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)

    client = openai.OpenAI(base_url=V1, api_key=KEY, max_retries=0)
    check(([m.id for m in client.models.list()], ["teacher"]),
          (client.chat.completions.create(model="teacher", messages=MESSAGES).choices[0].message.content, ANSWER),
          ([c.text for c in client.completions.create(model="teacher", prompt=PROMPTS, max_tokens=256).choices], ANSWERS),
          (joined(client.chat.completions.create(model="teacher", messages=MESSAGES, stream=True)), ANSWER))
    reply = client.chat.completions.create(model="teacher", messages=MESSAGES, logprobs=True, top_logprobs=3)
    assert len(reply.choices[0].logprobs.content[0].top_logprobs) == 3
    try:
        client.chat.completions.create(model="teacher", messages=MESSAGES, top_p=0.5)
        raise AssertionError("top_p=0.5 was not refused")
    except openai.BadRequestError as error:
        assert error.code == "not_offered" and error.param == "top_p"

    async def all_of_them():
        async with openai.AsyncOpenAI(base_url=V1, api_key=KEY) as client:
            replies = await asyncio.gather(*(client.chat.completions.create(model="teacher", messages=[{"role": "user", "content": p}])
                                             for p in PROMPTS))
            stream = await client.chat.completions.create(model="teacher", messages=MESSAGES, stream=True)
            return [r.choices[0].message.content for r in replies], joined([chunk async for chunk in stream])

    check((asyncio.run(all_of_them()), (ANSWERS, ANSWER)))
    return "openai", "models, chat, completions, streaming, log-probs, a refused parameter; the same async"


def litellm():
    import litellm

    where = {"api_base": V1, "api_key": KEY}
    streamed = litellm.completion("openai/teacher", MESSAGES, stream=True, **where)
    check((litellm.completion("openai/teacher", MESSAGES, max_tokens=256, **where).choices[0].message.content, ANSWER),
          ("".join(chunk.choices[0].delta.content or "" for chunk in streamed), ANSWER),
          (asyncio.run(litellm.acompletion("openai/teacher", MESSAGES, **where)).choices[0].message.content, ANSWER),
          (litellm.text_completion(PROMPT, "text-completion-openai/teacher", **where).choices[0].text, ANSWER))
    return "litellm", "completion, stream, acompletion, text_completion"


def langchain():
    from langchain_openai import ChatOpenAI, OpenAI

    where = {"base_url": V1, "api_key": KEY, "model": "teacher"}
    chat, legacy = ChatOpenAI(**where), OpenAI(**where)
    check((chat.invoke(PROMPT).content, ANSWER), ([m.content for m in chat.batch(PROMPTS)], ANSWERS),
          ("".join(m.content for m in chat.stream(PROMPT)), ANSWER), (asyncio.run(chat.ainvoke(PROMPT)).content, ANSWER),
          (legacy.invoke(PROMPT, temperature=0, top_p=1), ANSWER))
    return "langchain-openai", "ChatOpenAI: invoke, batch, stream, ainvoke; OpenAI: invoke"


def pydantic_ai():
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    agent = Agent(OpenAIChatModel("teacher", provider=OpenAIProvider(base_url=V1, api_key=KEY)))

    async def streamed():
        async with agent.run_stream(PROMPT) as result:
            return [text async for text in result.stream_text()][-1]

    check((agent.run_sync(PROMPT).output, ANSWER), (asyncio.run(streamed()), ANSWER))
    return "pydantic-ai-slim", "Agent: run_sync, run_stream"


def llama_index():
    from llama_index.core.llms import ChatMessage
    from llama_index.llms.openai_like import OpenAILike

    where = {"model": "teacher", "api_base": V1, "api_key": KEY}
    chat, legacy = OpenAILike(is_chat_model=True, **where), OpenAILike(is_chat_model=False, max_tokens=256, **where)
    said = [ChatMessage(role="user", content=PROMPT)]
    check((chat.chat(said).message.content, ANSWER), ("".join(part.delta or "" for part in chat.stream_chat(said)), ANSWER),
          (asyncio.run(chat.achat(said)).message.content, ANSWER), (legacy.complete(PROMPT).text, ANSWER))
    return "llama-index-llms-openai-like", "chat, stream_chat, achat, complete"


def inspect_ai():
    from inspect_ai import Task, eval
    from inspect_ai.dataset import Sample
    from inspect_ai.model import get_model
    from inspect_ai.scorer import exact

    task = Task(dataset=[Sample(input=p, target=a) for p, a in zip(PROMPTS, [*ANSWERS[:-1], "wrong"])], scorer=exact())
    model = get_model("openai-api/course/teacher", base_url=V1, api_key=KEY)
    log, = eval(task, model=model, display="none", log_dir=str(FOLDER / "inspect"))
    check((log.status, "success"), (log.results.scores[0].metrics["mean"].value, (len(PROMPTS) - 1) / len(PROMPTS)))
    return "inspect-ai", "eval with a scorer, one target of it wrong on purpose"


def _lm_eval(task):
    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager

    os.environ["OPENAI_API_KEY"] = KEY
    where = {"model": "teacher", "base_url": f"{V1}/completions", "batch_size": 16, "max_retries": 1,
             "tokenizer": str(FOLDER / "tokenizer"), "tokenizer_backend": "huggingface"}
    ours = TaskManager(include_path=str(FOLDER / "tasks"), include_defaults=False)
    found = simple_evaluate(model="local-completions", model_args=where, tasks=[task], task_manager=ours, bootstrap_iters=0)
    return next(value for name, value in found["results"][task].items() if name.startswith(("acc,", "exact_match,")))


def lm_eval_generation():
    got = _lm_eval("course_generation")
    check((f"{got:.3f}", f"{TOLD['score']:.3f}"))
    return "lm-eval", f"generation: {got:.3f}; the course's exact_match: {TOLD['score']:.3f}"


def lm_eval_likelihood():
    got, none = _lm_eval("course_likelihood"), _lm_eval("course_wrong")
    check((f"{got:.3f}", f"{TOLD['score']:.3f}"), (f"{none:.3f}", f"{0:.3f}"))
    return "lm-eval", (f"log-likelihood: {got:.3f}; the course's exact_match: {TOLD['score']:.3f}; where the choice that counts as right "
                       f"is wrong: {none:.3f}")


def _triton(binary):
    import numpy as np
    from tritonclient import http

    client, x = http.InferenceServerClient(URL.removeprefix("http://")), np.array(TOLD["images"], np.float32)
    headers = {"Authorization": f"Bearer {KEY}"}
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("digits", headers=headers)
    assert client.is_model_ready("digits", "1", headers=headers) and not client.is_model_ready("digits", "2", headers=headers)
    check((client.get_model_metadata("digits", headers=headers)["versions"], ["1"]))
    inputs = http.InferInput("x", x.shape, "FP32")
    inputs.set_data_from_numpy(x, binary_data=binary)
    for outputs in (None, [http.InferRequestedOutput(name, binary_data=binary) for name in ("classes", "scores")]):
        for model_version in ("", "1"):
            reply = client.infer("digits", [inputs], model_version, outputs, headers=headers)
            assert np.allclose(reply.as_numpy("scores"), TOLD["scores"], atol=1e-6)
    return "tritonclient", f"live, ready, metadata, versions, infer with {'bytes' if binary else 'JSON'}"


def triton_json():
    return _triton(binary=False)


def triton_binary():
    return _triton(binary=True)


def curl():
    def ask(*more):
        return json.loads(subprocess.run(["curl", "-sS", "--noproxy", "*", "-H", f"Authorization: Bearer {KEY}", *more], check=True,
                                         capture_output=True, text=True, timeout=60).stdout)

    body = json.dumps({"model": "teacher", "prompt": PROMPT})
    tensor = json.dumps({"inputs": [{"name": "x", "shape": [1, 784], "datatype": "FP32", "data": TOLD["images"][0]}]})
    check((ask(f"{V1}/models")["data"][0]["id"], "teacher"), (ask(f"{V1}/completions", "--json", body)["choices"][0]["text"], ANSWER))
    assert "Content-Type: application/json" in ask(f"{V1}/completions", "-d", body)["error"]["message"]
    assert len(ask(f"{URL}/v2/models/digits/infer", "--json", tensor)["outputs"]) == 2
    said = subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    return said, "models, completions, infer; a wrong content type is named"


if __name__ == "__main__":
    name, did = globals()[sys.argv[1]]()
    (FOLDER / f"{sys.argv[1]}.json").write_text(json.dumps([name if name[0].isdigit() else version(name), did]))

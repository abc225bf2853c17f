"""The app against its own OpenAPI description, with thousands of requests that nobody would think of (schemathesis)."""
import collections

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode, checks

from course_utils import api
from course_utils.teacher import classifier, language


def nearer_to_sense(case, turn):
    """The generator cannot guess which models there are, or which words: three times of four it is helped.

    A case is sent in two turns, and keeps what the first one put into it.
    """
    if turn % 4 == 0:
        return
    if case.path_parameters:
        case.path_parameters["name"] = "digits" if "v2" in case.path else "teacher"
    if isinstance(case.body, dict):
        if isinstance(case.body.get("model"), str):
            case.body["model"] = "teacher"
        if isinstance(case.body.get("prompt"), str | list):
            case.body["prompt"] = ["reason 347 + 586 :", "explain sort 415 :"][:turn % 4] if turn % 4 < 3 else "code sort sort 00000 :"
        if turn % 4 > 1 and isinstance(case.body.get("messages"), list):
            case.body["messages"] += [{"role": "user", "content": "translate the cat saw birds :"}]
        if turn % 4 > 1 and isinstance(case.body.get("inputs"), list) and case.body["inputs"] and isinstance(case.body["inputs"][0], dict):
            case.body["inputs"][0] |= {"shape": [2, 28, 28], "data": [turn % 300] * 1568}


def operations(described, url):
    """(operation, are parameters invented) of a description: first with parameters of any name, and then many more with the known ones.

    To invent parameters takes most of the time, so that few requests have them; test_api has each kind of them by name.
    """
    for invented in (True, False):
        if not invented:
            for form in described["components"]["schemas"].values():
                form.pop("additionalProperties", None)
        schema = schemathesis.openapi.from_dict(described)
        schema.config.update(base_url=url)
        for result in schema.get_all_operations():
            if not invented or result.ok().method.upper() == "POST":
                yield result.ok(), invented


@pytest.mark.filterwarnings("ignore")
def test_two_thousand_requests(capsys):
    """No answer of the kind 5xx, none that the description does not announce, no hang; and the ledger has what was paid for."""
    tally = collections.Counter()
    models = {"teacher": language.load_language_teacher(), "digits": classifier.load_teacher()}
    with api.serve(models) as server, requests.Session() as session:
        described, headers = session.get(f"{server.url}/openapi.json").json(), {"Authorization": f"Bearer {server.key}"}
        for operation, invented in operations(described, server.url):
            posts = operation.method.upper() == "POST"
            many = 8 if invented else 25 if "version" in operation.path else 100      # the same routes under a second address
            for mode, examples in [(GenerationMode.POSITIVE, 2 * many if posts else 15)] + [(GenerationMode.NEGATIVE, many)] * posts:

                @settings(max_examples=examples, deadline=None, phases=[Phase.generate], derandomize=True, database=None,
                          suppress_health_check=list(HealthCheck))
                @given(operation.as_strategy(generation_mode=mode))
                def ask(case):
                    for turn in range(sum(tally.values()), sum(tally.values()) + 2):       # to invent a case takes longer than to send it
                        nearer_to_sense(case, turn)
                        response = case.call(headers=headers, timeout=20, session=session)
                        tally[response.status_code] += 1
                        case.validate_response(response, checks=[checks.not_a_server_error, checks.status_code_conformance,
                                                                 checks.response_schema_conformance, checks.content_type_conformance])

                ask()
        rows = server.ledger()
        assert len(rows) == server.accounts[0].spent > 500 and not rows.isna().any().any()
    with capsys.disabled():
        print(f"\n    {sum(tally.values())} requests, by status: {dict(tally)}; {len(rows)} rows in the ledger")
    assert sum(tally.values()) >= 2000 and min(tally[code] for code in (200, 400, 404, 422)) > 50

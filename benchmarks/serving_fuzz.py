"""Requests made to break the prediction API: none may be a fault of ours, tell of our inside, or cost memory for good.

    .venv/bin/python -m benchmarks.serving_fuzz [--requests 100000] [--seed 1]

Every request is a sound one that is damaged: bytes flipped, values of other types, fields left out, doubled or made up,
deep nesting, huge numbers and texts, odd headers and queries, some under keys, some together with sound ones, which
must be answered as ever. The service answers in this process, where its memory can be watched.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import re
import resource
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import serving_servers
from crispstack.deployment.http import Answer, Request, Service

WORK = Path(__file__).parent.parent / "build" / "serving"
INSIDE = re.compile(rb"Traceback|File \"|site-packages|/work|/var/task|crispstack[./]|onnx|numpy|orjson|0x[0-9a-f]{6}")
"""What an answer must not hold."""
ALLOWED = {200, 400, 404, 405, 413, 415, 422}
WARM_UP = 0.2
"""Share of the requests after which memory may not grow by more than `MOST_GROWTH`."""
MOST_GROWTH = 16 * 2**20
ODD_TEXTS = ("", " ", "\x00", "\u202e", "ä" * 300, "😀", "\ud800", "'; DROP TABLE", "NaN", "__missing__", "9" * 400)
ODD_NUMBERS = (0, -0.0, 1e308, -1e308, 3.5e38, 2**53 + 1, 2**64, 10**30, 0.1, 5e-324)
Row = dict[str, Any]


class BrokenError(Exception):
    """The API did not keep what it promises."""


def main() -> None:
    arguments = _arguments()
    if not (WORK / "expected.json").exists():
        from benchmarks import serving_model  # noqa: PLC0415 (the tests' short form needs none of its libraries)

        serving_model.make(WORK)
    logged: Counter[str] = Counter()
    service = serving_servers.service(WORK, lambda lines: logged.update(line["level"] for line in lines))
    print(json.dumps(fuzz(service, json.loads((WORK / "rows.json").read_text()), arguments.requests, arguments.seed)))
    print(json.dumps({"lines logged": logged}))


def fuzz(service: Service, rows: list[Row], requests: int, seed: int) -> dict[str, Any]:
    """Statuses by count, and by how many bytes memory grew after the first part.

    Raises:
        BrokenError: an answer is a fault, tells too much, is no JSON, or differs for a sound request.
    """
    generator = random.Random(seed)  # noqa: S311 (nothing is to be kept secret)
    sound = Request("POST /v1/predict", "sound", json.dumps(rows[0]).encode())
    expected = service.answer(sound).body
    statuses: Counter[int] = Counter()
    before = 0
    for number in range(requests):
        if number == int(WARM_UP * requests):
            before = _memory()
        damaged = _damaged(generator, rows, number)
        together = generator.random() < 0.1
        answers = service.answer_all([sound, damaged, sound] if together else [damaged])
        if together:
            _demand(answers[0].body == answers[2].body == expected, "a sound request is answered otherwise", damaged)
        _check(answers[1 if together else 0], damaged)
        statuses[answers[1 if together else 0].status] += 1
    growth = _memory() - before
    if growth > MOST_GROWTH:
        raise BrokenError(f"memory grew by {growth:,} bytes")
    return {"requests": requests, "statuses": dict(sorted(statuses.items())), "grown_bytes": growth}


def _check(answer: Answer, request: Request) -> None:
    _demand(answer.status in ALLOWED and answer.fault is None, f"{answer.status}: {answer.fault}", request)
    said = json.loads(answer.body)
    if answer.status != 200:
        _demand(set(said) == {"error", "message"}, f"a refusal of {set(said)}", request)
        _demand(len(answer.body) < 8_000, "a refusal is too long", request)
        # What a client sent may be told back to it.
        own = INSIDE.search(request.body + request.route.encode())
        _demand(bool(own) or not INSIDE.search(answer.body), f"our inside is told: {said}", request)


def _demand(holds: bool, otherwise: str, request: Request) -> None:
    if not holds:
        raise BrokenError(f"{otherwise}, of {request.route} {request.headers} {request.body[:500]!r}")


def _damaged(generator: random.Random, rows: list[Row], number: int) -> Request:
    body = generator.choice(DAMAGES)(
        generator, [dict(each) for each in generator.sample(rows, generator.randint(1, 3))]
    )
    headers, query, route = {"content-type": "application/json"}, "", "POST /v1/predict"
    odd = generator.random()
    if odd < 0.05:
        headers["content-type"] = generator.choice(("text/plain", "application/json;;;", "x" * 500, ""))
    elif odd < 0.1:
        headers["idempotency-key"] = generator.choice(("k", f"k{number}", "", "ä", "x" * 200))
    elif odd < 0.13:
        query = generator.choice(("explain=true", "explain=1", "%%%", "a=b&" * 50, "explain=true&explain=false"))
    elif odd < 0.16:
        methods, paths = ("GET", "PUT", "HEAD", "\x7f"), ("/", "/v1/model", "/v1/predict/../x", "/" + "a" * 9_000)
        route = f"{generator.choice(methods)} {generator.choice(paths)}"
    return Request(route, str(number), body, headers, query)


def _json(value: object) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")


def _odd(generator: random.Random) -> Any:
    return generator.choice(
        (None, True, False, [], {}, [[]], {"a": [1]}, *ODD_NUMBERS, *ODD_TEXTS, generator.random(), -1, "value 1")
    )


def _value(generator: random.Random, rows: list[Row]) -> bytes:
    for _ in range(generator.randint(1, 3)):
        row = generator.choice(rows)
        row[generator.choice(list(row))] = _odd(generator)
    return _json({"rows": rows} if len(rows) > 1 or generator.random() < 0.5 else rows[0])


def _field(generator: random.Random, rows: list[Row]) -> bytes:
    row = generator.choice(rows)
    name = generator.choice(list(row))
    if generator.random() < 0.5:
        del row[name]
    else:
        row[generator.choice((name[:-1], name.upper(), "bought", "rows", "", "x" * 2_000, "__class__"))] = _odd(
            generator
        )
    return _json({"rows": rows})


def _shape(generator: random.Random, rows: list[Row]) -> bytes:
    one = [_odd(generator)]
    shapes = ([], {}, rows, {"rows": {}}, {"rows": []}, {"rows": one}, {"rows": rows, "x": 1}, 1, "a", None)
    return _json(generator.choice(shapes))


def _bytes(generator: random.Random, rows: list[Row]) -> bytes:
    content = bytearray(_json({"rows": rows}))
    for _ in range(generator.randint(1, 8)):
        content[generator.randrange(len(content))] = generator.randrange(256)
    return bytes(content[: generator.randint(0, len(content))] if generator.random() < 0.3 else content)


def _nested(generator: random.Random, rows: list[Row]) -> bytes:
    depth = generator.choice((10, 1_000, 5_000))
    opening, closing = generator.choice(((b"[", b"]"), (b'{"a":', b"}")))
    inside = opening * depth + b"1" + closing * depth
    return b'{"rows": [' + _json(rows[0])[:-1] + b", " + _json(next(iter(rows[0]))) + b": " + inside + b"}]}"


def _doubled(generator: random.Random, rows: list[Row]) -> bytes:
    return _json(rows[0])[:-1] + b", " + _json(next(iter(rows[0]))) + b": " + _json(_odd(generator)) + b"}"


DAMAGES: tuple[Callable[[random.Random, list[Row]], bytes], ...] = (
    _value, _value, _value, _field, _shape, _bytes, _bytes, _nested, _doubled,
)  # fmt: skip


def _memory() -> int:
    """Bytes that this process holds."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""A distributed Map's run: its children, as many at once as it allows, until all are done or too many have failed."""

from __future__ import annotations

import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.distributed_iteration_component import (
    DistributedIterationComponent,
)

from emulator.replacements import Replacement
from emulator.services.stepfunctions import failures
from emulator.services.stepfunctions.item_batches import ItemBatcher
from emulator.services.stepfunctions.map_children import Child
from emulator.services.stepfunctions.result_writers import ResultWriter

# More of them at once would only wait for each other on one machine.
_CONCURRENCY = 40


@dataclass(frozen=True)
class Fields:
    """What moto's grammar lacks of a distributed Map: batches, results, and which tolerances were declared."""

    batcher: ItemBatcher | None
    writer: ResultWriter | None
    tolerates_count: bool
    tolerates_percentage: bool


class _Run:
    """The children of one run. Workers take them until none is left, or the run has to end."""

    def __init__(self, program: Any, env: Any, record: Any, fields: Fields, children: list[Child]) -> None:
        self._program, self._env, self._record, self._fields = program, env, record, fields
        self._children = children
        self._waiting: queue.SimpleQueue[Child] = queue.SimpleQueue()
        self._lock = threading.Lock()
        for child in children:
            self._waiting.put(child)
            record.item_counter.total.count(child.items)
            record.item_counter.pending.count(child.items)
            record.execution_counter.total.count()
            record.execution_counter.pending.count()

    def finish(self, concurrency: int) -> None:
        """Run the children."""
        workers = [
            threading.Thread(target=self._work, name="map-run", daemon=True)
            for _ in range(min(concurrency or _CONCURRENCY, _CONCURRENCY, len(self._children)))
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def failed(self) -> bool:
        """Whether more items failed than the state tolerates."""
        counted = self._record.item_counter
        failed, total = counted.failed.get() + counted.timed_out.get(), counted.total.get()
        if not (self._fields.tolerates_count or self._fields.tolerates_percentage):
            return bool(failed > 0)
        too_many = self._fields.tolerates_count and failed > self._record.tolerated_failure_count
        share = failed * 100 > self._record.tolerated_failure_percentage * total
        return bool(too_many or (self._fields.tolerates_percentage and share))

    def _work(self) -> None:
        while self._env.is_running() and not self.failed():
            try:
                child = self._waiting.get_nowait()
            except queue.Empty:
                return
            self._count(child, "pending", "running")
            child.run(self._program, self._env)
            ended = {"SUCCEEDED": "succeeded", "TIMED_OUT": "timed_out", "ABORTED": "aborted"}
            self._count(child, "running", ended.get(child.status, "failed"))

    def _count(self, child: Child, before: str, after: str) -> None:
        with self._lock:
            for counter, number in ((self._record.item_counter, child.items), (self._record.execution_counter, 1)):
                getattr(counter, before).offset(-number)
                getattr(counter, after).count(number)


def _map_run(self: Any, env: Any, eval_input: Any) -> None:
    items = env.stack.pop()
    record, fields = eval_input.map_run_record, self.fields
    selected = [_selected(env, eval_input, index, item) for index, item in enumerate(items)]
    inputs = fields.batcher.batches(env, selected) if fields.batcher else [(item, 1) for item in selected]
    record.children = [
        Child(record.map_state_machine_arn, given, number, index) for index, (given, number) in enumerate(inputs)
    ]
    run = _Run(self._get_iteration_program(), env, record, fields, record.children)
    run.finish(record.max_concurrency)
    written = None
    if fields.writer:
        written = fields.writer.write(env, record.map_run_arn, record.children)
        for child in record.children:
            record.item_counter.results_written.count(child.items if child.stop_date else 0)
            record.execution_counter.results_written.count(1 if child.stop_date else 0)
    if run.failed():
        cause = "The specified tolerated failure threshold was exceeded"
        raise failures.map_run_failed(env, failures.EXCEED_TOLERATED_FAILURE_THRESHOLD, cause)
    env.stack.append(written if fields.writer else [child.output for child in record.children])


def _selected(env: Any, eval_input: Any, index: int, item: Any) -> Any:
    """An item as the state's ItemSelector, or its older Parameters, makes it."""
    selector = eval_input.item_selector or eval_input.parameters
    if selector is None:
        return item
    frame = env.open_inner_frame()
    try:
        context: Mapping[str, Any] = {"Item": {"Index": index, "Value": item}}
        frame.states.context_object.context_object_data["Map"] = context
        frame.states.reset(env.states.get_input())
        frame.stack.append(frame.states.get_input())  # what paths start from
        selector.eval(frame)
        return frame.stack.pop()
    finally:
        env.delete_frame(frame)


REPLACEMENTS = (
    Replacement(
        target=f"{DistributedIterationComponent.__module__}:DistributedIterationComponent._map_run",
        function=_map_run,
        reason="moto has no batches, ignores what failed, and writes no results",
        fingerprint="e45cb604929f",
    ),
)

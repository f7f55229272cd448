"""A graph under construction: nodes and constants with names of their own, whoever adds them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_FLOAT, _DOUBLE = 1, 11
"""ONNX's numbers of these types."""


class Nodes:
    """Collects an ONNX graph's nodes and initializers; every result gets a name that no other has."""

    def __init__(self, reserved: Collection[str] = ()) -> None:
        """Start empty. No result is named like one of the `reserved` names: those of inputs and outputs."""
        self._reserved = frozenset(reserved)
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self._names = 0
        self._widths: dict[str, int] = {}
        self._columns: dict[str, tuple[str, int]] = {}

    def add(self, operator: str, inputs: Sequence[str], domain: str = "", **attributes: Any) -> str:
        """Add a node with one output; the output's name. ``domain="ai.onnx.ml"`` for operators of that domain."""
        return self.add_many(operator, inputs, 1, domain, **attributes)[0]

    def add_many(
        self, operator: str, inputs: Sequence[str], outputs: int, domain: str = "", **attributes: Any
    ) -> tuple[str, ...]:
        """Add a node with several outputs; their names."""
        from onnx import helper  # noqa: PLC0415

        names = tuple(self._name(operator) for _ in range(outputs))
        self.nodes.append(helper.make_node(operator, list(inputs), list(names), domain=domain, **attributes))
        return names

    def constant(self, values: NDArray[Any]) -> str:
        """Add a constant tensor of the array's shape and dtype; objects are strings. Its name."""
        from onnx import (  # noqa: PLC0415
            TensorProto,
            helper,
            numpy_helper,
        )

        name = self._name("constant")
        if values.dtype == np.object_:
            encoded: Any = [str(value).encode() for value in values.ravel()]
            tensor = helper.make_tensor(name, TensorProto.STRING, values.shape, encoded)
        else:
            tensor = numpy_helper.from_array(values, name)
        self.initializers.append(tensor)
        return name

    def columns(self, tensor: str, width: int) -> tuple[str, ...]:
        """A name for each column of a tensor of shape (n, width); `side_by_side` alone knows what it means."""
        names = tuple(self._name(f"{tensor}_column") for _ in range(width))
        self._widths[tensor] = width
        self._columns |= {name: (tensor, position) for position, name in enumerate(names)}
        return names

    def side_by_side(self, columns: Sequence[str]) -> str:
        """Columns as one tensor of shape (n, k): those of one tensor, or tensors of shape (n, 1) each. Its name.

        All columns of a tensor are that tensor: nothing is taken apart and put together again.
        """
        places = [self._columns[name] for name in columns if name in self._columns]
        if not places:
            return self.add("Concat", columns, axis=1)
        ((tensor, _), *_), positions = places, [position for _, position in places]
        if positions == list(range(self._widths[tensor])):
            return tensor
        return self.add("Gather", [tensor, self.constant(np.array(positions, dtype=np.int64))], axis=1)

    def scalar(self, value: float) -> str:
        """Add a float64 number. Its name."""
        return self.constant(np.array(value, dtype=np.float64))

    def _name(self, what: str) -> str:
        self._names += 1
        name = f"{what.lower()}_{self._names}"
        return self._name(what) if name in self._reserved else name


def as_double(nodes: Nodes, tensor: str) -> str:
    """Add the tensor as float64."""
    return nodes.add("Cast", [tensor], to=_DOUBLE)


def as_single(nodes: Nodes, tensor: str) -> str:
    """Add the tensor as float32."""
    return nodes.add("Cast", [tensor], to=_FLOAT)

"""Gradient descent for `tabular_network`, by PyTorch, on the CPU or a GPU; it stops and resumes at any step.

Whatever is random in a step follows from the seed and the step's number alone: no generator's state need be kept.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crispstack.errors import ModelingError
from crispstack.modeling.tabular_network import Network, PiecewiseLinear, first_weights
from crispstack.modeling.techniques.target_scale import TargetScale

if TYPE_CHECKING:
    from crispstack.modeling.checkpoints import Checkpoint
    from crispstack.modeling.technique import Resources, Rows, Shape

_LONGEST_GRADIENT = 1.0
_JUDGED_AT_ONCE = 8192
_SHORTEST_MEAN = 20
"""The weights that are judged and kept are a mean over the last epoch, but no fewer steps: Polyak, Juditsky (1992)."""
_SEEDS_APART = 1_000_003


def pytorch() -> Any:
    """The module.

    Raises:
        ModelingError: it is not installed.
    """
    try:
        import torch  # noqa: PLC0415
    except ImportError as error:
        raise ModelingError(
            "neural_network needs PyTorch: install crispstack[neural-network], or leave it out of modeling.techniques"
        ) from error
    return torch


class Descent:
    """One fit under way.

    `parameters` are ``width``, ``layers``, ``members``, ``batch`` (rows a step), ``epochs`` (the most of them),
    ``patience`` (epochs without gain), ``learning_rate``, ``weight_decay`` and ``dropout``. Without rows to stop by all
    epochs are done.
    """

    def __init__(
        self, rows: Rows, stop: Rows | None, parameters: Mapping[str, Any], shape: Shape, resources: Resources
    ) -> None:
        torch = self._torch = pytorch()
        self._device = "cuda" if resources.device == "cuda" and torch.cuda.is_available() else "cpu"
        self._parameters, self._shape, self._resources = parameters, shape, resources
        self._encoding = PiecewiseLinear.of(rows.matrix)
        self._scale = TargetScale.of(rows, shape)
        self._bounds = [self._tensor(array) for array in (self._encoding.lowest, self._encoding.highest)]
        self._bins = [self._tensor(a) for a in (self._encoding.column, self._encoding.edge, self._encoding.slope)]
        self._rows, self._stop = self._on_device(rows), self._on_device(stop) if stop else None
        self._batches = max(1, round(len(rows.target) / parameters["batch"]))
        begin = first_weights(self._encoding.width, parameters, shape, resources.seed)
        self._weights = {name: self._tensor(array).requires_grad_() for name, array in begin.items()}
        self._mean = {name: self._tensor(array) for name, array in begin.items()}
        self._best = {name: self._tensor(array) for name, array in begin.items()}
        self._best_loss, self._best_epoch, self._step = math.inf, 0, 0
        decayed = [weight for name, weight in self._weights.items() if name.startswith("weight")]
        others = [weight for name, weight in self._weights.items() if not name.startswith("weight")]
        groups = [{"params": decayed, "weight_decay": parameters["weight_decay"]}, {"params": others}]
        self._optimizer = torch.optim.AdamW(groups, lr=parameters["learning_rate"], weight_decay=0.0)
        self._generator = torch.Generator(self._device)
        # Half precision doubles the speed of a GPU; gradients are scaled so that none vanishes in it.
        self._scaler = torch.amp.GradScaler(self._device, enabled=self._device == "cuda")

    def run(self, checkpoint: Checkpoint | None) -> Network:
        """Descend until the rows to stop by no longer gain, the epochs are over, or the deadline has come.

        Raises:
            ModelingError: there was no time for a single step.
            Interruption: the machine is about to be taken away; the state is saved.
        """
        torch, before = self._torch, self._torch.get_num_threads()
        state = checkpoint.load() if checkpoint else None
        if state:
            self._restore(state)
        torch.set_num_threads(self._resources.threads)
        try:
            self._descend(checkpoint)
        finally:
            torch.set_num_threads(before)
        if not self._step:
            raise ModelingError("no time was left for a single step of the neural network")
        best = {name: weight.cpu().numpy() for name, weight in self._best.items()}
        parameters = {**self._parameters, "epochs": max(1, self._best_epoch)}
        return Network(self._shape.framing, parameters, self._encoding, best, self._scale)

    def _descend(self, checkpoint: Checkpoint | None) -> None:
        steps = self._batches * self._parameters["epochs"]
        deadline = math.inf if self._resources.deadline is None else self._resources.deadline
        order = self._order(self._step // self._batches)
        while self._step < steps and time.monotonic() < deadline:
            epoch, batch = divmod(self._step, self._batches)
            if self._stop and epoch - self._best_epoch > self._parameters["patience"]:
                return
            order = order if batch else self._order(epoch)
            self._generator.manual_seed(self._resources.seed * _SEEDS_APART + self._step)
            self._take_step(order[batch :: self._batches])
            self._step += 1
            if self._step % self._batches == 0:
                self._judge(epoch + 1)
            if checkpoint:
                checkpoint.offer(self._state)
        if self._step % self._batches:
            self._judge(self._step // self._batches)

    def _order(self, epoch: int) -> Any:
        generator = np.random.default_rng([self._resources.seed, epoch])
        return self._tensor(generator.permutation(len(self._rows[1])))

    def _take_step(self, some: Any) -> None:
        torch, (matrix, target, weight) = self._torch, self._rows
        self._optimizer.zero_grad()
        with torch.autocast(self._device, dtype=torch.float16, enabled=self._device == "cuda"):
            out = self._forward(matrix[some], self._weights, self._parameters["dropout"])
        loss = self._loss(out.float(), target[some], weight[some])
        self._scaler.scale(loss).backward()
        self._scaler.unscale_(self._optimizer)
        torch.nn.utils.clip_grad_norm_(self._weights.values(), _LONGEST_GRADIENT)
        self._scaler.step(self._optimizer)
        self._scaler.update()
        keep = 1 - 1 / min(self._step + 1, max(_SHORTEST_MEAN, self._batches))
        with torch.no_grad():
            for name, mean in self._mean.items():
                mean.mul_(keep).add_(self._weights[name], alpha=1 - keep)

    def _forward(self, matrix: Any, weights: Mapping[str, Any], dropout: float) -> Any:
        """Outputs of shape (members, n, outputs): logits, or the standardized number."""
        torch, (lowest, highest), (column, edge, slope) = self._torch, self._bounds, self._bins
        held = torch.clamp(matrix, lowest, highest)
        through = torch.clamp((held[:, column] - edge) * slope, 0, 1)
        hidden = torch.cat([held, through], dim=1)[None]
        for layer in range(self._parameters["layers"]):
            hidden = (hidden * weights[f"scale_in_{layer}"]) @ weights[f"weight_{layer}"]
            hidden = torch.relu(hidden * weights[f"scale_out_{layer}"] + weights[f"bias_{layer}"])
            if dropout > 0:
                # From a generator of its own: fits in other threads draw, too.
                drawn = torch.rand(hidden.shape, generator=self._generator, device=hidden.device)
                hidden = hidden * (drawn >= dropout) / (1 - dropout)
        last = self._parameters["layers"]
        return hidden @ weights[f"weight_{last}"] + weights[f"bias_{last}"]

    def _loss(self, out: Any, target: Any, weight: Any) -> Any:
        """Weighted mean, over rows and members, of the loss of each member by itself."""
        functional, members = self._torch.nn.functional, len(out)
        if self._shape.framing == "multiclass":
            each = functional.cross_entropy(out.flatten(0, 1), target.repeat(members), reduction="none")
            each = each.reshape(members, -1)
        elif self._shape.framing == "binary":
            wanted = target.expand(members, -1)
            each = functional.binary_cross_entropy_with_logits(out[..., 0], wanted, reduction="none")
        else:
            each = self._regression_loss(target - out[..., 0])
        return (each * weight).mean()

    def _regression_loss(self, short: Any) -> Any:
        """Squared error, or Koenker and Bassett's loss (1978) where a quantile is wanted."""
        quantile = self._shape.quantile
        return short**2 if quantile is None else self._torch.maximum(quantile * short, (quantile - 1) * short)

    def _judge(self, epoch: int) -> None:
        """Keep the mean weights if the members together lose less than before on the rows to stop by."""
        loss = self._mean_loss(*self._stop) if self._stop else -float(epoch)
        if loss < self._best_loss:
            self._best_loss, self._best_epoch = loss, epoch
            for name, best in self._best.items():
                best.copy_(self._mean[name])

    def _mean_loss(self, matrix: Any, target: Any, weight: Any) -> float:
        total = 0.0
        with self._torch.no_grad():
            for start in range(0, len(matrix), _JUDGED_AT_ONCE):
                part = slice(start, start + _JUDGED_AT_ONCE)
                each = self._loss_of_all(self._forward(matrix[part], self._mean, 0.0), target[part])
                total += float((each * weight[part]).sum())
        return total / len(matrix)

    def _loss_of_all(self, out: Any, target: Any) -> Any:
        """Loss of each row, of shape (n,), by what the members say together."""
        if self._shape.framing == "regression":
            return self._regression_loss(target - out[..., 0].mean(dim=0))
        if self._shape.framing == "binary":
            positive = self._torch.sigmoid(out[..., 0]).mean(dim=0)
            said = self._torch.where(target > 0, positive, 1 - positive)
        else:
            said = self._torch.softmax(out, dim=2).mean(dim=0).gather(1, target[:, None])[:, 0]
        return -self._torch.log(said.clamp_min(1e-7))

    def _on_device(self, rows: Rows) -> tuple[Any, Any, Any]:
        """Matrix, target (an index, or a standardized number) and weights, whose mean is 1."""
        if self._shape.framing == "multiclass":
            target: NDArray[Any] = rows.target.astype(np.int64)
        else:
            target = self._scale.scaled(rows.target).astype(np.float32)
        weight = np.ones(len(target)) if rows.weight is None else rows.weight / rows.weight.mean()
        return self._tensor(rows.matrix), self._tensor(target), self._tensor(weight.astype(np.float32))

    def _tensor(self, array: NDArray[Any]) -> Any:
        return self._torch.tensor(array, device=self._device)

    def _state(self) -> dict[str, NDArray[Any]]:
        """Everything that a step changes."""
        state = {"progress": np.array([self._step, self._best_epoch, self._best_loss])}
        if scaler := self._scaler.state_dict():
            state["scaler"] = np.array([scaler["scale"], scaler["_growth_tracker"]])
        for name, weight in self._weights.items():
            moments = self._optimizer.state[weight]
            tensors = {"weight": weight, "mean": self._mean[name], "best": self._best[name]}
            tensors |= {
                "first_moment": moments["exp_avg"],
                "second_moment": moments["exp_avg_sq"],
                "steps": moments["step"],
            }
            state |= {f"{kind}/{name}": tensor.detach().cpu().numpy() for kind, tensor in tensors.items()}
        return state

    def _restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        step, best_epoch, self._best_loss = state["progress"].tolist()
        self._step, self._best_epoch = int(step), int(best_epoch)
        if "scaler" in state:
            scale, growth = state["scaler"].tolist()
            self._scaler.load_state_dict(self._scaler.state_dict() | {"scale": scale, "_growth_tracker": int(growth)})
        with self._torch.no_grad():
            for name, weight in self._weights.items():
                kept = {kind: self._tensor(state[f"{kind}/{name}"]) for kind in ("weight", "mean", "best")}
                weight.copy_(kept["weight"])
                self._mean[name], self._best[name] = kept["mean"], kept["best"]
                self._optimizer.state[weight] = {
                    "step": self._torch.tensor(state[f"steps/{name}"]),
                    "exp_avg": self._tensor(state[f"first_moment/{name}"]),
                    "exp_avg_sq": self._tensor(state[f"second_moment/{name}"]),
                }

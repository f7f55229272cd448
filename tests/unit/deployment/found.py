"""Findings about a small model, of every framing, in which everything was found."""

from __future__ import annotations

from crispstack.artifacts import (
    ClassErrors,
    Confusion,
    Contributions,
    CurvePointOfRows,
    Dependence,
    DependencePoint,
    Explanation,
    Gap,
    Importance,
    LearningCurve,
    ModelFindings,
    NextStep,
    ResidualBin,
    Residuals,
    Slice,
    SliceCondition,
    SliceSearch,
    WorstRow,
)
from crispstack.charter import Framing

CURVE = LearningCurve(
    (CurvePointOfRows(50, 0.95, 0.01, 0.70, 0.03, 3), CurvePointOfRows(100, 0.91, 0.01, 0.75, 0.02, 3)),
    0.05,
    0.02,
    0.08,
)
GAP = Gap(0.91, 0.75, 0.5, 0.82, 0.5, "overfits", "would_help", "It overfits. More rows would help.")
QUANTILES = {"0.05": -1500.0, "0.25": -400.0, "0.5": 20.0, "0.75": 500.0, "0.95": 1600.0}


def model_findings(framing: Framing = "binary", category: str = "clerk") -> ModelFindings:
    """Columns age and job; `category` is a value of job."""
    classes = ("low", "middle", "high") if framing == "multiclass" else ()
    names = classes or ("not positive", "positive")
    size = len(classes) or 1
    single = framing != "multiclass"
    return ModelFindings(
        metric="rmse" if framing == "regression" else "roc_auc",
        greater_is_better=framing != "regression",
        technique="LightGBM",
        held_out_rows=100,
        seconds=3.4,
        learning_curve=CURVE,
        gap=GAP,
        importances=(Importance("age", 0.061, 0.01, 6), Importance("job", 0.004, 0.009, 6)),
        explanation=Explanation(
            rows=3, background=100, rounds=0 if single else 40, base=(0.2,) * size, outputs=classes,
            contributions=(
                Contributions(("age",), (0.125,) * size, 0.002, (0.1, -0.2, 0.05) if single else (),
                              (0.9, 0.1, None) if single else ()),
                Contributions(("job", "town"), (0.01,) * size, 0.001),
            ),
        ),
        dependences=(
            Dependence("age", classes, tuple(
                DependencePoint(label, at, (mean,) * size, (mean - 0.1,) * size, (mean + 0.1,) * size)
                for label, at, mean in (("20", 20.0, 0.15), ("60", 60.0, 0.35), ("(missing)", None, 0.2))
            ), 0.01),
            Dependence("job", classes, tuple(
                DependencePoint(label, None, (mean,) * size, (0.1,) * size, (0.5,) * size)
                for label, mean in ((category, 0.21), ("judge", 0.4))
            ), 0.05),
        ),
        worst_rows=(WorstRow(17, "positive", "positive with 3.0%", 0.94, {"age": "31", "job": category}),),
        slices=SliceSearch("squared error of the probability", 212, 1, 30, (
            Slice((SliceCondition("age", "over 60", is_range=True), SliceCondition("job", category)), 44, 0.31, 0.08,
                  0.11, 0.35, 0.0004, 0.4 if single else None, 0.2 if single else None),
            Slice((SliceCondition("job", "judge"),), 60, 0.12, 0.09, -0.02, 0.08, 0.9),
        )),
        confusion=None if framing == "regression" else Confusion(
            "act from 0.2 on",
            tuple(ClassErrors(name, 50, 50, 40, 0.8, 0.8) for name in names),
            tuple(tuple(40 if a == b else 10 // (len(names) - 1) for b in names) for a in names),
        ),
        residuals=None if framing != "regression" else Residuals(
            100, 20.0, 640.0, 900.0, 0.41, QUANTILES, 2.3,
            tuple(ResidualBin(100.0 * at, 90.0 * at, 50.0 * at, 180.0 * at, 10) for at in range(1, 11)),
        ),
        next_steps=(NextStep("Collect more rows.", "the last doubling gained 0.05"),),
        omitted=("partial dependence on town: the time was over",),
    )  # fmt: skip

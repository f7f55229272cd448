"""A small exploration in which everything was found."""

from __future__ import annotations

from crispstack.data_understanding.exploration import (
    Association,
    Duplicates,
    Exploration,
    Group,
    MissingColumn,
    MissingTogether,
    Period,
    Projection,
    SampleSummary,
    Suspect,
    TargetAssociation,
    Timeline,
)

AGE = Association("y", "age", "pearson", 0.21, 0.01, 0.39, 0.2, 0.04, 100)
JOB = Association("y", "job", "correlation_ratio", 0.4, None, None, None, 0.001, 95)
TOGETHER = Association("age", "job", "correlation_ratio", 0.93, None, None, None, 1e-9, 95)


def found(category: str = "b") -> Exploration:
    """Columns age, job and y; `category` is a value of job."""
    return Exploration(
        sample=SampleSummary(100, 100, 14, complete=False, correlation_error=0.1005, share_error=0.05, seed=7,
                             left_out={"remark": "free text"}),
        target=(
            TargetAssociation("job", JOB, 0.91, 0.85, 0.97, 0.2,
                              (Group(category, 60, 12), Group("(other)", 35, 1), Group("(missing)", 5, 1)), "too good"),
            TargetAssociation("age", AGE, 0.62, 0.52, 0.72, 0.03, (Group("19 to 40", 60, 6), Group("41", 40, 8)), ""),
        ),
        pairs=(AGE, JOB, TOGETHER),
        order=("age", "job", "y"),
        redundant=(TOGETHER,),
        suspects=(Suspect("job", "leakage", "ROC AUC 0.910 by itself", "excluded already: too good", settled=True),),
        missing=(MissingColumn("job", 5, 0.05, 0.6, 0.1, 0.01), MissingColumn("age", 5, 0.05, 0.2, 0.14, 1.0)),
        missing_together=(MissingTogether("job", "age", 0.79, 4),),
        duplicates=Duplicates(0, 3, 2),
        timelines=(
            Timeline("asked_on", "month", (Period("2025-01-01", 60, 6), Period("2025-02-01", 0, 0),
                                           Period("2025-03-01", 40, 8))),
        ),
        projection=Projection(("age", "job"), (0.7, 0.3), ({"age": 0.8, "job": 0.2}, {"age": 0.2, "job": 0.8}),
                              (0.0, 1.0, 2.0), (1.0, 0.0, 1.0), (5.0, 6.0, 7.0), (7.0, 6.0, 5.0), (0, 1, 0), 30.0, 1.5),
    )  # fmt: skip

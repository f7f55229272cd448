import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mutual_info_score, roc_auc_score

from crispstack.business_understanding.charter_file import load
from crispstack.charter import Column, Exclusion, Preparation
from crispstack.data_understanding import suspects
from crispstack.data_understanding import target_associations as told
from crispstack.data_understanding.contrasts import Contrast
from crispstack.data_understanding.exploration import TargetAssociation
from crispstack.data_understanding.sample_columns import OTHER, SampleColumn

BANK = load(Path("projects/bank_marketing/charter.yaml"))
PLAIN = dataclasses.replace(BANK, preparation=Preparation())
RANDOM = np.random.default_rng(11)
N = 1000
Y = RANDOM.random(N) < 0.3
TARGET = SampleColumn(Column("y", "boolean"), np.zeros(N, dtype=bool), 2, numbers=Y.astype(float))
POSITIVE = Contrast("y = yes", Y)
NOISE = RANDOM.normal(size=N)


def draws(seed: int = 17) -> np.random.Generator:
    """The same numbers in every test, whichever run before it."""
    return np.random.default_rng(seed)


def numbers(values: object, kind: str = "number", name: str = "x") -> SampleColumn:
    array = np.asarray(values, dtype=float)
    return SampleColumn(Column(name, kind), np.isnan(array), len(set(array)), numbers=array)  # type: ignore[arg-type]


def categories(codes: object, levels: tuple[str, ...]) -> SampleColumn:
    array = np.asarray(codes)
    return SampleColumn(Column("c", "category"), array < 0, len(levels), codes=array, levels=levels)


def tell(column: SampleColumn) -> TargetAssociation:
    return told.target_association(column, TARGET, POSITIVE, PLAIN)


def test_numbers_rank_as_scikit_learn_says_in_either_direction() -> None:
    scores = NOISE + Y
    expected = roc_auc_score(Y, scores)
    assert told.roc_auc(scores, Y.astype(int)) == pytest.approx(expected)
    ties = np.round(scores)
    assert told.roc_auc(ties, Y.astype(int)) == pytest.approx(roc_auc_score(Y, ties))
    assert tell(numbers(scores)).roc_auc == pytest.approx(expected)
    assert tell(numbers(-scores)).roc_auc == pytest.approx(expected)


def test_the_interval_is_that_of_hanley_and_mcneil() -> None:
    # Their formula is that of exponential scores, for which the area is a / (1 + a).
    random, a = np.random.default_rng(1), 3.0
    above = random.exponential(a, (4000, 40, 1)) > random.exponential(1, (4000, 1, 25))
    spread = above.mean(axis=(1, 2)).std()
    assert told.auc_standard_error(a / (1 + a), 40, 25) == pytest.approx(spread, rel=0.05)
    found = tell(numbers(NOISE + Y))
    half = 1.96 * told.auc_standard_error(found.roc_auc, int(Y.sum()), int((~Y).sum()))
    assert (found.roc_auc_low, found.roc_auc_high) == pytest.approx((found.roc_auc - half, found.roc_auc + half), 1e-4)


def test_what_no_order_shows_is_found_in_groups() -> None:
    either_end = np.where(Y, np.sign(NOISE) * 3, NOISE)
    assert 0.4 < roc_auc_score(Y, either_end) < 0.6
    assert tell(numbers(either_end)).roc_auc > 0.9


def test_categories_are_judged_on_rows_that_did_not_set_their_rate() -> None:
    codes, y = draws().integers(0, 50, N), Y.astype(int)
    in_sample = roc_auc_score(Y, pd.Series(y).groupby(codes).transform("mean"))
    out_of_fold = told.roc_auc(told.out_of_fold_rates(codes, y, 7), y)
    assert in_sample > 0.6
    assert abs(out_of_fold - 0.5) < 0.06
    informed = np.where(draws().random(N) < 0.8, y, 1 - y)
    assert told.roc_auc(told.out_of_fold_rates(informed, y, 7), y) == pytest.approx(
        roc_auc_score(Y, informed), abs=0.03
    )


def test_rates_out_of_fold_are_smoothed_means_of_the_other_folds() -> None:
    groups, y = draws().integers(0, 4, 60), draws(1).integers(0, 2, 60)
    fold = np.random.default_rng(7).permutation(60) % told.FOLDS
    frame = pd.DataFrame({"group": groups, "y": y, "fold": fold})
    expected = []
    for _, row in frame.iterrows():
        seen = frame[frame.fold != row.fold]
        same, base = seen[seen.group == row.group], seen.y.mean()
        expected.append((same.y.sum() + 10 * base) / (len(same) + 10) - base)
    assert told.out_of_fold_rates(groups, y, 7) == pytest.approx(np.array(expected))


def test_mutual_information_is_scikit_learns_less_its_bias() -> None:
    codes, y = draws().integers(0, 5, N) + Y, Y.astype(int)
    bias = (len(set(codes)) - 1) / (2 * N)
    assert told.mutual_information(codes, y) == pytest.approx((mutual_info_score(codes, Y) - bias) / np.log(2))
    assert told.mutual_information(y, y) == pytest.approx(
        -sum(share * np.log2(share) for share in (Y.mean(), 1 - Y.mean())) , abs=0.002
    )  # fmt: skip
    assert told.mutual_information(draws().integers(0, 10, N), y) < 0.01


def test_numbers_are_grouped_at_their_deciles_with_missing_apart() -> None:
    holes = np.where(np.arange(N) % 10 == 0, np.nan, NOISE)
    groups = tell(numbers(holes)).groups
    assert [group.rows for group in groups] == [90] * 10 + [100]
    assert groups[-1].label == told.MISSING
    assert (sum(group.rows for group in groups), sum(group.positives for group in groups)) == (N, int(Y.sum()))
    order = np.argsort(NOISE[~np.isnan(holes)])
    by_hand = [int(part.sum()) for part in np.split(Y[~np.isnan(holes)][order], 10)]
    assert [group.positives for group in groups[:-1]] == by_hand


def test_groups_say_which_values_are_in_them() -> None:
    skewed = np.concatenate([np.full(900, -1), np.arange(1, 101)])
    assert [g.label for g in tell(numbers(skewed, "integer")).groups] == ["-1", "1 to 100"]
    assert [g.label for g in tell(numbers(Y, "boolean")).groups] == ["no", "yes"]
    assert [g.label for g in tell(numbers(np.where(Y, 0.0, 20_089.5), "date")).groups] == ["1970-01-01", "2025-01-01"]


def test_rare_categories_are_not_named() -> None:
    codes = np.concatenate([np.zeros(980), np.full(15, 1), np.full(4, 2), [-1]]).astype(int)
    groups = tell(categories(codes, ("common", "enough", "rare"))).groups
    assert [(group.label, group.rows) for group in groups] == [
        ("common", 980), ("enough", 15), (OTHER, 4), (told.MISSING, 1),
    ]  # fmt: skip


def test_columns_whose_values_are_withheld_get_figures_and_no_groups() -> None:
    found = told.target_association(numbers(NOISE + Y), TARGET, POSITIVE, PLAIN, withheld={"x"})
    assert found.groups == ()
    assert found.roc_auc > 0.7


def test_a_column_that_tells_all_is_suspected_until_it_is_excluded() -> None:
    leak = numbers(np.where(Y, 5, 0) + NOISE, name="leak")
    open_, settled = PLAIN, dataclasses.replace(BANK, preparation=Preparation(exclude=(Exclusion("leak", "late"),)))
    for charter, remedy in ((open_, "is it known when a prediction is needed?"), (settled, "excluded already: late")):
        found = told.target_association(leak, TARGET, POSITIVE, charter)
        [suspect] = suspects.suspects([found], [], charter)
        assert (suspect.column, suspect.kind, suspect.settled) == ("leak", "leakage", charter is settled)
        assert suspect.evidence.endswith("by itself, at least 0.9")
        assert suspect.remedy.startswith(remedy)


def test_a_column_far_ahead_of_all_others_is_suspected() -> None:
    def alone(column: str, area: float, excluded: str = "") -> TargetAssociation:
        return TargetAssociation(column, None, area, area - 0.02, area + 0.02, 0.1, (), excluded)

    others = [alone("b", 0.65), alone("c", 0.6)]
    [suspect] = suspects.suspects([alone("a", 0.8), *others], [], PLAIN)
    assert suspect.evidence == "ROC AUC 0.800 by itself, far ahead of the next best usable column (0.650)"
    for harmless in ([alone("a", 0.74), *others], [alone("a", 0.8), alone("b", 0.75)]):
        assert suspects.suspects(harmless, [], PLAIN) == []
    assert suspects.suspects([alone("a", 0.8), alone("b", 0.79, "late")], [], PLAIN)


@pytest.mark.parametrize(
    ("values", "kind", "named"),
    [
        (np.arange(N), "integer", True),
        (np.arange(N) // 2, "integer", False),
        (NOISE, "number", False),
        (np.where(np.arange(N) < 100, np.arange(N), np.nan), "integer", True),
        (np.where(np.arange(N) < 20, np.arange(N), np.nan), "integer", False),
    ],
)
def test_what_differs_in_nearly_every_row_names_its_row(values: object, kind: str, named: bool) -> None:
    column = numbers(values, kind)
    distinct = len(set(column.numbers[column.present]))
    column = dataclasses.replace(column, distinct=distinct)
    found = suspects.suspects([], [column], PLAIN)
    assert [suspect.kind for suspect in found] == ["identifier"] * named

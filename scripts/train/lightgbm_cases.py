"""
Golden cases of the format `lightgbm`: test/golden/lightgbm/<case>/ with model.txt, model.json (the dump), input.csv (a matrix, empty =
missing), expected.csv (raw scores and predictions of LightGBM itself), origin.json; `expected@START+COUNT.csv` for a range of
iterations, records.csv for inputs whose categories are text.
"""

import csv
import json
import os
import platform
import shutil
import sys
from importlib.metadata import version

os.environ["OMP_NUM_THREADS"] = "1"

import lightgbm as lgb
import numpy as np
import pandas as pd

from datasets import SEED, loans
from golden import ROOT

GOLDEN = ROOT / "test" / "golden" / "lightgbm"
MADE_UP = "made by scripts/train/lightgbm_cases.py (Apache-2.0)"
ROWS = 300
FAST = {"num_leaves": 6, "min_data_in_leaf": 5, "verbose": -1, "seed": SEED, "deterministic": True, "num_threads": 1}
MODES = {
    "gbdt": {"boosting": "gbdt"},
    "dart": {"boosting": "dart", "drop_rate": 0.5},
    "rf": {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.7, "feature_fraction": 0.8},
}
NAMES = ["size", "weight", "change", "level", "color", "shop"]
CATEGORICAL = ["color", "shop"]


def numbers():
    """300 rows: two plain numbers with gaps, one that is mostly 0, a whole one, codes of 10 colors and of 45 shops with gaps."""
    random = np.random.default_rng(SEED)
    x = np.column_stack(
        [
            random.normal(0, 2, ROWS),
            random.lognormal(1, 1, ROWS),
            np.where(random.random(ROWS) < 0.6, 0, random.normal(0, 3, ROWS)),
            random.integers(-3, 6, ROWS),
            random.integers(0, 10, ROWS),
            random.integers(0, 45, ROWS),
        ]
    ).astype(np.float64)
    effect = x[:, 0] + 0.4 * x[:, 1] - 0.5 * x[:, 2] + np.isin(x[:, 4], [1, 4, 7]) * 3 + np.sin(x[:, 5]) + x[:, 3] * 0.3
    for column, share in ((0, 0.1), (1, 0.2), (4, 0.1), (5, 0.05)):
        x[random.random(ROWS) < share, column] = np.nan
    return x, effect, random


def probes(x):
    """Rows of the training data, and odd ones: gaps, zeros of every kind, infinities, codes that training never saw."""
    tiny = float(np.float32(1e-35))
    odd = [
        [np.nan] * 6,
        [0.0, -0.0, 0.0, 0.0, 0.0, 0.0],
        [1e-36, -1e-36, tiny, 1e-300, -0.5, 0.9999],
        [-tiny, 5e-324, -tiny, 2.5, 4.7, 44.5],
        [1e-35, 1e-35, np.nextafter(tiny, 1), -1e-35, -1.0, 45.0],
        [np.inf, np.inf, np.inf, np.inf, np.inf, np.inf],
        [-np.inf, -np.inf, -np.inf, -np.inf, -np.inf, -np.inf],
        [1e300, -1e300, 1e308, -3.0, 1e10, 4294967296.0],
        [0.1, 0.2, 0.3, 0.4, 31.0, 32.0],
        [0.1, np.nan, 0.0, 5.0, 2147483647.0, 2147483648.0],
        [np.nan, 0.2, np.nan, np.nan, np.nan, -7.0],
        [0.1, 0.2, np.nan, 0.0, 7.0, np.nan],
    ]
    return np.vstack([x[:: len(x) // 18], np.asarray(odd)])


def targets(effect, random):
    """Labels that suit the objectives."""
    positive = np.exp(effect / 6) + random.random(ROWS) * 0.1
    order = np.argsort(np.argsort(effect + random.normal(0, 0.5, ROWS)))
    return {
        "number": effect + random.normal(0, 0.3, ROWS),
        "positive": positive,
        "count": random.poisson(positive).astype(float),
        "binary": (effect + random.normal(0, 1, ROWS) > 1).astype(float),
        "share": 1 / (1 + np.exp(-effect / 3)),
        "class": (order * 4 // ROWS).astype(float),
        "rank": (order * 5 // ROWS).astype(float),
    }


OBJECTIVES = {
    "regression": ("number", {"objective": "regression"}),
    "regression-sqrt": ("number", {"objective": "regression", "reg_sqrt": True}),
    "l1": ("number", {"objective": "regression_l1"}),
    "huber": ("number", {"objective": "huber", "alpha": 0.8}),
    "fair": ("number", {"objective": "fair", "fair_c": 2.0}),
    "poisson": ("count", {"objective": "poisson"}),
    "quantile": ("number", {"objective": "quantile", "alpha": 0.3}),
    "mape": ("positive", {"objective": "mape"}),
    "gamma": ("positive", {"objective": "gamma"}),
    "tweedie": ("count", {"objective": "tweedie", "tweedie_variance_power": 1.3}),
    "binary": ("binary", {"objective": "binary"}),
    "binary-sigmoid": ("binary", {"objective": "binary", "sigmoid": 0.7}),
    "cross-entropy": ("share", {"objective": "cross_entropy"}),
    "cross-entropy-lambda": ("share", {"objective": "cross_entropy_lambda"}),
    "multiclass": ("class", {"objective": "multiclass", "num_class": 4}),
    "multiclassova": ("class", {"objective": "multiclassova", "num_class": 4, "sigmoid": 1.4}),
    "lambdarank": ("rank", {"objective": "lambdarank"}),
    "rank-xendcg": ("rank", {"objective": "rank_xendcg"}),
}


def cell(value):
    if isinstance(value, (float, np.floating)):
        return "" if np.isnan(value) else repr(float(value))
    return "" if value is None or value is pd.NA else str(value)


def write_rows(path, names, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([cell(v) for v in row] for row in rows)


def write_expected(path, booster, data, **limits):
    """Columns raw_0, raw_1, … and value_0, …: what `predict` says with and without `raw_score`."""
    raw = np.atleast_2d(booster.predict(data, raw_score=True, **limits).T).T
    value = np.atleast_2d(booster.predict(data, **limits).T).T
    names = [f"{kind}_{i}" for kind in ("raw", "value") for i in range(raw.shape[1])]
    write_rows(path, names, np.hstack([raw, value]).tolist())


def write_case(
    name, booster, data, ranges=(), records=None, text=None, dump=True, producer="LightGBM", script="lightgbm_cases.py", options=None
):
    """
    `data`: what the library predicts from; a matrix, or a frame whose categories go to the matrix as codes. `text` and `dump` are files
    that another release wrote, `options` those of the format by the file that needs them.
    """
    folder = GOLDEN / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if text is None:
        booster.save_model(folder / "model.txt")
    else:
        (folder / "model.txt").write_text(text, encoding="utf-8")
    # what the file says is what counts: numbers are written with 17 digits
    loaded = lgb.Booster(model_file=folder / "model.txt")
    if isinstance(dump, str):
        (folder / "model.json").write_text(dump, encoding="utf-8")
    elif dump:
        (folder / "model.json").write_text(json.dumps(loaded.dump_model(), separators=(",", ":")), encoding="utf-8")
    matrix = data if records is None else records
    write_rows(folder / "input.csv", loaded.feature_name(), np.asarray(matrix, dtype=float).tolist())
    if records is not None:
        write_rows(folder / "records.csv", data.columns, [[None if pd.isna(v) else v for v in row] for row in data.astype(object).to_numpy()])
    write_expected(folder / "expected.csv", loaded, data)
    for start, count in ranges:
        write_expected(folder / f"expected@{start}+{count}.csv", loaded, data, start_iteration=start, num_iteration=count)
    origin = {
        "producer": producer,
        "versions": {"python": platform.python_version(), **{p: version(p) for p in ("lightgbm", "numpy")}},
        "script": f"scripts/train/{script}",
        "licence": MADE_UP,
        "tolerance": {"raw": 0, "value": 4e-15},
        "seed": SEED,
        "rows": len(matrix),
        **({"options": options} if options else {}),
    }
    (folder / "origin.json").write_text(json.dumps(origin, indent=2) + "\n", encoding="utf-8")
    size = sum(f.stat().st_size for f in folder.iterdir())
    print(f"{name}: {loaded.num_trees()} trees, {size:,} bytes", flush=True)


def train(x, y, parameters, rounds=5, names=None, categorical=CATEGORICAL, **given):
    names = names or NAMES
    group = [len(x) // 10] * 10 if "rank" in str(parameters.get("objective")) else None
    data = lgb.Dataset(x, y, feature_name=names, categorical_feature=categorical, group=group, free_raw_data=False, **given)
    return lgb.train({**FAST, **parameters}, data, num_boost_round=rounds)


def objective_cases(x, labels):
    for objective, (label, parameters) in OBJECTIVES.items():
        for mode, settings in MODES.items():
            booster = train(x, labels[label], {**parameters, **settings}, rounds=4 if "multi" in objective else 5)
            ranges = [(0, 2), (1, 2), (3, 9)] if objective in ("regression", "binary", "multiclass") else []
            write_case(f"{objective}-{mode}", booster, probes(x), ranges, dump=mode == "gbdt" or bool(ranges))


def missing_cases(x, labels):
    """Every missing type in either direction, in numbers and categories."""
    variants = {
        "nan": {},
        "zero": {"zero_as_missing": True},
        "none": {"use_missing": False},
    }
    full = np.nan_to_num(x)
    gaps = np.where(full == 0, np.nan, x)
    for name, parameters in variants.items():
        for data, kind in ((x, "gaps"), (full, "full"), (gaps, "no-zeros")):
            booster = train(data, labels["number"], {**parameters, "num_leaves": 10})
            write_case(f"missing-{name}-{kind}", booster, probes(x))
    # whether the first number is there tells most: thresholds are infinite, which dumps write as 1e300
    booster = train(x, labels["number"] / 9 + 9 * np.isnan(x[:, 0]), {"num_leaves": 10})
    write_case("missing-nan-alone", booster, probes(x))


def category_cases(x, labels):
    many = {"max_cat_to_onehot": 1, "min_data_per_group": 1, "cat_smooth": 1, "cat_l2": 0, "num_leaves": 10}
    write_case("categories-many", train(x, labels["number"], many, rounds=6), probes(x))
    one = {"max_cat_to_onehot": 64, "min_data_per_group": 1, "cat_smooth": 1, "num_leaves": 10}
    write_case("categories-one-hot", train(x, labels["binary"], {**one, "objective": "binary"}, rounds=6), probes(x))
    far = x.copy()
    far[:, 5] = far[:, 5] * 97
    write_case("categories-far", train(far, labels["number"], many, rounds=3), probes(far))


def mode_cases(x, labels):
    number, binary = labels["number"], labels["binary"]
    goss = {"data_sample_strategy": "goss", "learning_rate": 0.5, "top_rate": 0.2, "other_rate": 0.2}
    write_case("goss", train(x, number, goss), probes(x))
    write_case("extra-trees", train(x, number, {"extra_trees": True}), probes(x))
    write_case("one-leaf", train(x, number, {"min_data_in_leaf": ROWS}), probes(x))
    write_case("stumps", train(x, binary, {"objective": "binary", "num_leaves": 2}, rounds=9), probes(x))
    write_case("no-average", train(x, number, {"boost_from_average": False}), probes(x))
    write_case("no-trees", lgb.Booster(FAST, lgb.Dataset(x, number, feature_name=NAMES)), probes(x))
    write_case("monotone", train(x, number, {"monotone_constraints": [1, 0, 0, 1, 0, 0]}), probes(x))
    write_case("deep", train(x, number, {"num_leaves": 60, "min_data_in_leaf": 1}, rounds=3), probes(x))
    write_case("few-bins", train(x, number, {"max_bin": 4}), probes(x))
    write_case("weighted-start", train(x, number, {}, init_score=number * 0.5), probes(x))
    write_case("one-class-absent", train(x, np.where(labels["class"] == 2, 1, labels["class"]), {"objective": "multiclass", "num_class": 4}), probes(x))
    odd = ["läng=e", "b/n", "c.d-e", "__proto__", "f%2C", "constructor"]
    write_case("odd-names", train(x, number, {}, names=odd, categorical=[odd[4]]), probes(x))
    unused = np.column_stack([np.zeros(ROWS), x, np.full(ROWS, np.nan)])
    padded = np.hstack([np.ones((len(probes(x)), 1)), probes(x), np.ones((len(probes(x)), 1))])
    write_case("unused-features", train(unused, number, {}, names="auto", categorical=[5, 6]), padded)


def custom_cases(x, labels):
    """Objectives of the user's own: the file names none, and predictions are raw scores."""

    def squared(raw, data):
        return raw - data.get_label(), np.ones_like(raw)

    def softmax(raw, data):
        raw = raw.reshape(-1, 3, order="F") if raw.ndim == 1 else raw
        power = np.exp(raw - raw.max(axis=1, keepdims=True))
        share = power / power.sum(axis=1, keepdims=True)
        truth = np.eye(3)[np.minimum(data.get_label().astype(int), 2)]
        return share - truth, 2 * share * (1 - share)

    write_case("custom", train(x, labels["number"], {"objective": squared}), probes(x))
    write_case("custom-three", train(x, labels["class"], {"objective": softmax, "num_class": 3}), probes(x))


def linear_cases(x, labels):
    linear = {"linear_tree": True, "linear_lambda": 0.01}
    write_case("linear", train(x, labels["number"], linear), probes(x), [(0, 1), (2, 2)])
    write_case("linear-binary", train(x, labels["binary"], {**linear, "objective": "binary"}), probes(x))
    write_case("linear-multiclass", train(x, labels["class"], {**linear, "objective": "multiclass", "num_class": 4}, rounds=3), probes(x))
    write_case("linear-dart", train(x, labels["number"], {**linear, **MODES["dart"]}), probes(x))
    write_case("linear-no-missing", train(x, labels["number"], {**linear, "use_missing": False}), probes(x))
    write_case("linear-one-leaf", train(x, labels["number"], {**linear, "min_data_in_leaf": ROWS}), probes(x))


def pandas_cases():
    """Columns of pandas' type category: text, whole numbers, truth values; columns whose names have blanks; gaps and unknown values."""
    data = loans()
    frame = data.x.rename(columns={"debt": "open debt"})
    for name in ("employment", "region"):
        frame[name] = frame[name].astype("category")
    random = np.random.default_rng(SEED + 7)
    frame["children"] = pd.Categorical(random.choice([0, 1, 2, 5], len(frame)))
    frame["owner"] = pd.Categorical(random.random(len(frame)) < 0.4)
    y = (data.y == "yes").astype(int)
    booster = lgb.train({**FAST, "objective": "binary", "min_data_per_group": 5}, lgb.Dataset(frame, y), num_boost_round=6)
    rows = frame.iloc[::16].reset_index(drop=True)
    for name, category in (("employment", "astronaut"), ("region", "north & south"), ("children", 7)):
        column = rows[name].astype(object)
        column.iloc[1] = category
        rows[name] = pd.Categorical(column)
    codes = rows.copy()
    for name, categories in zip(["employment", "region", "children", "owner"], booster.pandas_categorical):
        codes[name] = [categories.index(v) if v in categories else np.nan for v in rows[name].astype(object)]
    write_case("pandas-categories", booster, rows, records=codes)


def main():
    x, effect, random = numbers()
    labels = targets(effect, random)
    groups = {
        "objectives": lambda: objective_cases(x, labels),
        "missing": lambda: missing_cases(x, labels),
        "categories": lambda: category_cases(x, labels),
        "modes": lambda: mode_cases(x, labels),
        "custom": lambda: custom_cases(x, labels),
        "linear": lambda: linear_cases(x, labels),
        "pandas": pandas_cases,
    }
    for name in sys.argv[1:] or groups:
        groups[name]()


if __name__ == "__main__":
    main()

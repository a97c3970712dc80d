"""Golden cases of CatBoost's own JSON: test/golden/catboost/<case>/{model.json,features.csv,expected.csv,origin.json}.

`features.csv` is the matrix (empty = missing); `expected.csv` has CatBoost's raw values, `margin_0 …`, and what its Python classes
predict, probabilities in place of classes, `value_0 …`.
"""

import csv
import json
import platform
import shutil
from importlib.metadata import version
from pathlib import Path

import catboost
import numpy as np
from xgboost_golden import SEED, data, odd_rows

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "test" / "golden" / "catboost"

x, signal = data()
rows = odd_rows(x)
classes = np.digitize(signal, [-0.7, 0.7])
yes = (signal > 0.2).astype(int)
counts = np.floor(np.exp(signal / 3) * 2)
SETTINGS = dict(iterations=6, depth=3, random_seed=SEED, thread_count=1, verbose=0, allow_writing_files=False, learning_rate=0.4)


def cell(value):
    return "" if np.isnan(value) else repr(float(value))


def write_csv(path, header, matrix):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for row in matrix:
            writer.writerow([cell(value) for value in row])


def without_what_changes(path):
    """The model without times, names of machines and all that only training needs."""
    model = json.loads(path.read_text())
    info = model["model_info"]
    params = {"loss_function": info["params"]["loss_function"]}
    model["model_info"] = {
        "catboost_version_info": info["catboost_version_info"],
        "params": params,
        **{key: info[key] for key in ("class_params",) if key in info},
    }
    path.write_text(json.dumps(model))


def case(name, model, values, matrix=rows):
    folder = GOLDEN / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model.save_model(str(folder / "model.json"), format="json")
    without_what_changes(folder / "model.json")
    write_csv(folder / "features.csv", [f"f{i}" for i in range(matrix.shape[1])], matrix)
    raw = catboost.CatBoost.predict(model, matrix, prediction_type="RawFormulaVal").reshape(len(matrix), -1)
    predicted = np.asarray(values(model, matrix), dtype=float).reshape(len(matrix), -1)
    header = [f"margin_{k}" for k in range(raw.shape[1])] + [f"value_{k}" for k in range(predicted.shape[1])]
    write_csv(folder / "expected.csv", header, np.concatenate([raw, predicted], axis=1))
    origin = {
        "producer": "CatBoost",
        "versions": {"python": platform.python_version(), **{n: version(n) for n in ("catboost", "numpy")}},
        "script": "scripts/train/catboost_json_cases.py",
        "licence": "made by scripts/train/xgboost_golden.py (Apache-2.0)",
        "tolerance": {"rel": 1e-12, "abs": 1e-14, "note": "of values; raw values are the same bits"},
        "seed": SEED,
        "rows": len(matrix),
    }
    (folder / "origin.json").write_text(json.dumps(origin, indent=2) + "\n", encoding="utf-8")
    print(f"{name}: {sum(f.stat().st_size for f in folder.iterdir()):,} bytes", flush=True)


def plain(model, matrix):
    return model.predict(matrix)


def chances(model, matrix):
    return model.predict_proba(matrix)


def chance(model, matrix):
    return model.predict_proba(matrix)[:, 1]


def regressor(**more):
    return catboost.CatBoostRegressor(**{**SETTINGS, **more})


def classifier(**more):
    return catboost.CatBoostClassifier(**{**SETTINGS, **more})


def main():
    case("rmse", regressor().fit(x, signal), plain)
    case("quantile", regressor(loss_function="Quantile:alpha=0.3").fit(x, signal), plain)
    case("quantiles", regressor(loss_function="MultiQuantile:alpha=0.1,0.5,0.9").fit(x, signal), plain)
    case("poisson", regressor(loss_function="Poisson").fit(x, counts), plain)
    case("tweedie", regressor(loss_function="Tweedie:variance_power=1.3").fit(x, counts), plain)
    case("uncertainty", regressor(loss_function="RMSEWithUncertainty").fit(x, signal), plain)
    targets = np.column_stack([signal, -signal])
    case("targets", regressor(loss_function="MultiRMSE").fit(x, targets), plain)
    case("lossguide", regressor(grow_policy="Lossguide", max_leaves=12).fit(x, signal), plain)
    case("depthwise", regressor(grow_policy="Depthwise").fit(x, signal), plain)
    case("missing-large", regressor(nan_mode="Max").fit(x, signal), plain)
    case("logloss", classifier().fit(x, np.where(yes, "yes", "no")), chance)
    case("cross-entropy", classifier(loss_function="CrossEntropy").fit(x, 1 / (1 + np.exp(-signal))), chance)
    case("classes", classifier().fit(x, classes + 5), chances)
    case("classes-lossguide", classifier(grow_policy="Lossguide", max_leaves=6).fit(x, classes), chances)
    case("one-against-all", classifier(loss_function="MultiClassOneVsAll").fit(x, classes), chances)
    both = np.column_stack([yes, 1 - yes, classes == 1]).astype(int)
    case("labels", classifier(loss_function="MultiLogloss").fit(x, both), chances)
    ranker = catboost.CatBoostRanker(**SETTINGS, loss_function="YetiRank")
    case("rank", ranker.fit(x, classes, group_id=np.arange(len(x)) // 10), plain)
    case("root-alone", regressor(iterations=1, min_data_in_leaf=10**6, grow_policy="Lossguide").fit(x, signal), plain)
    scaled = regressor().fit(x, signal)
    scaled.set_scale_and_bias(0.5, 3.25)
    case("scaled", scaled, plain)


if __name__ == "__main__":
    main()

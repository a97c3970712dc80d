"""
Golden cases of CatBoost through its own exports, with CatBoost's own predictions: PMML (test/golden/pmml/<dataset>-catboost*) and ONNX
(test/golden/onnx/catboost-*). CatBoost writes leaf values to PMML with ten digits, and for values that are missing no default child at the
root of a tree: the document has no result for them. It exports no categorical features to ONNX, and to PMML only those that it
one-hot encodes.
"""

import json
import os
import platform
import re
import shutil
import sys
import tempfile
from functools import partial
from importlib.metadata import version
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import onnx
import pandas as pd
from catboost import CatBoostClassifier, CatBoostRegressor, Pool

from datasets import SEED, Dataset, breast_cancer, diabetes, iris, loan_limits, loans, wine
from golden import FLOAT, ROOT, write_case, write_csv
from small import claims

FAST = {"iterations": 8, "depth": 3, "random_seed": SEED, "thread_count": 1, "verbose": False, "allow_writing_files": False}
TEN_DIGITS = {"rel": 1e-7, "abs": 1e-8}

pmml_case = partial(
    write_case,
    producer="CatBoost",
    packages=["catboost", "numpy", "pandas"],
    script="catboost_cases.py",
    tolerance=TEN_DIGITS,
    seed=SEED,
)


def pmml_of(model, pool):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.pmml"
        model.save_model(str(path), format="pmml", pool=pool)
        text = path.read_text(encoding="utf-8")
    # what the library was built from, a line each, says nothing of the model
    return re.sub(r'version="Git info:.*?"/>', 'version="1.2.10"/>', text, flags=re.DOTALL)


def numbers_of(data):
    return Dataset(data.name, data.x.select_dtypes("number"), data.y, data.licence)


def words_of(data):
    return [name for name in data.x.columns if data.x[name].dtype == object]


def fit(data, model):
    pool = Pool(data.x, data.y, cat_features=words_of(data))
    model.fit(pool)
    return pool


def regression(data, name, **parameters):
    model = CatBoostRegressor(**{**FAST, **parameters})
    pool = fit(data, model)
    rows = data.rows(40)
    # the export is of the sum of the trees, before the exponential of a Poisson regression
    expected = pd.DataFrame({"prediction": model.predict(rows, prediction_type="RawFormulaVal")})
    pmml_case(data, name, pmml_of(model, pool), rows, expected)


def classification(data, name, **parameters):
    """The export gives the sum of the trees as `approx`, and true for the second of the classes."""
    model = CatBoostClassifier(**{**FAST, **parameters})
    pool = fit(data, model)
    rows = data.rows(40)
    approx = model.predict(rows, prediction_type="RawFormulaVal")
    second = model.predict(rows) == model.classes_[1]
    pmml_case(data, name, pmml_of(model, pool), rows, pd.DataFrame({"approx": approx, "prediction": second}))


def pmml_cases():
    regression(diabetes(), "catboost")
    regression(diabetes(), "catboost-plain", boosting_type="Plain", score_function="L2", l2_leaf_reg=0.1)
    regression(numbers_of(claims()), "catboost-poisson", loss_function="Poisson")
    regression(numbers_of(loan_limits(False)), "catboost-bernoulli", bootstrap_type="Bernoulli", subsample=0.6)
    classification(breast_cancer(), "catboost")
    classification(loans(False), "catboost-one-hot", one_hot_max_size=10)


def onnx_case(name, data, model, target, **parameters):
    """Leaf values are doubles in CatBoost and floats in ONNX; both compare floats with thresholds."""
    model = model(**{**FAST, **parameters})
    model.fit(data.x, data.y)
    rows = data.rows(40)
    is_classifier = isinstance(model, CatBoostClassifier)
    expected = {target: model.predict(rows).ravel()}
    if is_classifier:
        for label, share in zip(model.classes_, model.predict_proba(rows).T):
            expected[f"probability({label})"] = share
        outputs = [{"name": target, "from": "label"}]
        outputs += [{"name": f"probability({label})", "from": "probabilities", "column": str(label)} for label in model.classes_]
    else:
        outputs = [{"name": target, "from": "predictions"}]
    folder = ROOT / "test" / "golden" / "onnx" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model.save_model(str(folder / "model.onnx"), format="onnx")
    graph = onnx.load(folder / "model.onnx")
    # time, machine and a number of this very training
    del graph.metadata_props[:]
    onnx.save(graph, folder / "model.onnx")
    write_csv(folder / "input.csv", rows)
    write_csv(folder / "expected.csv", pd.DataFrame(expected))
    features = [{"field": column, "missing": "nan"} for column in rows.columns]
    origin = {
        "producer": "CatBoost",
        "versions": {"python": platform.python_version(), **{package: version(package) for package in ("catboost", "numpy", "pandas")}},
        "script": "scripts/train/catboost_cases.py",
        "licence": data.licence,
        "tolerance": FLOAT,
        "seed": SEED,
        "rows": len(rows),
        "options": {"features": features, "outputs": outputs},
    }
    (folder / "origin.json").write_text(json.dumps(origin, indent=2) + "\n", encoding="utf-8")
    size = sum(f.stat().st_size for f in folder.iterdir())
    print(f"{name}: {len(rows)} rows, {size:,} bytes", flush=True)


def onnx_cases():
    onnx_case("catboost-regression", diabetes(), CatBoostRegressor, "progression")
    onnx_case("catboost-quantile", diabetes(), CatBoostRegressor, "progression", loss_function="Quantile:alpha=0.2")
    onnx_case("catboost-missing-least", numbers_of(loan_limits()), CatBoostRegressor, "limit", nan_mode="Min")
    onnx_case("catboost-missing-most", numbers_of(loan_limits()), CatBoostRegressor, "limit", nan_mode="Max")
    onnx_case("catboost-binary", breast_cancer(), CatBoostClassifier, "diagnosis")
    onnx_case("catboost-binary-missing", numbers_of(loans()), CatBoostClassifier, "approved")
    onnx_case("catboost-binary-numbers", numbers_of(loans()).coded(), CatBoostClassifier, "approved")
    onnx_case("catboost-classes", wine(), CatBoostClassifier, "cultivar")
    # not MultiClassOneVsAll: CatBoost exports the softmax of its scores, which is not what it predicts itself
    onnx_case("catboost-classes-flowers", iris(), CatBoostClassifier, "species", bootstrap_type="No")


def main():
    groups = {"pmml": pmml_cases, "onnx": onnx_cases}
    for name in sys.argv[1:] or groups:
        groups[name]()


if __name__ == "__main__":
    main()

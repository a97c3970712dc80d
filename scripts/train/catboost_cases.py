"""
Golden cases of CatBoost through its own exports, with CatBoost's own predictions: PMML (test/golden/pmml/<dataset>-catboost*) and ONNX
(test/golden/onnx/catboost-*). CatBoost writes leaf values to PMML with ten digits, and for values that are missing no default child at the
root of a tree: the document has no result for them. It exports no categorical features to ONNX, and to PMML only those that it
one-hot encodes.
"""

import os
import re
import sys
import tempfile
from functools import partial
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import pandas as pd
from catboost import CatBoostClassifier, CatBoostRegressor, Pool

from datasets import SEED, Dataset, breast_cancer, diabetes, loan_limits, loans
from golden import write_case
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


def main():
    groups = {"pmml": pmml_cases}
    for name in sys.argv[1:] or groups:
        groups[name]()


if __name__ == "__main__":
    main()

"""Golden cases of XGBoost and LightGBM: every objective, booster and kind of split that the converters take."""

from functools import partial

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier, LGBMRanker, LGBMRegressor
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import OrdinalEncoder
from sklearn2pmml.decoration import CategoricalDomain, ContinuousDomain
from xgboost import XGBClassifier, XGBRanker, XGBRegressor, XGBRFClassifier, XGBRFRegressor

from datasets import SEED, Dataset
from golden import DOUBLE, FLOAT
from pmml_of import add_cases, gaps, golden, run
from small import applications, claims, costs, flowers, limits, patients, two_flowers

SHARED = {"script": "booster_element_cases.py", "seed": SEED, "rows": 24}
PACKAGES = ["scikit-learn", "sklearn2pmml", "numpy", "pandas"]
xgboost_case = partial(
    golden, producer="XGBoost, sklearn2pmml", packages=["xgboost", *PACKAGES], tolerance=FLOAT, **SHARED
)
lightgbm_case = partial(
    golden, producer="LightGBM, sklearn2pmml", packages=["lightgbm", *PACKAGES], tolerance=DOUBLE, **SHARED
)
XGBOOST = {"n_estimators": 5, "max_depth": 3, "random_state": SEED, "n_jobs": 1}
LIGHTGBM = {"n_estimators": 5, "num_leaves": 6, "random_state": SEED, "n_jobs": 1, "deterministic": True, "verbose": -1}
CASES = []


xgboost = partial(add_cases, CASES, xgboost_case, prefix="xgboost-")
lightgbm = partial(add_cases, CASES, lightgbm_case, prefix="lightgbm-")


def numbers_of(data):
    """The numeric fields of drivers or applications."""
    return Dataset(data.name, data.x.select_dtypes("number").astype(float), data.y, data.licence)


def coded(make):
    return lambda: make().coded()


def regressors(model, settings, objectives):
    return {name: lambda o=o: [model(**{**settings, **o})] for name, o in objectives.items()}


# XGBoost
POSITIVE = {"gamma": {"objective": "reg:gamma"}, "squared-log": {"objective": "reg:squaredlogerror", "min_child_weight": 0, "base_score": 150.0}}
FREE = {
    "absolute": {"objective": "reg:absoluteerror"},
    "pseudo-huber": {"objective": "reg:pseudohubererror", "min_child_weight": 0, "huber_slope": 50},
    "quantile": {"objective": "reg:quantileerror", "quantile_alpha": 0.7},
    "dart": {"booster": "dart", "rate_drop": 0.3, "one_drop": 1},
    "base-score": {"base_score": 100.0},
    "forest-regressor": {"num_parallel_tree": 4, "n_estimators": 1, "subsample": 0.7, "learning_rate": 1.0},
    "deep": {"max_depth": 6, "min_child_weight": 0, "n_estimators": 2},
    "leafwise": {"grow_policy": "lossguide", "max_leaves": 5},
}
xgboost(regressors(XGBRegressor, XGBOOST, {**POSITIVE, **FREE}), patients)
xgboost({"rf-regressor": lambda: [XGBRFRegressor(**{**XGBOOST, "subsample": 0.8})]}, patients)
COUNTS = {"poisson": {"objective": "count:poisson"}}
xgboost(regressors(XGBRegressor, XGBOOST, COUNTS), lambda: numbers_of(claims()))
xgboost(regressors(XGBRegressor, XGBOOST, {"tweedie": {"objective": "reg:tweedie"}}), lambda: numbers_of(costs()))


def shares():
    data = patients()
    return data.with_target((data.y / 400).rename("share"))


xgboost(regressors(XGBRegressor, XGBOOST, {"share": {"objective": "reg:logistic"}}), shares)
CLASSES = {
    "softprob": {"objective": "multi:softprob"},
    "softmax": {"objective": "multi:softmax"},
    "dart-classes": {"booster": "dart", "rate_drop": 0.3},
}
xgboost(regressors(XGBClassifier, XGBOOST, CLASSES), coded(flowers))
PAIRS = {"logistic": {}, "hinge": {"objective": "binary:hinge"}, "weighted": {"scale_pos_weight": 3.0}}
xgboost(regressors(XGBClassifier, XGBOOST, PAIRS), coded(two_flowers))
xgboost({"rf-classifier": lambda: [XGBRFClassifier(**{**XGBOOST, "subsample": 0.8})]}, coded(two_flowers))


def ranked(data, name):
    """Grades 0 to 3 within four queries."""
    grades = pd.qcut(data.y, 4, labels=False).astype(int).rename(name)
    return Dataset(data.name, data.x, grades, data.licence)


QUERIES = np.array([30, 30, 30, 30])
for objective in ["rank:pairwise", "rank:ndcg"]:
    name = objective.replace(":", "-")
    xgboost(
        {name: lambda o=objective: [XGBRanker(**{**XGBOOST, "objective": o})]},
        lambda: ranked(patients(), "grade"),
        xgbranker__group=QUERIES,
    )


def holed(make, names=("income", "age", "debt")):
    def data():
        made = make()
        return Dataset(made.name, gaps(made.x, names=list(names)), made.y, made.licence)

    return data


MISSING = {"gaps": lambda: [ColumnTransformer([("numbers", "passthrough", ["income", "age", "debt"])]), XGBRegressor(**XGBOOST)]}
xgboost(MISSING, holed(limits))


def words():
    """The words as codes."""
    encoder = OrdinalEncoder()
    return ColumnTransformer(
        [("words", encoder, ["employment", "region"]), ("numbers", "passthrough", ["income", "age", "debt"])], verbose_feature_names_out=False
    )


def categories():
    """Words and numbers, the words as pandas's categories, through domains alone."""
    return ColumnTransformer(
        [
            ("words", CategoricalDomain(dtype="category"), ["employment"]),
            ("places", CategoricalDomain(dtype="category"), ["region"]),
            ("numbers", ContinuousDomain(), ["income", "age", "debt"]),
        ],
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")


SPLITS = {**XGBOOST, "enable_categorical": True, "tree_method": "hist"}
xgboost(
    {
        "categories": lambda: [categories(), XGBRegressor(**{**SPLITS, "max_cat_to_onehot": 2})],
        "categories-one": lambda: [categories(), XGBRegressor(**{**SPLITS, "max_cat_to_onehot": 10})],
    },
    limits,
)
xgboost({"categories-gaps": lambda: [categories(), XGBRegressor(**{**SPLITS, "max_cat_to_onehot": 2})]}, holed(limits))
xgboost({"categories-classes": lambda: [categories(), XGBClassifier(**{**SPLITS, "max_cat_to_onehot": 2})]}, coded(applications))

# LightGBM
FREE = {
    "absolute": {"objective": "regression_l1"},
    "huber": {"objective": "huber"},
    "fair": {"objective": "fair"},
    "quantile": {"objective": "quantile", "alpha": 0.7},
    "gamma": {"objective": "gamma"},
    "dart": {"boosting_type": "dart"},
    "goss": {"data_sample_strategy": "goss"},
    "linear-tree": {"linear_tree": True},
}
lightgbm(regressors(LGBMRegressor, LIGHTGBM, FREE), patients)
lightgbm(regressors(LGBMRegressor, LIGHTGBM, {"poisson": {"objective": "poisson"}}), lambda: numbers_of(claims()))
lightgbm(regressors(LGBMRegressor, LIGHTGBM, {"tweedie": {"objective": "tweedie"}}), lambda: numbers_of(costs()))
FOREST = {"boosting_type": "rf", "subsample": 0.7, "subsample_freq": 1}
CLASSES = {"multiclass": {}, "forest-classes": FOREST}
lightgbm(regressors(LGBMClassifier, LIGHTGBM, CLASSES), flowers)
PAIRS = {"binary": {}, "unbalanced": {"is_unbalance": True}, "forest-binary": FOREST, "sigmoid": {"sigmoid": 2.0}}
lightgbm(regressors(LGBMClassifier, LIGHTGBM, PAIRS), two_flowers)
lightgbm(
    {"rank": lambda: [LGBMRanker(**{**LIGHTGBM, "min_child_samples": 5})]},
    lambda: ranked(patients(), "grade"),
    lgbmranker__group=QUERIES,
)
lightgbm(
    {"gaps": lambda: [ColumnTransformer([("numbers", "passthrough", ["income", "age", "debt"])]), LGBMRegressor(**LIGHTGBM)]},
    holed(limits),
)


def zeros():
    made = numbers_of(limits())
    holes = gaps(made.x, names=["debt", "age"]).fillna(0)
    return Dataset(made.name, holes, made.y, made.licence)


ZERO = {"no-missing": {"use_missing": False}}
lightgbm(regressors(LGBMRegressor, LIGHTGBM, ZERO), zeros)
SMALL = {"min_data_per_group": 5, "cat_smooth": 1.0, "min_child_samples": 5}
coded_words = {"lgbmregressor__categorical_feature": [0, 1]}
lightgbm({"categories-coded": lambda: [words(), LGBMRegressor(**LIGHTGBM, **SMALL)]}, limits, **coded_words)
lightgbm(
    {
        "categories": lambda: [categories(), LGBMRegressor(**LIGHTGBM, **SMALL)],
        "categories-one": lambda: [categories(), LGBMRegressor(**LIGHTGBM, **SMALL, max_cat_to_onehot=10)],
    },
    limits,
)
lightgbm({"categories-gaps": lambda: [categories(), LGBMRegressor(**LIGHTGBM, **SMALL)]}, holed(limits))
lightgbm({"categories-classes": lambda: [categories(), LGBMClassifier(**LIGHTGBM, **SMALL)]}, applications)


if __name__ == "__main__":
    run(CASES)

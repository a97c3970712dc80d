"""Golden cases trained with XGBoost and LightGBM and converted by sklearn2pmml."""

from functools import partial

from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import OneHotEncoder
from xgboost import XGBClassifier, XGBRegressor

from datasets import SEED, Dataset, breast_cancer, diabetes, iris, loans, wine
from golden import DOUBLE, FLOAT
from pmml_of import golden, pipeline_of

xgboost_case = partial(
    golden,
    producer="XGBoost, sklearn2pmml",
    packages=["xgboost", "scikit-learn", "sklearn2pmml", "numpy", "pandas"],
    script="booster_cases.py",
    tolerance=FLOAT,
    seed=SEED,
)
lightgbm_case = partial(
    golden,
    producer="LightGBM, sklearn2pmml",
    packages=["lightgbm", "scikit-learn", "sklearn2pmml", "numpy", "pandas"],
    script="booster_cases.py",
    tolerance=DOUBLE,
    seed=SEED,
)
XGBOOST = {"n_estimators": 10, "max_depth": 3, "random_state": SEED, "n_jobs": 1}
LIGHTGBM = {"n_estimators": 10, "num_leaves": 8, "random_state": SEED, "n_jobs": 1, "deterministic": True, "verbose": -1}


def numbers_of(dataset):
    """The dataset's numeric fields alone; gaps stay gaps."""
    return Dataset(dataset.name, dataset.x.select_dtypes("number"), dataset.y, dataset.licence)


def words_and_numbers():
    """One column per category of the text fields, the numbers as they are."""
    encoder = OneHotEncoder(sparse_output=False)
    return ColumnTransformer(
        [("numbers", "passthrough", ["income", "age", "debt"]), ("words", encoder, ["employment", "region"])]
    )


def main():
    flowers, wines, tumours, patients = iris(), wine(), breast_cancer(), diabetes()

    xgboost_case(flowers.coded(), "xgboost", pipeline_of(XGBClassifier(**XGBOOST)))
    # of one forest per class the converter makes a wrong document, so two classes
    forest = {**XGBOOST, "n_estimators": 1, "num_parallel_tree": 8, "subsample": 0.8}
    xgboost_case(wines.coded(), "xgboost", pipeline_of(XGBClassifier(**XGBOOST)))
    xgboost_case(tumours.coded(), "xgboost-forest", pipeline_of(XGBClassifier(**forest)))
    xgboost_case(tumours.coded(), "xgboost", pipeline_of(XGBClassifier(**XGBOOST)))
    xgboost_case(patients, "xgboost", pipeline_of(XGBRegressor(**XGBOOST)))
    xgboost_case(numbers_of(loans()).coded(), "xgboost-missing", pipeline_of(XGBClassifier(**XGBOOST)))
    xgboost_case(loans(False).coded(), "xgboost-one-hot", pipeline_of(words_and_numbers(), XGBClassifier(**XGBOOST)))

    lightgbm_case(flowers, "lightgbm", pipeline_of(LGBMClassifier(**LIGHTGBM)))
    lightgbm_case(tumours, "lightgbm", pipeline_of(LGBMClassifier(**LIGHTGBM)))
    lightgbm_case(patients, "lightgbm", pipeline_of(LGBMRegressor(**LIGHTGBM)))
    forest = {**LIGHTGBM, "boosting_type": "rf", "subsample": 0.7, "subsample_freq": 1}
    lightgbm_case(patients, "lightgbm-forest", pipeline_of(LGBMRegressor(**forest)))
    lightgbm_case(numbers_of(loans()), "lightgbm-missing", pipeline_of(LGBMClassifier(**LIGHTGBM)))
    lightgbm_case(loans(False), "lightgbm-one-hot", pipeline_of(words_and_numbers(), LGBMClassifier(**LIGHTGBM)))


if __name__ == "__main__":
    main()

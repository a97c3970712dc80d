"""Golden cases of StatsModels and of category_encoders, converted by sklearn2pmml."""

from functools import partial

import numpy as np
import pandas as pd
from category_encoders import (
    BaseNEncoder,
    CatBoostEncoder,
    CountEncoder,
    LeaveOneOutEncoder,
    OrdinalEncoder,
    TargetEncoder,
    WOEEncoder,
)
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn2pmml.statsmodels import StatsModelsClassifier, StatsModelsOrdinalClassifier, StatsModelsRegressor
from statsmodels.api import GLM, OLS, WLS, Logit, MNLogit, Poisson, QuantReg, families
from statsmodels.miscmodels.ordinal_model import OrderedModel

from datasets import SEED, Dataset
from golden import DOUBLE
from pmml_of import add_cases, golden, run
from small import applications, claims, flowers, patients, two_flowers

SHARED = {"script": "statsmodels_cases.py", "seed": SEED, "rows": 24, "tolerance": DOUBLE}
PACKAGES = ["scikit-learn", "sklearn2pmml", "numpy", "pandas"]
statsmodels_case = partial(
    golden, producer="StatsModels, sklearn2pmml", packages=["statsmodels", *PACKAGES], **SHARED
)
encoders_case = partial(
    golden, producer="category_encoders, sklearn2pmml", packages=["category_encoders", *PACKAGES], **SHARED
)
CASES = []


statsmodels = partial(add_cases, CASES, statsmodels_case, prefix="statsmodels-")
encoders = partial(add_cases, CASES, encoders_case, prefix="encoders-")


def numbers_of(data):
    return Dataset(data.name, data.x[["age", "power"]].astype(float), data.y, data.licence)


statsmodels(
    {
        "ols": lambda: [StatsModelsRegressor(OLS)],
        "ols-no-intercept": lambda: [StatsModelsRegressor(OLS, fit_intercept=False)],
        "wls": lambda: [StatsModelsRegressor(WLS)],
        "quantile": lambda: [StatsModelsRegressor(QuantReg)],
        "glm-gaussian-log": lambda: [StatsModelsRegressor(GLM, family=families.Gaussian(families.links.Log()))],
    },
    patients,
)
statsmodels(
    {
        "poisson": lambda: [StatsModelsRegressor(Poisson)],
        "glm-poisson": lambda: [StatsModelsRegressor(GLM, family=families.Poisson())],
    },
    lambda: numbers_of(claims()),
)
coded = lambda: two_flowers().coded()  # noqa: E731
statsmodels(
    {
        "logit": lambda: [StatsModelsClassifier(Logit)],
        "glm-logit": lambda: [StatsModelsClassifier(GLM, family=families.Binomial())],
    },
    coded,
)
def chances(target, labels):
    """The probabilities are a frame here."""

    def expect(pipeline, rows):
        shares = np.asarray(pipeline.predict_proba(rows))
        named = {f"probability({label})": shares[:, i] for i, label in enumerate(labels)}
        return pd.DataFrame({target: [labels[i] for i in shares.argmax(axis=1)], **named})

    return expect


statsmodels({"multinomial": lambda: [StatsModelsClassifier(MNLogit)]}, lambda: flowers().coded(), expect=chances("species", [0, 1, 2]))


def graded():
    data = patients()
    grades = pd.Series(pd.Categorical.from_codes(pd.qcut(data.y, 3, labels=False), ["low", "middle", "high"], ordered=True), name="grade")
    return Dataset(data.name, data.x, grades, data.licence)


statsmodels(
    {f"ordered-{distr}": lambda d=distr: [StatsModelsOrdinalClassifier(OrderedModel, distr=d)] for distr in ["logit", "probit"]},
    graded,
    expect=chances("grade", ["low", "middle", "high"]),
)


# words as numbers; unseen words too
WORDS = ["employment", "region"]


def unseen():
    sample = applications().rows(24)
    sample.loc[[1, 7], "region"] = "west"
    sample.loc[[1, 12], "employment"] = "student"
    return sample


def encoded(make, final):
    return lambda: [ColumnTransformer([("words", make(), WORDS), ("numbers", "passthrough", ["age"])]), final()]


logistic = lambda: LogisticRegression(max_iter=5000)  # noqa: E731
TWO = {"cat-boost": CatBoostEncoder, "count": CountEncoder, "leave-one-out": LeaveOneOutEncoder, "target": TargetEncoder, "woe": WOEEncoder}
PLAIN = {"base-3": partial(BaseNEncoder, base=3)}


def numeric_labels():
    return applications().coded()


for name, encoder in {**TWO, **PLAIN}.items():
    encoders({name: encoded(encoder, logistic)}, numeric_labels)
    encoders({f"{name}-unseen": encoded(encoder, logistic)}, numeric_labels, sample=unseen())


encoders({"ordinal": encoded(OrdinalEncoder, logistic)}, numeric_labels)


if __name__ == "__main__":
    run(CASES)

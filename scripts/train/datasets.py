"""Data sets: scikit-learn's copies, and one made up for categories and missing values."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn import datasets

SEED = 20240229
UCI = "CC BY 4.0 (UCI Machine Learning Repository), scikit-learn's copy"


@dataclass(frozen=True)
class Dataset:
    """Features `x` [rows, fields] and the target `y`, whose name is the PMML's target."""

    name: str
    x: pd.DataFrame
    y: pd.Series
    licence: str

    def with_target(self, y):
        return Dataset(self.name, self.x, y, self.licence)

    def coded(self):
        """The same with labels 0, 1, 2…, for libraries that take no text."""
        return self.with_target(pd.Series(pd.factorize(self.y, sort=True)[0], name=self.y.name))

    def rows(self, count):
        """Evenly spaced rows, so that every class and both halves of missing values are among them."""
        return self.x.iloc[np.linspace(0, len(self.x) - 1, min(count, len(self.x))).astype(int)].reset_index(drop=True)


def _text(values, name):
    return pd.Series([str(v) for v in values], name=name, dtype=object)


def iris():
    data = datasets.load_iris(as_frame=True)
    x = data.data.rename(columns=lambda c: c.replace(" (cm)", "").replace(" ", "_"))
    return Dataset("iris", x, _text(data.target_names[data.target], "species"), UCI)


def wine():
    data = datasets.load_wine(as_frame=True)
    return Dataset("wine", data.data, _text(data.target_names[data.target], "cultivar"), UCI)


def breast_cancer():
    data = datasets.load_breast_cancer(as_frame=True)
    return Dataset("breast-cancer", data.data, _text(data.target_names[data.target], "diagnosis"), UCI)


def diabetes():
    data = datasets.load_diabetes(as_frame=True)
    licence = "Efron, Hastie, Johnstone, Tibshirani (2004), scikit-learn's copy (BSD-3-Clause)"
    return Dataset("diabetes", data.data, data.target.rename("progression"), licence)


LICENCE_OF_LOANS = "made by scripts/train/datasets.py (Apache-2.0)"


def loans(missing=True):
    """400 made-up loan applications: two text fields, three numbers, one in eight values missing."""
    random = np.random.default_rng(SEED)
    rows = 400
    income = np.round(random.lognormal(10, 0.5, rows), 2)
    age = random.integers(18, 80, rows).astype(float)
    debt = np.round(random.exponential(5000, rows), 2)
    employment = random.choice(["employed", "self-employed", "retired", "none"], rows, p=[0.5, 0.2, 0.2, 0.1])
    region = random.choice(["north & south", "east", "o'west"], rows)
    score = (
        (income - debt * 2) / 10000
        + (employment == "employed") * 1.5
        - (employment == "none") * 2
        + (region == "east") * 0.7
        + random.normal(0, 0.7, rows)
    )
    x = pd.DataFrame({"income": income, "age": age, "debt": debt})
    x["employment"] = _text(employment, "employment")
    x["region"] = _text(region, "region")
    if missing:
        for name in x.columns:
            gaps = random.random(rows) < 0.125
            x.loc[gaps, name] = np.nan if x[name].dtype == float else None
    return Dataset("loans", x, _text(np.where(score > 1, "yes", "no"), "approved"), LICENCE_OF_LOANS)


def loan_limits(missing=True):
    """The same applications with a number to predict."""
    base = loans(missing)
    full = loans(False).x
    random = np.random.default_rng(SEED + 1)
    limit = full["income"] * 0.3 - full["debt"] * 0.2 + (full["employment"] == "employed") * 2000
    return base.with_target(pd.Series(np.round(limit + random.normal(0, 500, len(limit)), 2), name="limit"))

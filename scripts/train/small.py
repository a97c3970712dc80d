"""Small data sets for the cases that cover one element each: few fields, few rows, made up or cut from scikit-learn's copies."""

import numpy as np
import pandas as pd

from datasets import LICENCE_OF_LOANS as MADE_UP
from datasets import SEED, UCI, Dataset, diabetes, iris, loan_limits, loans


def flowers():
    """Three classes, four numbers."""
    return iris()


def two_flowers():
    """The two species that overlap."""
    data = iris()
    kept = data.y != "setosa"
    return Dataset("iris", data.x[kept].reset_index(drop=True), data.y[kept].reset_index(drop=True), UCI)


def patients():
    """A number from four."""
    data = diabetes()
    return Dataset("diabetes", data.x[["age", "bmi", "bp", "s5"]].iloc[:120].copy(), data.y.iloc[:120], data.licence)


def applications(missing=False, rows=200):
    """Two classes from two words and three numbers."""
    data = loans(missing)
    return Dataset("loans", data.x.iloc[:rows].copy(), data.y.iloc[:rows], data.licence)


def limits(missing=False, rows=200):
    data = loan_limits(missing)
    return Dataset("loans", data.x.iloc[:rows].copy(), data.y.iloc[:rows], data.licence)


def claims():
    """Insured drivers: `claims` counts, `cost` is 0 or more; one word, a yes or no, whole and broken numbers."""
    random = np.random.default_rng(SEED + 2)
    rows = 200
    x = pd.DataFrame({"age": random.integers(18, 80, rows), "power": np.round(random.uniform(40, 180, rows), 1)})
    x["garage"] = random.random(rows) < 0.5
    x["zone"] = pd.Series(random.choice(["city", "town", "land"], rows), dtype=object)
    rate = np.exp(-1.5 + x["power"] / 100 - (x["age"] - 40) / 100 + (x["zone"] == "city") * 0.5)
    y = pd.Series(random.poisson(rate), name="claims")
    return Dataset("claims", x, y, MADE_UP)


def costs():
    """The same drivers, what the claims cost (0 without a claim)."""
    data = claims()
    random = np.random.default_rng(SEED + 3)
    y = np.round(data.y * random.gamma(2, 300, len(data.y)), 2)
    return data.with_target(pd.Series(y, name="cost"))


def counts():
    """How often words occur in messages, as `MultinomialNB` takes them."""
    random = np.random.default_rng(SEED + 4)
    y = random.choice(["ham", "spam"], 120)
    means = {"offer": (0.2, 1.8), "meeting": (1.5, 0.2), "free": (0.1, 1.2), "report": (1.1, 0.3)}
    x = pd.DataFrame({name: random.poisson(np.where(y == "spam", spam, ham)) for name, (ham, spam) in means.items()})
    return Dataset("messages", x, pd.Series(y, name="kind", dtype=object), MADE_UP)


SENTENCES = {
    "good": [
        "a truly great film, great cast",
        "wonderful and warm; I liked it",
        "The best story this year!",
        "liked the music, loved the cast",
        "Great fun for the whole family",
        "warm, funny and wise",
        "the cast is great. The music is great.",
        "a wise film (and a funny one)",
        "loved it, would see it again",
        "best cast, best music",
    ],
    "bad": [
        "a dull film, bad cast",
        "the worst story this year",
        "bad, bad, bad!",
        "Boring and long; I left early",
        "not good, not funny, not wise",
        "dull music and a boring cast",
        "too long and too loud",
        "the story is bad. I left",
        "worst film of the year, boring",
        "loud, long, dull",
    ],
}


def reviews():
    """Sentences with punctuation and capitals, good or bad."""
    texts = [(text, kind) for pair in zip(*SENTENCES.values()) for text, kind in zip(pair, SENTENCES)]
    x = pd.DataFrame({"text": pd.Series([t for t, _ in texts], dtype=object)})
    return Dataset("reviews", x, pd.Series([k for _, k in texts], name="kind", dtype=object), MADE_UP)


def visits():
    """A number from moments and words with blanks and signs."""
    random = np.random.default_rng(SEED + 5)
    rows = 60
    start = pd.Timestamp("2019-12-20")
    day = start + pd.to_timedelta(random.integers(0, 800, rows), "D")
    moment = day + pd.to_timedelta(random.integers(0, 86400, rows), "s")
    code = [f"{random.choice(['ab', 'Ab', 'cd', 'CD'])}-{random.integers(0, 999):03d} {random.choice(['x', 'YY', ''])}" for _ in range(rows)]
    x = pd.DataFrame({"day": day, "moment": moment, "code": pd.Series(code, dtype=object)})
    x["amount"] = np.round(random.lognormal(3, 1, rows), 2)
    y = (day.dayofweek >= 5) * 10 + random.normal(0, 1, rows) + x["amount"] * 0.1
    return Dataset("visits", x, pd.Series(np.round(y, 3), name="score"), MADE_UP)

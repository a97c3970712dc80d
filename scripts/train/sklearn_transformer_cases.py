"""Golden cases: every transformer of scikit-learn that sklearn2pmml converts, before a line or a tree; gaps and unseen words."""

from functools import partial

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, IncrementalPCA, TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.feature_selection import (
    RFE,
    GenericUnivariateSelect,
    SelectFdr,
    SelectFpr,
    SelectFromModel,
    SelectFwe,
    SelectPercentile,
    VarianceThreshold,
)
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn2pmml.decoration import ContinuousDomain
from sklearn2pmml.feature_extraction.text import Matcher, Splitter

from datasets import SEED, Dataset
from golden import DOUBLE, FLOAT
from pmml_of import add_cases, gaps, golden, run
from small import applications, claims, limits, patients, reviews

case = partial(
    golden,
    producer="scikit-learn, sklearn2pmml",
    packages=["scikit-learn", "sklearn2pmml", "numpy", "pandas"],
    script="sklearn_transformer_cases.py",
    tolerance=DOUBLE,
    seed=SEED,
    rows=24,
)
CASES = []


each = partial(add_cases, CASES, case, family="sklearn-")


def beyond(data):
    """Rows of which some lie outside of what was trained."""
    sample = data.rows(24)
    for i, name in enumerate(sample.columns):
        sample.loc[i, name] = sample[name].max() * 1.5
        sample.loc[i + 8, name] = sample[name].min() * 1.5
    return sample


SCALERS = {
    "standard-plain": lambda: [StandardScaler(with_mean=False), LinearRegression()],
    "standard-mean": lambda: [StandardScaler(with_std=False), LinearRegression()],
    "max-abs": lambda: [MaxAbsScaler(), LinearRegression()],
    "min-max": lambda: [MinMaxScaler((-1, 1)), LinearRegression()],
    "robust": lambda: [RobustScaler(), LinearRegression()],
    "robust-plain": lambda: [RobustScaler(with_centering=False, quantile_range=(10, 90)), LinearRegression()],
    "binarizer": lambda: [Binarizer(threshold=0.01), LinearRegression()],
    "bins-one-hot": lambda: [KBinsDiscretizer(4, quantile_method="averaged_inverted_cdf"), LinearRegression()],
    "bins-uniform": lambda: [KBinsDiscretizer(3, encode="onehot-dense", strategy="uniform"), LinearRegression()],
    "bins-ordinal": lambda: [
        KBinsDiscretizer(3, encode="ordinal", strategy="kmeans", random_state=SEED),
        LinearRegression(),
    ],
    "polynomial-interaction": lambda: [PolynomialFeatures(3, interaction_only=True), LinearRegression()],
    "polynomial-cubic": lambda: [PolynomialFeatures(3, include_bias=False), Ridge()],
    "power-yeo-johnson": lambda: [PowerTransformer(), LinearRegression()],
    "power-plain": lambda: [PowerTransformer(standardize=False), LinearRegression()],
    "quantile-uniform": lambda: [QuantileTransformer(n_quantiles=10), LinearRegression()],
    "normalizer": lambda: [Normalizer(), LinearRegression()],
    "normalizer-l1": lambda: [Normalizer("l1"), LinearRegression()],
    "normalizer-max": lambda: [Normalizer("max"), LinearRegression()],
    "pca": lambda: [PCA(2), LinearRegression()],
    "pca-whiten": lambda: [StandardScaler(), PCA(3, whiten=True), LinearRegression()],
    "pca-incremental": lambda: [IncrementalPCA(2), LinearRegression()],
    "svd": lambda: [TruncatedSVD(2, random_state=SEED), LinearRegression()],
    "select-from-model": lambda: [StandardScaler(), SelectFromModel(Lasso(0.5)), LinearRegression()],
    "select-rfe": lambda: [StandardScaler(), RFE(LinearRegression(), n_features_to_select=2), LinearRegression()],
    "select-percentile": lambda: [StandardScaler(), SelectPercentile(percentile=60), LinearRegression()],
    "select-fdr": lambda: [StandardScaler(), SelectFdr(alpha=0.5), LinearRegression()],
    "select-fpr": lambda: [StandardScaler(), SelectFpr(alpha=0.5), LinearRegression()],
    "select-fwe": lambda: [StandardScaler(), SelectFwe(alpha=0.5), LinearRegression()],
    "select-univariate": lambda: [StandardScaler(), GenericUnivariateSelect(mode="k_best", param=2), LinearRegression()],
    "variance": lambda: [MinMaxScaler(), VarianceThreshold(0.05), LinearRegression()],
    "union": lambda: [FeatureUnion([("scaled", StandardScaler()), ("components", PCA(2))]), Ridge()],
    "deep": lambda: [make_pipeline(StandardScaler(), PolynomialFeatures(2)), PCA(3), Ridge()],
    "bins-tree": lambda: [KBinsDiscretizer(4, encode="ordinal"), DecisionTreeRegressor(max_depth=4, random_state=SEED)],
}
each(SCALERS, patients, sample=beyond(patients()))
# the library cuts off the ends a little beyond where the document does
NORMAL = lambda: [QuantileTransformer(n_quantiles=10, output_distribution="normal"), LinearRegression()]  # noqa: E731
each({"quantile-normal": NORMAL}, patients, sample=beyond(patients()), tolerance={"rel": 1e-9, "abs": 1e-9})

# functions of one number; ages and powers are positive
FUNCTIONS = "absolute arctan ceil cos cosh degrees exp expm1 floor log log10 log1p negative radians reciprocal rint sign sin sinh sqrt square tan tanh"
SMALL = {"cosh", "exp", "expm1", "sinh", "tan", "tanh"}


def of_function(name):
    function = FunctionTransformer(getattr(np, name))
    scaled = make_pipeline(MinMaxScaler((-2, 2)), function) if name in {"cos", "rint", "sign", "sin", *SMALL} else function
    return [ColumnTransformer([("numbers", scaled, ["age", "power"])]), LinearRegression()]


each({f"function-{name}": partial(of_function, name) for name in FUNCTIONS.split()}, claims)
each(
    {
        f"function-{name}": lambda n=name: [
            ColumnTransformer([("one", make_pipeline(MinMaxScaler((-0.9, 0.9)), FunctionTransformer(getattr(np, n))), ["power"])]),
            LinearRegression(),
        ]
        for name in ["arccos", "arcsin"]
    },
    claims,
)
BOX = lambda: [  # noqa: E731
    ColumnTransformer([("numbers", PowerTransformer(method="box-cox"), ["age", "power"])]),
    LinearRegression(),
]
each({"power-box-cox": BOX}, claims)

# gaps
NUMBERS = ["income", "age", "debt"]
WORDS = ["employment", "region"]


def numeric(data):
    return Dataset(data.name, data.x[NUMBERS], data.y, data.licence)


IMPUTERS = {
    "impute-mean": lambda: [SimpleImputer(), LinearRegression()],
    "impute-frequent": lambda: [SimpleImputer(strategy="most_frequent"), LinearRegression()],
    "impute-constant": lambda: [SimpleImputer(strategy="constant", fill_value=-1.0), LinearRegression()],
    "impute-indicator": lambda: [SimpleImputer(strategy="median", add_indicator=True), LinearRegression()],
    "missing-indicator": lambda: [
        # beside an imputer the converter tells of no gap
        ContinuousDomain(),
        MissingIndicator(features="all"),
        LinearRegression(),
    ],
    "impute-late": lambda: [StandardScaler(), SimpleImputer(), LinearRegression()],
    "bins-imputed": lambda: [SimpleImputer(), KBinsDiscretizer(3), LinearRegression()],
}
each(IMPUTERS, lambda: numeric(limits(True)))
each(
    {
        "impute-minus-one": lambda: [
            ColumnTransformer([("age", SimpleImputer(missing_values=-1), ["age"]), ("rest", "passthrough", ["debt", "income"])]),
            LinearRegression(),
        ]
    },
    lambda: Dataset("loans", numeric(limits(True)).x.assign(age=lambda x: x["age"].fillna(-1)).fillna(0), limits().y, limits().licence),
)


# words that are unseen, rare or missing
def unseen(data, missing=False):
    sample = data.rows(24)
    sample.loc[[1, 7], "region"] = "west"
    sample.loc[[1, 12], "employment"] = "student"
    return gaps(sample, names=["employment", "region"]) if missing else sample


def encoded(encoder, words=WORDS):
    return ColumnTransformer([("words", encoder, words), ("numbers", "passthrough", ["age"])])


LOGISTIC = {"max_iter": 5000}
KNOWN = {
    "one-hot": lambda: [encoded(OneHotEncoder()), LogisticRegression(**LOGISTIC)],
    "one-hot-first": lambda: [encoded(OneHotEncoder(drop="first")), LogisticRegression(**LOGISTIC)],
    "one-hot-binary": lambda: [encoded(OneHotEncoder(drop="if_binary")), LogisticRegression(**LOGISTIC)],
    "one-hot-categories": lambda: [
        encoded(OneHotEncoder(categories=[["none", "retired", "employed", "self-employed"], ["east", "o'west", "north & south"]])),
        LogisticRegression(**LOGISTIC),
    ],
    "ordinal": lambda: [encoded(OrdinalEncoder()), DecisionTreeClassifier(max_depth=4, random_state=SEED)],
    "target-encoder": lambda: [encoded(TargetEncoder(random_state=SEED)), LogisticRegression(**LOGISTIC)],
}
each(KNOWN, applications)
UNSEEN = {
    "one-hot-ignore": lambda: [encoded(OneHotEncoder(handle_unknown="ignore")), LogisticRegression(**LOGISTIC)],
    "one-hot-infrequent": lambda: [
        encoded(OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=30)),
        LogisticRegression(**LOGISTIC),
    ],
    "ordinal-unknown": lambda: [
        encoded(OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)),
        DecisionTreeClassifier(max_depth=4, random_state=SEED),
    ],
    "one-hot-ignore-tree": lambda: [
        encoded(OneHotEncoder(handle_unknown="ignore")),
        DecisionTreeClassifier(max_depth=4, random_state=SEED),
    ],
}
each(UNSEEN, applications, sample=unseen(applications()))


def gapped():
    data = applications()
    return Dataset(data.name, gaps(data.x, every=6, names=WORDS, seed=5), data.y, data.licence)


each(
    {
        "words-constant": lambda: [
            encoded(make_pipeline(SimpleImputer(strategy="constant", fill_value="other", missing_values=None), OneHotEncoder(handle_unknown="ignore"))),
            LogisticRegression(**LOGISTIC),
        ],
        "words-frequent": lambda: [
            encoded(make_pipeline(SimpleImputer(strategy="most_frequent", missing_values=None), OneHotEncoder(handle_unknown="ignore"))),
            LogisticRegression(**LOGISTIC),
        ],
        "words-missing-class": lambda: [encoded(OneHotEncoder(handle_unknown="ignore")), LogisticRegression(**LOGISTIC)],
    },
    gapped,
    sample=unseen(applications(), True),
)
# the converter passes over `encoded_missing_value`
each({
        "ordinal-missing": lambda: [
            encoded(OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2)),
            DecisionTreeClassifier(max_depth=4, random_state=SEED),
        ],
}, applications, sample=unseen(applications()))
each(
    {
        "booleans": lambda: [
            ColumnTransformer([("words", OneHotEncoder(), ["garage", "zone"]), ("numbers", StandardScaler(), ["age", "power"])]),
            LinearRegression(),
        ],
        "integers-one-hot": lambda: [
            ColumnTransformer([("codes", OneHotEncoder(handle_unknown="ignore", min_frequency=2), ["age"]), ("n", "passthrough", ["power"])]),
            Ridge(),
        ],
    },
    claims,
)


# texts; each reads the one column
def of_text(vectorizer):
    return [ColumnTransformer([("text", vectorizer, "text")]), LogisticRegression(**LOGISTIC)]


def other_texts():
    return pd.DataFrame(
        {
            "text": [
                *reviews().rows(20)["text"],
                "GREAT, great and... great",
                "nothing of this is known",
                "the  best (worst) 'story' year's",
                "a-dull-film bad/cast",
            ]
        }
    )


TEXTS = {
    "count": lambda: of_text(CountVectorizer(tokenizer=Splitter())),
    "count-binary": lambda: of_text(CountVectorizer(tokenizer=Splitter(), binary=True)),
    "count-pairs": lambda: of_text(CountVectorizer(tokenizer=Splitter(), ngram_range=(1, 2), max_features=40)),
    "count-matcher": lambda: of_text(CountVectorizer(tokenizer=Matcher())),
    "count-matcher-pairs": lambda: of_text(CountVectorizer(tokenizer=Matcher(word_re=r"[a-z]+"), ngram_range=(2, 2))),
    "count-stops": lambda: of_text(CountVectorizer(tokenizer=Matcher(), stop_words=["the", "a", "and", "is", "it"])),
    "count-default": lambda: of_text(CountVectorizer()),
    "tfidf": lambda: of_text(TfidfVectorizer(tokenizer=Splitter(), norm=None)),
    "tfidf-matcher": lambda: of_text(TfidfVectorizer(tokenizer=Matcher(), norm=None, min_df=2)),
    "tfidf-sublinear": lambda: of_text(TfidfVectorizer(tokenizer=Matcher(), norm=None, sublinear_tf=True)),
    "tfidf-rough": lambda: of_text(TfidfVectorizer(tokenizer=Matcher(), norm=None, smooth_idf=False)),
    "tfidf-counts": lambda: of_text(TfidfVectorizer(tokenizer=Matcher(), norm=None, use_idf=False)),
    "tfidf-normed": lambda: of_text(TfidfVectorizer(tokenizer=Matcher())),
}
each(TEXTS, reviews, sample=other_texts())
each(
    {
        "tfidf-tree": lambda: [
            ColumnTransformer([("text", TfidfVectorizer(tokenizer=Matcher(), norm=None), "text")]),
            DecisionTreeClassifier(max_depth=4, random_state=SEED),
        ]
    },
    reviews,
    sample=other_texts(),
    tolerance=FLOAT,
)


if __name__ == "__main__":
    run(CASES)

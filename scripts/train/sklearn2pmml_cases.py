"""Golden cases of sklearn2pmml's own steps: domains, preparation by expressions, words and moments, decisions, chains, rules."""

from functools import partial

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn2pmml.decoration import (
    Alias,
    CategoricalDomain,
    ContinuousDomain,
    ContinuousDomainEraser,
    DateDomain,
    DateTimeDomain,
    DiscreteDomainEraser,
    MultiDomain,
    OrdinalDomain,
)
from sklearn2pmml.ensemble import (
    EstimatorChain,
    GBDTLMRegressor,
    GBDTLRClassifier,
    Link,
    SelectFirstClassifier,
    SelectFirstRegressor,
)
from sklearn2pmml.expression import ExpressionRegressor
from sklearn2pmml.feature_selection import SelectUnique
from sklearn2pmml.neural_network import MLPTransformer
from sklearn2pmml.postprocessing import BusinessDecisionTransformer
from sklearn2pmml.preprocessing import (
    AggregateTransformer,
    CastTransformer,
    ConcatTransformer,
    CutTransformer,
    DateTimeFormatter,
    DaysSinceYearTransformer,
    ExpressionTransformer,
    FilterLookupTransformer,
    IdentityTransformer,
    LagTransformer,
    LookupTransformer,
    MatchesTransformer,
    MultiLookupTransformer,
    NumberFormatter,
    PMMLLabelBinarizer,
    PMMLLabelEncoder,
    PowerFunctionTransformer,
    ReplaceTransformer,
    RollingAggregateTransformer,
    SecondsSinceMidnightTransformer,
    SecondsSinceYearTransformer,
    SelectFirstTransformer,
    StringLengthTransformer,
    StringNormalizer,
    SubstringTransformer,
    WordCountTransformer,
)
from sklearn2pmml.ruleset import RuleSetClassifier
from sklearn2pmml.util import Expression, Reshaper

from datasets import SEED, Dataset
from golden import DOUBLE, FLOAT
from pmml_of import add_cases, gaps, golden, one_by_one, pipeline_of, run
from small import applications, flowers, limits, two_flowers, visits

# these take no target, which a pipeline passes
for transformer in (DateTimeFormatter, NumberFormatter):
    transformer.fit = lambda self, x, y=None, fit=transformer.fit: fit(self, x)

case = partial(
    golden,
    producer="scikit-learn, sklearn2pmml",
    packages=["scikit-learn", "sklearn2pmml", "numpy", "pandas"],
    script="sklearn2pmml_cases.py",
    tolerance=DOUBLE,
    seed=SEED,
    rows=24,
)
CASES = []


def told(estimator):
    """An estimator that learns nothing; scikit-learn wants to see that it is fitted."""
    estimator.told_ = True
    return estimator


each = partial(add_cases, CASES, case, family="sklearn2pmml-")


def predicted(target):
    return lambda pipeline, rows: pd.DataFrame({target: pipeline.predict(rows)})


def ages():
    """`age` and `debt` alone."""
    data = limits()
    return Dataset(data.name, data.x[["age", "debt"]], data.y, data.licence)


def odd_ages():
    """Ages missing, -999 for missing, below and above what was trained."""
    sample = ages().rows(24)
    sample["age"] = sample["age"].astype(float)
    sample.loc[[1, 9], "age"] = np.nan
    sample.loc[[3, 11], "age"] = -999
    sample.loc[[5], "age"] = 5
    sample.loc[[7], "age"] = 120
    sample.loc[[13], "debt"] = 1e6
    return sample


def domain(**settings):
    # the converter takes one replacement of a field's missing values, the domain's or the imputer's
    filled = "missing_value_replacement" in settings or settings.get("missing_value_treatment") == "return_invalid"
    rest = [] if filled else [SimpleImputer()]
    return lambda: [
        ColumnTransformer(
            [
                ("age", make_pipeline(ContinuousDomain(**settings), *rest), ["age"]),
                ("debt", ContinuousDomain(invalid_value_treatment="as_is"), ["debt"]),
            ]
        ),
        LinearRegression(),
    ]


# every treatment of a continuous field; rows that the domain refuses are to be refused
CONTINUOUS = {
    "continuous": {},
    "continuous-as-is": {"invalid_value_treatment": "as_is"},
    "continuous-as-missing": {"invalid_value_treatment": "as_missing"},
    "continuous-as-value": {"invalid_value_treatment": "as_value", "invalid_value_replacement": 40},
    "continuous-no-missing": {"missing_value_treatment": "return_invalid", "invalid_value_treatment": "as_is"},
    "continuous-filled": {"missing_value_treatment": "as_value", "missing_value_replacement": 33},
    "continuous-filled-both": {"missing_value_replacement": 33, "invalid_value_treatment": "as_missing"},
    "continuous-codes": {"missing_values": [-999, float("nan")], "missing_value_replacement": 50, "invalid_value_treatment": "as_is"},
    "continuous-clipped": {"outlier_treatment": "as_extreme_values", "low_value": 25, "high_value": 70, "invalid_value_treatment": "as_is"},
    "continuous-dropped": {
        "outlier_treatment": "as_missing_values",
        "low_value": 25,
        "high_value": 70,
        "missing_value_replacement": 44,
        "invalid_value_treatment": "as_is",
    },
    "continuous-open": {"with_data": False},
}
limit = one_by_one(predicted("limit"))
each({name: domain(**settings) for name, settings in CONTINUOUS.items()}, ages, expect=limit, sample=odd_ages())
CODE = {"missing_values": -999, "missing_value_replacement": 50, "invalid_value_treatment": "as_is"}
each({"continuous-code": domain(**CODE)}, ages, expect=limit, sample=odd_ages().fillna({"age": -999}))


def employed():
    data = applications()
    return Dataset(data.name, data.x[["employment", "age"]], data.y, data.licence)


def odd_jobs():
    sample = employed().rows(24)
    sample["employment"] = sample["employment"].astype(object)
    sample.loc[[1, 9], "employment"] = None
    sample.loc[[3, 11], "employment"] = "N/A"
    sample.loc[[5, 6], "employment"] = "student"
    return sample


def category(make=CategoricalDomain, **settings):
    return lambda: [
        ColumnTransformer(
            [("job", make_pipeline(make(**settings), OneHotEncoder(handle_unknown="ignore")), ["employment"]), ("age", "passthrough", ["age"])]
        ),
        LogisticRegression(max_iter=5000),
    ]


JOBS = ["none", "retired", "self-employed", "employed"]
CATEGORICAL = {
    "categorical": {},
    "categorical-as-is": {"invalid_value_treatment": "as_is"},
    "categorical-as-missing": {"invalid_value_treatment": "as_missing"},
    "categorical-as-value": {"invalid_value_treatment": "as_value", "invalid_value_replacement": "none"},
    "categorical-filled": {"missing_value_treatment": "as_value", "missing_value_replacement": "none", "invalid_value_treatment": "as_missing"},
    "categorical-no-missing": {"missing_value_treatment": "return_invalid", "invalid_value_treatment": "as_is"},
}
both = one_by_one(lambda p, rows: pd.DataFrame({"approved": p.predict(rows), "probability(yes)": p.predict_proba(rows)[:, 1]}))
each({name: category(**settings) for name, settings in CATEGORICAL.items()}, employed, expect=both, sample=odd_jobs())
# to the domain None is invalid here, a gap of a record is missing
WORD = {"missing_values": "N/A", "missing_value_replacement": "retired", "invalid_value_treatment": "as_value", "invalid_value_replacement": "employed"}
each({"categorical-code": category(**WORD)}, employed, expect=both, sample=odd_jobs().fillna({"employment": "N/A"}))


def ranked():
    ranks = make_pipeline(
        OrdinalDomain(data_values=[JOBS], invalid_value_treatment="as_value", invalid_value_replacement="none"),
        OrdinalEncoder(categories=[JOBS]),
    )
    return [ColumnTransformer([("job", ranks, ["employment"]), ("age", "passthrough", ["age"])]), LogisticRegression(max_iter=5000)]


present = odd_jobs().drop(index=[1, 9]).reset_index(drop=True)
each({"ordinal-domain": ranked}, employed, expect=both, sample=present)
each(
    {
        "eraser": lambda: [
            ColumnTransformer(
                [
                    ("job", make_pipeline(CategoricalDomain(), DiscreteDomainEraser(), OneHotEncoder(handle_unknown="ignore")), ["employment"]),
                    ("age", make_pipeline(ContinuousDomain(), ContinuousDomainEraser()), ["age"]),
                ]
            ),
            LogisticRegression(max_iter=5000),
        ],
    },
    employed,
    expect=both,
)
each(
    {
        "multi-domain": lambda: [
            ColumnTransformer(
                [("both", MultiDomain([CategoricalDomain(invalid_value_treatment="as_is"), ContinuousDomain(invalid_value_treatment="as_is")]), ["employment", "age"])]
            ),
            make_pipeline(ColumnTransformer([("job", OneHotEncoder(handle_unknown="ignore"), [0]), ("age", "passthrough", [1])])),
            LogisticRegression(max_iter=5000),
        ],
    },
    employed,
    expect=both,
    sample=odd_jobs(),
)
each(
    {
        "label-binarizer": lambda: [
            ColumnTransformer(
                [
                    ("job", make_pipeline(CategoricalDomain(invalid_value_treatment="as_is"), PMMLLabelBinarizer()), ["employment"]),
                    ("age", "passthrough", ["age"]),
                ]
            ),
            LogisticRegression(max_iter=5000),
        ],
    },
    employed,
    expect=both,
    sample=odd_jobs(),
)
each(
    {
        "label-encoder": lambda: [
            ColumnTransformer([("job", make_pipeline(CategoricalDomain(), PMMLLabelEncoder(missing_values=-1)), ["employment"]), ("age", "passthrough", ["age"])]),
            DecisionTreeClassifier(max_depth=3, random_state=SEED),
        ],
    },
    employed,
    expect=both,
    sample=odd_jobs().drop(index=[1, 3, 5, 6, 9, 11]).reset_index(drop=True),
)


# expressions over X[0] (income), X[1] (age), X[2] (debt); the answer is a line of the result
def numeric(missing=False):
    data = limits(missing)
    return Dataset(data.name, data.x[["income", "age", "debt"]], data.y, data.licence)


EXPRESSIONS = {
    "arithmetic": "X[0] / 1000 + X[1] * 2 - X[2] % 7 - -X[1]",
    "floor-division": "X[0] // 1000",
    "power": "(X[1] / 10) ** 2 + X[1] ** 0.5",
    "comparison": "X[0] > X[2]",
    "chain": "1 if 30 <= X[1] and X[1] < 60 else 0",
    "logic": "X[1] > 30 and not (X[2] > 5000 or X[0] < 20000)",
    "nested": "X[2] if X[1] > 60 else (X[2] * 2 if X[1] > 40 else X[2] * 3)",
    "membership": "1 if X[1] in [20, 30, 40, 50, 60] else -1",
    "not-membership": "1 if X[1] not in [25, 35, 45] else -1",
    "log": "numpy.log(X[0]) + numpy.log10(X[0]) + numpy.log1p(X[2])",
    "exp": "numpy.exp(X[1] / 50) + numpy.expm1(X[1] / 100)",
    "trigonometry": "numpy.sin(X[1]) + numpy.cos(X[1]) + numpy.tan(X[1]) + numpy.arctan(X[1])",
    "inverse": "3 * numpy.arcsin(X[1] / 100) + numpy.arccos(X[1] / 100)",
    "hyperbolic": "numpy.sinh(X[1] / 40) + numpy.cosh(X[1] / 40) + numpy.tanh(X[1] / 40)",
    "rounding": "numpy.floor(X[0] / 7) + numpy.ceil(X[0] / 11) + numpy.rint(X[1] / 2)",
    "signs": "numpy.sign(X[1] - 45) * numpy.absolute(X[1] - 45) + numpy.negative(X[1]) + numpy.square(X[1]) + numpy.sqrt(X[1])",
    "extremes": "numpy.fmin(X[1], 40) + numpy.fmax(X[1], 60)",
    "maths": "math.exp(X[1] / 50) + math.log(X[0]) + math.pow(X[1], 2) + math.fabs(X[1] - 40) + math.floor(X[1] / 3) + math.ceil(X[1] / 3) + math.trunc(X[1] / 7)",
    "reciprocal": "numpy.reciprocal(X[0]) * 1000",
    "angles": "numpy.radians(X[1]) + numpy.degrees(X[1])",
    "clip": "numpy.clip(X[1], 30, 60)",
    "atan": "math.atan2(X[1], 50)",
}
for name, text in EXPRESSIONS.items():
    each({f"expression-{name}": lambda text=text: [ExpressionTransformer(text), LinearRegression()]}, numeric)


def two_holed(data):
    """Gaps where the expressions look: the library counts gaps of other columns, the document does not."""
    return Dataset(data.name, gaps(data.x, names=["income", "age"]), data.y, data.licence)


GAPPED = {
    "missing-default": lambda: [ExpressionTransformer("X[0] / X[1]", default_value=-1.0), LinearRegression()],
    "missing-mapped": lambda: [ExpressionTransformer("X[0] - X[1]", map_missing_to=-1.0), LinearRegression()],
    "is-null": lambda: [ExpressionTransformer("-1.0 if pandas.isnull(X[0]) else X[0]"), LinearRegression()],
    "not-null": lambda: [ExpressionTransformer("X[0] if pandas.notnull(X[0]) and X[0] > 20000 else 0.0"), LinearRegression()],
}
each({f"expression-{name}": steps for name, steps in GAPPED.items()}, lambda: two_holed(numeric()))
for function in ["min", "max", "mean", "avg", "sum", "prod"]:
    each({f"aggregate-{function}": lambda f=function: [AggregateTransformer(f), LinearRegression()]}, numeric)


def of(column, *transformers, encode=False, first=()):
    """The column through the transformers, as a number or one column per word. The imputer makes a matrix of the frame."""
    head = first or [SimpleImputer(strategy="most_frequent")]
    tail = OneHotEncoder(handle_unknown="ignore") if encode is True else encode() if encode else StandardScaler()
    return [ColumnTransformer([("one", make_pipeline(*head, *transformers, tail), column)]), Ridge()]


NUMBERS = {
    "cut": lambda: of(["age"], CutTransformer([0, 30, 45, 60, 120], labels=["a", "b", "c", "d"]), encode=True),
    "cut-left": lambda: of(["age"], CutTransformer([0, 30, 45, 60, 120], right=False, labels=["a", "b", "c", "d"]), encode=True),
    "cut-codes": lambda: of(["age"], CutTransformer([0, 30, 45, 60, 120], labels=False), encode=True),
    "power-function": lambda: of(["age"], PowerFunctionTransformer(3)),
    "cast": lambda: [ExpressionTransformer("X[0] / 7 - 3000"), CastTransformer("int64"), LinearRegression()],
    "identity": lambda: of(["income"], IdentityTransformer()),
    "number-format": lambda: of(["age"], NumberFormatter("%.1f"), encode=True),
    "select-unique": lambda: [StandardScaler(), SelectUnique(), LinearRegression()],
    "lookup-number": lambda: of(["age"], LookupTransformer({float(a): float(a % 7) for a in range(18, 60)}, -1.0), Reshaper((-1, 1))),
    "alias": lambda: [Alias(ExpressionTransformer("X[1] / 2"), "half"), LinearRegression()],
}
each(NUMBERS, numeric)

WORDS = {
    "lookup": lambda: of(["employment"], LookupTransformer({"employed": 2.0, "retired": 1.5, "none": 0.0}, -1.0), Reshaper((-1, 1))),
    "lookup-words": lambda: of(["employment"], LookupTransformer({"employed": "work", "self-employed": "work"}, "rest"), Reshaper((-1, 1)), encode=True),
    "lookup-filter": lambda: of(["employment"], FilterLookupTransformer({"self-employed": "employed"}), Reshaper((-1, 1)), encode=True),
    "lookup-two": lambda: of(
        ["employment", "region"],
        MultiLookupTransformer({("employed", "east"): 3.0, ("retired", "o'west"): 2.0, ("none", "east"): 1.0}, 0.0),
        Reshaper((-1, 1)),
    ),
    "concat": lambda: of(["employment", "region"], ConcatTransformer("/"), encode=True),
}
each(WORDS, limits)


# codes such as "Ab-012 x"
CODES = {
    "matches": lambda: of(["code"], MatchesTransformer(r"^[aA]b-0"), encode=True),
    "replace": lambda: of(["code"], ReplaceTransformer(r"[0-9]+", "#"), encode=True),
    "replace-groups": lambda: of(["code"], ReplaceTransformer(r"(\w+)-(\d)\d*", r"\2\1"), encode=True),
    "substring": lambda: of(["code"], SubstringTransformer(0, 2), encode=True),
    "upper": lambda: of(["code"], StringNormalizer("uppercase"), SubstringTransformer(0, 2), encode=True),
    "lower": lambda: of(["code"], StringNormalizer("lowercase", trim_blanks=False), SubstringTransformer(0, 4), encode=True),
    "length": lambda: of(["code"], StringLengthTransformer()),
    "trimmed-length": lambda: of(["code"], StringNormalizer(), StringLengthTransformer()),
    "words": lambda: of(["code"], WordCountTransformer()),
    "text-expression": lambda: of(["code"], ExpressionTransformer("X[0][0:2] + '.' + X[0].upper()"), SubstringTransformer(0, 5), encode=True),
    "text-methods": lambda: of(
        ["code"], ExpressionTransformer("1 if X[0].lower().startswith('ab') and len(X[0]) > 7 else 0")
    ),
    "text-search": lambda: of(["code"], ExpressionTransformer("1 if re.search(r'[5-9]{2}', X[0]) else 0")),
}
each(CODES, visits)
# the formatter gives a series, which this encoder takes
LABELS = PMMLLabelBinarizer
of_day = partial(of, ["day"], first=[DateDomain()])
of_moment = partial(of, ["moment"], first=[DateTimeDomain()])
MOMENTS = {
    "days-since-year": lambda: of_day(DaysSinceYearTransformer(1970)),
    "days-since-1960": lambda: of_day(DaysSinceYearTransformer(1960)),
    "seconds-since-year": lambda: of_moment(SecondsSinceYearTransformer(2000)),
    "seconds-since-midnight": lambda: of_moment(SecondsSinceMidnightTransformer()),
    "weekday": lambda: of_day(DateTimeFormatter("%w"), encode=LABELS),
    "month": lambda: of_moment(DateTimeFormatter("%Y-%m"), encode=LABELS),
    "hour": lambda: of_moment(DateTimeFormatter("%H:%M"), SubstringTransformer(0, 1), encode=LABELS),
    "day-of-year": lambda: of_day(DateTimeFormatter("%j"), SubstringTransformer(0, 2), encode=LABELS),
}


def on_days():
    """Days without a time of day."""
    data = visits()
    return Dataset(data.name, data.x.assign(day=data.x["day"].dt.normalize()), data.y, data.licence)


each(MOMENTS, on_days)


# what follows the prediction
def decided(target, decisions, answer):
    return lambda pipeline, rows: pd.DataFrame({target: pipeline.predict(rows), **answer(pipeline, rows)})


AFTER = {
    "predict-expression": (
        lambda: pipeline_of(LinearRegression(), predict_transformer=Alias(ExpressionTransformer("X[0] * 2 + 1"), "twice", prefit=True)),
        lambda p, rows: pd.DataFrame({"limit": p.predict(rows), "twice": p.predict(rows) * 2 + 1}),
    ),
    "predict-cut": (
        lambda: pipeline_of(
            LinearRegression(),
            predict_transformer=Alias(CutTransformer([-1e6, 5000, 8000, 1e6], labels=["low", "mid", "high"]), "band", prefit=True),
        ),
        lambda p, rows: pd.DataFrame(
            {"limit": p.predict(rows), "band": pd.cut(p.predict(rows), [-1e6, 5000, 8000, 1e6], labels=["low", "mid", "high"]).astype(object)}
        ),
    ),
    "decision": (
        lambda: pipeline_of(
            LinearRegression(),
            predict_transformer=Alias(
                BusinessDecisionTransformer(
                    ExpressionTransformer("'grant' if X[0] > 8000 else 'ask'"), "Grant it?", [("grant", "Grant it"), ("ask", "Ask somebody")]
                ),
                "decision",
                prefit=True,
            ),
        ),
        lambda p, rows: pd.DataFrame({"limit": p.predict(rows), "decision": np.where(p.predict(rows) > 8000, "grant", "ask")}),
    ),
}
for name, (steps, expect) in AFTER.items():
    each({name: steps}, numeric, expect=expect)
CHANCES = {
    "probability-expression": (
        lambda: pipeline_of(
            LogisticRegression(max_iter=5000),
            predict_proba_transformer=Alias(ExpressionTransformer("'sure' if X[1] > 0.8 else 'unsure'"), "certainty", prefit=True),
        ),
        lambda p, rows: {"certainty": np.where(p.predict_proba(rows)[:, 1] > 0.8, "sure", "unsure")},
    ),
}
for name, (steps, answer) in CHANCES.items():
    each({name: steps}, two_flowers, expect=decided("species", name, answer))


def winning(pipeline):
    pipeline.configure(winner_id=True)
    return pipeline


LEAVES = {
    "leaf-tree": lambda: winning(pipeline_of(DecisionTreeRegressor(max_depth=3, random_state=SEED), apply_transformer=IdentityTransformer())),
    "leaf-lookup": lambda: winning(
        pipeline_of(
            DecisionTreeRegressor(max_leaf_nodes=3, random_state=SEED),
            apply_transformer=Alias(LookupTransformer({1: "first", 3: "third"}, "other"), "leaf", prefit=True),
        )
    ),
}
NAMES = {1: "first", 3: "third"}
each({"leaf-tree": LEAVES["leaf-tree"]}, numeric, expect=lambda p, r: pd.DataFrame({"limit": p.predict(r), "nodeId": np.ravel(p.apply(r))}))
each(
    {"leaf-lookup": LEAVES["leaf-lookup"]},
    numeric,
    expect=lambda p, r: pd.DataFrame({"limit": p.predict(r), "leaf": [NAMES.get(int(leaf), "other") for leaf in np.ravel(p.apply(r))]}),
)


# earlier records, in the order of the rows
def in_order():
    return numeric().x.iloc[:24].reset_index(drop=True)


def lagged(step):
    before = make_pipeline(ContinuousDomain(), step, SimpleImputer())
    return [ColumnTransformer([("now", "passthrough", ["debt"]), ("before", before, ["income", "age"])]), LinearRegression()]


def in_one_block(pipeline, rows):
    """The library wants None for no blocks, the converter an empty list."""
    expected = predicted("limit")(pipeline, rows)
    pipeline.steps[0][1].named_transformers_["before"].steps[1][1].block_indicators = []
    return expected


EARLIER = {
    "lag": lambda: lagged(LagTransformer(1)),
    "lag-three": lambda: lagged(LagTransformer(3)),
    **{f"rolling-{f}": lambda f=f: lagged(RollingAggregateTransformer(f, 4)) for f in ["avg", "max", "min", "sum"]},
}
each(EARLIER, numeric, expect=in_one_block, sample=in_order())

# models of models
each(
    {
        "select-first": lambda: [
            SelectFirstRegressor(
                [("old", LinearRegression(), "X[1] > 60"), ("middle", DecisionTreeRegressor(max_depth=2, random_state=SEED), "X[1] > 40"), ("rest", Ridge(), "True")]
            )
        ],
        "boosted-line": lambda: [GBDTLMRegressor(RandomForestRegressor(n_estimators=3, max_depth=3, random_state=SEED), LinearRegression())],
        "select-first-transformer": lambda: [
            ColumnTransformer(
                [("age", SelectFirstTransformer([("old", StandardScaler(), "X[0] > 50"), ("rest", IdentityTransformer(), "True")]), ["age"])]
            ),
            LinearRegression(),
        ],
        "expression-regressor": lambda: [told(ExpressionRegressor(Expression("X[0] / 10 - X[2] * 0.2 + X[1]"), "none"))],
        "expression-regressor-exp": lambda: [told(ExpressionRegressor(Expression("X[1] / 10"), "exp"))],
        "neural-transformer": lambda: [
            StandardScaler(),
            FeatureUnion([("net", MLPTransformer(MLPRegressor(hidden_layer_sizes=(4, 2), random_state=SEED, max_iter=300)))]),
            LinearRegression(),
        ],
    },
    numeric,
    tolerance=FLOAT,
)
each(
    {
        "boosted-logistic": lambda: [
            GBDTLRClassifier(GradientBoostingClassifier(n_estimators=3, max_depth=2, random_state=SEED), LogisticRegression(max_iter=2000))
        ],
        "forest-logistic": lambda: [
            GBDTLRClassifier(RandomForestClassifier(n_estimators=3, max_depth=2, random_state=SEED), LogisticRegression(max_iter=2000))
        ],
    },
    two_flowers,
    tolerance=FLOAT,
)


each({
        "select-first-classifier": lambda: [
            SelectFirstClassifier([("long", LogisticRegression(max_iter=2000), "X[0] > 6"), ("rest", DecisionTreeClassifier(max_depth=2, random_state=SEED), "True")])
        ],
}, two_flowers, expect=predicted("species"), tolerance=FLOAT)


def two_answers():
    data = numeric()
    y = pd.DataFrame({"limit": data.y, "half": (data.y / 2 + data.x["age"]).round(2)})
    return Dataset(data.name, data.x, y, data.licence)


def both_numbers(pipeline, rows):
    return pd.DataFrame(np.asarray(pipeline.predict(rows)), columns=["limit", "half"])


each(
    {
        "estimator-chain": lambda: [EstimatorChain([("first", LinearRegression(), str(True)), ("second", Ridge(), str(True))], multioutput=True)],
        "estimator-chain-link": lambda: [
            EstimatorChain([("first", Link(LinearRegression(), augment_funcs=["predict"]), str(True)), ("second", Ridge(), str(True))], multioutput=True)
        ],
    },
    two_answers,
    expect=both_numbers,
)


# rules
RULES = [
    ("X['petal_length'] < 2.5", "setosa"),
    ("X['petal_width'] < 1.7 and X['petal_length'] < 5.2", "versicolor"),
    ("X['sepal_length'] > 7 or X['petal_width'] >= 1.7", "virginica"),
]
each(
    {"rules": lambda: [told(RuleSetClassifier(RULES, default_score="versicolor"))], "rules-no-default": lambda: [told(RuleSetClassifier(RULES[:2]))]},
    flowers,
    expect=predicted("species"),
)


if __name__ == "__main__":
    run(CASES)

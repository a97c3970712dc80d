"""Golden cases: every estimator of scikit-learn that sklearn2pmml converts, trees and boosting aside (sklearn_cases.py)."""

from functools import partial

import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.cross_decomposition import PLSRegression
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    AdaBoostRegressor,
    BaggingRegressor,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    StackingRegressor,
    VotingClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import (
    ARDRegression,
    BayesianRidge,
    ElasticNetCV,
    GammaRegressor,
    HuberRegressor,
    Lars,
    Lasso,
    LassoLars,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    OrthogonalMatchingPursuit,
    Perceptron,
    PoissonRegressor,
    QuantileRegressor,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
    SGDOneClassSVM,
    SGDRegressor,
    TheilSenRegressor,
    TweedieRegressor,
)
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor, RegressorChain
from sklearn.naive_bayes import CategoricalNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, NearestCentroid, NearestNeighbors
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR, NuSVC, NuSVR, OneClassSVM
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor

from datasets import SEED, Dataset
from golden import DOUBLE, FLOAT
from pmml_of import add_cases, gaps, golden, pipeline_of, run
from small import applications, claims, costs, counts, flowers, limits, patients, two_flowers

case = partial(
    golden,
    producer="scikit-learn, sklearn2pmml",
    packages=["scikit-learn", "sklearn2pmml", "numpy", "pandas"],
    script="sklearn_model_cases.py",
    tolerance=DOUBLE,
    seed=SEED,
    rows=24,
)
CASES = []


def each(prefix, estimators, dataset, **settings):
    add_cases(CASES, case, estimators, dataset, family="sklearn-", prefix=prefix, **settings)


def named(make):
    CASES.append(make)
    return make


# lines
NUMBERS = {
    "ard": lambda: [ARDRegression()],
    "bayesian-ridge": lambda: [BayesianRidge()],
    "elastic-net-cv": lambda: [ElasticNetCV(cv=3)],
    "huber": lambda: [HuberRegressor(max_iter=1000)],
    "lars": lambda: [Lars(n_nonzero_coefs=3)],
    "lasso": lambda: [Lasso(0.5)],
    "lasso-lars": lambda: [LassoLars(0.05)],
    "matching-pursuit": lambda: [OrthogonalMatchingPursuit(n_nonzero_coefs=2)],
    "pls": lambda: [PLSRegression(2)],
    "quantile": lambda: [QuantileRegressor(quantile=0.7, alpha=0.01)],
    "sgd-regressor": lambda: [StandardScaler(), SGDRegressor(random_state=SEED)],
    "theil-sen": lambda: [TheilSenRegressor(random_state=SEED)],
    "linear-svr": lambda: [StandardScaler(), LinearSVR(random_state=SEED, C=10, max_iter=10000)],
    "dummy-mean": lambda: [DummyRegressor()],
    "dummy-quantile": lambda: [DummyRegressor(strategy="quantile", quantile=0.3)],
    "transformed-target": lambda: [TransformedTargetRegressor(Ridge(), func=np.log, inverse_func=np.exp)],
    "transformed-target-root": lambda: [TransformedTargetRegressor(Ridge(), func=np.sqrt, inverse_func=np.square)],
}
each("", NUMBERS, patients)

LABELS = {
    "dummy-prior": lambda: [DummyClassifier(strategy="prior")],
    "dummy-constant": lambda: [DummyClassifier(strategy="constant", constant="virginica")],
    "linear-discriminant": lambda: [LinearDiscriminantAnalysis()],
    "linear-svc": lambda: [LinearSVC(random_state=SEED)],
    "logistic-cv": lambda: [LogisticRegressionCV(Cs=3, cv=3, max_iter=2000)],
    "perceptron": lambda: [Perceptron(random_state=SEED)],
    "ridge-classifier": lambda: [RidgeClassifier()],
    "sgd-log": lambda: [StandardScaler(), SGDClassifier(loss="log_loss", random_state=SEED)],
    "sgd-hinge": lambda: [StandardScaler(), SGDClassifier(random_state=SEED)],
    "grid-search": lambda: [GridSearchCV(LogisticRegression(max_iter=2000), {"C": [0.1, 1]}, cv=3)],
    "calibrated": lambda: [CalibratedClassifierCV(LogisticRegression(max_iter=2000), cv=3)],
    "calibrated-isotonic": lambda: [CalibratedClassifierCV(LogisticRegression(max_iter=2000), method="isotonic", cv=3)],
    "calibrated-whole": lambda: [CalibratedClassifierCV(LinearSVC(), ensemble=False, cv=3)],
    "one-vs-rest-tree": lambda: [OneVsRestClassifier(DecisionTreeClassifier(max_depth=2, random_state=SEED))],
    "gaussian": lambda: [GaussianNB()],
    "extra-tree": lambda: [ExtraTreeClassifier(max_depth=4, random_state=SEED)],
    "frozen": lambda: [FrozenEstimator(LogisticRegression(max_iter=2000).fit(flowers().x, flowers().y))],
}
each("", LABELS, flowers)
# the document has no probabilities
species = lambda p, s: pd.DataFrame({"species": p.predict(s)})  # noqa: E731
each("", {"nearest-centroid": lambda: [NearestCentroid()]}, flowers, expect=species)

TWO = {
    "linear-discriminant": lambda: [LinearDiscriminantAnalysis()],
    "linear-svc": lambda: [LinearSVC(random_state=SEED)],
    "perceptron": lambda: [Perceptron(random_state=SEED)],
    "ridge-classifier": lambda: [RidgeClassifier()],
    "sgd-log": lambda: [StandardScaler(), SGDClassifier(loss="log_loss", random_state=SEED)],
    "calibrated": lambda: [CalibratedClassifierCV(LogisticRegression(max_iter=2000), cv=3)],
    "calibrated-svc": lambda: [CalibratedClassifierCV(LinearSVC(), cv=3)],
    "threshold": lambda: [FixedThresholdClassifier(LogisticRegression(max_iter=2000), threshold=0.3, pos_label="virginica", response_method="predict_proba")],
    "gaussian": lambda: [GaussianNB()],
    "voting-hard": lambda: [
        VotingClassifier([("line", LogisticRegression(max_iter=2000)), ("near", GaussianNB()), ("centre", RidgeClassifier())])
    ],
    "boosted-exponential": lambda: [
        GradientBoostingClassifier(loss="exponential", n_estimators=5, max_depth=2, random_state=SEED)
    ],
}
each("two-", TWO, two_flowers)
HUBER = lambda: [StandardScaler(), SGDClassifier(loss="modified_huber", random_state=SEED)]  # noqa: E731
each("two-", {"sgd-huber": HUBER}, two_flowers, expect=species)

# generalized lines
MIXED = lambda scaler=None: ColumnTransformer(  # noqa: E731
    [("numbers", scaler or StandardScaler(), ["age", "power"]), ("words", OneHotEncoder(), ["garage", "zone"])]
)
GENERAL = {
    "poisson": lambda: [MIXED(), PoissonRegressor()],
}
each("", GENERAL, claims)
COSTS = {
    "tweedie": lambda: [MIXED(), TweedieRegressor(power=1.5, max_iter=1000)],
    "tweedie-normal": lambda: [MIXED(), TweedieRegressor(power=0)],
    "tweedie-identity": lambda: [MIXED(), TweedieRegressor(power=0, link="identity")],
}
each("", COSTS, costs)
each("", {"gamma": lambda: [StandardScaler(), GammaRegressor()]}, patients)

# support vectors
KERNELS = {
    "linear": {"kernel": "linear"},
    "poly": {"kernel": "poly", "degree": 3, "coef0": 1.0},
    "rbf": {"kernel": "rbf"},
    "sigmoid": {"kernel": "sigmoid", "gamma": 0.02, "coef0": -0.5},
}
for kernel, settings in KERNELS.items():
    each("svc-", {kernel: lambda s=settings: [SVC(**s)]}, flowers)
    each("two-svc-", {kernel: lambda s=settings: [StandardScaler(), SVC(**s)]}, two_flowers)
    each("svr-", {kernel: lambda s=settings: [StandardScaler(), SVR(C=10, **s)]}, patients)
each("", {"nu-svc": lambda: [NuSVC(nu=0.2)], "svc-scaled": lambda: [MinMaxScaler(), SVC(C=5)]}, flowers)
each("", {"nu-svr": lambda: [StandardScaler(), NuSVR(C=10)]}, patients)

# neural networks
for activation in ["identity", "logistic", "tanh", "relu"]:
    shape = {"hidden_layer_sizes": (5, 3), "activation": activation, "random_state": SEED, "max_iter": 300}
    each("neural-", {activation: lambda s=shape: [StandardScaler(), MLPClassifier(**s)]}, flowers)
    each("neural-regressor-", {activation: lambda s=shape: [StandardScaler(), MLPRegressor(**s)]}, patients)
each("two-", {"neural": lambda: [StandardScaler(), MLPClassifier(hidden_layer_sizes=(4,), max_iter=300, random_state=SEED)]}, two_flowers)

# naive Bayes
each("", {"multinomial": lambda: [MultinomialNB()], "complement": lambda: [ComplementNB()]}, counts)
WORDS = lambda: ColumnTransformer([("words", OrdinalEncoder(), ["employment", "region"])])  # noqa: E731
each("", {"categorical-bayes": lambda: [WORDS(), CategoricalNB()]}, applications)

# trees that the first cases lack
each(
    "",
    {
        "extra-tree-regressor": lambda: [ExtraTreeRegressor(max_depth=4, random_state=SEED)],
        "extra-trees-regressor": lambda: [ExtraTreesRegressor(n_estimators=5, max_depth=4, random_state=SEED)],
        "adaboost-regressor": lambda: [AdaBoostRegressor(DecisionTreeRegressor(max_depth=2), n_estimators=5, random_state=SEED)],
        "bagging-regressor": lambda: [BaggingRegressor(DecisionTreeRegressor(max_depth=3), n_estimators=5, random_state=SEED)],
        "bagging-features": lambda: [
            BaggingRegressor(LinearRegression(), n_estimators=4, max_features=2, random_state=SEED)
        ],
        "boosted-huber": lambda: [GradientBoostingRegressor(loss="huber", n_estimators=5, max_depth=2, random_state=SEED)],
        "stacking-regressor": lambda: [
            StackingRegressor([("line", LinearRegression()), ("near", KNeighborsRegressor(3))], final_estimator=Ridge())
        ],
        "stacking-passthrough": lambda: [
            StackingRegressor(
                [("line", Ridge()), ("lasso", Lasso())], final_estimator=LinearRegression(), passthrough=True
            )
        ],
        "isotonic": lambda: [ColumnTransformer([("one", "passthrough", ["bmi"])]), IsotonicRegression(out_of_bounds="clip")],
        "kernel-ridge": lambda: [StandardScaler(), KernelRidge(kernel="rbf", gamma=0.1)],
    },
    patients,
)


# neighbours: ties aside, the answer is the mean or the vote of the nearest
NEAR = {
    "neighbors": lambda: [KNeighborsClassifier(5)],
    "neighbors-distance": lambda: [KNeighborsClassifier(4, weights="distance", metric="manhattan")],
    "neighbors-minkowski": lambda: [KNeighborsClassifier(3, metric="minkowski", p=3)],
}


def votes(pipeline, sample):
    return pd.DataFrame({"species": pipeline.predict(sample)})


def beside(data):
    """Rows between the trained ones, so that no two neighbours are equally near."""
    random = np.random.default_rng(SEED)
    sample = data.rows(24)
    return (sample + random.uniform(-0.04, 0.04, sample.shape)).round(4)


def thinned(data, every):
    return Dataset(data.name, data.x.iloc[::every].reset_index(drop=True), data.y.iloc[::every].reset_index(drop=True), data.licence)


for suffix, steps in NEAR.items():
    each("", {suffix: steps}, lambda: thinned(flowers(), 3), expect=votes, sample=beside(flowers()))
each(
    "",
    {
        "neighbors-regressor": lambda: [KNeighborsRegressor(4)],
        "neighbors-regressor-distance": lambda: [StandardScaler(), KNeighborsRegressor(3, weights="distance")],
    },
    lambda: thinned(patients(), 2),
    sample=patients().rows(24).iloc[:, :] + np.random.default_rng(SEED).uniform(-0.001, 0.001, (24, 4)).round(5),
)
MATCHES = {
    "neighbors-hamming": lambda: [
        ColumnTransformer([("words", OneHotEncoder(sparse_output=False), ["employment", "region"]), ("n", "passthrough", ["age", "debt"])]),
        KNeighborsClassifier(3, metric="manhattan"),
    ],
}
each("", MATCHES, lambda: applications(rows=60), expect=lambda p, s: pd.DataFrame({"approved": p.predict(s)}))


@named
def nearest():
    """The numbers of the nearest flowers; the converter counts them from zero as the library does."""
    near = lambda p, s: pd.DataFrame({f"neighbor({i + 1})": ids for i, ids in enumerate(p._final_estimator.kneighbors(s, return_distance=False).T)})  # noqa: E731, E501
    data = thinned(flowers(), 3)
    case(data, "sklearn-nearest", pipeline_of(NearestNeighbors(n_neighbors=3)), expect=near, sample=beside(flowers()))


# groups
def groups(pipeline, sample):
    expected = {"cluster": pipeline.predict(sample)}
    head = sample
    for _, step in pipeline.steps[:-1]:
        head = step.transform(head)
    for i, distances in enumerate(pipeline._final_estimator.transform(head).T):
        expected[f"affinity({i})"] = distances**2
    return pd.DataFrame(expected)


GROUPS = {
    "kmeans": lambda: [KMeans(3, n_init=2, random_state=SEED)],
    "kmeans-scaled": lambda: [StandardScaler(), KMeans(4, n_init=2, random_state=SEED)],
    "mini-batch-kmeans": lambda: [MiniBatchKMeans(3, n_init=2, random_state=SEED)],
}
# squared distances near zero lose digits
each("", GROUPS, flowers, expect=groups, tolerance={"rel": 1e-9, "abs": 1e-9})


# outliers
def strangers(pipeline, sample):
    found = pipeline.predict(sample)
    return pd.DataFrame(
        {
            "decisionFunction": pipeline.decision_function(sample),
            "outlier": found == -1,
            "predict(outlier)": found,
        }
    )


def far(data):
    sample = data.rows(20)
    return pd.concat([sample, sample.iloc[:4] * 1.7]).reset_index(drop=True)


FOREST = {"n_estimators": 5, "max_samples": 32, "random_state": SEED}
# the trees take floats
each(
    "",
    {
        "isolation-trees": lambda: [IsolationForest(**FOREST)],
        "isolation-contaminated": lambda: [IsolationForest(**FOREST, contamination=0.2)],
    },
    flowers,
    expect=strangers,
    sample=far(flowers()),
    tolerance=FLOAT,
)
each(
    "",
    {
        "one-class-rbf": lambda: [OneClassSVM(nu=0.2, gamma=0.3)],
        "one-class-linear": lambda: [StandardScaler(), OneClassSVM(kernel="linear", nu=0.3)],
        "one-class-sgd": lambda: [StandardScaler(), SGDOneClassSVM(random_state=SEED)],
    },
    flowers,
    expect=strangers,
    sample=far(flowers()),
)


# several targets
def two_numbers():
    data = patients()
    y = pd.DataFrame({"progression": data.y, "pressure": (data.y * 0.1 + data.x["bp"] * 100).round(3)})
    return Dataset(data.name, data.x, y, data.licence)


def two_labels():
    data = flowers()
    wide = np.where(data.x["sepal_width"] > 3, "wide", "narrow")
    return Dataset(data.name, data.x, pd.DataFrame({"species": data.y, "width": pd.Series(wide, dtype=object)}), data.licence)


def columns(names):
    return lambda pipeline, sample: pd.DataFrame(pipeline.predict(sample), columns=names)


several = columns(["progression", "pressure"])
each(
    "",
    {
        "multi-output": lambda: [MultiOutputRegressor(Ridge())],
        "regressor-chain": lambda: [RegressorChain(Ridge())],
        "multi-linear": lambda: [LinearRegression()],
        "multi-neural": lambda: [StandardScaler(), MLPRegressor(hidden_layer_sizes=(4,), random_state=SEED, max_iter=200)],
        "multi-neighbors": lambda: [KNeighborsRegressor(3)],
    },
    two_numbers,
    expect=several,
)
each(
    "",
    {
        "multi-classifier": lambda: [MultiOutputClassifier(LogisticRegression(max_iter=2000))],
    },
    two_labels,
    expect=columns(["species", "width"]),
)


def two_codes():
    """A chain takes numbers as labels."""
    data = two_labels()
    y = pd.DataFrame({"long": (data.x["petal_length"] > 4).astype(int), "wide": (data.x["sepal_width"] > 3).astype(int)})
    return Dataset(data.name, data.x, y, data.licence)


chained = lambda p, s: pd.DataFrame(p.predict(s).astype(int), columns=["long", "wide"])  # noqa: E731
each("", {"classifier-chain": lambda: [ClassifierChain(LogisticRegression(max_iter=2000))]}, two_codes, expect=chained)


# histogram boosting on words and gaps
def holed(data):
    return Dataset(data.name, gaps(data.x, names=["income", "age", "debt"]), data.y, data.licence)


CODED = lambda: ColumnTransformer(  # noqa: E731
    [("numbers", "passthrough", ["income", "age", "debt"]), ("words", OrdinalEncoder(), ["employment", "region"])]
)
STEPS = {"max_iter": 6, "max_leaf_nodes": 8, "categorical_features": [3, 4], "random_state": SEED}
each("", {"hist-words": lambda: [CODED(), HistGradientBoostingClassifier(**STEPS)]}, lambda: holed(applications()))
each("", {"hist-words-regressor": lambda: [CODED(), HistGradientBoostingRegressor(**STEPS)]}, lambda: holed(limits()))


# trees with gaps, and the other forms that the converter gives a tree
def configured(pipeline, **options):
    pipeline.configure(**options)
    return pipeline


GAPS = lambda: ColumnTransformer([("numbers", "passthrough", ["income", "age", "debt"])])  # noqa: E731
TREES = {
    "tree": lambda: DecisionTreeClassifier(max_depth=4, random_state=SEED),
    "forest": lambda: RandomForestClassifier(n_estimators=4, max_depth=4, random_state=SEED),
}
FORMS = {
    "missing": {"allow_missing": True},
    "missing-plain": {"allow_missing": True, "compact": False},
    "plain": {"compact": False},
    "flat": {"flat": True},
    "pruned": {"prune": True},
    "numeric": {"numeric": False},
    "doubles": {"input_float": False},
    "ids": {"node_id": True, "node_score": True, "winner_id": True, "compact": False},
}
for kind, tree in TREES.items():
    for form, options in FORMS.items():

        def make(kind=kind, form=form, tree=tree, options=options):
            data = applications("missing" in form)
            case(data, f"sklearn-{kind}-{form}", configured(pipeline_of(GAPS(), tree()), **options))

        make.__name__ = f"{kind}-{form}"
        CASES.append(make)


if __name__ == "__main__":
    run(CASES)

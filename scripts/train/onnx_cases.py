"""
Golden cases of the format `onnx`: scikit-learn pipelines exported with skl2onnx; test/golden/onnx/<dataset>-<pipeline>/ with model.onnx,
input.csv (fields of records, empty = missing), expected.csv (scikit-learn's own predict and predict_proba), origin.json (with
the options that the case is loaded with).
"""

import json
import os
import platform
import shutil
import sys
from importlib.metadata import version

os.environ["OMP_NUM_THREADS"] = "1"
# The exporter orders some parts by hashes of text.
if os.environ.get("PYTHONHASHSEED") != "0":
    os.environ["PYTHONHASHSEED"] = "0"
    os.execv(sys.executable, [sys.executable, *sys.argv])

import numpy as np
import onnx.helper
import pandas as pd
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    StackingRegressor,
    VotingClassifier,
)
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeRegressor

from datasets import SEED, Dataset, breast_cancer, diabetes, iris, loan_limits, loans, wine
from golden import FLOAT, ROOT, write_csv

GOLDEN = ROOT / "test" / "golden" / "onnx"
ROWS = 40
# Sums in 32 bits where scikit-learn has 64.
SINGLE = {"rel": 2e-4, "abs": 2e-5}
PACKAGES = ["scikit-learn", "skl2onnx", "onnx", "numpy", "pandas"]
NUMBERS = ["income", "age", "debt"]
WORDS = ["employment", "region"]


_make_attribute = onnx.helper.make_attribute


def make_attribute(key, value, *rest, **more):
    """skl2onnx 1.20 gives histogram boosting's nodes as truths and numbers of numpy, which onnx 1.23 does not take."""
    if isinstance(value, list):
        value = [int(one) if isinstance(one, (bool, np.bool_, np.integer)) else one for one in value]
    return _make_attribute(key, value, *rest, **more)


onnx.helper.make_attribute = make_attribute


def single(dataset):
    """The dataset with numbers that 32 bits hold, so that both sides compare the same numbers with thresholds."""
    x = dataset.x.copy()
    for name in x.select_dtypes("number"):
        x[name] = x[name].astype(np.float32).astype(np.float64)
    return Dataset(dataset.name, x, dataset.y, dataset.licence)


def with_text(dataset):
    """Missing text as the empty text, which is what a model of strings can take."""
    x = dataset.x.copy()
    for name in WORDS:
        x[name] = x[name].fillna("").astype(object)
    return Dataset(dataset.name, x, dataset.y, dataset.licence)


def expected_of(model, rows, target, methods):
    columns = {}
    for method in methods:
        answers = np.asarray(getattr(model, method)(rows))
        if method == "predict":
            if answers.ndim == 2 and answers.shape[1] > 1:
                columns.update({f"{target}_{k}": answers[:, k] for k in range(answers.shape[1])})
            else:
                columns[target] = answers.reshape(len(rows))
        elif method == "predict_proba":
            columns.update({f"probability({label})": answers[:, k] for k, label in enumerate(model.classes_)})
        else:
            answers = answers.reshape(len(rows), -1)
            columns.update({f"{method}_{k}": answers[:, k] for k in range(answers.shape[1])})
    return pd.DataFrame(columns)


def outputs_of(expected, names, target, zipmap):
    """
    The option `outputs` that gives the expected columns: those of the target are the graph's first output, all others (probabilities,
    distances) columns of its second.
    """
    first = [name for name in expected.columns if name == target or name.startswith(f"{target}_")]
    others = [name for name in expected.columns if name not in first]
    outputs = [{"name": name, "from": names[0], **({"column": k} if len(first) > 1 else {})} for k, name in enumerate(first)]
    for k, name in enumerate(others):
        outputs.append({"name": name, "from": names[1], "column": name[len("probability(") : -1] if zipmap else k})
    return outputs


def case(name, dataset, model, *, inputs=None, features=None, methods=("predict",), options=None, tolerance=SINGLE, rows=ROWS):
    if len(sys.argv) > 1 and not name.startswith(sys.argv[1]):
        return
    target = dataset.y.name
    model.fit(dataset.x if inputs else dataset.x.to_numpy(), dataset.y)
    width = dataset.x.shape[1]
    inputs = inputs or [("X", FloatTensorType([None, width]))]
    zipmap = (options or {}).get("zipmap", False)
    classifier = hasattr(model, "classes_")
    graph = to_onnx(
        model,
        initial_types=inputs,
        target_opset={"": 17, "ai.onnx.ml": 3},
        options={id(model): {"zipmap": zipmap}} if classifier else ({id(model): options} if options else None),
    )
    sample = dataset.rows(rows)
    expected = expected_of(model, sample if len(inputs) > 1 or inputs[0][1].shape[1] == 1 else sample.to_numpy(), target, methods)
    given = {"outputs": outputs_of(expected, [output.name for output in graph.graph.output], target, zipmap)}
    given["features"] = features or list(dataset.x.columns)
    folder = GOLDEN / f"{dataset.name}-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(graph.SerializeToString(deterministic=True))
    write_csv(folder / "input.csv", sample)
    write_csv(folder / "expected.csv", expected)
    origin = {
        "producer": "scikit-learn, skl2onnx",
        "versions": {"python": platform.python_version(), **{one: version(one) for one in PACKAGES}},
        "script": "scripts/train/onnx_cases.py",
        "licence": dataset.licence,
        "tolerance": tolerance,
        "seed": SEED,
        "rows": len(sample),
        "options": given,
    }
    (folder / "origin.json").write_text(json.dumps(origin, indent=2) + "\n", encoding="utf-8")
    print(f"{folder.name}: {sum(f.stat().st_size for f in folder.iterdir()):,} bytes", flush=True)


def columns_of(numbers, words, number_type=FloatTensorType):
    """One input per field."""
    return [(name, number_type([None, 1])) for name in numbers] + [(name, StringTensorType([None, 1])) for name in words]


def fields(numbers, words):
    """Records may leave any of them out."""
    return [{"field": name, "missing": "nan"} for name in numbers] + [{"field": name, "missing": ""} for name in words]


def table(numbers, words):
    """Numbers imputed and scaled, words one-hot; a word that training never saw is none of them."""
    return ColumnTransformer([("numbers", numbers, NUMBERS), ("words", words, WORDS)])


def reviews():
    """Made-up sentences, with a mood."""
    random = np.random.default_rng(SEED)
    good, bad = ["fine", "great", "lovely"], ["poor", "awful", "late"]
    plain = ["train", "seat", "coffee", "driver", "ticket", "window"]
    texts, moods = [], []
    for _ in range(120):
        mood = int(random.integers(0, 2))
        words = list(random.choice(plain, 4)) + list(random.choice(good if mood else bad, 2))
        random.shuffle(words)
        texts.append(" ".join(words).capitalize())
        moods.append("glad" if mood else "cross")
    x = pd.DataFrame({"review": pd.Series(texts, dtype=object)})
    return Dataset("reviews", x, pd.Series(moods, name="mood", dtype=object), "made by scripts/train/onnx_cases.py (Apache-2.0)")



def main():
    flowers, wines, tumours, patients = map(single, (iris(), wine(), breast_cancer(), diabetes()))
    applications, limits = with_text(single(loans())), with_text(single(loan_limits()))
    proba = ("predict", "predict_proba")

    case("logistic", flowers, make_pipeline(StandardScaler(), LogisticRegression(random_state=SEED)), methods=proba)
    case("logistic-maps", flowers, make_pipeline(StandardScaler(), LogisticRegression(random_state=SEED)), methods=proba, options={"zipmap": True})
    case("forest", flowers, RandomForestClassifier(12, max_depth=5, random_state=SEED), methods=proba, tolerance=FLOAT)
    case("neighbors", flowers, make_pipeline(RobustScaler(), KNeighborsClassifier(5)), methods=proba)
    case("naive-bayes", flowers, GaussianNB(), methods=proba)
    case("clusters", flowers, make_pipeline(StandardScaler(), KMeans(3, random_state=SEED, n_init=3)), methods=("predict", "transform"))
    case("pca-logistic", wines, make_pipeline(StandardScaler(), PCA(5), LogisticRegression(random_state=SEED)), methods=proba)
    voters = [("tree", RandomForestClassifier(5, max_depth=3, random_state=SEED)), ("line", LogisticRegression(max_iter=4000, random_state=SEED))]
    case("voting", wines, make_pipeline(StandardScaler(), VotingClassifier(voters, voting="soft", flatten_transform=False)), methods=proba)
    network = MLPClassifier((12, 6), max_iter=400, random_state=SEED)
    case("network", tumours, make_pipeline(StandardScaler(), network), methods=proba)
    case("vectors", tumours, make_pipeline(StandardScaler(), SVC(probability=False, random_state=SEED)))
    case("outliers", tumours, IsolationForest(n_estimators=8, max_samples=64, random_state=SEED))
    case("boosted", patients, GradientBoostingRegressor(n_estimators=12, max_depth=3, random_state=SEED))
    case("polynomial", patients, make_pipeline(PolynomialFeatures(2), Ridge(1e-2)))
    case("bins", patients, make_pipeline(KBinsDiscretizer(4, encode="onehot-dense", quantile_method="averaged_inverted_cdf"), LinearRegression()))
    models = [("tree", DecisionTreeRegressor(max_depth=4, random_state=SEED)), ("line", Ridge())]
    case("stacking", patients, StackingRegressor(models, final_estimator=LinearRegression()))
    # The mean and its deviation share what is transposed: onnxruntime 1.30's optimizer gets this wrong when it is let.
    few = Dataset(patients.name, patients.x[:60], patients.y[:60], patients.licence)
    process = GaussianProcessRegressor(RBF(0.2), alpha=0.5, optimizer=None, normalize_y=False)
    doubles = [("X", DoubleTensorType([None, patients.x.shape[1]]))]
    case("gaussian-process", few, process, inputs=doubles, options={"return_std": True}, tolerance={"rel": 1e-6, "abs": 1e-6})
    both = patients.with_target(pd.DataFrame({"a": patients.y, "b": patients.y * -2 + patients.x["bmi"] * 100}).rename_axis("targets"))
    both.y.name = "target"
    case("two-targets", both, Ridge(0.1))

    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    one_hot = table(numbers, OneHotEncoder(handle_unknown="ignore"))
    case("one-hot", applications, make_pipeline(one_hot, LogisticRegression(random_state=SEED)), methods=proba, inputs=columns_of(NUMBERS, WORDS), features=fields(NUMBERS, WORDS))
    ordinal = table(numbers, OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1))
    case("ordinal", limits, make_pipeline(ordinal, GradientBoostingRegressor(n_estimators=10, random_state=SEED)), inputs=columns_of(NUMBERS, WORDS), features=fields(NUMBERS, WORDS))
    # onnxruntime imputes no doubles and, without the locale en_US, changes no case: both are said in other operators at load.
    one_hot = table(make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), OneHotEncoder(handle_unknown="ignore"))
    case("doubles", limits, make_pipeline(one_hot, Ridge()), inputs=columns_of(NUMBERS, WORDS, DoubleTensorType), features=fields(NUMBERS, WORDS), tolerance={"rel": 1e-6, "abs": 1e-6})
    gaps = Dataset("loans", applications.x[NUMBERS], applications.y, applications.licence)
    boosted = HistGradientBoostingClassifier(max_iter=8, max_leaf_nodes=6, random_state=SEED)
    case("missing-boosted", gaps, boosted, methods=proba, features=fields(NUMBERS, []), tolerance=FLOAT)
    words = ColumnTransformer([("words", CountVectorizer(token_pattern=r"[a-z]+"), "review")])
    case("words", reviews(), make_pipeline(words, LogisticRegression(random_state=SEED)), methods=proba, inputs=[("review", StringTensorType([None, 1]))], features=["review"])


if __name__ == "__main__":
    main()

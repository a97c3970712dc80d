"""Golden cases of Spark ML: every other model and every transformer that JPMML-SparkML converts, one element each."""

import re
import sys

import pandas as pd
from pyspark.ml import Pipeline
from pyspark.ml.classification import (
    LinearSVC,
    LogisticRegression,
    MultilayerPerceptronClassifier,
    NaiveBayes,
    RandomForestClassifier,
)
from pyspark.ml.clustering import KMeans
from pyspark.ml.feature import (
    IDF,
    PCA,
    Binarizer,
    Bucketizer,
    ChiSqSelector,
    CountVectorizer,
    ElementwiseProduct,
    Imputer,
    IndexToString,
    Interaction,
    MaxAbsScaler,
    MinMaxScaler,
    NGram,
    OneHotEncoder,
    PolynomialExpansion,
    QuantileDiscretizer,
    RegexTokenizer,
    RFormula,
    RobustScaler,
    SQLTransformer,
    StandardScaler,
    StopWordsRemover,
    StringIndexer,
    Tokenizer,
    VectorAssembler,
    VectorIndexer,
    VectorSlicer,
)
from pyspark.ml.linalg import Vectors
from pyspark.ml.regression import (
    DecisionTreeRegressor,
    GeneralizedLinearRegression,
    IsotonicRegression,
    LinearRegression,
)
from pyspark2pmml import PMMLBuilder

from datasets import SEED, Dataset
from golden import DOUBLE
from pmml_of import gaps
from small import applications, claims, flowers, limits, patients, reviews, two_flowers
from spark_cases import frame_of, session, write

CASES = []


def floats(data):
    """`age` and `power` as doubles."""
    return Dataset(data.name, data.x[["age", "power"]].astype(float), data.y.astype(float), data.licence)


def insured():
    return floats(claims())


def words_alone(text):
    return re.sub(r"[^\w\s]", "", text)


def notes():
    """The reviews without the punctuation, which the converter does not take."""
    data = reviews()
    return Dataset("notes", data.x.map(words_alone), data.y, data.licence)


def case(name, dataset, steps, expect=None, sample=None, tolerance=DOUBLE):
    CASES.append((name, dataset, steps, expect, sample, tolerance))


def make(spark, name, dataset, steps, expect, sample, tolerance):
    data = dataset()
    frame = frame_of(spark, data.x, data.y)
    model = Pipeline(stages=steps()).fit(frame)
    pmml = PMMLBuilder(frame, model).buildString()
    rows = data.rows(24) if sample is None else sample()
    scored = model.transform(frame_of(spark, rows)).collect()
    labels = labels_of(model)
    expected = (expect or answer)(scored, data.y.name, labels)
    write(data, f"spark-{name}", pmml, rows, expected, tolerance=tolerance)


def labels_of(model):
    for stage in model.stages:
        if hasattr(stage, "labelsArray") and stage.getOutputCol() == "label":
            return list(stage.labelsArray[0])
    return None


def answer(scored, target, labels):
    """Prediction and, of a classifier, the word of the label and the probabilities."""
    numbers = [float(r["prediction"]) for r in scored]
    if labels is None:
        return pd.DataFrame({target: numbers, "prediction": numbers})
    expected = {target: [labels[int(n)] for n in numbers], "prediction": numbers}
    if "probability" in scored[0]:
        for i, label in enumerate(labels):
            expected[f"probability({label})"] = [float(r["probability"][i]) for r in scored]
    return pd.DataFrame(expected)


FLOWER = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
assembled = lambda names=FLOWER, out="features": VectorAssembler(inputCols=names, outputCol=out)  # noqa: E731
labelled = lambda name: StringIndexer(inputCol=name, outputCol="label", stringOrderType="alphabetAsc")  # noqa: E731

# models
case("multinomial-logistic", flowers, lambda: [labelled("species"), assembled(), LogisticRegression(family="multinomial", regParam=0.01)])
case("binomial-logistic", two_flowers, lambda: [labelled("species"), assembled(), LogisticRegression(family="binomial", threshold=0.7)])
case("linear-svc", two_flowers, lambda: [labelled("species"), assembled(), LinearSVC(maxIter=20)])
case("perceptron", flowers, lambda: [labelled("species"), assembled(), MultilayerPerceptronClassifier(layers=[4, 5, 3], seed=SEED, maxIter=30)])
case("bayes", flowers, lambda: [labelled("species"), assembled(), NaiveBayes()])


def clusters(scored, target, labels):
    return pd.DataFrame({"prediction": [int(r["prediction"]) for r in scored]})


case("kmeans", flowers, lambda: [assembled(), KMeans(k=3, seed=SEED)], clusters)
case("kmeans-cosine", flowers, lambda: [assembled(), KMeans(k=3, seed=SEED, distanceMeasure="cosine")], clusters)



case("isotonic", patients, lambda: [assembled(["bmi"]), IsotonicRegression(labelCol="progression")])
case("isotonic-falling", patients, lambda: [assembled(["bmi"]), IsotonicRegression(labelCol="progression", isotonic=False)])

FAMILIES = {
    "gaussian": ["identity", "log", "inverse"],
    "gamma": ["inverse", "log", "identity"],
    "poisson": ["log", "sqrt", "identity"],
    "binomial": ["logit", "probit", "cloglog"],
}
PATIENT = ["age", "bmi", "bp", "s5"]
for family, links in FAMILIES.items():
    for link in links:

        def steps(family=family, link=link):
            general = GeneralizedLinearRegression(family=family, link=link, maxIter=50)
            if family == "binomial":
                return [labelled("species"), assembled(), general.setLabelCol("label")]
            target = "claims" if family == "poisson" else "progression"
            return [assembled(["age", "power"] if family == "poisson" else PATIENT), general.setLabelCol(target)]

        def chance(scored, target, labels):
            numbers = [float(r["prediction"]) for r in scored]
            expected = {f"probability({labels[1]})": numbers, f"probability({labels[0]})": [1 - n for n in numbers]}
            return pd.DataFrame(expected)

        data = {"poisson": insured, "binomial": two_flowers}.get(family, patients)
        case(f"glm-{family}-{link}", data, steps, chance if family == "binomial" else None)
# numbers
line = lambda target="progression", features="features": LinearRegression(labelCol=target, featuresCol=features)  # noqa: E731
SCALED = {
    "standard": lambda: StandardScaler(inputCol="raw", outputCol="features", withMean=True),
    "standard-plain": lambda: StandardScaler(inputCol="raw", outputCol="features"),
    "min-max": lambda: MinMaxScaler(inputCol="raw", outputCol="features", min=-1.0, max=2.0),
    "max-abs": lambda: MaxAbsScaler(inputCol="raw", outputCol="features"),
    "robust": lambda: RobustScaler(inputCol="raw", outputCol="features", withCentering=True),
    "pca": lambda: PCA(inputCol="raw", outputCol="features", k=2),
    "polynomial": lambda: PolynomialExpansion(inputCol="raw", outputCol="features", degree=2),
    "product": lambda: ElementwiseProduct(inputCol="raw", outputCol="features", scalingVec=Vectors.dense([2.0, -1.0, 0.5, 10.0])),
    "slicer": lambda: VectorSlicer(inputCol="raw", outputCol="features", indices=[1, 3]),
}
for name, scaler in SCALED.items():
    case(name, patients, lambda s=scaler: [assembled(PATIENT, "raw"), s(), line()])
CUTS = [float("-inf"), 30.0, 45.0, 60.0, float("inf")]
ONE = ["band"]
case("bucketizer", limits, lambda: [Bucketizer(inputCol="age", outputCol="band", splits=CUTS), assembled([*ONE, "debt"]), line("limit")])
case(
    "bucketizer-tree",
    limits,
    lambda: [Bucketizer(inputCol="age", outputCol="band", splits=CUTS), assembled([*ONE, "debt"]), DecisionTreeRegressor(labelCol="limit", maxDepth=3)],
)
case(
    "quantile-discretizer",
    limits,
    lambda: [QuantileDiscretizer(inputCol="age", outputCol="band", numBuckets=4), OneHotEncoder(inputCol="band", outputCol="bands"), assembled(["bands", "debt"]), line("limit")],
)
case("binarizer", limits, lambda: [Binarizer(inputCol="age", outputCol="band", threshold=45.0), assembled([*ONE, "debt"]), line("limit")])
NUMBERS = ["income", "age", "debt"]
holed = lambda data: Dataset(data.name, gaps(data.x, names=NUMBERS), data.y, data.licence)  # noqa: E731
FILLED = [f"{n}_filled" for n in NUMBERS]
for strategy in ["mean", "median"]:
    case(
        f"imputer-{strategy}",
        lambda: holed(limits()),
        lambda s=strategy: [Imputer(strategy=s, inputCols=NUMBERS, outputCols=FILLED), assembled(FILLED), line("limit")],
    )
case(
    "imputer-code",
    limits,
    lambda: [Imputer(missingValue=40.0, inputCols=["age"], outputCols=["filled"]), assembled(["filled", "debt"]), line("limit")],
)
for name, statement in {
    "arithmetic": "SELECT *, (income - debt) / age AS ratio, -debt AS owed, income AS rest FROM __THIS__",
    "case": "SELECT *, CASE WHEN age > 60 THEN 2 WHEN age > 40 THEN 1 ELSE 0 END AS ratio, IF(debt > 5000, 3, 4) AS owed, debt AS rest FROM __THIS__",
    "functions": "SELECT *, LN(income) + SQRT(age) + POW(debt / 1000, 2) AS ratio, FLOOR(age / 10) + CEIL(debt / 100) AS owed, ABS(age - 45) AS rest FROM __THIS__",
    "exponents": "SELECT *, EXP(age / 50) + EXPM1(age / 100) + LOG10(income) + LOG1P(debt) AS ratio, GREATEST(age, 40) AS owed, LEAST(age, 60) AS rest FROM __THIS__",
    "logic": "SELECT *, CAST(age > 30 AND (debt < 5000 OR NOT income > 30000) AS INT) AS ratio, CAST(age IN (20, 30, 40, 50) AS INT) AS owed, CAST(age >= 30 AND age <> 50 AS INT) AS rest FROM __THIS__",
    "trigonometry": "SELECT *, SIN(age) + COS(age) + TAN(age) AS ratio, ATAN(age) + TANH(age / 40) + SINH(age / 40) AS owed, COSH(age / 40) AS rest FROM __THIS__",
    "rounding": "SELECT *, RINT(age / 2) AS ratio, debt AS owed, CAST(income AS INT) AS rest FROM __THIS__",
}.items():
    case(f"sql-{name}", limits, lambda q=statement: [SQLTransformer(statement=q), assembled(["ratio", "owed", "rest"]), line("limit")])
for name, statement in {
    "text": "SELECT *, LENGTH(UPPER(region)) AS a, IF(LOWER(employment) = 'retired', 1, 0) AS b, IF(SUBSTRING(region, 1, 1) = 'e', 1, 0) AS c FROM __THIS__",
    "like": "SELECT *, IF(employment <> 'employed', 1, 0) AS a, IF(region RLIKE '^[ne]', 1, 0) AS b, LENGTH(CONCAT(employment, region)) AS c FROM __THIS__",
    "replace": "SELECT *, LENGTH(REPLACE(employment, 'e', '')) AS a, LENGTH(REGEXP_REPLACE(region, '[aeiou]', '--')) AS b, LENGTH(TRIM(region)) AS c FROM __THIS__",
}.items():
    case(f"sql-{name}", limits, lambda q=statement: [SQLTransformer(statement=q), assembled(["a", "b", "c"]), line("limit")])

# words
def unseen():
    sample = limits().rows(24)
    sample.loc[[1, 7], "region"] = "west"
    sample.loc[[1, 12], "employment"] = "student"
    return sample


WORDS = ["employment", "region"]
CODES = ["job", "place"]
ONES = ["job_is", "place_is"]
for order in ["frequencyDesc", "frequencyAsc", "alphabetDesc", "alphabetAsc"]:
    case(
        f"indexer-{order.lower()}",
        limits,
        lambda o=order: [StringIndexer(inputCols=WORDS, outputCols=CODES, stringOrderType=o), assembled([*CODES, "age"]), DecisionTreeRegressor(labelCol="limit", maxDepth=4)],
    )
case(
    "indexer-keep",
    limits,
    lambda: [StringIndexer(inputCols=WORDS, outputCols=CODES, handleInvalid="keep"), assembled([*CODES, "age"]), DecisionTreeRegressor(labelCol="limit", maxDepth=4)],
    sample=unseen,
)
for last in [True, False]:
    for invalid in ["error", "keep"]:
        case(
            f"one-hot{'' if last else '-all'}{'-keep' if invalid == 'keep' else ''}",
            limits,
            lambda d=last, i=invalid: [
                StringIndexer(inputCols=WORDS, outputCols=CODES, handleInvalid=i),
                OneHotEncoder(inputCols=CODES, outputCols=ONES, dropLast=d),
                assembled([*ONES, "debt"]),
                LinearRegression(labelCol="limit", regParam=0.01),
            ],
            sample=unseen if invalid == "keep" else None,
        )
case(
    "interaction",
    limits,
    lambda: [
        StringIndexer(inputCols=WORDS, outputCols=CODES),
        OneHotEncoder(inputCols=CODES, outputCols=ONES),
        Interaction(inputCols=["age", *ONES], outputCol="mixed"),
        assembled(["mixed", "debt"]),
        LinearRegression(labelCol="limit", regParam=0.01),
    ],
)
case(
    "vector-indexer",
    limits,
    lambda: [
        Bucketizer(inputCol="age", outputCol="band", splits=CUTS),
        assembled(["band", "debt"], "raw"),
        VectorIndexer(inputCol="raw", outputCol="features", maxCategories=5),
        DecisionTreeRegressor(labelCol="limit", maxDepth=4),
    ],
)
case(
    "chi-square",
    applications,
    lambda: [
        labelled("approved"),
        StringIndexer(inputCols=WORDS, outputCols=CODES),
        assembled([*CODES, "debt"], "raw"),
        ChiSqSelector(featuresCol="raw", outputCol="features", labelCol="label", numTopFeatures=2),
        RandomForestClassifier(numTrees=3, maxDepth=4, seed=SEED),
    ],
)
case(
    "formula",
    limits,
    lambda: [RFormula(formula="limit ~ income + employment:debt + region + age"), LinearRegression(regParam=0.01)],
)
case(
    "index-to-string",
    applications,
    lambda: [
        labelled("approved"),
        assembled(["income", "debt"]),
        LogisticRegression(),
        IndexToString(inputCol="prediction", outputCol="word", labels=["no", "yes"]),
    ],
)


# texts
def other_texts():
    return pd.DataFrame({"text": [*notes().rows(20)["text"], "GREAT great and great", "nothing of this is known", "the best story"]})


def counted(*before, words, idf=False):
    def steps():
        counts = CountVectorizer(inputCol=words, outputCol="counts" if idf else "features", minDF=1.0)
        after = [IDF(inputCol="counts", outputCol="features")] if idf else []
        return [labelled("kind"), *[b() for b in before], counts, *after, LogisticRegression(regParam=0.1)]

    return steps


split = lambda: Tokenizer(inputCol="text", outputCol="words")  # noqa: E731
case("tokenizer", notes, counted(split, words="words"), sample=other_texts)
case("idf", notes, counted(split, words="words", idf=True), sample=other_texts)
regex = lambda **s: lambda: RegexTokenizer(inputCol="text", outputCol="words", **s)  # noqa: E731
case("regex-gaps", notes, counted(regex(pattern=r"\s+"), words="words"), sample=other_texts)
pairs = lambda: NGram(inputCol="words", outputCol="pairs", n=2)  # noqa: E731
case("pairs", notes, counted(split, pairs, words="pairs"), sample=other_texts)
stops = lambda: StopWordsRemover(inputCol="words", outputCol="kept")  # noqa: E731
case("stop-words", notes, counted(split, stops, words="kept", idf=True), sample=other_texts)
case(
    "counts-binary",
    notes,
    lambda: [labelled("kind"), split(), CountVectorizer(inputCol="words", outputCol="features", binary=True), LogisticRegression(regParam=0.1)],
    sample=other_texts,
)
case(
    "text-forest",
    notes,
    lambda: [labelled("kind"), split(), CountVectorizer(inputCol="words", outputCol="features"), RandomForestClassifier(numTrees=3, maxDepth=3, seed=SEED)],
    sample=other_texts,
)


def main():
    wanted = sys.argv[1:]
    faults = []
    spark = session()
    for name, *rest in CASES:
        if wanted and not any(name.startswith(w) for w in wanted):
            continue
        try:
            make(spark, name, *rest)
        except Exception as error:  # a refusal of one converter must not hide the others
            faults.append(f"{name}: {type(error).__name__}: {str(error)[:400]!r}")
    spark.stop()
    print("\n".join(faults))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()

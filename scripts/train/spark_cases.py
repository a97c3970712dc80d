"""Golden cases trained with Spark ML and converted by JPMML-SparkML (whose jars come with pyspark2pmml)."""

from functools import partial

import pandas as pd
from pyspark.ml import Pipeline
from pyspark.ml.classification import (
    DecisionTreeClassifier,
    GBTClassifier,
    LogisticRegression,
    RandomForestClassifier,
)
from pyspark.ml.feature import RFormula
from pyspark.ml.regression import (
    DecisionTreeRegressor,
    GBTRegressor,
    LinearRegression,
    RandomForestRegressor,
)
from pyspark.sql import SparkSession
from pyspark2pmml import PMMLBuilder, spark_jars

from datasets import SEED, Dataset, breast_cancer, diabetes, iris, loan_limits, loans, wine
from golden import DOUBLE, write_case

write = partial(
    write_case,
    producer="Spark ML, JPMML-SparkML",
    packages=["pyspark", "pyspark2pmml", "scikit-learn"],
    script="spark_cases.py",
    tolerance=DOUBLE,
    seed=SEED,
)


def session():
    spark = (
        SparkSession.builder.master("local[1]")
        .config("spark.jars", spark_jars())
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.execution.arrow.pyspark.enabled", "false")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def plain(dataset):
    """Names without signs that a formula would read as operators."""
    x = dataset.x.rename(columns=lambda c: c.replace(" ", "_").replace("/", "_"))
    return Dataset(dataset.name, x, dataset.y, dataset.licence)


def frame_of(spark, x, y=None):
    columns = list(x.columns) + ([] if y is None else [y.name])
    rows = x.itertuples(index=False, name=None) if y is None else zip(*[x[c] for c in x.columns], y)
    kinds = ["double" if pd.api.types.is_numeric_dtype(x[c]) else "string" for c in x.columns]
    if y is not None:
        kinds.append("double" if pd.api.types.is_numeric_dtype(y) else "string")
    schema = ", ".join(f"`{c}` {k}" for c, k in zip(columns, kinds))
    # plain Python values: Spark takes no NumPy ones
    return spark.createDataFrame([tuple(v.item() if hasattr(v, "item") else v for v in row) for row in rows], schema)


def fit(spark, dataset, estimator, formula="."):
    """A fitted pipeline and its PMML. The formula numbers text labels by falling frequency."""
    frame = frame_of(spark, dataset.x, dataset.y)
    steps = [RFormula(formula=f"{dataset.y.name} ~ {formula}", stringIndexerOrderType="alphabetAsc"), estimator]
    model = Pipeline(stages=steps).fit(frame)
    return model, PMMLBuilder(frame, model).buildString()


def classifier(spark, dataset, algorithm, estimator, rows=60):
    model, pmml = fit(spark, dataset, estimator)
    numbered = model.transform(frame_of(spark, dataset.x, dataset.y)).schema["label"]
    labels = numbered.metadata["ml_attr"]["vals"]
    sample = dataset.rows(rows)
    scored = model.transform(frame_of(spark, sample)).collect()
    predicted = [int(r["prediction"]) for r in scored]
    expected = {
        dataset.y.name: [labels[i] for i in predicted],
        "prediction": [float(i) for i in predicted],
    }
    for i, label in enumerate(labels):
        expected[f"probability({label})"] = [float(r["probability"][i]) for r in scored]
    write(dataset, algorithm, pmml, sample, pd.DataFrame(expected))


def regressor(spark, dataset, algorithm, estimator, rows=60):
    model, pmml = fit(spark, dataset, estimator)
    sample = dataset.rows(rows)
    scored = model.transform(frame_of(spark, sample)).collect()
    numbers = [float(r["prediction"]) for r in scored]
    write(dataset, algorithm, pmml, sample, pd.DataFrame({dataset.y.name: numbers, "prediction": numbers}))


def main():
    spark = session()
    flowers, wines, tumours, patients = iris(), plain(wine()), plain(breast_cancer()), plain(diabetes())
    applications, limits = loans(False), loan_limits(False)

    classifier(spark, flowers, "spark-tree", DecisionTreeClassifier(maxDepth=4, seed=SEED))
    classifier(spark, flowers, "spark-forest", RandomForestClassifier(numTrees=10, maxDepth=5, seed=SEED))
    classifier(spark, flowers, "spark-logistic", LogisticRegression(maxIter=50))
    classifier(spark, wines, "spark-forest", RandomForestClassifier(numTrees=10, maxDepth=5, seed=SEED))
    classifier(spark, tumours, "spark-boosted", GBTClassifier(maxIter=8, maxDepth=3, seed=SEED))
    classifier(spark, tumours, "spark-logistic", LogisticRegression(maxIter=50, regParam=0.01))
    classifier(spark, applications, "spark-tree", DecisionTreeClassifier(maxDepth=5, seed=SEED))
    classifier(spark, applications, "spark-logistic", LogisticRegression(maxIter=50))
    regressor(spark, patients, "spark-linear", LinearRegression(maxIter=50))
    regressor(spark, patients, "spark-forest", RandomForestRegressor(numTrees=10, maxDepth=5, seed=SEED))
    regressor(spark, patients, "spark-boosted", GBTRegressor(maxIter=8, maxDepth=3, seed=SEED))
    regressor(spark, limits, "spark-regression-tree", DecisionTreeRegressor(maxDepth=5, seed=SEED))
    regressor(spark, limits, "spark-linear", LinearRegression(maxIter=50))
    spark.stop()


if __name__ == "__main__":
    main()

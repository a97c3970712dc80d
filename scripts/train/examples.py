"""examples/iris: the 150 flowers and models that take the same fields and give the same outputs, so that any can replace any."""

import json
import re

from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier
from pyspark.ml.classification import RandomForestClassifier

from datasets import SEED, iris
from golden import ROOT, without_time, write_csv
from pmml_of import pipeline_of, pmml_of
from spark_cases import fit, session

FOLDER = ROOT / "examples" / "iris"


def write(name, text):
    (FOLDER / name).write_text(text, encoding="utf-8")
    print(f"examples/iris/{name}: {len(text):,} characters", flush=True)


def sklearn_model(flowers, estimator, verify=0):
    pipeline = pipeline_of(estimator)
    pipeline.fit(flowers.x, flowers.y)
    if verify:
        pipeline.verify(flowers.rows(verify))
    return without_time(pmml_of(pipeline))


def spark_forest(flowers):
    spark = session()
    _, pmml = fit(spark, flowers, RandomForestClassifier(numTrees=20, maxDepth=5, seed=SEED))
    spark.stop()
    # Spark also gives the label's number and a helper output; without them all models give the same names
    pmml = re.sub(r'\s*<OutputField name="pmml\(prediction\)"[^>]*/>', "", pmml)
    return without_time(re.sub(r'\s*<OutputField name="prediction".*?</OutputField>', "", pmml, flags=re.DOTALL))


def broken(tree):
    """Well-formed, but one predicate has an operator that PMML does not have."""
    return tree.replace('field="petal_width" operator="lessOrEqual"', 'field="petal_width" operator="lessOrEquals"', 1)


def wrong(tree):
    """Loads and scores, but not what its own verification rows say: two species are exchanged in the leaves."""
    head, body = tree.split("<Node>", 1)
    nodes, tail = body.rsplit("</TreeModel>", 1)
    names = {"setosa": "virginica", "virginica": "setosa"}
    swapped = re.sub(r'(score|value)="(setosa|virginica)"', lambda m: f'{m[1]}="{names[m[2]]}"', nodes)
    return f"{head}<Node>{swapped}</TreeModel>{tail}"


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    flowers = iris()
    write_csv(FOLDER / "iris.csv", flowers.x)
    labelled = flowers.x.assign(species=flowers.y)
    write_csv(FOLDER / "iris-labelled.csv", labelled)
    write("iris.jsonl", "".join(json.dumps(row) + "\n" for row in flowers.x.to_dict("records")))

    tree = sklearn_model(flowers, DecisionTreeClassifier(max_depth=4, max_features=2, random_state=7), verify=6)
    write("tree.pmml", tree)
    write("broken.pmml", broken(tree))
    write("wrong.pmml", wrong(tree))
    write("logistic.pmml", sklearn_model(flowers, LogisticRegression(max_iter=2000)))
    write("boosted.pmml", sklearn_model(flowers, GradientBoostingClassifier(n_estimators=10, random_state=SEED), verify=6))
    write("forest.pmml", spark_forest(flowers))


if __name__ == "__main__":
    main()

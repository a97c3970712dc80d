"""Makes the documents and records of bench/pmml.ts: bench/models/pmml/<model>.pmml, audit.json, iris.json.

    scripts/train/setup.sh && .cache/train-venv/bin/python bench/models/train.py
"""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "train"))

from lightgbm import LGBMClassifier
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier

from datasets import LICENCE_OF_LOANS, SEED, Dataset, _text, iris
from golden import without_time
from pmml_of import pipeline_of, pmml_of

FOLDER = ROOT / "bench" / "models" / "pmml"
NUMBERS = ["age", "income", "deductions", "hours"]
WORDS = {
    "employment": ["private", "consultant", "state", "federal", "local", "self", "volunteer", "none"],
    "education": [f"level {i}" for i in range(1, 17)],
    "marital": ["married", "absent", "divorced", "never", "separated", "widowed"],
    "occupation": [f"trade {i}" for i in range(1, 15)],
    "gender": ["female", "male"],
}


def audit():
    """2,000 made-up tax audits of the shape of the audit data of R's rattle: four numbers, five text fields."""
    random = np.random.default_rng(SEED)
    rows = 2000
    x = pd.DataFrame(
        {
            "age": random.integers(17, 90, rows).astype(float),
            "income": np.round(random.lognormal(11, 0.6, rows), 2),
            "deductions": np.round(random.exponential(400, rows) * (random.random(rows) < 0.3), 2),
            "hours": random.integers(1, 99, rows).astype(float),
        }
    )
    score = x["age"] / 30 + x["hours"] / 40 + x["deductions"] / 1000 - x["income"] / 100000
    for i, (name, values) in enumerate(WORDS.items()):
        codes = random.integers(0, len(values), rows)
        x[name] = _text([values[code] for code in codes], name)
        score = score + random.normal(0, 0.5 + i / 10, len(values))[codes]
    y = np.where(score + random.normal(0, 0.5, rows) > np.median(score), 1, 0)
    return Dataset("audit", x, pd.Series(y, name="adjusted"), LICENCE_OF_LOANS)


def one_hot(numbers="passthrough"):
    return ColumnTransformer([("numbers", numbers, NUMBERS), ("words", OneHotEncoder(), list(WORDS))])


def coded():
    return ColumnTransformer([("numbers", "passthrough", NUMBERS), ("words", OrdinalEncoder(), list(WORDS))])


def save(name, pipeline, dataset, **fit):
    pipeline.fit(dataset.x, dataset.y, **fit)
    # the Transpiler cannot take extensions; these are notes for people
    write(name, re.sub(r"\s*<Extension name=\"X-FeatureImportances\">.*?</InlineTable>\s*</Extension>", "", without_time(pmml_of(pipeline)), flags=re.S))


def write(name, text):
    path = FOLDER / f"{name}.pmml"
    path.write_text(text, encoding="utf-8")
    print(f"{name}: {path.stat().st_size:,} bytes", flush=True)


def write_records(name, x):
    (FOLDER / f"{name}.json").write_text(json.dumps(x.to_dict("records"), separators=(",", ":")) + "\n")


def scorecard(dataset):
    """A points card: every number in eight bins, every text field by groups of values, reason codes."""
    random = np.random.default_rng(SEED)
    parts = []

    def attribute(predicate, code):
        parts.append(f'<Attribute partialScore="{random.integers(5, 60)}" reasonCode="{code}">{predicate}</Attribute>')

    def test(field, operator, value):
        return f'<SimplePredicate field="{field}" operator="{operator}" value="{value}"/>'

    for name in NUMBERS:
        parts.append(f'<Characteristic name="{name} points" baselineScore="30">')
        bounds = sorted({float(b) for b in np.round(np.quantile(dataset.x[name], np.arange(1, 8) / 8), 2)})
        attribute(f'<SimplePredicate field="{name}" operator="isMissing"/>', f"{name}-0")
        attribute(test(name, "lessThan", bounds[0]), f"{name}-1")
        for i, (low, high) in enumerate(zip(bounds, bounds[1:])):
            both = test(name, "greaterOrEqual", low) + test(name, "lessThan", high)
            attribute(f'<CompoundPredicate booleanOperator="and">{both}</CompoundPredicate>', f"{name}-{i + 2}")
        attribute(test(name, "greaterOrEqual", bounds[-1]), f"{name}-9")
        parts.append("</Characteristic>")
    for name, values in WORDS.items():
        parts.append(f'<Characteristic name="{name} points" baselineScore="30">')
        for i in range(0, len(values), 3):
            group = values[i : i + 3]
            quoted = " ".join('"' + value + '"' for value in group)
            members = f'<Array type="string" n="{len(group)}">{quoted}</Array>'
            attribute(f'<SimpleSetPredicate field="{name}" booleanOperator="isIn">{members}</SimpleSetPredicate>', f"{name}-{i}")
        attribute("<True/>", f"{name}-else")
        parts.append("</Characteristic>")
    numbers = "".join(f'<DataField name="{n}" optype="continuous" dataType="double"/>' for n in NUMBERS)
    words = "".join(
        f'<DataField name="{n}" optype="categorical" dataType="string">'
        + "".join(f'<Value value="{v}"/>' for v in values)
        + "</DataField>"
        for n, values in WORDS.items()
    )
    mining = "".join(f'<MiningField name="{n}"/>' for n in [*NUMBERS, *WORDS])
    body = "\n".join(parts)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4">
<Header><Application name="bench/models/train.py"/></Header>
<DataDictionary><DataField name="score" optype="continuous" dataType="double"/>{numbers}{words}</DataDictionary>
<Scorecard functionName="regression" initialScore="100" useReasonCodes="true" reasonCodeAlgorithm="pointsBelow">
<MiningSchema><MiningField name="score" usageType="target"/>{mining}</MiningSchema>
<Output>
<OutputField name="points" feature="predictedValue" dataType="double" optype="continuous"/>
<OutputField name="reason 1" feature="reasonCode" rank="1" dataType="string" optype="categorical"/>
<OutputField name="reason 2" feature="reasonCode" rank="2" dataType="string" optype="categorical"/>
<OutputField name="reason 3" feature="reasonCode" rank="3" dataType="string" optype="categorical"/>
</Output>
<Characteristics>
{body}
</Characteristics>
</Scorecard>
</PMML>
"""


def main():
    FOLDER.mkdir(exist_ok=True)
    flowers, audits = iris(), audit()
    write_records("iris", flowers.x)
    write_records("audit", audits.x.head(1000))
    save("tree-iris", pipeline_of(DecisionTreeClassifier(max_depth=4, random_state=SEED)), flowers)
    boosted = {"n_estimators": 71, "max_depth": 5, "random_state": SEED}
    save("boosted-xgboost", pipeline_of(one_hot(), XGBClassifier(n_jobs=1, **boosted)), audits)
    trees = LGBMClassifier(n_estimators=71, num_leaves=31, random_state=SEED, n_jobs=1, deterministic=True, verbose=-1)
    columns = list(range(len(NUMBERS), len(NUMBERS) + len(WORDS)))
    save("boosted-lightgbm", pipeline_of(coded(), trees), audits, lgbmclassifier__categorical_feature=columns)
    save("boosted-sklearn", pipeline_of(one_hot(), GradientBoostingClassifier(**{**boosted, "max_depth": 3})), audits)
    forest = RandomForestClassifier(n_estimators=100, max_depth=7, random_state=SEED, n_jobs=1)
    save("forest", pipeline_of(one_hot(), forest), audits)
    save("logistic", pipeline_of(one_hot(StandardScaler()), LogisticRegression(max_iter=2000)), audits)
    network = MLPClassifier((32, 16), random_state=SEED, max_iter=60)
    save("network", pipeline_of(one_hot(StandardScaler()), network), audits)
    some = Dataset(audits.name, audits.x.head(600), audits.y.head(600), audits.licence)
    save("support-vectors", pipeline_of(one_hot(StandardScaler()), SVC(random_state=SEED)), some)
    write("scorecard", scorecard(audits))


if __name__ == "__main__":
    main()

"""
CatBoost models in CatBoost's JSON and through its exports. JSON is scored as CatBoost scores it, bit for bit; ONNX is made of floats. Both
take numbers, missing ones included, and any number of classes. PMML takes words as well, as long as they are one-hot encoded
(`one_hot_max_size`), but nothing that is missing, and two classes at the most.

    pip install catboost pandas
    python catboost_to_json_onnx_and_pmml.py [folder]
"""

import json
import re
import tempfile
from pathlib import Path

import pandas as pd
from catboost import CatBoostClassifier, CatBoostRegressor, Pool

from customers import NUMBERS, ROWS, WORDS, customers, folder, write

SETTINGS = {"iterations": 15, "depth": 4, "random_seed": 1, "thread_count": 1, "verbose": False, "allow_writing_files": False}


def exported(model, form, pool=None):
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / f"model.{form}"
        model.save_model(str(file), format=form, pool=pool)
        return file.read_bytes()


def to_json_and_onnx(target):
    data = customers()
    model = CatBoostClassifier(**SETTINGS)
    model.fit(data[NUMBERS], data["churned"])
    records = data[NUMBERS].head(ROWS)
    expected = pd.DataFrame({"churned": model.predict(records), "probability_yes": model.predict_proba(records)[:, 1]})
    # the training's time and machine are no part of the model
    document = json.loads(exported(model, "json"))
    document["model_info"] = {key: value for key, value in document["model_info"].items() if key in ("class_params", "params")}
    write(target / "catboost.json", json.dumps(document), records, expected.rename(columns={"churned": "prediction"}), ["catboost"])
    # one input, [rows, 3]: the option says which fields are its columns, and in which order
    options = {
        "features": [{"field": name, "missing": "nan"} for name in NUMBERS],
        "outputs": [
            {"name": "churned", "from": "label"},
            {"name": "probability_yes", "from": "probabilities", "column": "yes"},
        ],
    }
    write(target / "catboost.onnx", exported(model, "onnx"), records, expected, ["catboost"], options, tolerance=1e-5)


def to_pmml(target):
    data = customers(gaps=False)
    pool = Pool(data[NUMBERS + WORDS], data["spend"], cat_features=WORDS)
    model = CatBoostRegressor(**SETTINGS, one_hot_max_size=10)
    model.fit(pool)
    records = data[NUMBERS + WORDS].head(ROWS)
    document = exported(model, "pmml", pool).decode("utf-8")
    # without the time and the machine that CatBoost was built on
    document = re.sub(r"\s*<Timestamp>[^<]*</Timestamp>", "", document)
    document = re.sub(r'version="Git info:.*?"/>', 'version="1.2.10"/>', document, flags=re.DOTALL)
    write(target / "catboost.pmml", document, records, pd.DataFrame({"prediction": model.predict(records)}), ["catboost"])


target = folder()
to_json_and_onnx(target)
to_pmml(target)

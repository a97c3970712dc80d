"""
A scikit-learn pipeline as ONNX, with words and with values that are missing: one input per column, so that records need no feature list.

    pip install scikit-learn skl2onnx pandas
    python sklearn_to_onnx.py [folder]
"""

import pandas as pd
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from customers import NUMBERS, ROWS, WORDS, customers, folder, write

data = customers()
# ONNX has no missing text: the empty text stands for it, here and when Millrace scores (see the options below).
data[WORDS] = data[WORDS].fillna("")
# Numbers are float32 in the exported model: train on what it will see.
data[NUMBERS] = data[NUMBERS].astype("float32")

prepare = ColumnTransformer([
    ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMBERS),
    ("words", OneHotEncoder(handle_unknown="ignore"), WORDS),
])
pipeline = make_pipeline(prepare, GradientBoostingClassifier(n_estimators=15, max_depth=3, random_state=1))
pipeline.fit(data[NUMBERS + WORDS], data["churned"])

inputs = [(name, FloatTensorType([None, 1])) for name in NUMBERS] + [(name, StringTensorType([None, 1])) for name in WORDS]
# zipmap off: probabilities are a tensor [rows, classes], cheaper to read than a list of maps
model = to_onnx(pipeline, initial_types=inputs, options={id(pipeline): {"zipmap": False}}, target_opset=17)

records = data[NUMBERS + WORDS].head(ROWS)
expected = pd.DataFrame({"churned": pipeline.predict(records), "probability_yes": pipeline.predict_proba(records)[:, 1]})
options = {
    "features": [{"field": name, "missing": "nan"} for name in NUMBERS] + [{"field": name, "missing": ""} for name in WORDS],
    "outputs": [
        {"name": "churned", "from": "label"},
        {"name": "probability_yes", "from": "probabilities", "column": 1},
    ],
}
records = records.replace({"": None}).astype({name: float for name in NUMBERS})
artifact = model.SerializeToString(deterministic=True)
write(folder() / "sklearn.onnx", artifact, records, expected, ["scikit-learn", "skl2onnx"], options, tolerance=1e-5)

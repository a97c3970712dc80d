"""
A scikit-learn pipeline as PMML: the fields and their types, the preparation, the model and the names of the classes in one document.
sklearn2pmml needs Java.

    pip install scikit-learn sklearn2pmml pandas
    python sklearn_to_pmml.py [folder]
"""

import re
import tempfile
from pathlib import Path

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn2pmml import sklearn2pmml
from sklearn2pmml.pipeline import PMMLPipeline

from customers import NUMBERS, ROWS, WORDS, customers, folder, write

data = customers()
prepare = ColumnTransformer([
    ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMBERS),
    ("words", make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder()), WORDS),
])
pipeline = PMMLPipeline([("prepare", prepare), ("model", LogisticRegression(max_iter=1000))])
pipeline.fit(data[NUMBERS + WORDS], data["churned"])

records = data[NUMBERS + WORDS].head(ROWS)
probabilities = pipeline.predict_proba(records)
expected = pd.DataFrame({
    "churned": pipeline.predict(records),
    "probability(no)": probabilities[:, 0],
    "probability(yes)": probabilities[:, 1],
})
with tempfile.TemporaryDirectory() as scratch:
    file = Path(scratch) / "model.pmml"
    sklearn2pmml(pipeline, str(file))
    document = re.sub(r"\s*<Timestamp>[^<]*</Timestamp>", "", file.read_text(encoding="utf-8"))
write(folder() / "sklearn.pmml", document, records, expected, ["scikit-learn", "sklearn2pmml"])

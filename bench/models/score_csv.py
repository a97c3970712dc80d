"""What a Python program does that scores a CSV file with scikit-learn and pandas. Driven by bench/score.ts.

    python bench/models/score_csv.py TRAINING TARGET INPUT OUTPUT

The model is a decision tree that is trained here, on the 150 flowers: as large as the one that the others read from PMML.
"""

import sys
import time

import pandas as pd
from sklearn.tree import DecisionTreeClassifier

training, target, source, output = sys.argv[1:]
known = pd.read_csv(training)
model = DecisionTreeClassifier(max_depth=4, random_state=1).fit(known.drop(columns=[target]), known[target])
began = time.perf_counter()
records = pd.read_csv(source)
shares = model.predict_proba(records)
scored = pd.DataFrame({target: model.classes_[shares.argmax(axis=1)]})
for i, label in enumerate(model.classes_):
    scored[f"probability({label})"] = shares[:, i]
scored.to_csv(output, index=False)
print(time.perf_counter() - began)

"""
An XGBoost model in its own binary form (UBJSON; `.json` does as well), with categories of pandas and missing values. The file holds
the names of the features and of the categories; the names of the classes are an option.

    pip install xgboost scikit-learn pandas
    python xgboost_to_ubj.py [folder]
"""

import pandas as pd
from xgboost import XGBClassifier

from customers import NUMBERS, ROWS, WORDS, customers, folder, write

data = customers()
data[WORDS] = data[WORDS].astype("category")
x, y = data[NUMBERS + WORDS], (data["churned"] == "yes").astype(int)
model = XGBClassifier(n_estimators=15, max_depth=4, random_state=1, n_jobs=1, enable_categorical=True)
model.fit(x, y)

records = x.head(ROWS)
probability = model.predict_proba(records)[:, 1].astype(float)
expected = pd.DataFrame({
    "prediction": pd.Series(model.predict(records)).map({0: "no", 1: "yes"}),
    "probability_yes": probability,
})
artifact = bytes(model.get_booster().save_raw("ubj"))
options = {"classes": ["no", "yes"]}
write(folder() / "xgboost.ubj", artifact, records.astype({name: object for name in WORDS}), expected, ["xgboost"], options)

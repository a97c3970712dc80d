"""
A LightGBM model in its own text form, with categories of pandas and missing values. The file holds the names of the features and of
the categories; the names of the classes are an option.

    pip install lightgbm pandas
    python lightgbm_to_text.py [folder]
"""

import lightgbm
import pandas as pd

from customers import NUMBERS, ROWS, WORDS, customers, folder, write

data = customers()
data[WORDS] = data[WORDS].astype("category")
x, y = data[NUMBERS + WORDS], (data["churned"] == "yes").astype(int)
parameters = {"objective": "binary", "num_leaves": 8, "min_data_per_group": 5, "seed": 1, "num_threads": 1, "deterministic": True, "verbose": -1}
booster = lightgbm.train(parameters, lightgbm.Dataset(x, y), num_boost_round=15)
# of an LGBMClassifier: model.booster_

records = x.head(ROWS)
probability = booster.predict(records)
expected = pd.DataFrame({
    "prediction": ["yes" if p > 0.5 else "no" for p in probability],
    "probability_yes": probability,
})
options = {"classes": ["no", "yes"]}
text = booster.model_to_string()
write(folder() / "lightgbm.txt", text, records.astype({name: object for name in WORDS}), expected, ["lightgbm"], options)

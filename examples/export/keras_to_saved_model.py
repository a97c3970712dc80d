"""
A Keras model as a TensorFlow SavedModel, as a zip. Each input has a name and takes one number per record, so that records need no
feature list.

    pip install keras tensorflow pandas
    python keras_to_saved_model.py [folder]
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import tempfile
import zipfile
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from customers import NUMBERS, ROWS, customers, folder, write

keras.utils.set_random_seed(1)
data = customers(gaps=False)
columns = {name: data[[name]].to_numpy(np.float32) for name in NUMBERS}
churned = (data["churned"] == "yes").to_numpy(np.float32)

inputs = {name: keras.Input((1,), name=name) for name in NUMBERS}
scaled = [keras.layers.Normalization(mean=columns[name].mean(), variance=columns[name].var())(inputs[name]) for name in NUMBERS]
hidden = keras.layers.Dense(8, activation="relu")(keras.layers.Concatenate()(scaled))
model = keras.Model(inputs, {"probability_yes": keras.layers.Dense(1, activation="sigmoid")(hidden)})
model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy")
model.fit(columns, {"probability_yes": churned}, epochs=20, verbose=0, shuffle=False)


def zipped(model):
    """What `model.export` writes, in one file; a folder of these files is loaded as well."""
    with tempfile.TemporaryDirectory() as scratch:
        model.export(scratch, verbose=False)
        archive = Path(scratch) / "model.zip"
        # the fingerprint is no part of the model
        files = sorted(f for f in Path(scratch).rglob("*") if f.is_file() and f.name != "fingerprint.pb")
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
            for file in files:
                name = zipfile.ZipInfo(str(file.relative_to(scratch)), (1980, 1, 1, 0, 0, 0))
                target.writestr(name, file.read_bytes(), zipfile.ZIP_DEFLATED)
        return archive.read_bytes()


records = data[NUMBERS].head(ROWS)
predicted = model.predict({name: records[[name]].to_numpy(np.float32) for name in NUMBERS}, verbose=0)
expected = pd.DataFrame({"probability_yes": predicted["probability_yes"][:, 0].astype(float)})
write(folder() / "keras.zip", zipped(model), records, expected, ["keras", "tensorflow"], tolerance=1e-5)

"""
Golden cases of model files that earlier releases of LightGBM wrote (versions v2 and v3 of the model text, and their dumps):
test/golden/lightgbm/old-<release>-<case>/. The releases are fetched from PyPI and used through their C API; the expected values are
those of today's LightGBM for the old file, which the old release itself must give too (but for categories that are missing).
"""

import ctypes
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import lightgbm as lgb
import numpy as np

from datasets import SEED
from golden import ROOT
from lightgbm_cases import CATEGORICAL, NAMES, numbers, probes, targets, write_case

CACHE = ROOT / ".cache" / "lightgbm-releases"
RELEASES = ["2.1.2", "2.2.3", "3.3.5"]
FLOAT32, FLOAT64 = 0, 1
NORMAL, RAW = 0, 1


def library(release):
    """The shared library of a release."""
    folder = CACHE / release
    if not folder.exists():
        with tempfile.TemporaryDirectory() as wheels:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", wheels]
            subprocess.run([*command, f"lightgbm=={release}"], check=True)
            with zipfile.ZipFile(next(Path(wheels).glob("*.whl"))) as wheel:
                names = [n for n in wheel.namelist() if n.endswith("lib_lightgbm.so")]
                folder.mkdir(parents=True)
                (folder / "lib_lightgbm.so").write_bytes(wheel.read(names[0]))
    return ctypes.CDLL(str(folder / "lib_lightgbm.so"))


class Release:
    """A release through its C API, whose functions gained arguments over time."""

    def __init__(self, release):
        self.lib = library(release)
        self.lib.LGBM_GetLastError.restype = ctypes.c_char_p
        self.has_start = not release.startswith("2.1")
        self.has_predict_start = release.startswith("3")
        self.has_importance = release.startswith("3")

    def call(self, name, *arguments):
        if getattr(self.lib, name)(*arguments) != 0:
            raise RuntimeError(self.lib.LGBM_GetLastError().decode())

    def dataset(self, x, y, parameters):
        handle = ctypes.c_void_p()
        data = np.ascontiguousarray(x, dtype=np.float64)
        rows, columns = data.shape
        self.call(
            "LGBM_DatasetCreateFromMat", data.ctypes.data_as(ctypes.c_void_p), FLOAT64, rows, columns, 1,
            parameters.encode(), None, ctypes.byref(handle),
        )  # fmt: skip
        label = np.ascontiguousarray(y, dtype=np.float32)
        self.call("LGBM_DatasetSetField", handle, b"label", label.ctypes.data_as(ctypes.c_void_p), rows, FLOAT32)
        names = (ctypes.c_char_p * columns)(*[n.encode() for n in NAMES])
        self.call("LGBM_DatasetSetFeatureNames", handle, names, columns)
        return handle

    def train(self, x, y, parameters, rounds):
        text = " ".join(f"{k}={v}" for k, v in parameters.items())
        handle = ctypes.c_void_p()
        self.call("LGBM_BoosterCreate", self.dataset(x, y, text), text.encode(), ctypes.byref(handle))
        finished = ctypes.c_int()
        for _ in range(rounds):
            self.call("LGBM_BoosterUpdateOneIter", handle, ctypes.byref(finished))
        return handle

    def text(self, name, booster):
        """What LGBM_BoosterSaveModelToString or LGBM_BoosterDumpModel gives."""
        size = 1 << 22
        buffer = ctypes.create_string_buffer(size)
        length = ctypes.c_int64()
        limits = ([0] if self.has_start else []) + [-1] + ([0] if self.has_importance else [])
        self.call(name, booster, *limits, ctypes.c_int64(size), ctypes.byref(length), buffer)
        return buffer.value.decode()

    def predict(self, booster, x, kind):
        data = np.ascontiguousarray(x, dtype=np.float64)
        rows, columns = data.shape
        out = np.zeros(rows * 8)
        length = ctypes.c_int64()
        limits = ([0] if self.has_predict_start else []) + [-1]
        self.call(
            "LGBM_BoosterPredictForMat", booster, data.ctypes.data_as(ctypes.c_void_p), FLOAT64, rows, columns, 1, kind,
            *limits, b"", ctypes.byref(length), out.ctypes.data_as(ctypes.c_void_p),
        )  # fmt: skip
        return out[: length.value]


CASES = {
    "binary": ("binary", {"objective": "binary"}),
    "multiclass": ("class", {"objective": "multiclass", "num_class": 4}),
    "dart-poisson": ("count", {"objective": "poisson", "boosting": "dart", "drop_rate": 0.5}),
    "zero-missing": ("number", {"objective": "regression", "zero_as_missing": "true"}),
}
COMMON = {"num_leaves": 6, "min_data_per_group": 5, "cat_smooth": 1, "min_data_in_leaf": 5, "verbose": -1, "num_threads": 1, "seed": SEED}


def main():
    x, effect, random = numbers()
    labels = targets(effect, random)
    rows = probes(x)
    for release in RELEASES:
        old = Release(release)
        for case, (label, parameters) in CASES.items():
            columns = ",".join(str(NAMES.index(name)) for name in CATEGORICAL)
            booster = old.train(x, labels[label], {**COMMON, **parameters, "categorical_feature": columns}, 4)
            text = old.text("LGBM_BoosterSaveModelToString", booster)
            dump = old.text("LGBM_BoosterDumpModel", booster)
            loaded = lgb.Booster(model_str=text)
            plain = ~np.isnan(rows[:, [4, 5]]).any(axis=1) & (np.abs(rows[:, [4, 5]]) < 2**31).all(axis=1)
            for kind in (RAW, NORMAL):
                today = loaded.predict(rows, raw_score=kind == RAW).ravel().reshape(len(rows), -1)
                then = old.predict(booster, rows, kind).reshape(len(rows), -1)
                assert np.allclose(today[plain], then[plain], rtol=1e-12), (release, case, kind)
            objective = next(line[10:] for line in text.splitlines() if line.startswith("objective="))
            has_objective = "objective" in json.loads(dump)
            write_case(
                f"old-{release}-{case}", loaded, rows, text=text, dump=dump, producer=f"LightGBM {release}",
                script="lightgbm_old_cases.py", options={} if has_objective else {"model.json": {"objective": objective}},
            )  # fmt: skip


if __name__ == "__main__":
    main()

"""Trains the models of bench/trees.ts into .cache/bench-trees: for each the library's own file, ONNX, C code of treelite, rows and margins.

    OMP_NUM_THREADS=1 .cache/train-venv/bin/python bench/trees/train.py [NAME ...]

Needs scripts/train/setup.sh, gcc, and tl2cgen (`pip install --no-deps --target .cache/bench-trees/python tl2cgen==1.0.0`).
"""

import json
import subprocess
import sys
from pathlib import Path

import lightgbm as lgb
import numpy as np
import onnxmltools
import treelite
import xgboost as xgb
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.datasets import load_digits

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".cache" / "bench-trees"
sys.path.insert(0, str(FOLDER / "python"))
import tl2cgen

SEED = 7
ROWS = 4096


def made(rows=20000, features=30):
    """Numbers that every feature has a say in, with noise, so that trees come out full."""
    random = np.random.default_rng(SEED)
    x = random.normal(size=(rows, features)).astype(np.float32)
    y = np.sin(x @ random.normal(size=(features, 8))).sum(axis=1) + x[:, 0] * x[:, 1] + random.normal(0, 1, rows)
    return x, y.astype(np.float32)


def digits():
    x, y = load_digits(return_X_y=True)
    return x.astype(np.float32), y


def xgboost_trees(trees, depth, method="hist"):
    x, y = made()
    params = {"max_depth": depth, "eta": 0.1, "min_child_weight": 0.1, "nthread": 1, "tree_method": method, "seed": SEED}
    return xgb.train(params, xgb.DMatrix(x, y), trees), x


def xgboost_digits():
    x, y = digits()
    params = {"objective": "multi:softprob", "num_class": 10, "nthread": 1, "seed": SEED}
    return xgb.train(params, xgb.DMatrix(x, y), 100), x


def lightgbm_trees():
    x, y = made()
    params = {"num_leaves": 64, "learning_rate": 0.1, "verbose": -1, "num_threads": 1, "seed": SEED}
    return lgb.train(params, lgb.Dataset(x, y), 500), x


def lightgbm_digits():
    x, y = digits()
    params = {"objective": "multiclass", "num_class": 10, "verbose": -1, "num_threads": 1, "seed": SEED}
    return lgb.train(params, lgb.Dataset(x, y), 100), x


MODELS = {
    "xgboost-100x8": lambda: xgboost_trees(100, 8),
    "xgboost-500x6": lambda: xgboost_trees(500, 6),
    "xgboost-1000x6": lambda: xgboost_trees(1000, 6),
    "xgboost-1000x6-exact": lambda: xgboost_trees(1000, 6, "exact"),
    "xgboost-digits": xgboost_digits,
    "lightgbm-500x64": lightgbm_trees,
    "lightgbm-digits": lightgbm_digits,
}


def write(name):
    booster, x = MODELS[name]()
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    rows = x[np.random.default_rng(SEED).integers(0, len(x), ROWS)]
    rows.tofile(folder / "rows.f32")
    if isinstance(booster, xgb.Booster):
        booster.save_model(folder / "model.json")
        margins = booster.predict(xgb.DMatrix(rows), output_margin=True)
        compiled = treelite.frontend.from_xgboost(booster)
        convert = onnxmltools.convert_xgboost
    else:
        booster.save_model(folder / "model.txt")
        (folder / "dump.json").write_text(json.dumps(booster.dump_model()))
        margins = booster.predict(rows, raw_score=True)
        compiled = treelite.frontend.from_lightgbm(booster)
        convert = onnxmltools.convert_lightgbm
    np.asarray(margins, np.float64).tofile(folder / "margins.f64")
    try:
        onnx = convert(booster, initial_types=[("x", FloatTensorType([None, x.shape[1]]))])
        (folder / "model.onnx").write_bytes(onnx.SerializeToString())
    except Exception as fault:  # a version that the converter does not know
        print(name, "ONNX:", fault)
    compiled.serialize(folder / "model.tl")
    code = folder / "code"
    tl2cgen.generate_c_code(compiled, dirpath=str(code), params={"quantize": 1, "parallel_comp": 16}, verbose=False)
    subprocess.run("gcc -std=c99 -O3 -fPIC -shared -o ../model.so *.c -lm", shell=True, check=True, cwd=code)
    print(name, rows.shape, np.asarray(margins).shape, flush=True)


for name in sys.argv[1:] or MODELS:
    write(name)

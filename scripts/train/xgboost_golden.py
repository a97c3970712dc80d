"""Writes golden cases of XGBoost: test/golden/xgboost/<case>/{model.*,features.csv,expected.csv,origin.json}.

Runs with every XGBoost from 0.82 on; numpy is all else it needs. `features.csv` is the matrix (empty = missing); `expected.csv` holds
what Booster.predict gives, as float32: `margin_0 …` before, `value_0 …` after the objective's transform.
"""

import csv
import json
import os
import platform
import shutil
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import xgboost as xgb

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "test" / "golden" / "xgboost"
SEED = 20240229
LICENCE = "made by scripts/train/xgboost_golden.py (Apache-2.0)"
VERSION = tuple(int(part) for part in xgb.__version__.split(".")[:3])
FEATURES = 6


def data(rows=300, seed=SEED):
    """Numbers of several kinds, with gaps: rounded ones that meet thresholds, counts, tiny and huge ones, mostly missing ones."""
    rng = np.random.default_rng(seed)
    x = np.column_stack(
        [
            rng.normal(size=rows),
            np.round(rng.normal(size=rows) * 4) / 4,
            rng.integers(0, 5, rows),
            np.exp(rng.normal(size=rows) * 20),
            rng.normal(size=rows) * 1e-30,
            rng.normal(size=rows),
        ]
    ).astype(np.float32)
    signal = x[:, 0] + 0.7 * x[:, 1] * (x[:, 2] - 2) + 0.3 * np.sign(x[:, 4]) + rng.normal(size=rows) * 0.2
    x[rng.random(x.shape) < 0.12] = np.nan
    x[rng.random(rows) < 0.6, 5] = np.nan
    return x, signal.astype(np.float64)


def odd_rows(x, count=24):
    """Rows that were seen, and rows of nothing, zeros of both signs, extremes, and halves of what was seen."""
    odd = np.array(
        [
            [np.nan] * FEATURES,
            [0.0] * FEATURES,
            [-0.0] * FEATURES,
            [3e38] * FEATURES,
            [-3e38] * FEATURES,
            [1e-45] * FEATURES,
            [-1e-45] * FEATURES,
        ],
        dtype=np.float32,
    )
    picked = x[np.linspace(0, len(x) - 1, count).astype(int)]
    half = picked[:4].copy()
    half[:, ::2] = np.nan
    return np.concatenate([picked, half, odd])


def cell(value):
    return "" if np.isnan(value) else repr(float(value))


def write_csv(path, header, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for row in rows:
            writer.writerow([cell(value) for value in row])


def answers(booster, matrix, **limits):
    """Columns of margins and values."""
    header, columns = [], []
    for name, is_margin in (("margin", True), ("value", False)):
        result = np.asarray(booster.predict(matrix, output_margin=is_margin, **limits), dtype=np.float32)
        result = result.reshape(matrix.num_row(), -1)
        header += [f"{name}_{k}" for k in range(result.shape[1])]
        columns.append(result)
    return header, np.concatenate(columns, axis=1)


def save(booster, folder, files):
    for file in files:
        if file.endswith(".bin") and VERSION >= (1,):
            # the extension that says "binary" to all versions that still can
            path = folder / "model.deprecated"
            booster.save_model(str(path))
            path.rename(folder / file)
        else:
            booster.save_model(str(folder / file))


def without_scores(rows):
    """A matrix of rows for prediction, with the booster's names and types left out."""
    return xgb.DMatrix(rows)


def write_case(name, booster, rows, files=("model.json", "model.ubj"), matrix=None, iterations=None, limits=None, **more):
    folder = GOLDEN / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    save(booster, folder, files)
    matrix = without_scores(rows) if matrix is None else matrix
    write_csv(folder / "features.csv", [f"f{i}" for i in range(rows.shape[1])], rows)
    header, columns = answers(booster, matrix, **(limits or {}))
    write_csv(folder / "expected.csv", header, columns)
    for count in iterations or []:
        header, columns = answers(booster, matrix, iteration_range=(0, count))
        write_csv(folder / f"expected@{count}.csv", header, columns)
    origin = {
        "producer": "XGBoost",
        "versions": {"python": platform.python_version(), "xgboost": xgb.__version__, "numpy": np.__version__},
        "script": "scripts/train/xgboost_cases.py" if VERSION >= (3, 2) else "scripts/train/xgboost_old_cases.py",
        "licence": LICENCE,
        "tolerance": {"rel": 2e-6, "abs": 0, "note": "of values; margins are the same bits"},
        "seed": SEED,
        "rows": len(rows),
        "models": list(files),
        **more,
    }
    (folder / "origin.json").write_text(json.dumps(origin, indent=2) + "\n", encoding="utf-8")
    size = sum(f.stat().st_size for f in folder.iterdir())
    print(f"{name}: {len(rows)} rows, {size:,} bytes", flush=True)

"""Writes graphs of TensorFlow with what TensorFlow itself answers, as the golden tests read them."""

import base64
import json
import os
import platform

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from pathlib import Path

import numpy as np
import tensorflow as tf

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "test" / "golden" / "tensorflow"
SEED = 7


def number(value):
    """A number as JSON has it: what JSON lacks is text."""
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    value = float(value)
    return value if np.isfinite(value) else str(value)


def plain(tensor):
    """A tensor as vectors.json has it; text is base64."""
    array = tensor.numpy() if hasattr(tensor, "numpy") else tensor
    array = np.asarray(array, dtype=object) if isinstance(array, (bytes, str)) else np.asarray(array)
    dtype = tf.as_dtype(array.dtype).name if array.dtype != object and array.dtype.kind not in "SU" else "string"
    shape = list(array.shape)
    if dtype == "string":
        texts = [t.encode() if isinstance(t, str) else bytes(t) for t in array.reshape(-1).tolist()]
        return {"dtype": "string", "encoding": "base64", "shape": shape,
                "data": [base64.b64encode(t).decode() for t in texts]}
    if dtype in ("float16", "bfloat16"):
        array = array.astype(np.float32)
    return {"dtype": dtype, "shape": shape, "data": [number(v) for v in array.reshape(-1)]}


def vectors_of(call, runs):
    """Inputs and what `call` answers to them, for each run."""
    found = []
    for inputs in runs:
        outputs = call(**{name: tf.constant(value) for name, value in inputs.items()})
        found.append({"inputs": {k: plain(v) for k, v in inputs.items()},
                      "outputs": {k: plain(v) for k, v in outputs.items()}})
    return found


def strip(graph):
    """The graph without what only debuggers read, so that files stay small."""
    nodes = [*graph.node, *(n for f in graph.library.function for n in f.node_def)]
    for node in nodes:
        for name in ("_output_shapes", "_class"):
            node.attr.pop(name, None)
        node.ClearField("experimental_debug_info")
        node.device = ""
    return graph


def origin(script, tolerance=None):
    return {
        "producer": "TensorFlow",
        "versions": {"python": platform.python_version(), "tensorflow": tf.__version__},
        "script": f"scripts/train/{script}",
        "licence": "made up by the script",
        "tolerance": tolerance or {"rel": 1e-5, "abs": 1e-6},
        "seed": SEED,
    }


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, separators=(",", ":")) + "\n", encoding="utf-8")

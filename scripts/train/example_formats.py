"""examples/iris: the same task in the other formats: ONNX, XGBoost, LightGBM, a frozen TensorFlow graph and a SavedModel."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import tempfile
import zipfile
from pathlib import Path

import keras
import lightgbm
import numpy as np
import tensorflow as tf
import xgboost
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tensorflow.core.protobuf import saved_model_pb2

from datasets import SEED, iris
from golden import ROOT

FOLDER = ROOT / "examples" / "iris"
HIDDEN = 12
EPOCHS = 300


def write(name, data):
    (FOLDER / name).write_bytes(data)
    print(f"examples/iris/{name}: {len(data):,} bytes", flush=True)


def onnx_network(flowers):
    pipeline = make_pipeline(StandardScaler(), MLPClassifier((HIDDEN,), max_iter=2000, random_state=SEED))
    pipeline.fit(flowers.x.to_numpy(np.float32), flowers.y)
    model = to_onnx(pipeline, initial_types=[("measurements", FloatTensorType([None, 4]))], target_opset=17)
    return model.SerializeToString(deterministic=True)


def xgboost_trees(flowers):
    model = xgboost.XGBClassifier(n_estimators=10, max_depth=3, random_state=SEED, n_jobs=1)
    model.fit(flowers.x, flowers.coded().y)
    return bytes(model.get_booster().save_raw("ubj"))


def lightgbm_trees(flowers):
    options = {"n_estimators": 10, "num_leaves": 6, "min_child_samples": 5, "random_state": SEED, "n_jobs": 1, "verbose": -1}
    model = lightgbm.LGBMClassifier(**options, deterministic=True)
    model.fit(flowers.x, flowers.coded().y)
    return model.booster_.model_to_string().encode()


def frozen_graph(x, y):
    """As TensorFlow 1 froze graphs: a placeholder, variables that became constants, a softmax."""
    v1 = tf.compat.v1
    graph = tf.Graph()
    with graph.as_default():
        v1.set_random_seed(SEED)
        measurements = v1.placeholder(tf.float32, [None, 4], name="measurements")
        labels = v1.placeholder(tf.int32, [None], name="labels")
        random = np.random.default_rng(SEED)
        layer = measurements
        for size, of in ((HIDDEN, tf.nn.relu), (3, tf.identity)):
            weights = random.normal(0, 0.5, (layer.shape[1], size)).astype(np.float32)
            layer = of(v1.matmul(layer, v1.get_variable(f"weights_{size}", initializer=weights)) + v1.get_variable(f"bias_{size}", [size], initializer=v1.zeros_initializer()))
        tf.nn.softmax(layer, name="probabilities")
        loss = v1.losses.sparse_softmax_cross_entropy(labels, layer)
        step = v1.train.AdamOptimizer(0.02).minimize(loss)
        with v1.Session(graph=graph, config=v1.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)) as session:
            session.run(v1.global_variables_initializer())
            for _ in range(EPOCHS):
                session.run(step, {measurements: x, labels: y})
            frozen = v1.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), ["probabilities"])
    return frozen.SerializeToString(deterministic=True)


def saved_model(x, y):
    """A Keras model as it is exported for serving, as a zip."""
    keras.utils.set_random_seed(SEED)
    model = keras.Sequential([
        keras.Input((4,), name="measurements"),
        keras.layers.Normalization(mean=x.mean(0), variance=x.var(0)),
        keras.layers.Dense(HIDDEN, activation="relu"),
        keras.layers.Dense(3, activation="softmax", name="probabilities"),
    ])
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=60, verbose=0, shuffle=False)
    with tempfile.TemporaryDirectory() as folder:
        model.export(folder, verbose=False)
        graph = Path(folder) / "saved_model.pb"
        parsed = saved_model_pb2.SavedModel.FromString(graph.read_bytes())
        graph.write_bytes(parsed.SerializeToString(deterministic=True))
        # The fingerprint holds a random number
        files = sorted(path for path in Path(folder).rglob("*") if path.is_file() and path.name != "fingerprint.pb")
        archive = Path(folder) / "model.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
            for path in files:
                target.writestr(zipfile.ZipInfo(str(path.relative_to(folder)), (1980, 1, 1, 0, 0, 0)), path.read_bytes(), zipfile.ZIP_DEFLATED)
        return archive.read_bytes()


def main():
    flowers = iris()
    x, y = flowers.x.to_numpy(np.float32), flowers.coded().y.to_numpy(np.int32)
    write("network.onnx", onnx_network(flowers))
    write("xgboost.ubj", xgboost_trees(flowers))
    write("lightgbm.txt", lightgbm_trees(flowers))
    write("frozen.pb", frozen_graph(x, y))
    write("saved-model.zip", saved_model(x, y))


if __name__ == "__main__":
    main()

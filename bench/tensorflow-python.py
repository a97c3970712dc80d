"""Answers bench/tensorflow.ts: calls a model with TensorFlow as its fastest users do, a concrete function, and tells the times.

    tensorflow-python.py MODEL THREADS    lines "rows milliseconds" in, "nanoseconds per call" out; "predict" gives the answer to a fixed input
    tensorflow-python.py make FOLDER      writes the models
"""

import json
import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

SHAPES = {"dense": (784,), "small": (11,), "convolution": (28, 28, 1), "deep": (64, 64, 3)}


def inputs(name, rows):
    count = rows * int(np.prod(SHAPES[name]))
    # the same numbers as the other side: thirds of a sawtooth
    return ((np.arange(count) % 17) / 8.0 - 1.0).astype("float32").reshape(rows, *SHAPES[name])


def make(folder):
    import keras

    layers = keras.layers
    stacks = {
        "small": [layers.Dense(16, "relu"), layers.Dense(9, "sigmoid")],
        "dense": [layers.Dense(128, "relu"), layers.Dense(64, "relu"), layers.Dense(10, "softmax")],
        "convolution": [layers.Conv2D(16, 3, activation="relu"), layers.MaxPooling2D(), layers.Conv2D(32, 3, activation="relu"),
                        layers.MaxPooling2D(), layers.Flatten(), layers.Dense(10, "softmax")],
        "deep": [part for width in (16, 32, 64) for part in (layers.Conv2D(width, 3, padding="same", use_bias=False), layers.BatchNormalization(),
                                                           layers.ReLU(), layers.SeparableConv2D(width, 3, strides=2, padding="same"))]
                + [layers.GlobalAveragePooling2D(), layers.Dense(10, "softmax")],
    }
    for name, stack in stacks.items():
        keras.utils.set_random_seed(7)
        model = keras.Sequential([keras.Input(SHAPES[name]), *stack])
        model.export(os.path.join(folder, name), verbose=False)


def main():
    if sys.argv[1] == "make":
        make(sys.argv[2])
        return
    path, threads = sys.argv[1], int(sys.argv[2])
    if threads:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    loaded = tf.saved_model.load(path)
    name = os.path.basename(path)
    call = loaded.signatures["serving_default"]
    key = list(call.structured_input_signature[1])[0]
    print("ready", flush=True)
    for line in sys.stdin:
        words = line.split()
        if words[0] == "predict":
            found = list(call(**{key: tf.constant(inputs(name, 2))}).values())[0].numpy()
            print(json.dumps(found.reshape(-1).tolist()), flush=True)
            continue
        rows, budget = int(words[0]), float(words[1]) / 1000
        data = tf.constant(inputs(name, rows))
        calls, start = 0, time.perf_counter()
        while time.perf_counter() - start < budget:
            for _ in range(5):
                call(**{key: data})
            calls += 5
        print((time.perf_counter() - start) / calls * 1e9, flush=True)


if __name__ == "__main__":
    main()

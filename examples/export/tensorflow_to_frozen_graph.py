"""
A TensorFlow function as a frozen graph: one file in which variables have become constants. The graph has one input [rows, 3]; the option
`features` says which fields are its columns.

    pip install tensorflow pandas
    python tensorflow_to_frozen_graph.py [folder]
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import numpy as np
import pandas as pd
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from customers import NUMBERS, ROWS, customers, folder, write

data = customers(gaps=False)
x = data[NUMBERS].to_numpy(np.float32)
y = data["spend"].to_numpy(np.float32)

# a linear regression on the scaled numbers, solved in one step
mean, deviation = x.mean(0), x.std(0)
design = np.column_stack([(x - mean) / deviation, np.ones(len(x))])
solution = np.linalg.lstsq(design, y, rcond=None)[0].astype(np.float32)
weights, bias = tf.Variable(solution[:3, None]), tf.Variable(solution[3:])


@tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, name="customers")])
def spend(customers):
    return tf.identity(tf.matmul((customers - mean) / deviation, weights) + bias, name="spend")


frozen = convert_variables_to_constants_v2(spend.get_concrete_function())
graph = frozen.graph.as_graph_def()

records = data[NUMBERS].head(ROWS)
predicted = spend(tf.constant(records.to_numpy(np.float32))).numpy()
expected = pd.DataFrame({"spend": predicted[:, 0].astype(float)})
# The graph's output is called Identity.
options = {"features": NUMBERS, "outputs": ["spend"]}
artifact = graph.SerializeToString(deterministic=True)
write(folder() / "tensorflow.pb", artifact, records, expected, ["tensorflow"], options, tolerance=1e-5)

"""Golden models of TensorFlow: test/golden/tensorflow/<case>/{graph.pb or model/, vectors.json, origin.json}."""

import os
import shutil
import sys

import keras
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from tensorflow_vectors import GOLDEN, SEED, np, origin, plain, strip, tf, vectors_of, write_json

layers = keras.layers
rng = np.random.default_rng(SEED)


def floats(*shape, low=-1.0, high=1.0):
    return rng.uniform(low, high, shape).round(3).astype("float32")


def finish(name, vectors, tolerance=None):
    folder = GOLDEN / name
    write_json(folder / "vectors.json", vectors)
    write_json(folder / "origin.json", origin("tensorflow_cases.py", tolerance))
    size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    print(f"{name}: {len(vectors)} vectors, {size:,} bytes", flush=True)


def fresh(name):
    folder = GOLDEN / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def save(name, module, signatures, runs, tolerance=None):
    """A SavedModel; `runs` names inputs by signature."""
    folder = fresh(name)
    tf.saved_model.save(module, str(folder / "model"), signatures=signatures)
    finish_saved(name, folder, runs, tolerance)


def finish_saved(name, folder, runs, tolerance=None):
    for extra in ("fingerprint.pb", "keras_metadata.pb"):
        (folder / "model" / extra).unlink(missing_ok=True)
    loaded = tf.saved_model.load(str(folder / "model"))
    vectors = []
    for signature, inputs in runs:
        found = vectors_of(loaded.signatures[signature], [inputs])[0]
        vectors.append({"signature": signature, **found})
    finish(name, vectors, tolerance)


def export(name, model, *runs, tolerance=None):
    """What Keras itself exports for serving."""
    folder = fresh(name)
    model.export(str(folder / "model"), verbose=False)
    loaded = tf.saved_model.load(str(folder / "model"))
    _, keywords = loaded.signatures["serving_default"].structured_input_signature
    named = [("serving_default", dict(zip(keywords, run))) for run in runs]
    finish_saved(name, folder, named, tolerance)


def frozen(name, function, specs, *runs, lower=False):
    """A frozen graph; with `lower`, control flow is Switch, Merge and frames."""
    folder = fresh(name)
    concrete = tf.function(function).get_concrete_function(*specs)
    constant = convert_variables_to_constants_v2(concrete, lower_control_flow=lower)
    graph = strip(constant.graph.as_graph_def())
    (folder / "graph.pb").write_bytes(graph.SerializeToString(deterministic=True))
    outputs = [tensor.name for tensor in constant.outputs]
    vectors = []
    for run in runs:
        answers = constant(*[tf.constant(value) for value in run])
        answers = answers if isinstance(answers, (list, tuple)) else [answers]
        names = [tensor.name for tensor in constant.inputs]
        vectors.append({"inputs": {n: plain(v) for n, v in zip(names, run)}, "outputs": {n: plain(v) for n, v in zip(outputs, answers)}})
    finish(name, vectors)


def spec(*shape, dtype=tf.float32, name="x"):
    return tf.TensorSpec(shape, dtype, name=name)


def of_keras(model):
    return lambda x: model(x, training=False)


def build(inputs, outputs):
    model = keras.Model(inputs, outputs)
    # statistics and offsets that are not 0 and 1
    for weight in model.weights:
        if len(weight.shape) == 1:
            low = 0.5 if "variance" in weight.path or "gamma" in weight.path else -0.3
            weight.assign(rng.uniform(low, 1.2, weight.shape))
    return model


def dense():
    x = keras.Input((4,))
    y = layers.Dense(8, "relu")(x)
    y = layers.Dropout(0.3)(layers.BatchNormalization()(y))
    return build(x, layers.Dense(3, "softmax")(y))


def case_dense():
    export("dense-keras", dense(), [floats(5, 4)], [floats(1, 4)])
    frozen("dense-frozen", of_keras(dense()), [spec(None, 4)], [floats(3, 4)])


def case_activations():
    x = keras.Input((6,))
    names = ["elu", "selu", "softplus", "softsign", "gelu", "silu", "hard_sigmoid", "exponential", "relu6", "leaky_relu", "tanh", "mish", "hard_silu", "log_softmax", "celu", "glu", "hard_tanh", "squareplus", "sparse_plus", "tanh_shrink", "soft_shrink", "hard_shrink"]
    outs = [layers.Activation(n)(x) for n in names]
    outs += [layers.PReLU()(x), layers.LeakyReLU()(x), layers.ReLU(max_value=2.0, threshold=0.1, negative_slope=0.1)(x)]
    export("activations", build(x, layers.Concatenate()(outs)), [floats(4, 6) * 3])


def case_convolution():
    x = keras.Input((12, 12, 3))
    y = layers.Conv2D(4, 3, padding="same", use_bias=False)(x)
    y = layers.ReLU()(layers.BatchNormalization()(y))
    y = layers.MaxPooling2D()(y)
    y = layers.Conv2D(6, 3, strides=2, padding="same", activation="relu")(layers.ZeroPadding2D(1)(y))
    y = layers.AveragePooling2D(2, padding="same")(y)
    z = layers.Concatenate()([layers.GlobalAveragePooling2D()(y), layers.GlobalMaxPooling2D()(y), layers.Flatten()(layers.Cropping2D(((0, 1), (0, 1)))(y))])
    export("convolution", build(x, layers.Dense(3)(z)), [floats(2, 12, 12, 3)])


def case_separable():
    x = keras.Input((None, None, 3))
    y = layers.SeparableConv2D(6, 3, padding="same", activation="relu6")(x)
    z = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(y)
    y = layers.Add()([layers.Conv2D(6, 1)(z), y])
    s = layers.GlobalAveragePooling2D(keepdims=True)(y)
    s = layers.Conv2D(6, 1, activation="sigmoid")(s)
    y = layers.Multiply()([y, s])
    y = layers.Conv2D(4, 3, dilation_rate=2, padding="same", activation="relu")(y)
    frozen("separable-convolution", of_keras(build(x, layers.GlobalAveragePooling2D()(y))), [spec(None, None, None, 3)], [floats(2, 8, 7, 3)], [floats(1, 5, 5, 3)])


def case_transposed():
    x = keras.Input((8, 8, 2))
    y = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")(x)
    y = layers.Conv2DTranspose(3, 3, strides=2, padding="same", activation="relu")(y)
    z = layers.UpSampling2D(2, interpolation="bilinear")(layers.Conv2D(3, 3, strides=2, padding="same")(y))
    y = layers.Concatenate()([y, layers.UpSampling2D(2)(layers.MaxPooling2D()(y)), z])
    export("transposed-convolution", build(x, layers.Conv2DTranspose(1, 2, activation="sigmoid")(y)), [floats(2, 8, 8, 2)])


def case_sequences():
    x = keras.Input((None, 3))
    y = layers.Conv1D(4, 3, padding="causal", dilation_rate=2, activation="relu")(x)
    y = layers.SeparableConv1D(4, 3, padding="same")(y)
    y = layers.MaxPooling1D(2)(layers.LayerNormalization()(y))
    export("convolution-1d", build(x, layers.GlobalMaxPooling1D()(y)), [floats(2, 10, 3)], [floats(1, 7, 3)])
    x = keras.Input((4, 6, 6, 2))
    y = layers.Conv3D(3, 2, padding="same", activation="relu")(x)
    y = layers.AveragePooling3D(2)(layers.BatchNormalization()(y))
    y = layers.Conv3DTranspose(2, 2, strides=2)(y)
    export("convolution-3d", build(x, layers.GlobalAveragePooling3D()(y)), [floats(2, 4, 6, 6, 2)])


def case_recurrent():
    x = keras.Input((None, 3))
    y = layers.LSTM(4, return_sequences=True)(x)
    export("lstm", build(x, layers.Dense(2)(layers.LSTM(3)(y))), [floats(2, 6, 3)], [floats(1, 3, 3)])
    x = keras.Input((None, 3))
    y = layers.Bidirectional(layers.GRU(4, return_sequences=True))(x)
    y = layers.SimpleRNN(3, go_backwards=True)(y)
    frozen("gru-bidirectional", of_keras(build(x, y)), [spec(None, None, 3)], [floats(2, 5, 3)])
    x = keras.Input((4, 3))
    frozen("lstm-unrolled", of_keras(build(x, layers.LSTM(3, unroll=True)(x))), [spec(None, 4, 3)], [floats(2, 4, 3)])
    x = keras.Input((None,), dtype="int32")
    y = layers.Embedding(9, 4, mask_zero=True)(x)
    y = layers.LSTM(3, return_sequences=True)(y)
    export("lstm-masked", build(x, layers.GRU(2)(y)), [np.array([[1, 5, 8, 0, 0], [3, 2, 0, 0, 0]], "int32")])
    x = keras.Input((None, 3))
    model = build(x, layers.LSTM(3)(x))
    frozen("lstm-frames", of_keras(model), [spec(None, None, 3)], [floats(2, 4, 3)], lower=True)


def case_convlstm():
    x = keras.Input((3, 5, 5, 2))
    export("lstm-convolution", build(x, layers.ConvLSTM2D(2, 3, padding="same")(x)), [floats(1, 3, 5, 5, 2)])


def case_embedding():
    x = keras.Input((None,), dtype="int64")
    y = layers.Embedding(12, 5)(x)
    y = layers.GlobalAveragePooling1D()(y)
    export("embedding", build(x, layers.Dense(1, "sigmoid")(y)), [rng.integers(0, 12, (3, 7))])


def case_attention():
    x = keras.Input((None, 8))
    y = layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True)
    y = layers.LayerNormalization()(layers.Add()([x, y]))
    z = layers.Dense(8)(layers.Dense(16, "gelu")(y))
    y = layers.GroupNormalization(2)(layers.Add()([y, z]))
    w = layers.Attention()([y, y])
    v = layers.AdditiveAttention()([y, y])
    out = layers.Dot(2)([w, v])
    export("attention", build(x, [out, layers.UnitNormalization()(w)]), [floats(2, 5, 8)])
    x = keras.Input((6, 8))
    y = layers.GroupQueryAttention(4, 4, 2)(x, x)
    export("attention-grouped", build(x, layers.EinsumDense("abc,cd->abd", (None, 3))(y)), [floats(2, 6, 8)])


def case_shapes():
    x = keras.Input((4, 6))
    y = layers.Permute((2, 1))(layers.Reshape((4, 6))(x))
    y = layers.RepeatVector(3)(layers.Flatten()(layers.Cropping1D(1)(layers.ZeroPadding1D(2)(y))))
    z = layers.TimeDistributed(layers.Dense(2))(y)
    parts = [layers.Maximum()([z, -z]), layers.Minimum()([z, z * 0.5]), layers.Subtract()([z, z + 1.0]), layers.Average()([z, z]), layers.UpSampling1D(2)(z)[:, :3]]
    y = layers.Concatenate()(parts)
    y = layers.SpatialDropout1D(0.2)(layers.GaussianNoise(0.1)(layers.Rescaling(0.5, 1.0)(y)))
    export("shapes", build(x, keras.ops.logsumexp(keras.ops.cumsum(y, 1), axis=-1)), [floats(2, 4, 6)])


def case_mixed():
    x = keras.Input((4,))
    y = layers.Dense(8, "relu", dtype="mixed_float16")(x)
    y = layers.Dense(3, dtype="mixed_bfloat16")(y)
    export("mixed-precision", build(x, layers.Activation("softmax", dtype="float32")(y)), [floats(3, 4)], tolerance={"rel": 2e-2, "abs": 1e-2})


def case_loops():
    weights = tf.constant(floats(5, 5))

    def decode(x, steps):
        def body(i, state, out):
            logits = tf.matmul(state, weights)
            best = tf.argmax(logits, -1, output_type=tf.int32)
            state = tf.cond(tf.reduce_any(best > 2), lambda: tf.one_hot(best, 5), lambda: tf.nn.softmax(logits))
            return i + 1, state, out.write(i, best)
        out = tf.TensorArray(tf.int32, size=steps, element_shape=[None])
        _, state, out = tf.while_loop(lambda i, s, o: i < steps, body, [0, x, out], shape_invariants=[tf.TensorShape([]), tf.TensorShape([None, 5]), None])
        return state, tf.transpose(out.stack())
    specs = [spec(None, 5), spec(dtype=tf.int32, name="steps")]
    frozen("loop-functional", decode, specs, [floats(2, 5), np.array(4, "int32")])
    frozen("loop-frames", decode, specs, [floats(2, 5), np.array(3, "int32")], lower=True)


def case_words():
    class Words(tf.Module):
        def __init__(self):
            (GOLDEN / "words.txt").write_text("the\ncat\ndog\nsat\n")
            os.chdir(GOLDEN)  # the model keeps the path as it is spelled here
            init = tf.lookup.TextFileInitializer("words.txt", tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER)
            self.table = tf.lookup.StaticVocabularyTable(init, 3)
            self.kinds = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(tf.constant([0, 1, 2], tf.int64), tf.constant(["low", "middle", "high"])), "none")
            self.embedding = tf.Variable(floats(7, 4))
            self.weights = tf.Variable(floats(4, 3))

        @tf.function(input_signature=[spec(None, dtype=tf.string, name="text")])
        def serve(self, text):
            clean = tf.strings.regex_replace(tf.strings.lower(text), "[^a-z ]", "")
            words = tf.strings.split(clean).to_tensor("")
            ids = self.table.lookup(words)
            mask = tf.cast(tf.not_equal(words, ""), tf.float32)[..., None]
            mean = tf.math.divide_no_nan(tf.reduce_sum(tf.gather(self.embedding, ids) * mask, 1), tf.reduce_sum(mask, 1))
            scores = tf.nn.softmax(tf.matmul(mean, self.weights))
            return {"scores": scores, "kind": self.kinds.lookup(tf.argmax(scores, -1))}
    module = Words()
    save("text-lookup", module, module.serve, [("serving_default", {"text": np.array([b"The cat sat!", b"a dog", b"", "caf\u00e9 the".encode()], dtype=object)})])
    (GOLDEN / "words.txt").unlink()


def case_hashing():
    class Hashed(tf.Module):
        def __init__(self):
            self.embedding = tf.Variable(floats(20, 3))

        @tf.function(input_signature=[spec(None, dtype=tf.string, name="user"), spec(None, dtype=tf.int64, name="item"), spec(None, name="price")])
        def serve(self, user, item, price):
            key = tf.strings.join([user, tf.strings.as_string(item)], "_x_")
            rows = tf.gather(self.embedding, tf.strings.to_hash_bucket_fast(key, 20))
            level = tf.one_hot(tf.raw_ops.Bucketize(input=price, boundaries=[1.0, 10.0]), 3)
            return {"score": tf.sigmoid(tf.reduce_sum(rows * level, -1)), "key": key}
    module = Hashed()
    save("text-hashing", module, module.serve, [("serving_default", {"user": np.array([b"ann", b"bob", b""], dtype=object), "item": np.array([7, 8, -1]), "price": np.array([0.5, 5.0, 50.0], "float32")})])


def case_examples():
    class Parsed(tf.Module):
        def __init__(self):
            self.weights = tf.Variable(floats(4, 2))
            self.table = tf.Variable(floats(5, 2))

        @tf.function(input_signature=[spec(None, dtype=tf.string, name="examples")])
        def serve(self, examples):
            parsed = tf.io.parse_example(examples, {"x": tf.io.FixedLenFeature([4], tf.float32), "w": tf.io.FixedLenFeature([], tf.float32, 1.0), "tags": tf.io.VarLenFeature(tf.int64)})
            tags = tf.nn.safe_embedding_lookup_sparse([self.table], parsed["tags"], combiner="mean")
            return {"scores": tf.matmul(parsed["x"], self.weights) * parsed["w"][:, None] + tags}

    def example(x, w, tags):
        feature = {"x": tf.train.Feature(float_list=tf.train.FloatList(value=x)), "tags": tf.train.Feature(int64_list=tf.train.Int64List(value=tags))}
        if w is not None:
            feature["w"] = tf.train.Feature(float_list=tf.train.FloatList(value=[w]))
        return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString(deterministic=True)
    rows = [example([1, 2, 3, 4], 0.5, [1, 4]), example([0, -1, 0.5, 2], None, []), example([1, 1, 1, 1], 2.0, [3])]
    module = Parsed()
    save("example-parsing", module, module.serve, [("serving_default", {"examples": np.array(rows, dtype=object)})])


def case_images():
    x = keras.Input((None, None, 3), dtype="uint8")
    y = layers.Rescaling(1 / 127.5, -1.0)(layers.Resizing(8, 8)(x))
    y = layers.Conv2D(4, 3, activation="relu")(layers.CenterCrop(6, 6)(y))
    export("image-preprocessing", build(x, layers.GlobalAveragePooling2D()(y)), [rng.integers(0, 256, (2, 11, 9, 3)).astype("uint8")])


def case_preprocessing():
    number, word, code = keras.Input((1,), name="number"), keras.Input((1,), dtype="string", name="word"), keras.Input((1,), dtype="int64", name="code")
    parts = [
        layers.Normalization(mean=2.0, variance=4.0)(number),
        layers.CategoryEncoding(4, "one_hot")(layers.Discretization([0.0, 1.0, 3.0])(number)),
        layers.StringLookup(vocabulary=["a", "b", "c"], output_mode="one_hot")(word),
        layers.CategoryEncoding(8, "one_hot")(layers.Hashing(8)(word)),
        layers.IntegerLookup(vocabulary=[3, 7], output_mode="multi_hot")(code),
    ]
    model = keras.Model([number, word, code], layers.Dense(2)(layers.Concatenate()([keras.ops.cast(p, "float32") for p in parts])))

    class Served(tf.Module):
        def __init__(self):
            self.model = model

        @tf.function(input_signature=[spec(None, 1, name="number"), spec(None, 1, dtype=tf.string, name="word"), spec(None, 1, dtype=tf.int64, name="code")])
        def serve(self, number, word, code):
            return {"out": self.model([number, word, code])}
    served = Served()
    save("preprocessing-layers", served, served.serve, [("serving_default", {"number": np.array([[0.5], [4.0], [-1.0]], "float32"), "word": np.array([[b"b"], [b"zz"], [b""]], dtype=object), "code": np.array([[7], [3], [1]])})])


def case_vectorization():
    vectorize = layers.TextVectorization(output_sequence_length=5, vocabulary=["the", "cat", "sat", "on"])
    embedding = layers.Embedding(8, 3)
    embedding.build(None)

    class Served(tf.Module):
        def __init__(self):
            self.vectorize, self.embedding = vectorize, embedding

        @tf.function(input_signature=[spec(None, dtype=tf.string, name="text")])
        def serve(self, text):
            ids = self.vectorize(text)
            return {"ids": ids, "sum": tf.reduce_sum(self.embedding(ids), 1)}
    served = Served()
    save("text-vectorization", served, served.serve, [("serving_default", {"text": np.array([b"The cat, sat on!", b"", b"on on on the the the cat"], dtype=object)})])


def case_state():
    class Counter(tf.Module):
        def __init__(self):
            self.total = tf.Variable(tf.zeros([2]))
            self.count = tf.Variable(0, dtype=tf.int64)

        @tf.function(input_signature=[spec(2)])
        def add(self, x):
            self.total.assign_add(x)
            self.count.assign_add(1)
            return {"mean": self.total / tf.cast(self.count, tf.float32)}

        @tf.function(input_signature=[])
        def reset(self):
            self.total.assign(tf.zeros([2]))
            return {"count": self.count.assign(0)}
    module = Counter()
    signatures = {"serving_default": module.add, "reset": module.reset}
    one, two = np.array([1.0, 2.0], "float32"), np.array([3.0, 5.0], "float32")
    save("state", module, signatures, [("serving_default", {"x": one}), ("serving_default", {"x": two}), ("reset", {}), ("serving_default", {"x": two})])


def case_version_1():
    v1 = tf.compat.v1
    folder = fresh("frozen-version-1")
    v1.disable_control_flow_v2()
    with tf.Graph().as_default() as graph, v1.Session(graph=graph) as session:
        x = v1.placeholder(tf.float32, [None, 5, 3], name="x")
        length = v1.placeholder(tf.int32, [None], name="length")
        training = v1.placeholder_with_default(False, [], name="training")
        w = v1.get_variable("w", initializer=floats(7, 16))
        b = v1.get_variable("b", initializer=floats(16))
        time = tf.transpose(x, [1, 0, 2])
        steps = tf.TensorArray(tf.float32, size=5).unstack(time)
        zero = tf.zeros([tf.shape(x)[0], 4])

        def body(i, c, h, out):
            j, a, f, o = tf.split(tf.nn.bias_add(tf.matmul(tf.concat([steps.read(i), h], 1), w), b), 4, 1)
            new_c = tf.sigmoid(f + 1.0) * c + tf.sigmoid(j) * tf.tanh(a)
            new_h = tf.sigmoid(o) * tf.tanh(new_c)
            goes_on = tf.tile(tf.expand_dims(i < length, 1), [1, 4])
            return i + 1, v1.where(goes_on, new_c, c), v1.where(goes_on, new_h, h), out.write(i, new_h)
        _, _, h, out = v1.while_loop(lambda i, *_: i < 5, body, [0, zero, zero, tf.TensorArray(tf.float32, size=5)])
        kept = v1.cond(training, lambda: tf.nn.dropout(h, rate=0.5), lambda: h)
        y = tf.nn.softmax(tf.matmul(kept, v1.get_variable("v", initializer=floats(4, 2))), name="y")
        seq = tf.transpose(out.stack(), [1, 0, 2], name="sequence")
        session.run(v1.global_variables_initializer())
        inputs = {"x:0": floats(3, 5, 3), "length:0": np.array([5, 2, 4], "int32")}
        names = ["y:0", "sequence:0"]
        values = session.run(names, inputs)
        data = v1.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), ["y", "sequence"])
        (folder / "graph.pb").write_bytes(strip(data).SerializeToString(deterministic=True))
    v1.enable_control_flow_v2()
    finish("frozen-version-1", [{"inputs": {k: plain(v) for k, v in inputs.items()}, "outputs": {k: plain(v) for k, v in zip(names, values)}}])


def case_spectrogram():
    """Sound to classes: what tfjs runs (ComplexAbs, Cumprod in a loop) and a Fourier transform between what onnxruntime runs."""
    class Sound(tf.Module):
        def __init__(self):
            super().__init__()
            self.w = tf.Variable(floats(33, 3))

        @tf.function(input_signature=[tf.TensorSpec([None, 200], tf.float32, name="sound")])
        def serve(self, sound):
            frames = tf.abs(tf.signal.stft(sound, 50, 25, 64))
            levels = tf.matmul(tf.math.log1p(tf.reduce_mean(frames, 1)), self.w)
            faded = tf.while_loop(lambda i, t: i < 3, lambda i, t: (i + 1, tf.math.cumprod(tf.sigmoid(t), 1) + 0.1), [0, levels])[1]
            return {"scores": tf.nn.softmax(faded), "levels": levels}
    module = Sound()
    save("spectrogram", module, module.serve, [("serving_default", {"sound": floats(3, 200)}), ("serving_default", {"sound": floats(1, 200)})])


every = [case_spectrogram, case_dense, case_activations, case_convolution, case_separable, case_transposed, case_sequences, case_recurrent, case_convlstm, case_embedding,
         case_attention, case_shapes, case_mixed, case_loops, case_words, case_hashing, case_examples, case_images, case_preprocessing, case_vectorization,
         case_state, case_version_1]

if __name__ == "__main__":
    for case in every:
        if sys.argv[1:] and case.__name__.removeprefix("case_") not in sys.argv[1:]:
            continue
        keras.utils.set_random_seed(SEED)
        rng = np.random.default_rng(SEED)
        try:
            case()
        except Exception as fault:  # a wrong case must not hide the others
            print(f"{case.__name__}: {str(fault)[:500]}", file=sys.stderr)

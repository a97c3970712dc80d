"""Writes one small graph per operator of TensorFlow: test/golden/tensorflow-operators/<group>.json."""

import base64
import sys

from tensorflow_vectors import GOLDEN, SEED, np, origin, strip, tf, vectors_of, write_json

OUT = GOLDEN.parent / "tensorflow-operators"
R = tf.raw_ops
groups = {}
rng = np.random.default_rng(SEED)


def floats(*shape, low=-2.0, high=2.0, dtype="float32"):
    return rng.uniform(low, high, shape).round(4).astype(dtype)


def ints(*shape, low=-5, high=6, dtype="int32"):
    return rng.integers(low, high, shape).astype(dtype)


def specs_of(run, shapes):
    specs = []
    for name, value in run.items():
        value = np.asarray(value)
        dtype = tf.string if value.dtype.kind in "SUO" else tf.as_dtype(value.dtype)
        if shapes == "none":
            shape = None
        elif shapes == "static":
            shape = value.shape
        elif shapes == "dynamic":
            shape = [None] * value.ndim
        elif isinstance(shapes, dict):
            shape = shapes.get(name, value.shape)
        else:
            shape = [None, *value.shape[1:]] if value.ndim else []
        specs.append(tf.TensorSpec(shape, dtype, name=name))
    return specs


def case(group, name, function, *runs, shapes="batch", only=None):
    """Adds a graph that calls `function` on the inputs of each run; its outputs are out0, out1, …"""

    @tf.function(autograph=False)
    def graph(*args):
        results = function(*args)
        results = results if isinstance(results, (tuple, list)) and not hasattr(results, "dtype") else [results]
        return {f"out{i}": tf.identity(r, name=f"out{i}") for i, r in enumerate(results) if only is None or i in only}

    try:
        names = list(runs[0])
        concrete = graph.get_concrete_function(*specs_of(runs[0], shapes))
        vectors = vectors_of(lambda **kw: graph(*[kw[n] for n in names]) if False else dict(concrete(*[kw[n] for n in names])), runs)
        data = strip(concrete.graph.as_graph_def())
        groups.setdefault(group, []).append(
            {"name": name, "graph": base64.b64encode(data.SerializeToString(deterministic=True)).decode(), "vectors": vectors})
    except Exception as fault:  # a wrong case must not hide the others
        print(f"{group}/{name}: {str(fault)[:300]}", file=sys.stderr)


def math_cases():
    x = floats(2, 5)
    positive = floats(2, 5, low=0.1, high=3)
    odd = np.array([[0.0, -0.0, np.nan, np.inf, -np.inf], [1.5, 2.5, -1.5, -0.5, 0.5]], "float32")
    for op in ["Abs", "Neg", "Sign", "Exp", "Expm1", "Sigmoid", "Tanh", "Sin", "Cos", "Tan", "Sinh", "Cosh", "Atan", "Asinh", "Erf",
               "Erfc", "Ceil", "Floor", "Round", "Rint", "Square", "Relu", "Relu6", "Elu", "Selu", "Softplus", "Softsign", "IsNan",
               "IsInf", "IsFinite", "ZerosLike", "OnesLike", "Identity", "StopGradient"]:
        def one(a, op=op):
            raw = getattr(R, op)
            try:
                return raw(x=a)
            except TypeError:
                try:
                    return raw(features=a)
                except TypeError:
                    return raw(input=a)
        case("math", op, one, {"x": x}, {"x": odd})
    for op in ["Sqrt", "Rsqrt", "Log", "Log1p", "Reciprocal", "Inv", "Lgamma", "Digamma", "Acosh"]:
        case("math", op, lambda a, op=op: getattr(R, op)(x=a), {"x": positive + (1 if op == "Acosh" else 0)})
    for op in ["Asin", "Acos", "Atanh", "Erfinv", "Ndtri"]:
        case("math", op, lambda a, op=op: getattr(R, op)(x=a), {"x": floats(2, 5, low=0.05, high=0.95)})
    case("math", "LeakyRelu", lambda a: R.LeakyRelu(features=a, alpha=0.3), {"x": x})
    case("math", "Gelu", lambda a: tf.nn.gelu(a), {"x": x})
    case("math", "GeluTanh", lambda a: tf.nn.gelu(a, approximate=True), {"x": x})
    case("math", "Swish", lambda a: tf.nn.silu(a), {"x": x})
    y = floats(2, 5)
    for op in ["Add", "AddV2", "Sub", "Mul", "Div", "RealDiv", "Maximum", "Minimum", "SquaredDifference", "FloorDiv", "FloorMod",
               "DivNoNan", "MulNoNan", "Atan2", "Xdivy", "Mod", "TruncateMod", "BiasAdd" if False else "Sub"]:
        case("math", op, lambda a, b, op=op: getattr(R, op)(x=a, y=b) if op not in ("Atan2",) else R.Atan2(y=a, x=b),
             {"x": x, "y": y}, {"x": x, "y": x})
    case("math", "DivNoNan-zero", lambda a, b: R.DivNoNan(x=a, y=b), {"x": x, "y": np.zeros((2, 5), "float32")})
    case("math", "Xlogy", lambda a, b: R.Xlogy(x=a, y=b), {"x": x, "y": positive})
    case("math", "Xlog1py", lambda a, b: R.Xlog1py(x=a, y=b), {"x": x, "y": positive})
    case("math", "Pow", lambda a, b: R.Pow(x=a, y=b), {"x": positive, "y": y})
    case("math", "broadcast", lambda a, b: a * b + 1.0, {"x": floats(3, 1, 4), "y": floats(2, 4)}, shapes="dynamic")
    case("math", "broadcast-unknown-rank", lambda a, b: a * b + 1.0, {"x": floats(3, 1, 4), "y": floats(2, 4)}, shapes="none")
    for dtype in ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]:
        low = 0 if dtype.startswith("u") else -100
        a, b = ints(6, low=low, high=100, dtype=dtype), ints(6, low=1, high=9, dtype=dtype)
        case("math", f"arithmetic-{dtype}", lambda a, b: (a + b, a - b, a * b, a // b, tf.math.floormod(a, b), tf.maximum(a, b),
                                                         tf.minimum(a, b)), {"x": a, "y": b})
        case("math", f"compare-{dtype}", lambda a, b: (a < b, a <= b, a > b, a >= b, tf.equal(a, b), tf.not_equal(a, b)), {"x": a, "y": b})
    for dtype in ["int32", "int64"]:
        a = ints(6, dtype=dtype)
        case("math", f"unary-{dtype}", lambda a: (tf.abs(a), tf.sign(a), -a, tf.square(a)), {"x": a})
        case("math", f"TruncateDiv-{dtype}", lambda a, b: R.TruncateDiv(x=a, y=b), {"x": a, "y": ints(6, low=1, dtype=dtype)})
        case("math", f"divide-by-int-{dtype}", lambda a: a / 4, {"x": a})
        case("math", f"pow-{dtype}", lambda a: a ** 3, {"x": a})
        case("math", f"FloorDiv-negative-{dtype}", lambda a, b: (a // b, tf.math.floormod(a, b), R.TruncateMod(x=a, y=b)), {"x": a, "y": np.array([-3, 3, -2, 2, -7, 7], dtype)})
        case("math", f"bits-{dtype}", lambda a, b: (R.BitwiseAnd(x=a, y=b), R.BitwiseOr(x=a, y=b), R.BitwiseXor(x=a, y=b), R.Invert(x=a),
             R.LeftShift(x=a, y=tf.abs(b)), R.RightShift(x=a, y=tf.abs(b))), {"x": a, "y": ints(6, dtype=dtype)})
    for dtype in ["float64", "float16", "bfloat16"]:
        def some(a, b):
            return a + b, a * b, a / b, tf.exp(a), tf.tanh(a), tf.nn.relu(a), tf.sigmoid(a), tf.reduce_sum(a, 1), tf.matmul(a, b, transpose_b=True)
        values = floats(2, 5), floats(2, 5, low=0.5)
        if dtype == "bfloat16":
            case("math", "bfloat16", lambda a, b: [tf.cast(t, tf.float32) for t in some(tf.cast(a, tf.bfloat16), tf.cast(b, tf.bfloat16))[:7]],
                 {"x": values[0], "y": values[1]})
        else:
            case("math", dtype, some, {"x": values[0].astype(dtype), "y": values[1].astype(dtype)})
    case("math", "half-internal", lambda a, b: tf.cast(tf.cast(a, tf.float16) * tf.cast(b, tf.float16) + tf.cast(a, tf.float16), tf.float32), {"x": x, "y": y})
    a, b = rng.integers(0, 2, 6) > 0, rng.integers(0, 2, 6) > 0
    case("math", "logical", lambda a, b: (tf.logical_and(a, b), tf.logical_or(a, b), tf.logical_not(a), tf.math.logical_xor(a, b), tf.equal(a, b), tf.not_equal(a, b)), {"x": a, "y": b})
    case("math", "AddN", lambda a, b: tf.add_n([a, b, a]), {"x": x, "y": y})
    case("math", "AccumulateNV2", lambda a, b: R.AccumulateNV2(inputs=[a, b], shape=[2, 5]), {"x": x, "y": y}, shapes="static")
    case("math", "ClipByValue", lambda a: (R.ClipByValue(t=a, clip_value_min=-1.0, clip_value_max=0.5), tf.clip_by_value(a, -0.5, 1.0)), {"x": x})
    case("math", "ApproximateEqual", lambda a, b: R.ApproximateEqual(x=a, y=b, tolerance=0.5), {"x": x, "y": y})
    for source in ["float32", "float64", "int32", "int64", "uint8", "int8", "bool", "int16", "uint16", "uint32", "float16"]:
        value = (floats(6, low=0, high=100) if source != "bool" else ints(6, low=0, high=2)).astype(source)
        targets = [t for t in [tf.float32, tf.float64, tf.int32, tf.int64, tf.uint8, tf.bool, tf.int8, tf.int16]]
        case("math", f"Cast-{source}", lambda a, ts=targets: [tf.cast(a, t) for t in ts], {"x": value})
    case("math", "Cast-negative", lambda a: (tf.cast(a, tf.int32), tf.cast(a, tf.int64)), {"x": np.array([-1.7, -0.2, 2.9, 0.5], "float32")})
    case("math", "Cast-wrap", lambda a: (tf.cast(a, tf.uint8), tf.cast(a, tf.int8), tf.cast(a, tf.int16)), {"x": np.array([-1, 300, 128, 70000], "int32")})
    case("math", "Bitcast", lambda a: tf.bitcast(a, tf.int32), {"x": x})
    case("math", "Rank-Size-Shape", lambda a: (tf.rank(a), tf.size(a), tf.shape(a), tf.shape(a, out_type=tf.int64)), {"x": x}, shapes="none")
    case("math", "ShapeN", lambda a, b: R.ShapeN(input=[a, b]), {"x": x, "y": floats(3)}, shapes="dynamic")


def reduce_cases():
    x = floats(2, 3, 4)
    for name in ["sum", "mean", "max", "min", "prod"]:
        f = getattr(tf, f"reduce_{name}")
        case("reduce", f"{name.capitalize()}", lambda a, f=f: (f(a, 1), f(a), f(a, [0, 2], keepdims=True), f(a, -1)), {"x": x})
        case("reduce", f"{name.capitalize()}-dynamic-axes", lambda a, b, f=f: f(a, b), {"x": x, "axes": np.array([0, 2], "int32")}, shapes="none")
    case("reduce", "Sum-int", lambda a: (tf.reduce_sum(a, 0), tf.reduce_prod(a, 1), tf.reduce_max(a), tf.reduce_mean(a, 1)), {"x": ints(3, 4)})
    case("reduce", "Sum-int64", lambda a: (tf.reduce_sum(a, 0), tf.reduce_prod(a, 1), tf.reduce_max(a), tf.reduce_min(a)), {"x": ints(3, 4, dtype="int64")})
    case("reduce", "Sum-none", lambda a: tf.reduce_sum(a, []), {"x": x})
    case("reduce", "Sum-uint8", lambda a: (tf.reduce_max(a, 0), tf.reduce_sum(a, 0)), {"x": ints(3, 4, low=0, dtype="uint8")})
    b = rng.integers(0, 2, (3, 4)) > 0
    case("reduce", "All-Any", lambda a: (tf.reduce_all(a, 1), tf.reduce_any(a, 1), tf.reduce_any(a), tf.reduce_all(a, keepdims=True)), {"x": b})
    case("reduce", "EuclideanNorm", lambda a: tf.math.reduce_euclidean_norm(a, 1), {"x": x})
    case("reduce", "logsumexp", lambda a: tf.reduce_logsumexp(a, 1), {"x": x})
    case("reduce", "variance", lambda a: (tf.math.reduce_variance(a, 1), tf.math.reduce_std(a)), {"x": x})
    case("reduce", "ArgMax-ArgMin", lambda a: (tf.argmax(a, 1), tf.argmin(a, -1), tf.argmax(a, 0, output_type=tf.int32)), {"x": x})
    case("reduce", "ArgMax-int", lambda a: tf.argmax(a, 1), {"x": ints(3, 4)})
    case("reduce", "ArgMax-ties", lambda a: (tf.argmax(a, 1), tf.argmin(a, 1)), {"x": np.array([[1, 3, 3, 1]], "float32")})
    case("reduce", "Cumsum", lambda a: (tf.cumsum(a, 1), tf.cumsum(a, 1, exclusive=True), tf.cumsum(a, -1, reverse=True), tf.cumsum(a, 0, True, True)), {"x": x})
    case("reduce", "Cumsum-int", lambda a: tf.cumsum(a, 1), {"x": ints(3, 4)})
    case("reduce", "Cumprod", lambda a: (tf.math.cumprod(a, 1), tf.math.cumprod(a, 1, exclusive=True), tf.math.cumprod(a, 1, reverse=True)), {"x": x})
    case("reduce", "CumulativeLogsumexp", lambda a: tf.math.cumulative_logsumexp(a, 1), {"x": x})
    case("reduce", "TopK", lambda a: tf.nn.top_k(a, 2), {"x": x})
    case("reduce", "TopK-dynamic", lambda a, k: tf.nn.top_k(a, k), {"x": x, "k": np.array(3, "int32")})
    case("reduce", "TopK-int", lambda a: tf.nn.top_k(a, 3), {"x": ints(2, 6)})
    case("reduce", "InTopK", lambda a, b: tf.math.in_top_k(b, a, 2), {"x": floats(3, 4), "y": ints(3, low=0, high=4)})
    case("reduce", "NthElement", lambda a: tf.raw_ops.NthElement(input=a, n=1), {"x": x})
    case("reduce", "sort", lambda a: (tf.sort(a, -1), tf.sort(a, -1, "DESCENDING"), tf.argsort(a, -1)), {"x": x})
    case("reduce", "Softmax", lambda a: (tf.nn.softmax(a), tf.nn.log_softmax(a), tf.nn.softmax(a, axis=1)), {"x": x})
    case("reduce", "Softmax-2d", lambda a: (tf.nn.softmax(a), tf.nn.log_softmax(a)), {"x": floats(3, 4)})
    case("reduce", "L2Loss", lambda a: tf.nn.l2_loss(a), {"x": x})
    case("reduce", "l2_normalize", lambda a: tf.math.l2_normalize(a, 1), {"x": x})
    case("reduce", "SegmentSum", lambda a: (tf.math.segment_sum(a, [0, 0, 2]), tf.math.segment_mean(a, [0, 0, 1]), tf.math.segment_max(a, [0, 1, 1]), tf.math.segment_min(a, [0, 1, 1]), tf.math.segment_prod(a, [0, 1, 1])), {"x": floats(3, 4)}, shapes="static")
    case("reduce", "UnsortedSegment", lambda a, i: (tf.math.unsorted_segment_sum(a, i, 4), tf.math.unsorted_segment_max(a, i, 4), tf.math.unsorted_segment_mean(a, i, 4), tf.math.unsorted_segment_prod(a, i, 4), tf.math.unsorted_segment_min(a, i, 4)), {"x": floats(3, 4), "i": np.array([2, 0, 2], "int32")})
    case("reduce", "Bincount", lambda a: (tf.raw_ops.DenseBincount(input=a, size=6, weights=tf.constant([], tf.float32), binary_output=False), tf.raw_ops.DenseBincount(input=a, size=6, weights=tf.constant([], tf.float32), binary_output=True)), {"x": ints(2, 5, low=0, high=6)})
    case("reduce", "Bincount-weights", lambda a, w: tf.raw_ops.DenseBincount(input=a, size=6, weights=w, binary_output=False), {"x": ints(2, 5, low=0, high=6), "w": floats(2, 5)})
    case("reduce", "MatrixInverse", lambda a: (tf.linalg.inv(a), tf.linalg.det(a)), {"x": floats(2, 3, 3) + 3 * np.eye(3, dtype="float32")})
    case("reduce", "histogram_fixed_width", lambda a: tf.histogram_fixed_width(a, [0.0, 1.0], 4), {"x": floats(8)})


def list_cases():
    item = tf.constant([], tf.int32)

    def pushed(a):
        made = R.TensorListPushBack(input_handle=R.EmptyTensorList(element_shape=[3], max_num_elements=-1, element_dtype=tf.float32), tensor=a[0])
        made = R.TensorListPushBack(input_handle=made, tensor=a[1])
        shorter, last = R.TensorListPopBack(input_handle=made, element_shape=[3], element_dtype=tf.float32)
        longer = R.TensorListResize(input_handle=shorter, size=2)
        longer = R.TensorListSetItem(input_handle=longer, index=1, item=last * 2.0)
        return (R.TensorListLength(input_handle=made), last, R.TensorListStack(input_handle=longer, element_shape=[3], element_dtype=tf.float32),
                R.TensorListElementShape(input_handle=made, shape_type=tf.int32))
    case("list", "TensorListPushBack", pushed, {"x": floats(2, 3)}, shapes="static")
    case("list", "InTopK", lambda a, t: R.InTopK(predictions=a, targets=t, k=2), {"x": floats(3, 4), "t": np.array([0, 1, 3], "int32")})
    case("list", "UniqueV2", lambda a: tuple(R.UniqueV2(x=a, axis=tf.constant([0], tf.int64))), {"x": np.array([3, 1, 3], "int32")})
    case("list", "UniqueWithCountsV2", lambda a: tuple(R.UniqueWithCountsV2(x=a, axis=tf.constant([0], tf.int64))), {"x": np.array([3, 1, 3], "int32")})
    case("list", "ParallelDynamicStitch", lambda a: R.ParallelDynamicStitch(indices=[tf.constant([0, 2]), tf.constant([1])], data=[a, a[:1] * 2.0]), {"x": floats(2, 3)}, shapes="static")
    case("list", "UnicodeDecodeWithOffsets", lambda t: tuple(R.UnicodeDecodeWithOffsets(input=t, input_encoding="UTF-8")), {"t": np.array(["h\u00e9".encode(), b"x"])})
    boxes = np.array([[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, 10, 1, 11]], "float32")
    scores = np.array([0.9, 0.75, 0.6], "float32")
    case("list", "NonMaxSuppression", lambda b, s: R.NonMaxSuppression(boxes=b, scores=s, max_output_size=2, iou_threshold=0.5), {"b": boxes, "s": scores})
    case("list", "NonMaxSuppressionV2", lambda b, s: R.NonMaxSuppressionV2(boxes=b, scores=s, max_output_size=2, iou_threshold=0.5), {"b": boxes, "s": scores})
    case("list", "NonMaxSuppressionV4", lambda b, s: tuple(R.NonMaxSuppressionV4(boxes=b, scores=s, max_output_size=2, iou_threshold=0.5, score_threshold=0.1)), {"b": boxes, "s": scores})
    case("list", "ParseSingleExample", lambda t: (lambda p: (*p.sparse_values, *p.dense_values))(R.ParseSingleExample(serialized=t, dense_defaults=[tf.constant([0.0])], num_sparse=1, sparse_keys=["b"], dense_keys=["a"], sparse_types=[tf.int64], dense_shapes=[[1]])),
         {"t": np.array(example(a=[1.5], b=[7, 8]), dtype=object)})
    del item


def list_v1_cases():
    v1 = tf.compat.v1

    def arrays():
        a = v1.placeholder(tf.float32, [4, 3], name="x")
        array = tf.TensorArray(tf.float32, size=2, infer_shape=False, clear_after_read=False).split(a, [1, 3])
        return tf.cast(array.size(), tf.float32), array.read(1), array.concat()
    v1_case("list-v1", "TensorArray-split", arrays, [{"x": floats(4, 3)}])


def shape_cases():
    x = floats(2, 3, 4)
    case("shape", "Reshape", lambda a: (tf.reshape(a, [-1, 6]), tf.reshape(a, [-1]), tf.reshape(a, [tf.shape(a)[0], -1])), {"x": x})
    case("shape", "Reshape-dynamic", lambda a, s: tf.reshape(a, s), {"x": x, "s": np.array([4, -1], "int32")}, shapes="none")
    case("shape", "Reshape-zero", lambda a: tf.reshape(a, [0, 4]), {"x": np.zeros((0, 3), "float32")}, shapes="dynamic")
    case("shape", "ExpandDims-Squeeze", lambda a: (tf.expand_dims(a, 1), tf.expand_dims(a, -1), tf.squeeze(tf.expand_dims(a, 1), 1), tf.squeeze(tf.expand_dims(a, 0))), {"x": x}, shapes="static")
    case("shape", "Squeeze-dynamic", lambda a: tf.squeeze(a), {"x": floats(1, 3, 1)}, shapes="none")
    case("shape", "Transpose", lambda a: (tf.transpose(a), tf.transpose(a, [1, 0, 2])), {"x": x})
    case("shape", "Transpose-dynamic", lambda a: tf.transpose(a), {"x": x}, shapes="none")
    case("shape", "ConcatV2", lambda a, b: (tf.concat([a, b], 1), tf.concat([a, b], -2)), {"x": x, "y": floats(2, 1, 4)})
    case("shape", "Concat", lambda a, b: R.Concat(concat_dim=1, values=[a, b]), {"x": x, "y": floats(2, 1, 4)})
    case("shape", "Pack-Unpack", lambda a, b: (tf.stack([a, b], 1), tf.stack([a, b], -1), *tf.unstack(a, axis=1)), {"x": floats(2, 3), "y": floats(2, 3)})
    case("shape", "Split", lambda a: (*tf.split(a, 2, -1), *tf.split(a, [1, 2], 1), *tf.split(a, [1, -1], 1)), {"x": x})
    case("shape", "Tile", lambda a: tf.tile(a, [2, 1, 3]), {"x": x})
    case("shape", "Tile-dynamic", lambda a, m: tf.tile(a, m), {"x": x, "m": np.array([1, 2, 2], "int32")})
    case("shape", "Pad", lambda a: (tf.pad(a, [[1, 0], [0, 2], [1, 1]]), tf.pad(a, [[1, 0], [0, 2], [1, 1]], constant_values=2.5)), {"x": x})
    case("shape", "MirrorPad", lambda a: (tf.pad(a, [[0, 0], [1, 2], [1, 1]], "REFLECT"), tf.pad(a, [[0, 0], [1, 2], [1, 1]], "SYMMETRIC")), {"x": x})
    case("shape", "Pad-int", lambda a: tf.pad(a, [[1, 2]]), {"x": ints(3)})
    case("shape", "Slice", lambda a: (tf.slice(a, [0, 1, 0], [-1, 2, 3]), tf.slice(a, [0, 0, 1], [2, -1, -1])), {"x": x})
    case("shape", "Slice-dynamic", lambda a, b, s: tf.slice(a, b, s), {"x": x, "b": np.array([0, 1, 1], "int32"), "s": np.array([1, -1, 2], "int32")}, shapes="none")
    case("shape", "StridedSlice", lambda a: (a[:, 1], a[..., 1:3], a[0, 1, 2], a[:, ::-1], a[:, 2:0:-1, ::2], a[:, tf.newaxis, 1:, :, tf.newaxis], a[-1:, ..., -1], a[1:1], a[:, -2:]), {"x": x})
    case("shape", "StridedSlice-dynamic", lambda a, n: (a[:, :n], a[:, n], a[:, n:, tf.newaxis]), {"x": x, "n": np.array(1, "int32")})
    case("shape", "StridedSlice-int", lambda a: (a[:, 1], a[::2]), {"x": ints(3, 4)})
    case("shape", "StridedSlice-bool", lambda a: a[:, 1:], {"x": ints(3, 4) > 0})
    case("shape", "Gather", lambda a, i: (tf.gather(a, i), tf.gather(a, i, axis=1), R.Gather(params=a, indices=i)), {"x": x, "i": np.array([[1, 0], [1, 1]], "int32")})
    case("shape", "Gather-batch", lambda a, i: (tf.gather(a, i, batch_dims=1), tf.gather(a, i, axis=2, batch_dims=1)), {"x": x, "i": np.array([[1, 0], [2, 1]], "int32")})
    case("shape", "Gather-batch-2", lambda a, i: tf.gather(a, i, batch_dims=2), {"x": x, "i": ints(2, 3, low=0, high=4)})
    case("shape", "GatherNd", lambda a, i: tf.gather_nd(a, i), {"x": x, "i": np.array([[1, 0], [0, 2]], "int32")})
    case("shape", "GatherNd-batch", lambda a, i: tf.gather_nd(a, i, batch_dims=1), {"x": x, "i": np.array([[1], [2]], "int32")})
    case("shape", "ResourceGather-like", lambda i: tf.gather(tf.constant(floats(5, 3)), i), {"i": np.array([[4], [0]], "int64")})
    case("shape", "ScatterNd", lambda i, u: tf.scatter_nd(i, u, [4, 3]), {"i": np.array([[1], [3], [1]], "int32"), "u": floats(3, 3)})
    case("shape", "TensorScatter", lambda a, i, u: (tf.tensor_scatter_nd_update(a, i, u), tf.tensor_scatter_nd_add(a, i, u), tf.tensor_scatter_nd_sub(a, i, u), tf.tensor_scatter_nd_max(a, i, u), tf.tensor_scatter_nd_min(a, i, u)), {"x": floats(4, 3), "i": np.array([[1], [3]], "int32"), "u": floats(2, 3)})
    case("shape", "Where", lambda a: tf.where(a), {"x": ints(3, 4) > 0})
    case("shape", "Where-number", lambda a: tf.where(a), {"x": ints(3, 4, low=0, high=2)})
    case("shape", "SelectV2", lambda c, a, b: (tf.where(c, a, b), tf.where(c, a, 0.0)), {"c": ints(2, 3, 4) > 0, "x": x, "y": floats(2, 3, 4)})
    case("shape", "Select", lambda c, a, b: R.Select(condition=c, x=a, y=b), {"c": np.array([True, False]), "x": x, "y": floats(2, 3, 4)})
    case("shape", "Select-same", lambda c, a, b: R.Select(condition=c, x=a, y=b), {"c": ints(2, 3, 4) > 0, "x": x, "y": floats(2, 3, 4)})
    case("shape", "OneHot", lambda i: (tf.one_hot(i, 4), tf.one_hot(i, 4, 2.0, -1.0), tf.one_hot(i, 4, axis=0), tf.one_hot(i, 4, dtype=tf.int32)), {"i": np.array([[1, 3], [-1, 7]], "int32")})
    case("shape", "OneHot-bool", lambda i: tf.one_hot(i, 4, on_value=True, off_value=False), {"i": np.array([[1, 3], [0, 2]], "int64")})
    case("shape", "Range", lambda n: (tf.range(n), tf.range(1, n, 2), tf.cast(tf.range(0.0, 2.0, 0.5), tf.float32)), {"n": np.array(6, "int32")})
    case("shape", "Range-float", lambda n: tf.range(0.0, n, 0.3), {"n": np.array(1.4, "float32")})
    case("shape", "LinSpace", lambda a, b: tf.linspace(a, b, 5), {"a": np.array(1.0, "float32"), "b": np.array(3.0, "float32")})
    case("shape", "Fill", lambda a: (tf.fill(tf.shape(a), 3.5), tf.zeros_like(a), tf.ones_like(a), tf.zeros([tf.shape(a)[0], 2], tf.int32)), {"x": x})
    case("shape", "BroadcastTo", lambda a: (tf.broadcast_to(a, [3, 2, 3]), tf.broadcast_dynamic_shape(tf.shape(a), [5, 1, 1])), {"x": floats(2, 3)})
    case("shape", "BroadcastGradientArgs", lambda a: tf.broadcast_to(a, [2, 3, 4]), {"x": floats(3, 1)})
    case("shape", "ReverseV2", lambda a: (tf.reverse(a, [1]), tf.reverse(a, [0, 2])), {"x": x})
    case("shape", "ReverseSequence", lambda a, n: (tf.reverse_sequence(a, n, seq_axis=1, batch_axis=0)), {"x": x, "n": np.array([2, 3], "int32")})
    case("shape", "Roll", lambda a: tf.roll(a, [1, -1], [1, 2]), {"x": x})
    case("shape", "DepthToSpace", lambda a: (tf.nn.depth_to_space(a, 2), tf.nn.space_to_depth(tf.nn.depth_to_space(a, 2), 2)), {"x": floats(1, 2, 3, 8)})
    case("shape", "SpaceToBatchND", lambda a: (tf.space_to_batch(a, [2, 2], [[1, 1], [0, 2]]), tf.batch_to_space(tf.space_to_batch(a, [2, 2], [[1, 1], [0, 2]]), [2, 2], [[1, 1], [0, 2]])), {"x": floats(1, 4, 4, 2)}, shapes="static")
    case("shape", "SpaceToBatchND-dynamic", lambda a: tf.batch_to_space(tf.space_to_batch(a, [2], [[1, 1]]), [2], [[1, 0]]), {"x": floats(2, 4, 2)}, shapes={"x": [None, None, 2]})
    case("shape", "MatrixBandPart", lambda a: (tf.linalg.band_part(a, -1, 0), tf.linalg.band_part(a, 0, -1), tf.linalg.band_part(a, 1, 1)), {"x": floats(2, 4, 4)})
    case("shape", "MatrixDiag", lambda a: (tf.linalg.diag(a), tf.linalg.diag_part(tf.linalg.diag(a))), {"x": floats(2, 3)})
    case("shape", "MatrixSetDiag", lambda a, d: tf.linalg.set_diag(a, d), {"x": floats(2, 3, 3), "d": floats(2, 3)})
    case("shape", "eye", lambda a: tf.eye(3, batch_shape=[2]) + a, {"x": floats(2, 3, 3)})
    case("shape", "InvertPermutation", lambda a: R.InvertPermutation(x=a), {"x": np.array([2, 0, 1], "int32")})
    case("shape", "meshgrid", lambda a, b: tf.meshgrid(a, b), {"x": floats(3), "y": floats(2)})
    case("shape", "sequence_mask", lambda n: (tf.sequence_mask(n, 5), tf.sequence_mask(n, dtype=tf.float32)), {"n": np.array([1, 3, 0], "int32")})
    case("shape", "Unique", lambda a: tf.unique(a), {"x": np.array([5, 3, 5, 7, 3], "int32")})
    case("shape", "UniqueWithCounts", lambda a: tuple(tf.unique_with_counts(a)), {"x": np.array([5.0, 3.0, 5.0], "float32")})
    case("shape", "ListDiff", lambda a, b: tuple(R.ListDiff(x=a, y=b)), {"x": np.array([1, 2, 3, 4, 5], "int32"), "y": np.array([2, 5], "int32")})
    case("shape", "DynamicPartition-Stitch", lambda a, p: tf.dynamic_stitch(tf.dynamic_partition(tf.range(4), p, 2), tf.dynamic_partition(a, p, 2)), {"x": floats(4, 2), "p": np.array([1, 0, 1, 0], "int32")})
    case("shape", "Bucketize", lambda a: R.Bucketize(input=a, boundaries=[-1.0, 0.0, 1.0]), {"x": np.array([[-2, -1, -0.5], [0, 0.5, 3]], "float32")})
    case("shape", "Bucketize-int", lambda a: R.Bucketize(input=a, boundaries=[0.0, 10.0]), {"x": np.array([-1, 0, 5, 10, 30], "int64")})
    case("shape", "SearchSorted", lambda a, b: (tf.searchsorted(a, b), tf.searchsorted(a, b, side="right")), {"x": np.array([[1, 3, 5, 7]], "float32"), "y": np.array([[0, 3, 8]], "float32")})
    case("shape", "boolean_mask", lambda a, m: tf.boolean_mask(a, m), {"x": floats(4, 2), "m": np.array([True, False, True, False])})
    case("shape", "EnsureShape", lambda a: tf.ensure_shape(a, [None, 3, 4]), {"x": x})
    case("shape", "Snapshot-PreventGradient", lambda a: R.PreventGradient(input=R.Snapshot(input=a)), {"x": x})
    case("shape", "IdentityN", lambda a, b: R.IdentityN(input=[a, b]), {"x": x, "y": x})


def nn_cases():
    x = floats(2, 7, 6, 3)
    w = floats(3, 3, 3, 4)
    for padding in ["SAME", "VALID"]:
        for stride in [1, 2]:
            case("nn", f"Conv2D-{padding}-{stride}", lambda a, p=padding, s=stride: tf.nn.conv2d(a, w, s, p), {"x": x})
    case("nn", "Conv2D-dynamic", lambda a: tf.nn.conv2d(a, w, 2, "SAME"), {"x": x}, {"x": floats(1, 8, 5, 3)}, shapes={"x": [None, None, None, 3]})
    case("nn", "Conv2D-dilated", lambda a: (tf.nn.conv2d(a, w, 1, "SAME", dilations=2), tf.nn.conv2d(a, w, 1, "VALID", dilations=[1, 2])), {"x": x})
    case("nn", "Conv2D-explicit", lambda a: tf.nn.conv2d(a, w, [2, 1], [[0, 0], [1, 2], [0, 1], [0, 0]]), {"x": x})
    case("nn", "Conv2D-grouped", lambda a: tf.nn.conv2d(a, floats(3, 3, 2, 6), 1, "SAME"), {"x": floats(1, 5, 5, 4)})
    case("nn", "Conv2D-1x1", lambda a: tf.nn.conv2d(a, floats(1, 1, 3, 5), 1, "VALID"), {"x": x})
    case("nn", "Conv2D-weights-input", lambda a, b: tf.nn.conv2d(a, b, 1, "SAME"), {"x": x, "w": w}, shapes="static")
    case("nn", "Conv2D-double", lambda a: tf.nn.conv2d(a, w.astype("float64"), 1, "SAME"), {"x": x.astype("float64")})
    case("nn", "conv1d", lambda a: (tf.nn.conv1d(a, floats(3, 2, 4), 1, "SAME"), tf.nn.conv1d(a, floats(3, 2, 4), 2, "VALID", dilations=1)), {"x": floats(2, 9, 2)})
    case("nn", "conv1d-causal", lambda a: tf.nn.conv1d(tf.pad(a, [[0, 0], [4, 0], [0, 0]]), floats(3, 2, 4), 1, "VALID", dilations=2), {"x": floats(2, 9, 2)}, shapes={"x": [None, None, 2]})
    for padding in ["SAME", "VALID"]:
        case("nn", f"DepthwiseConv2d-{padding}", lambda a, p=padding: (tf.nn.depthwise_conv2d(a, floats(3, 3, 3, 2), [1, 1, 1, 1], p), tf.nn.depthwise_conv2d(a, floats(3, 3, 3, 1), [1, 2, 2, 1], p)), {"x": x})
    case("nn", "DepthwiseConv2d-dilated", lambda a: tf.nn.depthwise_conv2d(a, floats(3, 3, 3, 2), [1, 1, 1, 1], "SAME", dilations=[2, 2]), {"x": x})
    case("nn", "SeparableConv2d", lambda a: tf.nn.separable_conv2d(a, floats(3, 3, 3, 2), floats(1, 1, 6, 4), [1, 1, 1, 1], "SAME"), {"x": x})
    case("nn", "Conv3D", lambda a: (tf.nn.conv3d(a, floats(2, 3, 3, 2, 3), [1, 1, 1, 1, 1], "SAME"), tf.nn.conv3d(a, floats(2, 3, 3, 2, 3), [1, 2, 1, 2, 1], "VALID")), {"x": floats(1, 4, 5, 6, 2)})
    for padding in ["SAME", "VALID"]:
        size = 10 if padding == "SAME" else 11
        case("nn", f"Conv2DTranspose-{padding}", lambda a, p=padding, s=size: tf.nn.conv2d_transpose(a, floats(3, 3, 4, 3), [2, s, s, 4], 2, p), {"x": floats(2, 5, 5, 3)}, shapes="static")
    case("nn", "Conv2DTranspose-dynamic", lambda a: tf.nn.conv2d_transpose(a, floats(3, 3, 4, 3), [tf.shape(a)[0], tf.shape(a)[1] * 2, tf.shape(a)[2] * 2, 4], 2, "SAME"), {"x": floats(2, 4, 5, 3)}, shapes={"x": [None, None, None, 3]})
    case("nn", "Conv2DTranspose-odd", lambda a: tf.nn.conv2d_transpose(a, floats(3, 3, 4, 3), [2, 9, 9, 4], 2, "SAME"), {"x": floats(2, 5, 5, 3)}, shapes="static")
    case("nn", "Conv2DTranspose-stride-1", lambda a: tf.nn.conv2d_transpose(a, floats(4, 4, 4, 3), [2, 5, 5, 4], 1, "SAME"), {"x": floats(2, 5, 5, 3)}, shapes="static")
    case("nn", "Conv3DTranspose", lambda a: tf.nn.conv3d_transpose(a, floats(2, 3, 3, 3, 2), [1, 4, 6, 8, 3], 2, "SAME"), {"x": floats(1, 2, 3, 4, 2)}, shapes="static")
    case("nn", "conv1d_transpose", lambda a: tf.nn.conv1d_transpose(a, floats(3, 4, 2), [2, 10, 4], 2, "SAME"), {"x": floats(2, 5, 2)}, shapes="static")
    for padding in ["SAME", "VALID"]:
        case("nn", f"MaxPool-{padding}", lambda a, p=padding: (tf.nn.max_pool2d(a, 2, 2, p), tf.nn.max_pool2d(a, 3, 1, p)), {"x": x})
        case("nn", f"AvgPool-{padding}", lambda a, p=padding: (tf.nn.avg_pool2d(a, 2, 2, p), tf.nn.avg_pool2d(a, 3, 2, p)), {"x": x})
        case("nn", f"Pool3D-{padding}", lambda a, p=padding: (tf.nn.max_pool3d(a, 2, 2, p), tf.nn.avg_pool3d(a, 2, 2, p)), {"x": floats(1, 5, 4, 6, 2)})
        case("nn", f"pool1d-{padding}", lambda a, p=padding: (tf.nn.max_pool1d(a, 2, 2, p), tf.nn.avg_pool1d(a, 2, 2, p)), {"x": floats(2, 5, 3)})
    case("nn", "AvgPool-dynamic", lambda a: tf.nn.avg_pool2d(a, 3, 2, "SAME"), {"x": x}, shapes={"x": [None, None, None, 3]})
    case("nn", "MaxPoolV2", lambda a: R.MaxPoolV2(input=a, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME"), {"x": x})
    for name, f in [("V1", lambda a, s, o, m, v: R.FusedBatchNorm(x=a, scale=s, offset=o, mean=m, variance=v, epsilon=0.01, is_training=False)[0]),
                    ("V2", lambda a, s, o, m, v: R.FusedBatchNormV2(x=a, scale=s, offset=o, mean=m, variance=v, epsilon=0.01, is_training=False)[0]),
                    ("V3", lambda a, s, o, m, v: R.FusedBatchNormV3(x=a, scale=s, offset=o, mean=m, variance=v, epsilon=0.01, is_training=False)[0])]:
        case("nn", f"FusedBatchNorm-{name}", lambda a, f=f: f(a, floats(3), floats(3), floats(3), floats(3, low=0.5)), {"x": x})
    case("nn", "FusedBatchNorm-training", lambda a: R.FusedBatchNormV3(x=a, scale=floats(3), offset=floats(3), mean=tf.constant([], tf.float32), variance=tf.constant([], tf.float32), epsilon=0.01, is_training=True)[0], {"x": x})
    case("nn", "batch_normalization", lambda a: tf.nn.batch_normalization(a, floats(3), floats(3, low=0.5), floats(3), floats(3), 0.001), {"x": x})
    case("nn", "moments", lambda a: tf.nn.moments(a, [1, 2]), {"x": x})
    case("nn", "LRN", lambda a: (tf.nn.lrn(a, 2, 1.5, 0.7, 0.6), tf.nn.local_response_normalization(a)), {"x": floats(1, 3, 3, 8)})
    case("nn", "BiasAdd", lambda a: (tf.nn.bias_add(a, floats(3)), tf.nn.bias_add(tf.transpose(a, [0, 3, 1, 2]), floats(3), "NCHW")), {"x": x})
    case("nn", "BiasAdd-2d", lambda a: R.BiasAddV1(value=tf.nn.bias_add(a, floats(3)), bias=floats(3)), {"x": floats(2, 3)})
    case("nn", "chain", lambda a: tf.reduce_mean(tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(tf.nn.max_pool2d(tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(a, w, 1, "SAME"), floats(4))), 2, 2, "SAME"), floats(3, 3, 4, 2), 1, "SAME"), floats(2))), [1, 2]), {"x": x})
    case("nn", "residual", lambda a: tf.nn.relu(tf.nn.conv2d(a, floats(3, 3, 3, 3), 1, "SAME") * floats(3) + a) + 1.0, {"x": x})
    case("nn", "squeeze-excite", lambda a: a * tf.sigmoid(tf.nn.conv2d(tf.reduce_mean(tf.nn.conv2d(a, floats(3, 3, 3, 3), 1, "SAME"), [1, 2], keepdims=True), floats(1, 1, 3, 3), 1, "SAME")), {"x": x})
    case("nn", "concat-channels", lambda a: tf.concat([tf.nn.conv2d(a, w, 1, "SAME"), tf.nn.max_pool2d(a, 3, 1, "SAME")], -1), {"x": x})
    case("nn", "MatMul", lambda a: (tf.matmul(a, floats(4, 5)), tf.matmul(a, floats(5, 4), transpose_b=True), tf.matmul(a, floats(2, 5), transpose_a=True)), {"x": floats(2, 4)}, shapes="static")
    case("nn", "MatMul-int", lambda a, b: tf.matmul(a, b), {"x": ints(2, 4), "y": ints(4, 3)}, shapes="static")
    case("nn", "BatchMatMul", lambda a, b: (tf.matmul(a, b), R.BatchMatMul(x=a, y=b), R.BatchMatMulV2(x=a, y=tf.transpose(b, [0, 2, 1]), adj_y=True), tf.matmul(a, a, transpose_a=True)), {"x": floats(2, 3, 4), "y": floats(2, 4, 5)}, shapes="dynamic")
    case("nn", "BatchMatMulV2-broadcast", lambda a, b: tf.matmul(a, b), {"x": floats(2, 1, 3, 4), "y": floats(5, 4, 2)}, shapes="dynamic")
    case("nn", "BatchMatMulV3", lambda a, b: R.BatchMatMulV3(x=a, y=b, Tout=tf.int32), {"x": ints(2, 3, 4), "y": ints(2, 4, 5)})
    case("nn", "Einsum", lambda a, b: (tf.einsum("bij,bjk->bik", a, b), tf.einsum("bij->bji", a), tf.einsum("bij,bjk->ik", a, b)), {"x": floats(2, 3, 4), "y": floats(2, 4, 5)})
    case("nn", "Einsum-attention", lambda a, b: R.Einsum(inputs=[a, b], equation="abcd,aecd->acbe"), {"x": floats(1, 3, 2, 4), "y": floats(1, 5, 2, 4)})
    case("nn", "Einsum-ellipsis", lambda a, b: R.Einsum(inputs=[a, b], equation="...ij,jk->...ik"), {"x": floats(2, 3, 4), "y": floats(4, 5)})
    case("nn", "tensordot", lambda a: tf.tensordot(a, floats(4, 2), [[2], [0]]), {"x": floats(2, 3, 4)})
    case("nn", "LSTMBlockCell", lambda a, c, h: R.LSTMBlockCell(x=a, cs_prev=c, h_prev=h, w=floats(5, 8), wci=tf.zeros(2), wcf=tf.zeros(2), wco=tf.zeros(2), b=floats(8), forget_bias=1.0, cell_clip=-1.0, use_peephole=False), {"x": floats(2, 3), "c": floats(2, 2), "h": floats(2, 2)}, only=(1, 6))
    case("nn", "GRUBlockCell", lambda a, h: R.GRUBlockCell(x=a, h_prev=h, w_ru=floats(5, 4), w_c=floats(5, 2), b_ru=floats(4), b_c=floats(2)), {"x": floats(2, 3), "h": floats(2, 2)}, only=(3,))
    case("nn", "SparseSoftmaxCrossEntropy", lambda a, l: tf.nn.sparse_softmax_cross_entropy_with_logits(l, a), {"x": floats(3, 4), "l": np.array([0, 2, 3], "int32")})
    case("nn", "SoftmaxCrossEntropy", lambda a: tf.nn.softmax_cross_entropy_with_logits(tf.one_hot([0, 2, 3], 4), a), {"x": floats(3, 4)})
    case("nn", "FakeQuant", lambda a: (R.FakeQuantWithMinMaxArgs(inputs=a, min=-1.0, max=1.5, num_bits=8), R.FakeQuantWithMinMaxVars(inputs=a, min=-1.2, max=1.5, num_bits=8, narrow_range=True), R.FakeQuantWithMinMaxVarsPerChannel(inputs=a, min=tf.constant([-1.0, -0.5, 0.0]), max=tf.constant([1.0, 1.5, 2.0]))), {"x": floats(4, 3)})
    case("nn", "QuantizeAndDequantize", lambda a: R.QuantizeAndDequantizeV2(input=a, input_min=-1.0, input_max=1.0, range_given=True), {"x": floats(4, 3)})
    case("nn", "Dilation2D", lambda a: R.Dilation2D(input=a, filter=floats(2, 2, 3), strides=[1, 1, 1, 1], rates=[1, 1, 1, 1], padding="SAME"), {"x": x})


def image_cases():
    x = floats(2, 4, 5, 3, low=0, high=255)
    for size in [(8, 10), (7, 3), (2, 2)]:
        for method in ["bilinear", "nearest"]:
            case("image", f"resize-{method}-{size[0]}x{size[1]}", lambda a, s=size, m=method: tf.image.resize(a, s, method=m), {"x": x})
    for op in ["ResizeBilinear", "ResizeNearestNeighbor"]:
        for align, half in [(True, False), (False, False), (False, True)]:
            case("image", f"{op}-{'align' if align else 'half' if half else 'legacy'}", lambda a, op=op, al=align, h=half: getattr(R, op)(images=a, size=[7, 9], align_corners=al, half_pixel_centers=h), {"x": x})
    case("image", "resize-dynamic", lambda a: tf.image.resize(a, tf.shape(a)[1:3] * 2), {"x": x}, shapes={"x": [None, None, None, 3]})
    case("image", "ResizeBicubic", lambda a: R.ResizeBicubic(images=a, size=[7, 9], half_pixel_centers=True), {"x": x})
    case("image", "ResizeArea", lambda a: R.ResizeArea(images=a, size=[2, 5]), {"x": x})
    case("image", "resize-uint8", lambda a: tf.image.resize(a, [6, 6]), {"x": ints(1, 4, 4, 3, low=0, high=256, dtype="uint8")})
    case("image", "resize-antialias", lambda a: tf.image.resize(a, [2, 3], antialias=True), {"x": x}, shapes="static")
    case("image", "CropAndResize", lambda a, b: tf.image.crop_and_resize(a, b, [0, 1, 0], [3, 4]), {"x": x, "b": np.array([[0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9], [0.2, 0.1, 1.2, 0.7]], "float32")}, shapes="static")
    case("image", "NonMaxSuppression", lambda b, s: tf.image.non_max_suppression(b, s, 3, 0.5), {"b": np.array([[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, -0.1, 1, 0.9], [0, 10, 1, 11], [0, 10.1, 1, 11.1]], "float32"), "s": np.array([0.9, 0.75, 0.6, 0.95, 0.5], "float32")})
    case("image", "NonMaxSuppression-score", lambda b, s: tf.image.non_max_suppression(b, s, 3, 0.5, 0.7), {"b": np.array([[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, 10, 1, 11]], "float32"), "s": np.array([0.9, 0.75, 0.6], "float32")})
    case("image", "CombinedNonMaxSuppression", lambda b, s: tuple(tf.image.combined_non_max_suppression(b, s, 2, 3, 0.5, 0.1)), {"b": np.array([[[[0, 0, 1, 1]], [[0, 0.1, 1, 1.1]], [[0, 10, 1, 11]]]], "float32") / 12, "s": floats(1, 3, 2, low=0, high=1)})
    case("image", "rgb_to_grayscale", lambda a: tf.image.rgb_to_grayscale(a), {"x": x})
    case("image", "per_image_standardization", lambda a: tf.image.per_image_standardization(a), {"x": x})
    case("image", "adjust_contrast", lambda a: (tf.image.adjust_contrast(a, 1.5), tf.image.adjust_brightness(a, 0.1), tf.image.flip_left_right(a)), {"x": x})
    case("image", "central_crop", lambda a: tf.image.central_crop(a, 0.5), {"x": x}, shapes="static")
    case("image", "pad_to_bounding_box", lambda a: tf.image.pad_to_bounding_box(a, 1, 1, 8, 8), {"x": x}, shapes="static")
    case("image", "convert_image_dtype", lambda a: tf.image.convert_image_dtype(a, tf.float32), {"x": ints(1, 4, 4, 3, low=0, high=256, dtype="uint8")})
    case("image", "RGBToHSV", lambda a: (R.RGBToHSV(images=a), R.HSVToRGB(images=R.RGBToHSV(images=a))), {"x": x / 255})
    case("image", "extract_patches", lambda a: tf.image.extract_patches(a, [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], "VALID"), {"x": x}, shapes="static")


def control_cases():
    s = tf.constant
    case("control", "If", lambda p, a: tf.cond(p, lambda: a * 2.0, lambda: a - 1.0), {"p": np.array(True), "x": floats(2, 3)}, {"p": np.array(False), "x": floats(2, 3)})
    case("control", "If-shapes", lambda p, a: tf.cond(p, lambda: a[:1], lambda: tf.concat([a, a], 0)), {"p": np.array(True), "x": floats(2, 3)}, {"p": np.array(False), "x": floats(2, 3)})
    case("control", "If-nested", lambda n, a: tf.cond(n > 1, lambda: tf.cond(n > 2, lambda: a + 3.0, lambda: a + 2.0), lambda: a), {"n": np.array(3, "int32"), "x": floats(2, 3)}, {"n": np.array(2, "int32"), "x": floats(2, 3)}, {"n": np.array(0, "int32"), "x": floats(2, 3)})
    case("control", "Case", lambda i, a: tf.switch_case(i, [lambda: a, lambda: a * 2.0, lambda: a * 3.0]), {"i": np.array(1, "int32"), "x": floats(2)}, {"i": np.array(7, "int32"), "x": floats(2)})
    case("control", "While", lambda n, a: tf.while_loop(lambda i, v: i < n, lambda i, v: (i + 1, v * 1.5 + 1.0), [s(0), a]), {"n": np.array(4, "int32"), "x": floats(2, 3)}, {"n": np.array(0, "int32"), "x": floats(2, 3)})
    case("control", "While-grow", lambda a: tf.while_loop(lambda v: tf.shape(v)[0] < 8, lambda v: (tf.concat([v, v], 0),), [a], shape_invariants=[tf.TensorShape([None, 3])]), {"x": floats(2, 3)})
    case("control", "While-nested", lambda n: tf.while_loop(lambda i, v: i < n, lambda i, v: (i + 1, tf.while_loop(lambda j, w: j < i, lambda j, w: (j + 1, w + j), [s(0), v])[1]), [s(0), s(0)]), {"n": np.array(5, "int32")})

    def arrays(a):
        out = tf.TensorArray(tf.float32, size=tf.shape(a)[0])
        read = tf.TensorArray(tf.float32, size=tf.shape(a)[0]).unstack(a)
        _, _, out = tf.while_loop(lambda i, h, o: i < tf.shape(a)[0], lambda i, h, o: (i + 1, h + read.read(i), o.write(i, tf.tanh(h + read.read(i)))), [s(0), tf.zeros_like(a[0]), out])
        return out.stack()
    case("control", "TensorArray", arrays, {"x": floats(4, 3)}, shapes="dynamic")

    def growing(n):
        out = tf.TensorArray(tf.int32, size=0, dynamic_size=True, element_shape=[])
        _, out = tf.while_loop(lambda i, o: i < n, lambda i, o: (i + 1, o.write(i, i * i)), [s(0), out])
        return out.stack()
    case("control", "TensorArray-growing", growing, {"n": np.array(4, "int32")})
    case("control", "map_fn", lambda a: tf.map_fn(lambda r: r * tf.reduce_sum(r), a), {"x": floats(3, 4)})
    case("control", "scan", lambda a: tf.scan(lambda c, r: c * 0.5 + r, a), {"x": floats(3, 4)})
    case("control", "foldl", lambda a: tf.foldl(lambda c, r: c + r, a), {"x": floats(3, 4)})

    def concat_list(a):
        out = tf.TensorArray(tf.float32, size=2, infer_shape=False)
        return out.write(0, a).write(1, a[:1]).concat()
    case("control", "TensorArray-concat", concat_list, {"x": floats(2, 3)})
    case("control", "TensorArray-gather", lambda a: tf.TensorArray(tf.float32, size=4).unstack(a).gather([2, 0]), {"x": floats(4, 3)}, shapes="static")
    case("control", "TensorArray-split", lambda a: tf.TensorArray(tf.float32, size=2, infer_shape=False).split(a, [1, 3]).read(1), {"x": floats(4, 3)}, shapes="static")

    def checked(a):
        with tf.control_dependencies([tf.debugging.assert_greater(a, -100.0)]):
            return tf.identity(a)
    case("control", "Assert", checked, {"x": floats(2, 3)})
    case("control", "while-text", lambda t, n: tf.while_loop(lambda i, v: i < n, lambda i, v: (i + 1, tf.strings.join([v, v])), [s(0), t]), {"t": np.array([b"ab", b"c"]), "n": np.array(2, "int32")})
    case("control", "if-text", lambda t, p: tf.cond(p, lambda: tf.strings.upper(t), lambda: t), {"t": np.array([b"ab", b"c"]), "p": np.array(True)}, {"t": np.array([b"ab", b"c"]), "p": np.array(False)})


def v1_case(group, name, build, runs):
    """Adds a graph made in the manner of TensorFlow 1, with Switch, Merge and frames."""
    tf.compat.v1.disable_control_flow_v2()
    try:
        with tf.Graph().as_default() as graph, tf.compat.v1.Session(graph=graph) as session:
            outputs = build()
            outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
            outputs = {f"out{i}": tf.identity(o, name=f"out{i}") for i, o in enumerate(outputs)}
            session.run(tf.compat.v1.global_variables_initializer())

            def call(**inputs):
                values = session.run(list(outputs.values()), {f"{k}:0": v for k, v in inputs.items()})
                return dict(zip(outputs, values))
            vectors = []
            from tensorflow_vectors import plain
            for inputs in runs:
                vectors.append({"inputs": {k: plain(v) for k, v in inputs.items()}, "outputs": {k: plain(v) for k, v in call(**inputs).items()}})
            frozen = tf.compat.v1.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), list(outputs))
            groups.setdefault(group, []).append({"name": name, "graph": base64.b64encode(strip(frozen).SerializeToString(deterministic=True)).decode(), "vectors": vectors})
    except Exception as fault:
        print(f"{group}/{name}: {str(fault)[:300]}", file=sys.stderr)
    finally:
        tf.compat.v1.enable_control_flow_v2()


def control_v1_cases():
    v1 = tf.compat.v1
    hold = lambda name, dtype, shape: v1.placeholder(dtype, shape, name=name)
    x = floats(2, 3)

    def cond():
        p, a = hold("p", tf.bool, []), hold("x", tf.float32, [None, 3])
        return v1.cond(p, lambda: a * 2.0, lambda: a - 1.0)
    v1_case("control-v1", "cond", cond, [{"p": np.array(True), "x": x}, {"p": np.array(False), "x": x}])

    def cond_shapes():
        p, a = hold("p", tf.bool, []), hold("x", tf.float32, [None, 3])
        return v1.cond(p, lambda: (a[:1], tf.zeros([2])), lambda: (tf.concat([a, a], 0), tf.ones([3])))
    v1_case("control-v1", "cond-shapes", cond_shapes, [{"p": np.array(True), "x": x}, {"p": np.array(False), "x": x}])

    def cond_nested():
        n, a = hold("n", tf.int32, []), hold("x", tf.float32, [None, 3])
        return v1.cond(n > 1, lambda: v1.cond(n > 2, lambda: a + 3.0, lambda: a + 2.0), lambda: a)
    v1_case("control-v1", "cond-nested", cond_nested, [{"n": np.array(n, "int32"), "x": x} for n in (0, 2, 3)])

    def loop():
        n, a = hold("n", tf.int32, []), hold("x", tf.float32, [None, 3])
        return v1.while_loop(lambda i, v: i < n, lambda i, v: (i + 1, v * 1.5 + a), [tf.constant(0), a])
    v1_case("control-v1", "while", loop, [{"n": np.array(n, "int32"), "x": x} for n in (0, 3)])

    def nested():
        n = hold("n", tf.int32, [])
        return v1.while_loop(lambda i, v: i < n, lambda i, v: (i + 1, v1.while_loop(lambda j, w: j < i, lambda j, w: (j + 1, w + j), [tf.constant(0), v])[1]), [tf.constant(0), tf.constant(0)])
    v1_case("control-v1", "while-nested", nested, [{"n": np.array(5, "int32")}])

    def loop_cond():
        n = hold("n", tf.int32, [])
        return v1.while_loop(lambda i, v: i < n, lambda i, v: (i + 1, v1.cond(tf.equal(i % 2, 0), lambda: v + i, lambda: v - 1)), [tf.constant(0), tf.constant(10)])
    v1_case("control-v1", "while-cond", loop_cond, [{"n": np.array(5, "int32")}])

    def arrays():
        a = hold("x", tf.float32, [None, None, 3])
        size = tf.shape(a)[0]
        read = tf.TensorArray(tf.float32, size=size).unstack(a)
        out = tf.TensorArray(tf.float32, size=size)
        _, _, out = v1.while_loop(lambda i, h, o: i < size, lambda i, h, o: (i + 1, h + read.read(i), o.write(i, tf.tanh(h))), [tf.constant(0), tf.zeros_like(a[0]), out])
        return out.stack()
    v1_case("control-v1", "TensorArrayV3", arrays, [{"x": floats(4, 2, 3)}])


def text_cases():
    words = np.array([b"Hello World", b"", b"caf\xc3\xa9 au lait", b"a,b,,c", b" 42 "])
    case("text", "StringLower-Upper", lambda t: (tf.strings.lower(t), tf.strings.upper(t), tf.strings.lower(t, encoding="utf-8"), tf.strings.upper(t, encoding="utf-8")), {"t": words})
    case("text", "StringStrip-Length", lambda t: (tf.strings.strip(t), tf.strings.length(t), tf.strings.length(t, unit="UTF8_CHAR")), {"t": words})
    case("text", "StringJoin", lambda t: (tf.strings.join([t, "x", t], "-"), tf.strings.join(["a", "b"])), {"t": words})
    case("text", "UnsortedSegmentJoin", lambda t: R.UnsortedSegmentJoin(inputs=t, segment_ids=[2, 0, 3, 2, 0], num_segments=5, separator="|"), {"t": words}, shapes="dynamic")
    case("text", "UnicodeEncode", lambda v: R.UnicodeEncode(input_values=v, input_splits=tf.constant([0, 2, 2, 5], tf.int64), output_encoding="UTF-8", errors="replace"), {"v": np.array([72, 0x1F600, 233, 0xD800, 97], "int32")}, shapes="dynamic")
    case("text", "ReduceJoin", lambda t: (tf.strings.reduce_join(t, 0, separator="+"), tf.strings.reduce_join(tf.reshape(t, [1, -1]), 1), tf.strings.reduce_join(t)), {"t": words})
    case("text", "Substr", lambda t: (tf.strings.substr(t, 0, 3), tf.strings.substr(t, -3, 2)), {"t": np.array([b"abcdef", b"xyz", b"hello"])})
    case("text", "Substr-utf8", lambda t: tf.strings.substr(t, 1, 3, unit="UTF8_CHAR"), {"t": np.array(["héllo".encode(), b"xyzzy"])})
    case("text", "RegexReplace", lambda t: (tf.strings.regex_replace(t, "[aeiou]", "*"), tf.strings.regex_replace(t, "(l+)", "<\\1>"), tf.strings.regex_replace(t, "\\s+", "", replace_global=False), R.RegexReplace(input=t, pattern="[[:punct:]]", rewrite="")), {"t": words})
    case("text", "RegexFullMatch", lambda t: (tf.strings.regex_full_match(t, "[a-z,]*"), R.RegexFullMatch(input=t, pattern=".*o.*")), {"t": words})
    case("text", "StringSplit", lambda t: tuple(R.StringSplit(input=t, delimiter=" ", skip_empty=True)), {"t": words})
    case("text", "StringSplit-keep", lambda t: tuple(R.StringSplit(input=t, delimiter=",;", skip_empty=False)), {"t": words})
    case("text", "StringSplitV2", lambda t: tuple(R.StringSplitV2(input=t, sep="", maxsplit=-1)), {"t": words})
    case("text", "StringSplitV2-sep", lambda t: tuple(R.StringSplitV2(input=t, sep=",", maxsplit=2)), {"t": words})
    case("text", "split-to-dense", lambda t: tf.strings.split(t).to_tensor(""), {"t": words})
    case("text", "split-flat", lambda t: (tf.strings.split(t).values, tf.strings.split(t).row_lengths()), {"t": words})
    case("text", "unicode", lambda t: (tf.strings.unicode_decode(t, "UTF-8").to_tensor(0)), {"t": words})
    case("text", "unicode-transcode", lambda t: tf.strings.unicode_transcode(t, "UTF-8", "UTF-8", errors="replace"), {"t": words})
    case("text", "AsString", lambda a: (tf.strings.as_string(a), tf.strings.as_string(a, precision=3), tf.strings.as_string(a, scientific=True), tf.strings.as_string(a, shortest=True), tf.strings.as_string(a, width=12, fill="0")), {"x": np.array([1.5, -2.25, 1e10, 0.1, 0, -0.0], "float32")})
    case("text", "AsString-int", lambda a: (tf.strings.as_string(a), tf.strings.as_string(a, width=5, fill="0")), {"x": np.array([1, -20, 300], "int64")})
    case("text", "AsString-bool", lambda a: tf.strings.as_string(a), {"x": np.array([True, False])})
    case("text", "AsString-double", lambda a: (tf.strings.as_string(a), tf.strings.as_string(a, shortest=True)), {"x": np.array([0.1, 1e-10, 123456789.123], "float64")})
    case("text", "StringToNumber", lambda t: (tf.strings.to_number(t), tf.strings.to_number(t, tf.float64)), {"t": np.array([b"1.5", b" -2e3 ", b"inf", b"nan", b"0x10"])})
    case("text", "StringToNumber-int", lambda t: (tf.strings.to_number(t, tf.int32), tf.strings.to_number(t, tf.int64)), {"t": np.array([b"15", b"-3", b" 7"])})
    texts = np.array([b"", b"a", b"abc", b"hello world", b"0123456789abcdef", b"0123456789abcdefghijklmnopqrstuvwxyz", b"x" * 70, bytes(range(256))])
    case("text", "StringToHashBucketFast", lambda t: (tf.strings.to_hash_bucket_fast(t, 1000), tf.strings.to_hash_bucket_fast(t, 2**62)), {"t": texts})
    case("text", "StringToHashBucketStrong", lambda t: tf.strings.to_hash_bucket_strong(t, 1000, [123, 456]), {"t": texts})
    case("text", "StringToHashBucket", lambda t: tf.strings.to_hash_bucket(t, 1000), {"t": texts})
    case("text", "Fingerprint", lambda t: R.Fingerprint(data=t, method="farmhash64"), {"t": texts})
    case("text", "Base64", lambda t: (tf.io.encode_base64(t), tf.io.encode_base64(t, pad=True), tf.io.decode_base64(tf.io.encode_base64(t))), {"t": words})
    case("text", "DecodeRaw", lambda t: (tf.io.decode_raw(t, tf.uint8), tf.io.decode_raw(t, tf.float32), tf.io.decode_raw(t, tf.int16, little_endian=False)), {"t": np.array([b"abcdefgh", b"12345678"])})
    case("text", "DecodePaddedRaw", lambda t: tf.io.decode_raw(t, tf.uint8, fixed_length=4), {"t": np.array([b"abcdefgh", b"12"])})
    case("text", "Equal-string", lambda t: (tf.equal(t, "a"), tf.not_equal(t, tf.constant([b"a", b"b"]))), {"t": np.array([b"a", b"c"])})
    case("text", "string-shapes", lambda t: (tf.reshape(t, [1, -1]), t[:2], tf.concat([t, t], 0), tf.stack([t, t]), tf.gather(t, [1, 0]), tf.tile(t, [2]), tf.expand_dims(t, 0), tf.where(tf.equal(t, ""), "none", t), tf.size(t), tf.fill([2], "q"), tf.pad(t, [[1, 1]], constant_values="p"), tf.transpose(tf.reshape(t, [1, -1]))), {"t": words})
    case("text", "unique-text", lambda t: tf.unique(t), {"t": np.array([b"b", b"a", b"b"])})
    case("text", "ngrams", lambda t: tf.strings.ngrams(tf.strings.split(t), 2).to_tensor(""), {"t": words})
    case("text", "StringFormat", lambda a: tf.strings.format("v={}", a), {"x": np.array([1, 2], "int32")})
    case("text", "DecodeCSV", lambda t: tf.io.decode_csv(t, [0.0, "", 7]), {"t": np.array([b'1.5,"a,""b",3', b"-2,x,"])})
    case("text", "DecodeJSONExample-free", lambda t: tf.strings.bytes_split(t).to_tensor(""), {"t": np.array([b"abc", b"d"])})


def example(**features):
    made = {}
    for name, value in features.items():
        if name == "c":
            made[name] = tf.train.Feature(bytes_list=tf.train.BytesList(value=value))
        elif name == "b":
            made[name] = tf.train.Feature(int64_list=tf.train.Int64List(value=value))
        else:
            made[name] = tf.train.Feature(float_list=tf.train.FloatList(value=value))
    return tf.train.Example(features=tf.train.Features(feature=made)).SerializeToString(deterministic=True)


def parse_cases():
    rows = np.array([example(a=[1.5], b=[7], c=[b"x", b"y"], v=[1.0, 2.0, 3.0]), example(a=[-2.0], c=[b"z"], v=[4.0]), example(a=[0.25], b=[9], c=[], v=[])], dtype=object)
    fixed = {"a": tf.io.FixedLenFeature([], tf.float32), "b": tf.io.FixedLenFeature([1], tf.int64, default_value=-1)}

    def dense(t):
        parsed = tf.io.parse_example(t, fixed)
        return parsed["a"], parsed["b"]
    case("parse", "ParseExampleV2-dense", dense, {"t": rows})

    def sparse(t):
        parsed = tf.io.parse_example(t, {**fixed, "c": tf.io.VarLenFeature(tf.string)})
        return parsed["a"], parsed["c"].indices, parsed["c"].values, parsed["c"].dense_shape
    case("parse", "ParseExampleV2-sparse", sparse, {"t": rows})

    def ragged(t):
        parsed = tf.io.parse_example(t, {"v": tf.io.RaggedFeature(tf.float32)})
        return parsed["v"].values, parsed["v"].row_splits
    case("parse", "ParseExampleV2-ragged", ragged, {"t": rows})

    def variable(t):
        parsed = tf.io.parse_example(t, {"v": tf.io.FixedLenSequenceFeature([], tf.float32, allow_missing=True, default_value=-1.0)})
        return parsed["v"]
    case("parse", "ParseExampleV2-sequence", variable, {"t": rows})

    def v1(t):
        out = R.ParseExample(serialized=t, names=tf.constant([], tf.string), sparse_keys=["c"], dense_keys=["a", "b"], dense_defaults=[tf.constant([], tf.float32), tf.constant([-1], tf.int64)], sparse_types=[tf.string], dense_shapes=[[], [1]])
        return (*out.sparse_indices, *out.sparse_values, *out.sparse_shapes, *out.dense_values)
    case("parse", "ParseExample", v1, {"t": rows})

    def single(t):
        parsed = tf.io.parse_single_example(t, {**fixed, "c": tf.io.VarLenFeature(tf.string)})
        return parsed["a"], parsed["b"], parsed["c"].values
    case("parse", "ParseSingleExample", single, {"t": np.array(rows[0], dtype=object)})

    def sequence(t):
        _, s = tf.io.parse_single_sequence_example(t, sequence_features={"s": tf.io.FixedLenSequenceFeature([2], tf.float32)})
        return s["s"]
    made = tf.train.SequenceExample(feature_lists=tf.train.FeatureLists(feature_list={"s": tf.train.FeatureList(feature=[
        tf.train.Feature(float_list=tf.train.FloatList(value=[1.0, 2.0])), tf.train.Feature(float_list=tf.train.FloatList(value=[3.0, 4.0]))])}))
    case("parse", "ParseSingleSequenceExample", sequence, {"t": np.array(made.SerializeToString(), dtype=object)})


def sparse_cases():
    i = np.array([[0, 1], [1, 0], [1, 2], [3, 1]], "int64")
    v, d = floats(4), np.array([4, 3], "int64")
    case("sparse", "SparseToDense", lambda i, v: (R.SparseToDense(sparse_indices=i, output_shape=[4, 3], sparse_values=v, default_value=-1.0)), {"i": i, "v": v})
    case("sparse", "SparseReshape", lambda i, d: tuple(R.SparseReshape(input_indices=i, input_shape=d, new_shape=[2, -1])), {"i": i, "d": d})
    case("sparse", "SparseFillEmptyRows", lambda i, v, d: tuple(R.SparseFillEmptyRows(indices=i, values=v, dense_shape=d, default_value=0.5)), {"i": i, "v": v, "d": d})
    case("sparse", "SparseReorder", lambda i, v, d: tuple(R.SparseReorder(input_indices=i, input_values=v, input_shape=d)), {"i": i[::-1].copy(), "v": v, "d": d})
    data, ids, segments = floats(5, 3), np.array([4, 0, 2, 2], "int32"), np.array([0, 0, 1, 3], "int32")
    for op in ["Sum", "Mean", "SqrtN"]:
        case("sparse", f"SparseSegment{op}", lambda a, i, s, op=op: getattr(R, f"SparseSegment{op}")(data=a, indices=i, segment_ids=s), {"x": data, "i": ids, "s": segments}, shapes="dynamic")
        case("sparse", f"SparseSegment{op}WithNumSegments", lambda a, i, s, op=op: getattr(R, f"SparseSegment{op}WithNumSegments")(data=a, indices=i, segment_ids=s, num_segments=6), {"x": data, "i": ids, "s": segments}, shapes="dynamic")

    table = floats(7, 3)
    for combiner in ["sum", "mean", "sqrtn"]:
        case("sparse", f"embedding_lookup_sparse-{combiner}", lambda i, v, d, c=combiner: tf.nn.embedding_lookup_sparse(tf.constant(table), tf.SparseTensor(i, v, d), None, combiner=c), {"i": i[:3], "v": np.array([1, 6, 2], "int64"), "d": np.array([2, 3], "int64")}, shapes="dynamic")
        case("sparse", f"safe_embedding_lookup_sparse-{combiner}", lambda i, v, d, c=combiner: tf.nn.safe_embedding_lookup_sparse([tf.constant(table)], tf.SparseTensor(i, v, d), None, combiner=c), {"i": i, "v": np.array([1, 6, -2, 3], "int64"), "d": d}, shapes="dynamic")
    case("sparse", "embedding_lookup_sparse-weights", lambda i, v, w, d: tf.nn.embedding_lookup_sparse(tf.constant(table), tf.SparseTensor(i, v, d), tf.SparseTensor(i, w, d), combiner="mean"), {"i": i[:3], "v": np.array([1, 6, 2], "int64"), "w": np.array([1, 2, 0.5], "float32"), "d": np.array([2, 3], "int64")}, shapes="dynamic")
    case("sparse", "SparseTensorDenseMatMul", lambda i, v, d, m: R.SparseTensorDenseMatMul(a_indices=i, a_values=v, a_shape=d, b=m), {"i": i, "v": v, "d": d, "m": floats(3, 2)}, shapes="dynamic")
    case("sparse", "SparseReduceSum", lambda i, v, d: (tf.sparse.reduce_sum(tf.SparseTensor(i, v, d), 1), R.SparseReduceMax(input_indices=i, input_values=v, input_shape=d, reduction_axes=[1])), {"i": i, "v": v, "d": d})
    case("sparse", "SparseConcat", lambda i, v, d: (lambda t: (t.indices, t.values, t.dense_shape))(tf.sparse.concat(1, [tf.SparseTensor(i, v, d), tf.SparseTensor(i, v, d)])), {"i": i, "v": v, "d": d})
    case("sparse", "SparseSlice", lambda i, v, d: tuple(R.SparseSlice(indices=i, values=v, shape=d, start=[1, 0], size=[2, 3])), {"i": i, "v": v, "d": d})
    case("sparse", "SparseAdd-dense", lambda i, v, d, m: R.SparseTensorDenseAdd(a_indices=i, a_values=v, a_shape=d, b=m), {"i": i, "v": v, "d": d, "m": floats(4, 3)}, shapes="dynamic")
    case("sparse", "SparseSoftmax", lambda i, v, d: R.SparseSoftmax(sp_indices=i, sp_values=v, sp_shape=d), {"i": i, "v": v, "d": d})
    case("sparse", "RaggedBincount", lambda v: (R.RaggedBincount(splits=tf.constant([0, 3, 3, 5], tf.int64), values=v, size=4, weights=tf.constant([], tf.float32)), R.RaggedBincount(splits=tf.constant([0, 3, 3, 5], tf.int64), values=v, size=4, weights=tf.constant([], tf.int64), binary_output=True), R.RaggedBincount(splits=tf.constant([0, 3, 3, 5], tf.int64), values=v, size=4, weights=tf.constant([0.5, 1.0, 2.0, 3.0, 4.0]))), {"v": np.array([1, 3, 1, 5, 0], "int32")}, shapes="dynamic")
    case("sparse", "SparseCross-hashed", lambda t, u: (lambda s: (s.indices, s.values, s.dense_shape))(tf.sparse.cross_hashed([t, u], num_buckets=100)), {"t": np.array([[b"a"], [b"b"]]), "u": np.array([[b"x", b"y"], [b"z", b"w"]])})
    case("sparse", "SparseCross", lambda t, u: (lambda s: (s.indices, s.values, s.dense_shape))(tf.sparse.cross([t, u])), {"t": np.array([[b"a"], [b"b"]]), "u": np.array([[b"x", b"y"], [b"z", b"w"]])})
    case("sparse", "from_dense", lambda a: (lambda s: (s.indices, s.values, s.dense_shape))(tf.sparse.from_dense(a)), {"x": ints(3, 4, low=0, high=3)})
    case("sparse", "ragged-to-tensor", lambda v, s: (tf.RaggedTensor.from_row_splits(v, s, validate=False).to_tensor(-1.0), tf.RaggedTensor.from_row_splits(v, s, validate=False).to_tensor(0.0, shape=[None, 2])), {"v": floats(5), "s": np.array([0, 2, 2, 5], "int64")})
    case("sparse", "ragged-sum", lambda v, s: tf.reduce_sum(tf.RaggedTensor.from_row_splits(v, s, validate=False), 1), {"v": floats(5), "s": np.array([0, 2, 2, 5], "int64")})
    case("sparse", "RaggedRange", lambda n: tuple(R.RaggedRange(starts=[0, 5], limits=n, deltas=[1, 1])), {"n": np.array([3, 7], "int32")})
    case("sparse", "RaggedGather", lambda v, s: (lambda r: (r.values, r.row_splits))(tf.gather(tf.RaggedTensor.from_row_splits(v, s, validate=False), [2, 0])), {"v": floats(5), "s": np.array([0, 2, 2, 5], "int64")})
    case("sparse", "RaggedTensorToSparse", lambda v, s: (lambda t: (t.indices, t.values, t.dense_shape))(tf.RaggedTensor.from_row_splits(v, s, validate=False).to_sparse()), {"v": floats(5), "s": np.array([0, 2, 2, 5], "int64")})


def tfjs_cases():
    x = floats(2, 3, 4)
    for i, (exclusive, reverse) in enumerate([(False, False), (True, False), (False, True), (True, True)]):
        case("tfjs", f"Cumprod-{i}", lambda a, e=exclusive, r=reverse: (tf.math.cumprod(a, 0, e, r), tf.math.cumprod(a, -1, e, r), tf.math.cumprod(a, 1, e, r) + 1.0), {"x": x})
    case("tfjs", "Cumprod-odd", lambda a: tf.math.cumprod(a, 1), {"x": np.array([[1.5, np.nan, 2], [np.inf, 0, 3]], "float32")}, {"x": np.zeros((0, 3), "float32")}, shapes="dynamic")
    case("tfjs", "Bincount", lambda a, w: (R.Bincount(arr=a, size=6, weights=w), R.Bincount(arr=a, size=3, weights=w)), {"x": ints(9, low=0), "w": floats(9)}, {"x": ints(0, low=0), "w": floats(0)})
    case("tfjs", "Bincount-counts", lambda a: (R.Bincount(arr=a, size=6, weights=tf.constant([], tf.int32)), R.Bincount(arr=a, size=7, weights=tf.constant([], tf.float32))), {"x": ints(9, low=0)})
    case("tfjs", "Bincount-int", lambda a, w: R.Bincount(arr=a, size=6, weights=w), {"x": ints(9, low=0), "w": ints(9)})
    image = floats(2, 7, 6, 3)
    for padding in ["SAME", "VALID"]:
        case("tfjs", f"Dilation2D-{padding}", lambda a, p=padding: (R.Dilation2D(input=a, filter=tf.constant(floats(3, 2, 3)), strides=[1, 1, 1, 1], rates=[1, 1, 1, 1], padding=p),
             R.Dilation2D(input=a, filter=tf.constant(floats(2, 2, 3)), strides=[1, 2, 3, 1], rates=[1, 2, 2, 1], padding=p)), {"x": image})
        for batch in [False, True]:
            case("tfjs", f"MaxPoolWithArgmax-{padding}{'-batch' if batch else ''}", lambda a, p=padding, b=batch: (*R.MaxPoolWithArgmax(input=a, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding=p, include_batch_in_index=b),
                 *R.MaxPoolWithArgmax(input=a, ksize=[1, 3, 2, 1], strides=[1, 1, 2, 1], padding=p, Targmax=tf.int32, include_batch_in_index=b)), {"x": image}, {"x": np.round(image)})
    case("tfjs", "complex", lambda a, b: (lambda c: (tf.abs(c), tf.math.real(c), tf.math.imag(c)))(tf.complex(a, b)), {"x": floats(2, 3), "y": floats(2, 3)}, {"x": floats(0, 3), "y": floats(0, 3)})


def spectral_cases():
    for n in [1, 2, 7, 16, 20, 64, 101]:
        signal = floats(2, 3, n)
        case("spectral", f"RFFT-{n}", lambda a: (tf.abs(tf.signal.rfft(a)), tf.math.real(tf.signal.rfft(a)), tf.math.imag(tf.signal.rfft(a))), {"x": signal})
        case("spectral", f"FFT-{n}", lambda a, b: (lambda f, g: (tf.math.real(f), tf.math.imag(f), tf.math.real(g), tf.math.imag(g)))(tf.signal.fft(tf.complex(a, b)), tf.signal.ifft(tf.complex(a, b))), {"x": signal, "y": floats(2, 3, n)})
        if n > 1:
            case("spectral", f"IRFFT-{n}", lambda a, b, n=n: tf.signal.irfft(tf.complex(a, b), [n]), {"x": floats(2, 3, n // 2 + 1), "y": floats(2, 3, n // 2 + 1)})
    case("spectral", "RFFT-lengths", lambda a: (tf.abs(tf.signal.rfft(a, [8])), tf.abs(tf.signal.rfft(a, [15])), tf.abs(tf.signal.rfft(a, [32]))), {"x": floats(2, 12)}, {"x": floats(0, 12)}, shapes="dynamic")
    case("spectral", "IRFFT-short", lambda a, b: tf.signal.irfft(tf.complex(a, b), [4]), {"x": floats(9), "y": floats(9)}, shapes="static")
    case("spectral", "spectrogram", lambda a: tf.math.log(tf.abs(tf.signal.stft(a, 16, 8, 16)) + 1.0), {"x": floats(2, 60)}, {"x": floats(1, 60)})


every = {"spectral": spectral_cases, "tfjs": tfjs_cases, "list": list_cases, "list-v1": list_v1_cases, "math": math_cases, "reduce": reduce_cases, "shape": shape_cases, "nn": nn_cases, "image": image_cases, "control": control_cases,
         "control-v1": control_v1_cases, "text": text_cases, "parse": parse_cases, "sparse": sparse_cases}

if __name__ == "__main__":
    for group in sys.argv[1:] or every:
        rng = np.random.default_rng(SEED)
        every[group]()
        write_json(OUT / f"{group}.json", {"origin": origin("tensorflow_operators.py"), "cases": groups[group]})
        size = (OUT / f"{group}.json").stat().st_size
        print(f"{group}: {len(groups[group])} cases, {size:,} bytes", flush=True)

"""Golden cases of model elements that no producer here writes: the documents are written by hand, the answers come from scikit-learn, scipy and numpy.

Run all, or name the cases: .cache/train-venv/bin/python scripts/train/element_cases.py gaussian_process
"""

import itertools
import sys

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.cluster import KMeans
from sklearn.ensemble import IsolationForest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, Kernel, Matern, NormalizedKernelMixin, StationaryKernelMixin, WhiteKernel
from sklearn.gaussian_process.kernels import ConstantKernel as Constant
from sklearn.linear_model import LinearRegression
from sklearn.svm import OneClassSVM
from sklearn.tree import DecisionTreeRegressor

import datasets
from golden import DOUBLE, write_case

SCRIPT = "element_cases.py"
PACKAGES = ["scikit-learn", "numpy", "scipy", "pandas"]


def document(fields, body, version="4.4"):
    """A document whose DataDictionary is `fields`: name to (optype, dataType, values)."""
    lines = []
    for name, (optype, data_type, values) in fields.items():
        inner = "".join(f'<Value value="{v}"/>' for v in values)
        lines.append(f'    <DataField name="{name}" optype="{optype}" dataType="{data_type}">{inner}</DataField>')
    dictionary = "\n".join(lines)
    namespace = f"http://www.dmg.org/PMML-{version.replace('.', '_')}"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<PMML xmlns="{namespace}" version="{version}">\n'
        f'  <Header copyright="Apache-2.0"/>\n  <DataDictionary>\n{dictionary}\n  </DataDictionary>\n{body}\n</PMML>\n'
    )


def numbers(names):
    return {name: ("continuous", "double", ()) for name in names}


def mining_schema(inputs, target=None):
    fields = [f'<MiningField name="{name}"/>' for name in inputs]
    if target:
        fields.append(f'<MiningField name="{target}" usageType="target"/>')
    return f"<MiningSchema>{''.join(fields)}</MiningSchema>"


def array(values, kind="real"):
    values = list(values)
    return f'<Array n="{len(values)}" type="{kind}">{" ".join(repr(float(v)) for v in values)}</Array>'


class GeneralizedExponential(StationaryKernelMixin, NormalizedKernelMixin, Kernel):
    """exp(-sum((|d| / length)^degree)), for scikit-learn's solver."""

    def __init__(self, lengths, degree):
        self.lengths = lengths
        self.degree = degree

    def __call__(self, x, y=None, eval_gradient=False):
        other = x if y is None else y
        scaled = np.abs(x[:, None, :] - other[None, :, :]) / np.asarray(self.lengths)
        return np.exp(-np.sum(scaled**self.degree, axis=2))


def gaussian_case(name, kernel_xml, kernel, columns, instances, scale):
    """`kernel` without noise; the noise variance is 0.01."""
    data = datasets.diabetes()
    x = data.x[columns] * scale
    y = (data.y - data.y.mean()) / data.y.std()
    process = GaussianProcessRegressor(kernel + WhiteKernel(0.01), alpha=0, optimizer=None)
    process.fit(x[:instances].to_numpy(), y[:instances].to_numpy())
    rows = x.iloc[np.linspace(0, len(x) - 1, 40).astype(int)].reset_index(drop=True)
    mean, deviation = process.predict(rows.to_numpy(), return_std=True)
    instance_fields = "".join(f'<InstanceField field="{c}" column="{c}"/>' for c in [*columns, "progression"])
    table = "".join(
        "<row>"
        + "".join(f"<{c}>{float(v)!r}</{c}>" for c, v in zip([*columns, "progression"], [*row, target]))
        + "</row>\n"
        for row, target in zip(x[:instances].to_numpy(), y[:instances])
    )
    body = f"""  <GaussianProcessModel functionName="regression">
    {mining_schema(columns, "progression")}
    <Output>
      <OutputField name="mean" optype="continuous" dataType="double" feature="predictedValue"/>
      <OutputField name="deviation" optype="continuous" dataType="double" feature="standardDeviation"/>
    </Output>
    {kernel_xml}
    <TrainingInstances isTransformed="false" recordCount="{instances}" fieldCount="{len(columns) + 1}">
      <InstanceFields>{instance_fields}</InstanceFields>
      <InlineTable>{table}</InlineTable>
    </TrainingInstances>
  </GaussianProcessModel>"""
    expected = pd.DataFrame({"progression": mean, "mean": mean, "deviation": deviation})
    fields = numbers([*columns, "progression"])
    # The solutions differ by the condition of the matrix, about 1e4.
    tolerance = {"rel": 1e-9, "abs": 1e-9}
    pmml = document(fields, body, "4.3")
    write_case(data, name, pmml, rows, expected, "by hand, scikit-learn", PACKAGES, SCRIPT, tolerance, datasets.SEED)


def gaussian_process():
    noise = 'noiseVariance="0.01"'
    three = ["age", "bmi", "bp"]
    gaussian_case(
        "sklearn-gaussian-radial",
        f'<RadialBasisKernel gamma="1.3" {noise} lambda="0.7"/>',
        Constant(1.3) * RBF(0.7),
        three,
        60,
        10,
    )
    lengths = [0.9, 0.5, 2.5]
    gaussian_case(
        "sklearn-gaussian-ard",
        f'<ARDSquaredExponentialKernel gamma="0.8" {noise}><Lambda>{array(lengths)}</Lambda></ARDSquaredExponentialKernel>',
        Constant(0.8) * RBF(lengths),
        three,
        60,
        10,
    )
    # Of one field, the absolute exponential kernel is the Matérn kernel of nu = 1/2.
    gaussian_case(
        "sklearn-gaussian-absolute",
        f'<AbsoluteExponentialKernel gamma="0.8" {noise}><Lambda>{array([0.4])}</Lambda></AbsoluteExponentialKernel>',
        Constant(0.8) * Matern(0.4, nu=0.5),
        ["bmi"],
        60,
        10,
    )
    gaussian_case(
        "sklearn-gaussian-generalized",
        f'<GeneralizedExponentialKernel gamma="0.8" {noise} degree="1.5"><Lambda>{array(lengths)}</Lambda></GeneralizedExponentialKernel>',
        Constant(0.8) * GeneralizedExponential(lengths, 1.5),
        three,
        60,
        10,
    )


def anomaly_case(name, attributes, output, inner, after, inputs, rows, scores, anomalies):
    data = datasets.iris()
    body = f"""  <AnomalyDetectionModel functionName="regression" {attributes}>
    {mining_schema(inputs)}
    <Output>
      <OutputField name="score" optype="continuous" dataType="double" feature="predictedValue"/>
      <OutputField name="isAnomaly" optype="categorical" dataType="boolean" feature="decision">{output}</OutputField>
    </Output>
{inner}{after}
  </AnomalyDetectionModel>"""
    expected = pd.DataFrame({"score": scores, "isAnomaly": anomalies})
    pmml = document(numbers(inputs), body)
    write_case(data, name, pmml, rows, expected, "by hand, scikit-learn", PACKAGES, SCRIPT, DOUBLE, datasets.SEED)


def compare(operator, bound):
    return f'<Apply function="{operator}"><FieldRef field="score"/><Constant dataType="double">{bound!r}</Constant></Apply>'


def average_path(n):
    return 0.0 if n < 2 else 1.0 if n == 2 else 2 * (np.log(n - 1) + np.euler_gamma) - 2 * (n - 1) / n


def isolation_node(tree, node, predicate, depth, names):
    """Leaves score the length of their path, with what the records left in them would add."""
    left, right = tree.children_left[node], tree.children_right[node]
    if left < 0:
        score = depth + average_path(int(tree.n_node_samples[node]))
        return f'<Node score="{float(score)!r}">{predicate}</Node>\n'
    field, bound = names[tree.feature[node]], float(tree.threshold[node])
    branch = lambda operator: f'<SimplePredicate field="{field}" operator="{operator}" value="{bound!r}"/>'
    low = isolation_node(tree, left, branch("lessOrEqual"), depth + 1, names)
    return f"<Node>{predicate}{low}{isolation_node(tree, right, branch('greaterThan'), depth + 1, names)}</Node>\n"


def anomaly_detection():
    data = datasets.iris()
    inputs = list(data.x.columns)
    # Values off the thresholds: scikit-learn compares 32-bit floats.
    x = data.x + 0.013
    rows = (data.rows(40) + 0.013).astype(float)
    rows.iloc[::9] *= 1.6

    forest = IsolationForest(n_estimators=10, max_samples=32, random_state=datasets.SEED).fit(x)
    segments = "".join(
        f'<Segment><True/><TreeModel functionName="regression" splitCharacteristic="binarySplit">{mining_schema(inputs)}'
        f"{isolation_node(e.tree_, 0, '<True/>', 0, inputs)}</TreeModel></Segment>\n"
        for e in forest.estimators_
    )
    inner = f"""<MiningModel functionName="regression">{mining_schema(inputs)}
      <Segmentation multipleModelMethod="average">{segments}</Segmentation></MiningModel>"""
    scores = -forest.score_samples(rows)
    attributes = 'algorithmType="iforest" sampleDataSize="32"'
    anomaly_case(
        "sklearn-isolation-forest", attributes, compare("greaterThan", 0.6), inner, "", inputs, rows, scores, scores > 0.6
    )

    machine = OneClassSVM(gamma=0.2, nu=0.1).fit(x)
    vectors = "".join(f'<VectorInstance id="v{i}">{array(v)}</VectorInstance>' for i, v in enumerate(machine.support_vectors_))
    supports = "".join(f'<SupportVector vectorId="v{i}"/>' for i in range(len(machine.support_vectors_)))
    coefficients = "".join(f'<Coefficient value="{float(c)!r}"/>' for c in machine.dual_coef_[0])
    inner = f"""<SupportVectorMachineModel functionName="regression">{mining_schema(inputs)}<RadialBasisKernelType gamma="0.2"/>
      <VectorDictionary><VectorFields>{"".join(f'<FieldRef field="{n}"/>' for n in inputs)}</VectorFields>{vectors}</VectorDictionary>
      <SupportVectorMachine><SupportVectors>{supports}</SupportVectors>
        <Coefficients absoluteValue="{float(machine.intercept_[0])!r}">{coefficients}</Coefficients></SupportVectorMachine>
    </SupportVectorMachineModel>"""
    scores = machine.decision_function(rows)
    attributes = 'algorithmType="ocsvm"'
    anomaly_case(
        "sklearn-one-class-svm", attributes, compare("lessThan", 0.0), inner, "", inputs, rows, scores, machine.predict(rows) < 0
    )

    means = KMeans(3, random_state=datasets.SEED, n_init=4).fit(x)
    distances = means.transform(x)
    mean_distances = [distances[means.labels_ == c, c].mean() for c in range(3)]
    clusters = "".join(f'<Cluster id="{i}">{array(c)}</Cluster>' for i, c in enumerate(means.cluster_centers_))
    fields = "".join(f'<ClusteringField field="{n}" compareFunction="absDiff"/>' for n in inputs)
    inner = f"""<ClusteringModel functionName="clustering" modelClass="centerBased" numberOfClusters="3">{mining_schema(inputs)}
      <ComparisonMeasure kind="distance"><euclidean/></ComparisonMeasure>{fields}{clusters}</ClusteringModel>"""
    after = f"<MeanClusterDistances>{array(mean_distances)}</MeanClusterDistances>"
    near = means.transform(rows)
    scores = near.min(axis=1) / np.array(mean_distances)[near.argmin(axis=1)]
    attributes = 'algorithmType="clusterMeanDist"'
    anomaly_case(
        "sklearn-cluster-distance", attributes, compare("greaterThan", 2.0), inner, after, inputs, rows, scores, scores > 2.0
    )


def baseline_case(name, statistic, inner, rows, score):
    data = datasets.diabetes()
    body = f"""  <BaselineModel functionName="regression">
    {mining_schema(["x"], "score")}
    <TestDistributions field="x" testStatistic="{statistic}">{inner}</TestDistributions>
  </BaselineModel>"""
    expected = pd.DataFrame({"score": score})
    pmml = document(numbers(["x", "score"]), body)
    write_case(data, name, pmml, rows, expected, "by hand, scipy", PACKAGES, SCRIPT, DOUBLE, datasets.SEED)


def cusum(gains, reset):
    total, sums = 0.0, []
    for gain in gains:
        if not np.isnan(gain):
            total = max(reset, total + gain)
        sums.append(gain if np.isnan(gain) else total)
    return sums


def baseline():
    random = np.random.default_rng(datasets.SEED)
    progression = datasets.diabetes().y.astype(float)[:60].reset_index(drop=True)
    mean, variance = float(progression.mean()), float(progression.var())
    rows = pd.DataFrame({"x": progression})
    normal = lambda m, v: f'<GaussianDistribution mean="{m!r}" variance="{v!r}"/>'
    baseline_case(
        "scipy-baseline-z", "zValue", f"<Baseline>{normal(mean, variance)}</Baseline>", rows, (rows.x - mean) / np.sqrt(variance)
    )
    # The mean rises after half of the rows.
    rows.iloc[30:] += 60
    other = stats.norm(mean + 60, np.sqrt(variance / 2))
    gains = other.logpdf(rows.x) - stats.norm(mean, np.sqrt(variance)).logpdf(rows.x)
    inner = f"<Baseline>{normal(mean, variance)}</Baseline><Alternate>{normal(mean + 60, variance / 2)}</Alternate>"
    baseline_case("scipy-baseline-cusum", "CUSUM", inner, rows, cusum(gains, 0.0))

    counts = np.concatenate([random.poisson(3.5, 30), random.poisson(6.0, 30)]).astype(float)
    rows = pd.DataFrame({"x": counts})
    gains = stats.poisson(6.0).logpmf(counts) - stats.uniform(-0.5, 12).logpdf(counts)
    inner = '<Baseline><UniformDistribution lower="-0.5" upper="11.5"/></Baseline><Alternate><PoissonDistribution mean="6"/></Alternate>'
    assert counts.max() < 11.5
    baseline_case("scipy-baseline-cusum-counts", 'CUSUM" resetValue="-2', inner, rows, cusum(gains, -2.0))


# The network of Lauritzen and Spiegelhalter (1988): parents and the probability of "yes" for each combination of theirs.
ASIA = {
    "asia": ([], {(): 0.01}),
    "smoke": ([], {(): 0.5}),
    "tuberculosis": (["asia"], {("yes",): 0.05, ("no",): 0.01}),
    "lung": (["smoke"], {("yes",): 0.1, ("no",): 0.01}),
    "bronchitis": (["smoke"], {("yes",): 0.6, ("no",): 0.3}),
    "either": (
        ["lung", "tuberculosis"],
        {("yes", "yes"): 1.0, ("yes", "no"): 1.0, ("no", "yes"): 1.0, ("no", "no"): 0.0},
    ),
    "xray": (["either"], {("yes",): 0.98, ("no",): 0.05}),
    "dyspnea": (
        ["bronchitis", "either"],
        {("yes", "yes"): 0.9, ("yes", "no"): 0.8, ("no", "yes"): 0.7, ("no", "no"): 0.1},
    ),
}
# A measurement whose mean depends on two of them.
LEVEL = {("yes", "yes"): 7.0, ("yes", "no"): 5.0, ("no", "yes"): 4.0, ("no", "no"): 2.0}
YES_NO = ["yes", "no"]


def share(node, values):
    parents, table = ASIA[node]
    yes = table[tuple(values[p] for p in parents)]
    return yes if values[node] == "yes" else 1 - yes


def asia_joint(row, level_as_evidence):
    """Every world that agrees with the row, with its probability."""
    names = list(ASIA)
    for world in itertools.product(YES_NO, repeat=len(names)):
        values = dict(zip(names, world))
        if any(isinstance(row.get(n), str) and row[n] != values[n] for n in names):
            continue
        weight = np.prod([share(n, values) for n in names])
        if level_as_evidence and not np.isnan(row["level"]):
            mean = LEVEL[(values["bronchitis"], values["lung"])] + 0.1 * row["age"]
            weight *= stats.norm(mean, 1.5).pdf(row["level"])
        yield values, weight


def asia_nodes():
    nodes = []
    for name, (parents, table) in ASIA.items():
        rows = []
        for combination, yes in table.items():
            values = "".join(f'<ValueProbability value="{v}" probability="{p!r}"/>' for v, p in zip(YES_NO, [yes, 1 - yes]))
            given = "".join(f'<ParentValue parent="{p}" value="{v}"/>' for p, v in zip(parents, combination))
            rows.append(
                f"<DiscreteConditionalProbability>{given}{values}</DiscreteConditionalProbability>" if parents else values
            )
        nodes.append(f'<DiscreteNode name="{name}">{"".join(rows)}</DiscreteNode>\n')
    rows = []
    for (bronchitis, lung), mean in LEVEL.items():
        rows.append(
            f'<ContinuousConditionalProbability><ParentValue parent="bronchitis" value="{bronchitis}"/>'
            f'<ParentValue parent="lung" value="{lung}"/><ContinuousDistribution><NormalDistributionForBN>'
            f'<Mean><Apply function="+"><Constant dataType="double">{mean!r}</Constant><Apply function="*">'
            '<Constant dataType="double">0.1</Constant><FieldRef field="age"/></Apply></Apply></Mean>'
            '<Variance><Constant dataType="double">2.25</Constant></Variance>'
            "</NormalDistributionForBN></ContinuousDistribution></ContinuousConditionalProbability>"
        )
    nodes.append(f'<ContinuousNode name="level">{"".join(rows)}</ContinuousNode>')
    return "".join(nodes)


def asia_document(inputs, target, function, outputs):
    fields = {name: ("categorical", "string", YES_NO) for name in ASIA} | numbers(["level", "age"])
    body = f"""  <BayesianNetworkModel functionName="{function}">
    {mining_schema(inputs, target)}
    <Output>{outputs}</Output>
    <BayesianNetworkNodes>{asia_nodes()}</BayesianNetworkNodes>
  </BayesianNetworkModel>"""
    return document(fields, body, "4.3")


def bayesian_network():
    random = np.random.default_rng(datasets.SEED)
    data = datasets.Dataset("asia", None, None, "Lauritzen, Spiegelhalter (1988); rows made by scripts/train/element_cases.py (Apache-2.0)")
    count = 50
    rows = pd.DataFrame({n: pd.Series(random.choice(["yes", "no", None], count), dtype=object) for n in ["asia", "smoke", "xray", "dyspnea"]})
    rows["level"] = np.where(random.random(count) < 0.3, np.nan, np.round(random.normal(9, 3, count), 3))
    rows["age"] = random.integers(20, 80, count).astype(float)

    shares = []
    for _, row in rows.iterrows():
        weights = {v: 0.0 for v in YES_NO}
        for values, weight in asia_joint(row, True):
            weights[values["lung"]] += weight
        total = sum(weights.values())
        shares.append([weights[v] / total for v in YES_NO])
    shares = np.array(shares)
    expected = pd.DataFrame({"lung": np.where(shares[:, 0] >= shares[:, 1], "yes", "no"), "probability(yes)": shares[:, 0]})
    output = '<OutputField name="probability(yes)" optype="continuous" dataType="double" feature="probability" value="yes"/>'
    pmml = asia_document(list(rows.columns), "lung", "classification", output)
    write_case(data, "enumerated-bayes-discrete", pmml, rows, expected, "by hand, numpy", PACKAGES, SCRIPT, DOUBLE, datasets.SEED)

    rows = rows.drop(columns="level")
    means, deviations = [], []
    for _, row in rows.iterrows():
        worlds = [(LEVEL[(v["bronchitis"], v["lung"])] + 0.1 * row["age"], w) for v, w in asia_joint(row, False)]
        means_of, weights = np.array(worlds).T
        mean = np.average(means_of, weights=weights)
        means.append(mean)
        deviations.append(np.sqrt(2.25 + np.average((means_of - mean) ** 2, weights=weights)))
    expected = pd.DataFrame({"level": means, "deviation": deviations})
    output = '<OutputField name="deviation" optype="continuous" dataType="double" feature="standardDeviation"/>'
    pmml = asia_document(list(rows.columns), "level", "regression", output)
    write_case(data, "enumerated-bayes-continuous", pmml, rows, expected, "by hand, numpy", PACKAGES, SCRIPT, DOUBLE, datasets.SEED)


def regression_table(model, names):
    predictors = "".join(f'<NumericPredictor name="{n}" coefficient="{float(c)!r}"/>' for n, c in zip(names, model.coef_))
    return f'<RegressionTable intercept="{float(model.intercept_)!r}">{predictors}</RegressionTable>'


def embedded():
    """A regression, whose result a tree with a regression in each leaf reads, in a MiningModel without segments."""
    data = datasets.diabetes()
    inputs = list(data.x.columns)
    # Values off the thresholds: scikit-learn compares 32-bit floats.
    x = (data.x * 10).round(4)
    rows = x.iloc[np.linspace(0, len(x) - 1, 40).astype(int)].reset_index(drop=True)
    first = LinearRegression().fit(x, data.y)
    with_first = lambda frame: frame.assign(first=first.predict(frame))
    names = [*inputs, "first"]
    tree = DecisionTreeRegressor(max_depth=2, random_state=datasets.SEED).fit(with_first(x), data.y)
    leaves = tree.apply(with_first(x))
    models = {leaf: LinearRegression().fit(with_first(x)[leaves == leaf], data.y[leaves == leaf]) for leaf in set(leaves)}
    chosen = tree.apply(with_first(rows))
    answers = [float(models[leaf].predict(with_first(rows).iloc[[i]])[0]) for i, leaf in enumerate(chosen)]

    def node(at, predicate):
        structure = tree.tree_
        left, right = structure.children_left[at], structure.children_right[at]
        if left < 0:
            return f'<Node id="{at}">{predicate}<Regression functionName="regression">{regression_table(models[at], names)}</Regression></Node>\n'
        field, bound = names[structure.feature[at]], float(structure.threshold[at])
        branch = lambda operator: f'<SimplePredicate field="{field}" operator="{operator}" value="{bound!r}"/>'
        return f"<Node>{predicate}{node(left, branch('lessOrEqual'))}{node(right, branch('greaterThan'))}</Node>\n"

    body = f"""  <MiningModel functionName="regression">
    {mining_schema(inputs, "progression")}
    <Output><OutputField name="leaf" optype="categorical" dataType="string" feature="entityId"/></Output>
    <Regression functionName="regression">
      <ResultField name="first" optype="continuous" dataType="double" feature="predictedValue"/>
      {regression_table(first, inputs)}
    </Regression>
    <DecisionTree functionName="regression">{node(0, "<True/>")}</DecisionTree>
  </MiningModel>"""
    expected = pd.DataFrame({"progression": answers, "first": first.predict(rows), "leaf": chosen})
    pmml = document(numbers([*inputs, "progression"]), body, "3.2")
    write_case(data, "sklearn-embedded", pmml, rows, expected, "by hand, scikit-learn", PACKAGES, SCRIPT, DOUBLE, datasets.SEED)


CASES = [gaussian_process, anomaly_detection, baseline, bayesian_network, embedded]

if __name__ == "__main__":
    wanted = sys.argv[1:]
    for case in CASES:
        if not wanted or case.__name__ in wanted:
            case()

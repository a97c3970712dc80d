"""Golden cases trained with scikit-learn and converted by sklearn2pmml."""

from functools import partial

from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import ElasticNet, LinearRegression, LogisticRegression, Ridge
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, PolynomialFeatures, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from datasets import SEED, Dataset, breast_cancer, diabetes, iris, loan_limits, loans, wine
from golden import DOUBLE, FLOAT
from pmml_of import golden, pipeline_of

case = partial(
    golden,
    producer="scikit-learn, sklearn2pmml",
    packages=["scikit-learn", "sklearn2pmml", "numpy", "pandas"],
    script="sklearn_cases.py",
    tolerance=DOUBLE,
    seed=SEED,
)
NUMBERS = ["income", "age", "debt"]
WORDS = ["employment", "region"]


def prepared(numbers=None, drop=None):
    """Fills gaps, scales numbers, one column per category."""
    numeric = [SimpleImputer(strategy="median")] + ([numbers] if numbers else [])
    words = make_pipeline(SimpleImputer(strategy="most_frequent", missing_values=None), OneHotEncoder(drop=drop))
    return ColumnTransformer([("numbers", make_pipeline(*numeric), NUMBERS), ("words", words, WORDS)])


def tree(**settings):
    return DecisionTreeClassifier(random_state=SEED, **settings)


def forest(**settings):
    return RandomForestClassifier(n_estimators=10, max_depth=6, random_state=SEED, **settings)


def boosted(**settings):
    return GradientBoostingClassifier(n_estimators=10, max_depth=3, random_state=SEED, **settings)


def logistic(**settings):
    return LogisticRegression(max_iter=2000, **settings)


def alcohol_of(wines):
    """Wines whose alcohol is to be told from the rest."""
    return Dataset(wines.name, wines.x.drop(columns="alcohol"), wines.x["alcohol"], wines.licence)


def main():
    flowers, wines, tumours, patients = iris(), wine(), breast_cancer(), diabetes()
    applications, limits = loans(), loan_limits()

    case(flowers, "sklearn-tree", pipeline_of(tree(max_depth=4)), verify=6)
    case(flowers, "sklearn-forest", pipeline_of(forest()))
    case(flowers, "sklearn-boosted", pipeline_of(boosted()))
    case(flowers, "sklearn-logistic", pipeline_of(logistic()), verify=6)
    case(flowers, "sklearn-one-vs-rest", pipeline_of(OneVsRestClassifier(logistic())))
    case(flowers, "sklearn-bagging", pipeline_of(BaggingClassifier(tree(), n_estimators=5, random_state=SEED)))
    # a tree among the voters makes the document's fields floats, for the others too
    mixed = partial(case, tolerance=FLOAT)
    voters = [("tree", tree(max_depth=3)), ("logistic", logistic())]
    mixed(flowers, "sklearn-voting", pipeline_of(VotingClassifier(voters, voting="soft", weights=[1, 2])))
    mixed(flowers, "sklearn-stacking", pipeline_of(StackingClassifier(voters, final_estimator=logistic())))

    case(wines, "sklearn-tree", pipeline_of(tree()))
    case(wines, "sklearn-forest", pipeline_of(forest()), verify=6)
    case(wines, "sklearn-logistic", pipeline_of(StandardScaler(), logistic()))
    trees = ExtraTreesClassifier(n_estimators=10, max_depth=5, random_state=SEED)
    case(wines, "sklearn-extra-trees", pipeline_of(trees))
    case(alcohol_of(wines), "sklearn-linear", pipeline_of(LinearRegression()))

    case(tumours, "sklearn-tree", pipeline_of(tree(max_depth=5, class_weight="balanced")))
    case(tumours, "sklearn-forest", pipeline_of(forest()))
    case(tumours, "sklearn-boosted", pipeline_of(boosted()))
    case(tumours, "sklearn-hist-boosted", pipeline_of(HistGradientBoostingClassifier(max_iter=10, random_state=SEED)))
    case(tumours, "sklearn-logistic", pipeline_of(MinMaxScaler(), SelectKBest(k=10), logistic()))
    case(tumours, "sklearn-adaboost", pipeline_of(AdaBoostClassifier(n_estimators=5, random_state=SEED)))

    case(patients, "sklearn-linear", pipeline_of(LinearRegression()), verify=6)
    case(patients, "sklearn-ridge-polynomial", pipeline_of(PolynomialFeatures(2), Ridge(0.1)))
    case(patients, "sklearn-elastic-net", pipeline_of(StandardScaler(), ElasticNet(0.1)))
    case(patients, "sklearn-tree", pipeline_of(DecisionTreeRegressor(max_depth=5, random_state=SEED)))
    trees = RandomForestRegressor(n_estimators=10, max_depth=5, random_state=SEED)
    case(patients, "sklearn-forest", pipeline_of(trees))
    case(patients, "sklearn-boosted", pipeline_of(GradientBoostingRegressor(n_estimators=15, random_state=SEED)))
    steps = HistGradientBoostingRegressor(max_iter=10, random_state=SEED)
    case(patients, "sklearn-hist-boosted", pipeline_of(steps))
    voters = [("linear", LinearRegression()), ("tree", DecisionTreeRegressor(max_depth=3, random_state=SEED))]
    mixed(patients, "sklearn-voting", pipeline_of(VotingRegressor(voters)))

    case(applications, "sklearn-tree", pipeline_of(prepared(), tree(max_depth=6)))
    case(applications, "sklearn-forest", pipeline_of(prepared(), forest()))
    case(applications, "sklearn-boosted", pipeline_of(prepared(), boosted()))
    case(applications, "sklearn-logistic", pipeline_of(prepared(StandardScaler(), "first"), logistic()), verify=6)
    case(limits, "sklearn-linear", pipeline_of(prepared(StandardScaler()), Ridge()))
    case(limits, "sklearn-regression-tree", pipeline_of(prepared(), DecisionTreeRegressor(max_depth=6, random_state=SEED)))


if __name__ == "__main__":
    main()

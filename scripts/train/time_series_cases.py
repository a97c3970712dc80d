"""Golden cases of TimeSeriesModel: statsmodels fits seeded series and forecasts them, the documents are written here from its parameters."""

import json
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels.tsa.arima.model import ARIMA
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from golden import write_case

SEED = 20240229
STEPS = 15
# statsmodels starts differenced states with a large variance, not an infinite one: forecasts agree to about 4e-9, bounds to 3e-8.
TOLERANCE = {"rel": 1e-7, "abs": 1e-10}


@dataclass
class Series:
    name: str
    values: np.ndarray
    licence: str = "made by the script from its seed"


def sales(count=360):
    """Monthly numbers with a trend, a season and errors that last."""
    random = np.random.default_rng(SEED)
    month = np.arange(count)
    noise = np.zeros(count)
    season = list(0.2 * np.sin(2 * np.pi * np.arange(12) / 12))
    for t in range(1, count):
        noise[t] = 0.6 * noise[t - 1] + random.normal(0, 0.03)
        season.append(season[t - 1] + random.normal(0, 0.02))
    return Series("sales", np.exp(3 + 0.004 * month + np.array(season[:count]) + noise))


def array(values):
    return f'<Array n="{len(values)}" type="real">{" ".join(repr(float(v)) for v in values)}</Array>'


def matrix(holder, rows):
    rows = np.atleast_2d(rows)
    lines = "".join(array(row) for row in rows)
    return f'<{holder}><Matrix nbRows="{rows.shape[0]}" nbCols="{rows.shape[1]}">{lines}</Matrix></{holder}>'


def document(series, best, body, levels):
    points = "".join(f'<TimeValue index="{i + 1}" value="{float(v)!r}"/>' for i, v in enumerate(series.values))
    bounds = "".join(
        f'<OutputField name="{side.lower()}_{level}" feature="confidenceInterval{side}" value="{level}" dataType="double" optype="continuous"/>'
        for level in levels
        for side in ("Lower", "Upper")
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4">
<Header/>
<DataDictionary>
<DataField name="value" optype="continuous" dataType="double"/>
<DataField name="h" optype="continuous" dataType="integer"/>
</DataDictionary>
<TimeSeriesModel functionName="timeSeries" bestFit="{best}">
<MiningSchema><MiningField name="value" usageType="target"/><MiningField name="h" usageType="supplementary"/></MiningSchema>
<Output><OutputField name="predicted" feature="predictedValue" dataType="double" optype="continuous"/>{bounds}</Output>
<TimeSeries usage="original" startTime="1" endTime="{len(series.values)}">{points}</TimeSeries>
{body}
</TimeSeriesModel>
</PMML>
"""


def write(series, algorithm, best, body, forecast, bounds=None):
    """`bounds` maps a level in percent to a pair of lists."""
    bounds = bounds or {}
    rows = [1, STEPS]
    columns = {"value": forecast, "predicted": forecast}
    for level, (lower, upper) in bounds.items():
        columns[f"lower_{level}"], columns[f"upper_{level}"] = lower, upper
    expected = {
        name: [json.dumps([float(v) for v in values[:h]]) for h in rows] for name, values in columns.items()
    }
    write_case(
        series,
        f"statsmodels-{algorithm}",
        document(series, best, body, bounds),
        pd.DataFrame({"h": rows}),
        pd.DataFrame(expected),
        "statsmodels",
        ["statsmodels", "numpy"],
        "time_series_cases.py",
        TOLERANCE,
        SEED,
    )


def smoothing(series, trend, seasonal, damped):
    # Not statsmodels.tsa.holtwinters, whose forecast passes over the last update of the season.
    model = ETSModel(
        pd.Series(series.values), trend=trend, seasonal=seasonal, damped_trend=damped, seasonal_periods=12 if seasonal else None
    )
    fitted = model.fit(disp=False)
    parameters = dict(zip(fitted.param_names, fitted.params))
    words = {"add": "additive", "mul": "multiplicative"}
    parts = [f'<Level alpha="{float(parameters["smoothing_level"])!r}" smoothedValue="{float(fitted.level.iloc[-1])!r}"/>']
    if trend:
        phi = f' phi="{float(parameters["damping_trend"])!r}"' if damped else ""
        word = ("damped_" if damped else "") + words[trend]
        parts.append(f'<Trend_ExpoSmooth trend="{word}"{phi} smoothedValue="{float(fitted.slope.iloc[-1])!r}"/>')
    if seasonal:
        parts.append(
            f'<Seasonality_ExpoSmooth type="{words[seasonal]}" period="12" phase="12">{array(fitted.season.iloc[-12:])}</Seasonality_ExpoSmooth>'
        )
    body = f"<ExponentialSmoothing>{''.join(parts)}</ExponentialSmoothing>"
    name = "-".join(["smoothing", *(p for p in ("damped" if damped else None, trend, seasonal) if p)])
    write(series, name, "ExponentialSmoothing", body, fitted.forecast(STEPS).to_numpy())


def fit(values, order, seasonal=(0, 0, 0, 0)):
    mean = "c" if order[1] == 0 and seasonal[1] == 0 else "n"
    model = ARIMA(values, order=order, seasonal_order=seasonal, trend=mean)
    # A seasonal moving average near the unit circle would not forget the start of the series: its parameters are chosen.
    return model.smooth([0.5, 0.3, 0.3, -0.4, 0.01]) if seasonal == (1, 1, 1, 12) else model.fit()


def bounds_of(forecast, back=lambda x: x, levels=(80, 95)):
    return {
        level: tuple(
            back(forecast.predicted_mean + sign * norm.ppf(0.5 + level / 200) * forecast.se_mean) for sign in (-1, 1)
        )
        for level in levels
    }


def arima(series, name, order, seasonal=(0, 0, 0, 0), transformation="none"):
    forward, back = {
        "none": (lambda x: x, lambda x: x),
        "logarithmic": (np.log, np.exp),
        "squareroot": (np.sqrt, np.square),
    }[transformation]
    fitted = fit(forward(series.values), order, seasonal)
    parameters = dict(zip(fitted.param_names, fitted.params))

    def component(element, names, orders, prefix, kept, period=""):
        ar = [parameters[f"ar.{prefix}L{i * (seasonal[3] or 1) if prefix else i}"] for i in range(1, orders[0] + 1)]
        ma = [parameters[f"ma.{prefix}L{i * (seasonal[3] or 1) if prefix else i}"] for i in range(1, orders[2] + 1)]
        inner = f"<AR>{array(ar)}</AR>" if ar else ""
        if ma:
            inner += f"<MA><MACoefficients>{array(ma)}</MACoefficients><Residuals>{array(fitted.resid[-kept:])}</Residuals></MA>"
        sizes = " ".join(f'{key}="{value}"' for key, value in zip(names, orders))
        return f"<{element} {sizes}{period}>{inner}</{element}>"

    parts = component("NonseasonalComponent", "pdq", order, "", order[2])
    if seasonal[3]:
        kept = order[2] + seasonal[2] * seasonal[3]
        parts += component("SeasonalComponent", "PDQ", seasonal, "S.", kept, f' period="{seasonal[3]}"')
    rmse = float(np.sqrt(parameters["sigma2"]))
    constant = float(parameters.get("const", 0))
    body = f'<ARIMA RMSE="{rmse!r}" transformation="{transformation}" constantTerm="{constant!r}" predictionMethod="conditionalLeastSquares">{parts}</ARIMA>'
    forecast = fitted.get_forecast(STEPS)
    write(series, name, "ARIMA", body, back(forecast.predicted_mean), bounds_of(forecast, back))


def state_space(series, name, order, seasonal=(0, 0, 0, 0)):
    """The state space of the model, scaled to a variance of 1 as R has it."""
    fitted = fit(np.log(series.values), order, seasonal)
    parameters = dict(zip(fitted.param_names, fitted.params))
    variance = float(parameters["sigma2"])
    space = fitted.model.ssm
    selected = space["selection"] @ space["state_cov"] @ space["selection"].T / variance
    body = f"""<StateSpaceModel variance="{variance!r}"><StateVector>{array(fitted.predicted_state[:, -1])}</StateVector>
{matrix("TransitionMatrix", space["transition"])}{matrix("MeasurementMatrix", space["design"])}
<InterceptVector type="observation">{array([parameters.get("const", 0)])}</InterceptVector>
{matrix("PredictedStateCovarianceMatrix", fitted.filtered_state_cov[:, :, -1] / variance)}
{matrix("SelectedStateCovarianceMatrix", selected)}{matrix("ObservationVarianceMatrix", [[0.0]])}</StateSpaceModel>"""
    forecast = fitted.get_forecast(STEPS)
    write(series, name, "StateSpaceModel", body, forecast.predicted_mean, bounds_of(forecast))


def main():
    warnings.simplefilter("ignore")
    series = sales()
    short = Series("sales", series.values[:96])
    smoothing(short, None, None, False)
    smoothing(short, "add", "add", False)
    smoothing(short, "add", "mul", True)
    smoothing(short, None, "mul", False)
    arima(series, "arima", (2, 1, 1))
    arima(series, "arima-mean", (2, 0, 1))
    arima(series, "arima-seasonal", (1, 1, 1), (1, 1, 1, 12), "logarithmic")
    arima(series, "arima-squareroot", (0, 1, 2), (0, 0, 0, 0), "squareroot")
    state_space(short, "state-space", (2, 0, 1))
    state_space(short, "state-space-seasonal", (1, 1, 1), (0, 1, 1, 12))


if __name__ == "__main__":
    main()

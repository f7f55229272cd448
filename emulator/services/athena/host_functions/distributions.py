"""Numbers: bases, distributions and confidence intervals."""

from __future__ import annotations

import math
from statistics import NormalDist

from emulator.services.athena.host_functions.failures import invalid_argument

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def from_base(text: str, radix: int) -> int:
    """A number written in a base from 2 to 36."""
    try:
        value = int(text, _radix(radix)) if "_" not in text and text == text.strip() else None
    except ValueError as error:
        if "Radix" in str(error):
            raise
        value = None
    if value is None or not -(2**63) <= value < 2**63:
        raise invalid_argument(f"Not a valid base-{radix} number: {text}")
    return value


def _radix(radix: int) -> int:
    if not 2 <= radix <= 36:
        raise invalid_argument("Radix must be between 2 and 36")
    return radix


def to_base(value: int, radix: int) -> str:
    """A number in a base from 2 to 36."""
    _radix(radix)
    digits, rest = "", abs(value)
    while rest:
        rest, digit = divmod(rest, radix)
        digits = _DIGITS[digit] + digits
    return ("-" if value < 0 else "") + (digits or "0")


def cbrt(value: float) -> float:
    """The cube root, exact where it is a whole number."""
    root = math.cbrt(value)
    return float(round(root)) if math.isfinite(root) and round(root) ** 3 == value else root


def normal_cdf(mean: float, deviation: float, value: float) -> float:
    """The probability of at most `value` under a normal distribution."""
    if not deviation > 0:
        raise invalid_argument("standardDeviation must be > 0")
    return NormalDist(mean, deviation).cdf(value)


def inverse_normal_cdf(mean: float, deviation: float, probability: float) -> float:
    """The value with that probability of at most it under a normal distribution."""
    if not 0 < probability < 1:
        raise invalid_argument("p must be in the interval (0, 1)")
    if not deviation > 0:
        raise invalid_argument("sd must be > 0")
    return NormalDist(mean, deviation).inv_cdf(probability)


def beta_cdf(a: float, b: float, value: float) -> float:
    """The probability of at most `value` under a beta distribution: the regularized incomplete beta function."""
    if not (a > 0 and b > 0):
        raise invalid_argument("a must be > 0" if not a > 0 else "b must be > 0")
    if not 0 <= value <= 1:
        raise invalid_argument("value must be in the interval [0, 1]")
    if value in (0, 1):
        return float(value)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(value) + b * math.log1p(-value)
    )
    if value < (a + 1) / (a + b + 2):
        return front * _continued_fraction(a, b, value) / a
    return 1 - front * _continued_fraction(b, a, 1 - value) / b


def _continued_fraction(a: float, b: float, x: float) -> float:
    """Lentz's evaluation of the incomplete beta function's continued fraction."""
    tiny = 1e-300
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > tiny else tiny)
    result = d
    for m in range(1, 1000):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 + term * d
            d = 1 / (d if abs(d) > tiny else tiny)
            c = 1 + term / c
            c = c if abs(c) > tiny else tiny
            result *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return result


def inverse_beta_cdf(a: float, b: float, probability: float) -> float:
    """The value with that probability of at most it under a beta distribution."""
    if not 0 <= probability <= 1:
        raise invalid_argument("p must be in the interval [0, 1]")
    low, high = 0.0, 1.0
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if beta_cdf(a, b, middle) < probability else (low, middle)
    return high if abs(beta_cdf(a, b, high) - probability) <= abs(beta_cdf(a, b, low) - probability) else low


def t_pdf(value: float, freedom: float) -> float:
    """The density of Student's t distribution."""
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)
    return float(scale * (1 + value * value / freedom) ** (-(freedom + 1) / 2))


def t_cdf(value: float, freedom: float) -> float:
    """The probability of at most `value` under Student's t distribution."""
    tail = beta_cdf(freedom / 2, 0.5, freedom / (freedom + value * value)) / 2
    return 1 - tail if value > 0 else tail


def wilson_interval(successes: int, trials: int, z: float, sign: int) -> float:
    """A bound of the Wilson score interval of a Bernoulli trial, the lower where `sign` is -1."""
    if successes < 0 or trials <= 0 or successes > trials or z < 0:
        raise invalid_argument("number of successes must not be larger than number of trials")
    p = successes / trials
    middle = p + z * z / (2 * trials)
    spread = z * math.sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials))
    return (middle + sign * spread) / (1 + z * z / trials)


_THREE = ["DOUBLE", "DOUBLE", "DOUBLE"]
FUNCTIONS = (
    ("trino_from_base", from_base, ["VARCHAR", "BIGINT"], "BIGINT"),
    ("trino_to_base", to_base, ["BIGINT", "BIGINT"], "VARCHAR"),
    ("trino_cbrt", cbrt, ["DOUBLE"], "DOUBLE"),
    ("trino_fmod", lambda x, y: math.fmod(x, y) if y and not math.isinf(x) else math.nan, ["DOUBLE"] * 2, "DOUBLE"),
    ("trino_normal_cdf", normal_cdf, _THREE, "DOUBLE"),
    ("trino_inverse_normal_cdf", inverse_normal_cdf, _THREE, "DOUBLE"),
    ("trino_beta_cdf", beta_cdf, _THREE, "DOUBLE"),
    ("trino_inverse_beta_cdf", inverse_beta_cdf, _THREE, "DOUBLE"),
    ("trino_t_pdf", t_pdf, ["DOUBLE", "DOUBLE"], "DOUBLE"),
    ("trino_t_cdf", t_cdf, ["DOUBLE", "DOUBLE"], "DOUBLE"),
    ("trino_wilson_interval", wilson_interval, ["BIGINT", "BIGINT", "DOUBLE", "INTEGER"], "DOUBLE"),
)

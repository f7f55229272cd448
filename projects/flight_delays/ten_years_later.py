"""Flights of 2023 as requests: `python projects/flight_delays/ten_years_later.py | crisp predict flight_delays -`.

Airlines and airplanes are those of 2023. The weather is that of the same day and hour of 2013, for nobody kept the
forecasts; where there is none, it is missing.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd

DATA = Path(__file__).parent / "data"
FLIGHT = ["month", "sched_dep_time", "carrier", "tailnum", "origin", "dest", "distance", "hour", "time_hour"]
WEATHER = ["temp", "humid", "wind_speed", "precip", "pressure", "visib"]
HOUR = ["origin", "month", "day", "hour"]


def main() -> int:
    """Print one request of as many flights, drawn with a fixed seed."""
    parser = argparse.ArgumentParser(description="Flights of 2023 as a request, on stdout.")
    parser.add_argument("--rows", type=int, default=1000, help="at most 10,000; 1,000 unless you say otherwise")
    wanted, later = parser.parse_args().rows, DATA / "2023" / "flights.csv"
    if not later.exists():
        print(f"{later} is missing; run {Path(__file__).parent / 'get_data.py'} first", file=sys.stderr)  # noqa: T201
        return 1
    flights = pd.read_csv(later)
    rows = flights.sample(min(wanted, len(flights)), random_state=2023)
    weather = pd.read_csv(DATA / "weather.csv").drop_duplicates(HOUR)
    requests = rows.merge(weather[[*HOUR, *WEATHER]], how="left", on=HOUR)[[*FLIGHT, *WEATHER]]
    print(f'{{"rows": {requests.to_json(orient="records")}}}')  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

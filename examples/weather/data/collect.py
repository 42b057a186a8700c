"""Takes the example's tables out of the `vega_datasets` wheel; run it as `python collect.py` in this folder.

The rows are public weather records of NOAA, as the package ships them. Files are plain copies.
"""

import shutil
from importlib.resources import files
from pathlib import Path

TABLES = {
    "seattle_weather": "seattle-weather.csv",
    "seattle_temperatures": "seattle-temps.csv",
    "san_francisco_temperatures": "sf-temps.csv",
}


def main() -> None:
    """Copy each table beside this file."""
    for table, shipped in TABLES.items():
        source = files("vega_datasets").joinpath("_data", shipped)
        with source.open("rb") as reader, (Path(__file__).parent / f"{table}.csv").open("wb") as writer:
            shutil.copyfileobj(reader, writer)


if __name__ == "__main__":
    main()

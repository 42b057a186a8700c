"""Writes a blueprint of many small SQL assets, for benchmarks.

Ten layers of equal size: each asset reads one or two of the layer before, and has two checks. One source table of
1,000 rows feeds the first layer.
"""

import argparse
import csv
from pathlib import Path

LAYERS = 10


def main(assets: int, folder: Path) -> None:
    """Write `blueprint.yaml` and `data/events.csv` into the folder."""
    width = max(assets // LAYERS, 1)
    lines = [
        "blueprint: 1",
        "name: thousand",
        f"description: {width * LAYERS} small SQL assets, for benchmarks.",
        "owners: [team:platform]",
        "tags: {domain: benchmark}",
        "requirements:",
        "  T1: Every asset is built and checked.",
        "sources:",
        "  feed:",
        "    integration: filesystem",
        "    path: data",
        "    tables: {events: {columns: {id: BIGINT, amount: BIGINT}}}",
        "    demo: data",
        "assets:",
    ]
    for layer in range(LAYERS):
        for place in range(width):
            lines += asset(layer, place, width)
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "blueprint.yaml").write_text("\n".join(lines) + "\n")
    with (folder / "data" / "events.csv").open("w", newline="") as file:
        rows = [["id", "amount"], *([number, number * 7 % 101] for number in range(1000))]
        csv.writer(file, lineterminator="\n").writerows(rows)


def asset(layer: int, place: int, width: int) -> list[str]:
    """The lines of one asset."""
    upstream = "feed.events" if layer == 0 else f"layer_{layer - 1}.table_{place}"
    other = (
        f" left join layer_{layer - 1}.table_{(place + 1) % width} o using (id)"
        if layer and place % 2
        else ""
    )
    amount = "u.amount + coalesce(o.amount, 0)" if other else "u.amount + 1"
    return [
        f"  layer_{layer}/table_{place}:",
        f"    description: Table {place} of layer {layer}.",
        f"    sql: select u.id, {amount} as amount from {upstream} u{other}",
        "    checks: [{unique: id}, {not_null: [id, amount]}]",
        "    meets: [T1]",
    ]


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("assets", nargs="?", type=int, default=1000)
    options.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent)
    main(**vars(options.parse_args()))

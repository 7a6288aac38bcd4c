"""The ladder of the kitemark as a page shows it."""

from contracts.ladder import DIMENSIONS, Demand, Ladder


def markdown(ladder: Ladder) -> str:
    """The ladder as Markdown tables: levels with their meaning, and what each demands."""
    levels = [
        "| level | name | deliveries in a row | meaning |",
        "|---|---|---|---|",
        *(
            f"| {number} | **{level.name}** | {level.deliveries_in_a_row} | {level.meaning} |"
            for number, level in enumerate(ladder.levels)
        ),
    ]
    named = [level for level in ladder.levels if level.demands]
    demands = [
        "| dimension | " + " | ".join(level.name for level in named) + " |",
        "|---|" + "---|" * len(named),
        *(
            f"| {name} | " + " | ".join(_cell(level.demands.get(name)) for level in named) + " |"
            for name in DIMENSIONS
        ),
    ]
    head = f"Ladder {ladder.version}; the trend looks at the last {ladder.trend_over} deliveries."
    return "\n".join([head, "", *levels, "", *demands]) + "\n"


def _cell(demand: Demand | None) -> str:
    if demand is None:
        return "–"
    checks = f"{demand.least_checks} check{'s' if demand.least_checks > 1 else ''}"
    said = f"{checks}, failed ≤ {demand.most_failed_percent:g} %"
    return said if demand.most_findings is None else f"{said}, findings ≤ {demand.most_findings}"

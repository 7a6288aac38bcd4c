"""Where a table's rows come from and who reads them: feeds, contracts, table, views."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

BOX, TALL, GAP, BETWEEN, TOP = 204, 44, 14, 48, 30
MOST = 12
"""Boxes of a stage; of more, the last says how many there are besides."""
LETTERS = 25
"""Signs of a line that fit into a box."""

_PICTURE = Markup(
    '<svg class="lineage" role="img" aria-label="{words}" viewBox="0 0 {width} {height}">'
    "<title>{words}</title>{parts}</svg>"
)
_HEAD = Markup('<text class="head" x="{x}" y="14">{said}</text>')
_EDGE = Markup('<path class="edge" d="M{x1},{y1} C{m},{y1} {m},{y2} {x2},{y2}"></path>')
_BOX = Markup(
    '<g class="box {kind}"><rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6"></rect>'
    '<text class="title" x="{tx}" y="{y1}">{title}</text>'
    '<text class="note" x="{tx}" y="{y2}">{note}</text></g>'
)


@dataclass(frozen=True)
class Node:
    """One thing on the way: its key, what is written on it, and its page (empty: none)."""

    key: str
    title: str
    note: str = ""
    page: str = ""


@dataclass(frozen=True)
class Stage:
    """Things of one kind, side by side."""

    name: str
    kind: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class Way:
    """A drawing's content: stages in order, and which node leads to which of the next stage."""

    title: str
    stages: tuple[Stage, ...]
    edges: frozenset[tuple[str, str]]


def drawing(way: Way) -> Markup:
    """The way from left to right."""
    stages = [_shortened(stage) for stage in way.stages]
    height = TOP + max(_height(len(stage.nodes)) for stage in stages) + 4
    places: dict[str, tuple[float, float]] = {}
    parts: list[Markup] = []
    for number, stage in enumerate(stages):
        x = number * (BOX + BETWEEN) + 1
        y = TOP + (height - TOP - _height(len(stage.nodes))) / 2
        parts.append(_HEAD.format(x=x, said=stage.name))
        for node in stage.nodes:
            places[node.key] = (x, y)
            parts.append(_box(node, stage.kind, x, y))
            y += TALL + GAP
    folded = _folded(way.stages, stages)
    edges = sorted({(folded[a], folded[b]) for a, b in way.edges if a in folded and b in folded})
    lines = [_edge(places[a], places[b]) for a, b in edges]
    width = len(stages) * BOX + (len(stages) - 1) * BETWEEN + 2
    return _PICTURE.format(
        words=way.title, width=width, height=f"{height:g}",
        parts=Markup("").join([*lines, *parts]),
    )  # fmt: skip


def _shortened(stage: Stage) -> Stage:
    if len(stage.nodes) <= MOST:
        return stage
    rest = stage.nodes[MOST - 1 :]
    more = Node(f"more {stage.kind}", f"and {len(rest)} more", "listed below")
    return Stage(stage.name, stage.kind, (*stage.nodes[: MOST - 1], more))


def _folded(whole: Sequence[Stage], drawn: Sequence[Stage]) -> dict[str, str]:
    """Every node's key to that of the box it is drawn as."""
    found: dict[str, str] = {}
    for stage, shown in zip(whole, drawn, strict=True):
        there = {node.key for node in shown.nodes}
        for node in stage.nodes:
            found[node.key] = node.key if node.key in there else shown.nodes[-1].key
    return found


def _box(node: Node, kind: str, x: float, y: float) -> Markup:
    return _BOX.format(
        kind=kind, x=f"{x:g}", y=f"{y:g}", width=BOX, height=TALL, tx=f"{x + 12:g}",
        y1=f"{y + (18 if node.note else 27):g}", y2=f"{y + 34:g}",
        title=_cut(node.title), note=_cut(node.note),
    )  # fmt: skip


def _edge(start: tuple[float, float], end: tuple[float, float]) -> Markup:
    x1, x2 = start[0] + BOX, end[0]
    return _EDGE.format(
        x1=f"{x1:g}", y1=f"{start[1] + TALL / 2:g}", x2=f"{x2:g}", y2=f"{end[1] + TALL / 2:g}",
        m=f"{(x1 + x2) / 2:g}",
    )  # fmt: skip


def _height(many: int) -> float:
    return max(1, many) * (TALL + GAP) - GAP


def _cut(text: str) -> str:
    return text if len(text) <= LETTERS else text[: LETTERS - 1].rstrip() + "…"

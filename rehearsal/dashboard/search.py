"""SEARCH expressions of metric widgets: which metrics they find, and what each is called."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rehearsal.dashboard.metrics import DashboardError, Metric, Plotted

_SEARCH = re.compile(r"SEARCH\('\{(?P<schema>[^}]+)\} (?P<terms>[^']*)', '(?P<stat>\w+)', (?P<period>\d+)\)")
_TERM = re.compile(r"(?P<denied>NOT )?(?P<key>\w+)=\"(?P<value>[^\"]*)\"\s*")
_DIMENSION_LABEL = re.compile(r"\$\{PROP\('Dim\.(\w+)'\)\}")


def search(entry: Plotted, known: Iterable[Metric]) -> list[Plotted]:
    """What `SEARCH('{Namespace,dimension} MetricName="Name" NOT dimension="x"', 'Sum', 300)` finds among the
    known metrics: an entry like the given one for each. Raises DashboardError for what is not understood; of
    metric math the deployed widgets use nothing else."""
    match = _SEARCH.fullmatch((entry.expression or "").strip())
    if match is None or _TERM.sub("", match["terms"]).strip():
        raise DashboardError(f"not understood: {entry.expression!r}")
    entry = replace(entry, statistic=match["stat"], period=int(match["period"]))
    namespace, *dimensions = match["schema"].split(",")
    terms = [
        _Term(term["key"], term["value"], bool(term["denied"])) for term in _TERM.finditer(match["terms"])
    ]
    found = [metric for metric in known if _fits(metric, namespace, dimensions, terms)]
    varying = _varying(found)
    return [
        replace(entry, metric=metric, label=_label(entry.label, metric, varying))
        for metric in sorted(found, key=lambda metric: metric.dimensions)
    ]


@dataclass(frozen=True)
class _Term:
    """What a search wants of a metric, or does not want."""

    key: str
    value: str
    denied: bool

    def fits(self, metric: Metric) -> bool:
        found = metric.name if self.key == "MetricName" else dict(metric.dimensions).get(self.key)
        return (found == self.value) is not self.denied


def _fits(metric: Metric, namespace: str, dimensions: Sequence[str], terms: Sequence[_Term]) -> bool:
    same = metric.namespace == namespace and {name for name, _ in metric.dimensions} == set(dimensions)
    return same and all(term.fits(metric) for term in terms)


def _label(template: str, metric: Metric, varying: Sequence[str]) -> str:
    """A dynamic label filled in, or what tells this metric from the others that were found."""
    dimensions = dict(metric.dimensions)
    if "${" not in template:
        return " ".join(dimensions[name] for name in varying) or metric.name
    label = _DIMENSION_LABEL.sub(lambda match: dimensions[match[1]], template)
    if "${" in label:
        raise DashboardError(f"not understood in a label: {template!r}")
    return label


def _varying(found: Sequence[Metric]) -> list[str]:
    """The dimensions that tell the metrics apart: they are their labels."""
    names = [name for name, _ in found[0].dimensions] if found else []
    return [name for name in names if len({dict(metric.dimensions)[name] for metric in found}) > 1]

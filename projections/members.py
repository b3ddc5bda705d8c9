"""The members of a count: which claims, or which massacres, make up a number.

Exactly those that the toll or the list of massacres counts; their lines are what a figure is a
Merkle tree of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from domain.figure import Definition, member_line
from domain.measures import MASSACRES
from domain.rules import Rules
from projections.counting import (
    ENDED,
    column,
    facet_value,
    facets_match,
    in_period,
    of_measure,
    stands,
    versions,
)
from projections.estimates import counted_estimates
from projections.incidents import counted_incidents
from projections.massacres import massacres
from projections.registry import Registry


class Member(NamedTuple):
    """One member of a count. `log_index` is of the last event that shaped it as counted; `claims`
    are the deaths of a massacre, ascending, and empty for a death. Of a stock, `date` is when it
    began and `ended` when it ended. Of a sum, `addend` is the number and its qualifier.
    """

    id: str
    log_index: int
    facets: Mapping[str, str]
    date: str | None
    claims: tuple[str, ...] = ()
    ended: str | None = None
    stock: bool = False
    addend: tuple[int, str] | None = None

    def to_line(self) -> bytes:
        """The member line, with its newline."""
        if self.stock:
            ended = {} if self.ended is None else {"ended": self.ended}
            return member_line(self.id, self.log_index, self.facets, None, began=self.date, **ended)
        more: dict[str, Any] = {"claims": list(self.claims)} if self.claims else {}
        if self.addend is not None:
            more = {"addend": self.addend[0], "qualifier": self.addend[1]}
        return member_line(self.id, self.log_index, self.facets, self.date, **more)


def members(
    registry: Registry, definition: Definition, rules: Rules, size: int, *, rule: str | None = None
) -> Iterator[Member]:
    """The members in the state of the first `size` entries, ascending by id.

    With `rule`, those that another rule for straddling dates would count.
    """
    if definition.measure == MASSACRES:
        for one in massacres(registry, definition, rules, size, rule=rule):
            facets = one.incident.facets(definition, rules)
            yield Member(one.incident.name, one.log_index, facets, None, one.claims)
        return
    if definition.of_incidents:
        for incident in counted_incidents(registry, definition, rules, size, rule=rule):
            facets = incident.facets(definition, rules)
            date = None if definition.period is None else incident.happened
            addend = None if definition.addend is None else incident.addend(definition.addend)
            yield Member(incident.name, incident.log_index, facets, date, addend=addend)
        return
    if definition.of_estimates:
        for estimate in counted_estimates(registry, definition, size, rule=rule):
            date = None if definition.period is None else estimate.period
            yield Member(
                *(estimate.name, estimate.log_index, estimate.facets(definition), date),
                addend=estimate.addend,
            )
        return
    columns = "".join(f", {column(definition, facet)}" for facet in definition.facets)
    ended = ENDED if definition.stock else "NULL"
    with registry.reading() as cursor:
        chosen = (
            of_measure(definition, rules)
            & facets_match(cursor, definition, rules)
            & stands(size)
            & in_period(definition, rule)
        )
        cursor.execute(
            f"SELECT n.name, v.valid_from, s.text, {ended}{columns} FROM {versions(definition)} "
            f"WHERE {chosen.sql} ORDER BY n.name",
            chosen.values,
        )
        for name, index, date, end, *values in cursor:
            facets = {
                facet: facet_value(definition, rules, facet, value)
                for facet, value in zip(definition.facets, values, strict=True)
            }
            dated = definition.period is not None or definition.stock
            yield Member(
                name,
                index,
                facets,
                date if dated else None,
                ended=end,
                stock=definition.stock,
            )

/** A small Python package in the `src` layout: relative imports, names given on, a shadowed name, a method of a class. */
export const pythonApp: Readonly<Record<string, string>> = {
  'pyproject.toml': '[project]\nname = "orders"\n',
  'src/orders/__init__.py': `from .model import Order, total as order_total
from . import tax

__all__ = ["Order", "order_total", "tax"]
`,
  'src/orders/model.py': `"""Orders and their lines."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Iterable

from .tax import rate_for

LIMIT = 100


@dataclass
class Order:
    """What a customer wants."""

    number: int
    lines: list[int] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        return not self.lines

    def add(self, cents: int) -> "Order":
        if len(self.lines) >= LIMIT:
            raise ValueError("too many lines")
        self.lines.append(cents)
        return self

    def pay(self) -> int:
        self._check()
        return total(self.lines)

    def _check(self) -> None:
        assert not self.empty


def total(lines: Iterable[int], country: str = "de") -> int:
    rate = rate_for(country)

    def with_tax(cents: int) -> int:
        return round(cents * (1 + rate))

    return sum(with_tax(cents) for cents in lines)
`,
  'src/orders/tax.py': `RATES = {"de": 0.19, "at": 0.2}


def rate_for(country):
    return RATES.get(country, 0)


async def fetch_rates(url, *, timeout=3):
    total = 0
    return total
`,
  'src/orders/cli.py': `import argparse

import orders
from orders.model import total as sum_up


def main(argv=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("cents", type=int, nargs="+")
    options = parser.parse_args(argv)
    print(sum_up(options.cents), orders.tax.rate_for("de"), orders.order_total([1]))
`,
  'tests/conftest.py': 'import pytest\n',
  'tests/test_model.py': `from orders import Order


def test_total():
    assert Order(1).add(100).pay() == 119
`,
};

"""Which statements of a function this run certainly came to: branches are told by what is known, or by what ran in them."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable

from explainer.explain.knowing import UNKNOWN, Knowledge

_ENDS = (ast.Return, ast.Raise, ast.Break, ast.Continue)


class Reached:
    """The ``statements`` that certainly run in a function, in order, and which way each of its branches goes.

    ``ran`` are lines with an op in the run that is told, ``failed`` the line at which it stopped, if it did here.
    """

    def __init__(self, function: ast.FunctionDef, knowledge: Knowledge, ran: frozenset[int], failed: int | None = None) -> None:
        self.statements: list[ast.stmt] = []
        self.branches: dict[ast.If, bool] = {}
        self.exit: ast.Return | None = None
        self._knowledge, self._ran, self._failed = knowledge, ran, failed
        arguments = function.args
        stored = Counter(n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
        given = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        self._once = {name for name, count in stored.items() if count == 1} - {a.arg for a in given}
        self._walk(function.body, in_loop=False)

    def _walk(self, body: list[ast.stmt], *, in_loop: bool) -> bool:
        """Whether the next statement after the body is certainly reached."""
        for statement in body:
            if self._failed is not None and (statement.end_lineno or statement.lineno) >= self._failed:
                if isinstance(statement, (ast.For, ast.If, ast.With)) and statement.lineno < self._failed:
                    self._enter(statement, in_loop=in_loop)
                return False
            self.statements.append(statement)
            if isinstance(statement, ast.Assign):
                self._learn(statement)
            if isinstance(statement, ast.Return) and not in_loop:
                self.exit = statement
            if isinstance(statement, _ENDS) or not self._enter(statement, in_loop=in_loop):
                return False
        return True

    def _enter(self, statement: ast.stmt, *, in_loop: bool) -> bool:
        if isinstance(statement, ast.If):
            return self._branch(statement, in_loop=in_loop)
        if isinstance(statement, (ast.For, ast.While)):
            if isinstance(statement, ast.For) and (self._is_long(statement) or self._has_run(statement.body)):
                self._walk(statement.body, in_loop=True)
            return not _may_leave(statement)
        if isinstance(statement, ast.With):
            return self._walk(statement.body, in_loop=in_loop)
        return not (isinstance(statement, (ast.Try, ast.Match)) and _may_leave(statement))

    def _branch(self, statement: ast.If, *, in_loop: bool) -> bool:
        found = self._knowledge.value(statement.test)
        then, other = self._has_run(statement.body), self._has_run(statement.orelse)
        holds: bool | None = None if found is UNKNOWN else bool(found)
        if holds is None and not in_loop and then is not other:
            holds = then
        if holds is None or (other if holds else then):  # what ran says otherwise than what was worked out: nothing is certain
            return not _may_leave(statement)
        self.branches[statement] = holds
        return self._walk(statement.body if holds else statement.orelse, in_loop=in_loop)

    def _is_long(self, loop: ast.For) -> bool:
        """Whether a loop certainly runs at least once."""
        value = self._knowledge.value(loop.iter)
        return (value is not UNKNOWN and isinstance(value, (range, tuple)) and len(value) > 0) or bool(
            self._knowledge.count(loop.iter)
        )

    def _has_run(self, body: Iterable[ast.stmt]) -> bool:
        return any(line in self._ran for part in body for line in range(part.lineno, (part.end_lineno or part.lineno) + 1))

    def _learn(self, statement: ast.Assign) -> None:
        """The value of a name that is set only once, so that it means the same wherever it stands behind."""
        value = self._knowledge.value(statement.value)
        for target in statement.targets:
            if isinstance(target, ast.Name) and target.id in self._once and value is not UNKNOWN:
                self._knowledge.names[target.id] = value
            elif isinstance(target, (ast.Tuple, ast.List)):
                self._learn_each(target.elts, statement.value, value)

    def _learn_each(self, targets: list[ast.expr], given: ast.expr, value: object) -> None:
        if isinstance(value, tuple) and len(value) == len(targets):
            values: list[object] = list(value)
        elif isinstance(given, (ast.Tuple, ast.List)) and len(given.elts) == len(targets):
            values = [self._knowledge.value(part) for part in given.elts]
        else:
            return
        for target, one in zip(targets, values, strict=True):
            if isinstance(target, ast.Name) and target.id in self._once and one is not UNKNOWN:
                self._knowledge.names[target.id] = one


def _may_leave(statement: ast.stmt) -> bool:
    """Whether the function may end inside of a statement."""
    return any(isinstance(node, (ast.Return, ast.Raise)) for node in ast.walk(statement))

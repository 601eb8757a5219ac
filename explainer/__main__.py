"""``python -m explainer FILE``: what a module in a file does, as text, JSON, Markdown or a picture.

Exit status 0: explained. 1: the module fails, and where it fails is the output. 2: bad usage, in one line on stderr.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explainer.errors import BlocklensError, InvalidInput
from explainer.language import LANGUAGES, pick_language, say

if TYPE_CHECKING:
    from explainer.types import Trace

FORMATS = ("text", "json", "dot", "svg", "markdown")


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    lang = pick_language(options.lang, None)
    try:
        return max([_explain(path, options, lang) for path in options.files])
    except BlocklensError as error:
        print(say(error.sentence, lang), file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m explainer", description="What a PyTorch module in a file really does.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a Python file that defines an nn.Module")
    parser.add_argument("--class", dest="cls", metavar="NAME", help="which class; the last one in the file if not given")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a constructor argument, as a Python literal"
    )
    parser.add_argument(
        "--input", action="append", default=[], metavar="1x64x56x56", help="an input's shape, once for each input"
    )
    parser.add_argument("--device", default="meta", help="meta (shapes only), cpu or cuda")
    parser.add_argument("--lang", choices=sorted(LANGUAGES), default="en")
    parser.add_argument("--format", choices=FORMATS, default="text")
    parser.add_argument("--seed", type=int, default=0, help="draws weights and input where they are real")
    parser.add_argument("--trusted", action="store_true", help="run FILE in this process with your own rights")
    return parser


def _explain(path: Path, options: argparse.Namespace, lang: str) -> int:
    from explainer.loading import parse_settings, parse_shape

    if not options.trusted:
        raise InvalidInput(
            "Files run only with --trusted so far: with your own rights, as python FILE would. Use it for your own code."
        )
    if not options.input:
        raise InvalidInput("Say what goes in: --input 1x64x56x56, once for each input.", field="input")
    settings, shapes = parse_settings(options.set), [parse_shape(text) for text in options.input]
    try:
        trace = _trace(path, options, settings, shapes)
    except BlocklensError:
        raise
    except Exception as error:  # noqa: BLE001 - the user's file or constructor failed, and that is the answer
        print(_python_failure(error, path))
        return 1
    print(_render(trace, path.read_text(encoding="utf-8"), settings, options.format, lang))
    return 0 if trace.failure is None else 1


def _trace(path: Path, options: argparse.Namespace, settings: dict[str, Any], shapes: list[tuple[int, ...]]) -> Trace:
    import torch

    from explainer.loading import build, load_file, pick_class
    from explainer.seeding import Seeded
    from explainer.trace import Options, run

    try:
        device = torch.device(options.device)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise InvalidInput(
            "{device} is no device here: {reason}", device=options.device, reason=str(error).split("\n")[0]
        ) from None
    cls = pick_class(load_file(path), options.cls)
    with Seeded(options.seed):
        module = build(cls, settings)
        inputs = tuple(torch.empty(s, device="meta") if device.type == "meta" else torch.randn(s).to(device) for s in shapes)
    if device.type != "meta":
        module = module.to(device)
    return run(module, inputs, {}, Options(files=frozenset((str(path),))))[0]


def _render(trace: Trace, source: str, settings: dict[str, Any], form: str, lang: str) -> str:
    if form == "json":
        from explainer.report import report

        return json.dumps(report(trace, source, settings), ensure_ascii=False)
    if form in ("dot", "svg"):
        from explainer.graph import to_graph
        from explainer.render.dot import to_dot
        from explainer.render.graph_svg import to_svg
        from explainer.render.layout import lay_out

        graph = to_graph(trace)
        return to_dot(graph) if form == "dot" else to_svg(graph, lay_out(to_dot(graph)), trace.name)
    from explainer.render.step_table import step_table

    return step_table(trace, lang, markdown=form == "markdown")


def _python_failure(error: Exception, path: Path) -> str:
    """Python's own words and the last line of the file that it went through."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    where = f"{path}, line {lines[-1]}: " if lines else f"{path}: "
    return f"{where}{type(error).__name__}: {error}"


if __name__ == "__main__":
    sys.exit(main())

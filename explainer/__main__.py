"""``python -m explainer FILE``: what a module in a file or a paste does, as text, JSON, Markdown or a picture.

Exit status 0: explained. 1: the module fails, and where it fails is the output. 2: bad usage or the sandbox refused, in one
line on stderr.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from explainer.errors import BlocklensError, InvalidInput, SandboxRefused
from explainer.language import LANGUAGES, pick_language, say

if TYPE_CHECKING:
    from explainer.paste.result import PasteResult, Request
    from explainer.types import Diagnosis

FORMATS = ("text", "json", "dot", "svg", "markdown")
STAND_INS = "blocks.stand_ins"


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    lang = pick_language(options.lang, None)
    try:
        status = _explain_all(options, lang)
        sys.stdout.flush()
    except BlocklensError as error:
        print(say(error.sentence, lang), file=sys.stderr)
        return 2
    except BrokenPipeError:  # ``| head`` has read enough; at its end Python would try once more to write the rest
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def _explain_all(options: argparse.Namespace, lang: str) -> int:
    texts = {path: _read(path) for path in options.files}
    from explainer.table import looks_like_table

    tables = set() if options.cls else {path for path, text in texts.items() if looks_like_table(text)}
    if tables == set(texts):
        return max([_tabulate(texts[path], options.format, lang) for path in options.files])
    with _runner(options, texts) as (run, layers):
        return max([
            _tabulate(texts[path], options.format, lang) if path in tables
            else _explain(path, texts[path], run, layers, options, lang) for path in options.files
        ])  # fmt: skip


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m explainer", description="What a PyTorch module in a text really does.")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a Python file or a paste with an nn.Module; - reads a paste")
    parser.add_argument("--class", dest="cls", default="", metavar="NAME", help="which class or function; else the main one")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a constructor argument, as a Python expression"
    )
    parser.add_argument(
        "--input", action="append", default=[], metavar="1x64x56x56", help="an input's shape, once for each input"
    )
    parser.add_argument("--device", default="meta", help="meta (shapes only) or cpu; cuda only with --trusted")
    parser.add_argument("--lang", choices=sorted(LANGUAGES), default="en")
    parser.add_argument("--format", choices=FORMATS, default="text")
    parser.add_argument("--seed", type=int, default=0, help="draws weights and input where they are real")
    parser.add_argument("--trusted", action="store_true", help="run FILE in this process with your own rights")
    return parser


def _read(path: str) -> str:
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput("{path} cannot be read: {reason}", path=path, reason=str(error)) from None


@contextmanager
def _runner(options: argparse.Namespace, texts: dict[str, str]) -> Iterator[tuple[Callable[[Request], PasteResult], str]]:
    """What runs a request, and the words for the walls around it."""
    from explainer.paste.explain import Behind, trusted
    from explainer.sandbox.lockdown import can_filter

    if options.trusted:
        _check_device(options.device)
        yield trusted(STAND_INS), "none: trusted, ran with the user's own rights"
        return
    if options.device not in ("meta", "cpu"):
        raise InvalidInput(
            "Behind the wall there are only meta and cpu: --trusted runs your own code on {device}.", device=options.device
        )
    if not can_filter():
        raise SandboxRefused(
            "This computer cannot lock pasted code in: that takes Linux with seccomp filters."
            " --trusted runs your own code without a wall."
        )
    with Behind.for_texts(texts.values(), STAND_INS) as behind:
        yield behind.run, ", ".join(behind.layers)


def _check_device(device: str) -> None:
    from explainer.devices import devices

    known = ("meta", *devices())
    if device not in known and f"{device}:0" not in known:
        raise InvalidInput("{device} is no device here; there are {known}.", device=device, known=", ".join(known))


def _explain(
    path: str, text: str, run: Callable[[Request], PasteResult], layers: str, options: argparse.Namespace, lang: str
) -> int:
    from explainer.asked import parse_input, parse_settings
    from explainer.diagnosis import diagnose
    from explainer.paste.result import Request

    inputs = tuple(parse_input(given) for given in options.input)
    request = Request(text, options.cls, parse_settings(options.set), inputs, device=options.device, seed=options.seed)
    result = run(replace(request, follow_demo=not inputs))  # an input of one's own is no longer the demo's case
    if options.cls and all(target.name != options.cls for target in result.targets):
        known = ", ".join(target.name for target in result.targets) or "–"
        raise InvalidInput("There is no class {name} in {path}; it defines {known}.", name=options.cls, path=path, known=known)
    diagnosis = diagnose(result)
    print(_render(result, diagnosis, layers, options.format, lang))
    return 0 if diagnosis is None else 1


def _tabulate(text: str, form: str, lang: str) -> int:
    """An architecture table: each line with its sizes, and the network that it stands for. Nothing of the text is run."""
    from explainer.paste.result import Input, PasteResult
    from explainer.report import report
    from explainer.table import diagnosis_of, look_into, read_table, rows_of, solve, to_text

    table = read_table(text).table
    solution = solve(table)
    diagnosis = diagnosis_of(table, solution, lang)
    network = look_into(solution) if solution.steps else None
    result = PasteResult(
        network.source if network else "",
        inputs=(Input((1, *solution.input_shape), name="x"),) if network else (),
        trace=network.trace if network else None,
    )
    if form == "json":
        whole = report(result, "none needed: nothing of a table is run") | {
            "table": rows_of(solution, lang),
            "diagnosis": diagnosis,
        }
        print(json.dumps(whole, ensure_ascii=False))
    elif form in ("dot", "svg") and network is not None:
        print(_render(result, None, "", form, lang))
    else:
        print(to_text(solution, "markdown", lang), *([diagnosis["message"]] if diagnosis else []), sep="\n")
    return 1 if diagnosis else 0


def _render(result: PasteResult, diagnosis: Diagnosis | None, layers: str, form: str, lang: str) -> str:
    if form == "json":
        from explainer.report import report

        return json.dumps(report(result, layers, lang), ensure_ascii=False)
    if form in ("dot", "svg") and result.trace is not None:
        from explainer.graph import to_graph
        from explainer.label_words import say_labels
        from explainer.render.dot import to_dot
        from explainer.render.graph_svg import to_svg
        from explainer.render.layout import lay_out

        graph = say_labels(to_graph(result.trace), lang)
        return to_dot(graph) if form == "dot" else to_svg(graph, lay_out(to_dot(graph)), result.trace.name)
    return "\n\n".join(_in_words(result, diagnosis, lang, markdown=form == "markdown"))


def _in_words(result: PasteResult, diagnosis: Diagnosis | None, lang: str, *, markdown: bool) -> Iterator[str]:
    """What the paste does or why it stops, the steps, and what to look out for."""
    from explainer.explain import explain
    from explainer.hazards import find_hazards
    from explainer.listing import annotated
    from explainer.render.findings_text import diagnosis_text, explanation_text, hazards_text
    from explainer.render.step_table import step_table

    if diagnosis is not None:
        yield diagnosis_text(diagnosis, lang, markdown=markdown)
    if result.trace is None:
        return
    yield step_table(result.trace, lang, markdown=markdown)
    yield explanation_text(explain(result.trace, result.source), lang, markdown=markdown)
    if markdown:
        yield f"```python\n{annotated(result.source, result.trace)}\n```"
    hazards = find_hazards(result.trace, result.source) if diagnosis is None else ()
    if hazards:
        yield hazards_text(hazards, lang)


if __name__ == "__main__":
    sys.exit(main())

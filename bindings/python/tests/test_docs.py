"""Every example of the documentation is run, and everything that is exported is documented."""

import ast
import doctest
import functools
import inspect
import pathlib
import re

import pytest

import cutmix
from cutmix import _cutmix

PACKAGE = pathlib.Path(cutmix.__file__).parent
README = pathlib.Path(__file__).resolve().parents[1] / "README.md"


def documented(tree, name=""):
    """Names and docstrings of classes and functions."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            full = f"{name}.{node.name}".lstrip(".")
            yield full, ast.get_docstring(node, clean=True), node
            yield from documented(node, full)


FILES = sorted([*PACKAGE.glob("*.py"), PACKAGE / "_cutmix.pyi"])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_examples_of_docstrings(file):
    tree = ast.parse(file.read_text())
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for name, text, node in documented(tree):
        test = doctest.DocTestParser().get_doctest(text or "", {}, name, str(file), node.lineno)
        runner.run(test)
    assert runner.summarize(verbose=False).failed == 0


def test_there_are_examples():
    assert (PACKAGE / "_cutmix.pyi").read_text().count(">>> ") > 20 and (PACKAGE / "py.typed").exists()


def test_the_stub_says_what_there_is():
    tree = ast.parse((PACKAGE / "_cutmix.pyi").read_text())
    said = {name: text for name, text, _ in documented(tree)}
    for name in ("Mixer", "CutMix", "MixUp", "Choice", "Plans"):
        cls = getattr(cutmix, name)
        there = {f"{name}.{member}" for member in vars(cls) if not member.startswith("_")}
        assert there == {full for full in said if full.startswith(f"{name}.") and "_" != full.split(".")[1][0]}
    assert "order" in said
    undocumented = [name for name, text in said.items() if not text and not name.split(".")[-1].startswith("__")]
    assert undocumented == []


def test_help_says_what_the_stub_says():
    """`src/docs/copy.py` copies one to the other."""
    compared = 0
    for name, text, _ in documented(ast.parse((PACKAGE / "_cutmix.pyi").read_text())):
        if text and not name.split(".")[-1].startswith("__"):
            compared += 1
            there = functools.reduce(getattr, name.split("."), _cutmix)
            assert inspect.cleandoc(there.__doc__) == text, f"{name}: run src/docs/copy.py, and build"
    assert compared > 40


def test_everything_exported_is_documented():
    for name in cutmix.__all__:
        assert len(getattr(cutmix, name).__doc__) > 30, name


BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)


@pytest.mark.filterwarnings("ignore")  # of other libraries
@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_examples_of_the_page(block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for module in re.findall(r"^(?:import|from) (torch|lightning|keras|jax|grain)\b", block, re.MULTILINE):
        pytest.importorskip(module, reason=f"{module} is not installed")
    exec(compile(block, str(README), "exec"), {"__name__": "page"})

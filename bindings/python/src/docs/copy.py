"""Copies the docstrings of the stub into this folder, from where the compiled classes take theirs, so that `help()` and notebooks show them.

    python bindings/python/src/docs/copy.py

A test compares the two.
"""

import ast
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parent
STUB = FOLDER.parents[1] / "python/cutmix/_cutmix.pyi"


def docstrings(tree, name=""):
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            full = f"{name}.{node.name}".lstrip(".")
            # Python says the same of all methods like __call__.
            if not node.name.startswith("__") and (text := ast.get_docstring(node)):
                yield full, text
            yield from docstrings(node, full)


for file in FOLDER.glob("*.txt"):
    file.unlink()
for name, text in docstrings(ast.parse(STUB.read_text())):
    (FOLDER / f"{name}.txt").write_text(text)

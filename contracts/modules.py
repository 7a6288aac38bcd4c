"""Loads dataset and entity contracts from a folder of Python modules, each by its path."""

import ast
import hashlib
import importlib
import importlib.util
import sys
import traceback
from importlib.machinery import SourceFileLoader
from pathlib import Path
from threading import Lock
from types import CodeType, ModuleType
from typing import TypeVar

from contracts.dataset import Dataset
from contracts.entity import Entity
from contracts.model import Contract, columns_of
from contracts.strict_yaml import Place, Unreadable

C = TypeVar("C", Dataset, Entity)

OWN = Path(__file__).resolve().parent
_parsing = Lock()

# Adopters' modules by path, change time and size: a class is made once, however often it is asked
# for, and made anew when its file changes.
_loaded: dict[tuple[Path, int, int], ModuleType] = {}


def contract_in(path: Path, base: type[C]) -> type[C]:
    """The dataset or entity contract a module holds: the one whose name is the file's.

    The class may be made there or imported there, so an adopter's folder may take over one of ours
    with a single import.

    Raises:
        Unreadable: the module cannot be imported, or holds no contract of that name.
    """
    module = _module(path)
    kind = base.__name__.lower()
    found: list[type[C]] = [
        one
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, base) and one is not base
    ]
    named: list[type[C]] = [one for one in found if _name_of(one) == path.stem]
    if not named:
        others = ", ".join(sorted(repr(_name_of(one)) for one in found)) or "none"
        message = (
            f'no {kind} named "{path.stem}" here (found: {others}); '
            f'write `class ...({base.__name__}, name="{path.stem}", ...)` or rename the file'
        )
        raise Unreadable([(1, 1, message)])
    if not columns_of(named[0]):
        message = (
            "the contract declares no columns; annotate them with kinds of value, and do not use "
            "`from __future__ import annotations` in this file"
        )
        raise Unreadable([(*place_of_class(path, named[0].__name__), message)])
    return named[0]


def place_of_column(path: Path, column: str) -> Place:
    """Line and column where a module declares a contract's column; its top where it does not."""
    for node in ast.walk(_tree(path)):
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and node.target.id == column
        ):
            return node.lineno, node.col_offset + 1
    return 1, 1


def place_of_class(path: Path, name: str) -> Place:
    """Line and column where a module makes a class; its top where it does not."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ClassDef) and node.name == name:
            return node.lineno, node.col_offset + 1
    return 1, 1


def _tree(path: Path) -> ast.Module:
    # Before 3.11.5 and 3.12 two threads that parse at a time end in a SystemError.
    with _parsing:
        return ast.parse(path.read_bytes())


def source_files(contract: type[Contract]) -> list[Path]:
    """The files that make a contract: its own and those of the contracts it builds on."""
    files: list[Path] = []
    for one in contract.__mro__:
        if issubclass(one, Contract) and one is not Contract:
            file = getattr(sys.modules.get(one.__module__), "__file__", None)
            if file is not None and Path(file) not in files:
                files.append(Path(file))
    return files


def _name_of(contract: type[Dataset] | type[Entity]) -> str:
    if issubclass(contract, Dataset):
        return contract._dataset.name
    return contract._entity.name


def _module(path: Path) -> ModuleType:
    try:
        if path.parent.parent == OWN:
            return importlib.import_module(f"contracts.{path.parent.name}.{path.stem}")
        state = path.stat()
        key = (path, state.st_mtime_ns, state.st_size)
        if key not in _loaded:
            _loaded[key] = _executed(path)
        return _loaded[key]
    # The module is somebody's Python and may fail in any way; its failure must stay its own.
    except Exception as error:
        raise Unreadable([_failure(path, error)]) from error


def _executed(path: Path) -> ModuleType:
    folder = hashlib.sha256(str(path.parent.parent).encode()).hexdigest()[:12]
    name = f"watersmeet_contracts_{folder}.{path.parent.name}.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path, loader=_AsItStands(name, str(path)))
    if spec is None or spec.loader is None:
        raise ImportError("not a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # Pandera looks a class's module up when it reads annotations
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


class _AsItStands(SourceFileLoader):
    """Compiles a module from its source each time. Python's compiled copy is known by whole seconds
    and size only: a module changed twice within a second would be taken for what it was."""

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


def _failure(path: Path, error: Exception) -> tuple[int, int, str]:
    said = f"{type(error).__name__}: {error}"
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno or 1, error.offset or 1, f"not valid Python: {error.msg}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path) and frame.lineno]
    return (lines[-1] if lines else 1), 1, f"the module cannot be imported: {said}"

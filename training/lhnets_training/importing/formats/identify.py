"""Which format a file has, by its content and not by its name, and whether reading it can run code
of the file.

Nothing here parses more than a listing, a magic number or text: it decides whether a parser may
look at all.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType

from lhnets_training.importing.errors import ModelError, UntrustedFormatError
from lhnets_training.importing.formats.keras_config import code_in_config, code_in_hdf5
from lhnets_training.importing.formats.torch_archive import code_in_program
from lhnets_training.importing.source import ConvertedModel, Tensor

MOST_BYTES = 512 * 2**20
MOST_CONFIG_BYTES = 16 * 2**20

_PICKLES = (
    *((b"\x80" + bytes([protocol]), "a pickle") for protocol in range(2, 6)),
    (b"BZh", "a compressed pickle (bzip2)"),
    (b"\xfd7zXZ\x00", "a compressed pickle (xz)"),
    (b"]\x00\x00", "a compressed pickle (lzma)"),
    (b"\x04\x22\x4d\x18", "a compressed pickle (lz4)"),
    *(
        (b"x" + bytes([level]), "a compressed pickle (joblib)")
        for level in (0x01, 0x5E, 0x9C, 0xDA)
    ),
)
_REFUSED = (
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"%PDF", "a PDF"),
)
_OTHERS = (
    (
        re.compile(rb"<MethodSetup\b"),
        "a TMVA weights file (XML)",
        "Train the same method with scikit-learn, XGBoost or LightGBM on the same sample, or turn "
        "its trees into an XGBoost model or an ONNX file (TreeEnsemble), and import that",
    ),
    (
        re.compile(
            rb'(?=.*"inputs"\s*:)(?=.*"layers"\s*:)(?=.*"(bias|weights|architecture)")', re.S
        ),
        "an lwtnn network (JSON)",
        "Import the Keras model that lwtnn's kerasfunc2json or keras2json was given: the .h5 or "
        ".keras file, or the architecture.json with the weights.h5, and its variables file by "
        "--normalisation",
    ),
    (
        re.compile(rb"^CatBoost|\"oblivious_trees\"|^CBM1"),
        "a CatBoost model",
        "Save it as ONNX: model.save_model('model.onnx', format='onnx')",
    ),
    (
        re.compile(rb"^binf"),
        "an XGBoost model in the binary format of before 2020",
        "Load it with the XGBoost that made it and save it as JSON: booster.save_model('m.json')",
    ),
)
"""By their first bytes: formats that cannot be read, what they are, and what their author can
do."""
_HEAD = 65536
_PACKAGES = {
    "sklearn": "sklearn",
    "torch": "torch",
    "xgboost": "boosting",
    "lightgbm": "boosting",
    "keras": "keras",
    "tf_keras": "keras",
    "onnx": "onnx",
}


@dataclass(frozen=True)
class Format:
    """What a file is, which module here reads it, and what in it would run where it is loaded."""

    what: str
    module: str
    code: str = ""

    def require(self, trust: bool, name: str) -> None:
        """Refuse what runs code, unless the author trusts it.

        Raises
        ------
        UntrustedFormatError
            If the format runs code and ``trust`` is not given.
        """
        if self.code and not trust:
            raise UntrustedFormatError(
                f"{name} is {self.what}: {self.code}. Nothing of it was loaded. If it is your own, "
                "or from somebody you would let run a program on your machine, pass --trust: it "
                "is then read in a child process with limits on memory, time and files. Better, "
                "save the model in a format without code: ONNX, .keras without Lambda layers, "
                "torch.export, XGBoost JSON, LightGBM text"
            )


def identify(path: Path) -> Format:
    """The format of the file at ``path``.

    Raises
    ------
    ModelError
        If it is not a model of a known format, or cannot be read.
    """
    try:
        if not path.is_file():
            raise ModelError(
                f"{path} is not a file; expected a model: ONNX, .keras, .h5, torch, scikit-learn, "
                "XGBoost, LightGBM"
            )
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise ModelError(f"{path} has {size:,} bytes; at most {MOST_BYTES:,} are read")
        return _identify(path, path.read_bytes())
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror or error}") from error


def reader(module: str) -> ModuleType:
    """The module that reads a format."""
    return import_module(f"lhnets_training.importing.frameworks.{module}")


def module_of(model: object) -> str:
    """The module that converts a model in Python, by the packages of its classes; none of them is
    imported for this.

    Raises
    ------
    ModelError
        If it is not a model of a known framework.
    """
    for kind in type(model).__mro__:
        found = _PACKAGES.get(kind.__module__.partition(".")[0])
        if found:
            return found
    name = f"{type(model).__module__}.{type(model).__qualname__}"
    raise ModelError(
        f"cannot convert an object of type {name}; expected a model of {', '.join(_PACKAGES)}"
    )


def _identify(path: Path, content: bytes) -> Format:
    if content.startswith(b"\x1f\x8b"):
        return _gzipped(path, content)
    for magic, what in _PICKLES:
        if content.startswith(magic):
            return Format(what, "pickle", "whatever it names is called where it is loaded")
    for magic, what in _REFUSED:
        if content.startswith(magic):
            raise ModelError(f"{path.name} is {what} by its first bytes, and no model")
    if content.startswith(b"\x89HDF\r\n\x1a\n"):
        return Format("an HDF5 file of Keras", "keras", code_in_hdf5(content))
    if content.startswith(b"PK"):
        return _zipped(path)
    head = content[:_HEAD].lstrip()
    _refuse_by_name(path, head)
    if head.startswith(b"tree\nversion="):
        return Format("a LightGBM model", "boosting")
    if head[:1] == b"{":
        return _braced(content)
    if _is_onnx(content):
        return Format("an ONNX file", "onnx")
    raise ModelError(
        f"cannot tell what {path.name} is: expected ONNX, .keras, .h5, a torch program "
        "(torch.export.save), a skops or joblib file of scikit-learn, XGBoost JSON or UBJ, or a "
        "LightGBM text file"
    )


def _gzipped(path: Path, content: bytes) -> Format:
    """A pickle by its first bytes, or else what it is refused as: gzip is unpacked only here, and
    only its beginning."""
    try:
        head = zlib.decompressobj(wbits=31).decompress(content, _HEAD)
    except zlib.error as error:
        raise ModelError(f"{path.name} is a damaged gzip file: {error}") from error
    if head and head[:1] in b"\x80(c]}" and not head.lstrip().startswith((b"{", b"<")):
        return Format(
            "a compressed pickle (gzip)", "pickle", "whatever it names is called where it is loaded"
        )
    _refuse_by_name(path, head.lstrip())
    raise ModelError(
        f"{path.name} is compressed by gzip: unpack it (gunzip) and import what it holds"
    )


def _refuse_by_name(path: Path, head: bytes) -> None:
    """Formats of the field that are known and not read, with the way that there is."""
    for mark, what, way in _OTHERS:
        if mark.search(head):
            raise ModelError(f"{path.name} is {what}, which is not read. {way}")


def _braced(content: bytes) -> Format:
    """XGBoost writes JSON or UBJSON, Keras its architecture as JSON."""
    if b"learner" in content[:64]:
        return Format("an XGBoost model", "boosting")
    if len(content) <= MOST_CONFIG_BYTES and b'"class_name"' in content:
        return Format("an architecture of Keras", "keras", code_in_config(content))
    raise ModelError(
        "a JSON file that is neither an XGBoost model nor an architecture of Keras (it has no "
        "class_name)"
    )


def _zipped(path: Path) -> Format:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if "config.json" in names and "metadata.json" in names:
                return Format(
                    "a .keras archive", "keras", code_in_config(_member(archive, "config.json"))
                )
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError) as error:
        raise ModelError(f"{path.name} is a damaged zip archive: {error}") from error
    if "schema.json" in names:
        return Format("a skops file of scikit-learn", "sklearn")
    inner = {n.split("/", 1)[-1] for n in names}
    if inner & {"serialized_exported_program.json", "archive_format"} or any(
        "models/" in n for n in names
    ):
        return Format("an exported program of torch", "torch", code_in_program(path))
    if "constants.pkl" in inner and any(n.startswith("code/") for n in inner):
        return Format(
            "a TorchScript archive", "torch", "its code is compiled and run where it is loaded"
        )
    if "data.pkl" in inner:
        return Format(
            "a pickle of torch", "torch", "whatever it names is called where it is loaded"
        )
    raise ModelError(
        f"{path.name} is a zip archive, but neither .keras nor torch; it holds "
        f"{', '.join(names[:5])}"
    )


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > MOST_CONFIG_BYTES:
        raise ModelError(f"{name} in the archive unpacks to more than {MOST_CONFIG_BYTES:,} bytes")
    with archive.open(name) as member:
        return member.read(MOST_CONFIG_BYTES)


def _is_onnx(content: bytes) -> bool:
    from lhnets.errors import NetworkFileError
    from lhnets.format import metadata

    try:
        metadata(content)
    except NetworkFileError:
        return False
    return True


def converted(model: object, wanted: Sequence[Tensor]) -> ConvertedModel:
    """A model in Python, by the module that knows its type.

    Raises
    ------
    ModelError
        If none does, or it cannot be converted.
    """
    source: ConvertedModel = reader(module_of(model)).from_object(model, wanted)
    return source

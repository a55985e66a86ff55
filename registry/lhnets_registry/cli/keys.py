"""`lhnets mirror keys`: the keys that sign a mirror."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from lhnets.cli.terminal import console, json_option, print_json
from lhnets_registry.mirror.export import keys_in

if TYPE_CHECKING:
    from lhnets_registry.mirror.keys import Holder, Keys

_folder = click.argument("folder", metavar="KEYS", type=click.Path(path_type=Path, file_okay=False))
_brought = click.option(
    "--with",
    "brought",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="folder with keys that are kept elsewhere; several can be named",
)


@click.group()
def keys() -> None:
    """Make, replace and revoke the keys that sign a mirror."""


@keys.command()
@_folder
@click.option("--roots", default=1, show_default=True, help="how many root keys")
@click.option(
    "--threshold", default=1, show_default=True, help="how many of them must sign a change of keys"
)
@json_option
def new(folder: Path, roots: int, threshold: int, as_json: bool) -> None:
    """Make fresh keys in the empty folder KEYS, and print what users append to the address of the
    mirror."""
    from lhnets_registry.mirror.keys import Keys

    _tell(Keys.new(folder, roots, threshold), as_json)


@keys.command("list")
@_folder
@json_option
def show(folder: Path, as_json: bool) -> None:
    """Show the keys in force, and the root of trust that users append to the address."""
    _tell(keys_in(folder), as_json)


@keys.command()
@_folder
@click.argument("holder", type=click.Choice(["root", "targets", "online"]))
@click.option("--old", default="", metavar="ID", help="beginning of the id of the key that goes")
@_brought
@json_option
def rotate(folder: Path, holder: Holder, old: str, brought: Sequence[Path], as_json: bool) -> None:
    """Replace a key of HOLDER by a fresh one. Users need not do anything: the next export tells
    them."""
    made = keys_in(folder)
    made.rotate(holder, old, brought)
    _tell(made, as_json)


@keys.command()
@_folder
@click.argument("old", metavar="ID")
@_brought
@json_option
def revoke(folder: Path, old: str, brought: Sequence[Path], as_json: bool) -> None:
    """Take the key whose id begins with ID away, without another in its place."""
    made = keys_in(folder)
    made.revoke(old, brought)
    _tell(made, as_json)


@keys.command()
@_folder
@_brought
@json_option
def renew(folder: Path, brought: Sequence[Path], as_json: bool) -> None:
    """Sign the list of keys anew, before it expires."""
    made = keys_in(folder)
    made.renew(brought)
    _tell(made, as_json)


@keys.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@json_option
def person(file: Path, as_json: bool) -> None:
    """Write the key of one person, an author or the owner of names, to FILE, and print its public
    half."""
    from securesystemslib.signer import CryptoSigner

    from lhnets_registry.mirror.key_files import public_text, write_key

    signer = CryptoSigner.generate_ed25519()
    write_key(file, signer)
    public = public_text(signer.public_key)
    if as_json:
        print_json({"file": str(file), "key": public})
    else:
        click.echo(public)


@keys.command()
@_folder
@click.argument("prefix")
@click.argument("owner", metavar="PUBLIC_KEY")
@_brought
@json_option
def give(folder: Path, prefix: str, owner: str, brought: Sequence[Path], as_json: bool) -> None:
    """Give all names that begin with PREFIX to the holder of PUBLIC_KEY: nobody else can sign
    them."""
    from lhnets_registry.mirror.key_files import read_public

    made = keys_in(folder)
    role = made.give(prefix, read_public(owner), brought)
    if as_json:
        print_json({"role": role, "prefix": prefix, "key": owner})
    else:
        console.print(f"names that begin with {prefix} need the signature of {escape(owner)}")


@keys.command()
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path, exists=True)
)
@click.option("--prefix", required=True, help="that the owner has")
@click.option("--key", required=True, type=click.Path(path_type=Path), help="the owner's key")
@click.option(
    "--out",
    default=Path(),
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="DIR",
    help="where the owner's signed lists are; else here",
)
@json_option
def vouch(files: Sequence[Path], prefix: str, key: Path, out: Path, as_json: bool) -> None:
    """Sign sealed network files as the owner of PREFIX, for the keeper of the mirror, who puts the
    list that is written into KEYS/metadata."""
    from lhnets_registry.mirror.key_files import read_key
    from lhnets_registry.mirror.signing import vouch as sign

    made = sign(out, prefix, read_key(key), [path.read_bytes() for path in files])
    if as_json:
        print_json({"file": str(made)})
    else:
        click.echo(str(made))


def _tell(made: Keys, as_json: bool) -> None:
    root = made.root.signed
    holders = {"root": "root", "targets": "targets", "online": "timestamp"}
    found = {holder: root.roles[role].keyids for holder, role in holders.items()}
    expires = f"{root.expires:%Y-%m-%d}"
    if as_json:
        print_json(
            {
                "folder": str(made.folder),
                "root": made.pin.sha256,
                "version": root.version,
                "expires": expires,
                "threshold": root.roles["root"].threshold,
                "keys": found,
            }
        )
        return
    for holder, keyids in found.items():
        needed = root.roles["root"].threshold if holder == "root" else 1
        console.print(f"{holder:8}{' '.join(k[:8] for k in keyids)} ({needed} must sign)")
    console.print(f"root version {root.version}, expires {expires}. Users append to the address:")
    click.echo(str(made.pin))

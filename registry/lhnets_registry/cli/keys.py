"""`lhnets mirror keys`: the keys that sign a mirror."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from lhnets.cli.terminal import console, echo, json_option, print_json
from lhnets_registry.mirror.export import keys_in

if TYPE_CHECKING:
    from lhnets_registry.mirror.keys import Holder, Keys

_HOLDERS = {"root": "root", "targets": "targets", "online": "timestamp"}
"""A role of each holder of keys."""
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
@click.option(
    "--root",
    "holders",
    multiple=True,
    metavar="PUBLIC_KEY",
    help="root key that stays with its holder, who signs the draft that is written; one for each",
)
@json_option
def new(folder: Path, roots: int, threshold: int, holders: Sequence[str], as_json: bool) -> None:
    """Make fresh keys in the empty folder KEYS, and print what users append to the address of the
    mirror. With --root, write the draft of a root for its holders to sign."""
    from lhnets_registry.mirror.ceremony import draft_first
    from lhnets_registry.mirror.key_files import read_public
    from lhnets_registry.mirror.keys import Keys

    if holders:
        path = draft_first(folder, [read_public(text) for text in holders], threshold)
        _tell_draft(path, as_json)
    else:
        _tell(Keys.new(folder, roots, threshold), as_json)


@keys.command()
@_folder
@click.argument("draft", metavar="DRAFT", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--add", multiple=True, metavar="PUBLIC_KEY", help="root key that comes")
@click.option("--remove", multiple=True, metavar="ID", help="root key that goes")
@click.option(
    "--fresh",
    multiple=True,
    type=click.Choice(["targets", "online"]),
    help="whose key is replaced by a fresh one in KEYS",
)
@click.option("--threshold", type=int, help="how many root keys must sign from then on")
@json_option
def draft(
    folder: Path,
    draft: Path,
    add: Sequence[str],
    remove: Sequence[str],
    fresh: Sequence[Holder],
    threshold: int | None,
    as_json: bool,
) -> None:
    """Write the draft of the next root to DRAFT, for holders of root keys to sign apart: the root
    in force with a new date, and with the changes that are named."""
    from lhnets_registry.mirror.ceremony import draft_next
    from lhnets_registry.mirror.key_files import read_public

    added = [read_public(text) for text in add]
    draft_next(keys_in(folder), draft, added, remove, fresh, threshold)
    _tell_draft(draft, as_json)


@keys.command()
@click.argument("draft", metavar="DRAFT", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--key", required=True, type=click.Path(path_type=Path), help="file of the holder's root key"
)
@click.option("--yes", is_flag=True, help="do not ask")
@json_option
def sign(draft: Path, key: Path, yes: bool, as_json: bool) -> None:
    """Show what a DRAFT says, and add the signature of a holder of a root key to it. The key does
    not leave its file."""
    from lhnets_registry.mirror.ceremony import sign_draft
    from lhnets_registry.mirror.key_files import read_key

    signer = read_key(key)
    if not yes:
        _tell_draft(draft, as_json=False)
        click.confirm("Sign it?", abort=True, err=True)
    sign_draft(draft, signer)
    _tell_draft(draft, as_json)


@keys.command()
@_folder
@click.argument(
    "drafts",
    nargs=-1,
    required=True,
    metavar="DRAFT…",
    type=click.Path(path_type=Path, dir_okay=False),
)
@_brought
@json_option
def accept(folder: Path, drafts: Sequence[Path], brought: Sequence[Path], as_json: bool) -> None:
    """Put a DRAFT in force that enough holders signed; several copies, signed apart, are taken
    together."""
    from lhnets_registry.mirror import ceremony

    _tell(ceremony.accept(folder, drafts, brought), as_json)


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


def _tell_draft(path: Path, as_json: bool) -> None:
    from lhnets_registry.mirror.ceremony import fingerprint, list_signed, read_draft
    from lhnets_registry.mirror.key_files import public_text

    found = read_draft(path)
    root, sha256, signed_by = found.signed, fingerprint(found), list_signed(found)
    keys_of = {holder: root.roles[role].keyids for holder, role in _HOLDERS.items()}
    threshold = root.roles["root"].threshold
    if as_json:
        public = {h: [public_text(root.keys[k]) for k in keyids] for h, keyids in keys_of.items()}
        told = {"file": str(path), "sha256": sha256, "version": root.version}
        print_json(told | {"keys": public, "threshold": threshold, "signed_by": signed_by})
        return
    echo(f"draft of root version {root.version} in {path}, expires {root.expires:%Y-%m-%d}")
    for holder, keyids in keys_of.items():
        for keyid in keyids:
            click.echo(f"{holder:8}{keyid[:8]} {public_text(root.keys[keyid])}")
    shown = ", ".join(keyid[:8] for keyid in signed_by) or "nobody"
    click.echo(f"{threshold} of {len(keys_of['root'])} root keys must sign; signed by {shown}")
    click.echo(f"what is signed has SHA-256 {sha256}")


def _tell(made: Keys, as_json: bool) -> None:
    root = made.root.signed
    found = {holder: root.roles[role].keyids for holder, role in _HOLDERS.items()}
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

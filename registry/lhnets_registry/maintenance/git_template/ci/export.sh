#!/bin/sh
# Publish what was merged: admit and approve the networks, export and sign the mirror into public/,
# and push it to the branch "mirror". What was published before is recognised and left alone.
# Usage: LHNETS_ONLINE_KEY=FILE ci/export.sh
set -eu
store=${LHNETS_STORE:-.lhnets-store}
remote=${MIRROR_REMOTE:-origin}
keys=$(mktemp -d)
trap 'rm -rf "$keys"' EXIT
cp -R keys/metadata "$keys/metadata"
cp "$LHNETS_ONLINE_KEY" "$keys/online-ci.pem"
chmod 600 "$keys/online-ci.pem"

set -- networks/*.onnx
if [ -e "$1" ]; then
  # In the order of their versions: version 10 comes after version 9.
  for file in $(printf '%s\n' "$@" | sed 's/^\(.*\)-\([0-9]*\)\.onnx$/\2 \1/' | sort -n | sed 's/^\([0-9]*\) \(.*\)$/\2-\1.onnx/'); do
    lhnets publish "$file" --approve --no-bundled --store "$store" --json > /dev/null
  done
fi
while read -r identity reason; do
  case "$identity" in '' | '#'*) continue ;; esac
  status=$(lhnets review list --json --store "$store" | python3 -c '
import json, sys
print(next((v["status"] for v in json.load(sys.stdin) if v["network"] == sys.argv[1]), "unknown"))
' "$identity")
  if [ "$status" != retracted ]; then
    lhnets review retract "$identity" --reason "$reason" --store "$store" < /dev/null
  fi
done < retracted.txt

rm -rf public
git worktree prune
if git fetch -q "$remote" mirror 2> /dev/null; then
  git worktree add -q -f --detach public FETCH_HEAD
else
  git worktree add -q -f --detach public HEAD
  git -C public checkout -q --orphan mirror-start
  git -C public rm -rfq .
fi
lhnets mirror export public --store "$store" --no-bundled --sign "$keys"
root=$(lhnets mirror keys list "$keys" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["root"])')
lhnets mirror check "public#root=$root"
git -C public add -A
if ! git -C public diff --cached --quiet; then
  git -C public commit -q -m "Export $(git rev-parse --short HEAD)"
  git -C public push -q "$remote" HEAD:refs/heads/mirror
fi

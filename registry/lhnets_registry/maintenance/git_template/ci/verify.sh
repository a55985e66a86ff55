#!/bin/sh
# Verify every network of the registry under each release of ONNX Runtime that lhnets supports, the
# newest included, and push the page verification.html to the branch "verification".
# Usage: ci/verify.sh [RELEASE...]   ("installed" is the release that is installed)
set -eu
remote=${MIRROR_REMOTE:-origin}
if [ $# -eq 0 ]; then
  set -- $(python3 -m pip index versions onnxruntime | sed -n 's/^Available versions: //p' | tr -d ',')
fi
results=$(mktemp -d)
failed=0
for release in "$@"; do
  command=lhnets
  if [ "$release" != installed ]; then
    command=.venv-ort/bin/lhnets
    python3 -m venv --clear .venv-ort
    # A release that lhnets does not support cannot be installed beside it.
    .venv-ort/bin/pip install -q lhnets "onnxruntime==$release" || continue
  fi
  "$command" verify --json networks/*.onnx > "$results/$release.json" || failed=1
done
lhnets registry matrix "$results"/*.json --page verification.html || failed=1
blob=$(git hash-object -w verification.html)
tree=$(printf '100644 blob %s\tverification.html\n' "$blob" | git mktree)
commit=$(git commit-tree "$tree" -m "Verify $(git rev-parse --short HEAD)")
git push -q --force "$remote" "$commit:refs/heads/verification"
exit $failed

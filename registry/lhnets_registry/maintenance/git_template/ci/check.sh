#!/bin/sh
# Check the network files that a branch adds, and write report.md for the reviewer.
# Usage: ci/check.sh BASE   (the commit or branch that the branch starts from)
set -u
export NO_COLOR=1 COLUMNS=120
failed=0
base=$(git merge-base "$1" HEAD) || exit 2
changed=$(git diff --name-only --no-renames --diff-filter=MDT "$base" HEAD -- networks)
added=$(git diff --name-only --no-renames --diff-filter=A "$base" HEAD -- networks)

say() { # VERDICT, then the text: indented lines are a code block that nothing in a card can end
  printf '%s\n\n' "$1" >> report.md
  sed 's/^/    /' >> report.md
  printf '\n' >> report.md
}

: > report.md
if [ -n "$changed" ]; then
  failed=1
  printf '%s\n' "$changed" |
    say "**Refused:** a published file never changes and never goes. Publish a new version instead."
fi
[ -n "$added" ] || echo "No network is added." >> report.md
set -f
IFS='
'
for file in $added; do
  case "$file" in
    *[!a-z0-9/.-]* | networks/*/* | networks/.* | *..*) named=no ;;
    networks/*-[0-9]*.onnx) named=yes ;;
    *) named=no ;;
  esac
  if [ $named = no ]; then
    failed=1
    printf '%s\n' "$file" | say "**Refused:** expected a network file networks/NAME-VERSION.onnx."
    continue
  fi
  if printed=$(lhnets check "$file" 2>&1); then verdict="**Passes.**"; else verdict="**Fails.**"; failed=1; fi
  identity=$(printf '%s\n' "$printed" | sed -n 's/^\([a-z0-9-]*\)@\([0-9]*\): .*/networks\/\1-\2.onnx/p' | tail -n 1)
  if [ -n "$identity" ] && [ "$identity" != "$file" ]; then
    verdict="**Refused:** expected the name $identity."
    failed=1
  fi
  printf '%s\n%s\n' "$file" "$printed" | say "$verdict"
done
exit $failed

#!/bin/sh
# What a tag is published as: the flags of `gh release edit`, for release.yml.
#
#   sh .github/published_as.sh TAG [LATEST]
#
# LATEST is the tag of the present latest release; empty while there is none. What is called latest is what
# `curl … | sh` installs and `self-update` offers: never a candidate, nor a correction of an older version.
set -eu

tag=${1:?the tag} latest=${2:-}
# Of v1.2.3-rc.1+build.5: v1.2.3-rc.1, and v1.2.3.
tag=${tag%%+*} latest=${latest%%+*}
case $tag in
  *-*)
    printf '%s\n' --prerelease
    exit
    ;;
esac
# A release comes after its candidates, so that one of them as the latest counts as what it led to.
latest=${latest%%-*}
first=$(printf '%s\n' "$tag" "$latest" | sort -V | head -n 1)
if [ -n "$latest" ] && [ "$tag" != "$latest" ] && [ "$first" = "$tag" ]; then
  printf '%s\n' --latest=false
else
  printf '%s\n' --latest
fi

#!/bin/sh
# Puts the sources of Debian's cJSON package (with Debian's patches) into FOLDER/cjson, once:
#   fetch_cjson_source.sh FOLDER
# Debian has cJSON for itself only, not for mingw-w64. Works as an ordinary user and leaves the system's package lists
# alone: apt gets a configuration, lists and cache of its own. When it fails its last line says why and what to do.
set -u

folder=${1:?usage: fetch_cjson_source.sh FOLDER}
[ -f "$folder/cjson/cJSON.c" ] && [ -f "$folder/cjson/cJSON.h" ] && exit 0

fail() {
    echo "cannot get the sources of cJSON: $1; put cJSON.c and cJSON.h into $folder/cjson yourself, or try again" >&2
    exit 1
}

for tool in apt-get dpkg-source; do
    command -v $tool >/dev/null || fail "no $tool here (Debian packages apt and dpkg-dev)"
done
mkdir -p "$folder" || fail "cannot create $folder"
work=$(mktemp -d "$folder/fetch.XXXXXX") || fail "cannot write to $folder"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

work=$(cd "$work" && pwd)
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/parts" "$work/source"

release=$(. /etc/os-release 2>/dev/null && echo "${VERSION_CODENAME:-}")
[ -n "$release" ] || release=bookworm
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -f $keyring ] || fail "no $keyring (Debian package debian-archive-keyring)"

apt() {
    apt-get -q -q \
        -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts="$work/parts" \
        -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o Dir::Cache::archives="$work/cache/archives" \
        -o APT::Sandbox::User= -o Acquire::Languages=none -o Acquire::Retries=2 -o Acquire::http::Timeout=30 \
        -o APT::Get::List-Cleanup=0 -o APT::Update::Error-Mode=any "$@" >>"$work/log" 2>&1
}

# The mirrors that this machine already uses for its release come first, since it may reach no other.
mirrors() {
    apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
        awk -v release="$release" '$1 == release && $2 == "main" { print $3 }'
    echo http://deb.debian.org/debian/
}

fetch_from() {
    echo "deb-src [signed-by=$keyring] $1 $release main" >"$work/sources.list"
    apt update && (cd "$work/source" && apt source --download-only cjson) &&
        dpkg-source --no-check -q -x "$work"/source/cjson_*.dsc "$work/unpacked" >>"$work/log" 2>&1
}

mirrors | awk '!seen[$0]++' >"$work/mirrors"
while read -r mirror; do
    rm -rf "$work/unpacked"
    if fetch_from "$mirror" </dev/null; then
        mkdir -p "$folder/cjson" &&
            cp "$work/unpacked/cJSON.c" "$work/unpacked/LICENSE" "$folder/cjson/" &&
            cp "$work/unpacked/cJSON.h" "$folder/cjson/" || fail "cannot write to $folder/cjson"
        exit 0
    fi
done <"$work/mirrors"
reason=$(grep -E '^(E|dpkg-source: error): *' "$work/log" 2>/dev/null | tail -n 2 | head -n 1)
fail "${reason:-apt-get source cjson found no package}"

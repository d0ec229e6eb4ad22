#!/bin/bash
# Holds the sources against CONTRIBUTING.md: format, lengths, nothing left for later.
#   check_style.sh [ROOT]     prints each wrong place and ends with 1 if there is any
set -u
cd "${1:-$(dirname "$0")/..}" || exit 2

longest_file=800
longest_function=100
bad=0

complain() {
    printf '%s\n' "$1"
    bad=1
}

# The files of the repository; in an unpacked release every file that no build made.
list_files() {
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git ls-files --cached --others --exclude-standard
    else
        find . -type f -not -path './build/*' -not -path './out/*' -printf '%P\n'
    fi
}

mapfile -t sources < <(list_files | grep -E '\.[ch]$' | while read -r f; do [ -f "$f" ] && echo "$f"; done)
mapfile -t texts < <(list_files | grep -E '\.([ch]|py|sh|cmake|idl)$|CMakeLists\.txt$|^(run|check)$' |
    while read -r f; do [ -f "$f" ] && echo "$f"; done)
[ ${#sources[@]} -gt 0 ] || { echo "no sources under $PWD"; exit 2; }

check_format() {
    local tool line
    tool=$(command -v clang-format-14 || command -v clang-format) ||
        { complain "no clang-format here (Debian package clang-format-14)"; return; }
    # Its complaints come one per line; a file's first is enough to know which one to format.
    while read -r line; do
        complain "$line: run clang-format -i on it"
    done < <(printf '%s\0' "${sources[@]}" | xargs -0 "$tool" --dry-run -Werror 2>&1 |
        sed -n 's/^\([^:]*:[0-9]*\):[0-9]*: error: code should be clang-formatted.*/\1/p' | sort -u -t: -k1,1)
}

check_file_lengths() {
    local file lines
    for file in "${sources[@]}"; do
        lines=$(wc -l <"$file")
        [ "$lines" -le $longest_file ] || complain "$file: $lines lines, at most $longest_file: split it by noun"
    done
}

check_function_lengths() {
    local line
    if ! command -v ctags >/dev/null || ! ctags --version | grep -q Universal; then
        echo "lengths of functions are not checked: no ctags here (Debian package universal-ctags)"
        return
    fi
    while read -r line; do
        complain "$line"
    done < <(printf '%s\n' "${sources[@]}" |
        ctags --options=NONE -L - -f - --languages=C --langmap=C:.c.h --kinds-C=f --fields=ne --sort=no 2>/dev/null |
        awk -F'\t' -v longest=$longest_function '{
            first = 0; last = 0
            for (i = 4; i <= NF; i++) {
                if ($i ~ /^line:/) first = substr($i, 6)
                if ($i ~ /^end:/) last = substr($i, 5)
            }
            length_of = last - first + 1
            if (last && length_of > longest)
                print $2 ":" first ": " $1 " has " length_of " lines, at most " longest ": split it"
        }')
}

# Written apart, so that this file does not find itself.
check_left_for_later() {
    local line words
    words='\b(TO''DO|FIX''ME|XX''X)\b|^[[:space:]]*#[[:space:]]*if 0\b'
    while read -r line; do
        complain "$line: finish it or remove it"
    done < <(grep -nHE "$words" "${texts[@]}")
}

check_format
check_file_lengths
check_function_lengths
check_left_for_later
[ $bad = 0 ] && echo "${#sources[@]} files follow the style"
exit $bad

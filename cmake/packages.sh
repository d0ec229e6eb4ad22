# Sourced by ./run and ./check: installs the Debian packages that are missing, after saying which and why.
#
#   packages_ensure yes|no "LIST"     LIST has lines "PACKAGE why it is needed"
#
# Says nothing when everything is there. Ends the script with 3 and one line when it cannot go on.

packages_fail() {
    echo "$(basename "$0"): $*" >&2
    exit 3
}

packages_missing() {
    local package why
    echo "$1" | while read -r package why; do
        [ -n "$package" ] || continue
        [ "$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null)" = "install ok installed" ] || echo "$package $why"
    done
}

# True when somebody can be asked.
packages_terminal() {
    [ -t 0 ] && [ -t 1 ]
}

# Asks only a person, and only one who has not said yes already.
packages_agreed() {
    local answer
    [ "$1" = yes ] && return 0
    [ -n "${CI:-}" ] && return 0
    if ! packages_terminal; then
        [ "$(id -u)" = 0 ] && return 0
        packages_fail "cannot ask without a terminal: use --yes, or as root: apt-get install $2"
    fi
    printf 'Install them now with apt-get? [Y/n] '
    read -r answer || answer=n
    case $answer in
    '' | y | Y | yes | Yes) return 0 ;;
    *) packages_fail "not installed; as root: apt-get install $2" ;;
    esac
}

# The words to put before apt-get so that it runs as root; nothing for root itself.
packages_become_root() {
    [ "$(id -u)" = 0 ] && return 0
    command -v sudo >/dev/null || packages_fail "neither root nor sudo here; as root: apt-get install $1"
    if packages_terminal; then
        echo sudo
    else
        sudo -n true 2>/dev/null || packages_fail "sudo asks for a password and there is no terminal; as root: apt-get install $1"
        echo sudo -n
    fi
}

# Tries with the lists that are there, then with fresh ones.
packages_install() {
    local root=$1 log status
    shift
    log=$(mktemp) || packages_fail "cannot write to ${TMPDIR:-/tmp}"
    set -- env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "$@"
    if ! $root "$@" >"$log" 2>&1 && ! { $root apt-get -q update >"$log" 2>&1 && $root "$@" >>"$log" 2>&1; }; then
        status=$(grep -E '^(E:|sudo:)' "$log" | tail -n 1)
        rm -f "$log"
        packages_fail "apt-get could not install them: ${status:-no reason given}"
    fi
    rm -f "$log"
}

packages_ensure() {
    local missing names root
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        echo "$(basename "$0"): no Debian here; what is needed is taken to be there" >&2
        return 0
    fi
    missing=$(packages_missing "$2")
    [ -n "$missing" ] || return 0
    names=$(echo "$missing" | cut -d' ' -f1 | tr '\n' ' ')
    names=${names% }
    echo "Missing Debian packages:"
    echo "$missing" | while read -r package why; do printf '  %-28s %s\n' "$package" "$why"; done
    packages_agreed "$1" "$names"
    root=$(packages_become_root "$names") || exit 3
    echo "Installing them with apt-get ..."
    # Word splitting is meant: a list of names, and the words before the command.
    # shellcheck disable=SC2086
    packages_install "$root" $names
}

# What building and running needs.
packages_of_run() {
    cat <<'LIST'
cmake               builds the tree
ninja-build         builds the tree
gcc                 compiles it
libc6-dev           C library's headers
pkg-config          finds the libraries
libcjson-dev        JSON
nettle-dev          hashes and ciphers of NTLM
mingw-w64-tools     widl, the compiler of the interface descriptions
python3             generates the shims of the interfaces
iproute2            the lab's hosts and cables
nftables            the lab's firewall
util-linux          unshare, for the lab's hosts
mount               the lab's hosts have files of their own
hostname            the lab's hosts have names of their own
LIST
}

# What the tests need on top.
packages_of_check() {
    cat <<'LIST'
check                     libcheck, the test framework
zlib1g-dev                reads packed captures
clang-14                  compiles the fuzz targets
libclang-rt-14-dev        libFuzzer and the sanitizers of clang
clang-format-14           holds the sources to one format
universal-ctags           measures the length of functions
gcc-mingw-w64-x86-64      compiles the probes for Windows
libz-mingw-w64-dev        zlib for Windows
dpkg-dev                  fetches cJSON's source, which Debian has not built for Windows
python3-impacket          a DCOM client that is not ours
python3-samba             an access check that is not ours
python3-jsonschema        a JSON Schema validator that is not ours
samba                     an endpoint mapper and an NTLM acceptor that are not ours
samba-testsuite           its protocol suites
gss-ntlmssp               an NTLM client that is neither ours nor Samba's
tshark                    dissects what is sent
LIST
}

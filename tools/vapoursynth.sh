#!/usr/bin/env bash
# A Debian 13 with VapourSynth, whose wheel needs Python 3.12, and an mpv that is built with it, which Debian's is not:
# for the tests of the VapourSynth filter on machines that have neither. Needs root.
#
#   tools/vapoursynth.sh prepare      build it where it is missing or outdated: two to six minutes, 1.6 GB on disk
#   tools/vapoursynth.sh ready        succeed if it is there, and this user may run commands in it
#   tools/vapoursynth.sh run CMD...   run a command in it, with this checkout's midframe, in the current folder
#
# It lies in the user's cache folder; MIDFRAME_VAPOURSYNTH names another one.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=${MIDFRAME_VAPOURSYNTH:-${XDG_CACHE_HOME:-$HOME/.cache}/midframe-vapoursynth}
root=$folder/debian
site=/opt/site # inside; packages of Python

release=trixie
packages=(dpkg-dev gcc libass-dev libavcodec-dev libavfilter-dev libavformat-dev libplacebo-dev libswscale-dev meson
    ninja-build pkg-config python3-dev)

system_wanted() {
    cat "$checkout/tools/vapoursynth.sh" "$checkout/tools/debian.sh" | sha256sum
}

packages_wanted() {
    cat "$checkout/pyproject.toml" "$checkout/constraints.txt" | sha256sum
}

has() { # whether something was built as it is wanted now
    [ -f "$folder/$1" ] && [ "$("$1_wanted")" = "$(cat "$folder/$1")" ]
}

inside() { # runs a command in the system
    cache=${MIDFRAME_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/midframe}
    mkdir -p "$cache"
    mounts=()
    for each in "${TMPDIR:-/tmp}" "$checkout" "$cache"; do
        mounts+=(--mount "$each" "$each")
    done
    exec "$checkout/tools/debian.sh" run --folder "$PWD" "${mounts[@]}" "$root" \
        env HOME=/root MIDFRAME_CACHE="$cache" PATH="$site/vapoursynth:/usr/local/bin:/usr/bin:/bin" \
        PYTHONPATH="$site:$checkout/src:$checkout${PYTHONPATH:+:$PYTHONPATH}" "$@"
}

make_system() {
    "$checkout/tools/debian.sh" make "$release" "$root"
    sed 's/^deb /deb-src /' "$root/etc/apt/sources.list" > "$root/etc/apt/sources.list.d/sources.list"
    # Not by debootstrap, which does not resolve all dependencies.
    (inside bash -euc '
        export DEBIAN_FRONTEND=noninteractive
        apt-get update --quiet
        apt-get -o Dpkg::Options::=--force-unsafe-io install --yes --quiet --no-install-recommends "$@"
        apt-get clean
    ' install "${packages[@]}")
}

install_packages() { # by this system's pip, which knows where packages are to be had
    rm -rf "${root:?}$site"
    # shellcheck disable=SC2046
    "${PYTHON:-python3}" -m pip --disable-pip-version-check install --quiet --upgrade --target "$root$site" \
        --ignore-requires-python --python-version 3.13 --only-binary :all: \
        $(for glibc in 2_28 2_27 2_17; do echo --platform "manylinux_${glibc}_$(uname -m)"; done) \
        --platform "manylinux2014_$(uname -m)" --constraint "$checkout/constraints.txt" vapoursynth vapoursynth-bestsource==22 \
        $(sed -n '/^dependencies = \[/,/^\]/s/^ *"\([^";]*\)"\(, *#.*\)\?,\?$/\1/p' "$checkout/pyproject.toml")
}

build_mpv() {
    # The wheel has headers and libraries, but not all of the description that mpv's build looks for.
    mkdir -p "$root/opt/pkgconfig"
    printf 'Name: %s\nDescription: VapourSynth\nVersion: 81\nCflags: -I%s/include\nLibs: -L%s -lvsscript -Wl,-rpath,%s\n' \
        vapoursynth "$site/vapoursynth" "$site/vapoursynth" "$site/vapoursynth" > "$root/opt/pkgconfig/vapoursynth.pc"
    cp "$root/opt/pkgconfig/vapoursynth.pc" "$root/opt/pkgconfig/vapoursynth-script.pc"
    (inside bash -euc '
        rm -rf /opt/mpv; mkdir -p /opt/mpv; cd /opt/mpv
        apt-get -o APT::Sandbox::User=root source --quiet mpv
        cd mpv-*/
        PKG_CONFIG_PATH=/opt/pkgconfig meson setup build --auto-features=disabled -Dgl=disabled -Dcplayer=true \
            -Dlibmpv=false -Dvapoursynth=enabled -Dbuildtype=plain -Doptimization=1 -Dc_args=-w
        ninja -C build
        install build/mpv /usr/local/bin/mpv
        rm -rf /opt/mpv
    ')
}

case ${1:-} in
prepare)
    has system && has packages && exit
    mkdir -p "$folder"
    echo "Building a Debian 13 with VapourSynth and mpv in $folder; the log is build.log there." >&2
    if ! bash "${BASH_SOURCE[0]}" build > "$folder/build.log" 2>&1; then
        tail -n 20 "$folder/build.log" >&2
        exit 1
    fi
    echo "Built in $SECONDS seconds." >&2
    ;;
build)
    has system || { rm -f "$folder/system" "$folder/packages"; make_system; }
    has packages || { rm -f "$folder/packages"; install_packages; }
    has system || { build_mpv; system_wanted > "$folder/system"; }
    (inside python3 -m vapoursynth config)
    packages_wanted > "$folder/packages"
    ;;
ready)
    has system && has packages && [ "$(id -u)" = 0 ]
    ;;
run)
    shift
    if ! [ -d "$root" ]; then
        echo "tools/vapoursynth.sh: There is no environment; \`tools/vapoursynth.sh prepare\` builds it." >&2
        exit 1
    fi
    has system && has packages ||
        echo "tools/vapoursynth.sh: The environment is outdated; \`tools/vapoursynth.sh prepare\` brings it up to date." >&2
    inside "$@"
    ;;
*)
    sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac

#!/usr/bin/env bash
# A minimal Debian in a folder, and commands run in it: for tests in another system than this one. Linux, as root.
#
#   tools/debian.sh make [--architecture NAME] RELEASE ROOT [PACKAGE...]
#   tools/debian.sh run [--user ID] [--folder PATH] [--mount OUTSIDE INSIDE]... ROOT COMMAND...
#
# make removes what is at ROOT. The packages come from the server that this system uses. With an architecture whose
# programs this machine cannot run, they are unpacked but not set up.
# run mounts in a namespace of its own, so that nothing stays mounted. An emulator of QEMU (qemu-user-static) runs the
# programs of another architecture; they are run as root then.
set -euo pipefail

fail() {
    echo "tools/debian.sh: $1" >&2
    exit 1
}

[ "$(uname -s)" = Linux ] || fail "This needs Linux; here is $(uname -s)."
[ "$(id -u)" = 0 ] || fail "Only root can make a Debian and run commands in it; this is $(id -un)."

foreign() { # whether an architecture of Debian is another one than this machine's
    [ -n "$1" ] && [ "$1" != "$(dpkg --print-architecture)" ]
}

make_system() {
    architecture=''
    if [ "${1:-}" = --architecture ]; then
        architecture=$2
        shift 2
    fi
    release=$1 root=$2
    shift 2
    command -v apt-get >/dev/null || fail "This needs a Debian or an Ubuntu: there is no apt-get here."
    if ! command -v debootstrap >/dev/null; then
        apt-get update --quiet || echo "apt-get update has failed; going on with the lists that there are" >&2
        DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends debootstrap
    fi
    # Debian's servers as this system uses them; debootstrap knows others where it uses none.
    # shellcheck disable=SC2016 # apt-get fills them in
    mirror=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' | sed -n 's/^Debian //p' | head -n 1)
    include=$(IFS=,; echo "$*")
    rm -rf --one-file-system "$root"
    mkdir -p "$(dirname "$root")"
    options=(--variant=minbase ${include:+--include="$include"})
    if foreign "$architecture"; then
        debootstrap "${options[@]}" --foreign --arch="$architecture" "$release" "$root" ${mirror:+"$mirror"}
        for package in "$root"/var/cache/apt/archives/*.deb; do
            dpkg-deb --extract "$package" "$root"
        done
        rm -rf "$root/debootstrap"
        echo "$architecture" > "$root/etc/debian_architecture"
    else
        debootstrap "${options[@]}" "$release" "$root" ${mirror:+"$mirror"}
    fi
    rm -f "$root"/var/cache/apt/archives/*.deb
}

run_inside() {
    user='' folder=/ mounts=(/proc /proc /dev /dev)
    # This system's way to find others, which may have changed since the Debian was made.
    for file in /etc/hosts /etc/resolv.conf; do
        [ ! -e "$file" ] || mounts+=("$(realpath "$file")" "$file")
    done
    while :; do
        case ${1:-} in
        --user) user=$2; shift 2 ;;
        --folder) folder=$2; shift 2 ;;
        --mount) mounts+=("$2" "$3"); shift 3 ;;
        *) break ;;
        esac
    done
    root=$1
    shift
    [ -d "$root" ] || fail "There is no Debian in $root."
    namespace=(--mount --propagation private) emulator=''
    if [ -e "$root/etc/debian_architecture" ]; then
        architecture=$(cat "$root/etc/debian_architecture")
        [ "$architecture" = arm64 ] || fail "Programs of $architecture are not emulated here, only those of arm64."
        emulator=$(command -v qemu-aarch64-static) || fail "There is no qemu-aarch64-static: install qemu-user-static."
        # The kernel learns of the emulator in a namespace of users alone, so that nothing of it stays either.
        namespace+=(--user --map-root-user)
        user=
    fi
    for ((i = 0; i < ${#mounts[@]}; i += 2)); do
        target=$root${mounts[i + 1]}
        # What was a link leads out of the Debian.
        [ ! -L "$target" ] || rm "$target"
        if [ -d "${mounts[i]}" ]; then
            mkdir -p "$target"
        else
            mkdir -p "$(dirname "$target")"
            [ -e "$target" ] || : > "$target"
        fi
    done
    # shellcheck disable=SC2016
    exec unshare "${namespace[@]}" bash -euc '
        root=$1 folder=$2 user=$3 emulator=$4
        shift 4
        while [ "$1" != -- ]; do
            mount --rbind "$1" "$root$2"
            shift 2
        done
        shift
        if [ -n "$emulator" ]; then
            registry=$root/proc/sys/fs/binfmt_misc
            mount -t binfmt_misc none "$registry" || {
                echo "tools/debian.sh: This kernel has emulators for the whole machine alone; Linux 6.7 is needed." >&2
                exit 1
            }
            # The first bytes of a program for aarch64, and which bits of them count. F: the emulator is opened now.
            first="\x7f\x45\x4c\x46\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
            bits="\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"
            printf "%s" ":aarch64:M::$first:$bits:$emulator:F" > "$registry/register"
        fi
        exec chroot ${user:+--userspec="$user:$user" --groups=} "$root" env -C "$folder" "$@"
    ' inside "$root" "$folder" "$user" "$emulator" "${mounts[@]}" -- "$@"
}

case ${1:-} in
make) shift; make_system "$@" ;;
run) shift; run_inside "$@" ;;
*)
    sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac

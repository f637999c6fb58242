#!/usr/bin/env bash
# debian.sh BINARY FOLDER: makes FOLDER/cspctl_VERSION_ARCH.deb from a binary that is built already. Needs dpkg-deb,
# readelf and strip (dpkg, binutils), and cargo for the manual pages. COMPRESSION=gzip is faster than xz.
set -euo pipefail
binary=$(realpath "$1") out=$(realpath "$2")
cd "$(dirname "$0")/.."
[ -x "$binary" ] || { echo "$binary is not there; cargo build --release makes target/release/cspctl" >&2; exit 1; }
version=$("$binary" --version | cut -d' ' -f2)
architecture=$(dpkg --print-architecture)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
umask 022
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
root=$work/root doc=$work/root/usr/share/doc/cspctl
put() { install -D -m "$1" "$2" "$root/$3"; }
compress() { gzip -9nc "$1" >"$work/compressed" && put 644 "$work/compressed" "$2"; }

put 755 "$binary" usr/bin/cspctl
strip --strip-unneeded "$root/usr/bin/cspctl"

cargo run --locked --quiet --example man -- "$work/man"
for page in "$work"/man/*.1; do compress "$page" "usr/share/man/man1/$(basename "$page").gz"; done

for completion in bash:bash-completion/completions/cspctl zsh:zsh/vendor-completions/_cspctl fish:fish/vendor_completions.d/cspctl.fish; do
    "$binary" completions "${completion%%:*}" >"$work/completion"
    put 644 "$work/completion" "usr/share/${completion#*:}"
done

compress CHANGELOG.md usr/share/doc/cspctl/changelog.gz
put 644 README.md usr/share/doc/cspctl/README.md
put 644 config.example.toml usr/share/doc/cspctl/config.example.toml
for page in docs/*.md; do put 644 "$page" "usr/share/doc/cspctl/docs/$(basename "$page")"; done
for unit in packaging/systemd/*; do put 644 "$unit" "usr/share/doc/cspctl/examples/$(basename "$unit")"; done

# The newest symbols of the C library that the binary asks for; a further library would need a further name here.
needed=$(readelf -dW "$root/usr/bin/cspctl" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
depends="libc6 (>= $(readelf -VW "$root/usr/bin/cspctl" | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -uV | tail -1))"
for library in $needed; do
    case $library in
        libc.so.6 | libm.so.6 | libdl.so.2 | libpthread.so.0 | librt.so.1 | ld-linux*) ;;
        libgcc_s.so.1) depends="libgcc-s1, $depends" ;;
        *) echo "the binary needs $library, and nobody said which package brings it" >&2; exit 1 ;;
    esac
done

mkdir -p "$root/DEBIAN"
(cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
cat >"$root/DEBIAN/control" <<CONTROL
Package: cspctl
Version: $version
Architecture: $architecture
Maintainer: ${DEBFULLNAME:-cspctl} <${DEBEMAIL:-cspctl@localhost}>
Installed-Size: $(du -k --apparent-size -s "$root/usr" | cut -f1)
Depends: $depends
Recommends: ca-certificates
Section: utils
Priority: optional
Description: Microsoft reseller's month from a terminal
 Checks what the distributor charged for Microsoft subscriptions against what
 Microsoft says exists, enters the bill in Xero, and invoices every customer,
 exact to the cent and never twice.
CONTROL
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
[ -d "$doc" ]
dpkg-deb --root-owner-group --uniform-compression -Z"${COMPRESSION:-xz}" --build "$root" "$out/cspctl_${version}_$architecture.deb"

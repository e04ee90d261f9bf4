#!/usr/bin/env bash
# Installs the Debian packages that the tests drive for real. Asks nothing; says
# what is missing when it may not install.
set -euo pipefail

packages=(
	chromium firefox-esr libnss3-tools    # browsers, and certutil to trust the local CA
	iproute2 util-linux                   # private network namespaces
	postgresql                            # the second database of the store's suite
	pebble                                # an ACME server
	ffmpeg pulseaudio                     # test media, and a sink without a sound card
	fonts-dejavu-core fonts-noto-color-emoji
)

missing=()
for p in "${packages[@]}"; do
	dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' || missing+=("$p")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
	echo "test/setup.sh: missing Debian packages: ${missing[*]}" >&2
	echo "Run as root: apt-get install --no-install-recommends ${missing[*]}" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# A cluster of our own is started by the tests; Debian's must not take the port.
mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null

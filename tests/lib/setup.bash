# shellcheck shell=bash
# What ./test and ./demo share: the Debian packages, the build, a tree owned by root.

BUILD_PACKAGES=(gcc cmake ninja-build pkg-config libevent-dev libbsd-dev libyaml-dev libmnl-dev
	libnftnl-dev libseccomp-dev libcap-ng-dev libjansson-dev libsmartcols-dev)
LAB_PACKAGES=(iproute2 iputils-ping arping nftables procps curl jq python3-minimal)
TEST_PACKAGES=(libcmocka-dev bats keepalived frr shellcheck clang-format python3-jsonschema python3-yaml
	mandoc strace)
PROOF_PACKAGES=(cppcheck gcovr valgrind clang-tidy-14 clang-14 clang-tools-14)
FUZZ_PACKAGES=(clang libclang-rt-14-dev)

# is_installed PACKAGE
is_installed() {
	[[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# install_packages PACKAGE…: those that are missing; asks the archive only if there are any.
install_packages() {
	local package missing=()
	for package in "$@"; do
		is_installed "$package" || missing+=("$package")
	done
	[[ ${#missing[@]} -gt 0 ]] || return 0
	echo "installing: ${missing[*]}"
	apt-get -qq update </dev/null || return
	apt_install "${missing[@]}"
}

# apt_install PACKAGE…: no service of theirs is started: the tests start what they need themselves.
apt_install() (
	policy=/usr/sbin/policy-rc.d
	if [[ ! -e $policy ]]; then
		trap 'rm -f "$policy"' EXIT
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 755 "$policy"
	fi
	DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" \
		</dev/null >/dev/null
)

# build PRESET: into build/PRESET, quietly unless it fails; what it makes belongs to the checkout's owner.
build() {
	local log=build/$1.log status=0
	mkdir -p build
	{ cmake --preset "$1" && cmake --build --preset "$1"; } >"$log" 2>&1 </dev/null || status=$?
	if [[ $status -ne 0 ]]; then
		tail -n 60 "$log"
		echo "the build failed; all of it is in $log"
	fi
	give_back
	return "$status"
}

# Built as root in somebody's checkout: hand it over, so that they can build and remove it.
give_back() {
	[[ $EUID -ne 0 ]] || chown -R --reference=. build
}

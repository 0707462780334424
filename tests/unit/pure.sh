#!/bin/sh
# Are the pure rooms pure? pure.sh OBJECT...: what the objects of vrrpd/core and notifier need from
# elsewhere is memory functions, each other and the compiler's run time; they have no data to write to.
set -u

failed=0
defined=$([ $# -gt 0 ] && nm --defined-only -g "$@" | awk 'NF == 3 {print $3}' | sort -u)
if [ -z "$defined" ]; then
	echo 'pure.sh: no symbols: give it the object files' >&2
	exit 1
fi

is_allowed() {
	case $1 in
	memcpy | memcmp | memset | memmove) return 0 ;;
	__memcpy_chk | __memset_chk | __memmove_chk) return 0 ;; # _FORTIFY_SOURCE
	__stack_chk_fail | _GLOBAL_OFFSET_TABLE_ | __asan_* | __ubsan_*) return 0 ;;
	esac
	echo "$defined" | grep -qxF "$1"
}

for object; do
	for symbol in $(nm -u "$object" | awk '{print $NF}'); do
		is_allowed "$symbol" && continue
		echo "$object: needs $symbol: no I/O, clock, allocation or log in a pure room" >&2
		failed=1
	done
	# What only the linker writes (.data.rel.ro: tables of words) is constant; AddressSanitizer keeps a
	# book of constants of its own.
	for symbol in $(nm -f sysv "$object" | awk -F'|' '
		{ gsub(/ /, "", $1); gsub(/ /, "", $3); gsub(/ /, "", $7) }
		$3 ~ /^[DdBbC]$/ && $7 !~ /^\.data\.rel\.ro/ && $1 !~ /asan|ubsan/ { print $1 }'); do
		echo "$object: $symbol can be written to: no state in a pure room" >&2
		failed=1
	done
done
exit $failed

#!/bin/bash
# What the compiler and the linker were told to build in is in there.
#
#   hardening.sh COMPILER PROGRAM… -- OBJECT…
#
# Programs: position-independent, relocations read-only and bound at once, no executable stack or
# segment that can be written to, no relocation of code, no RPATH, stack protector, fortified calls. On
# x86-64 the objects have IBT and SHSTK; the programs cannot: the linker keeps the mark only if all it
# links has it, and Debian 12's start files of the C library have not. At last programs without each
# flag are built, and must be refused: the eyes are open.

set -uo pipefail
export LC_ALL=C

# refuse_program FILE: says what is wrong; nothing when all is well.
refuse_program() {
	local header segments dynamic symbols
	if ! header=$(readelf -hW "$1") || ! segments=$(readelf -lW "$1") ||
		! dynamic=$(readelf -dW "$1") || ! symbols=$(readelf --dyn-syms -W "$1"); then
		echo 'no program'
		return
	fi
	grep -q 'Type: *DYN' <<<"$header" && grep -q 'FLAGS_1.*PIE' <<<"$dynamic" ||
		echo 'not position-independent'
	grep -q 'GNU_RELRO' <<<"$segments" || echo 'relocations can be written to'
	grep -q 'FLAGS).*BIND_NOW' <<<"$dynamic" && grep -q 'FLAGS_1.*NOW' <<<"$dynamic" ||
		echo 'not bound at once'
	grep -qE 'GNU_STACK .* RW +0x' <<<"$segments" || echo 'executable stack'
	! grep -qE '^ +LOAD .* RWE +0x' <<<"$segments" || echo 'a segment that can be written to and executed'
	! grep -qE '\((RPATH|RUNPATH)\)' <<<"$dynamic" || echo 'RPATH'
	! grep -q 'TEXTREL' <<<"$dynamic" || echo 'relocations of code'
	grep -q ' __stack_chk_fail' <<<"$symbols" || echo 'no stack protector'
	grep -qE ' __[a-z]+_chk(@|$)' <<<"$symbols" || echo 'no fortified call'
}

# refuse_object FILE
refuse_object() {
	[[ $(uname -m) != x86_64 ]] ||
		readelf -nW "$1" | grep -q 'x86 feature: IBT, SHSTK' || echo 'no IBT and SHSTK'
}

count=0 failed=0
# verdict NAME WHAT-IS-WRONG
verdict() {
	count=$((count + 1))
	if [[ -z $2 ]]; then
		echo "ok $count $1"
	else
		echo "not ok $count $1: ${2//$'\n'/, }"
		failed=$((failed + 1))
	fi
}

[[ $# -ge 4 ]] || {
	sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
	exit 2
}
compiler=$1
shift
while [[ $# -gt 0 && $1 != -- ]]; do
	verdict "${1##*/}" "$(refuse_program "$1")"
	shift
done
shift
objects=0 wrong=''
for object; do
	objects=$((objects + 1))
	[[ -z $(refuse_object "$object") ]] || wrong+="${wrong:+, }${object##*/}"
done
((objects > 0)) || wrong='there are none'
verdict "$objects objects have IBT and SHSTK" "$wrong"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat >"$dir/victim.c" <<'C'
#include <stdio.h>
#include <string.h>
int
main(int argc, char **argv)
{
	char text[16];

	memset(text, argc, sizeof(text));
	snprintf(text, (size_t)argc, "%s", argv[0]);
	return puts(text);
}
C
GOOD=(-O2 -fPIE -pie -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fcf-protection=full
	'-Wl,-z,relro,-z,now,-z,noexecstack')

# expect WHAT-IS-WRONG FLAG…: built with all the good flags and those behind them
expect() {
	local wrong=$1 said
	shift
	if ! "$compiler" -U_FORTIFY_SOURCE "${GOOD[@]}" "$@" "$dir/victim.c" -o "$dir/victim" 2>"$dir/log"; then
		verdict "a program built with ${*:-the same flags}" "$(<"$dir/log")"
		return
	fi
	said=$(refuse_program "$dir/victim")
	[[ $said == "$wrong" ]] && said='' || said="'$said' instead of '$wrong'"
	verdict "a program built with ${*:-the same flags} is ${wrong:+refused: }${wrong:-accepted}" "$said"
}

expect ''
expect 'not position-independent' -fno-pie -no-pie
expect 'relocations can be written to' -Wl,-z,norelro
expect 'not bound at once' -Wl,-z,lazy
expect 'executable stack' -Wl,-z,execstack
expect 'RPATH' -Wl,-rpath,/tmp
expect 'no stack protector' -fno-stack-protector
expect 'no fortified call' -U_FORTIFY_SOURCE
if [[ $(uname -m) == x86_64 ]]; then
	"$compiler" -fcf-protection=none -c "$dir/victim.c" -o "$dir/victim.o"
	[[ -n $(refuse_object "$dir/victim.o") ]] && said='' || said='it is accepted'
	verdict 'an object built with -fcf-protection=none is refused' "$said"
fi
echo "1..$count"
((failed == 0))

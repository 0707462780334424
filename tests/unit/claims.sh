#!/bin/bash
# Every row of SECURITY.md's "What shows it" names a test, and each test that it names is there:
#
#   claims.sh TOP-OF-THE-TREE
#
# A test is written `FILE: NAME`. NAME is that of a function which the file defines and runs (.c), or
# all of it between the quotes behind @test (.bats). A script that is one test has no name.

set -uo pipefail
cd "${1:?}" || exit 2

# is_run FILE FUNCTION: the file has it, and names it once more.
is_run() {
	grep -qE "^$2\(void \*\*[a-z]+\)" "$1" && (($(grep -cw "$2" "$1") >= 2))
}

# is_there FILE NAME
is_there() {
	case $1 in
	*.bats) grep -qxF "@test \"$2\" {" "$1" ;;
	*.c) grep -qF "{\"$2\"" "$1" || is_run "$1" "$2" ;;
	*) [[ -z $2 && -x $1 ]] ;;
	esac
}

# check FILE-OF-CLAIMS: says what is wrong, then how many claims and tests there are.
check() {
	local line claims=0 tests=0 wrong=0 named name
	# shellcheck disable=SC2016 # Markdown's quotes
	while IFS= read -r line; do
		[[ $line == '| '* && $line != '| claim |'* ]] || continue
		claims=$((claims + 1))
		named=0
		while IFS= read -r name; do
			named=$((named + 1))
			[[ $name == *': '* ]] || name+=': '
			if [[ ! -f ${name%%: *} ]] || ! is_there "${name%%: *}" "${name#*: }"; then
				echo "no such test: $name"
				wrong=$((wrong + 1))
			fi
		done < <(grep -oE '`tests/[^`]*`' <<<"${line##* | }" | tr -d '`')
		tests=$((tests + named))
		if ((named == 0)); then
			echo "no test: $line"
			wrong=$((wrong + 1))
		fi
	done < <(sed -n '/^## What shows it$/,/^## /p' "$1")
	echo "$claims claims, $tests tests"
	((wrong == 0 && claims > 30))
}

check SECURITY.md || exit 1

# The eyes are open: a name that is wrong, and a claim without one, are noticed.
copy=$(mktemp)
trap 'rm -f "$copy"' EXIT
sed 's/test_engine_is_killed/test_engine_is_petted/' SECURITY.md >"$copy"
! check "$copy" >/dev/null || { echo 'a test that does not exist is not noticed'; exit 1; }
# shellcheck disable=SC2016 # Markdown's quotes
sed '/^## What shows it$/,/^## /s/`tests\/[^`]*`//' SECURITY.md >"$copy"
! check "$copy" >/dev/null || { echo 'a claim without a test is not noticed'; exit 1; }

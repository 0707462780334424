# shellcheck shell=bash
# Part of lab.bash: what the daemon says, and what the kernel has.

# ---- what the daemon says --------------------------------------------------------------------------

ctl() {
	local router=$1
	shift
	"$VRRPD_ROOT/usr/sbin/vrrpctl" -r "$LAB/$router/run" "$@"
}

# instance ROUTER NAME JQ-FILTER
instance() {
	ctl "$1" -j show | jq -r --arg name "$2" ".instances[] | select(.name == \$name) | $3"
}

# ask ROUTER WORD…: the same, of the program that costs least and in the place of the subshell.
ask() {
	exec "${VRRPD_ASK:-$VRRPD_ROOT/usr/sbin/vrrpctl}" -r "$LAB/$1/run" "${@:2}"
}

# state_of ROUTER [INSTANCE], from the table.
state_of() {
	local name state
	while read -r name _ _ _ state _; do
		[[ $name != Problems: ]] || break
		[[ $name != "${2:-web}" ]] || echo "$state"
	done < <(ask "$1" show)
}

in_state() {
	local name state
	while read -r name _ _ _ state _; do
		[[ $name != Problems: ]] || break
		[[ $name != "$2" || $state != "$3" ]] || return 0
	done < <(ask "$1" show)
	return 1
}

# forgotten ROUTER INSTANCE: the daemon answers, and has no such instance.
forgotten() {
	local name
	ctl "$1" show >/dev/null && while read -r name _; do
		[[ $name != Problems: ]] || break
		[[ $name != "$2" ]] || return 1
	done < <(ctl "$1" show)
}

# wait_state ROUTER INSTANCE STATE [SECONDS]
wait_state() {
	wait_for "${4:-10}" in_state "$1" "$2" "$3"
}

# since_us ROUTER INSTANCE: when it entered its state.
since_us() {
	date -d "$(instance "$1" "$2" .since)" +%s%6N
}

# check_is ROUTER CHECK STATE
check_is() {
	local name state
	while read -r name state _; do
		[[ $name != "$2" || $state != "$3" ]] || return 0
	done < <(ask "$1" show checks)
	return 1
}

# hooks_of ROUTER: the arguments of each call of the notify script.
hooks_of() {
	[[ ! -e $LAB/$1/scratch/hooks ]] || cut -d' ' -f2- "$LAB/$1/scratch/hooks"
}

hook_seen() {
	hooks_of "$1" | grep -qxF -e "$2"
}

hooks_are() {
	[[ $(hooks_of "$1") == "$2" ]]
}

# assert_hooks ROUTER FORMAT [WORD…]: those are all the calls of the notify script, a line each, as printf
# makes them; the last may take a moment.
assert_hooks() {
	local router=$1 expected
	# shellcheck disable=SC2059 # it is a format
	expected=$(printf "$2\n" "${@:3}")
	wait_for 3 hooks_are "$router" "$expected" || assert_equal "$(hooks_of "$router")" "$expected"
}

# hook_count ROUTER REGEX NUMBER: so many calls match.
hook_count() {
	[[ $(hooks_of "$1" | grep -c -e "$2") == "$3" ]]
}

# hook_last ROUTER ARGUMENTS [AFTER-US]: when the last such call was.
hook_last() {
	[[ ! -e $LAB/$1/scratch/hooks ]] || awk -v want="$2" -v after="${3:-0}" '
		{ time = $1; sub(/^[^ ]* /, ""); if ($0 == want && time > after) found = time } END { print found }' \
		"$LAB/$1/scratch/hooks"
}

hook_called() {
	[[ -n $(hook_last "$@") ]]
}

# hook_time ROUTER ARGUMENTS [AFTER-US]: the same; it may take a moment.
hook_time() {
	wait_for 2 hook_called "$@" && hook_last "$@"
}

# ---- addresses -------------------------------------------------------------------------------------

# holds_address ROUTER [ADDRESS]
holds_address() {
	[[ $(ip -n "$(ns "$1")" -o address show) == *" ${2:-$LAB_VIP}/"* ]]
}

lacks_address() {
	! holds_address "$@"
}

address_first() {
	awk -v what="$2" -v address="${3:-$LAB_VIP}" -v after="${4:-0}" \
		'$2 == what && index($3, address "/") == 1 && $1 > after { print $1; exit }' "$LAB/$1/watch"
}

address_seen() {
	[[ -n $(address_first "$@") ]]
}

# address_event ROUTER added|removed [ADDRESS] [AFTER-US]: the time of the first such event, which may take a
# moment.
address_event() {
	wait_for 2 address_seen "$@" && address_first "$@"
}

# client_sees ROUTER: the client's ARP request for the address is answered by that router alone.
client_sees() {
	local answers
	answers=$(on h1 arping -c 2 -w 1 -i eth0 "$LAB_VIP" 2>/dev/null | grep -o '..:..:..:..:..:..' | sort -u)
	[[ $answers == "$(mac_of "$1")" ]]
}

# client_knows ROUTER: what the client's neighbour table says of the address.
client_knows() {
	[[ $(ip -n "$(ns h1)" neigh show "$LAB_VIP") == *"$(mac_of "$1")"* ]]
}

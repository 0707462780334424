# shellcheck shell=bash
# The laboratory of the tests that need a network: a bridge, routers r1, r2, … and a client h1, each in a
# network namespace of its own; daemons under test and keepalived as their peers; eyes on the wire.
#
#   switch: br0, no snooping, no STP          r1 192.0.2.1   r2 192.0.2.2   r3 192.0.2.3   h1 192.0.2.100
#
# Every test has a laboratory of its own (names carry the test's pid), so that files run in parallel.
#
#   setup()    { lab_up r1 r2; }
#   teardown() { lab_down; }      ends what runs, asserts what must hold after every test, cleans up
#
# Needs root and, from the environment:
#   VRRPD_ROOT       an installed tree, owned by root: $VRRPD_ROOT/usr/sbin/vrrpd
#   VRRPD_TEST_BIN   where the built tools `wire` and `trip` are
#   VRRPD_SLACK_MS   how much later than on time is still on time (60; 300 on a busy machine)
#   VRRPD_ASK        the vrrpctl that is asked for states again and again; the tree's when not set
#   VRRPD_KEEP       if set, the files of a laboratory are kept
#
# Times are microseconds since the epoch everywhere. A test may name invariants that it breaks on purpose
# in LAB_EXCEPT: start, spacing, addresses, leftovers, log, stop.

LAB_EARLY_US=5000 # capture jitter: that much early is not early
LAB_VIP=192.0.2.10
LAB_EXCEPT=${LAB_EXCEPT:-}
LAB_ROUTERS=()

# shellcheck source=tests/lib/lab-wire.bash
. "${BASH_SOURCE[0]%/*}/lab-wire.bash"
# shellcheck source=tests/lib/lab-ask.bash
. "${BASH_SOURCE[0]%/*}/lab-ask.bash"
# shellcheck source=tests/lib/lab-end.bash
. "${BASH_SOURCE[0]%/*}/lab-end.bash"

# bats remembers where it is before each command (set -T), so that it can tell which one failed. In functions
# that wait and ask all the time this takes more of the processors than all daemons together: `local -; set +T`
# there, for as long as they run.

# ---- time and patience -----------------------------------------------------------------------------

now_us() {
	echo "${EPOCHREALTIME/[.,]/}"
}

# wait_for SECONDS COMMAND…: until the command succeeds; its output is not shown. What the command costs is
# taken from the daemons of a dozen laboratories on two processors: better `read` than another program.
wait_for() {
	local - end pause status=0
	local -x ASAN_OPTIONS=detect_leaks=0 # once is enough: not each time it is asked
	set +T
	end=$((${EPOCHREALTIME/[.,]/} + $(to_us "$1")))
	shift
	exec {pause}<> <(:) # nothing comes from there
	until "$@" >/dev/null 2>&1; do
		if ((${EPOCHREALTIME/[.,]/} > end)); then
			echo "waited in vain for: $*" >&2
			status=1
			break
		fi
		read -rt 0.08 -u "$pause" || true
	done
	exec {pause}<&-
	return $status
}

# holds SECONDS COMMAND…: the command succeeds all the time for that long.
holds() {
	local - end pause status=0
	set +T
	end=$((${EPOCHREALTIME/[.,]/} + $(to_us "$1")))
	shift
	exec {pause}<> <(:)
	while ((${EPOCHREALTIME/[.,]/} < end)); do
		if ! "$@" >/dev/null 2>&1; then
			echo "did not stay so: $*" >&2
			status=1
			break
		fi
		read -rt 0.2 -u "$pause" || true
	done
	exec {pause}<&-
	return $status
}

# 3.25 -> 3250000
to_us() {
	local whole=${1%.*} part=''
	[[ $1 != *.* ]] || part=${1#*.}
	part=${part}000000
	echo $((10#${whole:-0} * 1000000 + 10#${part:0:6}))
}

refute() {
	if "$@"; then
		echo "should have failed: $*" >&2
		return 1
	fi
}

assert_equal() {
	if [[ $1 != "$2" ]]; then
		printf 'expected: %s\nactual:   %s\n' "$2" "$1" >&2
		return 1
	fi
}

# assert_between WHAT VALUE LOW HIGH, integers.
assert_between() {
	if (($2 < $3 || $2 > $4)); then
		echo "$1 is $2, expected $3..$4" >&2
		return 1
	fi
	echo "# $1: $2 (expected $3..$4)"
}

# assert_on_time WHAT ACTUAL-US EXPECTED-US [EARLY-US]: never early, late by the slack at most.
assert_on_time() {
	assert_between "$1" "$2" $(($3 - ${4:-$LAB_EARLY_US})) $(($3 + ${VRRPD_SLACK_MS:-60} * 1000))
}

# skew_us PRIORITY [INTERVAL-CS], down_us PRIORITY [INTERVAL-CS]: RFC 9568 6.1.
skew_us() {
	echo $(((256 - $1) * ${2:-100} * 10000 / 256))
}

down_us() {
	echo $((3 * ${2:-100} * 10000 + $(skew_us "$1" "${2:-100}")))
}

# ---- namespaces ------------------------------------------------------------------------------------

ns() {
	echo "vlab-$LAB_ID-$1"
}

# on NODE COMMAND…: runs it there.
on() {
	local node=$1
	shift
	ip netns exec "$(ns "$node")" "$@"
}

ip_of() {
	case $1 in
	r*) echo "192.0.2.${1#r}" ;;
	*) echo 192.0.2.100 ;;
	esac
}

# mac_of NODE: the MAC it speaks with: its own, or what speaks_as said.
mac_of() {
	if [[ -s ${LAB:-}/$1/mac ]]; then
		cat "$LAB/$1/mac"
		return
	fi
	case $1 in
	r*) printf '02:00:00:00:00:%02x\n' "${1#r}" ;;
	*) echo 02:00:00:00:00:64 ;;
	esac
}

# speaks_as ROUTER MAC: from now on its adverts and announcements come from there (a virtual MAC).
speaks_as() {
	echo "$2" >"$LAB/$1/mac"
}

lab_require() {
	[[ $EUID -eq 0 ]] || { echo 'these tests need root' >&2; return 1; }
	[[ -x ${VRRPD_TEST_BIN:-}/wire ]] || { echo 'VRRPD_TEST_BIN has no wire' >&2; return 1; }
}

# lab_up [ROUTER…]: builds the laboratory; r1 and r2 when none is named.
lab_up() {
	local - node
	set +T
	lab_require
	[[ $# -gt 0 ]] || set -- r1 r2
	LAB_ID=$BASHPID
	LAB=$(mktemp -d /var/lib/vrrpd-lab.XXXXXX)
	chmod 755 "$LAB"
	LAB_ROUTERS=("$@")
	ip netns add "$(ns sw)"
	ip -n "$(ns sw)" link add br0 type bridge mcast_snooping 0 stp_state 0 forward_delay 0
	ip -n "$(ns sw)" link set br0 up
	for node in "$@" h1; do
		lab_add_node "$node"
	done
	lab_capture br0 "$LAB/wire"
}

lab_add_node() {
	local node=$1 name
	name=$(ns "$node")
	install -d -m 755 "$LAB/$node" "$LAB/$node/bin" "$LAB/$node/run"
	ip netns add "$name"
	ip netns exec "$name" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
	ip -n "$name" link set lo up
	lab_link "$node"
	case $node in
	r*) lab_scripts "$node" ;;
	esac
}

# lab_link NODE: its eth0, plugged into br0 (again, when a test has deleted it).
lab_link() {
	ip link add eth0 netns "$(ns "$1")" address "$(mac_of "$1")" type veth \
		peer name "$1" netns "$(ns sw)"
	ip -n "$(ns sw)" link set "$1" master br0 up
	ip -n "$(ns "$1")" address add "$(ip_of "$1")/24" dev eth0
	ip -n "$(ns "$1")" link set eth0 up
	wait_for 5 has_link_local "$1"
	ip -n "$(ns "$1")" -o address show | awk '{ print $2, $4 }' | grep -vF " $([[ $(ip_of "$1") == "$LAB_VIP" ]] || echo "$LAB_VIP")/" | sort >"$LAB/$1/addresses"
}

has_link_local() {
	[[ -n $(ip -n "$(ns "$1")" -6 -o address show dev eth0 scope link) ]]
}

unplug() {
	ip -n "$(ns sw)" link set "$1" down
}

plug() {
	ip -n "$(ns sw)" link set "$1" up
}

# partition NODE: nothing passes between it and the others, but its link stays up. heal NODE.
partition() {
	ip netns exec "$(ns sw)" bridge link set dev "$1" state 0
}

heal() {
	ip netns exec "$(ns sw)" bridge link set dev "$1" state 3
}

lab_capture() {
	ip netns exec "$(ns sw)" "$VRRPD_TEST_BIN/wire" capture "$1" >"$2" 2>>"$LAB/tools.log" 3>&- &
	echo $! >>"$LAB/tools"
	wait_for 5 grep -q ready "$2"
}

# watch_addresses ROUTER: records them from now on, see addresses_seen.
watch_addresses() {
	ip netns exec "$(ns "$1")" "$VRRPD_TEST_BIN/wire" watch >"$LAB/$1/watch" 2>>"$LAB/tools.log" 3>&- &
	echo $! >>"$LAB/tools"
	wait_for 5 grep -q ready "$LAB/$1/watch"
}

# background COMMAND…: ended by lab_down at the latest; its pid is printed into $BACKGROUND.
background() {
	"$@" >>"$LAB/tools.log" 2>&1 3>&- </dev/null &
	BACKGROUND=$!
	echo "$BACKGROUND" >>"$LAB/tools"
}

# inject KEY=VALUE…: see tests/lib/inject.c; prints the time.
inject() {
	on h1 "$VRRPD_TEST_BIN/wire" inject eth0 "$@"
}

# ---- daemons ---------------------------------------------------------------------------------------

# The scripts of a router: a hook that records how it was called, a check with a settable result.
lab_scripts() {
	local dir=$LAB/$1
	install -d -m 755 -o _vrrpd_script "$dir/scratch"
	cat >"$dir/bin/notify" <<-SCRIPT
		#!/bin/sh
		now=\$(date +%s%6N)
		printf '%s %s\n' "\$now" "\$*" >>$dir/scratch/hooks
		env >$dir/scratch/env
	SCRIPT
	cat >"$dir/bin/check" <<-SCRIPT
		#!/bin/sh
		read -r result <$dir/result
		printf '%s %s\n' "\$(date +%s%6N)" "\$result" >>$dir/scratch/runs
		exit "\$result"
	SCRIPT
	chmod 755 "$dir/bin/notify" "$dir/bin/check"
	echo 0 >"$dir/result"
}

# script ROUTER NAME: installs standard input as a script and prints its path.
script() {
	cat >"$LAB/$1/bin/$2"
	chmod 755 "$LAB/$1/bin/$2"
	echo "$LAB/$1/bin/$2"
}

set_check() {
	echo "$2" >"$LAB/$1/result.new"
	mv "$LAB/$1/result.new" "$LAB/$1/result"
}

# indent LINES: as the keys of something two levels deep.
indent() {
	local - line
	set +T
	while IFS= read -r line; do
		echo "    $line"
	done <<<"$1"
}

# conf ROUTER PRIORITY [LINES]: one instance with a notify script; LINES are more of its keys.
conf() {
	cat <<-YAML
		version: 1
		instances:
		  web:
		    interface: eth0
		    vrid: 51
		    priority: $2
		    addresses: [$LAB_VIP/24]
		    notify: $LAB/$1/bin/notify
	YAML
	[[ -z ${3:-} ]] || indent "$3"
}

# conf_check ROUTER PRIORITY CHECK-LINES [COMMAND]: the same, tracking a check "probe".
conf_check() {
	conf "$1" "$2" 'track: [probe]'
	printf 'checks:\n  probe:\n    command: %s\n    writable: [%s]\n' "${4:-$LAB/$1/bin/check}" \
		"$LAB/$1/scratch"
	indent "$3"
}

# start_vrrpd ROUTER CONFIG-TEXT; the configuration of the last start when there is no text.
start_vrrpd() {
	local dir=$LAB/$1
	[[ -x $VRRPD_ROOT/usr/sbin/vrrpd ]] || { echo 'VRRPD_ROOT has no vrrpd' >&2; return 1; }
	[[ $# -lt 2 ]] || printf '%s\n' "$2" >"$dir/vrrpd.yaml"
	rm -f "$dir/killed"
	echo "$(now_us) $1 $(mac_of "$1")" >>"$LAB/starts"
	ip netns exec "$(ns "$1")" "$VRRPD_ROOT/usr/sbin/vrrpd" -d -f "$dir/vrrpd.yaml" -r "$dir/run" \
		>>"$dir/log" 2>&1 3>&- </dev/null &
	echo $! >"$dir/pid"
	echo vrrpd >"$dir/kind"
}

# reload_vrrpd ROUTER [CONFIG-TEXT]: the file is replaced, as configuration management does it.
reload_vrrpd() {
	local dir=$LAB/$1
	if (($# > 1)); then
		printf '%s\n' "$2" >"$dir/vrrpd.yaml.new"
		mv "$dir/vrrpd.yaml.new" "$dir/vrrpd.yaml"
	fi
	ctl "$1" reload --wait
}

# start_keepalived ROUTER CONFIG-TEXT
start_keepalived() {
	local dir=$LAB/$1
	[[ $# -lt 2 ]] || printf '%s\n' "$2" >"$dir/keepalived.conf"
	rm -f "$dir/killed"
	ip netns exec "$(ns "$1")" keepalived -P -n -l -D -f "$dir/keepalived.conf" \
		-p "$dir/run/keepalived.pid" -r "$dir/run/vrrp.pid" -c "$dir/run/checkers.pid" \
		>>"$dir/log" 2>&1 3>&- </dev/null &
	echo $! >"$dir/pid"
	echo keepalived >"$dir/kind"
}

# conf_keepalived ROUTER PRIORITY [LINES]: the counterpart of conf.
conf_keepalived() {
	cat <<-CONF
		global_defs {
		    router_id $1
		    vrrp_version 3
		    enable_script_security
		    script_user _vrrpd_script
		}
	CONF
	printf '%s\n' "${4:-}"
	cat <<-CONF
		vrrp_instance web {
		    state BACKUP
		    interface eth0
		    virtual_router_id 51
		    priority $2
		    advert_int 1
		    virtual_ipaddress {
		        $LAB_VIP/24
		    }
		    notify $LAB/$1/bin/notify
		    ${3:-}
		}
	CONF
}

pid_of() {
	cat "$LAB/$1/pid"
}

# look_at PID: its state and its parent, as /proc/PID/stat has them, in $STATE and $PARENT, empty when there is
# no such process. (One line, read at once: what is read line by line may change in between.)
look_at() {
	local line=''
	STATE='' PARENT=''
	{ read -r line <"/proc/$1/stat"; } 2>/dev/null || true
	[[ -n $line ]] || return 0
	read -r STATE PARENT _ <<<"${line##*) }"
}

# ours PID: we started it; otherwise its number is somebody else's by now.
ours() {
	local STATE PARENT
	look_at "$1"
	[[ $PARENT == "$LAB_ID" ]]
}

end_pid() {
	if ours "$1"; then
		kill -KILL "$1" 2>/dev/null || true
		wait "$1" 2>/dev/null || true
	fi
}

alive() {
	local STATE PARENT
	look_at "$1"
	[[ $STATE == [!ZX] ]]
}

gone() {
	! alive "$1"
}

running() {
	[[ -s $LAB/$1/pid ]] && alive "$(pid_of "$1")" && ours "$(pid_of "$1")"
}

# tree PID: it and everything below it.
tree() {
	local - children='' child
	set +T
	[[ -e /proc/$1 ]] || return 0
	echo "$1"
	read -r children <"/proc/$1/task/$1/children" || true
	for child in $children; do
		tree "$child"
	done
}

# child_of ROUTER TITLE: the pid of the daemon's child of that title, e.g. "engine" or "checker".
child_of() {
	local child
	for child in $(tree "$(pid_of "$1")"); do
		if [[ $(tr '\0' ' ' <"/proc/$child/cmdline") == "vrrpd: $2"* ]]; then
			echo "$child"
			return 0
		fi
	done
	return 1
}

# stop_vrrpd ROUTER [SIGNAL]: asks it to stop and waits; $STATUS is its exit status.
stop_vrrpd() {
	local pid
	pid=$(pid_of "$1")
	! ours "$pid" || kill "-${2:-TERM}" "$pid"
	wait_exit "$1" "${3:-8}"
}

# wait_exit ROUTER SECONDS: waits for the daemon to end; $STATUS is its exit status.
wait_exit() {
	local pid
	pid=$(pid_of "$1")
	wait_for "$2" gone "$pid" || return
	STATUS=0
	wait "$pid" || STATUS=$?
	: >"$LAB/$1/pid"
}

stop_keepalived() {
	stop_vrrpd "$@"
}

# kill_daemon ROUTER: SIGKILL for all its processes at once, as when the machine dies. They are stopped
# first: the kernel tells a child that its parent died, and keepalived's still says farewell then.
kill_daemon() {
	local pid signal
	pid=$(pid_of "$1")
	touch "$LAB/$1/killed" "$LAB/$1/once-killed"
	for signal in STOP KILL; do
		# shellcheck disable=SC2046 # one argument a process
		! ours "$pid" || kill -$signal $(tree "$pid") 2>/dev/null || true
	done
	wait_exit "$1" 3
}

log_of() {
	cat "$LAB/$1/log"
}

logged() {
	grep -q -e "$2" "$LAB/$1/log"
}

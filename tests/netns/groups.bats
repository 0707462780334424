#!/usr/bin/env bats
# Sync groups: two instances on two links that move together.

load ../lib/lab

setup() {
	lab_up r1 r2
	second_link
	wire1
}

teardown() {
	lab_down
}

# br1 with eth1 of both routers: 198.51.100.1 and .2.
second_link() {
	local node
	ip -n "$(ns sw)" link add br1 type bridge mcast_snooping 0 stp_state 0 forward_delay 0
	ip -n "$(ns sw)" link set br1 up
	for node in r1 r2; do
		ip link add eth1 netns "$(ns "$node")" type veth peer name "$node-1" netns "$(ns sw)"
		ip -n "$(ns sw)" link set "$node-1" master br1 up
		ip -n "$(ns "$node")" address add "198.51.100.${node#r}/24" dev eth1
		ip -n "$(ns "$node")" link set eth1 up
		ip -n "$(ns "$node")" -o address show | awk '{ print $2, $4 }' | sort >"$LAB/$node/addresses"
	done
}

# What br1 sees.
wire1() {
	ip netns exec "$(ns sw)" "$VRRPD_TEST_BIN/wire" capture br1 >"$LAB/wire1" 2>>"$LAB/tools.log" 3>&- &
	echo $! >>"$LAB/tools"
	wait_for 5 grep -q ready "$LAB/wire1"
}

# adverts1 ROUTER [PRIORITY]: times of its adverts on br1 (not of priority 0 unless that is asked for).
adverts1() {
	awk -v source="198.51.100.${1#r}" -v prio="${2:-}" '$2 == "vrrp" && $3 == source &&
		(prio == "" ? $9 != 0 : $9 == prio) { print $1 }' "$LAB/wire1"
}

# conf_group ROUTER PRIORITY [LINES OF THE GROUP]
conf_group() {
	cat <<-YAML
		version: 1
		defaults:
		  priority: $2
		  notify: $LAB/$1/bin/notify
		instances:
		  one: {interface: eth0, vrid: 51, addresses: [$LAB_VIP/24]}
		  two: {interface: eth1, vrid: 52, addresses: [198.51.100.10/24]}
		sync-groups:
		  lan:
		    members: [one, two]
		    notify: $LAB/$1/bin/notify
	YAML
	[[ -z ${3:-} ]] || indent "$3"
}

pair() {
	start_vrrpd r1 "$(conf_group r1 200 "${1:-}")"
	start_vrrpd r2 "$(conf_group r2 100 "${1:-}")"
	wait_state r1 one master 6
	wait_state r1 two master 1
	wait_state r2 one backup 1
	wait_for 2 hook_seen r1 'GROUP lan MASTER 0'
}

both_are() {
	in_state "$1" one "$2" && in_state "$1" two "$2"
}

# assert_group_last ROUTER STATE: of the last three calls for that state the group's is the last.
assert_group_last() {
	local calls
	calls=$(hooks_of "$1" | grep -nE "(one|two|lan) $2 " | tail -n 3)
	[[ $(grep -c INSTANCE <<<"$calls") == 2 && $(tail -n 1 <<<"$calls") == *"GROUP lan $2 0" ]] || {
		echo "not in order: $calls" >&2
		return 1
	}
}

@test "G01 a link fails: priority 0 on the other, and its successor waits for both" {
	local last zero first second
	pair
	last=$(adverts1 r1 | tail -n 1)
	unplug r1-1
	wait_for 2 both_are r1 fault
	[[ $(instance r1 one '.faults | join(",")') == 'group lan' ]]
	[[ $(instance r1 two '.faults | join(",")') == *'interface-down eth1'* ]]
	assert_equal "$(instance r1 one .reason)" group
	zero=$(wait_advert 1 from=r1 prio=0)
	first=$(wait_advert 6 from=r2 after="$zero")
	wait_for 1 test -n "$(adverts1 r2)"
	second=$(adverts1 r2 | head -n 1)
	last=$(adverts1 r1 | tail -n 1)
	assert_on_time 'takeover of the failed link' $((second - last)) "$(down_us 100)"
	assert_between 'difference of both' $((first - second)) -20000 $((20000 + (${VRRPD_SLACK_MS:-60} - 60) * 1000))
	wait_for 1 both_are r2 master
	wait_for 2 hook_seen r1 'GROUP lan FAULT 0'
	assert_group_last r1 FAULT
	wait_for 2 hook_seen r2 'GROUP lan MASTER 0'
	assert_group_last r2 MASTER
}

@test "G04 it comes back: both backup, then both master, group hooks once each and last" {
	pair
	unplug r1-1
	wait_for 8 both_are r2 master
	plug r1-1
	wait_for 2 both_are r1 backup
	wait_for 6 both_are r1 master
	wait_for 2 both_are r2 backup
	wait_for 2 hook_count r1 GROUP 5
	wait_for 2 hook_count r2 GROUP 3
	assert_group_last r1 MASTER
	assert_equal "$(hooks_of r1 | grep GROUP | tr '\n' ',')" \
		"$(printf 'GROUP lan %s 0,' BACKUP MASTER FAULT BACKUP MASTER)"
	assert_equal "$(hooks_of r2 | grep GROUP | tr '\n' ',')" "$(printf 'GROUP lan %s 0,' BACKUP MASTER BACKUP)"
}

@test "G03 somebody better on one link: both yield, without priority 0 on the other" {
	local i time first
	pair
	for i in {1..5}; do
		time=$(inject src=192.0.2.200 prio=250)
		sleep 0.9
		both_are r1 backup
		both_are r2 backup
	done
	assert_equal "$(adverts1 r1 0)" ''
	first=$(wait_advert 5 from=r1 after="$time")
	assert_on_time 'return' $((first - time)) "$(down_us 200)"
	wait_for 1 both_are r1 master
	assert_equal "$(advert_count from=r2)" 0
}

@test "G02 Z01 a planned stop hands over both, after both successors were heard" {
	local first second removed
	pair
	watch_addresses r1
	stop_vrrpd r1
	((STATUS == 0))
	first=$(wait_advert 2 from=r2)
	second=$(adverts1 r2 | head -n 1)
	((second > first)) || second=$first
	removed=$(address_event r1 removed 198.51.100.10)
	assert_on_time 'removal' $((removed - second)) 50300
	removed=$(address_event r1 removed)
	assert_on_time 'removal' $((removed - second)) 50300
	wait_for 1 both_are r2 master
	wait_for 1 hook_seen r1 'GROUP lan STOP 0'
	assert_group_last r1 STOP
}

@test "a partition of one link moves nothing" {
	pair
	partition r1-1
	holds 5 both_are r1 master
	both_are r2 backup
	heal r1-1
	holds 4 both_are r1 master
	both_are r2 backup
	assert_equal "$(advert_count from=r2)" 0
	assert_equal "$(adverts1 r2)" ''
}

@test "S03 a weight of the group shifts both" {
	local time first node
	for node in r1 r2; do
		ip -n "$(ns "$node")" link add watched type veth peer name watcher
		ip -n "$(ns "$node")" link set watcher up
		ip -n "$(ns "$node")" link set watched up
		ip -n "$(ns "$node")" -o address show | awk '{ print $2, $4 }' | sort >"$LAB/$node/addresses"
	done
	pair 'track: [{interface: watched, weight: -150}]'
	ip -n "$(ns r1)" link set watched down
	time=$(wait_advert 1 from=r1 prio=50)
	wait_for 1 test -n "$(adverts1 r1 50)"
	first=$(wait_advert 6 from=r2 after="$time")
	assert_between 'takeover' $((first - time)) 2600000 3700000
	wait_for 2 both_are r2 master
	wait_for 2 both_are r1 backup
	assert_equal "$(advert_count from=r1 prio=0)" 0
	ip -n "$(ns r1)" link set watched up
	wait_for 6 both_are r1 master
	LAB_EXCEPT=leftovers # the link-local addresses of the extra links
}

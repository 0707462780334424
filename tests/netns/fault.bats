#!/usr/bin/env bats
# The own interface and its address come and go.

load ../lib/lab

setup() {
	lab_up r1 r2
}

teardown() {
	lab_down
}

# A pair with r1 as master.
pair() {
	start_vrrpd r1 "$(conf r1 200)"
	start_vrrpd r2 "$(conf r2 100)"
	wait_state r1 web master 6
	wait_state r2 web backup 2
}

cause() {
	[[ $(instance r1 web '.faults | join(",")') == *"$1"* ]]
}

assert_takeover_and_back() {
	local first last
	last=$(advert_last from=r1)
	first=$(wait_advert 6 from=r2 after="$last")
	assert_on_time 'takeover' $((first - last)) "$(down_us 100)"
}

@test "F02 the interface set down is a fault, up again is backup, then preemption" {
	pair
	ip -n "$(ns r1)" link set eth0 down
	wait_state r1 web fault 2
	cause 'interface-down eth0'
	wait_for 1 lacks_address r1
	wait_for 1 hook_seen r1 'INSTANCE web FAULT 200'
	assert_takeover_and_back
	ip -n "$(ns r1)" link set eth0 up
	wait_state r1 web backup 2
	wait_state r1 web master 6
	wait_state r2 web backup 2
	assert_hooks r1 'INSTANCE web %s 200' BACKUP MASTER FAULT BACKUP MASTER
}

@test "F03 loss of carrier is the same, and flapping ends well" {
	local i
	pair
	unplug r1
	wait_state r1 web fault 2
	assert_takeover_and_back
	plug r1
	wait_state r1 web backup 2
	wait_state r1 web master 6
	for i in {1..20}; do
		unplug r1
		sleep 0.05
		plug r1
		sleep 0.05
	done
	wait_state r1 web master 8
	wait_state r2 web backup 3
	assert_between 'hooks' "$(hooks_of r1 | wc -l)" 5 50
	wait_for 3 hook_is_last r1 'INSTANCE web MASTER 200'
	LAB_EXCEPT=log
}

hook_is_last() {
	[[ $(hooks_of "$1" | tail -1) == "$2" ]]
}

@test "F04 the interface is deleted and made again: a fault, then life goes on without a restart" {
	local pid
	pair
	pid=$(pid_of r1)
	ip -n "$(ns r1)" link del eth0
	wait_state r1 web fault 2
	wait_for 6 in_state r2 web master
	lab_link r1
	wait_state r1 web backup 3
	wait_state r1 web master 6
	wait_for 1 holds_address r1
	wait_state r2 web backup 2
	assert_equal "$(pid_of r1)" "$pid"
	alive "$pid"
	wait_for 3 client_sees r1
	# It hears as well as it speaks.
	inject src=192.0.2.200 prio=254 >/dev/null
	wait_state r1 web backup 1
}

@test "F06 no source address is a fault; another one is used at once" {
	pair
	ip -n "$(ns r1)" address del 192.0.2.1/24 dev eth0
	wait_state r1 web fault 2
	cause no-source-address
	ip -n "$(ns r1)" address add 192.0.2.1/24 dev eth0
	wait_state r1 web backup 2
	wait_state r1 web master 6
	wait_state r2 web backup 2
	# Otherwise the kernel removes the second address with the first.
	on r1 sysctl -qw net.ipv4.conf.eth0.promote_secondaries=1
	ip -n "$(ns r1)" address add 192.0.2.5/24 dev eth0
	ip -n "$(ns r1)" address del 192.0.2.1/24 dev eth0
	wait_for 3 master_from 192.0.2.5
	in_state r1 web master
	wait_for 2 hook_count r1 FAULT 1
	LAB_EXCEPT=leftovers
}

master_from() {
	awk -v ip="$1" '$2 == "vrrp" && $3 == ip && $12 == "pseudo" { found = 1 } END { exit !found }' "$LAB/wire"
}

@test "F07 in fault, adverts are ignored" {
	local time
	start_vrrpd r1 "$(conf_check r1 200 $'interval: 1s')"
	wait_state r1 web backup 3
	set_check r1 1
	wait_state r1 web fault 3
	time=$(now_us)
	inject src=192.0.2.200 prio=0
	inject src=192.0.2.200 prio=10
	holds 4 in_state r1 web fault
	assert_equal "$(advert_count from=r1 after="$time")" 0
}

@test "F08 started with the interface down: FAULT, never BACKUP before, and no advert" {
	ip -n "$(ns r1)" link set eth0 down
	start_vrrpd r1 "$(conf r1 200)"
	wait_state r1 web fault 3
	wait_for 1 hook_seen r1 'INSTANCE web FAULT 200'
	holds 2 in_state r1 web fault
	assert_hooks r1 'INSTANCE web FAULT 200'
	ip -n "$(ns r1)" link set eth0 up
	wait_state r1 web backup 2
	LAB_EXCEPT=start
}

@test "F08 a missing interface may start, and may come later" {
	ip -n "$(ns r1)" link del eth0
	start_vrrpd r1 "$(conf r1 250 'advertise-interval: 100ms')"
	wait_state r1 web fault 3
	cause 'interface-down eth0'
	lab_link r1
	wait_state r1 web master 3
	wait_for 1 holds_address r1
	inject src=192.0.2.200 prio=254 >/dev/null
	wait_state r1 web backup 1
}

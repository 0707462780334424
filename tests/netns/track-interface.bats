#!/usr/bin/env bats
# What another interface's state does to an instance.

load ../lib/lab

setup() {
	local router
	lab_up r1 r2
	for router in r1 r2; do
		ip -n "$(ns $router)" link add eth1 type veth peer name eth1-peer
		on $router sysctl -qw net.ipv6.conf.eth1.disable_ipv6=1 net.ipv6.conf.eth1-peer.disable_ipv6=1
		ip -n "$(ns $router)" link set eth1-peer up
		ip -n "$(ns $router)" link set eth1 up
	done
}

teardown() {
	lab_down
}

uplink() {
	ip -n "$(ns r1)" link set eth1 "$1"
}

faults() {
	[[ $(instance r1 web '.faults | sort | join(",")') == "$1" ]]
}

priority_is() {
	[[ $(instance r1 web .effective_priority) == "$1" ]]
}

@test "F01 a tracked interface goes down: priority 0 at once, the other router after its skew; then back" {
	local time zero first since
	start_vrrpd r1 "$(conf r1 200 'track: [{interface: eth1}]')"
	start_vrrpd r2 "$(conf r2 100)"
	wait_state r1 web master 6
	wait_state r2 web backup 2
	watch_addresses r1
	time=$(now_us)
	uplink down
	zero=$(wait_advert 1 from=r1 prio=0)
	assert_between 'priority 0' $((zero - time)) 0 $((100000 + ${VRRPD_SLACK_MS:-60} * 1000))
	wait_state r1 web fault 1
	faults 'interface eth1'
	wait_for 1 address_seen r1 removed
	wait_for 1 hook_seen r1 'INSTANCE web FAULT 200'
	first=$(wait_advert 2 from=r2)
	assert_on_time 'takeover' $((first - zero)) "$(skew_us 100)"
	uplink up
	wait_state r1 web backup 1
	since=$(since_us r1 web)
	first=$(wait_advert 6 from=r1 after="$zero")
	assert_on_time 'preemption' $((first - since)) "$(down_us 200)"
	told() { (($(hooks_of r1 | wc -l) >= $1)); }
	wait_for 2 told 5
	assert_hooks r1 'INSTANCE web %s 200' BACKUP MASTER FAULT BACKUP MASTER
}

@test "F01 loss of carrier counts, and so does an interface that is not there yet" {
	start_vrrpd r1 "$(conf r1 200 $'advertise-interval: 100ms\ntrack: [{interface: eth1}, {interface: eth2}]')"
	wait_state r1 web fault 3
	faults 'interface eth2'
	ip -n "$(ns r1)" link add eth2 type veth peer name eth2-peer
	on r1 sysctl -qw net.ipv6.conf.eth2.disable_ipv6=1 net.ipv6.conf.eth2-peer.disable_ipv6=1
	ip -n "$(ns r1)" link set eth2-peer up
	ip -n "$(ns r1)" link set eth2 up
	wait_state r1 web master 3
	ip -n "$(ns r1)" link set eth1-peer down
	wait_state r1 web fault 1
	faults 'interface eth1'
	ip -n "$(ns r1)" link set eth1-peer up
	wait_state r1 web master 3
}

@test "F05 two causes: the fault ends with the last of them, whatever their order" {
	local break repair
	start_vrrpd r1 "$(conf_check r1 200 $'interval: 200ms\ntimeout: 5s' |
		sed 's/track: .*/track: [probe, {interface: eth1}]\n    advertise-interval: 100ms/')"
	wait_state r1 web master 4
	for break in 'check link' 'link check'; do
		for repair in 'check link' 'link check'; do
			two_causes "$break" "$repair"
			wait_state r1 web master 3
		done
	done
	wait_for 2 hook_count r1 FAULT 4
}

# cause NAME down|up
cause() {
	case $1.$2 in
	check.down) set_check r1 1 ;;
	check.up) set_check r1 0 ;;
	link.*) uplink "$2" ;;
	esac
}

# two_causes ORDER-OF-BREAKING ORDER-OF-REPAIR
two_causes() {
	cause "${1% *}" down
	wait_state r1 web fault 2
	cause "${1#* }" down
	wait_for 2 faults 'check probe,interface eth1'
	cause "${2% *}" up
	case $2 in
	check*) wait_for 2 faults 'interface eth1' ;;
	link*) wait_for 2 faults 'check probe' ;;
	esac
	holds 0.5 in_state r1 web fault
	cause "${2#* }" up
}

@test "F09 with a weight: another priority while it is down, no fault, and the other router takes over" {
	local last first
	start_vrrpd r1 "$(conf r1 150 'track: [{interface: eth1, weight: -60}]')"
	start_vrrpd r2 "$(conf r2 100)"
	wait_state r1 web master 6
	wait_state r2 web backup 2
	uplink down
	wait_advert 2 from=r1 prio=90
	priority_is 90
	last=$(advert_last from=r1 prio=150)
	first=$(wait_advert 6 from=r2)
	assert_on_time 'takeover after the last one of 150' $((first - last)) "$(down_us 100)"
	wait_state r1 web backup 1
	no_advert from=r1 prio=0
	uplink up
	wait_for 1 priority_is 150
	wait_advert 6 from=r1 prio=150 after="$first"
	refute hook_seen r1 'INSTANCE web FAULT 150'
}

#!/usr/bin/env bats
# Routes and rules that are there while master, and only then.

load ../lib/lab

setup() {
	lab_up r1
	ip -n "$(ns r1)" route add 203.0.113.0/24 via 192.0.2.100
	kernel_of r1 >"$LAB/before"
}

teardown() {
	lab_down
}

# kernel_of ROUTER: routes and rules of both families.
kernel_of() {
	local family
	for family in -4 -6; do
		ip -n "$(ns "$1")" $family route show table all proto 112
		ip -n "$(ns "$1")" $family rule show
	done
	ip -n "$(ns "$1")" route show table main
}

ROUTES='routes:
  - {to: 198.51.100.0/24, via: 192.0.2.100, mtu: 1400}
  - {to: default, via: 192.0.2.100, table: 100, source: 192.0.2.10}
  - {to: 198.18.0.0/15, type: blackhole, metric: 50}
  - {to: 10.1.0.0/16}
  - {to: "2001:db8:7::/48", type: unreachable}
rules:
  - {from: 192.0.2.10, table: 100}
  - {mark: 0x10/0xff, incoming: eth0, table: 1000, preference: 200}'

has_route() {
	[[ -n $(ip -n "$(ns r1)" route show proto 112 "$@") ]]
}

lacks_route() {
	! has_route "$@"
}

has_rule() {
	ip -n "$(ns r1)" rule show | grep -q -e "$1"
}

has_all() {
	has_route 198.51.100.0/24 via 192.0.2.100 && has_route default table 100 &&
		has_route 198.18.0.0/15 && has_route 10.1.0.0/16 dev eth0 &&
		[[ -n $(ip -n "$(ns r1)" -6 route show 2001:db8:7::/48 proto 112) ]] &&
		has_rule '200:.*fwmark 0x10/0xff iif eth0 lookup 1000' && has_rule 'from 192.0.2.10 lookup 100'
}

has_none() {
	[[ $(kernel_of r1) == "$(<"$LAB/before")" ]]
}

problem_of() {
	ctl r1 -j show | jq -r '.problems[].text'
}

has_problem() {
	problem_of | grep -q -e "$1"
}

@test "Z07 routes and rules are there while master, and gone after the stop" {
	start_vrrpd r1 "$(conf r1 200 "$ROUTES")"
	wait_state r1 web backup 2
	has_none
	wait_state r1 web master
	wait_for 2 has_all
	ip -n "$(ns r1)" route show 198.51.100.0/24 | grep -q 'mtu 1400'
	ip -n "$(ns r1)" route show default table 100 | grep -q 'src 192.0.2.10'
	assert_equal "$(problem_of)" ''
	inject src=192.0.2.77 prio=250
	wait_state r1 web backup 2
	wait_for 1 has_none
	wait_state r1 web master
	wait_for 2 has_all
	stop_vrrpd r1
	has_none
}

@test "Z07 what somebody removes is put back; the operator's own is left alone" {
	start_vrrpd r1 "$(conf r1 200 "$ROUTES")"
	wait_state r1 web master
	wait_for 2 has_all
	ip -n "$(ns r1)" route del 198.51.100.0/24
	ip -n "$(ns r1)" rule del preference 200
	wait_for 3 has_all
	holds 3 has_all
	assert_equal "$(ip -n "$(ns r1)" rule show | grep -c 'lookup 100')" 2
	wait_for 2 logged r1 'route 198.51.100.0/24 was removed by somebody else: put back'
	wait_for 2 logged r1 'rule 2 (table 1000) was removed by somebody else: put back'
	ip -n "$(ns r1)" link set eth0 down
	ip -n "$(ns r1)" link set eth0 up
	wait_for 5 has_route 10.1.0.0/16 dev eth0
	stop_vrrpd r1
	ip -n "$(ns r1)" route add 203.0.113.0/24 via 192.0.2.100 # the link took it
	has_none
}

@test "Z07 a route that cannot be installed is a problem, until it can" {
	ip -n "$(ns r1)" route add 198.51.100.0/24 via 192.0.2.101
	start_vrrpd r1 "$(conf r1 200 'routes:
  - {to: 10.1.0.0/16}
  - {to: 198.51.100.0/24, via: 192.0.2.100}
  - {to: 10.2.0.0/16, via: 192.0.99.1}')"
	wait_state r1 web master
	wait_for 2 has_problem 'route 2 could not be installed: File exists (2 such)'
	wait_for 2 logged r1 'web: route 10.2.0.0/16 not installed, tried again: Network is unreachable'
	ip -n "$(ns r1)" route del 198.51.100.0/24
	ip -n "$(ns r1)" address add 192.0.99.2/24 dev eth0
	wait_for 3 has_route 10.2.0.0/16
	has_route 198.51.100.0/24 via 192.0.2.100
	wait_for 2 refute has_problem 'could not be installed'
	ip -n "$(ns r1)" address del 192.0.99.2/24 dev eth0
}

@test "Z07 left over from a crash: adopted if configured, else removed at the start" {
	start_vrrpd r1 "$(conf r1 200 "$ROUTES")"
	wait_state r1 web master
	wait_for 2 has_all
	kill_daemon r1
	has_all
	start_vrrpd r1 "$(conf r1 200 'routes:
  - {to: 198.51.100.0/24, via: 192.0.2.100}')"
	wait_state r1 web backup 2
	has_route 198.51.100.0/24
	refute has_route 10.1.0.0/16
	refute has_route default table 100
	refute has_rule 'lookup 1000'
	wait_state r1 web master
	assert_equal "$(problem_of)" ''
	stop_vrrpd r1
	has_none
}

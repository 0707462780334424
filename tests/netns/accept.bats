#!/usr/bin/env bats
# accept-mode: false. The addresses answer ARP and neighbor discovery, and nothing else.

load ../lib/lab

setup() {
	lab_up r1 r2
}

teardown() {
	lab_down
}

ruleset() {
	on r1 nft list ruleset
}

# answers ADDRESS: to a ping from the client.
answers() {
	on h1 ping -n -c 1 -W 1 "$1" >/dev/null
}

ignores() {
	! answers "$@"
}

# tcp_outcome ADDRESS: what a connection to a closed port comes to.
tcp_outcome() {
	local status=0
	on h1 timeout 1 bash -c "</dev/tcp/$1/9" 2>/dev/null || status=$?
	((status == 124)) && echo nothing || echo refused
}

has_in_set() {
	ruleset | grep -q -e "$1"
}

lacks_in_set() {
	! has_in_set "$@"
}

@test "M03 accept-mode false: no answer to ping and TCP, ARP answered; the filter goes with the addresses" {
	start_vrrpd r1 "$(conf r1 200 'accept-mode: false')"
	wait_state r1 web backup 2
	assert_equal "$(ruleset)" ''
	wait_state r1 web master
	wait_for 1 holds_address r1
	has_in_set "elements = { $LAB_VIP }"
	ignores "$LAB_VIP"
	assert_equal "$(tcp_outcome "$LAB_VIP")" nothing
	client_sees r1
	answers 192.0.2.1
	assert_equal "$(tcp_outcome 192.0.2.1)" refused
	on r1 ping -n -c 1 -W 1 "$LAB_VIP"
	inject src=192.0.2.77 prio=250
	wait_state r1 web backup 2
	wait_for 1 lacks_in_set "$LAB_VIP"
	has_in_set 'set eth0-ipv4'
	lacks_address r1
	stop_vrrpd r1
	assert_equal "$(ruleset)" ''
}

@test "M03 accept-mode false: what the master forwards passes" {
	ip -n "$(ns r2)" address add 198.51.100.7/32 dev lo
	ip -n "$(ns r2)" -o address show | awk '{ print $2, $4 }' | sort >"$LAB/r2/addresses"
	ip -n "$(ns r1)" route add 198.51.100.7 via 192.0.2.2
	ip -n "$(ns h1)" route add 198.51.100.7 via "$LAB_VIP"
	on r1 sysctl -qw net.ipv4.ip_forward=1
	start_vrrpd r1 "$(conf r1 200 'accept-mode: false')"
	wait_state r1 web master
	wait_for 1 holds_address r1
	wait_for 2 answers 198.51.100.7
	ignores "$LAB_VIP"
}

@test "M03 IPv6, accept-mode false: neighbor discovery is answered, nothing else is" {
	LAB_VIP=2001:db8:51::10
	ip -n "$(ns h1)" address add 2001:db8:51::100/64 dev eth0 nodad
	start_vrrpd r1 "$(conf r1 200 'accept-mode: false' |
		sed 's|addresses: .*|addresses: ["fe80::51:1/64", "2001:db8:51::10/64"]|')"
	wait_state r1 web master
	wait_for 1 holds_address r1
	has_in_set 'set eth0-link-local'
	ignores "$LAB_VIP"
	ignores fe80::51:1%eth0
	ip -n "$(ns h1)" -6 neigh show "$LAB_VIP" | grep -q "$(mac_of r1)"
	ip -n "$(ns h1)" -6 neigh show fe80::51:1 | grep -q "$(mac_of r1)"
	on h1 ping -n -c 1 -W 1 fe80::ff:fe00:1%eth0
	stop_vrrpd r1
	assert_equal "$(ruleset)" ''
}

@test "M03 the owner and accept-mode true are unaffected" {
	ip -n "$(ns r1)" address add "$LAB_VIP/24" dev eth0
	ip -n "$(ns r1)" -o address show | awk '{ print $2, $4 }' | sort >"$LAB/r1/addresses"
	start_vrrpd r1 "$(conf r1 255 'accept-mode: false')"
	wait_state r1 web master 2
	answers "$LAB_VIP"
	assert_equal "$(ruleset)" ''
	stop_vrrpd r1
	start_vrrpd r2 "$(conf r2 100 | sed 's/.10.24/.11\/24/')"
	wait_state r2 web master 5
	wait_for 1 answers 192.0.2.11
	assert_equal "$(tcp_outcome 192.0.2.11)" refused
}

@test "M03 somebody flushes all tables: the filter is back within seconds; a crash leaves none behind" {
	on r1 nft add table inet mine
	start_vrrpd r1 "$(conf r1 200 'accept-mode: false')"
	wait_state r1 web master
	wait_for 1 holds_address r1
	on r1 nft flush ruleset
	wait_for 3 has_in_set "elements = { $LAB_VIP }"
	ignores "$LAB_VIP"
	wait_for 2 logged r1 'nftables: table vrrpd was removed by somebody else: put back'
	kill_daemon r1
	has_in_set "$LAB_VIP"
	start_vrrpd r1 "$(conf r1 200)"
	wait_state r1 web backup 2
	assert_equal "$(ruleset)" ''
	wait_state r1 web master
	answers "$LAB_VIP"
}

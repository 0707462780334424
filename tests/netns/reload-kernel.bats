#!/usr/bin/env bats
# What a reload changes in the kernel, and what it leaves alone: addresses, virtual MACs, filters, routes, settings.

load ../lib/lab

setup() {
	lab_up r1
	LAB_EXCEPT='log spacing'
}

teardown() {
	lab_down
}

FAST='advertise-interval: 100ms'

# link_of NAME: its index.
link_of() {
	on r1 cat "/sys/class/net/$1/ifindex"
}

lacks_link() {
	refute on r1 test -e "/sys/class/net/$1"
}

shows() {
	ip -n "$(ns r1)" -o address show | grep -q -e "$1"
}

has_route() {
	[[ -n $(ip -n "$(ns r1)" route show proto 112 "$@") ]]
}

lacks_route() {
	! has_route "$@"
}

filters() {
	on r1 nft list ruleset | grep -q -e "$1"
}

filters_not() {
	! filters "$@"
}

@test "an address with another prefix length, label or device is another one; the rest stays" {
	start_vrrpd r1 "$(conf r1 200 "$FAST" | sed "s|\[$LAB_VIP/24\]|[$LAB_VIP/24, 192.0.2.11/24]|")"
	wait_state r1 web master 3
	wait_for 1 holds_address r1 192.0.2.11
	watch_addresses r1
	reload_vrrpd r1 "$(conf r1 200 "$FAST" | sed "s|\[$LAB_VIP/24\]|[$LAB_VIP/24, 192.0.2.11]|")"
	wait_for 2 shows '192.0.2.11/32'
	refute shows '192.0.2.11/24'
	reload_vrrpd r1 "$(conf r1 200 "$FAST" | sed "s|\[$LAB_VIP/24\]|[$LAB_VIP/24, {address: 192.0.2.11, label: \"eth0:v\"}]|")"
	wait_for 2 shows '192.0.2.11/32 .*eth0:v'
	reload_vrrpd r1 "$(conf r1 200 "$FAST" | sed "s|\[$LAB_VIP/24\]|[$LAB_VIP/24, {address: 192.0.2.11, device: lo}]|")"
	wait_for 2 shows 'lo .*192.0.2.11/32'
	refute shows 'eth0 .*192.0.2.11'
	refute address_seen r1 removed "$LAB_VIP"
	in_state r1 web master
	stop_vrrpd r1
}

@test "a virtual MAC's interface keeps its name and itself; another instance gets, moves and loses its own" {
	local before base other
	base=$(conf r1 200 "virtual-mac: true
$FAST")
	other="
  far: {interface: eth1, vrid: 51, priority: 200, $FAST, virtual-mac: true, addresses: [198.51.100.10/24]}"
	ip -n "$(ns r1)" link add eth1 type veth peer name eth1p
	ip -n "$(ns r1)" link set eth1 up
	ip -n "$(ns r1)" link set eth1p up
	ip -n "$(ns r1)" address add 198.51.100.1/24 dev eth1
	ip -n "$(ns r1)" -o address show | awk '{ print $2, $4 }' | sort >"$LAB/r1/addresses"
	start_vrrpd r1 "$base"
	wait_state r1 web master 3
	before=$(link_of vrrp4-51)
	watch_addresses r1
	reload_vrrpd r1 "$base$other"
	wait_state r1 far master 3
	assert_equal "$(link_of vrrp4-51)" "$before"
	[[ -n $(link_of vrrp4-51-eth1) ]]
	[[ $(on r1 cat /proc/sys/net/ipv4/conf/eth1/arp_ignore) == 1 ]]
	reload_vrrpd r1 "$base${other/virtual-mac: true, /}"
	wait_for 3 lacks_link vrrp4-51-eth1
	wait_for 2 shows 'eth1 .*198.51.100.10/24'
	wait_state r1 far master 3
	[[ $(on r1 cat /proc/sys/net/ipv4/conf/eth1/arp_ignore) == 0 ]]
	reload_vrrpd r1 "${base/vrid: 51/vrid: 52}"
	wait_for 3 lacks_link vrrp4-51
	wait_state r1 web master 3
	[[ -n $(link_of vrrp4-52) ]]
	wait_for 2 shows 'vrrp4-52 .*192.0.2.10/24'
	reload_vrrpd r1 "$(conf r1 200 "$FAST" | sed 's/vrid: 51/vrid: 52/')"
	wait_for 3 lacks_link vrrp4-52
	wait_for 2 shows 'eth0 .*192.0.2.10/24'
	in_state r1 web master
}

@test "accept-mode, routes and rules come and go with their lines while the instance stays master" {
	local base
	base=$(conf r1 200 "$FAST")
	start_vrrpd r1 "$base"
	wait_state r1 web master 3
	reload_vrrpd r1 "$base
    accept-mode: false
    routes: [{to: 203.0.113.0/24, via: 192.0.2.100}, {to: 198.51.100.0/24, via: 192.0.2.100}]
    rules: [{from: 192.0.2.10, table: 100}]"
	wait_for 2 filters "$LAB_VIP"
	wait_for 2 has_route 203.0.113.0/24
	wait_for 2 has_route 198.51.100.0/24
	ip -n "$(ns r1)" monitor route >"$LAB/routes" &
	echo $! >>"$LAB/tools"
	reload_vrrpd r1 "${base/"[$LAB_VIP/24]"/"[$LAB_VIP/24, 192.0.2.11/24]"}
    accept-mode: false
    routes: [{to: 203.0.113.0/24, via: 192.0.2.100}]"
	wait_for 2 filters 192.0.2.11
	filters "$LAB_VIP"
	wait_for 2 lacks_route 198.51.100.0/24
	refute grep -q 203.0.113.0 "$LAB/routes" # it was not touched
	refute grep -q 'lookup 100' <(ip -n "$(ns r1)" rule show)
	reload_vrrpd r1 "$base"
	wait_for 2 filters_not "$LAB_VIP"
	wait_for 2 lacks_route 203.0.113.0/24
	reload_vrrpd r1 "$base
    accept-mode: false"
	wait_for 2 filters "$LAB_VIP"
	refute logged r1 'made anew' # the set was still there
	in_state r1 web master
	no_advert prio=0
}

@test "an instance that moves to IPv6, to unicast and back" {
	start_vrrpd r1 "$(conf r1 200 "$FAST")"
	wait_state r1 web master 3
	reload_vrrpd r1 "$(conf r1 200 "$FAST" | sed "s|\[$LAB_VIP/24\]|[fe80::51:1/64]|")"
	wait_for 2 lacks_address r1
	wait_state r1 web master 3
	[[ $(instance r1 web .family) == ipv6 ]]
	wait_for 2 holds_address r1 fe80::51:1
	reload_vrrpd r1 "$(conf r1 200 "unicast-peers: [192.0.2.100]
$FAST")"
	wait_state r1 web master 3
	wait_for 2 holds_address r1
	to_peer() { awk -v zero="$1" '$2 == "vrrp" && $5 == "192.0.2.100" && $1 > zero { found = 1 } END { exit !found }' "$LAB/wire"; }
	wait_for 2 to_peer 0
	reload_vrrpd r1 "$(conf r1 200 "$FAST")"
	wait_advert 2 from=r1 after="$(now_us)"
	in_state r1 web master # only the way of its adverts has changed
	inject prio=250 src=192.0.2.200 interval=1000
	wait_state r1 web backup 2 # the group was joined
}

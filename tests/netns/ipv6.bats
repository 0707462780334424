#!/usr/bin/env bats
# IPv6: link-local sources, neighbor advertisements, and both families side by side.

load ../lib/lab

LAB_VIP=2001:db8:51::10

setup() {
	local router
	lab_up r1 r2
	for router in r1 r2; do
		ip -n "$(ns $router)" address flush dev eth0 scope link
		source_of $router add
		ip -n "$(ns $router)" address add "2001:db8:51::${router#r}/64" dev eth0 nodad
	done
	ip -n "$(ns h1)" address add 2001:db8:51::100/64 dev eth0 nodad
	remember_addresses
}

teardown() {
	lab_down
}

# source_of ROUTER add|del
source_of() {
	ip -n "$(ns "$1")" address "$2" "fe80::a:${1#r}/64" dev eth0 nodad
}

remember_addresses() {
	local router
	for router in r1 r2; do
		ip -n "$(ns $router)" -o address show | awk '{ print $2, $4 }' | sort >"$LAB/$router/addresses"
	done
}

# conf6 ROUTER PRIORITY [LINES]
conf6() {
	cat <<-YAML
		version: 1
		instances:
		  web:
		    interface: eth0
		    vrid: 51
		    priority: $2
		    addresses: ["fe80::51:1", "$LAB_VIP/64"]
		    notify: $LAB/$1/bin/notify
	YAML
	[[ -z ${3:-} ]] || indent "$3"
}

# na ROUTER ADDRESS: unsolicited neighbor advertisements of a router.
na() {
	awk -v mac="$(mac_of "$1")" -v target="$2" \
		'$2 == "na" && $3 == target && $4 == mac && $5 == "ff02::1"' "$LAB/wire"
}

have_na() {
	[[ -n $(na "$@") ]]
}

client_knows6() {
	on h1 ping -c 1 -W 1 "$LAB_VIP" >/dev/null &&
		[[ $(ip -n "$(ns h1)" neigh show "$LAB_VIP") == *"$(mac_of "$1")"* ]]
}

tentative() {
	[[ -n $(ip -n "$(ns "$1")" -6 address show tentative) ]]
}

@test "V01 V02 V03 an IPv6 pair: adverts, announcements, takeover" {
	local first last
	start_vrrpd r1 "$(conf6 r1 200)"
	start_vrrpd r2 "$(conf6 r2 100)"
	wait_state r1 web master 5
	wait_for 1 holds_address r1 fe80::51:1
	wait_for 1 holds_address r1
	refute tentative r1
	in_state r2 web backup
	lacks_address r2
	assert_equal "$(adverts vrid=51 | awk '{ print $3, $5, $6, $7, $9, $11, $12, $13 }' | sort -u)" \
		"fe80::a:1 ff02::12 255 3 200 2 pseudo fe80::51:1,$LAB_VIP"
	wait_for 1 have_na r1 "$LAB_VIP"
	wait_for 1 have_na r1 fe80::51:1
	assert_equal "$(na r1 "$LAB_VIP" | awk '{ print $6, $7 }' | sort -u)" 'RO 255'
	client_knows6 r1
	on r1 ip maddress show dev eth0 | grep -qw ff02::1:ff00:10
	refute grep -qw ff02::1:ff00:10 <(on r2 ip maddress show dev eth0)

	kill_daemon r1
	ip -n "$(ns sw)" link set r1 down
	last=$(advert_last from=r1)
	first=$(wait_advert 5 from=r2)
	assert_on_time 'takeover' $((first - last)) "$(down_us 100)"
	wait_for 1 client_knows6 r2
	wait_state r2 web master 1
	LAB_EXCEPT=leftovers
}

@test "V04 one vrid in both families: two instances that do not know each other" {
	start_vrrpd r1 "$(conf6 r1 100 'advertise-interval: 400ms')
  old:
    interface: eth0
    vrid: 51
    addresses: [192.0.2.10/24]
    advertise-interval: 400ms"
	wait_state r1 web master 3
	wait_state r1 old master 3
	inject src=192.0.2.201 prio=200 interval=100
	wait_state r1 old backup 1
	in_state r1 web master
	wait_state r1 old master 5
	in_state r1 web master
	[[ $(instance r1 web .since) < $(instance r1 old .since) ]]
	assert_equal "$(instance r1 web .counters.master_transitions)" 1
}

@test "V05 equal priority: the greater link-local address stays" {
	LAB_EXCEPT=spacing
	partition r1
	start_vrrpd r1 "$(conf6 r1 100 'advertise-interval: 200ms')"
	start_vrrpd r2 "$(conf6 r2 100 'advertise-interval: 200ms')"
	wait_state r1 web master 3
	wait_state r2 web master 3
	heal r1
	wait_state r1 web backup 2
	in_state r2 web master
	wait_for 1 lacks_address r1
	wait_for 2 client_knows6 r2
}

@test "V07 without a usable link-local address there is a fault that says why" {
	local time
	start_vrrpd r1 "$(conf6 r1 200 'advertise-interval: 100ms')"
	wait_state r1 web master 3
	source_of r1 del
	wait_state r1 web fault 1
	[[ $(instance r1 web '.faults[0]') == no-source-address ]]
	wait_for 1 lacks_address r1
	time=$(now_us)
	on r1 sysctl -qw net.ipv6.conf.all.accept_dad=1 net.ipv6.conf.eth0.accept_dad=1 \
		net.ipv6.conf.eth0.dad_transmits=3
	ip -n "$(ns r1)" address add fe80::a:1/64 dev eth0
	wait_for 1 fault_is r1 'no-source-address tentative'
	wait_state r1 web master 11 # backup lasts for 0.3 s only
	assert_equal "$(awk '$2 == "vrrp" && $3 == "::"' "$LAB/wire")" ''
	wait_for 1 have_advert from=r1 after="$time"
}

fault_is() {
	[[ $(instance "$1" web '.faults[0]') == "$2" ]]
}

@test "O01 the owner of IPv6 addresses keeps them as they are" {
	ip -n "$(ns r1)" address add fe80::51:1/64 dev eth0 nodad
	ip -n "$(ns r1)" address add "$LAB_VIP/64" dev eth0 nodad
	remember_addresses
	watch_addresses r1
	start_vrrpd r1 "$(conf6 r1 255)"
	wait_state r1 web master 2
	wait_for 1 have_advert from=r1 prio=255
	wait_for 1 have_na r1 "$LAB_VIP"
	assert_equal "$(adverts from=r1 | awk '{ print $3 }' | sort -u)" fe80::a:1
	source_of r1 del # what is left to send from is what it owns
	wait_for 1 logged r1 'adverts are sent from the owned address fe80::51:1'
	in_state r1 web master
	stop_vrrpd r1
	((STATUS == 0))
	holds_address r1
	source_of r1 add
	refute address_seen r1 removed "$LAB_VIP"
}

#!/usr/bin/env bats
# Virtual MACs: who holds the addresses changes, the MAC they answer with does not.

load ../lib/lab

VMAC=00:00:5e:00:01:33
VMAC6=00:00:5e:00:02:33

setup() {
	lab_up r1 r2
	LAB_EXCEPT='spacing' # two masters that meet have one MAC
}

teardown() {
	lab_down
}

# vmac_conf ROUTER PRIORITY [LINES]
vmac_conf() {
	conf "$1" "$2" "virtual-mac: true
${3:-}"
}

# arp_answers: who answers the client's ARP request, one line an answer.
arp_answers() {
	on h1 arping -c 1 -w 1 -i eth0 "$LAB_VIP" 2>/dev/null | grep -o '..:..:..:..:..:..'
}

answered_by() {
	[[ $(arp_answers) == "$1" ]]
}

neighbor() {
	ip -n "$(ns h1)" neigh show "$1" | grep -o '..:..:..:..:..:..'
}

# port_of MAC: where the switch sends it.
port_of() {
	on sw bridge fdb show br br0 | awk -v mac="$1" '$1 == mac { print $3; exit }'
}

on_port() {
	[[ $(port_of "$1") == "$2" ]]
}

answers() {
	on h1 ping -n -c 1 -W 1 "$1" >/dev/null
}

# adverts_of ADDRESS [AFTER-US]: adverts of that source.
adverts_of() {
	awk -v source="$1" -v after="${2:-0}" '$2 == "vrrp" && $3 == source && $1 > after' "$LAB/wire"
}

has_problem() {
	ctl r1 -j show | jq -r '.problems[].text' | grep -q -e "$1"
}

lacks_problem() {
	! has_problem "$@"
}

# sent_by ROUTER: IPv4 packets forwarded and sent.
sent_by() {
	on "$1" cat /proc/net/snmp | awk '$1 == "Ip:" && $2 ~ /^[0-9]/ { print $7, $11 }'
}

adverts_after() {
	[[ -n $(adverts_of 192.0.2.1 "$1") ]]
}

# announced_after US ADDRESS: by its virtual MAC.
announced_after() {
	garps ip="$2" after="$1" | grep -q "$VMAC"
}

# kernel_of ROUTER: all that the daemon may change.
kernel_of() {
	ip -n "$(ns "$1")" -o address show | sed 's/ *valid_lft.*//'
	ip -n "$(ns "$1")" -o link show
	ip -n "$(ns "$1")" route show table all
	ip -n "$(ns "$1")" -6 route show table all
	ip -n "$(ns "$1")" rule show
	ip -n "$(ns "$1")" -6 rule show
	on "$1" nft list ruleset
	on "$1" sysctl -a -r 'net.ipv[46].(conf|ip_)' 2>/dev/null
}

@test "M01 M04 the client's neighbor does not change at a failover, the switch's port does at once" {
	local died time
	start_vrrpd r1 "$(vmac_conf r1 200)"
	start_vrrpd r2 "$(vmac_conf r2 100)"
	wait_state r1 web master
	wait_for 1 holds_address r1
	answers "$LAB_VIP"
	assert_equal "$(neighbor "$LAB_VIP")" "$VMAC"
	assert_equal "$(arp_answers)" "$VMAC"
	assert_equal "$(port_of "$VMAC")" r1
	[[ -z $(adverts_of 192.0.2.1 | awk -v mac="$VMAC" '$4 != mac') ]]
	awk -v mac="$VMAC" -v vip="$LAB_VIP" '$2 == "arp" && $6 == vip &&
		!($3 == 1 && $4 == mac && $5 == "ff:ff:ff:ff:ff:ff" && $7 == mac && $8 == vip) &&
		!($3 == 2 && $4 == mac && $7 == mac) { print; bad = 1 } END { exit bad }' "$LAB/wire"
	died=$(now_us)
	kill_daemon r1
	ip -n "$(ns r1)" link set eth0 down # as when the machine dies
	wait_for 5 on_port "$VMAC" r2
	time=$(adverts_of 192.0.2.2 "$died" | awk 'NR == 1 { print $1 }')
	assert_on_time 'takeover' "$time" $((died + $(down_us 100))) 1005000
	assert_between 'from the advert until the switch was seen to know' $(($(now_us) - time)) -5000 \
		$((200000 + ${VRRPD_SLACK_MS:-60} * 1000))
	wait_for 1 answers "$LAB_VIP"
	assert_equal "$(neighbor "$LAB_VIP")" "$VMAC"
	assert_equal "$(arp_answers)" "$VMAC"
}

@test "M02 a backup takes no frame to the virtual MAC and answers no ARP request" {
	local before
	start_vrrpd r1 "$(vmac_conf r1 200)"
	start_vrrpd r2 "$(vmac_conf r2 100 'master-down-adverts: 30')"
	wait_state r1 web master
	wait_state r2 web backup
	wait_for 1 answers "$LAB_VIP"
	on r2 sysctl -qw net.ipv4.ip_forward=1
	partition r1
	ip -n "$(ns h1)" neigh flush dev eth0
	refute answered_by "$VMAC"
	ip -n "$(ns h1)" neigh replace "$LAB_VIP" lladdr "$VMAC" dev eth0
	ip -n "$(ns h1)" route add 198.51.100.7 via "$LAB_VIP"
	on sw bridge fdb replace "$VMAC" dev r2 master static
	before=$(sent_by r2)
	on h1 ping -n -c 3 -i 0.1 -W 1 198.51.100.7 >/dev/null || true
	assert_equal "$(sent_by r2)" "$before"
	in_state r2 web backup
	on sw bridge fdb del "$VMAC" dev r2 master
	heal r1
}

@test "M01 a strict rp_filter of all interfaces does no harm; the host's own traffic teaches nobody its MAC" {
	on r1 sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.eth0.rp_filter=1
	start_vrrpd r1 "$(vmac_conf r1 200)"
	wait_state r1 web master
	wait_for 1 holds_address r1
	assert_equal "$(arp_answers)" "$VMAC"
	answers "$LAB_VIP"
	ip -n "$(ns r1)" neigh flush dev eth0
	on r1 ping -n -c 1 -W 1 -I "$LAB_VIP" 192.0.2.100
	assert_equal "$(neighbor "$LAB_VIP")" "$VMAC"
	[[ -z $(awk -v mac="$VMAC" -v vip="$LAB_VIP" '$2 == "arp" && $6 == vip && $7 != mac' "$LAB/wire") ]]
}

@test "M01 two masters that meet after a partition: one remains" {
	start_vrrpd r1 "$(vmac_conf r1 200)"
	start_vrrpd r2 "$(vmac_conf r2 100)"
	wait_state r1 web master
	partition r2
	wait_state r2 web master 6
	heal r2
	wait_state r2 web backup 3
	in_state r1 web master
	wait_for 1 answers "$LAB_VIP"
	wait_for 3 on_port "$VMAC" r1
}

@test "M01 IPv6: adverts from the interface's link-local address, neighbor advertisements from the virtual MAC" {
	local source
	LAB_VIP=2001:db8:51::10
	ip -n "$(ns h1)" address add 2001:db8:51::100/64 dev eth0 nodad
	start_vrrpd r1 "$(vmac_conf r1 200 | sed "s|addresses: .*|addresses: [\"fe80::51:1\", \"$LAB_VIP/64\"]|")"
	wait_state r1 web master
	wait_for 1 holds_address r1
	source=$(ip -n "$(ns r1)" -6 -o address show dev eth0 scope link | awk '{ sub("/.*", "", $4); print $4 }')
	adverts_of "$source" | grep -q "$VMAC6"
	awk -v vip="$LAB_VIP" -v mac="$VMAC6" '$2 == "na" && $3 == vip && $4 == mac { n++ } END { exit !n }' "$LAB/wire"
	answers "$LAB_VIP"
	answers fe80::51:1%eth0
	assert_equal "$(neighbor "$LAB_VIP")" "$VMAC6"
	sleep 2 # it is looked after each second
	assert_equal "$(ip -n "$(ns r1)" -6 route show fe80::/64 dev vrrp6-51 | wc -l)" 1
	assert_equal "$(on r1 sysctl -n net.ipv6.conf.vrrp6-51.accept_ra)" 0
	# nothing that the virtual MAC makes
	[[ -z $(ip -n "$(ns r1)" -6 -o address show to fe80::200:5eff:fe00:233) ]]
}

@test "M03 virtual MAC and accept-mode false: ARP answered, ping not, and it forwards" {
	ip -n "$(ns r2)" address add 198.51.100.7/32 dev lo
	ip -n "$(ns r1)" route add 198.51.100.7 via 192.0.2.2
	ip -n "$(ns h1)" route add 198.51.100.7 via "$LAB_VIP"
	on r1 sysctl -qw net.ipv4.ip_forward=1
	start_vrrpd r1 "$(vmac_conf r1 200 'accept-mode: false')"
	wait_state r1 web master
	wait_for 1 holds_address r1
	assert_equal "$(arp_answers)" "$VMAC"
	refute answers "$LAB_VIP"
	answers 192.0.2.1
	answers 198.51.100.7
	ip -n "$(ns h1)" route del 198.51.100.7
}

@test "M06 a lower advert at a master with a virtual MAC: its own and announcements at once" {
	local time
	start_vrrpd r1 "$(vmac_conf r1 200 'announce: {repeat: 1, delay: 0s}' |
		sed 's|addresses: .*|addresses: [192.0.2.10/24, 192.0.2.11/24]|')"
	wait_state r1 web master
	wait_for 1 answers 192.0.2.11
	time=$(inject src=192.0.2.77 prio=100 | tail -n 1 | awk '{ print $1 }')
	wait_for 1 adverts_after "$time"
	assert_between 'answer' $(($(adverts_of 192.0.2.1 "$time" | awk 'NR == 1 { print $1 }') - time)) 0 \
		$((20000 + (${VRRPD_SLACK_MS:-60} - 60) * 1000))
	wait_for 1 announced_after "$time" 192.0.2.10
	wait_for 1 announced_after "$time" 192.0.2.11
}

@test "M01 the interface, or the virtual MAC's own, is deleted: all of it comes back" {
	start_vrrpd r1 "$(vmac_conf r1 200)"
	wait_state r1 web master
	wait_for 1 holds_address r1
	ip -n "$(ns r1)" link del vrrp4-51
	wait_for 3 answered_by "$VMAC"
	ip -n "$(ns r1)" link del eth0
	wait_state r1 web fault 2
	lab_link r1
	wait_state r1 web master
	wait_for 2 answered_by "$VMAC"
	assert_equal "$(on r1 sysctl -n net.ipv4.conf.eth0.arp_announce)" 2
}

@test "M01 an interface of that name that is somebody else's is left alone, and said" {
	ip -n "$(ns r1)" link add vrrp4-51 link eth0 type macvlan mode private
	start_vrrpd r1 "$(vmac_conf r1 200)"
	wait_state r1 web master
	wait_for 2 has_problem 'the interface of the virtual MAC could not be installed: File exists'
	ip -n "$(ns r1)" link del vrrp4-51
	wait_for 3 answered_by "$VMAC"
	wait_for 2 lacks_problem 'virtual MAC'
}

@test "M01 the owner of the addresses with a virtual MAC: they are on it, and come and go with the daemon" {
	start_vrrpd r1 "$(vmac_conf r1 255)"
	wait_state r1 web master 2
	wait_for 1 answered_by "$VMAC"
	wait_for 1 answers "$LAB_VIP"
	[[ -n $(adverts_of 192.0.2.1) ]]
	stop_vrrpd r1
	lacks_address r1
}

@test "M01 an advert through a virtual MAC asks the kernel nothing by netlink" {
	local requests
	command -v strace >/dev/null || skip 'strace is not installed'
	start_vrrpd r1 "$(vmac_conf r1 200 'advertise-interval: 20ms')"
	wait_state r1 web master
	wait_for 1 holds_address r1
	timeout -s INT 3 strace -e trace=sendto,sendmmsg -o "$LAB/r1/strace" -p "$(pid_of r1)" || true
	assert_between 'adverts' "$(grep -c '^sendmmsg(' "$LAB/r1/strace")" 50 200
	# it is looked after each second
	requests=$(grep -c AF_NETLINK "$LAB/r1/strace" || true)
	assert_between 'requests by netlink' "$requests" 0 30
}

@test "M01 two interfaces with one vrid: each has a virtual MAC of its own" {
	ip -n "$(ns r1)" link add eth1 type veth peer name peer1
	ip -n "$(ns r1)" link set eth1 up
	ip -n "$(ns r1)" link set peer1 up
	ip -n "$(ns r1)" address add 198.51.100.1/24 dev eth1
	ip -n "$(ns r1)" -o address show | awk '{ print $2, $4 }' | sort >"$LAB/r1/addresses"
	start_vrrpd r1 "$(vmac_conf r1 200)
  lan:
    interface: eth1
    vrid: 51
    addresses: [198.51.100.10/24]
    virtual-mac: true"
	wait_state r1 web master
	wait_state r1 lan master
	wait_for 1 holds_address r1 198.51.100.10
	[[ -n $(ip -n "$(ns r1)" address show dev vrrp4-51-eth0 to "$LAB_VIP") ]]
	[[ -n $(ip -n "$(ns r1)" address show dev vrrp4-51-eth1 to 198.51.100.10) ]]
}

@test "Z07 after the stop nothing of it is left: addresses, interfaces, tables, routes, rules, settings" {
	kernel_of r1 >"$LAB/before"
	start_vrrpd r1 "$(vmac_conf r1 200 'accept-mode: false
routes: [{to: 198.51.100.0/24, via: 192.0.2.100}]
rules: [{from: 192.0.2.10, table: 100}]')"
	wait_state r1 web master
	wait_for 1 holds_address r1
	assert_equal "$(on r1 sysctl -n net.ipv4.conf.eth0.arp_ignore)" 1
	on r1 nft list set inet vrrpd vrrp4-51-ipv4 | grep -q "$LAB_VIP"
	stop_vrrpd r1
	kernel_of r1 >"$LAB/after"
	diff "$LAB/before" "$LAB/after"
	start_vrrpd r1
	wait_state r1 web master
	wait_for 1 holds_address r1
	kill_daemon r1
	start_vrrpd r1
	wait_state r1 web master
	wait_for 1 answered_by "$VMAC"
	stop_vrrpd r1
	assert_equal "$(ip -n "$(ns r1)" -o link show | grep -c vrrp)" 0
	lacks_address r1
	assert_equal "$(on r1 nft list ruleset)" ''
}

@test "Z07 the operator's addresses stay when a virtual one was the first of their subnet" {
	LAB_VIP=10.9.9.10
	start_vrrpd r1 "$(conf r1 200)"
	wait_state r1 web master
	wait_for 1 holds_address r1
	ip -n "$(ns r1)" address add 10.9.9.1/24 dev eth0
	assert_equal "$(on r1 sysctl -n net.ipv4.conf.eth0.promote_secondaries)" 1
	stop_vrrpd r1
	holds_address r1 10.9.9.1
	lacks_address r1
	assert_equal "$(on r1 sysctl -n net.ipv4.conf.eth0.promote_secondaries)" 0
	ip -n "$(ns r1)" address del 10.9.9.1/24 dev eth0
}

@test "virtual-mac switched off by a reload: the interface has its settings back, who else is master there goes on" {
	local text
	text="$(conf r1 200 $'advertise-interval: 100ms\nvirtual-mac: true')
  mail: {interface: eth0, vrid: 52, priority: 200, advertise-interval: 100ms, addresses: [192.0.2.11/24]}"
	start_vrrpd r1 "$text"
	wait_state r1 web master 3
	wait_state r1 mail master 3
	assert_equal "$(on r1 sysctl -n net.ipv4.conf.eth0.arp_ignore)" 1
	sed -i '/virtual-mac/d' "$LAB/r1/vrrpd.yaml"
	ctl r1 reload --wait
	put_back() { [[ $(on r1 sysctl -n net.ipv4.conf.eth0.arp_ignore net.ipv4.conf.eth0.promote_secondaries | xargs) == '0 1' ]]; }
	wait_for 2 put_back
	wait_state r1 web master 3
	in_state r1 mail master
	refute logged r1 'mail: master ->'
	refute logged r1 'fault'
}

@test "Z07 the operator's addresses stay when a virtual one that was the first of their subnet moves to another interface" {
	local text
	promotes() { [[ $(on r1 sysctl -n net.ipv4.conf.eth0.promote_secondaries) == "$1" ]]; }
	LAB_VIP=10.9.9.10
	ip -n "$(ns r1)" link add dum0 type veth peer name dum1
	ip -n "$(ns r1)" link set dum0 up
	ip -n "$(ns r1)" link set dum1 up
	ip -n "$(ns r1)" address add 198.51.100.1/24 dev dum0
	# others go before it, and take their time
	text=$(for i in {1..600}; do printf '{address: 10.8.%d.%d/32, advertise: false}, ' $((i / 200)) $((i % 200 + 1)); done)
	text=$(conf r1 200 'advertise-interval: 100ms' | sed "s|addresses: \[|&$text|")
	start_vrrpd r1 "$text"
	wait_state r1 web master 3
	wait_for 2 holds_address r1
	ip -n "$(ns r1)" address add 10.9.9.1/24 dev eth0
	ip -n "$(ns r1)" -o address show | awk '{ print $2, $4 }' | grep -vE ' (10\.8\.|10\.9\.9\.10)' | sort >"$LAB/r1/addresses"
	promotes 1
	ctl r1 reload --wait
	promotes 1
	sed -i 's/interface: eth0/interface: dum0/' "$LAB/r1/vrrpd.yaml"
	ctl r1 reload --wait
	wait_for 2 promotes 0
	wait_state r1 web master 3
	holds_address r1 10.9.9.1
	[[ $(ip -n "$(ns r1)" -o address show dev eth0) != *" $LAB_VIP/"* ]]
}

# shellcheck shell=bash
# What the tests with other people's daemons share: r1 is ours, r2 is theirs. Loaded after ../lib/lab.

LAB_VIP6=2001:db8:51::10

quiet_since() {
	no_advert from="$1" after="$2"
}

# is_master_alone ROUTER OTHER SINCE-US: for three seconds, as the wire sees it.
is_master_alone() {
	holds 3 quiet_since "$2" $(($3 + 50000))
	have_advert from="$1" not-prio=0 after="$(advert_last from="$2")"
}

# dropped: the sum of what ours has dropped of our vrid.
dropped() {
	instance r1 web '.counters | .checksum_errors + .version_errors + .auth_errors + .ip_ttl_errors +
		.packet_length_errors + .invalid_type_pkts_rcvd + .delivery_mode_errors + .unicast_source_errors'
}

# start_theirs PRIORITY is made by each file.

# ours_is_better CONFIG-LINES: theirs with 100 is master, ours with 200 preempts it and gives it back.
ours_is_better() {
	local zero first
	start_theirs 100
	wait_advert 8 from=r2 not-prio=0
	start_ours 200 "$1"
	first=$(wait_advert 8 from=r1)
	wait_state r1 web master 1
	is_master_alone r1 r2 "$first"
	wait_for 2 client_finds r1
	assert_equal "$(dropped)" 0
	stop_vrrpd r1
	((STATUS == 0))
	zero=$(advert_first from=r1 prio=0)
	first=$(wait_advert 4 from=r2 after="$zero")
	assert_between 'theirs takes over' $((first - zero)) $(($(skew_us 100) - ${THEIRS_EARLY_US:-5000})) \
		$(($(skew_us 100) + ${THEIRS_LATE_US:-0} + ${VRRPD_SLACK_MS:-60} * 1000))
	wait_for 3 client_finds r2
}

# theirs_is_better CONFIG-LINES: ours with 100 is master, theirs with 200 preempts it and gives it back.
theirs_is_better() {
	local zero first
	start_ours 100 "$1"
	wait_state r1 web master 6
	start_theirs 200
	first=$(wait_advert 8 from=r2 not-prio=0)
	wait_state r1 web backup 1
	wait_for 2 lacks_address r1
	is_master_alone r2 r1 "$first"
	wait_for 3 client_finds r2
	assert_equal "$(dropped)" 0
	stop_theirs
	zero=$(advert_first from=r2 prio=0)
	first=$(wait_advert 4 from=r1 after="$zero")
	assert_on_time 'ours takes over' $((first - zero)) "$(skew_us 100)"
	wait_state r1 web master 1
	wait_for 3 client_finds r1
	assert_equal "$(instance r1 web .counters.priority_zero_pkts_rcvd)" 1
}

# start_ours PRIORITY [CONFIG-LINES]: for the family of $LAB_VIP.
start_ours() {
	local conf
	conf=$(conf r1 "$1" "${2:-}")
	if [[ $LAB_VIP == *:* ]]; then
		conf=${conf/"[$LAB_VIP/24]"/"[${OURS_FIRST:-fe80::51:1/64}, ${OURS_SECOND:-$LAB_VIP/64}]"}
	fi
	install -m 600 /dev/null "$LAB/r1/vrrpd.yaml" # it may hold a password
	start_vrrpd r1 "$conf"
}

stop_theirs() {
	stop_vrrpd r2
}

# client_finds ROUTER: whom the client reaches at the address.
client_finds() {
	if [[ $LAB_VIP != *:* ]]; then
		client_sees "$1"
	else
		ip -n "$(ns h1)" neigh flush to "$LAB_VIP" dev eth0
		on h1 ping -c 1 -W 1 "$LAB_VIP" >/dev/null &&
			[[ $(ip -n "$(ns h1)" neigh show "$LAB_VIP") == *"$(mac_of "$1")"* ]]
	fi
}

# both_masters: ours speaks, and theirs keeps the address too. (What keepalived drops holds its own adverts
# back, so that those prove nothing.)
both_masters() {
	wait_for 4 have_advert from=r1 after="$(now_us)"
	holds 3 holds_address r2
	wait_for 4 have_advert from=r1 after="$(now_us)"
	in_state r1 web master
}

# problem REGEX: among those of r1.
problem() {
	ctl r1 -j show | jq -e --arg text "$1" '.problems | any(.text | test($text))' >/dev/null
}

# lab_up6: the laboratory with IPv6 addresses; from here on the address is one of those.
lab_up6() {
	local node
	lab_up r1 r2
	LAB_VIP=$LAB_VIP6
	for node in r1 r2 h1; do
		on $node sysctl -qw net.ipv6.conf.eth0.accept_ra=0 # a master may be one that advertises prefixes
		ip -n "$(ns $node)" address flush dev eth0 scope global to 2001:db8:51::/64
		ip -n "$(ns $node)" address add "2001:db8:51::$(ip_of $node | cut -d. -f4)/64" dev eth0 nodad
		ip -n "$(ns $node)" -o address show | awk '{ print $2, $4 }' | sort >"$LAB/$node/addresses"
	done
}

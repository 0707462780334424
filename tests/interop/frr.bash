# shellcheck shell=bash
# FRR's zebra and vrrpd inside the laboratory, started by hand with paths of their own.

FRR_LIB=/usr/lib/frr

# Its timers have centiseconds.
THEIRS_EARLY_US=15000

frr_require() {
	[[ -x $FRR_LIB/vrrpd && -x $FRR_LIB/zebra ]] || skip 'FRR is not installed'
}

# frr_require_word WORD: not every version has every command.
frr_require_word() {
	grep -q -e "$1" "$FRR_LIB/vrrpd" || skip "this FRR has no $1"
}

# frr_device ROUTER: what FRR wants to find: a macvlan with the virtual MAC and the addresses.
frr_device() {
	local name mac=00:00:5e:00:01:33 size=24
	name=$(ns "$1")
	if [[ $LAB_VIP == *:* ]]; then
		mac=00:00:5e:00:02:33
		size=64
	fi
	ip -n "$name" link add frr51 link eth0 address $mac type macvlan mode bridge
	on "$1" sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.rp_filter=0 \
		net.ipv4.conf.eth0.rp_filter=0 net.ipv4.conf.frr51.rp_filter=0
	ip -n "$name" address add "$LAB_VIP/$size" dev frr51 nodad 2>/dev/null ||
		ip -n "$name" address add "$LAB_VIP/$size" dev frr51
	[[ $size == 24 ]] || ip -n "$name" address add fe80::51:1/64 dev frr51 nodad
	ip -n "$name" link set frr51 up
	speaks_as "$1" $mac
}

# frr_daemon ROUTER PROGRAM: in the foreground.
frr_daemon() {
	local dir=$LAB/$1/frr
	exec ip netns exec "$(ns "$1")" "$FRR_LIB/$2" -i "$dir/$2.pid" -z "$dir/zserv.api" \
		--vty_socket "$dir" -f "$dir/$2.conf" -A 127.0.0.1 -P 0
}

# start_frr ROUTER VERSION PRIORITY [TURNED-OFF]: TURNED-OFF is a word of vrrpd's that gets a "no".
start_frr() {
	local dir=$LAB/$1 word=ip
	[[ $LAB_VIP != *:* ]] || word=ipv6
	frr_device "$1"
	install -d -m 750 -o frr -g frr "$dir/frr"
	echo 'log stdout' >"$dir/frr/zebra.conf"
	cat >"$dir/frr/vrrpd.conf" <<-CONF
		log stdout
		interface eth0
		 vrrp 51 version $2
		 vrrp 51 priority $3
		 vrrp 51 advertisement-interval 1000
		 ${4:+no vrrp 51 $4}
		 vrrp 51 $word $LAB_VIP
		 $([[ $word == ip ]] || echo "vrrp 51 ipv6 fe80::51:1")
	CONF
	chown frr:frr "$dir/frr/"*.conf
	background frr_daemon "$1" zebra
	wait_for 5 test -S "$dir/frr/zserv.api"
	frr_daemon "$1" vrrpd >>"$dir/log" 2>&1 3>&- </dev/null &
	echo $! >"$dir/pid"
	echo frr >"$dir/kind"
	# Its device stays where it is, with its addresses.
	ip -n "$(ns "$1")" -o address show | awk '{ print $2, $4 }' | sort >"$dir/addresses"
}

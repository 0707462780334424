# shellcheck shell=bash
# Part of lab.bash: what the wire saw, and whether it was on time.

# ---- what the wire saw -----------------------------------------------------------------------------

# adverts [from=NODE] [prio=N] [vrid=N] [not-prio=N] [after=US] [before=US]: the lines of the capture.
adverts() {
	local - pair mac='' prio='' vrid='' notprio='' after=0 before=9e18
	set +T
	for pair in "$@"; do
		case $pair in
		from=*) mac=$(mac_of "${pair#*=}") ;;
		prio=*) prio=${pair#*=} ;;
		not-prio=*) notprio=${pair#*=} ;;
		vrid=*) vrid=${pair#*=} ;;
		after=*) after=${pair#*=} ;;
		before=*) before=${pair#*=} ;;
		*) echo "adverts: $pair?" >&2; return 2 ;;
		esac
	done
	awk -v mac="$mac" -v prio="$prio" -v vrid="$vrid" -v notprio="$notprio" -v after="$after" \
		-v before="$before" '$2 == "vrrp" && $1 > after && $1 < before &&
		(mac == "" || $4 == mac) && (prio == "" || $9 == prio) && (vrid == "" || $8 == vrid) &&
		(notprio == "" || $9 != notprio)' "$LAB/wire"
}

advert_count() {
	adverts "$@" | wc -l
}

have_advert() {
	[[ -n $(adverts "$@") ]]
}

no_advert() {
	[[ -z $(adverts "$@") ]]
}

# advert_first KEY=VALUE…: the time of the first such advert, which may take a moment.
advert_first() {
	wait_for 2 have_advert "$@" && adverts "$@" | awk 'NR == 1 { print $1 }'
}

advert_last() {
	adverts "$@" | awk 'END { print $1 }'
}

# wait_advert SECONDS KEY=VALUE…: waits for such an advert and prints the time of the first.
wait_advert() {
	wait_for "$1" have_advert "${@:2}" || return
	advert_first "${@:2}"
}

# garps [from=NODE] [ip=ADDRESS] [after=US]: gratuitous ARP packets.
garps() {
	local pair mac='' ip='' after=0
	for pair in "$@"; do
		case $pair in
		from=*) mac=$(mac_of "${pair#*=}") ;;
		ip=*) ip=${pair#*=} ;;
		after=*) after=${pair#*=} ;;
		esac
	done
	awk -v mac="$mac" -v ip="$ip" -v after="$after" '$2 == "arp" && $6 == $8 && $1 > after &&
		(mac == "" || $4 == mac) && (ip == "" || $6 == ip)' "$LAB/wire"
}

have_garp() {
	[[ -n $(garps "$@") ]]
}

garp_count() {
	garps "$@" | wc -l
}

# assert_on_schedule INTERVAL-US LATE-US KEY=VALUE…: those adverts (one speaker's) keep one schedule of that
# interval: none is early, none is later than LATE and the slack of a busy machine, none is missing.
assert_on_schedule() {
	local interval=$1 late=$(($2 + (${VRRPD_SLACK_MS:-60} - 60) * 1000))
	shift 2
	adverts "$@" | awk -v interval="$interval" -v allowed="$late" '
		{
			if (NR > 1)
				n += int(($1 - last) / interval + 0.5) ? int(($1 - last) / interval + 0.5) : 1
			last = time[NR] = $1
			off[NR] = $1 - n * interval
			if (NR == 1 || off[NR] < base)
				base = off[NR]
		}
		END {
			# One that is late by an interval takes the place of the next.
			if (n < NR - 1 || n - (NR - 1) > int(allowed / interval)) {
				printf "%d adverts in %d intervals\n", NR, n
				bad = 1
			}
			for (i = 1; i <= NR; i++) {
				if (off[i] - base > allowed) {
					printf "advert %d is %d us late\n", i, off[i] - base
					bad = 1
				}
				if (off[i] - base > worst)
					worst = off[i] - base
			}
			printf "# %d adverts, the latest %d us late (allowed %d)\n", NR, worst, allowed
			exit bad || NR < 3
		}' >&2
}

# on_schedule KEY=VALUE…: the same of adverts every 100 ms, when there are enough of them to tell.
on_schedule() {
	enough() { (($(advert_count "$@") >= 4)); }
	wait_for 2 enough "$@"
	assert_on_schedule 100000 5000 "$@"
}

# logged_at ROUTER REGEX: when the first such line was logged.
logged_at() {
	date -d "$(grep -m 1 -e "$2" "$LAB/$1/log" | cut -d' ' -f1)" +%s%6N
}

# intervals: the differences of the first column.
intervals() {
	awk 'NR > 1 { printf "%d\n", $1 - last } { last = $1 }'
}

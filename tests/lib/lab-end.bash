# shellcheck shell=bash
# Part of lab.bash: what must hold after every test, and the end of the laboratory.

# ---- what must hold after every test ---------------------------------------------------------------

lab_excepted() {
	[[ " $LAB_EXCEPT " == *" $1 "* ]]
}

violation() {
	echo "INVARIANT: $*" >&2
	LAB_VIOLATIONS=$((LAB_VIOLATIONS + 1))
}

# No router speaks before it has been silent for its master down interval, or skew after a resignation.
invariant_start() {
	local line
	lab_excepted start && return
	[[ -e $LAB/starts ]] || return 0
	while read -r line; do
		violation "$line"
	done < <(awk -v early="$LAB_EARLY_US" '
		FILENAME ~ /starts$/ { n++; time[n] = $1; router[n] = $2; mac[n] = $3; next }
		$2 != "vrrp" { next }
		{
			id = $8 ($5 ~ /:/ ? "v6" : "v4")
			for (i = 1; i <= n; i++) {
				if ($1 < time[i])
					continue
				if ($4 != mac[i] && $9 == 0)
					zero[i, id] = 1
				if ($4 != mac[i] || ((i, id) in seen))
					continue
				seen[i, id] = 1
				skew = (256 - $9) * ($7 == 2 ? 100 : $10) * 10000 / 256
				least = skew + (((i, id) in zero) ? 0 : 3 * $10 * 10000)
				if ($9 < 255 && $9 > 0 && $1 - time[i] < least - early)
					printf "%s spoke %d us after its start, %d is the least\n",
					    router[i], $1 - time[i], least
			}
		}' "$LAB/starts" "$LAB/wire")
}

# No two adverts closer than 5 ms from one router to one destination, but for answers and priority 0.
invariant_spacing() {
	local line
	lab_excepted spacing && return
	while read -r line; do
		violation "$line"
	done < <(awk '
		$2 != "vrrp" { next }
		{
			key = $4 " " $8 " " $5
			id = $8 ($5 ~ /:/ ? "v6" : "v4")
			# An answer: somebody else spoke since, or within its last two intervals (it was heard late).
			answer = 0
			for (other in heard)
				if (vrid[other] == id && mac[other] != $4 &&
				    heard[other] > last[key] - interval[other] * 20000)
					answer = 1
			if ((key in last) && $1 - last[key] < 5000 && $9 > 0 && priority[key] > 0 && $10 > 2 && !answer)
				printf "%s sent two adverts within %d us\n", key, $1 - last[key]
			last[key] = heard[key] = $1
			vrid[key] = id
			mac[key] = $4
			interval[key] = $10
			priority[key] = $9
		}' "$LAB/wire")
}

addresses_agree() {
	local state address
	while read -r state address; do
		case $state in
		master) holds_address "$1" "${address%/*}" || return 1 ;;
		*) lacks_address "$1" "${address%/*}" || return 1 ;;
		esac
	done < <(ctl "$1" -j show |
		jq -r '.instances[] | select(.priority != 255) | .state as $s | .addresses[] | "\($s) \(.)"')
}

no_zombie() {
	local pid STATE PARENT
	for pid in $(tree "$1"); do
		look_at "$pid"
		[[ $STATE != Z ]] || return 1
	done
}

no_process() {
	[[ -z $(ip netns pids "$(ns "$1")") ]]
}

# no_daemon ROUTER: the same, but tools of the laboratory may be there.
no_daemon() {
	! ip netns pids "$(ns "$1")" | grep -qvxFf "$LAB/tools"
}

# While it runs: address present <=> master, no zombie. Then it is stopped.
invariant_running() {
	local router=$1
	if [[ $(cat "$LAB/$router/kind") != vrrpd ]]; then
		stop_keepalived "$router" TERM 10 || violation "$router: keepalived does not stop"
		return
	fi
	lab_excepted addresses || wait_for 2 addresses_agree "$router" ||
		violation "$router: addresses and states disagree"
	wait_for 2 no_zombie "$(pid_of "$router")" || violation "$router: a zombie stays"
	if ! stop_vrrpd "$router"; then
		violation "$router: does not stop"
	elif [[ $STATUS -ne 0 ]] && ! lab_excepted stop; then
		violation "$router: exit status $STATUS"
	fi
}

# Afterwards: no address, no process, no file is left, and the log has no flood and no sanitizer report.
invariant_stopped() {
	local router=$1 dir=$LAB/$1
	lab_end_tools
	wait_for 2 no_process "$router" || violation "$router: processes left: $(ip netns pids "$(ns "$router")")"
	if ! lab_excepted leftovers && [[ ! -e $dir/killed ]]; then
		ip -n "$(ns "$router")" -o address show | awk '{ print $2, $4 }' | sort |
			diff "$dir/addresses" - >&2 || violation "$router: addresses left"
		[[ ! -e $dir/run/vrrpd.sock ]] || violation "$router: the control socket is left"
		# A script's directory is removed by its minder, and by nobody when both were killed.
		[[ -e $dir/once-killed || -z $(ls "$dir/run/tmp" 2>/dev/null) ]] ||
			violation "$router: temporary files left"
	fi
	[[ -s $dir/log ]] || return 0
	if grep -qE 'ERROR: [A-Za-z]*Sanitizer|runtime error:|SIGSYS' "$dir/log"; then
		violation "$router: $(grep -E -m 1 'Sanitizer|runtime error:|SIGSYS' "$dir/log")"
	fi
	if ! lab_excepted log && [[ $(cat "$dir/kind") == vrrpd ]] && ! lab_log_is_calm "$dir/log"; then
		violation "$router: the log repeats itself"
	fi
}

# The same line (times, ports and pids aside) at most six times; changes of state, and the life of children
# that a test ends again and again, may be more.
lab_log_is_calm() {
	sed -E 's/^[^ ]*Z //; s/\b(pid|type) -?[0-9]+/\1 N/g; s/[0-9]+ bytes/N bytes/' "$1" | sort | uniq -c |
		awk '{ most = / -> |: (ended|stopping|stopped|running)|is gone;/ ? 60 : 6 }
			$1 > most { print; bad = 1 } END { exit bad }'
}

# All but the capture, which is the first.
lab_end_tools() {
	local pid
	while read -r pid; do
		end_pid "$pid"
	done < <(tail -n +2 "$LAB/tools")
}

# ---- the end ---------------------------------------------------------------------------------------

lab_down() {
	local - router
	set +T
	[[ -n ${LAB:-} ]] || return 0
	LAB_VIOLATIONS=0
	if [[ -z ${BATS_TEST_COMPLETED:-} && -z ${LAB_QUIET:-} ]]; then
		lab_dump
	fi
	for router in "${LAB_ROUTERS[@]}"; do
		running "$router" && invariant_running "$router"
		[[ ! -e $LAB/$router/kind ]] || invariant_stopped "$router"
	done
	invariant_start
	invariant_spacing
	if ((LAB_VIOLATIONS > 0)) && [[ -n ${BATS_TEST_COMPLETED:-} ]]; then
		lab_dump
	fi
	lab_remove
	((LAB_VIOLATIONS == 0))
}

# What happened, for the one who has to find out why a test failed.
lab_dump() {
	local router
	echo "---- wire"
	tail -n 60 "$LAB/wire"
	for router in "${LAB_ROUTERS[@]}"; do
		[[ -e $LAB/$router/log ]] || continue
		echo "---- $router: log"
		tail -n 60 "$LAB/$router/log"
		echo "---- $router: hooks"
		[[ ! -e $LAB/$router/scratch/hooks ]] || tail -n 20 "$LAB/$router/scratch/hooks"
		ip -n "$(ns "$router")" -br address 2>/dev/null || true
	done
}

# Ends everything inside the laboratory's namespaces and removes them.
lab_remove() {
	local node pid
	for node in "${LAB_ROUTERS[@]}" h1 sw; do
		for pid in $(ip netns pids "$(ns "$node")" 2>/dev/null); do
			kill -KILL "$pid" 2>/dev/null || true
		done
	done
	if [[ -e $LAB/tools ]]; then
		while read -r pid; do
			end_pid "$pid"
		done <"$LAB/tools"
	fi
	for node in "${LAB_ROUTERS[@]}" h1 sw; do
		ip netns del "$(ns "$node")" 2>/dev/null || true
	done
	[[ -n ${VRRPD_KEEP:-} ]] || rm -rf "$LAB"
}

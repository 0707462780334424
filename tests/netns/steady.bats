#!/usr/bin/env bats
# A master keeps time.

load ../lib/lab

setup() {
	lab_up r1
}

teardown() {
	lab_down
}

# assert_kept_time INTERVAL-US TOLERANCE-US
assert_kept_time() {
	local extra=$(((${VRRPD_SLACK_MS:-60} - 60) * 1000))
	adverts from=r1 | awk -v interval="$1" -v tolerance="$2" -v extra="$extra" '
		NR == 1 { first = last = $1; next }
		{
			gap = $1 - last
			drift = $1 - first - (NR - 1) * interval
			if (gap < interval - tolerance - extra || gap > interval + tolerance + extra)
				{ printf "gap %d is %d us\n", NR, gap; bad = 1 }
			if (drift < -tolerance || drift > tolerance + extra)
				{ printf "advert %d is %d us off\n", NR, drift; bad = 1 }
			last = $1
		}
		END { exit bad || NR < 10 }'
}

enough() {
	(($(advert_count from=r1) >= $1))
}

@test "E09 120 adverts at 1 s: no gap, no drift" {
	start_vrrpd r1 "$(conf r1 254)"
	wait_for 130 enough 121
	assert_kept_time 1000000 20000
	assert_equal "$(instance r1 web .counters.advertisement_sent)" "$(advert_count from=r1)"
}

@test "E09 200 adverts at 100 ms" {
	start_vrrpd r1 "$(conf r1 254 'advertise-interval: 100ms')"
	wait_for 30 enough 200
	assert_kept_time 100000 10000
}

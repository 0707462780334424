/*
 * wire: what the tests see and send. Run by the tests, inside network namespaces, as root.
 *
 *   wire capture INTERFACE              one line for each VRRP advert and ARP packet, until killed
 *   wire watch                          one line for each address added or removed here, until killed
 *   wire inject INTERFACE KEY=VALUE…    sends an advert
 *   wire flood INTERFACE RATE SECONDS   sends that many packets of rubbish a second
 *   wire ping ADDRESS SECONDS           asks every millisecond
 *
 * Times are microseconds since the epoch; those of packets come from the kernel.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/lib/wire.h"

int64_t
wire_now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

uint32_t
wire_sum(const void *data, size_t size, uint32_t sum)
{
	const uint8_t *p = data;
	size_t i;

	for (i = 0; i + 1 < size; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	if (i < size)
		sum += (uint32_t)p[i] << 8;
	return sum;
}

uint16_t
wire_fold(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

void
wire_be_prompt(void)
{
	struct sched_param param = {.sched_priority = 10};

	if (sched_setscheduler(0, SCHED_FIFO, &param) == -1)
		fprintf(stderr, "wire: no real-time priority: times may be late\n");
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *word;
		int (*run)(int, char **);
	} commands[] = {{"capture", capture_main}, {"flood", flood_main}, {"inject", inject_main},
	    {"ping", ping_main}, {"watch", watch_main}};
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; argc >= 2 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].word) == 0)
			return commands[i].run(argc - 1, argv + 1);
	}
	fprintf(stderr, "usage: wire capture INTERFACE | watch | inject INTERFACE KEY=VALUE... | "
			"flood INTERFACE RATE SECONDS | ping ADDRESS SECONDS\n");
	return 2;
}

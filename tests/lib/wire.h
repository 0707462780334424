/*
 * What the parts of the test tool `wire` share. Nothing here is linked into the daemon: the tests look at
 * the wire with eyes of their own.
 */
#ifndef TESTS_LIB_WIRE_H
#define TESTS_LIB_WIRE_H

#include <stddef.h>
#include <stdint.h>

#define WIRE_VRRP 112       /* IP protocol */
#define WIRE_FRAME_MAX 9216 /* bytes; larger frames are cut */
#define WIRE_FLOOD_MAC \
	0x06 /* the first byte of the source of floods: the capture leaves them out */

/* Each takes the command line behind its word and returns an exit status. */
int capture_main(int argc, char **argv);
int flood_main(int argc, char **argv);
int inject_main(int argc, char **argv);
int ping_main(int argc, char **argv);
int watch_main(int argc, char **argv);

/* Microseconds since the epoch: fits into a double, so that awk can subtract. */
int64_t wire_now_us(void);

/* The one's complement sum of size bytes added to sum, not yet folded. */
uint32_t wire_sum(const void *data, size_t size, uint32_t sum);
uint16_t wire_fold(uint32_t sum);

/* Asks for a real-time priority, so that a busy machine delays no time stamp; best effort. */
void wire_be_prompt(void);

#endif

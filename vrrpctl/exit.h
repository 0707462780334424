/*
 * How vrrpctl ends; scripts rely on the numbers.
 */
#ifndef VRRPCTL_EXIT_H
#define VRRPCTL_EXIT_H

enum {
	VRRPCTL_OK = 0,
	VRRPCTL_FAILED = 1, /* also: not master, configuration invalid */
	VRRPCTL_USAGE = 2,
	VRRPCTL_UNREACHABLE = 3, /* no daemon answers */
	VRRPCTL_NO_SUCH_OBJECT = 4,
	VRRPCTL_PERMISSION = 5,
	VRRPCTL_UNHEALTHY = 10 /* with --exit-code: something is in fault or a check is down */
};

#endif

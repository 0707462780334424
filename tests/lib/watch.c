/*
 * wire watch: prints each IPv4 address added to or removed from this network namespace:
 *
 *   TIME added|removed ADDRESS/LENGTH INTERFACE-INDEX PROTOCOL
 *
 * PROTOCOL is the mark of who installed it (IFA_PROTO; 112 is the daemon's, 0 nobody's). The time is
 * taken when the event is read, at a real-time priority: late by some 50 us, never early.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/lib/wire.h"

#define WATCH_IFA_PROTO 11

static void
print_event(int64_t time_us, struct nlmsghdr *nlh)
{
	struct ifaddrmsg *ifa = NLMSG_DATA(nlh);
	struct rtattr *attr = IFA_RTA(ifa);
	int rest = (int)IFA_PAYLOAD(nlh), protocol = 0;
	char text[INET_ADDRSTRLEN] = "?";

	for (; RTA_OK(attr, rest); attr = RTA_NEXT(attr, rest)) {
		if (attr->rta_type == IFA_LOCAL)
			inet_ntop(AF_INET, RTA_DATA(attr), text, sizeof(text));
		else if (attr->rta_type == WATCH_IFA_PROTO)
			protocol = *(uint8_t *)RTA_DATA(attr);
	}
	printf("%lld %s %s/%d %u %d\n", (long long)time_us,
	    nlh->nlmsg_type == RTM_NEWADDR ? "added" : "removed", text, ifa->ifa_prefixlen,
	    ifa->ifa_index, protocol);
}

int
watch_main(int argc, char **argv)
{
	static _Alignas(struct nlmsghdr) char buf[65536];
	struct sockaddr_nl nl = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV4_IFADDR};
	struct nlmsghdr *nlh;
	int64_t time_us;
	int fd, rest, size = 8 << 20;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (argc != 1 || fd == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) == -1 ||
	    bind(fd, (struct sockaddr *)&nl, sizeof(nl)) == -1) {
		perror(argv[0]);
		return 1;
	}
	wire_be_prompt();
	printf("%lld ready\n", (long long)wire_now_us());
	for (;;) {
		rest = (int)recv(fd, buf, sizeof(buf), 0);
		time_us = wire_now_us();
		if (rest == -1)
			return 1;
		for (nlh = (struct nlmsghdr *)buf; NLMSG_OK(nlh, (unsigned int)rest);
		     nlh = NLMSG_NEXT(nlh, rest)) {
			if (nlh->nlmsg_type == RTM_NEWADDR || nlh->nlmsg_type == RTM_DELADDR)
				print_event(time_us, nlh);
		}
	}
}

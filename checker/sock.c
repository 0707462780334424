/*
 * Addresses of probes as the kernel has them; in the checker.
 */
#include <netinet/in.h>
#include <string.h>

#include "checker/sock.h"

socklen_t
sock_set_address(const struct addr *addr, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

	memset(out, 0, sizeof(*out));
	if (addr->family == ADDR_IPV4) {
		memcpy(&in.sin_addr, addr->bytes, sizeof(in.sin_addr));
		memcpy(out, &in, sizeof(in));
		return sizeof(in);
	}
	memcpy(&in6.sin6_addr, addr->bytes, sizeof(in6.sin6_addr));
	memcpy(out, &in6, sizeof(in6));
	return sizeof(in6);
}

struct addr
sock_get_address(const struct sockaddr_storage *from)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (from->ss_family == AF_INET) {
		memcpy(&in, from, sizeof(in));
		return addr_from_bytes(ADDR_IPV4, (const uint8_t *)&in.sin_addr);
	}
	memcpy(&in6, from, sizeof(in6));
	return addr_from_bytes(ADDR_IPV6, in6.sin6_addr.s6_addr);
}

bool
sock_is_to_itself(int fd)
{
	struct sockaddr_storage near = {0}, far = {0};
	socklen_t near_size = sizeof(near), far_size = sizeof(far);

	return getsockname(fd, (struct sockaddr *)&near, &near_size) == 0 &&
	       getpeername(fd, (struct sockaddr *)&far, &far_size) == 0 && near_size == far_size &&
	       memcmp(&near, &far, near_size) == 0;
}

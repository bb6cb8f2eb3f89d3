/* Which network addresses belong to this machine and to whoever runs it. Nobody else's business
 * than the exchange's. */
#ifndef PLUMB_ADDRESS_H
#define PLUMB_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* Whether it is loopback or one of the addresses where AWS hands credentials to an instance
 * (169.254.169.254, fd00:ec2::254) or to a container (169.254.170.2, 169.254.170.23,
 * fd00:ec2::23). An IPv4 address inside an IPv6 one counts as what it is. */
bool address_is_local(const struct sockaddr *address, socklen_t size);

/* Whether no host out in the network can have it: a local one, one of this link (169.254.0.0/16,
 * fe80::/10), or the unspecified one, by which a connection reaches this machine too. Private
 * networks are not meant: AWS's own names lead there where a VPC has endpoints. */
bool address_is_near(const struct sockaddr *address, socklen_t size);

#endif

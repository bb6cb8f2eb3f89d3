#include "address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static bool is_local_v4(const unsigned char octets[4])
{
    static const unsigned char metadata[][4] = {
        { 169, 254, 169, 254 }, /* EC2 */
        { 169, 254, 170, 2 },   /* ECS */
        { 169, 254, 170, 23 },  /* EKS */
    };
    if (octets[0] == 127)
        return true;
    for (size_t i = 0; i < sizeof metadata / sizeof *metadata; i++)
        if (memcmp(octets, metadata[i], 4) == 0)
            return true;
    return false;
}

static bool is_local_v6(const struct in6_addr *address)
{
    static const char *const metadata[] = { "fd00:ec2::254", "fd00:ec2::23" };
    struct in6_addr known;
    if (IN6_IS_ADDR_LOOPBACK(address))
        return true;
    if (IN6_IS_ADDR_V4MAPPED(address))
        return is_local_v4(address->s6_addr + 12);
    for (size_t i = 0; i < sizeof metadata / sizeof *metadata; i++)
        if (inet_pton(AF_INET6, metadata[i], &known) == 1 &&
            memcmp(&known, address, sizeof known) == 0)
            return true;
    return false;
}

static bool is_near_v4(const unsigned char octets[4])
{
    return is_local_v4(octets) || octets[0] == 0 || (octets[0] == 169 && octets[1] == 254);
}

static bool is_near_v6(const struct in6_addr *address)
{
    if (IN6_IS_ADDR_V4MAPPED(address))
        return is_near_v4(address->s6_addr + 12);
    return is_local_v6(address) || IN6_IS_ADDR_UNSPECIFIED(address) ||
           IN6_IS_ADDR_LINKLOCAL(address);
}

/* False for every other family. */
static bool judge(const struct sockaddr *address, socklen_t size,
                  bool (*v4_is)(const unsigned char octets[4]),
                  bool (*v6_is)(const struct in6_addr *address))
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (address->sa_family == AF_INET && (size_t)size >= sizeof v4) {
        unsigned char octets[4];
        memcpy(&v4, address, sizeof v4);
        memcpy(octets, &v4.sin_addr, sizeof octets);
        return v4_is(octets);
    }
    if (address->sa_family == AF_INET6 && (size_t)size >= sizeof v6) {
        memcpy(&v6, address, sizeof v6);
        return v6_is(&v6.sin6_addr);
    }
    return false;
}

bool address_is_local(const struct sockaddr *address, socklen_t size)
{
    return judge(address, size, is_local_v4, is_local_v6);
}

bool address_is_near(const struct sockaddr *address, socklen_t size)
{
    return judge(address, size, is_near_v4, is_near_v6);
}

#include "plumb/notify.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The length of the address, or 0. An abstract name begins with a NUL and has none at its end. */
static socklen_t fill(struct sockaddr_un *to, const char *address, struct plumb_err *err)
{
    size_t n = strlen(address);
    if ((address[0] != '/' && address[0] != '@') || n < 2 || n >= sizeof to->sun_path) {
        plumb_err_set(err, "NotifyAddress", 0,
                      "'%s' is no socket of a service manager: it takes an absolute path or @NAME "
                      "of less than %zu bytes",
                      address, sizeof to->sun_path);
        return 0;
    }
    *to = (struct sockaddr_un){ .sun_family = AF_UNIX };
    memcpy(to->sun_path, address, n);
    if (address[0] == '@')
        to->sun_path[0] = '\0';
    else
        n++;
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
}

bool plumb_notify(const char *address, struct plumb_slice text, struct plumb_err *err)
{
    struct sockaddr_un to;
    socklen_t length = fill(&to, address, err);
    if (!length)
        return false;
    int reason = 0, fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || sendto(fd, text.p, text.n, MSG_NOSIGNAL, (struct sockaddr *)&to, length) < 0)
        reason = errno;
    if (fd >= 0)
        close(fd);
    if (reason)
        return plumb_err_set(err, "NotifyFailed", reason, "nothing could be told to %s: %s",
                             address, strerror(reason));
    return true;
}

#include "plumb/random.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

bool plumb_random_bytes(void *p, size_t n, struct plumb_err *err)
{
    unsigned char *to = p;

    while (n > 0) {
        ssize_t got = getrandom(to, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            int reason = got < 0 ? errno : EIO;
            return plumb_err_set(err, "RandomUnavailable", reason,
                                 "the kernel gave no random bytes: %s", strerror(reason));
        }
        to += got;
        n -= (size_t)got;
    }
    return true;
}

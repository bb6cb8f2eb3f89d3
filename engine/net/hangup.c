#include "plumb/hangup.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* The signal is held back and read from a descriptor: no handler, so nothing outside of this. */
struct plumb_hangup {
    struct plumb_loop *loop;
    struct plumb_watch watch;
    sigset_t before;
    void (*on_hangup)(void *arg);
    void *arg;
};

static double no_hurry(void *arg)
{
    (void)arg;
    return -1;
}

static bool take(int fd)
{
    struct signalfd_siginfo info;
    bool any = false;
    while (read(fd, &info, sizeof info) == (ssize_t)sizeof info)
        any = true;
    return any;
}

static void run(void *arg)
{
    struct plumb_hangup *hangup = arg;
    if (take(hangup->watch.fd))
        hangup->on_hangup(hangup->arg);
}

struct plumb_hangup *plumb_hangup_new(struct plumb_loop *loop, void (*on_hangup)(void *arg),
                                      void *arg, struct plumb_err *err)
{
    struct plumb_hangup *hangup = calloc(1, sizeof *hangup);
    sigset_t only;
    if (!hangup) {
        plumb_err_set(err, "OutOfMemory", 0, "no memory to listen for signals");
        return NULL;
    }
    *hangup = (struct plumb_hangup){ .loop = loop, .on_hangup = on_hangup, .arg = arg };
    sigemptyset(&only);
    sigaddset(&only, SIGHUP);
    int fd = signalfd(-1, &only, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0) {
        plumb_err_set(err, "HangupFailed", errno, "signals cannot be listened for: %s",
                      strerror(errno));
        free(hangup);
        return NULL;
    }
    pthread_sigmask(SIG_BLOCK, &only, &hangup->before);
    hangup->watch =
        (struct plumb_watch){ .fd = fd, .timeout = no_hurry, .run = run, .arg = hangup };
    plumb_loop_add_watch(loop, &hangup->watch);
    return hangup;
}

void plumb_hangup_free(struct plumb_hangup *hangup)
{
    if (!hangup)
        return;
    plumb_loop_remove_watch(hangup->loop, &hangup->watch);
    take(hangup->watch.fd); /* one that came for us is not for whoever is next */
    pthread_sigmask(SIG_SETMASK, &hangup->before, NULL);
    close(hangup->watch.fd);
    free(hangup);
}

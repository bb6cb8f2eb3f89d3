/*
 * The program: argv, signals, exit code. Everything else is behind plumb.h.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plumb/plumb.h"

static struct plumb *volatile engine; /* for the signal handlers; NULL when the run is over */
static volatile sig_atomic_t asked;

/* The first signal asks, one that comes before it was heard ends the process at once. */
static void on_signal(int number)
{
    asked = number;
    struct plumb *running = engine;
    if (!running || !plumb_stop(running, number))
        _exit(128 + number);
}

/* The engine was asked and never got to it. */
static void on_alarm(int number)
{
    (void)number;
    _exit(128 + asked);
}

static void install_signals(void)
{
    struct sigaction action = { .sa_handler = on_signal };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = on_alarm;
    sigaction(SIGALRM, &action, NULL);
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error to report, not a reason to die */
    signal(SIGXFSZ, SIG_IGN); /* so is a full disk quota */
}

/* Credentials pass through this process: no core file, no debugger, nothing readable by others. */
static void harden(void)
{
    struct rlimit none = { 0, 0 };
#ifndef __SANITIZE_ADDRESS__ /* the leak checker looks into its own process as a debugger does */
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    setrlimit(RLIMIT_CORE, &none);
    umask(077);
    unsetenv("SSLKEYLOGFILE"); /* libcurl would write down there how to read its connections */
}

/* --scripts DIR decides where main.lua itself comes from, so it is read before any Lua runs. */
static const char *scripts_dir(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], "--scripts=", 10) == 0)
            return argv[i] + 10;
        if (strcmp(argv[i], "--scripts") == 0 && i + 1 < argc)
            return argv[i + 1];
    }
    const char *dir = getenv("PLUMB_SCRIPTS");
    return dir && *dir ? dir : NULL; /* set and empty is how a variable is taken back */
}

int main(int argc, char **argv)
{
    struct plumb_err err = { 0 };
    harden();
    struct plumb_options options = { .scripts_dir = scripts_dir(argc, argv) };
    struct plumb *ours = plumb_new(&options, &err);
    if (!ours) {
        fprintf(stderr, "plumb: %s: %s\n", err.code, err.message);
        return 70;
    }
    engine = ours;
    install_signals();
    int code = plumb_run(ours, argc > 0 ? argc - 1 : 0, argv + 1);
    engine = NULL; /* a signal from here on finds nothing that could still be asked */
    plumb_free(ours);
    /* What could not be written was not delivered, whatever the scripts believe. A closed pipe is
     * no news to the one who closed it. */
    if (fflush(stdout) != 0 && code == 0)
        code = 1;
    return code;
}

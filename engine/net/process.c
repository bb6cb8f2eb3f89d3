#include "plumb/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plumb/clock.h"

#define DEFAULT_SECONDS 60.0
#define DEFAULT_MAX_OUTPUT ((size_t)64 * 1024)
#define FIRST_REAP_SECONDS                                                                         \
    0.001 /* between closing its output and exiting a child needs a moment                         \
           */
#define LONGEST_REAP_SECONDS 0.05

struct plumb_process {
    struct plumb_loop *loop;
    struct plumb_watch watch; /* its output */
    struct plumb_timer
        timer; /* the time cap; after the end of output, the next look at the child */
    void (*done)(void *arg);
    void *arg;
    pid_t pid; /* 0 once it was waited for; until then its number cannot belong to anybody else */
    int fd;    /* the reading end; -1 once closed */
    double timeout, deadline, reap_delay;
    int status; /* from waitpid */
    struct plumb_buf output;
    bool ended, timed_out;
};

/* ---- the end ---- */

static void stop_reading(struct plumb_process *process)
{
    if (process->fd < 0)
        return;
    plumb_loop_remove_watch(process->loop, &process->watch);
    close(process->fd);
    process->fd = -1;
}

/* The child leads a session of its own, so this reaches what it started as well. */
static void kill_child(struct plumb_process *process)
{
    if (process->pid == 0)
        return;
    kill(-process->pid, SIGKILL);
    kill(process->pid, SIGKILL); /* should it not have become a leader yet */
    while (waitpid(process->pid, &process->status, 0) < 0 && errno == EINTR)
        ;
    process->pid = 0;
}

static void finish(struct plumb_process *process)
{
    stop_reading(process);
    plumb_loop_remove_timer(process->loop, &process->timer);
    process->ended = true;
    process->done(process->arg); /* may free it */
}

static void set_timer(struct plumb_process *process, double at)
{
    plumb_loop_remove_timer(process->loop, &process->timer);
    process->timer.at = at;
    plumb_loop_add_timer(process->loop, &process->timer);
}

static void reap(struct plumb_process *process)
{
    pid_t pid = waitpid(process->pid, &process->status, WNOHANG);
    if (pid == process->pid || (pid < 0 && errno != EINTR)) {
        process->pid = 0;
        finish(process);
        return;
    }
    double next = plumb_clock_monotonic() + process->reap_delay;
    process->reap_delay *= 2;
    if (process->reap_delay > LONGEST_REAP_SECONDS)
        process->reap_delay = LONGEST_REAP_SECONDS;
    set_timer(process, next < process->deadline ? next : process->deadline);
}

static void on_timer(void *arg)
{
    struct plumb_process *process = arg;
    if (plumb_clock_monotonic() < process->deadline) {
        reap(process);
        return;
    }
    process->timed_out = true;
    kill_child(process);
    finish(process);
}

/* ---- its output ---- */

static double no_hurry(void *arg)
{
    (void)arg;
    return -1;
}

static void on_readable(void *arg)
{
    struct plumb_process *process = arg;
    char bytes[4096];
    ssize_t n;
    while ((n = read(process->fd, bytes, sizeof bytes)) > 0) {
        if (!plumb_buf_add(&process->output, bytes, (size_t)n)) {
            kill_child(process);
            break;
        }
    }
    explicit_bzero(bytes, sizeof bytes); /* it may be a credential */
    if (process->output.failed) {
        finish(process);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        stop_reading(process);
        reap(process);
    }
}

/* ---- the beginning ---- */

/* Everything of ours that a child would inherit is taken back: descriptors, ignored signals, the
 * signal mask, the terminal. */
static int spawn(pid_t *pid, const struct plumb_process_request *request, int output)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int error = posix_spawn_file_actions_init(&actions);
    if (error)
        return error;
    if ((error = posix_spawnattr_init(&attributes))) {
        posix_spawn_file_actions_destroy(&actions);
        return error;
    }
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    error = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (!error)
        error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!error)
        error = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (!error)
        error = posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    /* The casts take back a const that the prototypes lack; POSIX promises not to write. */
    if (!error)
        error = posix_spawnp(pid, request->argv[0], &actions, &attributes,
                             (char *const *)(uintptr_t)request->argv,
                             (char *const *)(uintptr_t)request->env);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static bool start_child(struct plumb_process *process, const struct plumb_process_request *request,
                        struct plumb_err *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return plumb_err_set(err, "ProcessFailed", errno, "no pipe could be made: %s",
                             strerror(errno));
    int error = spawn(&process->pid, request, ends[1]);
    close(ends[1]);
    if (error) {
        close(ends[0]);
        process->pid = 0;
        bool missing = error == ENOENT || error == ENOTDIR;
        return plumb_err_set(err, missing ? "ProgramNotFound" : "ProcessFailed", error,
                             "the program could not be started: %s", strerror(error));
    }
    process->fd = ends[0];
    fcntl(process->fd, F_SETFL, O_NONBLOCK);
    return true;
}

struct plumb_process *plumb_process_start(struct plumb_loop *loop,
                                          const struct plumb_process_request *request,
                                          void (*done)(void *arg), void *arg, struct plumb_err *err)
{
    struct plumb_process *process = calloc(1, sizeof *process);
    if (!process) {
        plumb_err_set(err, "ProcessFailed", ENOMEM, "out of memory");
        return NULL;
    }
    *process = (struct plumb_process){
        .loop = loop, .done = done, .arg = arg, .fd = -1, .reap_delay = FIRST_REAP_SECONDS
    };
    process->timeout = request->timeout > 0 ? request->timeout : DEFAULT_SECONDS;
    plumb_buf_init(&process->output,
                   request->max_output ? request->max_output : DEFAULT_MAX_OUTPUT);
    process->output.secret = true;
    if (!start_child(process, request, err)) {
        free(process);
        return NULL;
    }
    process->watch = (struct plumb_watch){
        .fd = process->fd, .timeout = no_hurry, .run = on_readable, .arg = process
    };
    plumb_loop_add_watch(loop, &process->watch);
    process->deadline = plumb_clock_monotonic() + process->timeout;
    process->timer =
        (struct plumb_timer){ .at = process->deadline, .fire = on_timer, .arg = process };
    plumb_loop_add_timer(loop, &process->timer);
    return process;
}

bool plumb_process_result(const struct plumb_process *process, struct plumb_process_result *result,
                          struct plumb_err *err)
{
    if (!process->ended)
        return plumb_err_set(err, "ProcessFailed", 0, "the program has not ended yet");
    if (process->timed_out)
        return plumb_err_set(err, "Timeout", 0, "the program did not end within %g s",
                             process->timeout);
    if (process->output.failed)
        return plumb_err_set(err, "OutputTooLarge", 0, "the program printed more than %zu bytes",
                             process->output.max);
    result->code =
        WIFEXITED(process->status) ? WEXITSTATUS(process->status) : 128 + WTERMSIG(process->status);
    result->output = plumb_buf_slice(&process->output);
    return true;
}

void plumb_process_free(struct plumb_process *process)
{
    if (!process)
        return;
    kill_child(process);
    stop_reading(process);
    plumb_loop_remove_timer(process->loop, &process->timer);
    plumb_buf_clear(&process->output);
    free(process);
}

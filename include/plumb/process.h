/*
 * A child process that is run for what it prints: start, be told when it ended, read the result,
 * free. No shell is involved. The child sees nothing of ours: an empty standard input, an
 * environment that was built for it, no descriptor but its output, no terminal, and its error
 * output goes nowhere, since it may hold secrets.
 *
 * argv and env are only read by plumb_process_start. The result is owned by the process.
 */
#ifndef PLUMB_PROCESS_H
#define PLUMB_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "plumb/buf.h"
#include "plumb/err.h"
#include "plumb/loop.h"

struct plumb_process;

struct plumb_process_request {
    const char *const *argv; /* NULL-terminated; argv[0] without a slash is looked up in our PATH */
    const char *const *env;  /* NULL-terminated "NAME=value": all that the child gets */
    double timeout;          /* seconds; 0 for 60 */
    size_t max_output;       /* bytes; 0 for 64 kB */
};

struct plumb_process_result {
    int code; /* exit code; 128 + number when a signal ended it */
    struct plumb_slice output;
};

/* Starts the child; done(arg) is called once from plumb_loop_turn when it has ended. NULL with err
 * ("ProgramNotFound", "ProcessFailed") when it cannot be started. */
struct plumb_process *plumb_process_start(struct plumb_loop *loop,
                                          const struct plumb_process_request *request,
                                          void (*done)(void *arg), void *arg,
                                          struct plumb_err *err);

/* How it ended; valid until it is freed. False with err when it had to be killed: "Timeout",
 * "OutputTooLarge". */
bool plumb_process_result(const struct plumb_process *process, struct plumb_process_result *result,
                          struct plumb_err *err);

/* Frees it, killing a child that still runs with all that it started. NULL is fine. */
void plumb_process_free(struct plumb_process *process);

#endif

/*
 * The event loop: one curl multi, timers, and the descriptors of our own servers. It is the only
 * place where the process sleeps.
 *
 * The loop owns nothing that is registered with it; whoever adds a timer, a watcher or an exchange
 * takes it out again before freeing it. Callbacks run from plumb_loop_turn, never from inside
 * libcurl, so they may add and remove anything.
 */
#ifndef PLUMB_LOOP_H
#define PLUMB_LOOP_H

#include <stdbool.h>

#include "plumb/err.h"

struct plumb_loop;

/* A point in time to be told of. Zeroed means not set; lives inside its owner. */
struct plumb_timer {
    double at; /* plumb_clock_monotonic() seconds */
    void (*fire)(void *arg);
    void *arg;
    struct plumb_timer *next; /* the loop's own */
};

/* Something with a descriptor to wait on and work to do after every wait: a server. */
struct plumb_watch {
    int fd;                       /* polled for reading */
    double (*timeout)(void *arg); /* seconds until it wants to run; negative for "no hurry" */
    void (*run)(void *arg);       /* called after each wait */
    void *arg;
    struct plumb_watch *next; /* the loop's own */
};

/* NULL with err when libcurl cannot start. */
struct plumb_loop *plumb_loop_new(struct plumb_err *err);
void plumb_loop_free(struct plumb_loop *loop);

/* The curl multi handle, for http.c. */
void *plumb_loop_multi(struct plumb_loop *loop);

/* What is added is borrowed: it stays where it is until it is removed. A timer fires once and is
 * out of the loop then; removing what was not added does nothing. */
void plumb_loop_add_timer(struct plumb_loop *loop, struct plumb_timer *timer);
void plumb_loop_remove_timer(struct plumb_loop *loop, struct plumb_timer *timer);
void plumb_loop_add_watch(struct plumb_loop *loop, struct plumb_watch *watch);
void plumb_loop_remove_watch(struct plumb_loop *loop, struct plumb_watch *watch);

/* Whether anything is under way that could wake somebody. */
bool plumb_loop_busy(const struct plumb_loop *loop);

/* Waits for the next event (at most max_wait seconds; 0 only looks) and runs its callbacks. */
bool plumb_loop_turn(struct plumb_loop *loop, double max_wait, struct plumb_err *err);

/* Ends a wait from a signal handler or another thread. */
void plumb_loop_wakeup(struct plumb_loop *loop);

#endif

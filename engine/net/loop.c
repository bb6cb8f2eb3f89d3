#include "plumb/loop.h"

#include <curl/curl.h>
#include <stdlib.h>

#include "loop_http.h"
#include "plumb/clock.h"

/* More idle connections than this are closed, oldest first. */
#define IDLE_CONNECTIONS 32
#define MAX_WATCHES 16

struct plumb_loop {
    CURLM *multi;
    struct plumb_timer *timers; /* soonest first */
    struct plumb_watch *watches;
    unsigned exchanges;
    struct loop_spare spare;
    double names_doubted_until; /* monotonic */
};

struct plumb_loop *plumb_loop_new(struct plumb_err *err)
{
    struct plumb_loop *loop = calloc(1, sizeof *loop);
    if (loop && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        loop->multi = curl_multi_init();
    if (!loop || !loop->multi) {
        free(loop);
        plumb_err_set(err, "OutOfMemory", 0, "the HTTP client could not start");
        return NULL;
    }
    curl_multi_setopt(loop->multi, CURLMOPT_MAXCONNECTS, (long)IDLE_CONNECTIONS);
    return loop;
}

void plumb_loop_free(struct plumb_loop *loop)
{
    if (!loop)
        return;
    loop_free_spare(&loop->spare);
    curl_multi_cleanup(loop->multi);
    curl_global_cleanup();
    free(loop);
}

void *plumb_loop_multi(struct plumb_loop *loop)
{
    return loop->multi;
}

struct loop_spare *loop_spare(struct plumb_loop *loop)
{
    return &loop->spare;
}

void loop_exchange_started(struct plumb_loop *loop)
{
    loop->exchanges++;
}

void loop_exchange_ended(struct plumb_loop *loop)
{
    loop->exchanges--;
}

void loop_doubt_names(struct plumb_loop *loop)
{
    loop->names_doubted_until = plumb_clock_monotonic() + (double)LOOP_NAMES_SECONDS;
}

bool loop_doubts_names(const struct plumb_loop *loop)
{
    return plumb_clock_monotonic() < loop->names_doubted_until;
}

void plumb_loop_add_timer(struct plumb_loop *loop, struct plumb_timer *timer)
{
    struct plumb_timer **at = &loop->timers;
    while (*at && (*at)->at <= timer->at)
        at = &(*at)->next;
    timer->next = *at;
    *at = timer;
}

void plumb_loop_remove_timer(struct plumb_loop *loop, struct plumb_timer *timer)
{
    for (struct plumb_timer **at = &loop->timers; *at; at = &(*at)->next) {
        if (*at == timer) {
            *at = timer->next;
            timer->next = NULL;
            return;
        }
    }
}

void plumb_loop_add_watch(struct plumb_loop *loop, struct plumb_watch *watch)
{
    watch->next = loop->watches;
    loop->watches = watch;
}

void plumb_loop_remove_watch(struct plumb_loop *loop, struct plumb_watch *watch)
{
    for (struct plumb_watch **at = &loop->watches; *at; at = &(*at)->next) {
        if (*at == watch) {
            *at = watch->next;
            watch->next = NULL;
            return;
        }
    }
}

bool plumb_loop_busy(const struct plumb_loop *loop)
{
    return loop->exchanges > 0 || loop->timers || loop->watches;
}

/* How long this turn may sleep, in seconds. */
static double patience(const struct plumb_loop *loop, double max_wait)
{
    double wait = max_wait;
    if (loop->timers) {
        double until = loop->timers->at - plumb_clock_monotonic();
        if (until < wait)
            wait = until;
    }
    for (const struct plumb_watch *w = loop->watches; w; w = w->next) {
        double until = w->timeout(w->arg);
        if (until >= 0 && until < wait)
            wait = until;
    }
    return wait > 0 ? wait : 0;
}

static bool sleep_until_something_happens(struct plumb_loop *loop, double max_wait,
                                          struct plumb_err *err)
{
    struct curl_waitfd extra[MAX_WATCHES];
    unsigned n = 0;
    for (struct plumb_watch *w = loop->watches; w && n < MAX_WATCHES; w = w->next)
        extra[n++] = (struct curl_waitfd){ .fd = w->fd, .events = CURL_WAIT_POLLIN };
    /* Rounded up: waking a moment early would only turn the loop once more for nothing. */
    double wait_ms = patience(loop, max_wait) * 1000.0;
    int ms = wait_ms > 3600e3 ? 3600000 : (int)wait_ms;
    if ((double)ms < wait_ms)
        ms++;
    CURLMcode code = curl_multi_poll(loop->multi, extra, n, ms, NULL);
    if (code != CURLM_OK)
        return plumb_err_set(err, "LoopFailed", (int)code, "waiting for the network failed: %s",
                             curl_multi_strerror(code));
    return true;
}

static void tell_ended_exchanges(struct plumb_loop *loop)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(loop->multi, &left)))
        if (message->msg == CURLMSG_DONE)
            loop_exchange_done(message->easy_handle, message->data.result);
}

static void fire_due_timers(struct plumb_loop *loop)
{
    double now = plumb_clock_monotonic();
    while (loop->timers && loop->timers->at <= now) {
        struct plumb_timer *timer = loop->timers;
        loop->timers = timer->next;
        timer->next = NULL;
        timer->fire(timer->arg);
    }
}

static void run_watches(struct plumb_loop *loop)
{
    struct plumb_watch *next;
    for (struct plumb_watch *w = loop->watches; w; w = next) {
        next = w->next; /* run may take itself out */
        w->run(w->arg);
    }
}

bool plumb_loop_turn(struct plumb_loop *loop, double max_wait, struct plumb_err *err)
{
    int running;
    if (!sleep_until_something_happens(loop, max_wait, err))
        return false;
    CURLMcode code = curl_multi_perform(loop->multi, &running);
    if (code != CURLM_OK)
        return plumb_err_set(err, "LoopFailed", (int)code, "the HTTP client failed: %s",
                             curl_multi_strerror(code));
    tell_ended_exchanges(loop);
    fire_due_timers(loop);
    run_watches(loop);
    return true;
}

void plumb_loop_wakeup(struct plumb_loop *loop)
{
    curl_multi_wakeup(loop->multi);
}

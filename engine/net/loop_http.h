/* What the loop and the exchanges tell each other; nobody else's business. */
#ifndef PLUMB_LOOP_HTTP_H
#define PLUMB_LOOP_HTTP_H

#include <curl/curl.h>

#include "plumb/http.h"
#include "plumb/loop.h"

/* Exchanges that have ended, kept for the next ones. */
struct loop_spare {
    struct plumb_http *first;
    unsigned count;
};

struct loop_spare *loop_spare(struct plumb_loop *loop);
void loop_free_spare(struct loop_spare *spare);

void loop_exchange_started(struct plumb_loop *loop);
void loop_exchange_ended(struct plumb_loop *loop);

/* How long an address is taken from memory. */
#define LOOP_NAMES_SECONDS 60L

/* A host could not be reached: it may have moved, so for as long as addresses are remembered they
 * are asked for anew. */
void loop_doubt_names(struct plumb_loop *loop);
bool loop_doubts_names(const struct plumb_loop *loop);

/* The transfer of this handle has ended with that result. */
void loop_exchange_done(CURL *easy, CURLcode result);

#endif

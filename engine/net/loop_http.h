/* What the loop and the exchanges tell each other; nobody else's business. */
#ifndef PLUMB_LOOP_HTTP_H
#define PLUMB_LOOP_HTTP_H

#include <curl/curl.h>

#include "plumb/loop.h"

void loop_exchange_started(struct plumb_loop *loop);
void loop_exchange_ended(struct plumb_loop *loop);

/* The transfer of this handle has ended with that result. */
void loop_exchange_done(CURL *easy, CURLcode result);

#endif

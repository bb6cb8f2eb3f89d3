/*
 * Answers in the form that libmicrohttpd sends, for listen.c.
 */
#ifndef PLUMB_RESPONSE_H
#define PLUMB_RESPONSE_H

#include <microhttpd.h>

#include "plumb/listen.h"

/* Makes an answer with headers and body copied; one with the fault PLUMB_SERVER_SHORT promises its
 * whole body and breaks off in the middle. NULL when memory ran out. Destroyed with
 * MHD_destroy_response. */
struct MHD_Response *plumb_response_new(const struct plumb_server_response *response);

#endif

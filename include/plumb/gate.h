/*
 * Which requests only read. A dry run signs nothing else, whatever the scripts ask for, so this
 * stands under Lua and knows operations, not intentions. What it does not know, writes.
 */
#ifndef PLUMB_GATE_H
#define PLUMB_GATE_H

#include <stdbool.h>

#include "plumb/buf.h"

struct plumb_gate_request {
    struct plumb_slice method, service;    /* service: the signing name, so AWS checks it too */
    struct plumb_slice path, query;        /* as sent */
    struct plumb_slice target;             /* X-Amz-Target, empty when there is none */
    struct plumb_slice content_type, body; /* as sent */
};

/* True only for requests known to read: GET and HEAD; the listings of the Well-Architected Tool
 * that are POSTs; operations named by X-Amz-Target or by Action= that begin with a reading verb
 * (Describe, Get, List, BatchGet, Query, Scan, Search, Head, Lookup); STS AssumeRole*. A request
 * that names an operation in two ways must read in both. Pure; on lack of memory it says
 * "writes". */
bool plumb_gate_passes(const struct plumb_gate_request *request);

/* The same for a request of which less is known: its content type is guessed from its body. An
 * empty service stands for an unsigned request; of those the two that hand out credentials pass
 * as well: PUT .../latest/api/token without a body (instance metadata) and POST .../token with a
 * refresh_token grant (single sign-on). */
bool plumb_gate_reads(struct plumb_slice method, struct plumb_slice service,
                      struct plumb_slice target, struct plumb_slice path, struct plumb_slice body);

#endif

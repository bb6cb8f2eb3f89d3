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
 * that names an operation in two ways must read in both. An empty service stands for an unsigned
 * request; of those the two that hand out credentials pass as well: PUT .../latest/api/token
 * without a body (instance metadata) and POST .../token with a refresh_token grant (single
 * sign-on). Pure; on lack of memory it says "writes". */
bool plumb_gate_passes(const struct plumb_gate_request *request);

/* Who may change AWS: anybody, nobody until the person at the terminal says so, or nobody for good.
 */
enum plumb_gate { PLUMB_GATE_OPEN, PLUMB_GATE_HELD, PLUMB_GATE_SHUT };

/* What a line that a person typed at the terminal makes of it: ".write on" opens a held gate, and
 * ".write off" holds an open one. Any other line leaves it alone, and nothing opens a shut one. */
enum plumb_gate plumb_gate_hear(enum plumb_gate gate, struct plumb_slice line);

/* The service in the credential scope of an Authorization header, empty when there is none.
 * Points into the header.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html */
struct plumb_slice plumb_gate_signed_service(struct plumb_slice authorization);

#endif

/*
 * AWS Signature Version 4, one function per stage, so that a wrong signature can be traced to the
 * stage that made it. Pure: the time comes in with the input, nothing is kept, secrets are only
 * borrowed and every key derived from them is wiped.
 *
 *   canonical request -> string to sign -> signature -> Authorization header or presigned query
 *
 * The input says how the request goes over the wire. The signer looks at it and never changes it:
 * what it wants sent besides (date, token, authorization) is returned.
 */
#ifndef PLUMB_SIGV4_H
#define PLUMB_SIGV4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plumb/buf.h"
#include "plumb/digest.h"
#include "plumb/err.h"
#include "plumb/signing_key.h"

enum {
    PLUMB_SIGV4_MAX_HEADERS = 100,
    PLUMB_SIGV4_DATE_SIZE = 17, /* "20260102T030405Z" and a NUL */
};

struct plumb_sigv4_header {
    struct plumb_slice name, value; /* any case, value as sent; a repeated name is repeated here */
};

struct plumb_sigv4_input {
    /* the request */
    struct plumb_slice method, path, query;   /* path and query as sent, without '?' */
    const struct plumb_sigv4_header *headers; /* "host" among them */
    size_t header_count;
    struct plumb_slice body;

    /* who signs, for what, when */
    struct plumb_slice access_key_id, secret, session_token; /* token empty: none */
    struct plumb_slice region, service;
    int64_t time;                    /* seconds since 1970 */
    struct plumb_signing_keys *keys; /* where keys of the day are kept; NULL for nowhere */

    /* how */
    int64_t presign_expires;         /* seconds a presigned query holds; 0 signs by header */
    bool keep_path;                  /* sign dot segments and doubled slashes as they are */
    bool token_unsigned;             /* the token is sent but left out of the signature */
    bool sign_payload_hash;          /* send and sign x-amz-content-sha256 (header form only) */
    struct plumb_slice payload_hash; /* instead of the SHA-256 of body; empty: that of body */
};

/* What the stages leave behind; plumb_sigv4_clear gives its memory back. */
struct plumb_sigv4 {
    char date[PLUMB_SIGV4_DATE_SIZE];    /* for the header x-amz-date */
    char payload_hash[PLUMB_SHA256_HEX]; /* for the header x-amz-content-sha256 */
    char signature[PLUMB_SHA256_HEX];
    struct plumb_buf scope;          /* 20260102/eu-west-1/ssm/aws4_request */
    struct plumb_buf signed_headers; /* host;x-amz-date */
    struct plumb_buf canonical;      /* stage 1 */
    struct plumb_buf string_to_sign; /* stage 2 */
    struct plumb_buf result;         /* Authorization value, or the whole query to send */
};

/* Makes an empty one, and ends its use: what it holds of keys and headers is wiped. */
void plumb_sigv4_init(struct plumb_sigv4 *s);
void plumb_sigv4_clear(struct plumb_sigv4 *s);

/* Stage 1. Every header is signed except authorization and those that proxies and libraries
 * change on the way (connection, expect, user-agent, ...); the input's own x-amz-date,
 * x-amz-security-token and authorization count for nothing, ours replace them.
 * Errors: "BadSigningInput" (empty key, control byte in the Region, time out of range, no host,
 * too many headers), "OutOfMemory", and those of the digests. */
bool plumb_sigv4_canonical_request(struct plumb_sigv4 *s, const struct plumb_sigv4_input *in,
                                   struct plumb_err *err);

/* Stage 2, after stage 1. */
bool plumb_sigv4_string_to_sign(struct plumb_sigv4 *s, const struct plumb_sigv4_input *in,
                                struct plumb_err *err);

/* Stage 3, after stage 2: the signature in hex. */
bool plumb_sigv4_signature(struct plumb_sigv4 *s, const struct plumb_sigv4_input *in,
                           struct plumb_err *err);

/* Puts the three together: the value of the Authorization header, or for presign_expires > 0 the
 * query to send instead of the input's. After stage 3. */
bool plumb_sigv4_authorization(struct plumb_sigv4 *s, const struct plumb_sigv4_input *in,
                               struct plumb_err *err);

/* All stages in order. */
bool plumb_sigv4_sign(struct plumb_sigv4 *s, const struct plumb_sigv4_input *in,
                      struct plumb_err *err);

#endif

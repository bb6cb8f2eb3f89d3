/*
 * Percent-encoding, paths and queries, the way AWS signs them (RFC 3986, "unreserved" is
 * A-Z a-z 0-9 - . _ ~, hex digits upper-case). Pure; everything is appended to a buffer the caller
 * owns, and the functions fail only when that buffer's maximum is reached, unless said otherwise.
 */
#ifndef PLUMB_URI_H
#define PLUMB_URI_H

#include <stdbool.h>

#include "plumb/buf.h"
#include "plumb/err.h"

/* Appends s with every byte that is not unreserved as %XX; '/' stays when keep_slash. */
bool plumb_uri_encode(struct plumb_slice s, bool keep_slash, struct plumb_buf *out);

/* Appends s with each %XX as its byte. A '%' without two hex digits stays as it is; '+' is no
 * blank. */
bool plumb_uri_decode(struct plumb_slice s, struct plumb_buf *out);

/* Appends an absolute path without "." and ".." segments and without doubled slashes. A trailing
 * slash survives; ".." never climbs over the root; the empty path is "/". */
bool plumb_uri_normalize(struct plumb_slice path, struct plumb_buf *out);

/* Appends the canonical path of SigV4: `path` as it goes over the wire, normalized when asked,
 * encoded once more. A lens ARN, "%3A" on the wire, is therefore signed as "%253A". */
bool plumb_uri_canonical_path(struct plumb_slice path, bool normalize, struct plumb_buf *out);

/* Appends the canonical query: split at '&' and the first '=', each half decoded and encoded,
 * sorted by encoded name and then by encoded value, '=' always present. Empty pieces are dropped.
 * Errors: "QueryTooLong" (more than 1,000 parameters), "OutOfMemory". */
bool plumb_uri_canonical_query(struct plumb_slice query, struct plumb_buf *out,
                               struct plumb_err *err);

#endif

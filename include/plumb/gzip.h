/*
 * Compression of request bodies, for operations whose model asks for it.
 */
#ifndef PLUMB_GZIP_H
#define PLUMB_GZIP_H

#include <stdbool.h>
#include <stddef.h>

#include "plumb/buf.h"
#include "plumb/err.h"

/* The most bytes that n bytes can become. */
size_t plumb_gzip_bound(size_t n);

/* Writes bytes as one gzip member (RFC 1952) to out, which has room for plumb_gzip_bound(bytes.n),
 * and their number to size. There is no time stamp in it: equal input gives equal output. False
 * with err ("OutOfMemory", "TooLarge"). */
bool plumb_gzip(struct plumb_slice bytes, char *out, size_t *size, struct plumb_err *err);

#endif

/*
 * A strict reader of JSON text (RFC 8259), for what comes in from outside. It makes no values: it
 * says whether the text is JSON, and writes an equal text that a simple decoder cannot get wrong.
 * Pure, without recursion.
 */
#ifndef PLUMB_JSON_H
#define PLUMB_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "plumb/buf.h"
#include "plumb/err.h"

enum { PLUMB_JSON_MAX_DEPTH = 1024 };

/*
 * Checks text and appends its safe form to out. White space around the value is fine; a byte order
 * mark, invalid UTF-8, a lone surrogate, a number that no double holds, nesting deeper than
 * max_depth (at most PLUMB_JSON_MAX_DEPTH; "[]" has depth 1) are not. Of equal keys in one object
 * the last counts; whoever wants none compares *keys (NULL is fine), the number of keys written in
 * all objects together, with the number that is left after decoding.
 *
 * In the safe form three kinds of value have become strings that begin with U+0000:
 *   \u0000i123   an integer of more than 15 digits that fits int64 and not every double
 *   \u0000a      the empty array
 *   \u0000s...   a string that itself begins with U+0000; it follows in full
 *
 * Errors: "BadJson", with the place in *position (byte, from 1; NULL is fine) and not in the
 * message; "OutOfMemory" when out is full; 4 bytes for each of text and 16 more suffice.
 */
bool plumb_json_check(struct plumb_slice text, int max_depth, struct plumb_buf *out,
                      struct plumb_err *err, size_t *position, size_t *keys);

#endif

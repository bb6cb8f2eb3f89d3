/*
 * The header part of a canonical request; private to engine/sign.
 */
#ifndef PLUMB_SIGN_HEADERS_H
#define PLUMB_SIGN_HEADERS_H

#include "plumb/sigv4.h"

/* Appends the "name:value" lines that are signed to lines, their names with ';' between to names.
 * Reads the date and payload hash of s. Whether all of it fitted is in the buffers' `failed`.
 * Errors: "BadSigningInput" (too many headers, none called host). */
bool plumb_sigv4_headers(const struct plumb_sigv4 *s, const struct plumb_sigv4_input *in,
                         struct plumb_buf *lines, struct plumb_buf *names, struct plumb_err *err);

#endif

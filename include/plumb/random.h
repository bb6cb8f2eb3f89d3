/*
 * Random bytes from the kernel, good enough for keys and tokens. No state, nothing to seed.
 */
#ifndef PLUMB_RANDOM_H
#define PLUMB_RANDOM_H

#include <stdbool.h>
#include <stddef.h>

#include "plumb/err.h"

/* Fills p with n random bytes. Waits only at boot, until the kernel's pool is ready.
 * Errors: "RandomUnavailable" (status is the errno); then p holds nothing to rely on. */
bool plumb_random_bytes(void *p, size_t n, struct plumb_err *err);

#endif

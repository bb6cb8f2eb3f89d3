/*
 * What must never be shown: secrets, found again in any text in the forms in which they leak (as
 * they are, in base64, in hex, percent-encoded, escaped for JSON, backwards), whole or in pieces of
 * sixteen bytes and more. Error messages of servers are where they come back from.
 *
 * A mask owns copies of the secrets and wipes them when it is freed.
 */
#ifndef PLUMB_MASK_H
#define PLUMB_MASK_H

#include <stdbool.h>

#include "plumb/buf.h"

struct plumb_mask;

/* NULL when memory ran out. */
struct plumb_mask *plumb_mask_new(void);
void plumb_mask_free(struct plumb_mask *mask);

/* From now on `shown` takes the place of the secret. One that is known already, or that has less
 * than eight bytes and would be found in ordinary words, changes nothing. The oldest is forgotten
 * when there are very many. False when memory ran out. */
bool plumb_mask_add(struct plumb_mask *mask, struct plumb_slice secret, struct plumb_slice shown);

/* Whether there is something in text to be masked; then the masked text is appended to out. */
bool plumb_mask_apply(const struct plumb_mask *mask, struct plumb_slice text,
                      struct plumb_buf *out);

#endif

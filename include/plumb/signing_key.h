/*
 * The key that signs: four HMACs of the secret, the day, the Region and the service. It stays the
 * same for a day, so a store of the last few spares most of the work of a signature.
 *
 * Pure but for that store, which the caller owns; everything in it is wiped when it is replaced or
 * freed. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
#ifndef PLUMB_SIGNING_KEY_H
#define PLUMB_SIGNING_KEY_H

#include <stdbool.h>

#include "plumb/buf.h"
#include "plumb/digest.h"
#include "plumb/err.h"

struct plumb_signing_keys;

/* What a key is made of. The day is "20260102". */
struct plumb_signing_scope {
    struct plumb_slice secret, day, region, service;
};

/* NULL when memory ran out, which plumb_signing_key takes for "no store". */
struct plumb_signing_keys *plumb_signing_keys_new(void);
void plumb_signing_keys_free(struct plumb_signing_keys *keys);

/* Writes the key to out, from the store when it has it. keys may be NULL. The caller wipes out. */
bool plumb_signing_key(struct plumb_signing_keys *keys, const struct plumb_signing_scope *scope,
                       unsigned char out[PLUMB_SHA256_SIZE], struct plumb_err *err);

#endif

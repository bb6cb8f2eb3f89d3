#include "plumb/signing_key.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_SECRET = 4096, /* a secret key has 40 characters */
    MAX_KEYS = 8,      /* services times sets of credentials in use at one time */
    MAX_NAME = 256,    /* what a key is made of, longer ones are not kept */
};

struct entry {
    size_t size; /* of name; 0 while unused */
    char name[MAX_NAME];
    unsigned char key[PLUMB_SHA256_SIZE];
};

struct plumb_signing_keys {
    struct entry entries[MAX_KEYS];
    size_t oldest;
};

struct plumb_signing_keys *plumb_signing_keys_new(void)
{
    return calloc(1, sizeof(struct plumb_signing_keys));
}

void plumb_signing_keys_free(struct plumb_signing_keys *keys)
{
    if (keys)
        OPENSSL_cleanse(keys, sizeof *keys);
    free(keys);
}

/* The parts one after the other, each with a NUL behind it: none of them can hold one, but the
 * secret, which comes last. 0 when they do not fit. */
static size_t make_name(const struct plumb_signing_scope *scope, char name[MAX_NAME])
{
    const struct plumb_slice parts[] = { scope->day, scope->region, scope->service, scope->secret };
    size_t size = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].n >= MAX_NAME - size)
            return 0;
        if (parts[i].n)
            memcpy(name + size, parts[i].p, parts[i].n);
        size += parts[i].n;
        name[size++] = '\0';
    }
    return size;
}

static const struct entry *find(const struct plumb_signing_keys *keys, const char *name,
                                size_t size)
{
    for (size_t i = 0; i < MAX_KEYS; i++)
        if (keys->entries[i].size == size && CRYPTO_memcmp(keys->entries[i].name, name, size) == 0)
            return &keys->entries[i];
    return NULL;
}

static bool derive(const struct plumb_signing_scope *scope, unsigned char key[PLUMB_SHA256_SIZE],
                   struct plumb_err *err)
{
    const struct plumb_slice link = { (const char *)key, PLUMB_SHA256_SIZE };
    struct plumb_buf start;
    bool done;

    plumb_buf_init(&start, MAX_SECRET + 4);
    start.secret = true;
    done = (plumb_buf_add_str(&start, "AWS4") && plumb_buf_add_slice(&start, scope->secret))
               ? plumb_digest_hmac_sha256(plumb_buf_slice(&start), scope->day, key, err) &&
                     plumb_digest_hmac_sha256(link, scope->region, key, err) &&
                     plumb_digest_hmac_sha256(link, scope->service, key, err) &&
                     plumb_digest_hmac_sha256(link, plumb_slice_of("aws4_request"), key, err)
               : plumb_err_set(err, "OutOfMemory", 0, "out of memory");
    plumb_buf_clear(&start);
    return done;
}

bool plumb_signing_key(struct plumb_signing_keys *keys, const struct plumb_signing_scope *scope,
                       unsigned char out[PLUMB_SHA256_SIZE], struct plumb_err *err)
{
    char name[MAX_NAME];
    size_t size = keys ? make_name(scope, name) : 0;
    const struct entry *known = size ? find(keys, name, size) : NULL;
    bool done = true;

    if (known) {
        memcpy(out, known->key, PLUMB_SHA256_SIZE);
    } else {
        done = derive(scope, out, err);
        if (done && size) {
            struct entry *entry = &keys->entries[keys->oldest];
            keys->oldest = (keys->oldest + 1) % MAX_KEYS;
            OPENSSL_cleanse(entry, sizeof *entry);
            entry->size = size;
            memcpy(entry->name, name, size);
            memcpy(entry->key, out, PLUMB_SHA256_SIZE);
        }
    }
    OPENSSL_cleanse(name, sizeof name);
    return done;
}

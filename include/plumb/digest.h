/*
 * Digests and the text forms of bytes. Pure: nothing is kept between calls, keys are wiped from
 * whatever this file itself copied them into.
 *
 * The digests return false only when OpenSSL refuses ("DigestFailed"), which a FIPS setting does
 * with MD5; the text forms fail only when the buffer's maximum is reached.
 */
#ifndef PLUMB_DIGEST_H
#define PLUMB_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "plumb/buf.h"
#include "plumb/err.h"

enum {
    PLUMB_SHA256_SIZE = 32,
    PLUMB_SHA1_SIZE = 20,
    PLUMB_MD5_SIZE = 16,
    PLUMB_SHA256_HEX = 2 * PLUMB_SHA256_SIZE + 1, /* the closing NUL included */
};

/* SHA-256 of the bytes. False with err when OpenSSL cannot; then `out` holds nothing of use. */
bool plumb_digest_sha256(struct plumb_slice s, unsigned char out[PLUMB_SHA256_SIZE],
                         struct plumb_err *err);

/* The same as 64 lower-case hex digits and a NUL. */
bool plumb_digest_sha256_hex(struct plumb_slice s, char out[PLUMB_SHA256_HEX],
                             struct plumb_err *err);

/* HMAC-SHA256 (RFC 2104). out may be the memory of the key. */
bool plumb_digest_hmac_sha256(struct plumb_slice key, struct plumb_slice s,
                              unsigned char out[PLUMB_SHA256_SIZE], struct plumb_err *err);

/* For checks that AWS makes with it (SQS bodies); never for anything that must hold against people.
 */
bool plumb_digest_md5(struct plumb_slice s, unsigned char out[PLUMB_MD5_SIZE],
                      struct plumb_err *err);

/* For names that AWS tools make with it (the files of the SSO token cache). */
bool plumb_digest_sha1(struct plumb_slice s, unsigned char out[PLUMB_SHA1_SIZE],
                       struct plumb_err *err);

/* CRC-32 of IEEE 802.3, the one in DynamoDB's x-amz-crc32. */
uint32_t plumb_digest_crc32(struct plumb_slice s);

/* Appends s as lower-case hex digits. */
bool plumb_digest_hex(struct plumb_slice s, struct plumb_buf *out);

/* Appends s in the base64 of RFC 4648 section 4, padded. */
bool plumb_digest_base64(struct plumb_slice s, struct plumb_buf *out);

/* Appends what the base64 text s stands for. Strict: padding required, no white space, unused
 * bits zero. false when s is no such text (out then holds a part) or does not fit. */
bool plumb_digest_unbase64(struct plumb_slice s, struct plumb_buf *out);

#endif

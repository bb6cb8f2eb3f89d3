#include "plumb/digest.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

static const char HEX[] = "0123456789abcdef";
static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool digest(const EVP_MD *md, const char *name, struct plumb_slice s, unsigned char *out,
                   struct plumb_err *err)
{
    if (!EVP_Digest(s.p ? s.p : "", s.n, out, NULL, md, NULL))
        return plumb_err_set(err, "DigestFailed", 0,
                             "OpenSSL refuses to compute %s; a FIPS setting may forbid it", name);
    return true;
}

bool plumb_digest_sha256(struct plumb_slice s, unsigned char out[PLUMB_SHA256_SIZE],
                         struct plumb_err *err)
{
    return digest(EVP_sha256(), "SHA-256", s, out, err);
}

bool plumb_digest_sha256_hex(struct plumb_slice s, char out[PLUMB_SHA256_HEX],
                             struct plumb_err *err)
{
    unsigned char raw[PLUMB_SHA256_SIZE];

    if (!plumb_digest_sha256(s, raw, err))
        return false;
    for (size_t i = 0; i < sizeof raw; i++) {
        out[2 * i] = HEX[raw[i] >> 4];
        out[2 * i + 1] = HEX[raw[i] & 15];
    }
    out[PLUMB_SHA256_HEX - 1] = '\0';
    return true;
}

bool plumb_digest_hmac_sha256(struct plumb_slice key, struct plumb_slice s,
                              unsigned char out[PLUMB_SHA256_SIZE], struct plumb_err *err)
{
    unsigned char made[PLUMB_SHA256_SIZE];
    unsigned int length = 0;

    if (key.n > INT_MAX || !HMAC(EVP_sha256(), key.p ? key.p : "", (int)key.n,
                                 (const unsigned char *)(s.p ? s.p : ""), s.n, made, &length))
        return plumb_err_set(err, "DigestFailed", 0, "OpenSSL refuses to compute HMAC-SHA-256");
    memcpy(out, made, sizeof made);
    OPENSSL_cleanse(made, sizeof made);
    return true;
}

bool plumb_digest_md5(struct plumb_slice s, unsigned char out[PLUMB_MD5_SIZE],
                      struct plumb_err *err)
{
    return digest(EVP_md5(), "MD5", s, out, err);
}

bool plumb_digest_sha1(struct plumb_slice s, unsigned char out[PLUMB_SHA1_SIZE],
                       struct plumb_err *err)
{
    return digest(EVP_sha1(), "SHA-1", s, out, err);
}

/* Half a byte at a time: sixteen table entries instead of 256, and fast enough for reply bodies. */
uint32_t plumb_digest_crc32(struct plumb_slice s)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    uint32_t crc = 0xffffffff;

    for (size_t i = 0; i < s.n; i++) {
        crc ^= (unsigned char)s.p[i];
        crc = (crc >> 4) ^ table[crc & 15];
        crc = (crc >> 4) ^ table[crc & 15];
    }
    return ~crc;
}

bool plumb_digest_hex(struct plumb_slice s, struct plumb_buf *out)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char byte = (unsigned char)s.p[i];
        char pair[2] = { HEX[byte >> 4], HEX[byte & 15] };
        if (!plumb_buf_add(out, pair, 2))
            return false;
    }
    return true;
}

bool plumb_digest_base64(struct plumb_slice s, struct plumb_buf *out)
{
    for (size_t i = 0; i < s.n; i += 3) {
        size_t left = s.n - i;
        uint32_t bits = (uint32_t)(unsigned char)s.p[i] << 16;
        if (left > 1)
            bits |= (uint32_t)(unsigned char)s.p[i + 1] << 8;
        if (left > 2)
            bits |= (uint32_t)(unsigned char)s.p[i + 2];
        char four[4] = {
            BASE64[bits >> 18],
            BASE64[bits >> 12 & 63],
            left > 1 ? BASE64[bits >> 6 & 63] : '=',
            left > 2 ? BASE64[bits & 63] : '=',
        };
        if (!plumb_buf_add(out, four, 4))
            return false;
    }
    return true;
}

/* The six bits a base64 character stands for, or -1. */
static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool plumb_digest_unbase64(struct plumb_slice s, struct plumb_buf *out)
{
    if (s.n % 4 != 0)
        return false;
    for (size_t i = 0; i < s.n; i += 4) {
        bool last = i + 4 == s.n;
        size_t padding = !last || s.p[i + 3] != '=' ? 0 : s.p[i + 2] == '=' ? 2 : 1;
        uint32_t bits = 0;
        for (size_t k = 0; k < 4; k++) {
            int value = k < 4 - padding ? base64_value(s.p[i + k]) : 0;
            if (value < 0)
                return false;
            bits = bits << 6 | (uint32_t)value;
        }
        /* RFC 4648, 3.5: bits that the padding leaves unused must be zero, or one value would
         * have several texts. */
        if (bits & ((1u << (8 * padding)) - 1))
            return false;
        char three[3] = { (char)(bits >> 16), (char)(bits >> 8 & 255), (char)(bits & 255) };
        if (!plumb_buf_add(out, three, 3 - padding))
            return false;
    }
    return true;
}

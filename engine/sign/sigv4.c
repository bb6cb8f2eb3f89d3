/*
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
#include "plumb/sigv4.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "headers.h"
#include "plumb/uri.h"

#define ALGORITHM "AWS4-HMAC-SHA256"

enum {
    MAX_TEXT = 1 << 20, /* a canonical request; AWS takes some 10 kB of header and path */
    MAX_SECRET = 4096,  /* a secret key has 40 characters */
    DAY_SIZE = 8,       /* the "20260102" in "20260102T030405Z" */
};

static const int64_t LAST_SECOND = 253402300799; /* 9999-12-31T23:59:59Z */
static const int64_t LONGEST_PRESIGN = 604800;   /* seven days, AWS's limit */

void plumb_sigv4_init(struct plumb_sigv4 *s)
{
    memset(s, 0, sizeof *s);
    plumb_buf_init(&s->scope, MAX_TEXT);
    plumb_buf_init(&s->signed_headers, MAX_TEXT);
    plumb_buf_init(&s->canonical, MAX_TEXT);
    plumb_buf_init(&s->string_to_sign, MAX_TEXT);
    plumb_buf_init(&s->result, MAX_TEXT);
    /* Both hold the session token. */
    s->canonical.secret = true;
    s->result.secret = true;
}

void plumb_sigv4_clear(struct plumb_sigv4 *s)
{
    plumb_buf_clear(&s->scope);
    plumb_buf_clear(&s->signed_headers);
    plumb_buf_clear(&s->canonical);
    plumb_buf_clear(&s->string_to_sign);
    plumb_buf_clear(&s->result);
}

static bool no_room(struct plumb_err *err)
{
    return plumb_err_set(err, "OutOfMemory", 0, "the request is too long to sign (over %d bytes)",
                         (int)MAX_TEXT);
}

/* --- what may be signed at all --- */

/* These words end up between slashes in a header, so anything but visible ASCII would break out. */
static bool check_word(struct plumb_slice word, const char *what, bool slash_allowed,
                       struct plumb_err *err)
{
    if (word.n == 0)
        return plumb_err_set(err, "BadSigningInput", 0, "the %s is empty", what);
    for (size_t i = 0; i < word.n; i++) {
        if (word.p[i] <= ' ' || word.p[i] > '~' || (word.p[i] == '/' && !slash_allowed))
            return plumb_err_set(err, "BadSigningInput", 0,
                                 "the %s holds a character that cannot be signed, at byte %zu",
                                 what, i + 1);
    }
    return true;
}

static bool check_input(const struct plumb_sigv4_input *in, struct plumb_err *err)
{
    if (!check_word(in->access_key_id, "access key id", false, err) ||
        !check_word(in->region, "Region", false, err) ||
        !check_word(in->service, "service name", false, err) ||
        !check_word(in->method, "method", false, err))
        return false;
    if (in->session_token.n && !check_word(in->session_token, "session token", true, err))
        return false;
    if (in->secret.n == 0 || in->secret.n > MAX_SECRET)
        return plumb_err_set(err, "BadSigningInput", 0, "the secret access key is empty or absurd");
    if (in->time < 0 || in->time > LAST_SECOND)
        return plumb_err_set(err, "BadSigningInput", 0, "the time is not between 1970 and 9999");
    if (in->presign_expires < 0 || in->presign_expires > LONGEST_PRESIGN)
        return plumb_err_set(err, "BadSigningInput", 0,
                             "a presigned request holds for 1 to %lld seconds",
                             (long long)LONGEST_PRESIGN);
    return true;
}

/* --- stage 1 --- */

static void add_parameter(struct plumb_buf *out, const char *name, struct plumb_slice value)
{
    if (out->n > 0)
        plumb_buf_add_char(out, '&');
    plumb_buf_add_str(out, name);
    plumb_buf_add_char(out, '=');
    plumb_uri_encode(value, false, out);
}

/* The query that is signed, in the presigned form: the input's and ours, unsorted. */
static void add_presigned_query(const struct plumb_sigv4 *s, const struct plumb_sigv4_input *in,
                                struct plumb_buf *out)
{
    struct plumb_buf credential;
    char expires[24];

    plumb_buf_init(&credential, MAX_TEXT);
    plumb_buf_add_slice(&credential, in->access_key_id);
    plumb_buf_add_char(&credential, '/');
    plumb_buf_add_slice(&credential, plumb_buf_slice(&s->scope));
    (void)snprintf(expires, sizeof expires, "%lld", (long long)in->presign_expires);

    plumb_buf_add_slice(out, in->query);
    add_parameter(out, "X-Amz-Algorithm", plumb_slice_of(ALGORITHM));
    add_parameter(out, "X-Amz-Credential", plumb_buf_slice(&credential));
    add_parameter(out, "X-Amz-Date", plumb_slice_of(s->date));
    add_parameter(out, "X-Amz-SignedHeaders", plumb_buf_slice(&s->signed_headers));
    add_parameter(out, "X-Amz-Expires", plumb_slice_of(expires));
    if (in->session_token.n && !in->token_unsigned)
        add_parameter(out, "X-Amz-Security-Token", in->session_token);
    out->failed |= credential.failed;
    plumb_buf_clear(&credential);
}

static bool add_canonical_query(struct plumb_sigv4 *s, const struct plumb_sigv4_input *in,
                                struct plumb_err *err)
{
    struct plumb_buf query;
    bool done;

    if (in->presign_expires == 0)
        return plumb_uri_canonical_query(in->query, &s->canonical, err);
    plumb_buf_init(&query, MAX_TEXT);
    query.secret = true;
    add_presigned_query(s, in, &query);
    done = query.failed ? no_room(err)
                        : plumb_uri_canonical_query(plumb_buf_slice(&query), &s->canonical, err);
    plumb_buf_clear(&query);
    return done;
}

/* Date, scope and payload hash: what the later stages share with the first. */
static bool prepare(struct plumb_sigv4 *s, const struct plumb_sigv4_input *in,
                    struct plumb_err *err)
{
    time_t time = (time_t)in->time;
    struct tm utc;

    if (!gmtime_r(&time, &utc) ||
        strftime(s->date, sizeof s->date, "%Y%m%dT%H%M%SZ", &utc) != sizeof s->date - 1)
        return plumb_err_set(err, "BadSigningInput", 0, "the time has no date");

    plumb_buf_reset(&s->scope);
    plumb_buf_add(&s->scope, s->date, DAY_SIZE);
    plumb_buf_add_char(&s->scope, '/');
    plumb_buf_add_slice(&s->scope, in->region);
    plumb_buf_add_char(&s->scope, '/');
    plumb_buf_add_slice(&s->scope, in->service);
    plumb_buf_add_str(&s->scope, "/aws4_request");
    if (s->scope.failed)
        return no_room(err);

    if (in->payload_hash.n == 0)
        return plumb_digest_sha256_hex(in->body, s->payload_hash, err);
    if (in->payload_hash.n >= sizeof s->payload_hash)
        return plumb_err_set(err, "BadSigningInput", 0, "the payload hash is longer than 64 bytes");
    memcpy(s->payload_hash, in->payload_hash.p, in->payload_hash.n);
    s->payload_hash[in->payload_hash.n] = '\0';
    return true;
}

bool plumb_sigv4_canonical_request(struct plumb_sigv4 *s, const struct plumb_sigv4_input *in,
                                   struct plumb_err *err)
{
    struct plumb_buf lines; /* stand behind the query, which in turn needs the names in them */
    struct plumb_buf *out = &s->canonical;
    bool done;

    if (!check_input(in, err) || !prepare(s, in, err))
        return false;
    plumb_buf_init(&lines, MAX_TEXT);
    lines.secret = true;
    plumb_buf_reset(out);
    plumb_buf_reset(&s->signed_headers);
    done = plumb_sigv4_headers(s, in, &lines, &s->signed_headers, err);
    if (done) {
        plumb_buf_add_slice(out, in->method);
        plumb_buf_add_char(out, '\n');
        plumb_uri_canonical_path(in->path, !in->keep_path, out);
        plumb_buf_add_char(out, '\n');
        done = add_canonical_query(s, in, err);
        plumb_buf_add_char(out, '\n');
        plumb_buf_add_slice(out, plumb_buf_slice(&lines));
        plumb_buf_add_char(out, '\n');
        plumb_buf_add_slice(out, plumb_buf_slice(&s->signed_headers));
        plumb_buf_add_char(out, '\n');
        plumb_buf_add_str(out, s->payload_hash);
    }
    if (done && (out->failed || lines.failed || s->signed_headers.failed))
        done = no_room(err);
    plumb_buf_clear(&lines);
    return done;
}

/* --- stages 2 and 3 --- */

bool plumb_sigv4_string_to_sign(struct plumb_sigv4 *s, const struct plumb_sigv4_input *in,
                                struct plumb_err *err)
{
    char hash[PLUMB_SHA256_HEX];
    struct plumb_buf *out = &s->string_to_sign;

    (void)in;
    if (!plumb_digest_sha256_hex(plumb_buf_slice(&s->canonical), hash, err))
        return false;
    plumb_buf_reset(out);
    plumb_buf_add_str(out, ALGORITHM "\n");
    plumb_buf_add_str(out, s->date);
    plumb_buf_add_char(out, '\n');
    plumb_buf_add_slice(out, plumb_buf_slice(&s->scope));
    plumb_buf_add_char(out, '\n');
    plumb_buf_add_str(out, hash);
    return !out->failed || no_room(err);
}

bool plumb_sigv4_signature(struct plumb_sigv4 *s, const struct plumb_sigv4_input *in,
                           struct plumb_err *err)
{
    unsigned char key[PLUMB_SHA256_SIZE];
    const struct plumb_slice made = { (const char *)key, sizeof key };
    const struct plumb_signing_scope scope = {
        .secret = in->secret,
        .day = { s->date, DAY_SIZE },
        .region = in->region,
        .service = in->service,
    };
    struct plumb_buf hex;
    bool done;

    plumb_buf_init(&hex, sizeof s->signature - 1);
    done = plumb_signing_key(in->keys, &scope, key, err) &&
           plumb_digest_hmac_sha256(made, plumb_buf_slice(&s->string_to_sign), key, err);
    if (done)
        done = plumb_digest_hex(made, &hex) || no_room(err);
    if (done)
        memcpy(s->signature, hex.p, sizeof s->signature);
    OPENSSL_cleanse(key, sizeof key);
    plumb_buf_clear(&hex);
    return done;
}

/* --- the result --- */

static void add_presigned_result(const struct plumb_sigv4 *s, const struct plumb_sigv4_input *in,
                                 struct plumb_buf *out)
{
    add_presigned_query(s, in, out);
    if (in->session_token.n && in->token_unsigned)
        add_parameter(out, "X-Amz-Security-Token", in->session_token);
    add_parameter(out, "X-Amz-Signature", plumb_slice_of(s->signature));
}

bool plumb_sigv4_authorization(struct plumb_sigv4 *s, const struct plumb_sigv4_input *in,
                               struct plumb_err *err)
{
    struct plumb_buf *out = &s->result;

    plumb_buf_reset(out);
    if (in->presign_expires > 0) {
        add_presigned_result(s, in, out);
    } else {
        plumb_buf_add_str(out, ALGORITHM " Credential=");
        plumb_buf_add_slice(out, in->access_key_id);
        plumb_buf_add_char(out, '/');
        plumb_buf_add_slice(out, plumb_buf_slice(&s->scope));
        plumb_buf_add_str(out, ", SignedHeaders=");
        plumb_buf_add_slice(out, plumb_buf_slice(&s->signed_headers));
        plumb_buf_add_str(out, ", Signature=");
        plumb_buf_add_str(out, s->signature);
    }
    return !out->failed || no_room(err);
}

bool plumb_sigv4_sign(struct plumb_sigv4 *s, const struct plumb_sigv4_input *in,
                      struct plumb_err *err)
{
    return plumb_sigv4_canonical_request(s, in, err) && plumb_sigv4_string_to_sign(s, in, err) &&
           plumb_sigv4_signature(s, in, err) && plumb_sigv4_authorization(s, in, err);
}

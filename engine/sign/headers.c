#include "headers.h"

#include <stdlib.h>
#include <string.h>

enum { OWN_HEADERS = 3 }; /* x-amz-date, x-amz-security-token, x-amz-content-sha256 */

/* One header of the list to sign. name is lower-cased when it is written, not before. */
struct entry {
    struct plumb_slice name, value;
    size_t order; /* repeated headers are joined in the order in which they were given */
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static int compare_names(struct plumb_slice a, struct plumb_slice b)
{
    for (size_t i = 0; i < a.n && i < b.n; i++) {
        unsigned char x = (unsigned char)lower(a.p[i]), y = (unsigned char)lower(b.p[i]);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return (a.n > b.n) - (a.n < b.n);
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = compare_names(x->name, y->name);
    return order ? order : (x->order > y->order) - (x->order < y->order);
}

/* Headers that are rewritten on the way, that SDKs leave out, or that this file itself adds. */
static bool is_unsigned(struct plumb_slice name)
{
    static const char *const names[] = {
        "amz-sdk-invocation-id",
        "amz-sdk-request",
        "authorization",
        "connection",
        "expect",
        "keep-alive",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "x-amz-date",
        "x-amz-security-token",
        "x-amzn-trace-id",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (compare_names(name, plumb_slice_of(names[i])) == 0)
            return true;
    }
    return false;
}

static void add_entry(struct entry *entries, size_t *count, const char *name,
                      struct plumb_slice value)
{
    entries[*count] = (struct entry){ plumb_slice_of(name), value, *count };
    ++*count;
}

/* Fills entries (room for all headers and our own) in the order of the canonical request. */
static size_t collect_headers(const struct plumb_sigv4 *s, const struct plumb_sigv4_input *in,
                              struct entry *entries)
{
    bool by_header = in->presign_expires == 0;
    bool own_hash = by_header && in->sign_payload_hash;
    size_t count = 0;

    for (size_t i = 0; i < in->header_count; i++) {
        struct plumb_slice name = in->headers[i].name;
        if (is_unsigned(name) ||
            (own_hash && compare_names(name, plumb_slice_of("x-amz-content-sha256")) == 0))
            continue;
        entries[count] = (struct entry){ name, in->headers[i].value, count };
        count++;
    }
    if (by_header)
        add_entry(entries, &count, "x-amz-date", plumb_slice_of(s->date));
    if (by_header && in->session_token.n && !in->token_unsigned)
        add_entry(entries, &count, "x-amz-security-token", in->session_token);
    if (own_hash)
        add_entry(entries, &count, "x-amz-content-sha256", plumb_slice_of(s->payload_hash));
    qsort(entries, count, sizeof *entries, compare_entries);
    return count;
}

static void add_lower(struct plumb_slice s, struct plumb_buf *out)
{
    for (size_t i = 0; i < s.n; i++)
        plumb_buf_add_char(out, lower(s.p[i]));
}

/* Trims, and makes one blank of every run of white space, line folds included. */
static void add_value(struct plumb_slice s, struct plumb_buf *out)
{
    bool blank = false, started = false;

    for (size_t i = 0; i < s.n; i++) {
        if (memchr(" \t\r\n", s.p[i], 4)) {
            blank = started;
            continue;
        }
        if (blank)
            plumb_buf_add_char(out, ' ');
        plumb_buf_add_char(out, s.p[i]);
        blank = false;
        started = true;
    }
}

static void add_lines(const struct entry *entries, size_t count, struct plumb_buf *lines,
                      struct plumb_buf *names)
{
    for (size_t i = 0; i < count;) {
        struct plumb_slice name = entries[i].name;
        if (i > 0)
            plumb_buf_add_char(names, ';');
        add_lower(name, names);
        add_lower(name, lines);
        plumb_buf_add_char(lines, ':');
        add_value(entries[i].value, lines);
        for (i++; i < count && compare_names(entries[i].name, name) == 0; i++) {
            plumb_buf_add_char(lines, ',');
            add_value(entries[i].value, lines);
        }
        plumb_buf_add_char(lines, '\n');
    }
}

static bool has_host(const struct entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (compare_names(entries[i].name, plumb_slice_of("host")) == 0)
            return true;
    }
    return false;
}

bool plumb_sigv4_headers(const struct plumb_sigv4 *s, const struct plumb_sigv4_input *in,
                         struct plumb_buf *lines, struct plumb_buf *names, struct plumb_err *err)
{
    struct entry entries[PLUMB_SIGV4_MAX_HEADERS + OWN_HEADERS];

    if (in->header_count > PLUMB_SIGV4_MAX_HEADERS)
        return plumb_err_set(err, "BadSigningInput", 0, "%zu headers; at most %d can be signed",
                             in->header_count, (int)PLUMB_SIGV4_MAX_HEADERS);
    size_t count = collect_headers(s, in, entries);
    if (!has_host(entries, count))
        return plumb_err_set(err, "BadSigningInput", 0, "the request has no host header");
    add_lines(entries, count, lines, names);
    return true;
}

#include "plumb/uri.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_PARAMETERS = 1000 };

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

bool plumb_uri_encode(struct plumb_slice s, bool keep_slash, struct plumb_buf *out)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < s.n; i++) {
        unsigned char byte = (unsigned char)s.p[i];
        char escaped[3] = { '%', hex[byte >> 4], hex[byte & 15] };
        bool plain = is_unreserved(s.p[i]) || (keep_slash && s.p[i] == '/');
        if (!plumb_buf_add(out, plain ? &s.p[i] : escaped, plain ? 1 : 3))
            return false;
    }
    return true;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool plumb_uri_decode(struct plumb_slice s, struct plumb_buf *out)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '%' && s.n - i > 2 && hex_value(s.p[i + 1]) >= 0 && hex_value(s.p[i + 2]) >= 0) {
            c = (char)(hex_value(s.p[i + 1]) << 4 | hex_value(s.p[i + 2]));
            i += 2;
        }
        if (!plumb_buf_add_char(out, c))
            return false;
    }
    return true;
}

/* Takes the last segment off out, back to the slash before it, but nothing before `start`. */
static void drop_segment(struct plumb_buf *out, size_t start)
{
    if (out->n > start)
        out->n--; /* the slash behind the segment */
    while (out->n > start && out->p[out->n - 1] != '/')
        out->n--;
}

bool plumb_uri_normalize(struct plumb_slice path, struct plumb_buf *out)
{
    if (!plumb_buf_add_char(out, '/'))
        return false;

    size_t start = out->n; /* behind the root slash; out always ends in a slash here */
    for (size_t i = 0; i < path.n;) {
        const char *from = path.p + i;
        const char *slash = memchr(from, '/', path.n - i);
        struct plumb_slice segment = { from, slash ? (size_t)(slash - from) : path.n - i };
        i += segment.n + 1;
        if (segment.n == 0 || plumb_slice_equal(segment, plumb_slice_of(".")))
            continue;
        if (plumb_slice_equal(segment, plumb_slice_of(".."))) {
            drop_segment(out, start);
            continue;
        }
        if (!plumb_buf_add_slice(out, segment) || (slash && !plumb_buf_add_char(out, '/')))
            return false;
    }
    return true;
}

bool plumb_uri_canonical_path(struct plumb_slice path, bool normalize, struct plumb_buf *out)
{
    struct plumb_buf plain;
    bool done;

    if (!normalize)
        return plumb_uri_encode(path.n ? path : plumb_slice_of("/"), true, out);
    plumb_buf_init(&plain, path.n + 1);
    done =
        plumb_uri_normalize(path, &plain) && plumb_uri_encode(plumb_buf_slice(&plain), true, out);
    plumb_buf_clear(&plain);
    return done;
}

/* Two encoded halves of one parameter, as positions in a buffer that may still move. */
struct parameter {
    size_t name, name_n, value, value_n;
};

/* Appends s decoded and encoded again, and says where it stands. scratch is overwritten. */
static bool add_canonical(struct plumb_slice s, struct plumb_buf *scratch, struct plumb_buf *out,
                          size_t *at, size_t *n)
{
    plumb_buf_reset(scratch);
    *at = out->n;
    if (!plumb_uri_decode(s, scratch) || !plumb_uri_encode(plumb_buf_slice(scratch), false, out))
        return false;
    *n = out->n - *at;
    return true;
}

static int compare_bytes(const char *a, size_t an, const char *b, size_t bn)
{
    int order = memcmp(a, b, an < bn ? an : bn);
    return order ? order : (an > bn) - (an < bn);
}

static int compare_parameters(const void *a, const void *b, void *text)
{
    const struct parameter *x = a, *y = b;
    const char *p = text;
    int order = compare_bytes(p + x->name, x->name_n, p + y->name, y->name_n);
    return order ? order : compare_bytes(p + x->value, x->value_n, p + y->value, y->value_n);
}

static size_t count_pieces(struct plumb_slice query)
{
    size_t n = 1;
    for (size_t i = 0; i < query.n; i++)
        n += query.p[i] == '&';
    return n;
}

/* Splits query into parameters, their encoded halves in text; false when text ran out of room. */
static bool split_query(struct plumb_slice query, struct parameter *parameters, size_t *count,
                        struct plumb_buf *text)
{
    struct plumb_buf scratch;
    bool fits = true;

    plumb_buf_init(&scratch, query.n);
    scratch.secret = text->secret;
    *count = 0;
    for (size_t i = 0; i < query.n && fits;) {
        const char *from = query.p + i;
        const char *end = memchr(from, '&', query.n - i);
        size_t n = end ? (size_t)(end - from) : query.n - i;
        const char *equals = n ? memchr(from, '=', n) : NULL;
        struct plumb_slice name = { from, equals ? (size_t)(equals - from) : n };
        struct plumb_slice value = { equals ? equals + 1 : from + n, equals ? n - name.n - 1 : 0 };
        i += n + 1;
        if (n == 0)
            continue;
        struct parameter *p = &parameters[(*count)++];
        fits = add_canonical(name, &scratch, text, &p->name, &p->name_n) &&
               add_canonical(value, &scratch, text, &p->value, &p->value_n);
    }
    plumb_buf_clear(&scratch);
    return fits;
}

static bool join_parameters(const struct parameter *parameters, size_t count, const char *text,
                            struct plumb_buf *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct parameter *p = &parameters[i];
        if ((i > 0 && !plumb_buf_add_char(out, '&')) ||
            !plumb_buf_add(out, text + p->name, p->name_n) || !plumb_buf_add_char(out, '=') ||
            !plumb_buf_add(out, text + p->value, p->value_n))
            return false;
    }
    return true;
}

bool plumb_uri_canonical_query(struct plumb_slice query, struct plumb_buf *out,
                               struct plumb_err *err)
{
    struct plumb_buf text;
    struct parameter *parameters = NULL;
    size_t count = 0;
    bool done = false;

    if (query.n == 0)
        return true;
    size_t pieces = count_pieces(query);
    if (pieces > MAX_PARAMETERS)
        return plumb_err_set(err, "QueryTooLong", 0, "a query of %zu parameters; at most %d fit",
                             pieces, (int)MAX_PARAMETERS);

    plumb_buf_init(&text, query.n * 3); /* a byte becomes three at most */
    text.secret = out->secret;          /* a presigned query carries the session token */
    parameters = calloc(pieces, sizeof *parameters);
    /* The empty add gives text memory, so that "=&=" has something to point into. */
    if (parameters && plumb_buf_add(&text, "", 0) &&
        split_query(query, parameters, &count, &text)) {
        if (count > 1)
            qsort_r(parameters, count, sizeof *parameters, compare_parameters, text.p);
        done = join_parameters(parameters, count, text.p, out);
    }
    free(parameters);
    plumb_buf_clear(&text);
    return done || plumb_err_set(err, "OutOfMemory", 0,
                                 "no room for the canonical form of a query of %zu bytes", query.n);
}

#include "plumb/buf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 256 };

struct plumb_slice plumb_slice_of(const char *s)
{
    return s ? (struct plumb_slice){ s, strlen(s) } : (struct plumb_slice){ NULL, 0 };
}

bool plumb_slice_equal(struct plumb_slice a, struct plumb_slice b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

void plumb_buf_init(struct plumb_buf *b, size_t max)
{
    /* One byte is kept for the NUL, so that max + 1 never overflows. */
    *b = (struct plumb_buf){ .max = max < SIZE_MAX ? max : SIZE_MAX - 1 };
}

/* The next capacity that holds `needed` bytes: doubling, but never past the maximum. Callers have
 * made sure that needed <= max + 1 and that this does not overflow. */
static size_t next_capacity(const struct plumb_buf *b, size_t needed)
{
    size_t cap = b->cap ? b->cap : FIRST_SIZE;
    while (cap < needed)
        cap = cap > b->max / 2 ? b->max + 1 : cap * 2; /* needed <= max + 1, so this ends */
    return cap;
}

/* Makes room for `needed` bytes, the closing NUL included. realloc is not used for a secret: it
 * may move the bytes and leave the old ones behind. */
static bool grow(struct plumb_buf *b, size_t needed)
{
    size_t cap = next_capacity(b, needed);
    char *p;

    if (!b->secret) {
        p = realloc(b->p, cap);
    } else {
        p = malloc(cap);
        if (p && b->p) {
            memcpy(p, b->p, b->n + 1);
            explicit_bzero(b->p, b->cap);
            free(b->p);
        }
    }
    if (!p)
        return false;
    b->p = p;
    b->cap = cap;
    return true;
}

bool plumb_buf_add(struct plumb_buf *b, const void *p, size_t n)
{
    if (b->failed || n > b->max - b->n) {
        b->failed = true;
        return false;
    }
    if (b->cap < b->n + n + 1 && !grow(b, b->n + n + 1)) {
        b->failed = true;
        return false;
    }
    if (n > 0)
        memcpy(b->p + b->n, p, n);
    b->n += n;
    b->p[b->n] = '\0';
    return true;
}

bool plumb_buf_add_slice(struct plumb_buf *b, struct plumb_slice s)
{
    return plumb_buf_add(b, s.p, s.n);
}

bool plumb_buf_add_str(struct plumb_buf *b, const char *s)
{
    return plumb_buf_add(b, s, strlen(s));
}

bool plumb_buf_add_char(struct plumb_buf *b, char c)
{
    return plumb_buf_add(b, &c, 1);
}

struct plumb_slice plumb_buf_slice(const struct plumb_buf *b)
{
    return (struct plumb_slice){ b->p, b->n };
}

void plumb_buf_reset(struct plumb_buf *b)
{
    if (b->p) {
        if (b->secret)
            explicit_bzero(b->p, b->cap);
        b->p[0] = '\0';
    }
    b->n = 0;
    b->failed = false;
}

void plumb_buf_clear(struct plumb_buf *b)
{
    if (b->p && b->secret)
        explicit_bzero(b->p, b->cap);
    free(b->p);
    b->p = NULL;
    b->n = 0;
    b->cap = 0;
    b->failed = false;
}
